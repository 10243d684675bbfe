"""Sounds to measure with: an artificial voice, and noise whose every piece can be recognised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.peers.g711 import Samples

FORMANTS_HZ = ((650, 1080, 2650), (400, 1900, 2600), (290, 1870, 2800), (500, 900, 2500))
Sound = NDArray[np.float64]


def level(sound: Sound, dbfs: float) -> Samples:
    """Scaled to this level (of its loud parts' mean power), as 16-bit samples."""
    loud = sound[np.abs(sound) > 0.01 * np.abs(sound).max()]
    scaled = sound * (32768 * 10 ** (dbfs / 20) / np.sqrt((loud**2).mean()))
    samples: Samples = np.clip(scaled, -32700, 32700).astype(np.int16)
    return samples


def voice(seconds: float, rate_hz: int, seed: int) -> Samples:
    """Something speech detectors take for speech: a buzz of moving pitch through changing formants, in syllables,
    with a pause of a second after every few seconds. -26 dBFS."""
    chance = np.random.default_rng(seed)
    count = round(seconds * rate_hz)
    at_s = np.arange(count) / rate_hz
    pitch_hz = 120 + 25 * np.sin(2 * np.pi * 0.4 * at_s + chance.uniform(0, 6)) + 10 * np.sin(2 * np.pi * 2.3 * at_s)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / rate_hz
    syllable = (at_s * 4).astype(int)
    vowels = np.array(FORMANTS_HZ)[chance.integers(0, len(FORMANTS_HZ), syllable[-1] + 1)][syllable]
    sound = np.zeros(count)
    for harmonic in range(1, 28):
        hz = harmonic * pitch_hz
        weight = sum(1 / (1 + ((hz - vowels[:, i]) / 110) ** 2) for i in range(3)) / (1 + harmonic / 12)
        sound += weight * np.sin(harmonic * phase)
    beat = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * at_s)
    talking = (at_s % 4.0) < 3.0
    return level(sound * beat * talking, -26)


def probe(seconds: float, seed: int) -> Samples:
    """Band-limited noise at 8 kHz that swells and fades a little: any 32 ms of it occur once. -24 dBFS."""
    count = round(seconds * 8000)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / 8000)
    spectrum[(hz < 300) | (hz > 3300)] = 0
    noise = np.fft.irfft(spectrum, count) * (1 + 0.3 * np.sin(2 * np.pi * 3.7 * np.arange(count) / 8000))
    return level(noise, -24)


def _low_pass(rate_hz: int, cut_hz: float) -> Sound:
    taps = np.arange(-120, 121)
    kernel = np.sinc(2 * cut_hz / rate_hz * taps) * np.blackman(len(taps))
    return np.asarray(kernel / kernel.sum())


def down_by_6(sound: Samples) -> Sound:
    """48 kHz to 8 kHz without delay."""
    return np.convolve(sound.astype(float), _low_pass(48000, 3700), "same")[::6]


def up_by_6(sound: Samples) -> Samples:
    """8 kHz to 48 kHz without delay."""
    spread = np.zeros(6 * len(sound))
    spread[::6] = 6.0 * sound
    smooth = np.convolve(spread, _low_pass(48000, 3700), "same")
    samples: Samples = np.clip(smooth, -32768, 32767).astype(np.int16)
    return samples
