"""Every tone the seat makes, computed to the sample: ringback, bells, signals in the ear, the beep before a message.

Each function gives mono 16-bit samples at ``rate_hz``. Those that repeat (:func:`ringback_cycle`, :func:`bell`,
:func:`soft_bell`, :func:`armed_tone`, :func:`hold_tone`) give exactly one repetition, which begins with a ramp
from silence and ends in silence: played end to end it neither clicks nor drifts.

Levels are RMS while the tone sounds, in dB below a constant at full scale.
"""

from __future__ import annotations

import os
import tempfile
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from phoneetiquette.etiquette.cadence import Cadence, Country

Samples = npt.NDArray[np.int16]
_Wave = npt.NDArray[np.float64]

RINGBACK_DBFS = -18.0
BELL_DBFS = -18.0
SOFT_BELL_DBFS = -36.0
"""About 15 dB under speech in the ear: noticed, and the customer is still understood."""
RAMP_MS = 2

_FULL_SCALE = 32767


# ------------------------------------------------------------------------------------------------ ringing


def ringback_cycle(country: Country, rate_hz: int) -> Samples:
    """What a caller from this country expects to hear: one cycle of its ringback."""
    tone = country.ringback
    time_s = _times(tone.cadence, rate_hz)
    # Cosines: a burst begins at full swing, so that not even its first sample is lost to rounding.
    sound: _Wave = np.sum([np.cos(2 * np.pi * freq * time_s) for freq in tone.freq_hz], axis=0)
    if tone.mod_hz:
        sound *= (1 + np.cos(2 * np.pi * tone.mod_hz * time_s)) / 2
    return _finish(sound, tone.cadence, rate_hz, RINGBACK_DBFS)


def bell(country: Country, rate_hz: int) -> Samples:
    """The ringer: one cycle of a bell with two gongs, in the alerting cadence of ``country``."""
    return _finish(_gongs(country.alerting, rate_hz), country.alerting, rate_hz, BELL_DBFS)


def soft_bell(country: Country, rate_hz: int) -> Samples:
    """The bell of a second call, softly in the ear while talking."""
    return _finish(_gongs(country.alerting, rate_hz), country.alerting, rate_hz, SOFT_BELL_DBFS)


def _gongs(cadence: Cadence, rate_hz: int) -> _Wave:
    """Two gongs a major third apart, struck in turn 25 times a second, each dying away until its next stroke."""
    stroke_s, attack_s, decay_s, overtone = 0.08, 0.003, 0.05, 2.76
    time_s = _times(cadence, rate_hz)
    left = np.exp(-(stroke_s - attack_s) / decay_s)
    sound = np.zeros_like(time_s)
    for freq, delay_s in ((960, 0.0), (1200, stroke_s / 2)):
        since = (time_s - delay_s) % stroke_s
        rising = left + (1 - left) * since / attack_s
        swing = np.where(since < attack_s, rising, np.exp(-(since - attack_s) / decay_s))
        sound += swing * (np.cos(2 * np.pi * freq * time_s) + 0.3 * np.cos(2 * np.pi * overtone * freq * time_s))
    return sound


# ------------------------------------------------------------------------------------------------ signals


def armed_tone(rate_hz: int) -> Samples:
    """In the ear after an early lift, until the customer is connected: a soft pip every second. Repeats; 1 s."""
    return _notes(((440, 120), (0, 880)), rate_hz, -34.0)


def warning_tone(rate_hz: int) -> Samples:
    """In the ear when the headset opens by itself: three rising notes. 450 ms."""
    return _notes(((660, 110), (0, 30), (880, 110), (0, 30), (1100, 110), (0, 60)), rate_hz, -20.0)


def lost_tone(rate_hz: int) -> Samples:
    """In the ear when a call was lost: three falling notes. 720 ms."""
    return _notes(((880, 200), (0, 30), (660, 200), (0, 30), (440, 200), (0, 60)), rate_hz, -20.0)


def hold_tone(rate_hz: int) -> Samples:
    """For the held party when no music is configured: two gentle notes, then quiet. Repeats; 5 s."""
    return _notes(((523, 250), (0, 50), (392, 350), (0, 4350)), rate_hz, -26.0)


def beep(rate_hz: int) -> Samples:
    """Before a voice message is recorded. 400 ms."""
    return _notes(((1000, 400),), rate_hz, -18.0)


def _notes(notes: tuple[tuple[int, int], ...], rate_hz: int, level_dbfs: float) -> Samples:
    """Pure notes of (frequency in Hz, length in ms) one after the other; frequency 0 is silence."""
    parts = []
    for freq, length_ms in notes:
        time_s = np.arange(_samples(length_ms, rate_hz)) / rate_hz
        swing = 0.0 if freq == 0 else np.sqrt(2) * np.cos(2 * np.pi * freq * time_s)
        parts.append(swing * _burst(len(time_s), rate_hz))
    return _quantised(np.concatenate(parts), level_dbfs)


# ------------------------------------------------------------------------------------------------ making of


def _samples(span_ms: int, rate_hz: int) -> int:
    return (span_ms * rate_hz + 500) // 1000


def _times(cadence: Cadence, rate_hz: int) -> _Wave:
    """Moments of the samples of one cycle, in seconds."""
    return np.arange(_samples(sum(cadence.on_off_ms), rate_hz)) / rate_hz


def _burst(length: int, rate_hz: int) -> _Wave:
    """Envelope of a burst of ``length`` samples: 1, with a raised cosine of RAMP_MS at both ends inside it."""
    ramp = min(_samples(RAMP_MS, rate_hz), length // 2)
    rise = (1 - np.cos(np.pi * np.arange(1, ramp + 1) / (ramp + 1))) / 2
    return np.concatenate([rise, np.ones(length - 2 * ramp), rise[::-1]])


def _finish(sound: _Wave, cadence: Cadence, rate_hz: int, level_dbfs: float) -> Samples:
    """Switch one cycle of steady ``sound`` by ``cadence`` and bring it to its level."""
    envelope = np.zeros_like(sound)
    for start_ms, end_ms in cadence.bursts_ms:
        start, end = _samples(start_ms, rate_hz), _samples(end_ms, rate_hz)
        envelope[start:end] = _burst(end - start, rate_hz)
    return _quantised(sound / np.sqrt(np.mean(sound**2)) * envelope, level_dbfs)


def _quantised(sound: _Wave, level_dbfs: float) -> Samples:
    """``sound`` has an RMS of 1 while it sounds."""
    return np.round(sound * 10 ** (level_dbfs / 20) * _FULL_SCALE).astype(np.int16)


# ------------------------------------------------------------------------------------------------ files


def read_wav(path: Path) -> Samples:
    """The samples of a file that :func:`write_wav` has written.

    Raises:
        OSError: it cannot be read, or is no such file.
    """
    try:
        with path.open("rb") as raw, wave.open(raw, "rb") as file:
            return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
    except (EOFError, wave.Error, ValueError) as error:
        raise OSError(f"{path} is empty or broken: {error}") from error


def write_wav(path: Path, samples: Samples, rate_hz: int) -> None:
    """Write mono 16-bit samples; a reader sees the whole file or the one before, never a part.

    Raises:
        OSError: the directory cannot be written.
    """
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate_hz)
            file.writeframes(samples.astype("<i2").tobytes())
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise
