"""A time zone as the telephones want it: an offset and the two moments of the year at which summer time changes it.

The source is a POSIX TZ string (IEEE 1003.1, 8.3), ``CET-1CEST,M3.5.0,M10.5.0/3``, as it ends every file of the time
zone database (RFC 8536, 3.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = r"(?:<[A-Za-z0-9+-]{3,}>|[A-Za-z]{3,})"
_OFFSET = r"[+-]?\d{1,3}(?::\d{2}(?::\d{2})?)?"
_ZONE = re.compile(
    rf"(?P<name>{_NAME})(?P<offset>{_OFFSET})(?:(?P<summer>{_NAME})(?P<summer_offset>{_OFFSET})?(?P<rules>,.+)?)?"
)
_CHANGE = re.compile(rf"M(\d{{1,2}})\.([1-5])\.([0-6])(?:/({_OFFSET}))?")
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_AT_TWO = 2 * 3600
LAST_WEEK = 5


class UnfitZoneError(ValueError):
    """No telephone can be told this zone."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of summer time: on ``day`` (0: Sunday) of the ``week`` (5: the last) of ``month``, at ``hour`` on the
    wall clock that holds until then."""

    month: int
    week: int
    day: int
    hour: int

    def __str__(self) -> str:
        return f"M{self.month}.{self.week}.{self.day}/{self.hour:02d}:00:00"

    def facts(self, which: str) -> Iterator[tuple[str, str]]:
        """As templates name it; ``which`` is ``start`` or ``end``."""
        last = self.week == LAST_WEEK
        first_day_of_week = 7 * (self.week - 1) + 1
        yield from (
            (f"summer_{which}_month", str(self.month)),
            (f"summer_{which}_month_name", _MONTHS[self.month - 1]),
            (f"summer_{which}_week", str(self.week)),
            (f"summer_{which}_week_or_last", "-1" if last else str(self.week)),
            (f"summer_{which}_ordinal", "L" if last else str(self.week)),
            (f"summer_{which}_last", "1" if last else "0"),
            (f"summer_{which}_nearest", "-1" if last else str(first_day_of_week)),
            (f"summer_{which}_date", str(min(first_day_of_week, 22))),
            (f"summer_{which}_day", str(self.day)),
            (f"summer_{which}_day_from_one", str(self.day + 1)),
            (f"summer_{which}_day_from_monday", str(self.day or 7)),
            (f"summer_{which}_day_name", _DAYS[self.day]),
            (f"summer_{which}_hour", str(self.hour)),
        )


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone. ``utc_s``: seconds east of Greenwich, in winter; ``saves_s``: how far summer time is ahead of it."""

    name: str
    utc_s: int
    saves_s: int = 0
    start: Change | None = None
    end: Change | None = None

    @property
    def posix(self) -> str:
        """Written out in full, as Grandstream has it."""
        winter = f"STD{_posix_offset(self.utc_s)}"
        if self.start is None or self.end is None:
            return winter
        return f"{winter}DST{_posix_offset(self.utc_s + self.saves_s)},{self.start},{self.end}"

    def facts(self) -> dict[str, str]:
        """As templates name them."""
        sign, hours, minutes = _split(self.utc_s)
        told = {
            "time_zone": self.name,
            "posix_time_zone": self.posix,
            "utc_s": str(self.utc_s),
            "utc_hours": f"{sign}{hours}" + (f":{minutes:02d}" if minutes else ""),
            "utc_clock": f"{sign}{hours:02d}:{minutes:02d}",
            "utc_short": f"{sign.strip('+')}{hours}:{minutes:02d}",
            "utc_quarters": str(self.utc_s // 900),
            "utc_west_min": str(-self.utc_s // 60),
        }
        if self.start is None or self.end is None:
            return told | {"no_summer_time": "yes"}
        told |= dict(self.start.facts("start")) | dict(self.end.facts("end"))
        saves_min = self.saves_s // 60
        saves = {"min": saves_min, "h": saves_min // 60, "rest_min": saves_min % 60}
        return told | {"summer_time": "yes"} | {f"summer_saves_{unit}": str(value) for unit, value in saves.items()}


def zone(name: str, posix: str) -> Zone:
    """The zone ``name`` that ``posix`` describes.

    Raises:
        UnfitZoneError: it is no POSIX TZ string, or its summer time cannot be said in weeks and full hours.
    """
    match = _ZONE.fullmatch(posix)
    if match is None:
        raise UnfitZoneError(f"{posix!r} is no POSIX time zone")
    utc_s = -_seconds(match["offset"])
    if match["summer"] is None:
        return Zone(name, utc_s)
    changes = [_CHANGE.fullmatch(rule) for rule in (match["rules"] or "").split(",")[1:]]
    if len(changes) != 2 or changes[0] is None or changes[1] is None:
        raise UnfitZoneError(f"the summer time of {name} follows no weeks")
    summer_s = -_seconds(match["summer_offset"]) if match["summer_offset"] else utc_s + 3600
    start, end = (_change(name, change) for change in changes if change)
    return Zone(name, utc_s, summer_s - utc_s, start, end)


def _change(name: str, written: re.Match[str]) -> Change:
    seconds = _seconds(written[4]) if written[4] else _AT_TWO
    hour, rest = divmod(seconds, 3600)
    if rest or not 0 <= hour <= 23:
        raise UnfitZoneError(f"the summer time of {name} changes at no full hour of the day")
    return Change(int(written[1]), int(written[2]), int(written[3]), hour)


def _seconds(offset: str) -> int:
    hours, *rest = (int(part) for part in offset.lstrip("+-").split(":"))
    minutes, seconds = (*rest, 0, 0)[:2]
    total = 3600 * hours + 60 * minutes + seconds
    return -total if offset.startswith("-") else total


def _split(utc_s: int) -> tuple[str, int, int]:
    hours, minutes = divmod(abs(utc_s) // 60, 60)
    return "-" if utc_s < 0 else "+", hours, minutes


def _posix_offset(utc_s: int) -> str:
    sign, hours, minutes = _split(-utc_s)
    return f"{sign}{hours}" + (f":{minutes:02d}" if minutes else "")
