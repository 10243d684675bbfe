"""What is counted: each count, sum and distribution as a line of a table, with the condition it holds under.

A condition is evaluated on a row in memory (:func:`holds`) and, by the store, in the database: so every figure opens
to exactly the calls it was made of. Tallies are sums; those of days and of parts may be added.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from phoneetiquette.figures.facts import CallFacts
from phoneetiquette.records.record import Verdict

Operator = Literal["=", "<", "<=", ">", ">=", "in", "known"]


@dataclass(frozen=True, slots=True)
class Is:
    """``column operator value`` holds for a row; never where the column is ``None``.

    ``in``: it is one of a tuple of values; ``known``: it is not ``None``.
    """

    column: str
    operator: Operator
    value: Any = None


Where = tuple[Is, ...]
"""All of them hold."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How often a column lies below the first edge, between two, and at the last or above."""

    column: str
    where: Where
    edges: tuple[float, ...]

    def bins(self) -> list[Where]:
        """The condition of each."""
        ends: list[Where] = [(Is(self.column, "<", self.edges[0]),)]
        for low, high in pairwise(self.edges):
            ends.append((Is(self.column, ">=", low), Is(self.column, "<", high)))
        ends.append((Is(self.column, ">=", self.edges[-1]),))
        return [(*self.where, *end) for end in ends]


INCOMING = Is("direction", "=", "in")
ANSWERED = Is("answered", "=", True)
LEFT = Is("left", "=", True)
TALK = (ANSWERED,)
THRESHOLDS_S = (10, 15, 20, 30)
STAGES = ("greeting", "clarify", "check", "close")
BANDS = ("under_10", "10_to_15", "over_15")

COUNTS: dict[str, Where] = {
    "calls": (),
    "incoming": (INCOMING,),
    "outgoing": (Is("direction", "=", "out"),),
    "outgoing_answered": (Is("direction", "=", "out"), ANSWERED),
    "judged": (INCOMING, Is("verdict", ">", "")),
    **{f"verdict_{verdict}": (INCOMING, Is("verdict", "=", verdict)) for verdict in get_args(Verdict)},
    "answered": (INCOMING, ANSWERED),
    "left": (LEFT,),
    "left_called_back": (LEFT, Is("called_back", ">", "")),
    "left_not_called_back": (LEFT, Is("called_back", "=", "")),
    **{f"answered_within_{limit}": (INCOMING, ANSWERED, Is("wait_s", "<=", limit)) for limit in THRESHOLDS_S},
    **{f"left_within_{limit}": (LEFT, Is("wait_s", "<=", limit)) for limit in THRESHOLDS_S},
    "talks": TALK,
    "measured": (Is("measured_s", "known"),),
    "greeted": (Is("greeting_delay_s", "known"),),
    "opened": (Is("opening_agent_share", "known"),),
    **{f"band_{band}": (Is("length_band", "=", band),) for band in BANDS},
    "staged": (ANSWERED, Is("stages", ">", 0)),
    "stages_in_order": (ANSWERED, Is("stages_in_order", "=", True)),
    **{f"timed_{stage}": (Is(f"{stage}_s", "known"),) for stage in STAGES},
    "paced": (Is("pace", "known"),),
    "intoned": (Is("intonation_st", "known"),),
    "transferred": (Is("transfer", "=", "done"),),
    "transfer_failed": (Is("transfer", "=", "failed"),),
    "interrupted": (Is("agent_interruptions", ">", 0),),
}

SUMS: dict[str, tuple[str, Where]] = {
    "talk_s": ("talk_s", TALK),
    "measured_s": ("measured_s", ()),
    "agent_s": ("agent_s", ()),
    "customer_s": ("customer_s", ()),
    "silence_s": ("silence_s", ()),
    "longest_silence_s": ("longest_silence_s", ()),
    "agent_interruptions": ("agent_interruptions", ()),
    "customer_interruptions": ("customer_interruptions", ()),
    "greeting_delay_s": ("greeting_delay_s", ()),
    "opening_agent_share": ("opening_agent_share", ()),
    "opening_silence_s": ("opening_silence_s", ()),
    **{f"{stage}_s": (f"{stage}_s", ()) for stage in STAGES},
    "pace": ("pace", ()),
    "intonation_st": ("intonation_st", ()),
}
"""Of rows where the column is known."""

SPREADS: dict[str, Spread] = {
    "pickup": Spread("place", (INCOMING, ANSWERED), (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0)),
    "wait": Spread("wait_s", (INCOMING, ANSWERED), (2, 4, 6, 8, 10, 12, 14, 16, 20, 30, 60)),
    "specialist": Spread("specialist_s", (), (2, 5, 10, 15, 20, 30, 45, 60, 90, 120)),
    "talk": Spread("talk_s", TALK, (30, 60, 120, 180, 300, 420, 600, 900, 1200)),
}

_NAMES: dict[Where, str] = {
    **{where: f"{name}:{index}" for name, one in SPREADS.items() for index, where in enumerate(one.bins())},
    **{where: name for name, where in COUNTS.items()},
}


def counted_as(where: Where) -> str:
    """The name under which a tally has how many calls fulfil these conditions; empty: it has not."""
    return _NAMES.get(where, "")


Tally = dict[str, float]
"""Name -> sum; what is not there is 0. A spread's are ``name:index``."""


def holds(where: Where, row: CallFacts) -> bool:
    """Whether the row fulfils every condition."""
    return all(_is(one, getattr(row, one.column)) for one in where)


def _is(one: Is, found: Any) -> bool:
    if found is None:
        return False
    match one.operator:
        case "=":
            return bool(found == one.value)
        case "<":
            return bool(found < one.value)
        case "<=":
            return bool(found <= one.value)
        case ">":
            return bool(found > one.value)
        case ">=":
            return bool(found >= one.value)
        case "in":
            return found in one.value
        case "known":
            return True


def tally(row: CallFacts) -> Tally:
    """What one call adds."""
    told: Tally = {name: 1.0 for name, where in COUNTS.items() if holds(where, row)}
    for name, (column, where) in SUMS.items():
        value = getattr(row, column)
        if value and holds(where, row):
            told[name] = float(value)
    for name, spread in SPREADS.items():
        value = getattr(row, spread.column)
        if value is not None and holds(spread.where, row):
            told[f"{name}:{bisect_right(spread.edges, value)}"] = 1.0
    return told


def add(into: Tally, other: Tally, times: int = 1) -> None:
    """Add ``other`` to ``into``; with ``times`` -1 take it away."""
    for name, value in other.items():
        left = into.get(name, 0.0) + times * value
        # Sums of fractions need not come back to nought exactly; what is measured is measured to milliseconds.
        if abs(left) < 1e-4:
            into.pop(name, None)
        else:
            into[name] = left


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them added."""
    sums: Tally = {}
    for one in tallies:
        for name, value in one.items():
            sums[name] = sums.get(name, 0.0) + value
    return sums


def spread(told: Tally, name: str) -> list[int]:
    """How often each bin of a distribution was met."""
    return [round(told.get(f"{name}:{index}", 0.0)) for index in range(len(SPREADS[name].edges) + 1)]
