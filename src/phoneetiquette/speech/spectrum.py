"""What a frame sounds like: levels in bands, and how much it is like a voice, like a tone, like noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
FRAME = RATE_HZ * 20 // 1000
WINDOW = 256
"""A frame is looked at together with the 12 ms before it: 31.25 Hz to a bin."""

Floats = NDArray[np.float64]

BAND_EDGES = np.array((3, 7, 10, 14, 19, 25, 31, 39, 48, 59, 73, 91), np.intp)
"""First bin of each band, from 94 Hz up to 3.8 kHz, about as wide as the ear's. Mains hum lies below."""
LAST_BIN = 122
BANDS = len(BAND_EDGES)

FLOOR_DB = -78.0
"""Band levels end here: below it, the steps of G.711 are all there is."""

_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)
_SCALED = _HANN * (2.0 / (2.0**15 * WINDOW * np.sqrt(np.mean(_HANN**2))))
"""With it, the bins of a frame add up to its power: a full-scale sine has 0 dB."""
MOST_FRAMES = 50
"""Worked on at once: intermediate results of more leave the cache, and are given back to the system each time."""
_LAGS = slice(RATE_HZ // 400, RATE_HZ // 70)
"""Periods of a voice, 400 down to 70 Hz."""
_FLOOR = 10 ** (FLOOR_DB / 10)


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Frames of both channels, each array 2 x frames (``bands_db``: 2 x frames x bands)."""

    bands_db: Floats
    level_db: Floats
    """Level within the bands, dB relative to full scale."""
    periodicity: Floats
    """Height of the autocorrelation at the period of a voice, 0 to 1."""
    breadth: Floats
    """Number of bins that hold the energy, as a logarithm (base 10): about 0.3 for a pure tone, 2 for white noise."""


class Analyser:
    """Turns samples into spectra; the sum of all that is remembered is the last piece of the window."""

    def __init__(self) -> None:
        self._past: Floats = np.zeros((2, WINDOW - FRAME))

    def take(self, samples: NDArray[np.int16]) -> Spectrum:
        """``samples``: 2 x whole frames at 8 kHz."""
        sound: Floats = np.concatenate((self._past, samples), axis=1, dtype=np.float64)
        self._past = sound[:, samples.shape[1] :]
        frames = samples.shape[1] // FRAME
        spectrum = Spectrum(
            bands_db=np.empty((2, frames, BANDS)),
            level_db=np.empty((2, frames)),
            periodicity=np.empty((2, frames)),
            breadth=np.empty((2, frames)),
        )
        channel, sample = sound.strides
        shape, strides = (len(sound), frames, WINDOW), (channel, FRAME * sample, sample)
        windows: Floats = np.ndarray(shape, sound.dtype, sound, strides=strides)
        for start in range(0, frames, MOST_FRAMES):
            part = slice(start, start + MOST_FRAMES)
            _analyse(windows[:, part], spectrum, part)
        return spectrum


def _analyse(windows: Floats, spectrum: Spectrum, part: slice) -> None:
    """Fills in ``part`` of the spectrum."""
    bins = np.fft.rfft(windows * _SCALED)
    power = bins.real**2
    power += bins.imag**2
    power[..., : BAND_EDGES[0]] = 0.0
    power[..., LAST_BIN:] = 0.0
    bands = np.add.reduceat(power[..., :LAST_BIN], BAND_EDGES, axis=-1)
    whole = np.add.reduce(bands, axis=-1) + _FLOOR
    squares = np.einsum("cfn,cfn->cf", power, power)
    correlation = np.fft.irfft(np.sqrt(power, out=power))
    spectrum.bands_db[:, part] = 10.0 * np.log10(bands + _FLOOR)
    spectrum.level_db[:, part] = 10.0 * np.log10(whole)
    highest = np.maximum.reduce(correlation[..., _LAGS], axis=-1)
    spectrum.periodicity[:, part] = highest / (correlation[..., 0] + _FLOOR)
    spectrum.breadth[:, part] = np.log10(whole * whole / (squares + _FLOOR * _FLOOR / 100))
