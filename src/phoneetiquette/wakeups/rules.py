"""What is to be done next about a wake-up call. Pure, so a restart neither loses nor doubles an attempt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from phoneetiquette.wakeups.wake_up import RESULTS, WakeUp

AFTER_LOSS = timedelta(seconds=10)
"""An attempt that the seat itself has broken off is followed so soon by the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How guests are woken."""

    attempts: int = 3
    apart: timedelta = timedelta(minutes=3)
    """Between the end of an attempt and the next one."""
    grace: timedelta = timedelta(minutes=10)
    """So late an attempt is still made; after that the desk has to see to it."""
    at_once: int = 2
    """So many rooms are called at a time."""
    tell_after: timedelta | None = None
    """When the desk has not seen to it for so long, somebody else is told; ``None``: nobody is."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is to be done at a moment, or as soon after it as can be."""

    at: datetime
    what: Literal["call", "escalate", "tell"]


def next_step(wake_up: WakeUp, rules: Rules, now: datetime) -> Step | None:
    """What is to be done about it next; ``None``: nothing, or it is being called just now."""
    match wake_up.state:
        case "escalated":
            return _tell(wake_up, rules)
        case "set":
            pass
        case _:
            return None
    ends = [note for note in wake_up.history if note.what in RESULTS]
    if not ends:
        at = wake_up.due
    elif wake_up.attempts >= rules.attempts:
        return Step(ends[-1].at, "escalate")
    else:
        at = ends[-1].at + (AFTER_LOSS if ends[-1].what == "lost" else rules.apart)
    if now > at + rules.grace:
        return Step(at + rules.grace, "escalate")
    return Step(at, "call")


def _tell(wake_up: WakeUp, rules: Rules) -> Step | None:
    if rules.tell_after is None or any(note.what == "told" for note in wake_up.history):
        return None
    since = next(note.at for note in wake_up.history if note.what == "escalated")
    return Step(since + rules.tell_after, "tell")


def due(wake_ups: Iterable[WakeUp], rules: Rules, now: datetime) -> list[tuple[WakeUp, Step]]:
    """What is to be done now, those who wait longest first; of the calls no more than may be made at a time."""
    every = list(wake_ups)
    free = rules.at_once - sum(one.state == "calling" for one in every)
    steps = [(one, step) for one in every if (step := next_step(one, rules, now)) is not None and step.at <= now]
    steps.sort(key=lambda pair: (pair[1].at, pair[0].set_at, pair[0].id))
    found = []
    for one, step in steps:
        if step.what == "call":
            free -= 1
            if free < 0:
                continue
        found.append((one, step))
    return found


def next_moment(wake_ups: Iterable[WakeUp], rules: Rules, now: datetime) -> datetime | None:
    """When something will have to be done that is not due yet."""
    moments: list[datetime] = []
    for one in wake_ups:
        step = next_step(one, rules, now)
        if step is not None:
            moments += [step.at, step.at + rules.grace]
    return min((moment for moment in moments if moment > now), default=None)
