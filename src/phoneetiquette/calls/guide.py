"""A dialplan as the desk follows it, and what it says as an event."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from phoneetiquette import events as e
from phoneetiquette.calls.session import Search
from phoneetiquette.dialplan.model import Words
from phoneetiquette.dialplan.questions import (
    Announce,
    CallOthers,
    ConnectDesk,
    Decision,
    MenuKey,
    OpenMenu,
    Question,
    Refuse,
    ReturnToDesk,
    RingDesk,
    SeatDecides,
    TakeMessage,
)
from phoneetiquette.followups.form import Site

if TYPE_CHECKING:  # a seat without a dialplan need not carry a router
    from phoneetiquette.dialplan.presence import Package
    from phoneetiquette.dialplan.reception import Reception

_PATIENCE_S = 8.0


class Voice(Protocol):
    """The sound files that say what a plan has written, each made before the plan comes into force."""

    @property
    def texts(self) -> Collection[tuple[str, str]]:
        """All that it can be asked to say, each with its language."""

    @property
    def files(self) -> Collection[Path]:
        """The sound files that it can be asked to play."""

    @property
    def sounds(self) -> Collection[Path]:
        """Where all of it is, once it is made."""

    def menu(self, menu: OpenMenu, line: str, language: str) -> tuple[str, ...]:
        """Those that say a menu to a caller on a line, one after the other."""

    def words(self, words: Words, line: str, language: str) -> tuple[str, ...]:
        """Those that say something else."""

    def phrase(self, name: str, language: str) -> str:
        """The one that says a phrase of :mod:`phoneetiquette.ivr.phrases`, or a digit."""


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
    voice: Voice
    number: Callable[[str], str]
    """Where a caller can be called back, of a SIP URI or of what was typed: E.164 where that can be made out."""
    said_number: Callable[[str], str]
    """The number of a caller as it is said to them, digits and perhaps a ``+``; empty where none is known."""
    name: str = ""
    patience_s: Mapping[str, float] = field(default_factory=dict)
    """Menu -> for how long it waits for a key."""
    services: Mapping[str, str] = field(default_factory=dict)
    """Service -> what it is called on the page."""
    switches: Mapping[str, str] = field(default_factory=dict)
    """Switch -> what it is called on the page."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """What is dialled on the receptionist's telephone -> what it asks for, as ``calls.phone_codes`` has it."""
    topics: Mapping[str, str] = field(default_factory=dict)
    """Topic -> what it is called on the page."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Who is named in the plan -> their name."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Who is named in the plan -> their SIP URI."""
    watched: Mapping[str, tuple[Package, ...]] = field(default_factory=dict)
    """Of whom the PBX is asked whether they are in a call -> the event packages, the preferred one first."""
    reception: Reception | None = None
    """How to greet, and who is at work."""
    site: Site | None = None
    """What messages are checked against."""

    def as_snapshot(self) -> dict[str, Any]:
        def labelled(names: Mapping[str, str]) -> list[dict[str, str]]:
            return [{"name": name, "label": label} for name, label in names.items()]

        return {
            "name": self.name,
            "version": self.version,
            **(self.reception.as_snapshot() if self.reception else {"topics": labelled(self.topics), "services": []}),
            "switches": labelled(self.switches),
            "people": labelled(self.people),
            "codes": dict(self.codes),
        }


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
        language=decision.language,
        in_menu=search.entry.menu if search.entry else "",
        key=search.entry.key if isinstance(search.entry, MenuKey) else "",
        **{"topic": search.topic, **facts},
    )


_Kind = Literal["call", "desk", "connect", "menu", "say", "message", "refuse", "seat"]


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
            return "menu", {
                "menu": outcome.menu,
                "trail": outcome.trail,
                "again": outcome.again,
                "wrong": outcome.wrong,
                "after_s": guide.patience_s.get(outcome.menu, _PATIENCE_S),
                "sounds": guide.voice.menu(outcome, decision.line, decision.language),
            }
        case Announce():
            return "say", {"sounds": guide.voice.words(outcome.words, decision.line, decision.language)}
        case TakeMessage():
            return "message", {"service": outcome.service, "topic": outcome.topic}
        case _:
            return "message", {}
