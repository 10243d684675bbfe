"""Wake-up calls: set at the desk, made by the machine, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from phoneetiquette.events.base import CallEvent, CallId, Event

WakeUpHappened = Literal["cancelled", "escalated", "told", "settled"]
"""What can happen to a wake-up call besides its attempts. ``escalated``: the desk is called, for nobody has confirmed
it; ``told``: so is who is responsible, for the desk did not see to it; ``settled``: somebody has seen to it, ``text``
says how."""
WakeUpResult = Literal["confirmed", "unconfirmed", "hung_up", "busy", "no_answer", "failed", "withdrawn", "lost"]
"""How an attempt ended. ``unconfirmed``: answered, and no key came; ``hung_up``: before a key; ``failed``: the network
refused it; ``withdrawn``: cancelled meanwhile; ``lost``: the seat or its engine died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUpSet(Event):
    """A guest is to be woken."""

    source: ClassVar[str] = "wake-up"

    wake_up: str
    """Its id, unique over all seats and restarts."""
    room: str
    target: str
    """SIP URI of the room's telephone."""
    due: str
    """ISO 8601 with the offset of the hotel's time zone: the moment, and what its clocks show then."""
    name: str = ""
    say: str = ""
    """How the name is spoken; empty: as it is written."""
    language: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUpNoted(Event):
    """One entry of a wake-up call's history. Entries are only ever added."""

    source: ClassVar[str] = "wake-up"

    wake_up: str
    what: WakeUpHappened
    who: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUpCalled(CallEvent):
    """The machine calls the room: an attempt begins. It is journalled before the call leaves."""

    source: ClassVar[str] = "wake-up"

    wake_up: str
    target: str
    room: str = ""
    rings_s: float
    """For so long the telephone may ring."""
    sounds: tuple[str, ...]
    """Sound files that say what it is and ask for a key."""
    thanks: tuple[str, ...] = ()
    """Sound files that answer the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUpTried(Event):
    """An attempt is over. ``call`` is told as it was, also of one that never left."""

    source: ClassVar[str] = "wake-up"

    wake_up: str
    result: WakeUpResult
    call: CallId = ""
