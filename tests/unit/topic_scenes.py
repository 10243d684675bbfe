"""A dialplan for scenes at the desk, and what comes before a transfer by topic. ``desk_script`` has the notation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from phoneetiquette.calls.desk import Desk
from phoneetiquette.calls.guide import Guide
from phoneetiquette.dialplan.model import (
    Action,
    Line,
    Menu,
    Name,
    NoKey,
    Person,
    Plan,
    Rule,
    Service,
    Spoken,
    Switch,
    Target,
    Topic,
    Words,
    WrongKey,
)
from phoneetiquette.dialplan.questions import OpenMenu
from phoneetiquette.dialplan.router import Router
from phoneetiquette.problems import Place
from phoneetiquette.units import NS_PER_S
from tests.unit.desk_script import PBX, ZERO_NS, new_desk, scene

P = Place("plan.yaml", 1, 1)
TEN = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
SPECIALISTS = ("m", "j")


def ring(who: str) -> Action:
    return Action("ring", P, targets=(Target(P, who),))


def line(*do: Action, called: str = "", on_deadline: tuple[Action, ...] = ()) -> Line:
    return Line(P, (Name(called, P),) if called else (), (Rule(P, do),), on_deadline)


RING_DESK = ring("desk")
NOTHING = Words({"": Spoken("...")}, P)
PLAN = Plan(
    P,
    "Hotel",
    "AT",
    "Europe/Vienna",
    people={
        name: Person(P, Name(name, P), skills=(Name("booking", P),), ring=2, transfer="direct") for name in SPECIALISTS
    }
    | {"boss": Person(P, Name("boss", P), ring=3), "guard": Person(P, Name("guard", P), ring=1, transfer="direct")},
    topics={
        "change": Topic(
            P,
            to=(Target(P, skill="booking"),),
            otherwise=(Action("message", P, "sales"),),
            escalate=(Target(P, "boss"),),
        ),
        "all": Topic(P, to=(Target(P, skill="booking", order="all"),)),
        "ask": Topic(P, to=(Target(P, "boss"),)),
        "danger": Topic(P, emergency=True, to=(Target(P, "guard"),)),
        "nobody": Topic(P, to=(Target(P, skill="fishing"),)),
    },
    services={"sales": Service(P, "sales@hotel.example")},
    switches={"closed": Switch(P)},
    menus={
        "night": Menu(
            P,
            NOTHING,
            {
                "1": (Action("topic", P, "change"),),
                "2": (Action("menu", P, "deeper", language="de"),),
                "3": (RING_DESK, Action("message", P, "sales")),
                "4": (Action("connect", P), Action("say", P, words=NOTHING)),
                "5": (Action("say", P, words=NOTHING),),
                "6": (Action("refuse", P, "busy"),),
                "9": (Action("message", P, "sales"),),
                "0": (Action("topic", P, "danger"),),
            },
            NoKey(P, (Action("say", P, words=NOTHING),), after_s=5, repeat=2),
            WrongKey(P, NOTHING, tries=2, then=(Action("refuse", P, "busy"),)),
        ),
        "deeper": Menu(
            P, NOTHING, {"*": (Action("back", P),), "#": (Action("repeat", P),)}, NoKey(P, (Action("back", P),))
        ),
    },
    lines={
        "main": line(RING_DESK),
        "full": line(Action("refuse", P, "busy"), called="full"),
        "sales": line(ring("m"), RING_DESK, called="sales", on_deadline=(ring("j"), Action("message", P, "sales"))),
        "late": line(RING_DESK, called="late", on_deadline=(ring("boss"), Action("connect", P))),
        "open": line(RING_DESK, called="open", on_deadline=(Action("connect", P), Action("message", P, "sales"))),
        "night": line(Action("menu", P, "night"), called="night"),
        "closed": line(Action("say", P, words=NOTHING), called="closed"),
        "busy": line(RING_DESK, called="busy", on_deadline=(Action("menu", P, "night"),)),
        "alarm": line(Action("topic", P, "danger"), called="alarm"),
    },
)
TALKING_TO_A = """
      0 | A arrives  | A plan: desk; bell ringer                      | A alerting
      0 | A rings    | A window 7..13; answer A at 13 warning if free |
      8 | lift       | answer A; bell off                            | A answering
      8 | A answered | A on_time in ring 2 +1000/+5000 ms            | A talking
"""
WITH_B_WHILE_A_WAITS = (
    TALKING_TO_A
    + """
      8 | hold       | hold A                                         |
      8 | A held     |                                                | A held
      9 | B arrives  | B plan: desk; bell ringer                      | A held, B alerting
      9 | B rings    | B window 16..22; answer B at 22 warning if free |
     17 | lift       | answer B; bell off                             | A held, B answering
     17 | B answered | B on_time in ring 2 +1000/+5000 ms             | A held, B talking
"""
)


NUMBERS = {PBX.format("T"): "205"}
"""Callers who can be called back."""


class SceneVoice:
    """Each sound is named after what it says."""

    texts: frozenset[tuple[str, str]] = frozenset()
    files: frozenset[Path] = frozenset()
    sounds: frozenset[Path] = frozenset()

    def menu(self, menu: OpenMenu, line: str, language: str) -> tuple[str, ...]:
        del line, language
        return (*(("wrong",) if menu.first_say else ()), menu.menu)

    def words(self, words: Words, line: str, language: str) -> tuple[str, ...]:
        del words, line, language
        return ("said",)

    def phrase(self, name: str, language: str) -> str:
        del language
        return name


def guide(plan: Plan = PLAN, version: str = "1") -> Guide:
    """The plan at ten o'clock on a Tuesday in Vienna."""
    return Guide(
        version,
        Router(plan).route,
        lambda at_ns: TEN + timedelta(seconds=(at_ns - ZERO_NS) / NS_PER_S),
        PBX.format,
        SceneVoice(),
        number=lambda party: party.partition("@")[0].removeprefix("sip:"),
        said_number=lambda party: NUMBERS.get(party, ""),
        topics={name: name for name in plan.topics},
        people={name: person.name for name, person in plan.people.items()},
        addresses={name: PBX.format(name) for name in plan.people},
        services={name: name for name in plan.services},
        switches={name: name for name in plan.switches},
        patience_s={name: menu.no_key.after_s for name, menu in plan.menus.items()},
        watched={"m": ("dialog",)},
    )


def play(after: str, before: str = TALKING_TO_A) -> Desk:
    return scene(before + after, new_desk(guide=guide()))
