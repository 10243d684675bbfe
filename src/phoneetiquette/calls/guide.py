"""A dialplan as the desk follows it, and what it says as an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from phoneetiquette import events as e
from phoneetiquette.calls.session import Search
from phoneetiquette.dialplan.questions import (
    Announce,
    CallOthers,
    ConnectDesk,
    Decision,
    OpenMenu,
    Question,
    Refuse,
    ReturnToDesk,
    RingDesk,
    SeatDecides,
)
from phoneetiquette.dialplan.reception import Reception
from phoneetiquette.followups.form import Site


@dataclass(frozen=True, slots=True)
class Guide:
    """A dialplan as the desk follows it: pure, and the same for as long as it is in force."""

    version: str
    """Its hash."""
    route: Callable[[Question], Decision]
    moment: Callable[[int], datetime]
    """The moment on the wall clock of a monotonic one; aware."""
    target: Callable[[str], str]
    """The SIP URI of a number of the plan; empty where it cannot be dialled."""
    name: str = ""
    lacks: tuple[str, ...] = ()
    """What it tells that a seat cannot do yet."""
    topics: Mapping[str, str] = field(default_factory=dict)
    """Topic -> what it is called on the page."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Who is named in the plan -> their name."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Who is named in the plan -> their SIP URI."""
    reception: Reception | None = None
    """How to greet, and who is at work."""
    site: Site | None = None
    """What messages are checked against."""

    def as_snapshot(self) -> dict[str, Any]:
        topics = [{"name": name, "label": label} for name, label in self.topics.items()]
        more = self.reception.as_snapshot() if self.reception else {}
        return {"name": self.name, "version": self.version, "topics": topics, **more}


def as_event(guide: Guide, decision: Decision, search: Search, call: e.CallId, now_ns: int) -> e.RouteDecided:
    """What the plan has decided, as the desk's event: the part of it that a seat can act on."""
    kind, facts = _told_of(guide, decision, search)
    return e.RouteDecided(
        at_ns=now_ns,
        call=call,
        plan=guide.version,
        asked=search.asked,
        kind=kind,
        place=str(decision.place),
        **{"topic": search.topic, **facts},
    )


_Kind = Literal["call", "desk", "connect", "message", "refuse", "seat"]


def _told_of(guide: Guide, decision: Decision, search: Search) -> tuple[_Kind, dict[str, Any]]:
    outcome = decision.outcome
    match outcome:
        case CallOthers() if outcome.attempts:
            attempts = tuple(
                {"who": one.who, "target": guide.target(one.address), "rings": one.rings, "transfer": one.transfer}
                for one in outcome.attempts
            )
            return "call", {
                "topic": outcome.topic or search.topic,
                "skill": outcome.skill,
                "attempts": attempts,
                "until_answered": outcome.until_answered,
                "emergency": outcome.emergency,
            }
        case ReturnToDesk():
            return "desk", {"offer": tuple(f"{one.verb} {one.name}".strip() for one in outcome.offer)}
        case RingDesk():
            return "desk", {"emergency": outcome.emergency, "rings": outcome.rings or 0}
        case _ if search.asked == "topic":
            return "desk", {}
        case ConnectDesk():
            return "connect", {}
        case Refuse():
            return "refuse", {"code": 486 if outcome.reason == "busy" else 603}
        case SeatDecides():
            return "seat", {}
        case OpenMenu():
            return "message", {"instead_of": f"menu {outcome.menu}"}
        case Announce():
            return "message", {"instead_of": "say"}
        case _:
            return "message", {}
