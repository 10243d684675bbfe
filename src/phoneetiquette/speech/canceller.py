"""Takes the other party's voice out of a channel before anything is decided on it, as far as it is a filtered copy.

An ear-piece near a microphone, a line echo: what leaks is the other channel, delayed by 0 to 300 ms, coloured, and
followed by some reflections. The delay is where the levels of the two channels rise and fall together. Around it, a
filter of 125 ms is estimated from cross- and auto-spectra (the Wiener filter; windows count the less, the louder the
own channel is, which freezes the estimate in double talk), once in half a second, and what it predicts is subtracted.
What remains (reflections that come later, what the codecs and the ear-piece distort) is left to :mod:`.leak`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.spectrum import FRAME

Floats = NDArray[np.float64]
Samples = NDArray[np.int16]

BLOCK: Final = 5 * FRAME
"""Filtered in pieces of 100 ms, always the same ones, so that nothing depends on how the sound is cut."""
PERIOD_FRAMES: Final = 25
PERIOD: Final = PERIOD_FRAMES * FRAME
"""Estimated once in so many samples (half a second)."""
FLOOR_PERIODS: Final = 6
"""The noise floor is the least mean of 100 ms in so many periods."""
LAGS: Final = 16
"""Delays tried: 0 to 15 frames (300 ms)."""
TAPS: Final = 1000
WINDOW: Final = 2000
HOP: Final = WINDOW // 2
LEAD: Final = 240
"""The filter begins so many samples before the delay that the levels show, which is good to a frame."""
LEAK_LIKENESS: Final = 0.12
"""Levels that agree less than this show no leak, and nothing is estimated or subtracted."""
FOLLOWS_LESS: Final = 0.05
"""The channel that follows the other less than the other follows it is where the leak comes from."""
UNLIKE: Final = 5000.0
"""What is believed to have been seen before the call: squares (dB) of about a second of levels that do not agree."""
LIKENESS_FORGETS: Final = 0.98
FILTER_FORGETS: Final = 0.97
QUIET: Final = 32.0
"""What is softer than this (root mean square, -60 dBFS) leaves nothing in the other channel that could be heard."""
REGULAR: Final = 3e-3
"""Part of the mean spectrum that is added everywhere, so that nothing is divided by."""

_LONGEST_DELAY = (LAGS - 1) * FRAME
_HISTORY = _LONGEST_DELAY + TAPS + HOP + PERIOD
_TRANSFORM = BLOCK + TAPS
_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)
_OVERLAP = np.correlate(_HANN, _HANN, "full")[WINDOW - 1 : WINDOW - 1 + TAPS]
_UNBIASED = _OVERLAP[0] / np.maximum(_OVERLAP, 0.5 * _OVERLAP[0])
"""A tap is underestimated as far as delayed and undelayed window do not overlap."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Both channels after the subtraction, and for each frame (2 x frames) what was known of the leak by then."""

    samples: Samples
    lags: NDArray[np.intp]
    """Delay of the leak in frames; -1 where there is none."""
    likeness: Floats
    """How well the levels of this channel follow the other's, -1 to 1, at the best delay."""


class Canceller:
    """Both directions; see :class:`_Direction` for one."""

    def __init__(self) -> None:
        self._sound: Floats = np.zeros((2, _HISTORY))
        """The last samples of both channels, as they came."""
        self._filled = 0
        """Samples of the present period."""
        self._lags = _LagFinder()
        self._likeness: Floats = np.zeros(2)
        self._directions = (_Direction(), _Direction())

    def take(self, samples: Samples) -> Cleaned:
        """``samples``: 2 x whole blocks, at 8 kHz."""
        count = samples.shape[1]
        cleaned = np.empty_like(samples)
        lags = np.empty((2, count // FRAME), np.intp)
        likeness = np.empty((2, count // FRAME))
        sound: Floats = np.concatenate((self._sound, samples), axis=1, dtype=np.float64)
        found = self._find(sound)
        start = 0
        while start < count:
            end = min(count, start + PERIOD - self._filled)
            known = sound[:, start : _HISTORY + end]
            frames = slice(start // FRAME, end // FRAME)
            for channel, direction in enumerate(self._directions):
                cleaned[channel, start:end] = direction.clean(known, samples[channel, start:end], channel)
                lags[channel, frames] = direction.lag
                likeness[channel, frames] = self._likeness[channel]
            self._filled += end - start
            if self._filled == PERIOD:
                self._filled = 0
                self._learn(known[:, end - start :], *next(found))
            start = end
        self._sound = sound[:, count:]
        return Cleaned(cleaned, lags, likeness)

    def _find(self, sound: Floats) -> Iterator[tuple[NDArray[np.intp], Floats]]:
        """Where the levels agree best, at the end of each period that ends in ``sound``."""
        first = _HISTORY - self._filled
        periods = (sound.shape[1] - first) // PERIOD
        if not periods:
            return iter(())
        return self._lags.learn(sound[:, first : first + periods * PERIOD])

    def _learn(self, sound: Floats, lags: NDArray[np.intp], likeness: Floats) -> None:
        self._likeness = likeness
        follows = likeness > likeness[::-1] - FOLLOWS_LESS
        for channel, direction in enumerate(self._directions):
            direction.follow(int(lags[channel]), float(likeness[channel]) if follows[channel] else 0.0)
            if direction.lag >= 0:
                direction.learn(sound[channel], sound[1 - channel])


class _LagFinder:
    """Correlates the levels of the channels, frame by frame, at all delays."""

    def __init__(self) -> None:
        self._before: Floats = np.zeros((2, LAGS - 1))
        self._floors: Floats = np.full((2, FLOOR_PERIODS - 1), np.inf)
        self._products: Floats = np.zeros((2, LAGS))
        self._own: Floats = np.full((2, 1), UNLIKE)
        self._others: Floats = np.full((2, LAGS), UNLIKE)

    def learn(self, samples: Floats) -> Iterator[tuple[NDArray[np.intp], Floats]]:
        """Takes in whole periods; answers for each, of both channels, the best delay and how well they agree there."""
        frames = samples.reshape(2, -1, FRAME)
        levels = 10.0 * np.log10(np.einsum("cfn,cfn->cf", frames, frames) / FRAME + 4.0)
        above = self._above_floor(levels.reshape(2, -1, PERIOD_FRAMES))
        periods = above.shape[1]
        known = np.concatenate((self._before, above.reshape(2, -1)), axis=1)
        self._before = known[:, periods * PERIOD_FRAMES :]
        channel, frame = known.strides
        shape, strides = (2, periods, LAGS, PERIOD_FRAMES), (channel, PERIOD_FRAMES * frame, frame, frame)
        delayed: Floats = np.ndarray(shape, known.dtype, known, strides=strides)[::-1, :, ::-1]
        own = above - np.add.reduce(above, axis=2, keepdims=True) / PERIOD_FRAMES
        sums = np.add.reduce(delayed, axis=3)
        squares = np.einsum("cplf,cplf->cpl", delayed, delayed) - sums * sums / PERIOD_FRAMES
        products = np.einsum("cpf,cplf->cpl", own, delayed)
        own_squares = np.einsum("cpf,cpf->cp", own, own)[..., None]
        for period in range(periods):
            self._products = LIKENESS_FORGETS * self._products + products[:, period]
            self._own = LIKENESS_FORGETS * self._own + own_squares[:, period]
            self._others = LIKENESS_FORGETS * self._others + squares[:, period]
            likeness = self._products / np.sqrt(self._own * self._others)
            yield likeness.argmax(axis=1), likeness.max(axis=1)

    def _above_floor(self, levels: Floats) -> Floats:
        """By how much, up to 30 dB. ``levels``: 2 x periods x frames."""
        least = levels.reshape(2, -1, 5, 5).mean(axis=3).min(axis=2)
        known = np.concatenate((self._floors, least), axis=1)
        self._floors = known[:, least.shape[1] :]
        channel, period = known.strides
        windows: Floats = np.ndarray(
            (*least.shape, FLOOR_PERIODS), known.dtype, known, strides=(channel, period, period)
        )
        above = levels - np.minimum.reduce(windows, axis=2, keepdims=True)
        return np.minimum(np.maximum(above, 0.0, out=above), 30.0, out=above)


class _Direction:
    """The leak into one channel."""

    def __init__(self) -> None:
        self.lag = -1
        self._delay = 0
        """Where the filter begins, in samples."""
        self._cross = np.zeros(WINDOW // 2 + 1, np.complex128)
        self._auto = np.zeros(WINDOW // 2 + 1)
        self._filter: NDArray[np.complex128] | None = None

    def follow(self, lag: int, likeness: float) -> None:
        """Takes in where the levels agree best. The filter stays where it is for a frame more or less."""
        if likeness < LEAK_LIKENESS:
            self.lag, self._filter = -1, None
            return
        delay = max(0, lag * FRAME - LEAD)
        if self.lag < 0 or abs(delay - self._delay) > FRAME:
            self._delay = delay
            self._cross[:] = 0.0
            self._auto[:] = 0.0
            self._filter = None
        self.lag = lag

    def clean(self, known: Floats, came: Samples, channel: int) -> Samples:
        """What ``came`` last (whole blocks) in ``channel`` without the leak. ``known``: both channels up to there.

        A frame that the subtraction would only make louder is left as it is.
        """
        if self._filter is None:
            return came
        count = len(came)
        end = known.shape[1] - self._delay
        other = known[1 - channel, end - count - TAPS : end]
        pieces = _cut(other, _TRANSFORM, BLOCK)
        loud = np.einsum("pn,pn->p", pieces, pieces) > _TRANSFORM * QUIET * QUIET
        if not loud.any():
            return came
        leaked = np.zeros((len(pieces), BLOCK))
        leaked[loud] = np.fft.irfft(np.fft.rfft(pieces[loud]) * self._filter, _TRANSFORM)[:, TAPS:]
        frames = known[channel, -count:].reshape(-1, FRAME)
        left = frames - leaked.reshape(-1, FRAME)
        np.minimum(np.maximum(np.rint(left, out=left), -32768.0, out=left), 32767.0, out=left)
        gained = np.einsum("fn,fn->f", left, left) < np.einsum("fn,fn->f", frames, frames)
        return np.where(gained[:, None], left, frames).astype(np.int16).ravel()

    def learn(self, own: Floats, other: Floats) -> None:
        """Takes in the last period, and half a window before it. Nothing is learnt while the other is silent."""
        length = PERIOD + HOP
        end = len(other) - self._delay
        other = other[end - length : end]
        if other @ other < length * QUIET * QUIET:
            return
        theirs = np.fft.rfft(_cut(other, WINDOW, HOP) * _HANN)
        mine = np.fft.rfft(_cut(own[-length:], WINDOW, HOP) * _HANN)
        power = theirs.real**2 + theirs.imag**2
        weights = 1.0 / ((mine.real**2 + mine.imag**2).sum(axis=1) + WINDOW * WINDOW)
        self._cross = FILTER_FORGETS * self._cross + weights @ (theirs.conj() * mine)
        self._auto = FILTER_FORGETS * self._auto + weights @ power
        response = self._cross / (self._auto + REGULAR * self._auto.mean() + 1e-9)
        taps = np.fft.irfft(response, WINDOW)[:TAPS] * _UNBIASED
        self._filter = np.fft.rfft(taps, _TRANSFORM)


def _cut(samples: Floats, length: int, hop: int) -> Floats:
    """Pieces of ``length``, one every ``hop`` samples, without copying; quicker than ``sliding_window_view``."""
    (step,) = samples.strides
    count = (len(samples) - length) // hop + 1
    pieces: Floats = np.ndarray((count, length), samples.dtype, samples, strides=(hop * step, step))
    return pieces
