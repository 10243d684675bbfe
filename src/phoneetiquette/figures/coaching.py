"""An agent's own calls, for the agent: how the weeks went, and a call to learn from. Nobody is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from phoneetiquette.etiquette.score_card import Thresholds
from phoneetiquette.figures.counting import Tally
from phoneetiquette.figures.facts import CallFacts
from phoneetiquette.figures.report import span_name
from phoneetiquette.figures.table import BY_NAME, figures_of

WEEKS = 8
MOST_WEEKS = 53
LONGEST_SILENCE_S = 10.0
SHORTEST_S = 60.0
"""A shorter talk is no example: there was hardly anything to do well."""

TREND = (
    *("agent_share", "agent_interruptions", "silence_share", "longest_silence", "greeting_delay"),
    *("opening_agent_share", "opening_silence", "pace", "intonation", "mean_talk", "stages_in_order"),
    *("stage_greeting", "stage_clarify", "stage_check", "stage_close"),
)
"""Figures that are shown week by week."""


@dataclass(frozen=True, slots=True)
class Week:
    """``values`` are in the order of :data:`TREND`; ``None``: not measured."""

    name: str
    first: date
    last: date
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A call to listen to in one's mind, and what was well done in it."""

    row: CallFacts
    well: tuple[str, ...]


def weeks_up_to(today: date, weeks: int) -> tuple[date, date]:
    """First and last day of so many whole weeks, this one among them."""
    monday = today - timedelta(days=today.weekday())
    return monday - timedelta(weeks=weeks - 1), monday + timedelta(days=6)


def trend(rows: Mapping[str, Tally], first: date, weeks: int) -> list[Week]:
    """The weeks from the Monday ``first`` on, oldest first; those without calls, too. ``rows`` are sums by week."""
    found = []
    for number in range(weeks):
        monday = first + timedelta(weeks=number)
        name = span_name(monday, "week")
        of = figures_of(rows.get(name, {}))
        found.append(Week(name, monday, monday + timedelta(days=6), tuple(of[one] for one in TREND)))
    return found


def titles() -> list[str]:
    """What the figures of the trend are called, each with its unit."""
    return [f"{BY_NAME[name].title}, {BY_NAME[name].unit}".rstrip(", ") for name in TREND]


def best_example(rows: Iterable[CallFacts], limits: Thresholds | None = None) -> Example | None:
    """Of talks long enough to be one, the call in which most was done well; of several the newest. ``None``: none of
    them was measured."""
    limits = limits or Thresholds()
    best: Example | None = None
    for row in sorted(rows, key=lambda one: one.arrived, reverse=True):
        if not row.answered or row.measured_s is None or (row.talk_s or 0.0) < SHORTEST_S:
            continue
        well = tuple(words for words, is_well in _rules(limits) if is_well(row))
        if best is None or len(well) > len(best.well):
            best = Example(row, well)
    return best if best and best.well else None


def _rules(limits: Thresholds) -> Sequence[tuple[str, Callable[[CallFacts], bool]]]:
    """In words, and whether a call is so; what was not measured is not."""
    return (
        ("all four stages, in their order", lambda row: row.stages_in_order),
        ("nobody was interrupted by the desk", lambda row: row.agent_interruptions == 0),
        (
            "both had their share of the talk",
            lambda row: _within(_share(row), 1 - limits.talk_share_most, limits.talk_share_most),
        ),
        (
            "the greeting came at once",
            lambda row: _within(row.greeting_delay_s, 0.0, limits.greeting_within_s),
        ),
        ("no long silence", lambda row: _within(row.longest_silence_s, 0.0, LONGEST_SILENCE_S)),
        (
            "an easy pace",
            lambda row: _within(row.pace, limits.slowest_syll_per_s, limits.fastest_syll_per_s),
        ),
        ("a lively voice", lambda row: (row.intonation_st or 0.0) >= limits.pitch_movement_least_st),
        ("not too long", lambda row: row.length_band != "over_15"),
    )


def _share(row: CallFacts) -> float | None:
    if row.agent_s is None or row.customer_s is None or not row.agent_s + row.customer_s:
        return None
    return row.agent_s / (row.agent_s + row.customer_s)


def _within(value: float | None, least: float, most: float) -> bool:
    return value is not None and least <= value <= most
