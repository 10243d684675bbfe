"""A report: the figures of a time, in all and by its parts. Pure; the store has made the sums."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, TextIO, get_args

from phoneetiquette.figures.counting import Tally, total
from phoneetiquette.figures.table import FIGURES, figures_of, spreads_of
from phoneetiquette.records.export import defused

Part = Literal["seat", "line", "topic", "agent"]
Span = Literal["day", "week", "month"]
By = Literal["", "seat", "line", "topic", "agent", "day", "week", "month"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUps:
    """Messages that were taken in the time."""

    taken: int = 0
    in_time: int = 0
    """Answered or closed by when they were due."""
    late: int = 0
    """Answered or closed after that."""
    overdue: int = 0
    """Still open, and due."""
    open: int = 0
    """Still open, and not due yet."""
    delay_told: int = 0
    """Late or overdue, and the customer was told."""

    @property
    def in_time_share(self) -> float | None:
        """Per cent of those whose time is over."""
        judged = self.in_time + self.late + self.overdue
        return round(100 * self.in_time / judged, 1) if judged else None

    def as_object(self) -> dict[str, Any]:
        names = ("taken", "in_time", "late", "overdue", "open", "delay_told")
        return {name: getattr(self, name) for name in names} | {"in_time_share": self.in_time_share}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``first`` and ``last`` are days at the site, both included; ``rows`` are by the parts asked for, if any."""

    first: date
    last: date
    by: By
    all: Tally
    rows: Mapping[str, Tally]
    followups: FollowUps

    def as_object(self) -> dict[str, Any]:
        """JSON: every figure by name, null where nothing was measured."""
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "by": self.by or None,
            "figures": figures_of(self.all),
            "distributions": spreads_of(self.all),
            "followups": self.followups.as_object(),
            "rows": [{"name": name, "figures": figures_of(told)} for name, told in self.rows.items()],
        }

    def write_csv(self, out: TextIO) -> None:
        """A line for all, and one for each part; columns are the figures' names, a figure not measured is empty."""
        rows = csv.writer(out, lineterminator="\r\n")
        rows.writerow(["from", "to", self.by or "all", *(figure.name for figure in FIGURES)])
        span = [self.first.isoformat(), self.last.isoformat()]
        for name, told in (("all", self.all), *self.rows.items()):
            rows.writerow([*span, defused(name), *map(defused, figures_of(told).values())])


def by_span(days: Iterable[tuple[date, Tally]], span: Span) -> dict[str, Tally]:
    """The sums of days as those of days, ISO weeks (``2026-W10``) or months (``2026-03``), in order."""
    gathered: dict[str, list[Tally]] = {}
    for day, told in sorted(days, key=lambda pair: pair[0]):
        gathered.setdefault(span_name(day, span), []).append(told)
    return {name: total(tallies) for name, tallies in gathered.items()}


def whole_months(first: date, last: date) -> tuple[date, date]:
    """First day of the first whole month between two days, and the day after the last one; the same day, without any,
    is the day after ``last``."""
    begin = first if first.day == 1 else (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    end = (last + timedelta(days=1)).replace(day=1)
    after = last + timedelta(days=1)
    return (begin, end) if begin < end else (after, after)


def span_name(day: date, span: Span) -> str:
    match span:
        case "day":
            return day.isoformat()
        case "week":
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        case "month":
            return f"{day:%Y-%m}"


def span_of(name: str, today: date) -> tuple[date, date]:
    """First and last day of ``day``, ``week``, ``month`` (up to today) or of a span such as ``2026-W10``.

    Raises:
        ValueError: it is no span of time.
        OverflowError: it goes beyond the calendar.
    """
    match name:
        case "day":
            return today, today
        case "week":
            return today - timedelta(days=today.weekday()), today
        case "month":
            return today.replace(day=1), today
    if "-W" in name:
        year, _, week = name.partition("-W")
        first = date.fromisocalendar(int(year), int(week), 1)
        return first, first + timedelta(days=6)
    if len(name) == len("2026-03"):
        first = date.fromisoformat(f"{name}-01")
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    day = date.fromisoformat(name)
    return day, day
