"""Tables of calls with expected routes, for ``phoneetiquette simulate``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from phoneetiquette.config import text_files
from phoneetiquette.config.dialplans.forms import UNUSABLE, Key, One, Record, Several
from phoneetiquette.config.dialplans.schema import MENU_KEY
from phoneetiquette.config.dialplans.values import Language
from phoneetiquette.config.kinds import Flag, Text, UnfitError, scalar, shown
from phoneetiquette.config.nodes import Node, Sequence
from phoneetiquette.config.reading import Report
from phoneetiquette.dialplan.model import DESK, Plan
from phoneetiquette.dialplan.openings import shown_instead
from phoneetiquette.dialplan.simulate import Expected
from phoneetiquette.problems import Place, Problem, did_you_mean
from phoneetiquette.units import YEARS

LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Moment:
    """A day and a time, of the site unless it has an offset."""

    meaning: str = "a moment such as 2026-03-02 10:00"

    def read(self, node: Node) -> datetime:
        text = scalar(node, self.meaning)
        try:
            if not re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", text, re.ASCII):
                raise ValueError
            found = datetime.fromisoformat(text)
        except ValueError:
            raise UnfitError(f"cannot be {shown(text)}", f"write {self.meaning}") from None
        if found.year not in YEARS:
            raise UnfitError(f"is too far away: {shown(text)}", f"write a year from {YEARS[0]} to {YEARS[-1]}")
        return found

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True)
class Route:
    """The first of a route, or in a list all of it. Remembers which."""

    def read(self, node: Node, what: str, report: Report) -> Any:
        text = One(Text("where the call goes, such as desk, maria or menu night", 500))
        values = Several(text).read(node, what, report)
        return values if values is UNUSABLE else (values, not isinstance(node, Sequence))

    def json_schema(self) -> dict[str, Any]:
        return Several(One(Text())).json_schema()


def _row(place: Place, expect: tuple[tuple[str, ...], bool], **values: Any) -> Expected:
    return Expected(place, expect=expect[0], only_first=expect[1], **values)


_NAMES = Several(One(Text("a name", 64)))
_NUMBER = One(Text("a number", 200))
_NAME = One(Text("a name", 64))

ROW = Record(
    "Call",
    _row,
    "A call, and where it should go.",
    {
        "what": Key(One(Text("a text", 200)), "What this row is about.", "what: a guest at night"),
        "at": Key(One(Moment()), "When, on the site's clock.", "at: 2026-03-02 10:00", True),
        "called": Key(_NUMBER, "The called number.", 'called: "100"'),
        "caller": Key(_NUMBER, "Who calls.", 'caller: "+43 664 5550199"'),
        "topic": Key(_NAME, "The receptionist chooses this topic.", "topic: change_booking"),
        "escalate": Key(One(Flag()), "The receptionist asks for the topic's supervisor.", "escalate: yes"),
        "menu": Key(_NAME, "The caller is in this menu.", "menu: night"),
        "keys": Key(
            Several(One(Text("a key", 1, MENU_KEY.pattern))),
            "Keys pressed, one each time a menu speaks.",
            "keys: [1, 0]",
        ),
        "no_key": Key(One(Flag()), "Then nothing is pressed, and the route goes on.", "no_key: yes"),
        "language": Key(One(Language()), "The caller's language.", "language: de"),
        "busy": Key(_NAMES, "Who is talking; `desk` too.", "busy: [maria]"),
        "absent": Key(_NAMES, "Who is not there; `desk` too.", "absent: [desk]"),
        "do_not_disturb": Key(_NAMES, "Who does not want calls.", "do_not_disturb: [maria]"),
        "answers": Key(_NAMES, "Who takes the call when it rings there.", "answers: [duty_manager]"),
        "switches": Key(_NAMES, "Switches that are on.", "switches: [night_service]"),
        "expect": Key(Route(), "The first of the route; a list is the whole of it.", "expect: desk", True),
    },
)
_TABLE = Record("Calls", lambda calls, **_: calls, "", {"calls": Key(Several(ROW), "", "calls: [...]", True)})


def read_calls(file: Path, plan: Plan) -> tuple[list[Expected], tuple[Problem, ...]]:
    """The rows of a table for a plan, and everything that is wrong with the file."""
    report = Report()
    content = text_files.content(file, report, LARGEST, "calls.yaml")
    root = None if content is None else text_files.tree(file, content, report, LARGEST, quick=True)
    rows = None if root is None else _TABLE.read(root, "the file", report)
    found: list[Expected] = list(rows) if isinstance(rows, tuple) else []
    for row in found:
        _names(row, plan, report)
        shown_then = None if row.at.tzinfo else shown_instead(row.at, ZoneInfo(plan.timezone))
        if shown_then is not None:
            what = f"{row.at:%Y-%m-%d %H:%M} never comes in {plan.timezone}: summer time leaves it out"
            report.add(row.place, what, f"write {shown_then:%H:%M}")
    return found, tuple(report.finished())


def _names(row: Expected, plan: Plan, report: Report) -> None:
    known: dict[str, tuple[str, ...]] = {
        "busy": (*plan.people, DESK),
        "absent": (*plan.people, DESK),
        "do_not_disturb": tuple(plan.people),
        "switches": tuple(plan.switches),
    }
    for key, names in known.items():
        for name in getattr(row, key):
            if name not in names:
                report.add(
                    row.place, f"{key} names {shown(name)}, which the plan does not have", did_you_mean(name, names)
                )
    for key, names in (("topic", tuple(plan.topics)), ("menu", tuple(plan.menus))):
        name = getattr(row, key)
        if name and name not in names:
            report.add(row.place, f"{key} names {shown(name)}, which the plan does not have", did_you_mean(name, names))
    if row.topic and row.menu:
        report.add(row.place, "a row has a topic or a menu, not both", "make two rows of it")
