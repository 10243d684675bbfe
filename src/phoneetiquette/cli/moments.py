"""Days, moments and counts as they are written on the command line; types of :mod:`argparse`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date, datetime

from phoneetiquette.units import YEARS

MOST = 10**9
"""More of nothing is asked for; a database counts no further than 2^63."""


def day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day (write 2026-03-02)") from None
    _in_calendar(found)
    return found


def moment(text: str) -> datetime:
    """A moment; without an offset it is the site's time, and has no zone yet."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment (write 2026-03-02T10:00)") from None
    _in_calendar(found)
    return found


def count(of: str, *, least: int = 1, most: int = MOST) -> Callable[[str], int]:
    """The type of a number of things, from ``least`` to ``most``."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or len(text) > len(str(MOST)) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number of {of} (write {least} to {most})")
        return int(text)

    return read


def _in_calendar(found: date) -> None:
    if found.year not in YEARS:
        raise argparse.ArgumentTypeError(f"{found.year} is too far away (write a year from {YEARS[0]} to {YEARS[-1]})")
