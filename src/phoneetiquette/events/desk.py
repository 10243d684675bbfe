"""What the rules made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from phoneetiquette.events.base import CallEvent, CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEvent(CallEvent):
    source: ClassVar[str] = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPlanned(DeskEvent):
    """The pickup window of this call. ``opens_ns`` and ``closes_ns`` are moments; the first is the end of ring 2."""

    country: str
    cadence_ms: tuple[int, ...]
    opens_ns: int
    closes_ns: int
    exempt: str = ""
    """Why the window does not apply: ``emergency_line``, ``auto_answer``; empty when it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArmed(DeskEvent):
    """Lifted before the window: will be connected at ``connects_ns``."""

    connects_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDisarmed(DeskEvent):
    """The early lift was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed(DeskEvent):
    """Nobody lifted by the end of ring 3; ``action`` was taken."""

    action: Literal["connect", "overflow", "message", "menu", "none"]
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupJudged(DeskEvent):
    """The verdict of the ring rules on this call (rules ``pickup.*``)."""

    verdict: Literal["on_time", "late", "early", "unanswered", "abandoned", "short_abandon", "diverted", "exempt"]
    ring: int
    """Number of the ring during which it was decided, from 1."""
    after_open_ms: float | None
    """Decision minus window's opening: negative is too early."""
    before_close_ms: float | None
    """Window's end minus decision: negative is too late."""
    exempt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecided(DeskEvent):
    """What the dialplan says about this call now. A desk that is brought up to date from the journal goes by it."""

    plan: str
    """Version of the dialplan: its hash."""
    asked: Literal["arrival", "deadline", "topic", "key", "silence"]
    kind: Literal["call", "desk", "connect", "menu", "say", "message", "refuse", "seat"]
    """``call``: ``attempts`` are made, all at once; ``desk``: the desk rings, or (of a topic) nobody is left to try and
    the receptionist has the call; ``connect``: the headset opens; ``menu``, ``say``: the caller is spoken to;
    ``seat``: the seat's own configuration counts."""
    topic: str = ""
    skill: str = ""
    attempts: tuple[dict[str, Any], ...] = ()
    """``who`` in the plan, ``target`` as a SIP URI (empty: it cannot be dialled), ``rings``, ``transfer``."""
    until_answered: bool = False
    """They ring for as long as it takes: an emergency."""
    offer: tuple[str, ...] = ()
    """What the plan does when nobody takes the topic, such as ``message reservations``."""
    emergency: bool = False
    """The ring rules do not hold for this call."""
    rings: int = 0
    """How often the desk rings; 0: until the end of the third ring."""
    code: int = 0
    """The SIP status of a refusal."""
    place: str = ""
    """Where the plan says so."""
    language: str = ""
    """What the caller is spoken to in from now on."""
    menu: str = ""
    """The menu that speaks."""
    trail: tuple[str, ...] = ()
    """The menus that led to it, the first one first."""
    again: bool = False
    """It is the one that has just spoken."""
    wrong: int = 0
    """Wrong keys in it so far."""
    after_s: float = 0.0
    """For how long it waits for a key when all is said."""
    sounds: tuple[str, ...] = ()
    """The files that say it, one after the other."""
    in_menu: str = ""
    """Where ``key`` was pressed, or nothing was."""
    key: str = ""
    service: str = ""
    """For whom a message is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuOpened(DeskEvent):
    """A menu begins to speak to the caller, for the ``heard``-th time."""

    menu: str
    language: str
    heard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageBegun(DeskEvent):
    """The caller is asked for a voice message, for ``service`` (empty: for the desk)."""

    service: str
    topic: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptBegun(DeskEvent):
    """The seat calls somebody for this call. ``leg`` is the call it places, ``rings`` how long it waits."""

    leg: CallId
    who: str
    target: str
    rings: int
    announced: bool
    """The receptionist talks to them first; otherwise they are connected with the customer at once."""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded(DeskEvent):
    """What came of it. ``withdrawn``: somebody else took the call, or it was not needed any more."""

    leg: CallId
    who: str
    result: Literal["answered", "no_answer", "busy", "refused", "unreachable", "vanished", "withdrawn"]
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchEnded(DeskEvent):
    """The end of a transfer by topic. ``consulting``: the receptionist talks with who answered, the customer waits;
    ``connected``: the customer talks with them; ``nobody``, ``taken_back``: the customer is the receptionist's again;
    ``left``: the customer has gone."""

    topic: str
    result: Literal["consulting", "connected", "nobody", "taken_back", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNamed(DeskEvent):
    """Who has this call at the desk, from now on."""

    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpEnded(DeskEvent):
    """The time to note what came of ``call`` is over: calls may be connected again."""

    by: Literal["agent", "time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTaken(DeskEvent):
    """Somebody is owed an answer within three days: a message was taken in this call (empty: in none), by the agent in
    writing or by the machine as a recording (``file``)."""

    message: str
    """Its id, unique over all seats and restarts."""
    by: Literal["agent", "caller"]
    service: str = ""
    """Who is responsible for it, as the dialplan names it; empty: the desk itself."""
    topic: str = ""
    name: str = ""
    phone: str = ""
    """Where to call back, as E.164 where that could be made out."""
    email: str = ""
    matter: str = ""
    language: str = ""
    file: str = ""
    """The recording, beneath the seat's directory of messages."""
    duration_s: float = 0.0
    read_back: bool = False
    """Whether the number or address was read back to the caller and confirmed."""
    due: str = ""
    """By when it is to be answered, ISO 8601 in UTC. The seat dates it as it journals it: the desk has no calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallClosed(DeskEvent):
    """The last entry of a call in the journal: its record can be completed."""

    notes: tuple[str, ...] = field(default=())
