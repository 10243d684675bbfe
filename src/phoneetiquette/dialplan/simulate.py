"""Tables of calls with the routes that are expected: the tests of a dialplan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from phoneetiquette.dialplan.model import DESK, DeskState
from phoneetiquette.dialplan.questions import Arrival, Entry, Known, MenuKey, MenuSilence, Question, TopicChosen
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.walk import Conduct, Stop, in_a_word, walk
from phoneetiquette.problems import Place, Problem


@dataclass(frozen=True, slots=True)
class Expected:
    """One row: a call, and where it should go. ``at`` without an offset is the time of the site."""

    place: Place
    at: datetime
    expect: tuple[str, ...]
    only_first: bool = True
    """Whether ``expect`` is only the first of the route; else it is the whole of it."""
    what: str = ""
    called: str = ""
    caller: str = ""
    topic: str = ""
    escalate: bool = False
    menu: str = ""
    keys: tuple[str, ...] = ()
    no_key: bool = False
    language: str = ""
    busy: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    do_not_disturb: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    idle_s: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a row; ``route`` is where its call really goes."""

    row: Expected
    route: tuple[str, ...]
    stops: tuple[Stop, ...]

    @property
    def right(self) -> bool:
        return (self.route[:1] if self.row.only_first else self.route) == self.row.expect

    def problem(self) -> Problem:
        expected = " > ".join(self.row.expect)
        what = f"{self.row.what}: " if self.row.what else ""
        stop = self.stops[0] if self.row.only_first else self.stops[-1]
        return Problem.at(
            self.row.place,
            f"{what}expected {expected}, but the call goes to {' > '.join(self.route)}",
            f"decided in {stop.decision.place}; explain tells why",
        )


def question_of(router: Router, row: Expected) -> Question:
    """The question that a row asks."""
    at = row.at if row.at.tzinfo else row.at.replace(tzinfo=router.hours.zone)
    desk: DeskState = "absent" if DESK in row.absent else "busy" if DESK in row.busy else "free"
    known = Known(
        desk=desk,
        busy=frozenset(row.busy),
        absent=frozenset(row.absent),
        do_not_disturb=frozenset(row.do_not_disturb),
        switches=frozenset(row.switches),
        idle_s=row.idle_s,
    )
    return Question(_entry(row), at, row.called, row.caller, row.language, known)


def _entry(row: Expected) -> Entry:
    if row.topic:
        return TopicChosen(row.topic, row.escalate)
    if row.menu:
        return MenuKey(row.menu, row.keys[0]) if row.keys else MenuSilence(row.menu, 0)
    return Arrival()


def conduct_of(row: Expected) -> Conduct:
    """What the people in a row's call do."""
    keys = row.keys[1:] if row.menu else row.keys
    return Conduct(row.answers, keys, row.no_key)


def simulate(router: Router, rows: Iterable[Expected]) -> Iterator[Verdict]:
    """The verdict on every row."""
    for row in rows:
        stops = walk(router, question_of(router, row), conduct_of(row))
        yield Verdict(row, tuple(in_a_word(stop.decision.outcome) for stop in stops), tuple(stops))
