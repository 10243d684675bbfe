"""Whether somebody or something takes every call of the coming year, and when nobody does.

A year falls into a few thousand spells in which the same hours are open, and those into a few dozen combinations of
open hours; each kind of call is followed once per combination, as if nobody answered, with every switch off and with
each alone on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from phoneetiquette.dialplan.hours import shown
from phoneetiquette.dialplan.openings import KnownOpenings
from phoneetiquette.dialplan.questions import (
    CallOthers,
    ConnectDesk,
    Known,
    Nobody,
    Question,
    Refuse,
    ReturnToDesk,
    RingDesk,
    TopicChosen,
)
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.subjects import Spell, Subject, some_moment, spells, subjects, switched, year_from
from phoneetiquette.dialplan.walk import Conduct, Stop, walk
from phoneetiquette.problems import Problem

Taker = Literal["person", "machine", "nobody"]
"""Who takes a call first: a person (if they answer), a menu, message or announcement, or nobody at all."""

_TO_THE_END = Conduct(to_the_end=True)
_SHOWN_HOLES = 4


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time on the wall clock of the site, the end excluded, and who takes calls in it."""

    start: datetime
    end: datetime
    taker: Taker

    @property
    def hours(self) -> float:
        return (self.end - self.start).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class Covered:
    """One kind of call over the year; ``switch`` is the switch that is on, if any."""

    subject: Subject
    switch: str
    stretches: tuple[Stretch, ...]

    @property
    def holes(self) -> tuple[Stretch, ...]:
        return tuple(stretch for stretch in self.stretches if stretch.taker == "nobody")


def coverage(router: Router, day: date) -> Iterator[Covered]:
    """Every kind of call over the year that begins on ``day``."""
    year = spells(router, *year_from(day))
    moment = some_moment(router, day)
    kinds = list(subjects(router))
    for switches in (frozenset[str](), *(frozenset([name]) for name in router.plan.switches)):
        opened = [switched(router, spell, switches) for spell in year]
        for subject in kinds:
            takers: dict[frozenset[str], Taker] = {}
            for hours in opened:
                if hours not in takers:
                    takers[hours] = taker(router, subject, moment, hours, switches)
            stretches = tuple(_joined(year, (takers[hours] for hours in opened)))
            yield Covered(subject, next(iter(switches), ""), stretches)


def taker(router: Router, subject: Subject, moment: datetime, hours: frozenset[str], switches: frozenset[str]) -> Taker:
    """Who takes such a call while these hours are open."""
    known = Known(switches=switches)
    question = Question(subject.entry, moment, subject.called, subject.caller, known=known)
    entry = subject.entry
    at_desk = isinstance(entry, TopicChosen) and router.plan.topics[entry.topic].desk
    return _taker(walk(router, question, _TO_THE_END, openings=KnownOpenings(hours)), subject, at_desk)


def _taker(stops: list[Stop], subject: Subject, at_desk: bool) -> Taker:
    first, last = stops[0].decision.outcome, stops[-1].decision.outcome
    if isinstance(last, Nobody):
        return "nobody"
    if isinstance(last, Refuse) and not subject.caller_is:  # whom a rule names, it may turn away
        return "nobody"
    if isinstance(first, ReturnToDesk):  # at once: the plan offers something, or the desk is meant to do it itself
        return "machine" if first.offer and not at_desk else "person"
    return "person" if isinstance(first, RingDesk | CallOthers | ConnectDesk) else "machine"


def _joined(year: Iterable[Spell], takers: Iterable[Taker]) -> Iterator[Stretch]:
    start = end = 0
    current: Taker | None = None
    for spell, who in zip(year, takers, strict=True):
        if who != current:
            if current is not None:
                yield Stretch(shown(start), shown(end), current)
            start, current = spell.start, who
        end = spell.end
    if current is not None:
        yield Stretch(shown(start), shown(end), current)


def holes(router: Router, covered: Iterable[Covered]) -> Iterator[Problem]:
    """A problem for every kind of call that nobody takes at some time, with the times."""
    told: set[tuple[str, str]] = set()
    for one in covered:
        found = [hole for hole in one.holes if _exists(router, hole)]
        if not found or (one.subject.name, one.subject.caller_is) in told:
            continue
        told.add((one.subject.name, one.subject.caller_is))
        yield Problem.at(one.subject.place, _hole_text(one, found), "let something take them, such as message or menu")


def _hole_text(one: Covered, found: list[Stretch]) -> str:
    who = f" from {one.subject.caller_is}" if one.subject.caller_is else ""
    switch = f" with {one.switch} on" if one.switch else ""
    times = ", ".join(f"{hole.start:%a %Y-%m-%d %H:%M} to {_until(hole)}" for hole in found[:_SHOWN_HOLES])
    more = f" and {len(found) - _SHOWN_HOLES} more times" if len(found) > _SHOWN_HOLES else ""
    total = sum(hole.hours for hole in found)
    return f"nobody takes calls for {one.subject.name}{who}{switch}: {times}{more}, {total:,.0f} h of the coming year"


def _until(hole: Stretch) -> str:
    if hole.end.date() == hole.start.date():
        return f"{hole.end:%H:%M}"
    return f"{hole.end:%a %Y-%m-%d %H:%M}"


def _exists(router: Router, hole: Stretch) -> bool:
    """Whether the clock ever shows this time: summer time leaves an hour out."""
    zone = router.hours.zone
    aware = hole.start.replace(tzinfo=zone)
    back = aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    return back == hole.start or back < hole.end
