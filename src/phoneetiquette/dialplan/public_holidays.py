"""Public holidays of a region of a country, and working days. The only file that imports holidays.

For opening hours, those of whole countries are known to the opening hours library itself; this one is only loaded where
a dialplan names a region, or where working days are counted.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from phoneetiquette.problems import did_you_mean


class UnknownRegionError(Exception):
    """No holidays are known for the region; ``advice`` names those that are."""

    def __init__(self, country: str, region: str) -> None:
        super().__init__(f"{region!r} is no region of {country} whose holidays are known")
        self.advice = did_you_mean(region, regions(country)) if regions(country) else "leave region out"


@lru_cache(maxsize=64)
def regions(country: str) -> tuple[str, ...]:
    """The codes of the regions that are known, ISO 3166-2 without the country's part."""
    import holidays

    return tuple(holidays.list_supported_countries(include_aliases=False).get(country, ()))


@lru_cache(maxsize=256)
def holidays_of(country: str, region: str, year: int) -> frozenset[date]:
    """The public holidays of a year.

    Raises:
        UnknownRegionError: nothing is known of the region.
    """
    import holidays

    if region not in regions(country):
        raise UnknownRegionError(country, region)
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


@lru_cache(maxsize=64)
def _working_calendar(country: str, region: str, year: int) -> Any:
    import holidays

    try:
        return holidays.country_holidays(country, subdiv=region or None, years=year)
    except NotImplementedError:
        return None


def is_working_day(day: date, country: str, region: str = "") -> bool:
    """Whether people work on this day: no weekend of the country, no public holiday. Where nothing is known of the
    country, Monday to Friday are working days."""
    known = _working_calendar(country, region, day.year)
    return day.weekday() < 5 if known is None else bool(known.is_working_day(day))
