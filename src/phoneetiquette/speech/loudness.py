"""Loudness of one party: the active speech level of ITU-T P.56 (method B), taken from short windows.

P.56 divides the energy of the signal by the time in which its envelope, held for 200 ms, is above a threshold, and
chooses the threshold 15.9 dB below the level that results. Here the envelope is the level of 40 ms windows, computed in
settled speech alone, and of the band that every telephone line carries: so a wideband and a narrowband line give the
same voice the same level.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from phoneetiquette.speech.prosody_definitions import (
    ACTIVE_HANGOVER_MS,
    ACTIVE_MARGIN_DB,
    HOP_MS,
    LEVEL_LEAST_DBFS,
    LEVEL_STEP_DB,
    LOUDNESS_LEAST_MS,
    VOICE_BAND_HZ,
)
from phoneetiquette.speech.windows import Power, band, decibels

BINS = round(-LEVEL_LEAST_DBFS / LEVEL_STEP_DB) + 1
ENERGY_UNIT = 1e-12
"""Energies are added as whole numbers of this, so that their sum does not depend on how they were grouped."""


class SpeechLevel:
    """The active level of one party, kept as histograms."""

    def __init__(self) -> None:
        self._weights = band(*VOICE_BAND_HZ)
        self._held_counts = np.zeros(BINS, np.int64)
        """Windows by the loudest level in them and in the hangover before them."""
        self._energy = 0
        self._hangover = ACTIVE_HANGOVER_MS // HOP_MS
        self._open_run()

    def take(self, power: Power) -> list[float]:
        """Takes in the next windows of a run of speech; the level of each in dB relative to full scale."""
        energies = (power * self._weights).sum(axis=1)
        levels: list[float] = decibels(energies).tolist()
        units = int((energies.astype(np.float64) / ENERGY_UNIT).astype(np.int64).sum())
        self._energy += units
        self._run_energy += units
        self._run_windows += len(levels)
        for level in levels:
            self._hold(level)
        return levels

    def end_run(self) -> float | None:
        """The party pauses: the mean level of the run."""
        level = _dbfs(self._run_energy, self._run_windows)
        self._open_run()
        return level

    def active_dbfs(self) -> float | None:
        """Active speech level; ``None`` with too little active speech."""
        active = np.cumsum(self._held_counts[::-1])[::-1]
        if not self._energy or not active[0]:
            return None
        at = LEVEL_LEAST_DBFS + LEVEL_STEP_DB * np.arange(BINS)
        levels = 10 * np.log10(self._energy * ENERGY_UNIT / np.maximum(active, 1))
        apart = np.where(active > 0, levels - at, -np.inf)
        # The first from below at which the margin is lost: with few windows left at the top it is there once more.
        chosen = max(0, int(np.argmax(apart < ACTIVE_MARGIN_DB)) - 1)
        if active[chosen] * HOP_MS < LOUDNESS_LEAST_MS:
            return None
        return round(float(levels[chosen]), 1)

    def _open_run(self) -> None:
        self._run_energy = 0
        self._run_windows = 0
        self._loudest: deque[tuple[int, float]] = deque()
        """Levels of the hangover that nothing louder has followed."""
        self._place = 0

    def _hold(self, level: float) -> None:
        loudest = self._loudest
        while loudest and loudest[-1][1] <= level:
            loudest.pop()
        loudest.append((self._place, level))
        if loudest[0][0] <= self._place - self._hangover:
            loudest.popleft()
        self._place += 1
        held = int((loudest[0][1] - LEVEL_LEAST_DBFS) / LEVEL_STEP_DB)
        self._held_counts[min(max(held, 0), BINS - 1)] += 1


def _dbfs(energy: int, windows: int) -> float | None:
    return None if not energy else 10 * float(np.log10(energy * ENERGY_UNIT / windows))
