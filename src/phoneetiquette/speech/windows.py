"""Short-time spectra of one party's speech: what pitch, pace and loudness are all taken from.

A window is computed only where the party speaks. The spectra of wideband sound are cut off at 4 kHz, so that everything
behind this is the same at 8 and at 16 kHz.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.definitions import FRAME_MS
from phoneetiquette.speech.prosody_definitions import HOP_MS, WINDOW_MS

Power = NDArray[np.float32]
"""Windows x bins: mean square relative to full scale that falls into each bin."""

BINS = 257
"""From 0 to 4000 Hz."""
BIN_HZ = 4000 / (BINS - 1)
PER_FRAME = FRAME_MS // HOP_MS
"""Windows that end in a frame."""


class Windows:
    """Cuts the speech of one party into windows. One ends in the middle of each frame, one at its end."""

    def __init__(self, rate_hz: int) -> None:
        self._hop = HOP_MS * rate_hz // 1000
        self._size = WINDOW_MS * rate_hz // 1000
        self._transform = round(rate_hz / BIN_HZ)
        hann = np.sin(np.pi * (np.arange(self._size) + 0.5) / self._size) ** 2
        self._taper = hann.astype(np.float32)
        # Both halves of the spectrum; full scale is 2^15.
        self._scale = np.float32(2 / (self._transform * np.sum(hann**2) * 2**30))
        self._before = np.zeros(self._size - self._hop, np.int16)

    def take(self, samples: NDArray[np.int16], speech: NDArray[np.bool_]) -> Power:
        """Spectra of the windows that end in speech: ``PER_FRAME`` for each frame of ``samples`` whose flag is set."""
        sound = np.concatenate([self._before, samples])
        self._before = sound[len(sound) - len(self._before) :]
        if not speech.any():
            return np.zeros((0, BINS), np.float32)
        every = np.lib.stride_tricks.sliding_window_view(sound, self._size)[:: self._hop]
        spoken = every[np.repeat(speech, PER_FRAME)] * self._taper
        spectrum = np.fft.rfft(spoken, self._transform)[:, :BINS]
        return np.asarray((spectrum.real**2 + spectrum.imag**2) * self._scale, np.float32)


def autocorrelation_of_window(lags: int) -> NDArray[np.float32]:
    """The taper's own autocorrelation at lags of 1/16 ms, 1 at lag 0: what a pure period loses by the taper."""
    size = WINDOW_MS * 8
    hann = np.sin(np.pi * (np.arange(size) + 0.5) / size) ** 2
    spectrum = np.abs(np.fft.rfft(hann, 2 * (BINS - 1))) ** 2
    correlation = np.fft.irfft(spectrum, 4 * (BINS - 1))[:lags]
    return np.asarray(correlation / correlation[0], np.float32)


def band(low_hz: float, high_hz: float, low_edge_hz: float = 50, high_edge_hz: float = 50) -> NDArray[np.float32]:
    """Weights of the bins of a band: half at its bounds, nothing and all so much below and above."""
    hz = np.arange(BINS) * BIN_HZ
    rising = np.clip((hz - low_hz + low_edge_hz) / (2 * low_edge_hz), 0, 1)
    falling = np.clip((high_hz + high_edge_hz - hz) / (2 * high_edge_hz), 0, 1)
    return np.asarray((np.sin(np.pi / 2 * rising) * np.sin(np.pi / 2 * falling)) ** 2, np.float32)


def decibels(power: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power relative to full scale in dB; digital silence is −120 dB."""
    level: NDArray[np.float64] = 10.0 * np.log10(power.astype(np.float64) + 1e-12)
    return level
