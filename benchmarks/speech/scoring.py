"""How far what a program says of a call is from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks.speech.clips import STEPS_PER_S, Label, grid, without_short
from benchmarks.speech.dialogue import PARTIES, UNIT_GAP, Dialogue, Event

ONSET_S = 0.5
"""An interruption is found if the same party is said to have begun one within this of the true beginning."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An interruption that a program tells of: by party 0 (agent) or 1, begun at ``start_s``."""

    by: int
    start_s: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a program says of a call: speech of both parties in seconds, and interruptions."""

    segments: tuple[list[tuple[float, float]], list[tuple[float, float]]]
    interruptions: list[Claim]


@dataclass(slots=True)
class Score:
    """Sums over the calls of a condition."""

    true: int = 0
    claimed: int = 0
    found: int = 0
    talk_errors: list[float] = field(default_factory=list)
    """Of each party of each call, relative to the true talk time."""
    overlap_errors_s: list[float] = field(default_factory=list)
    silence_errors_s: list[float] = field(default_factory=list)
    in_interludes_s: list[float] = field(default_factory=list)
    """Time taken for somebody's speech while only a sound of the line was heard, for each call that has any."""
    false_at: dict[str, int] = field(default_factory=dict)
    """What really was where an interruption was wrongly claimed."""

    def add(self, truth: Dialogue, said: Prediction) -> None:
        """Takes a call in."""
        found, wrong = matched(truth.interruptions, said.interruptions)
        self.true += len(truth.interruptions)
        self.claimed += len(said.interruptions)
        self.found += found
        for claim in wrong:
            what = _what_was_there(truth, claim)
            self.false_at[what] = self.false_at.get(what, 0) + 1
        units = truth.units
        heard = tuple(without_short(grid(spans, truth.steps), False, UNIT_GAP) for spans in said.segments)
        for unit, speech in zip(units, heard, strict=True):
            self.talk_errors.append(abs(int(speech.sum()) - int(unit.sum())) / max(1, int(unit.sum())))
        self.overlap_errors_s.append(_difference_s(units[0] & units[1], heard[0] & heard[1]))
        self.silence_errors_s.append(_difference_s(~units[0] & ~units[1], ~heard[0] & ~heard[1]))
        if truth.interludes:
            lines = np.zeros(truth.steps, bool)
            for one in truth.interludes:
                lines[one.start : one.end] = True
            self.in_interludes_s.append(float((lines & (heard[0] | heard[1])).sum()) / STEPS_PER_S)

    @property
    def f1(self) -> float | None:
        return f1(self.true, self.claimed, self.found)

    def figures(self) -> dict[str, Any]:
        """The means, and what they are made of."""
        return {
            "true": self.true,
            "claimed": self.claimed,
            "found": self.found,
            "f1": self.f1,
            "talk_error": _mean(self.talk_errors),
            "overlap_error_s": _mean(self.overlap_errors_s),
            "silence_error_s": _mean(self.silence_errors_s),
            "in_interludes_s": _mean(self.in_interludes_s),
            "false_at": dict(sorted(self.false_at.items())),
        }


def f1(true: int, claimed: int, found: int) -> float | None:
    """Harmonic mean of precision and recall; ``None`` where there was nothing to find and nothing was claimed."""
    return 2 * found / (true + claimed) if true + claimed else None


def total(scores: Sequence[Score]) -> Score:
    """Several conditions as one."""
    whole = Score()
    for score in scores:
        whole.true += score.true
        whole.claimed += score.claimed
        whole.found += score.found
        whole.talk_errors += score.talk_errors
        whole.overlap_errors_s += score.overlap_errors_s
        whole.silence_errors_s += score.silence_errors_s
        whole.in_interludes_s += score.in_interludes_s
        for what, count in score.false_at.items():
            whole.false_at[what] = whole.false_at.get(what, 0) + count
    return whole


def matched(true: Sequence[Event], claims: Sequence[Claim]) -> tuple[int, list[Claim]]:
    """How many were found, by one claim each; and the claims that were wrong. The nearest pairs count first."""
    pairs = sorted(
        (abs(event.start / STEPS_PER_S - claim.start_s), i, j)
        for i, event in enumerate(true)
        for j, claim in enumerate(claims)
        if event.by == claim.by and abs(event.start / STEPS_PER_S - claim.start_s) <= ONSET_S
    )
    events, used = set(), set()
    for _, i, j in pairs:
        if i not in events and j not in used:
            events.add(i)
            used.add(j)
    return len(events), [claim for j, claim in enumerate(claims) if j not in used]


def _what_was_there(truth: Dialogue, claim: Claim) -> str:
    at = round(claim.start_s * STEPS_PER_S)
    for one in truth.interludes:
        if one.start - 50 <= at <= one.end + 50:
            return one.kind
    for event in truth.events:
        if event.by == claim.by and event.start - 50 <= at <= event.end + 50:
            return event.kind
    for event in truth.events:
        if event.by != claim.by and event.start - 50 <= at <= event.end + 50:
            return f"the other's {event.kind}"
    spoke = truth.units[claim.by][max(0, at - 20) : at + 50].any()
    return "speech" if spoke else f"no speech of the {PARTIES[claim.by]}"


def _difference_s(one: Label, other: Label) -> float:
    return abs(int(one.sum()) - int(other.sum())) / STEPS_PER_S


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


# ---------------------------------------------------------------------------------------------------- activity alone


@dataclass(slots=True)
class Confusion:
    """Steps of 10 ms by what they are and what a detector said of them."""

    hit: int = 0
    missed: int = 0
    false: int = 0
    quiet: int = 0

    def add(self, truth: Label, said: Label) -> None:
        self.hit += int((truth & said).sum())
        self.missed += int((truth & ~said).sum())
        self.false += int((~truth & said).sum())
        self.quiet += int((~truth & ~said).sum())

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the shares of speech and of silence that were judged right: 0.5 is guessing."""
        return (self.hit / max(1, self.hit + self.missed) + self.quiet / max(1, self.quiet + self.false)) / 2
