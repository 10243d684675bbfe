"""What of the other party's voice is left in a channel after the :mod:`.canceller`, or was never found by it.

It is predicted as levels in bands: the other channel's, delayed, smeared over the 80 ms in which reflections arrive,
and lowered by a gain of its own in each band. The gain is a quantile of the difference seen while the other speaks up,
so that double talk, which is rarer than listening, hardly moves it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.canceller import LAGS
from phoneetiquette.speech.histograms import Histograms
from phoneetiquette.speech.spectrum import FLOOR_DB

Floats = NDArray[np.float64]

TAIL = 4
"""Reflections come up to so many frames after the direct leak."""
USUAL_LAG = 3
GAIN_SHARES = np.array((0.4, 0.75))
"""What is predicted, and what the leak is at its loudest."""
MEMORY = 1000.0
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
        self._before: Floats = np.full((2, _HISTORY, rows), FLOOR_DB)
        self._echoes: list[Floats] = []
        self._levels: list[Floats] = []

    def echoes(self, levels: Floats, lags: NDArray[np.intp]) -> Floats:
        """Levels of the other channel as they come back, before any gain: 2 x frames x rows, from the same frames of
        both channels.

        ``lags``: delay into each channel, in frames (2 x frames); negative where none is known.
        """
        known = np.concatenate((self._before, levels), axis=1)
        self._before = known[:, -_HISTORY:]
        echoes = np.empty_like(levels)
        for channel, row in enumerate(lags):
            cuts = [0, *(np.flatnonzero(row[1:] != row[:-1]) + 1).tolist(), len(row)]
            for start, end in pairwise(cuts):
                _echo(known[1 - channel], int(row[start]), start, end, echoes[channel, start:end])
        return echoes

    def predict(self, echoes: Floats) -> Floats:
        """Levels the leak alone would have, by what is known of it now."""
        predicted: Floats = echoes + self.gain_db[:, None, :]
        return predicted

    def learn(self, levels: Floats, echoes: Floats, speech_db: Floats) -> None:
        """Takes in a whole period: its levels, its :meth:`echoes`, and the usual speech levels of both channels."""
        self._levels.append(levels)
        self._echoes.append(echoes)
        if len(self._levels) < PERIODS:
            return
        echoes, levels = (np.concatenate(one, axis=1) for one in (self._echoes, self._levels))
        self._echoes.clear()
        self._levels.clear()
        loud = echoes[..., -1] > speech_db[::-1, None] - 4.0
        differences = (levels - echoes).transpose(0, 2, 1).reshape(2 * self._rows, -1)
        self._gains.add(differences, np.repeat(loud, self._rows, axis=0))
        gains = self._gains.quantiles(GAIN_SHARES).reshape(2, self._rows, 2)
        self.gain_db, self.loudest_db = gains[..., 0], gains[:, -1, 1]


def _echo(other: Floats, lag: int, start: int, end: int, echo: Floats) -> None:
    """Fills in the loudest of the other channel over the time in which it comes back. ``other``: with its history."""
    delay = lag if lag >= 0 else USUAL_LAG
    first = _HISTORY + start - delay + (delay > 0)
    count = end - start
    np.maximum(other[first : first + count], other[first - 1 : first - 1 + count], out=echo)
    for back in range(2, TAIL + 1 + (delay > 0)):
        np.maximum(echo, other[first - back : first - back + count], out=echo)
