"""What the router is asked and what it answers: frozen values, shared by the live phone and every tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from phoneetiquette.dialplan.model import NOWHERE, Action, DeskState, Reason, Transfer, Words
from phoneetiquette.problems import Place

Result = Literal["no_answer", "busy", "refused", "unreachable", "vanished"]
"""How an attempt to reach somebody failed."""
RESULT_WORDS: dict[str, str] = {
    "no_answer": "did not answer",
    "busy": "was busy",
    "refused": "refused",
    "unreachable": "could not be reached",
    "vanished": "vanished",
}
"""A result as people are told of it, after a name."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call has come in."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The desk has not lifted by the end of the third ring."""


@dataclass(frozen=True, slots=True)
class TopicChosen:
    """The receptionist has chosen a topic for the call in hand; ``escalate`` asks for its supervisor."""

    topic: str
    escalate: bool = False


@dataclass(frozen=True, slots=True)
class MenuKey:
    """The caller has pressed a key. ``trail`` holds the menus that led here, the first one first."""

    menu: str
    key: str
    trail: tuple[str, ...] = ()
    wrong: int = 0
    """Wrong keys in this menu before this one."""


@dataclass(frozen=True, slots=True)
class MenuSilence:
    """The caller has pressed nothing for the menu's time, ``heard`` times the menu has been said."""

    menu: str
    heard: int
    trail: tuple[str, ...] = ()


Entry = Arrival | Deadline | TopicChosen | MenuKey | MenuSilence


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the plan. People by their names in the plan, numbers as it writes them.

    ``tried`` is whom this call has tried, with the result; the desk is among them as ``desk``. ``resting`` are those
    who have just refused or been busy for another call. ``idle_s`` is for how long each person has had no call; who is
    not in it has had none. ``last_taken`` is, per skill, who was tried last in turn.
    """

    desk: DeskState = "free"
    busy: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    do_not_disturb: frozenset[str] = frozenset()
    resting: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()
    tried: Mapping[str, Result] = field(default_factory=dict)
    idle_s: Mapping[str, float] = field(default_factory=dict)
    last_taken: Mapping[str, str] = field(default_factory=dict)


NOTHING_KNOWN = Known()


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the router.

    ``moment`` is aware and stays the same for everything that follows from one entry. ``called`` and ``caller`` are as
    the network sent them, the caller empty when withheld. ``language`` is what the caller has chosen, if anything.
    """

    entry: Entry
    moment: datetime
    called: str = ""
    caller: str = ""
    language: str = ""
    known: Known = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class RingDesk:
    """The desk rings: for a call that arrives, by the rules of the ring window; in ``emergency`` without them."""

    emergency: bool = False
    rings: int | None = None
    """How often in a call that is under way already; None: until the end of the third ring."""


@dataclass(frozen=True, slots=True)
class ConnectDesk:
    """The headset is opened, lifted or not."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One person or number to call: ``who`` is its name in the plan, ``address`` what is dialled."""

    who: str
    address: str
    rings: int
    transfer: Transfer


@dataclass(frozen=True, slots=True)
class CallOthers:
    """Somebody is called; several at once when there are several. In an emergency for as long as it takes
    (``until_answered``)."""

    attempts: tuple[Attempt, ...]
    topic: str = ""
    skill: str = ""
    emergency: bool = False
    until_answered: bool = False


@dataclass(frozen=True, slots=True)
class OpenMenu:
    """A menu speaks. ``again``: it is the one that has just spoken; ``first_say`` is said before it."""

    menu: str
    trail: tuple[str, ...] = ()
    again: bool = False
    first_say: Words | None = None
    wrong: int = 0
    """Wrong keys so far."""


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """A voice message is recorded for a service."""

    service: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Announce:
    """Something is said, then the call ends."""

    words: Words


@dataclass(frozen=True, slots=True)
class Refuse:
    reason: Reason


@dataclass(frozen=True, slots=True)
class ReturnToDesk:
    """Nobody takes the topic: the receptionist has the customer back. ``offer`` is what the plan does then."""

    topic: str
    offer: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class SeatDecides:
    """The plan has no word about this; the seat's own configuration (``pickup.deadline``) counts."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """The call has fallen into a hole."""


Outcome = (
    RingDesk
    | ConnectDesk
    | CallOthers
    | OpenMenu
    | TakeMessage
    | Announce
    | Refuse
    | ReturnToDesk
    | SeatDecides
    | Nobody
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at on the way: ``taken`` when it counted, else passed over because of ``why``."""

    place: Place
    what: str
    taken: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the call goes. ``place`` is where the plan says so; ``steps`` are there when they were asked for."""

    outcome: Outcome
    line: str = ""
    language: str = ""
    place: Place = NOWHERE
    steps: tuple[Step, ...] = ()
