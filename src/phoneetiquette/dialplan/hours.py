"""Opening hours in the language of OpenStreetMap's ``opening_hours``. The only file that imports opening_hours.

Everything here is about the clock on the wall: an hour counts as open at a moment when it is open at what the clock on
the wall shows then. So an hour that summer time leaves out never comes, and one that it repeats is the same twice.
Wall time is whole seconds since 1970-01-01 00:00 on that clock. A whole year of an expression is turned into intervals
once; after that a question is one bisection of a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import count
from types import ModuleType

from phoneetiquette.dialplan.public_holidays import UnknownRegionError, holidays_of
from phoneetiquette.errors import PhoneEtiquetteError

DAY_S = 86400
LONGEST = 1000
"""Characters of an expression."""
_EPOCH = datetime(1970, 1, 1)
_EPOCH_DAY = _EPOCH.date().toordinal()
_WEEKDAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?(?:\[[^\]]*\])?"
_HOLIDAY_LIST = re.compile(rf"\b(?:(?:{_WEEKDAY})\s*,\s*)*PH(?:\s*,\s*(?:{_WEEKDAY}))*\b")
_HOLIDAY_SHIFT = re.compile(r"\bPH\s*[+-]\s*\d+\s*day")
_SCHOOL = re.compile(r"\bSH\b")
_SUN = re.compile(r"\b(?:sunrise|sunset|dawn|dusk)\b")
_DAYS_OF = (
    dict.fromkeys(["Jan", "Mar", "May", "Jul", "Aug", "Oct", "Dec"], 31)
    | dict.fromkeys(["Apr", "Jun", "Sep", "Nov"], 30)
    | {"Feb": 29}
)
_DATE = re.compile(rf"\b({'|'.join(_DAYS_OF)})\s+(\d{{1,2}})(?![\d:])(?:\s*-\s*(\d{{1,2}})(?![\d:]))?")
_COMMENT = re.compile(r'"[^"]*"')

Span = tuple[int, int]
"""Start and end in wall time, the end excluded."""


class HoursError(PhoneEtiquetteError):
    """An expression cannot be understood. ``column`` counts from 1; 0: nowhere in particular."""

    def __init__(self, what: str, advice: str, column: int = 0) -> None:
        super().__init__(what, advice)
        self.column = column


def wall_of(naive: datetime) -> int:
    """Wall time of what the clock shows."""
    return (naive.toordinal() - _EPOCH_DAY) * DAY_S + naive.hour * 3600 + naive.minute * 60 + naive.second


def wall_of_day(day: date) -> int:
    return (day.toordinal() - _EPOCH_DAY) * DAY_S


def shown(wall: int) -> datetime:
    """What the clock shows at this wall time."""
    return _EPOCH + timedelta(seconds=wall)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are public holidays. Without a region those of the whole country."""

    country: str
    region: str = ""

    @property
    def library_country(self) -> str | None:
        return self.country if not self.region and _has_country(self.country) else None

    def check(self) -> None:
        """Raises :class:`HoursError` when holidays are not known for this country and region."""
        if self.region:
            try:
                holidays_of(self.country, self.region, 2026)
            except UnknownRegionError as error:
                raise HoursError(str(error), error.advice) from None
        elif not _has_country(self.country):
            raise HoursError(f"the public holidays of {self.country} are not known", "write the days in dates:")

    def regional(self, year: int) -> frozenset[date]:
        try:
            return holidays_of(self.country, self.region, year) if self.region else frozenset()
        except UnknownRegionError:
            return frozenset()


class Hours:
    """One expression.

    Raises:
        HoursError: it is not an expression, or one that cannot be decided by the clock alone.
    """

    def __init__(self, expression: str, calendar: Calendar) -> None:
        self.expression = expression
        self._calendar = calendar
        bare = _COMMENT.sub("", expression)
        if len(expression) > LONGEST:
            raise HoursError(f"the hours are {len(expression)} characters long", f"at most {LONGEST}")
        if _SUN.search(bare):
            raise HoursError("the sun's hours depend on a place", "write the time of day")
        if calendar.region and _HOLIDAY_SHIFT.search(bare):
            raise HoursError("days before and after PH cannot be counted in a region", "write them in dates:")
        if school := _SCHOOL.search(bare):
            raise HoursError("school holidays (SH) are not known", "write the days in dates:", school.start() + 1)
        for date_found in _DATE.finditer(bare):
            month, *days = date_found.groups()
            for day in days:
                # The library takes the day after the month's last for it, and says nothing.
                if day and not 1 <= int(day) <= _DAYS_OF[month]:
                    raise HoursError(f"there is no {month} {day}", "check the day", date_found.start() + 1)
        self._uses_holidays = "PH" in bare
        self._parsed = _parse(expression, calendar.library_country)
        self._holiday = None
        if calendar.region and self._uses_holidays:
            self._holiday = _parse(_every_day_a_holiday(expression), None)

    @property
    def uses_holidays(self) -> bool:
        return self._uses_holidays

    def spans(self, first: date, last: date) -> list[Span]:
        """When it is open from the start of day ``first`` to the end of day ``last``."""
        spans = _spans(self._parsed, first, last)
        if self._holiday is not None:
            days = {day for year in range(first.year, last.year + 1) for day in self._calendar.regional(year)}
            for day in sorted(day for day in days if first <= day <= last):
                spans = replaced(spans, day, day, _spans(self._holiday, day, day))
        return spans

    def ever_open(self, first: date, last: date) -> bool:
        if self._holiday is not None:
            return bool(self.spans(first, last))
        return bool(_spans(self._parsed, first, last, most=1))


def replaced(spans: Iterable[Span], first: date, last: date, instead: Iterable[Span]) -> list[Span]:
    """``spans`` with those of the days ``first`` to ``last`` taken from ``instead``, which lies within these days."""
    start, end = wall_of_day(first), wall_of_day(last) + DAY_S
    kept: list[Span] = []
    for a, b in spans:
        if a < start:
            kept.append((a, min(b, start)))
        if b > end:
            kept.append((max(a, end), b))
    return merged([*kept, *instead])


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order, those that touch as one."""
    result: list[Span] = []
    for a, b in sorted(spans):
        if result and a <= result[-1][1]:
            result[-1] = (result[-1][0], max(b, result[-1][1]))
        elif a < b:
            result.append((a, b))
    return result


class Timetable:
    """The spans of a year, asked for a moment.

    Kept as the openings and closings of each day. Most days are alike and share theirs, so that what a decision looks
    at stays in the processor's cache.
    """

    __slots__ = ("_first", "days")

    def __init__(self, spans: Iterable[Span], first: date, last: date) -> None:
        self._first = wall_of_day(first) // DAY_S
        days: list[list[int]] = [[] for _ in range((last - first).days + 1)]
        for start, end in spans:
            for day in range(start // DAY_S, -(-end // DAY_S)):
                midnight = day * DAY_S
                days[day - self._first] += max(start - midnight, 0), min(end - midnight, DAY_S)
        self.days = [_shared(tuple(edges)) for edges in days]
        """Per day from ``first`` on: second of opening, of closing, of opening ..."""

    def spans(self) -> list[Span]:
        """The spans it was made of."""
        return merged(
            (midnight + opens, midnight + closes)
            for midnight, edges in zip(count(self._first * DAY_S, DAY_S), self.days, strict=False)
            for opens, closes in zip(edges[::2], edges[1::2], strict=True)
        )


@lru_cache(maxsize=65536)
def _shared(edges: tuple[int, ...]) -> tuple[int, ...]:
    return edges


def _library() -> ModuleType:
    # Not with the module: 13 MB that a seat without a dialplan never needs.
    import opening_hours

    return opening_hours


def _has_country(country: str) -> bool:
    library = _library()
    try:
        library.OpeningHours("PH", country=country)
    except library.UnknownCountryError:
        return False
    return True


def _parse(expression: str, country: str | None) -> object:
    library = _library()
    try:
        return library.OpeningHours(expression, country=country)
    except library.ParserError as error:
        found = re.search(r"--> (\d+):(\d+)", str(error))
        column = int(found[2]) if found and found[1] == "1" else 0
        rest = expression[column - 1 :][:20] if column else expression[:20]
        raise HoursError(
            f"these hours cannot be understood from {rest!r} on" if rest else "these hours end too early",
            'write them as "Mo-Fr 08:00-18:00; Sa 09:00-13:00; PH off"',
            column,
        ) from None


def _spans(parsed: object, first: date, last: date, most: int | None = None) -> list[Span]:
    opened = _library().State.OPEN
    start = datetime(first.year, first.month, first.day)
    end = datetime(last.year, last.month, last.day) + timedelta(days=1)
    spans: list[Span] = []
    for a, b, state, _ in parsed.intervals(start, end):  # type: ignore[attr-defined]
        if state == opened:
            a, b = max(a, start), min(b, end)
            if spans and spans[-1][1] == wall_of(a):
                spans[-1] = (spans[-1][0], wall_of(b))
            else:
                spans.append((wall_of(a), wall_of(b)))
            if most is not None and len(spans) >= most:
                break
    return spans


def _every_day_a_holiday(expression: str) -> str:
    """The expression as it reads on a public holiday: rules for ``PH`` hold every day."""
    rules = []
    for rule in re.split(r";", expression):
        stripped = _HOLIDAY_LIST.sub("", rule).strip()
        rules.append(stripped or "24/7")
    return "; ".join(rules)
