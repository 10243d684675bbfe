"""Voices whose pitch, syllables and level are known at every moment, and a telephone line for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.peers.g711 import PCMA, Samples, decode, encode

Curve = NDArray[np.float64]

VOWELS_HZ = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
}
"""Formants of American English men (Peterson and Barney, 1952)."""
FORMANT_WIDTHS_HZ = (70, 100, 150)


def sung(pitch_hz: Curve, vowels: str, rate_hz: int) -> Curve:
    """A voice whose pitch at each sample is given, going through the vowels at an even pace. Of unit power.

    A sum of harmonics, each with the amplitude that a glottal source (-12 dB an octave, radiation +6) has behind the
    formants: the pitch is exact, whatever the formants do.
    """
    count = len(pitch_hz)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / rate_hz
    places = np.linspace(0, len(vowels), count)
    held = (np.arange(len(vowels))[:, None] + (0.2, 0.8)).ravel()  # from one vowel to the next within the rest
    targets = np.repeat(np.array([VOWELS_HZ[vowel] for vowel in vowels], float), 2, axis=0)
    sound = np.zeros(count)
    formants = np.array([np.interp(places, held, targets[:, n]) for n in range(3)])
    for harmonic in range(1, int(0.45 * rate_hz / pitch_hz.min()) + 1):
        hz = harmonic * pitch_hz
        gain = np.ones(count)
        for formant, width in zip(formants, FORMANT_WIDTHS_HZ, strict=True):
            gain *= formant**2 / np.hypot(formant**2 - hz**2, width * hz)
        sound += np.where(hz < 0.45 * rate_hz, gain / harmonic, 0) * np.sin(harmonic * phase)
    return np.asarray(sound / np.sqrt(np.mean(sound**2)))


def glide(low_hz: float, high_hz: float, seconds: float, rate_hz: int, swings_per_s: float = 0.7) -> Curve:
    """Pitch that swings between two bounds, evenly in semitones."""
    at_s = np.arange(round(seconds * rate_hz)) / rate_hz
    middle, half = np.sqrt(low_hz * high_hz), 0.5 * np.log2(high_hz / low_hz)
    return np.asarray(middle * 2 ** (half * np.sin(2 * np.pi * swings_per_s * at_s)))


def spoken(syllables: int, per_second: float, rate_hz: int, pitch_hz: float = 150.0, seed: int = 1) -> Curve:
    """So many syllables: vowels, each opened and closed again, with a hiss before every third."""
    chance = np.random.default_rng(seed)
    seconds = syllables / per_second
    pitch = glide(0.85 * pitch_hz, 1.2 * pitch_hz, seconds, rate_hz)
    sound = sung(pitch, "".join(chance.choice(list(VOWELS_HZ), syllables)), rate_hz)
    beat = np.arange(len(sound)) / rate_hz * per_second
    opened = (0.5 - 0.5 * np.cos(2 * np.pi * beat)) ** 0.7
    hiss = np.diff(chance.standard_normal(len(sound) + 1)) * ((beat % 1 < 0.15) & (beat.astype(int) % 3 == 0))
    return np.asarray(sound * (0.05 + opened) + 0.3 * hiss)


def at_level(sound: Curve, dbfs: float) -> Samples:
    """Mean power of the whole, relative to full scale, as 16-bit samples."""
    scaled = sound * (2**15 * 10 ** (dbfs / 20) / np.sqrt(np.mean(sound**2)))
    samples: Samples = np.clip(np.round(scaled), -32768, 32767).astype(np.int16)
    return samples


def noise(count: int, dbfs: float, seed: int = 2) -> Samples:
    return at_level(np.random.default_rng(seed).standard_normal(count), dbfs)


def telephone(sound: Samples, rate_hz: int, law: int = PCMA, *, lost: float = 0.0, seed: int = 3) -> Samples:
    """What arrives at 8 kHz: 300 to 3400 Hz, G.711, and of ``lost`` of the packets of 20 ms nothing.

    ``rate_hz``: 8000 or 16000.
    """
    spectrum = np.fft.rfft(sound.astype(float))
    hz = np.fft.rfftfreq(len(sound), 1 / rate_hz)
    spectrum *= np.clip((hz - 250) / 100, 0, 1) * np.clip((3500 - hz) / 200, 0, 1)
    narrow = np.fft.irfft(spectrum, len(sound))[:: rate_hz // 8000]
    heard = decode(encode(np.clip(np.round(narrow), -32768, 32767).astype(np.int16), law), law).copy()
    gone = np.random.default_rng(seed).random(len(heard) // 160) < lost
    heard[: len(gone) * 160].reshape(-1, 160)[gone] = 0
    return heard
