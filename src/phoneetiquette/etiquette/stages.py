"""The four stages of a conversation (rule ``stages.four``): their order, and what a call made of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """In the order they should come."""

    GREETING = "greeting"
    PERMISSION = "permission"
    """Of a call of ours: whether it is convenient to talk. It is not one of the four, and never left out."""
    CLARIFY = "clarify"
    CHECK = "check"
    """Check understanding, say what will happen."""
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class StageMark:
    """The receptionist said that a stage begins."""

    stage: Stage
    at_ns: int


@dataclass(frozen=True, slots=True)
class StageReview:
    """What became of the stages. A stage may be entered several times; its times add up."""

    time_ns: Mapping[Stage, int]
    left_out: tuple[Stage, ...]
    out_of_order: tuple[Stage, ...]
    """Stages first entered after a later one had been. To go back to a stage once entered is no disorder."""


def review(marks: Sequence[StageMark], ended_ns: int) -> StageReview | None:
    """Judge the marks of one call, oldest first; ``None`` (not measured) when nothing was marked."""
    if not marks:
        return None
    ends = [*(mark.at_ns for mark in marks[1:]), ended_ns]
    time_ns: dict[Stage, int] = {}
    for mark, end in zip(marks, ends, strict=True):
        time_ns[mark.stage] = time_ns.get(mark.stage, 0) + end - mark.at_ns
    entered = list(time_ns)
    order = list(Stage)
    return StageReview(
        time_ns=time_ns,
        left_out=tuple(stage for stage in order if stage not in time_ns and stage is not Stage.PERMISSION),
        out_of_order=tuple(
            stage
            for place, stage in enumerate(entered)
            if any(order.index(earlier) > order.index(stage) for earlier in entered[:place])
        ),
    )
