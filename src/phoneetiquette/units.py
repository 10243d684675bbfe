"""Units shared by every part.

All moments inside the program are nanoseconds of ``CLOCK_MONOTONIC`` (``int``), which every process of one machine
shares; wall-clock time appears only where a person or a file needs it. Durations of sound are counted in samples.
"""

from __future__ import annotations

from typing import NewType

Ns = NewType("Ns", int)
"""A moment or a span in nanoseconds. Moments count from an arbitrary start (``time.monotonic_ns``)."""

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000

YEARS = range(2000, 2200)
"""Days that are asked about lie in these: those at the ends of the calendar have no neighbours to count up to."""


def ms(milliseconds: float) -> Ns:
    """A span of ``milliseconds`` in nanoseconds, rounded to the nearest."""
    return Ns(round(milliseconds * NS_PER_MS))


def seconds(value: float) -> Ns:
    """A span of ``value`` seconds in nanoseconds, rounded to the nearest."""
    return Ns(round(value * NS_PER_S))


def to_ms(span: int) -> float:
    """Nanoseconds as milliseconds."""
    return span / NS_PER_MS
