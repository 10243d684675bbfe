"""How much of the other party's voice comes back in a channel: an ear-piece near a microphone, a line echo.

The leak is predicted as levels in bands: the other channel's, delayed by 0 to 300 ms, smeared over the 80 ms in which
reflections arrive, and lowered by a gain of its own in each band. The delay is where the two channels' levels rise and
fall together; the gain is a quantile of the difference seen while the other speaks up, so that double talk, which is
rarer than listening, hardly moves it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.histograms import Histograms
from phoneetiquette.speech.spectrum import FLOOR_DB

Floats = NDArray[np.float64]

LAGS = 16
"""Delays tried: 0 to 15 frames (300 ms)."""
TAIL = 4
"""Reflections come up to so many frames after the direct leak."""
USUAL_LAG = 3
LIKENESS_LEAST = 0.15
"""Levels that agree less than this show no leak: the usual delay is assumed."""
GAIN_SHARES = np.array((0.4, 0.75))
"""What is predicted, and what the leak is at its loudest."""
MEMORY = 1000.0
FORGET = 0.96
PERIODS = 2
"""Learns once in so many calls of :meth:`Leak.learn`."""
PRIOR_GAIN_DB = (-32.0, 8.0, 20.0)

_HISTORY = LAGS + TAIL


class Leak:
    """The leak into each of the two channels from the other one."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._gains = Histograms(
            low=-64.0, step=2.0, bins=40, memory=(MEMORY,) * (2 * rows), priors=(PRIOR_GAIN_DB,) * (2 * rows)
        )
        gains = self._gains.quantiles(GAIN_SHARES).reshape(2, rows, 2)
        self.gain_db: Floats = gains[..., 0]
        self.loudest_db: Floats = gains[:, -1, 1]
        self.lag = [USUAL_LAG, USUAL_LAG]
        self.likeness: Floats = np.zeros(2)
        """How well the levels of a channel follow the other's, -1 to 1, at the best delay."""
        self._before: Floats = np.full((2, _HISTORY, rows), FLOOR_DB)
        self._above_before: Floats = np.zeros((2, LAGS - 1))
        self._products: Floats = np.zeros((2, LAGS))
        self._own: Floats = np.full((2, 1), 1e-9)
        self._others: Floats = np.full((2, LAGS), 1e-9)
        self._echoes: list[Floats] = []
        self._levels: list[Floats] = []
        self._above: list[Floats] = []

    def predict(self, levels: Floats) -> Floats:
        """Levels the leak alone would have: 2 x frames x rows, from the same frames of both channels."""
        known = np.concatenate((self._before, levels), axis=1)
        self._before = known[:, -_HISTORY:]
        frames = levels.shape[1]
        echoes = np.empty_like(levels)
        for channel, lag in enumerate(self.lag):
            other = known[1 - channel]
            last = _HISTORY - lag + (lag > 0)
            echo = other[last : last + frames].copy()
            for back in range(1, TAIL + 1 + (lag > 0)):
                np.maximum(echo, other[last - back : last - back + frames], out=echo)
            echoes[channel] = echo
        self._echoes.append(echoes)
        return echoes + self.gain_db[:, None, :]

    def learn(self, levels: Floats, above: Floats, speech_db: Floats) -> None:
        """Takes in a whole period: its levels, how far each frame is above its noise floor, usual speech levels."""
        self._levels.append(levels)
        self._above.append(above)
        if len(self._above) < PERIODS:
            return
        echoes, levels, above = (np.concatenate(one, axis=1) for one in (self._echoes, self._levels, self._above))
        for one in (self._echoes, self._levels, self._above):
            one.clear()
        loud = echoes[..., -1] > speech_db[::-1, None] - 4.0
        differences = (levels - echoes).transpose(0, 2, 1).reshape(2 * self._rows, -1)
        self._gains.add(differences, np.repeat(loud, self._rows, axis=0))
        gains = self._gains.quantiles(GAIN_SHARES).reshape(2, self._rows, 2)
        self.gain_db, self.loudest_db = gains[..., 0], gains[:, -1, 1]
        self._find_lag(np.minimum(above, 30.0))

    def _find_lag(self, above: Floats) -> None:
        frames = above.shape[1]
        known = np.concatenate((self._above_before, above), axis=1)
        self._above_before = known[:, frames:]
        delayed = np.lib.stride_tricks.sliding_window_view(known, frames, axis=1)[::-1, ::-1]
        own = above - above.mean(axis=1, keepdims=True)
        sums = np.add.reduce(delayed, axis=2)
        squares = np.einsum("clf,clf->cl", delayed, delayed) - sums * sums / frames
        self._products = FORGET * self._products + np.einsum("cf,clf->cl", own, delayed)
        self._own = FORGET * self._own + np.einsum("cf,cf->c", own, own)[:, None]
        self._others = FORGET * self._others + squares
        likeness = self._products / np.sqrt(self._own * self._others)
        best = likeness.argmax(axis=1)
        self.likeness = likeness.max(axis=1)
        self.lag = [
            int(lag) if agree > LIKENESS_LEAST else USUAL_LAG
            for lag, agree in zip(best.tolist(), self.likeness.tolist(), strict=True)
        ]
