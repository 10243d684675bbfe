"""Pace of one party: syllable nuclei in the level of the vowel band (after de Jong and Wempe, 2009).

A nucleus is a peak of the smoothed level with a dip on either side, voiced, and not far below the voice's loud
syllables. The band is one that every telephone line carries, so that a line does not change the count.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.histogram import percentile
from phoneetiquette.speech.prosody_definitions import (
    HOP_MS,
    PACE_LEAST_MS,
    SYLLABLE_BAND_HZ,
    SYLLABLE_DIP_DB,
    SYLLABLE_RANGE_DB,
    SYLLABLE_SMOOTHING,
    SYLLABLE_VOICED,
)
from phoneetiquette.speech.windows import Power, band, decibels

LEAST_DB = -120
DB_BINS = 130
PEAK_REACH = 2
"""A peak is voiced if a window this near is."""


class SyllableCount:
    """Counts the nuclei of one party. Levels are kept in whole decibels, so what counts can be decided at the end."""

    def __init__(self) -> None:
        self._weights = band(*SYLLABLE_BAND_HZ)
        taps = np.sin(np.pi * np.arange(1, SYLLABLE_SMOOTHING + 1) / (SYLLABLE_SMOOTHING + 1)) ** 2
        self._taps = (taps / taps.sum()).tolist()
        self._levels = np.zeros(DB_BINS, np.int64)
        self._nuclei = np.zeros(DB_BINS, np.int64)
        self._windows = 0
        self._open_run()

    def take(self, power: Power, periodicity: NDArray[np.float32]) -> None:
        """Takes in the next windows of a run of speech, and how periodic each is (0 to 1)."""
        levels = decibels((power * self._weights).sum(axis=1))
        self._windows += len(levels)
        for level, voiced in zip(levels.tolist(), (periodicity >= SYLLABLE_VOICED).tolist(), strict=True):
            if not self._line:
                self._line.extend([level] * (SYLLABLE_SMOOTHING // 2))
            self._line.append(level)
            self._voiced.append(voiced)
            if len(self._line) == SYLLABLE_SMOOTHING:
                self._step()

    def end_run(self) -> int:
        """The party pauses: how many nuclei the run had, faint ones included."""
        if self._line:
            for _ in range(SYLLABLE_SMOOTHING // 2):
                self._line.append(self._line[-1])
                if len(self._line) == SYLLABLE_SMOOTHING:
                    self._step()
            if self._rising:
                self._count()
        found = self._found
        self._open_run()
        return found

    def syllables(self) -> int:
        """Nuclei so far that are loud enough for this voice."""
        loud = percentile(self._levels, 0.95)
        if loud is None:
            return 0
        return int(self._nuclei[max(0, int(loud - SYLLABLE_RANGE_DB)) :].sum())

    def per_second(self) -> float | None:
        """Syllables a second of speech; ``None`` with too little speech."""
        spoken_ms = self._windows * HOP_MS
        return None if spoken_ms < PACE_LEAST_MS else round(self.syllables() * 1000 / spoken_ms, 2)

    def _open_run(self) -> None:
        self._line: deque[float] = deque(maxlen=SYLLABLE_SMOOTHING)
        self._voiced: deque[bool] = deque(maxlen=SYLLABLE_SMOOTHING // 2 + PEAK_REACH + 1)
        self._rising = True
        self._extreme = -np.inf
        self._peak_voiced = 0
        """Steps in which a voiced window still belongs to the peak."""
        self._is_voiced = False
        self._found = 0

    def _step(self) -> None:
        """The smoothed level of the window in the middle of the line is known."""
        level = sum(tap * value for tap, value in zip(self._taps, self._line, strict=True))
        self._levels[_bin(level)] += 1
        if self._rising:
            if level > self._extreme:
                self._extreme = level
                self._is_voiced = any(self._voiced)
            elif level < self._extreme - SYLLABLE_DIP_DB:
                self._count()
                self._rising, self._extreme = False, level
        elif level < self._extreme:
            self._extreme = level
        elif level > self._extreme + SYLLABLE_DIP_DB:
            self._rising, self._extreme = True, level
            self._is_voiced = any(self._voiced)

    def _count(self) -> None:
        if self._is_voiced:
            self._found += 1
            self._nuclei[_bin(self._extreme)] += 1


def _bin(level_db: float) -> int:
    return min(max(int(level_db - LEAST_DB), 0), DB_BINS - 1)
