"""What a page of the office is asked for: the time, and whose calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import get_args
from urllib.parse import urlencode

from phoneetiquette.figures.report import PARTS, By, Part, span_of
from phoneetiquette.units import YEARS

SPANS = ("day", "week", "month")


class AskedError(ValueError):
    """The address of the page asks for what there is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """``first`` and ``last`` are days at the site, both included."""

    first: date
    last: date
    span: str
    """``day``, ``week``, ``month``, one such as ``2026-W10``; empty: from and to were given."""
    by: By
    part: Part | None
    value: str | None

    def query(self, **changes: str) -> str:
        """The query of an address that asks the same, but for ``changes``."""
        told: dict[str, str] = {"by": self.by}
        told |= {"span": self.span} if self.span else {"from": self.first.isoformat(), "to": self.last.isoformat()}
        if self.part and self.value is not None:
            told |= {"part": self.part, "value": self.value}
        return urlencode({name: value for name, value in (told | changes).items() if value})

    @property
    def earlier(self) -> str:
        """The query for the time before, of the same length."""
        days = self.last - self.first + timedelta(days=1)
        return self._moved(self.first - days, self.first - timedelta(days=1))

    @property
    def later(self) -> str:
        days = self.last - self.first + timedelta(days=1)
        return self._moved(self.last + timedelta(days=1), self.last + days)

    def _moved(self, first: date, last: date) -> str:
        return self.query(span="", **{"from": first.isoformat(), "to": last.isoformat()})


def read(zone: tzinfo | None, span: str, first: str, last: str, by: str, part: str, value: str) -> Asked:
    """
    Raises:
        AskedError: says what is wrong.
    """
    today = datetime.now(zone).date()
    try:
        if first or last:
            begin = date.fromisoformat(first) if first else date.fromisoformat(last)
            end = date.fromisoformat(last) if last else max(today, begin)
            span = ""
        else:
            span = span or "week"
            begin, end = span_of(span, today)
    except (ValueError, OverflowError):
        raise AskedError("this is no span of time: write days such as 2026-03-02") from None
    if begin.year not in YEARS or end.year not in YEARS:
        raise AskedError(f"write days from the year {YEARS[0]} to {YEARS[-1]}")
    if begin > end:
        raise AskedError("the first day is after the last one")
    if part and part not in PARTS:
        raise AskedError(f"there are no calls by {part!r}")
    wanted: By = next((one for one in get_args(By) if one == by), "")
    chosen = next((one for one in PARTS if one == part and value), None)
    if chosen and wanted in PARTS:
        wanted = ""
    return Asked(first=begin, last=end, span=span, by=wanted, part=chosen, value=value if chosen else None)
