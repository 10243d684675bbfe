"""Which hours of a plan are open at a moment: expressions, other hours on certain dates, and switches.

A year of an expression is computed when it is first asked for, and kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from phoneetiquette.dialplan.hours import Calendar, Hours, HoursError, Span, Timetable, merged, replaced, shown
from phoneetiquette.dialplan.model import DateOverride, Plan, Switch

FIRST_YEAR, LAST_YEAR = 1901, 9998
"""Years that can be asked for; others are answered as the nearest of them."""


def is_zone(name: str) -> bool:
    """Whether there is such a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return False
    return True


def shown_instead(at: datetime, zone: ZoneInfo) -> datetime | None:
    """What the clock shows in place of ``at`` (naive), where summer time leaves that out; ``None``: it comes."""
    shown_then = at.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return shown_then if shown_then.replace(tzinfo=None) != at.replace(fold=0) else None


class Openings(Protocol):
    """The hours of a plan at one moment."""

    def is_open(self, hours: str) -> bool:
        """Whether these hours, by name or as an expression, are open. Unknown ones are closed."""
        ...


class HoursBook:
    """All hours of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.zone = ZoneInfo(plan.timezone)
        self._calendar = Calendar(plan.country, plan.region)
        self._named = {name: written.text for name, written in plan.hours.items()}
        self._overrides: dict[str, list[DateOverride]] = {}
        for override in plan.dates:
            for name in override.hours:
                self._overrides.setdefault(name, []).append(override)
        self._switches: Mapping[str, Switch] = plan.switches
        self._parsed: dict[str, Hours | None] = {}
        self._years: dict[int, dict[str, Timetable]] = {}

    def at(self, moment: datetime, switches: Iterable[str] = ()) -> OpeningsAt:
        """The hours at an aware ``moment``, with these switches on."""
        local = moment.astimezone(self.zone)
        if not FIRST_YEAR <= local.year <= LAST_YEAR:
            local = local.replace(year=min(max(local.year, FIRST_YEAR), LAST_YEAR), day=min(local.day, 28))
        return OpeningsAt(self, local, *self.forced(switches))

    def forced(self, switches: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """The hours that these switches open and close; closing wins."""
        on = [self._switches[name] for name in switches if name in self._switches]
        if not on:
            return _NONE, _NONE
        closed = frozenset(name.text for switch in on for name in switch.closes)
        return frozenset(name.text for switch in on for name in switch.opens) - closed, closed

    def year(self, hours: str, year: int) -> Timetable:
        """The timetable of these hours in a year of the local calendar."""
        tables = self.tables(year)
        if hours not in tables:
            tables[hours] = self._computed(hours, year)
        return tables[hours]

    def tables(self, year: int) -> dict[str, Timetable]:
        """The timetables of a year that have been computed."""
        return self._years.setdefault(year, {})

    def spans(self, hours: str, start: int, end: int) -> list[Span]:
        """When these hours are open between two wall times, switches aside."""
        years = range(shown(start).year, shown(end - 1).year + 1)
        spans = merged(span for year in years for span in self.year(hours, year).spans())
        return [(max(a, start), min(b, end)) for a, b in spans if b > start and a < end]

    def prepare(self, hours: Iterable[str], moment: datetime) -> None:
        """Compute what will be asked for around ``moment``, so that no call waits for it."""
        year = moment.astimezone(self.zone).year
        for name in hours:
            self.year(name, year)

    def _computed(self, hours: str, year: int) -> Timetable:
        first, last = date(year, 1, 1), date(year, 12, 31)
        spans = self._spans(self._named.get(hours, hours), first, last)
        for override in self._overrides.get(hours, ()):
            start, end = max(override.first, first), min(override.last, last)
            if start <= end:
                spans = replaced(spans, start, end, self._spans(override.hours[hours].text, start, end))
        return Timetable(spans, first, last)

    def _spans(self, expression: str, first: date, last: date) -> list[Span]:
        if expression not in self._parsed:
            try:
                self._parsed[expression] = Hours(expression, self._calendar)
            except HoursError:
                self._parsed[expression] = None
        hours = self._parsed[expression]
        return hours.spans(first, last) if hours else []


_NONE: frozenset[str] = frozenset()


class OpeningsAt:
    """The hours of a book at one moment."""

    __slots__ = ("_book", "_closed", "_day", "_opened", "_second", "_tables", "_year")

    def __init__(self, book: HoursBook, local: datetime, opened: frozenset[str], closed: frozenset[str]) -> None:
        self._book = book
        self._year = local.year
        self._day = local.toordinal() - date(local.year, 1, 1).toordinal()
        self._second = local.hour * 3600 + local.minute * 60 + local.second
        self._tables = book.tables(local.year)
        self._opened = opened
        self._closed = closed

    def is_open(self, hours: str) -> bool:
        if hours in self._closed:
            return False
        if hours in self._opened:
            return True
        table = self._tables.get(hours) or self._book.year(hours, self._year)
        return bisect_right(table.days[self._day], self._second) % 2 == 1


class KnownOpenings:
    """Hours of which is known which are open: for a look at a whole year at once."""

    __slots__ = ("_open",)

    def __init__(self, opened: frozenset[str]) -> None:
        self._open = opened

    def is_open(self, hours: str) -> bool:
        return hours in self._open
