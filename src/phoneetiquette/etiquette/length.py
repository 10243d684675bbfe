"""Length of a call (rule ``length.ten_to_fifteen_minutes``): bands, and when to hint at closing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.units import Ns, seconds

LengthBand = Literal["under_10", "10_to_15", "over_15"]

SHORT_NS = seconds(10 * 60)
LONG_NS = seconds(15 * 60)


@dataclass(frozen=True, slots=True)
class LengthHint:
    """A hint to bring the call to its close. ``polite`` at 10 minutes, ``strong`` at 15."""

    at_ns: Ns
    strength: Literal["polite", "strong"]


def length_band(duration_ns: int) -> LengthBand:
    """The band of a call's length, counted from the answer; exactly 10 and exactly 15 minutes are ``10_to_15``."""
    if duration_ns < SHORT_NS:
        return "under_10"
    return "10_to_15" if duration_ns <= LONG_NS else "over_15"


def next_hint(answered_ns: int, now_ns: int, *, unhurried: bool = False) -> LengthHint | None:
    """The next hint after ``now_ns``, or ``None`` when there is none to come.

    ``unhurried``: a caller who is given all the time (rule ``respect.elderly``).
    """
    if unhurried:
        return None
    hints = (
        LengthHint(Ns(answered_ns + SHORT_NS), "polite"),
        LengthHint(Ns(answered_ns + LONG_NS), "strong"),
    )
    return next((hint for hint in hints if hint.at_ns > now_ns), None)
