"""Which calls of the coming year would go elsewhere with another version of a plan."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from phoneetiquette.dialplan.hours import shown, wall_of
from phoneetiquette.dialplan.openings import KnownOpenings
from phoneetiquette.dialplan.questions import Known, Question
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.subjects import DAYS, Spell, Subject, some_moment, spells, subjects, switched, year_from
from phoneetiquette.dialplan.walk import in_a_word, walk

Route = tuple[str, ...]
"""Who and what is tried in turn, as tables of expected routes write it."""

_SHOWN = 3
_MOVED = 20
"""Numbers of a changed list that are asked about."""


@dataclass(frozen=True, slots=True)
class Change:
    """Calls of one kind that would go elsewhere. ``times`` are moments of the old plan's zone, the ends excluded."""

    subject: str
    caller_is: str
    switch: str
    old: Route
    new: Route
    times: tuple[tuple[datetime, datetime], ...]

    @property
    def hours(self) -> float:
        return sum((end - start).total_seconds() for start, end in self.times) / 3600

    def __str__(self) -> str:
        who = f" from {self.caller_is}" if self.caller_is else ""
        switch = f" with {self.switch} on" if self.switch else ""
        times = ", ".join(f"{a:%a %Y-%m-%d %H:%M} to {b:%a %Y-%m-%d %H:%M}" for a, b in self.times[:_SHOWN])
        more = f" and {len(self.times) - _SHOWN} more times" if len(self.times) > _SHOWN else ""
        return (
            f"{self.subject}{who}{switch}: {_told(self.old)} becomes {_told(self.new)}\n"
            f"    {self.hours:,.0f} h of the coming year: {times}{more}"
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "caller": self.caller_is or None,
            "switch": self.switch or None,
            "old": list(self.old),
            "new": list(self.new),
            "hours": round(self.hours, 2),
            "times": [[start.isoformat(), end.isoformat()] for start, end in self.times],
        }


def _told(route: Route) -> str:
    return " > ".join(route) or "not there"


class _Year:
    """A plan's kinds of calls and its spells, asked for the route of a call at a moment."""

    def __init__(self, router: Router, day: date) -> None:
        self.router = router
        start, end = year_from(day)
        self.spells = spells(router, start - 86400, end + 86400)
        self._starts = [spell.start for spell in self.spells]
        self.subjects = {(one.name, one.caller_is): one for one in subjects(router)}
        self._moment = some_moment(router, day)
        self._routes: dict[tuple[Subject, frozenset[str], frozenset[str]], Route] = {}

    def spell(self, moment: datetime) -> Spell:
        wall = wall_of(moment.astimezone(self.router.hours.zone))
        return self.spells[bisect_right(self._starts, wall) - 1]

    def route(self, subject: Subject | None, spell: Spell, switches: frozenset[str]) -> Route:
        if subject is None:
            return ()
        hours = switched(self.router, spell, switches)
        key = (subject, hours, switches)
        if key not in self._routes:
            known = Known(switches=switches)
            question = Question(subject.entry, self._moment, subject.called, subject.caller, known=known)
            stops = walk(self.router, question, openings=KnownOpenings(hours))
            self._routes[key] = tuple(in_a_word(stop.decision.outcome) for stop in stops)
        return self._routes[key]

    def moments(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """When the hours may change, in UTC."""
        zone = self.router.hours.zone
        for spell in self.spells:
            for fold in (0, 1):
                moment = shown(spell.start).replace(tzinfo=zone, fold=fold).astimezone(UTC)
                if start <= moment < end:
                    yield moment


def diff(old: Router, new: Router, day: date) -> list[Change]:
    """Everything that differs in the year that begins on ``day``, the most hours first.

    A call that has the same route stays out, whatever else has changed in the plan.
    """
    years = _Year(old, day), _Year(new, day)
    start = datetime(day.year, day.month, day.day, tzinfo=old.hours.zone).astimezone(UTC)
    end = start + timedelta(days=DAYS)
    moments = sorted(
        {start, *(m for year in years for m in year.moments(start, end)), *_clock_changes(old, new, start)}
    )
    edges = list(zip(moments, [*moments[1:], end], strict=True))
    spelled = [(a, b, years[0].spell(a), years[1].spell(a)) for a, b in edges]
    found: dict[tuple[str, str, str, Route, Route], list[tuple[datetime, datetime]]] = {}
    kinds = list(_pairs(*years))
    for switch in ("", *{**old.plan.switches, **new.plan.switches}):
        switches = frozenset([switch] if switch else ())
        for name, caller_is, before, after in kinds:
            for a, b, old_spell, new_spell in spelled:
                old_route = years[0].route(before, old_spell, switches)
                new_route = years[1].route(after, new_spell, switches)
                if old_route != new_route:
                    times = found.setdefault((name, caller_is, switch, old_route, new_route), [])
                    if times and times[-1][1] == a:
                        times[-1] = (times[-1][0], b)
                    else:
                        times.append((a, b))
    zone = old.hours.zone
    changes = [
        Change(*key, tuple((a.astimezone(zone), b.astimezone(zone)) for a, b in times)) for key, times in found.items()
    ]
    changes = [change for change in changes if not _told_without_switch(change, found)]
    return sorted(changes, key=lambda change: (bool(change.switch), -change.hours, change.subject, change.caller_is))


def _pairs(old: _Year, new: _Year) -> Iterator[tuple[str, str, Subject | None, Subject | None]]:
    """Every kind of call of either plan, as it is in both: whom only one of them names is asked about in both."""
    for key in {**old.subjects, **new.subjects}:
        before, after = old.subjects.get(key), new.subjects.get(key)
        if before is not None and after is not None and before.caller != after.caller and key[1]:
            yield *key, before, replace(after, caller=before.caller)
            yield key[0], f"{key[1]} ({after.caller})", replace(before, caller=after.caller), after
        elif key[1] and before is None and (key[0], "") in old.subjects:
            assert after is not None
            yield *key, replace(old.subjects[key[0], ""], caller_is=key[1], caller=after.caller), after
        elif key[1] and after is None and (key[0], "") in new.subjects:
            assert before is not None
            yield *key, before, replace(new.subjects[key[0], ""], caller_is=key[1], caller=before.caller)
        else:
            yield *key, before, after
    yield from _moved_numbers(old, new)


def _moved_numbers(old: _Year, new: _Year) -> Iterator[tuple[str, str, Subject | None, Subject | None]]:
    """Calls of numbers that only one of the plans has in a list."""
    lists = old.router.numbers.lists, new.router.numbers.lists
    for name in lists[0].keys() & lists[1].keys():
        for number in sorted(lists[0][name].numbers ^ lists[1][name].numbers)[:_MOVED]:
            for key in [key for key in old.subjects.keys() & new.subjects.keys() if key[1] == name]:
                caller_is = f"{name} ({number})"
                yield (
                    key[0],
                    caller_is,
                    replace(old.subjects[key], caller=number),
                    replace(new.subjects[key], caller=number),
                )


def _told_without_switch(change: Change, found: dict[tuple[str, str, str, Route, Route], Any]) -> bool:
    return bool(change.switch) and (change.subject, change.caller_is, "", change.old, change.new) in found


def _clock_changes(old: Router, new: Router, start: datetime) -> Iterator[datetime]:
    """When summer time begins and ends in either zone, to the quarter of an hour."""
    for zone in {old.hours.zone, new.hours.zone}:
        for day in range(DAYS):
            before, after = start + timedelta(days=day), start + timedelta(days=day + 1)
            if _offset(before, zone) != _offset(after, zone):
                for quarter in range(1, 97):
                    moment = before + quarter * timedelta(minutes=15)
                    if _offset(moment, zone) != _offset(moment - timedelta(minutes=15), zone):
                        yield moment


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
