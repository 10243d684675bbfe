"""Loudness of a recording after ITU-R BS.1770-4: K-weighted, gated, in LUFS. For recordings; a seat never loads it.

Measured of the band that every telephone line carries, as ``loudness_dbfs`` is: the lift that K-weighting gives to what
is above 1.5 kHz would otherwise make the hiss of a wideband line count for more than a voice.
"""

from __future__ import annotations

import math

import numpy as np
import pyebur128
from numpy.typing import NDArray

from phoneetiquette.speech.prosody_definitions import VOICE_BAND_HZ

TAPS_MS = 32
"""Length of the filter: edges of about 100 Hz."""


class IntegratedLoudness:
    """One channel. Feed it in any blocks; memory does not grow with them.

    Args:
        rate_hz: sample rate, 8000 at least.
    """

    def __init__(self, rate_hz: int) -> None:
        mode = pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_HISTOGRAM
        self._state = pyebur128.R128State(1, rate_hz, mode)
        self._taps = _band_pass(rate_hz)
        self._before: NDArray[np.float64] = np.zeros(len(self._taps) - 1)

    def feed(self, samples: NDArray[np.int16]) -> None:
        """The next samples, mono."""
        if not len(samples):
            return
        sound = np.concatenate([self._before, samples.astype(np.float64) / 2**15])
        self._before = sound[len(sound) - len(self._before) :]
        size = 1 << (len(sound) + len(self._taps) - 1).bit_length()
        filtered = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(self._taps, size), size)
        heard = np.ascontiguousarray(filtered[len(self._before) : len(sound)])
        self._state.add_frames(heard, len(heard))

    def lufs(self) -> float | None:
        """Integrated loudness so far; ``None`` where nothing is louder than the absolute gate of −70 LUFS."""
        loudness = float(pyebur128.get_loudness_global(self._state))
        return round(loudness, 1) if math.isfinite(loudness) else None


def _band_pass(rate_hz: int) -> NDArray[np.float64]:
    """A linear-phase filter: the difference of two windowed sinc low passes."""
    half = TAPS_MS * rate_hz // 2000
    at = np.arange(-half, half + 1)
    low, high = (2 * hz / rate_hz * np.sinc(2 * hz / rate_hz * at) for hz in VOICE_BAND_HZ)
    taps: NDArray[np.float64] = (high - low) * np.hamming(len(at))
    return taps
