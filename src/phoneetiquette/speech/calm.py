"""The desk's calm: how loud and how fast it speaks when the customer has become loud, beside its usual way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from phoneetiquette.speech.definitions import FRAME_MS
from phoneetiquette.speech.prosody_definitions import (
    COMPOSURE_LEAST_MS,
    LOUD_CUSTOMER_DB,
    LOUD_SEGMENT_MS,
    UNDER_FIRE_MS,
)
from phoneetiquette.speech.voice import SpokenRun

UNDER_FIRE_FRAMES = UNDER_FIRE_MS // FRAME_MS


def calm(agent: Sequence[SpokenRun], customer: Sequence[SpokenRun]) -> dict[str, Any]:
    """Segments of both parties, over, in order.

    Returns:
        ``customer_loud_s``: how long the customer was loud, ``None`` with too little speech to know the customer's
        usual level. ``loudness_dbfs`` and ``pace_syll_per_s``: the desk's, in answer to that;
        ``usual_loudness_dbfs`` and ``usual_pace_syll_per_s``: at all other times. ``None`` with too little speech.
    """
    loud = loud_runs(customer)
    answers: list[SpokenRun] = []
    rest: list[SpokenRun] = []
    place = 0
    for run in agent:
        while loud is not None and place < len(loud) and loud[place].end + UNDER_FIRE_FRAMES <= run.start:
            place += 1
        near = loud is not None and place < len(loud) and loud[place].start <= run.start
        (answers if near else rest).append(run)
    under, usual = _way(answers), _way(rest)
    return {
        "customer_loud_s": None if loud is None else _seconds(loud),
        "loudness_dbfs": under[0],
        "pace_syll_per_s": under[1],
        "usual_loudness_dbfs": usual[0],
        "usual_pace_syll_per_s": usual[1],
    }


def loud_runs(runs: Sequence[SpokenRun]) -> list[SpokenRun] | None:
    """Those well above the middle level of all, weighted by their lengths; ``None`` with too little speech."""
    telling = [run for run in runs if run.level_dbfs is not None and _ms(run) >= LOUD_SEGMENT_MS]
    if sum(map(_ms, telling)) < COMPOSURE_LEAST_MS:
        return None
    levels = np.array([run.level_dbfs for run in telling])
    order = np.argsort(levels, kind="stable")
    lengths = np.cumsum(np.array([_ms(run) for run in telling])[order])
    usual = float(levels[order][np.searchsorted(lengths, lengths[-1] / 2)])
    return [run for run in telling if run.level_dbfs is not None and run.level_dbfs >= usual + LOUD_CUSTOMER_DB]


def _way(runs: Sequence[SpokenRun]) -> tuple[float | None, float | None]:
    """Mean level and pace of these segments."""
    spoken = [(run, run.level_dbfs) for run in runs if run.level_dbfs is not None]
    total_ms = sum(_ms(run) for run, _ in spoken)
    if total_ms < COMPOSURE_LEAST_MS:
        return None, None
    energy = sum(_ms(run) * 10 ** (level / 10) for run, level in spoken)
    level_dbfs = round(10 * float(np.log10(energy / total_ms)), 1)
    return level_dbfs, round(sum(run.syllables for run, _ in spoken) * 1000 / total_ms, 2)


def _ms(run: SpokenRun) -> int:
    return (run.end - run.start) * FRAME_MS


def _seconds(runs: Sequence[SpokenRun]) -> float:
    return round(sum(map(_ms, runs)) / 1000, 2)
