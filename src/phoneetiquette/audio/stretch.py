"""Making a frame a sample longer or shorter, and sounds that wait to be used.

Two clocks that are 50 ppm apart are matched by one sample in 20 000. So a frame passes as it is, bit for bit, until the
clocks are a whole sample apart; then that one frame is stretched or squeezed by a sample, evenly over its length, by
interpolation with a windowed sinc. That is a third of a percent of pitch for 20 ms, where a resampler that runs all the
time would cost a fifth of the processor time of a call to do the same.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import samplerate

Samples = npt.NDArray[np.int16]

_REACH = 8
"""Samples to each side that an interpolated one is made of. As many at both ends of a frame are left as they are, so
that a frame can be stretched without its neighbours."""
_WINDOW_BETA = 7.0
_FULL_SCALE = 32767


def stretched(sound: Samples, wanted: int) -> Samples:
    """``sound`` in ``wanted`` samples: a few more or less than it has. Its two ends stay as they are.

    The result is new, unless nothing is to be done.
    """
    if wanted == len(sound):
        return sound
    places, weights = _interpolation(len(sound), wanted)
    made = np.empty(wanted, np.int16)
    made[:_REACH], made[-_REACH:] = sound[:_REACH], sound[-_REACH:]
    inner = np.einsum("ij,ij->i", sound[places], weights)
    np.clip(np.rint(inner, out=inner), -_FULL_SCALE, _FULL_SCALE, out=inner)
    made[_REACH:-_REACH] = inner
    return made


@lru_cache(maxsize=16)
def _interpolation(given: int, wanted: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """For each inner sample that is wanted: which samples it is made of, and how much of each."""
    inner, step = wanted - 2 * _REACH, (given - 2 * _REACH) / (wanted - 2 * _REACH)
    at = _REACH + np.arange(inner) * step
    places = np.floor(at).astype(np.intp)[:, None] + np.arange(1 - _REACH, 1 + _REACH)
    away = places - at[:, None]
    weights = np.sinc(away) * np.i0(_WINDOW_BETA * np.sqrt(np.maximum(0, 1 - (away / _REACH) ** 2)))
    return places, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


class RateConverter:
    """From one rate to another, for devices that cannot do the one of the bridge."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._ratio = to_hz / from_hz
        self._resampler = samplerate.Resampler("sinc_fastest", 1)

    def __call__(self, sound: Samples) -> Samples:
        made = self._resampler.process(np.multiply(sound, np.float32(1 / 32768), dtype=np.float32), self._ratio)
        made = np.clip(np.multiply(made, np.float32(_FULL_SCALE), out=made), -_FULL_SCALE, _FULL_SCALE, out=made)
        converted: Samples = made.astype(np.int16)
        return converted


class Waiting:
    """Sound that waits to be used, oldest first. ``begin`` and ``end`` are places in its buffer: ``end - begin``
    samples wait."""

    def __init__(self, room: int) -> None:
        self.begin = self.end = 0
        self._sound: Samples = np.zeros(room, np.int16)

    def __len__(self) -> int:
        return self.end - self.begin

    def add(self, sound: Samples) -> None:
        """More sound; it is copied."""
        end = self.end + len(sound)
        if end > len(self._sound):
            self._make_room(len(sound))
            end = self.end + len(sound)
        self._sound[self.end : end] = sound
        self.end = end

    def add_silence(self, samples: int) -> None:
        self.add(np.zeros(samples, np.int16))

    def put_silence_first(self, samples: int) -> None:
        rest = self.take(len(self)).copy()
        self.add_silence(samples)
        self.add(rest)

    def take(self, at_most: int) -> Samples:
        """The oldest samples. Good until the next :meth:`add`."""
        begin = self.begin
        self.begin = end = min(begin + at_most, self.end)
        return self._sound[begin:end]

    def _make_room(self, count: int) -> None:
        rest = self._sound[self.begin : self.end].copy()
        if len(rest) + count > len(self._sound):
            self._sound = np.zeros(2 * (len(rest) + count), np.int16)
        self._sound[: len(rest)] = rest
        self.begin, self.end = 0, len(rest)
