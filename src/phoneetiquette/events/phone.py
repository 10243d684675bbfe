"""The receptionist's desk phone: what it reports by SIP, and what the desk does with it.

A *phone leg* is a call between the seat and the phone. It is never a customer's call: it stands for the receptionist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.events.base import CallEvent, CallId
from phoneetiquette.events.desk import DeskEvent

Asking = Literal["talk", "vendor", "auto_answer"]
"""How a phone is made to answer: NOTIFY ``Event: talk``, its vendor's command, a new INVITE that asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCalled(CallEvent):
    """The phone calls through the seat; ``call`` is its leg, which hears ringing until something is done about it."""

    phone: str
    """Which of the seat's phones: its configured address."""
    dialled: str
    """What was dialled: the user part of the request URI."""
    peer: str
    sip_call_id: str
    target: str = ""
    """The SIP URI to call for that; empty: it cannot be called."""
    asks: str = ""
    """It is a code, and this is what it asks for: nobody is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCodeCarriedOut(CallEvent):
    """What the code asked for that the phone dialled in this leg has been done, or (told by main) could not be."""

    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneReplied(CallEvent):
    """What the phone of this leg said to being told to answer: a SIP or HTTP status, 0: nothing in time."""

    asked: Asking
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneReferred(CallEvent):
    """The transfer key of the phone: put the customer of this leg through (REFER)."""

    dialled: str
    target: str = ""
    """The SIP URI to call for that."""
    topic: str = ""
    """A code for a topic was dialled: the dialplan says who takes it."""
    to_leg: CallId | None = None
    """The phone's other leg, whose call takes this one's place (Replaces): an attended transfer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLost(CallEvent):
    """The phone of this leg says nothing any more, or does not know the call: unplugged, or restarted in the call."""

    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLegBegun(DeskEvent):
    """A phone leg for this call: the phone is rung for it, or has dialled it."""

    leg: CallId
    phone: str
    how: Literal["rings", "asked", "called"]
    """``rings``: it is to be lifted; ``asked``: it is asked to answer by itself; ``called``: the phone called us."""
    dials: str = ""
    """Of an outgoing call: whom it is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneActed(DeskEvent):
    """What was done at the phone, for this call."""

    leg: CallId
    what: Literal["lifted", "answered_itself", "put_down", "hung_up", "held", "resumed", "transferred", "lost"]
    target: str = ""
    """Of a transfer: the SIP URI that the call is put through to,"""
    to_call: CallId | None = None
    """or the call whose party it is put through to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAsked(DeskEvent):
    """The phone was told to answer this call."""

    leg: CallId
    how: Asking


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAskEnded(DeskEvent):
    """What came of that. ``unknown``: it does not know what was asked; ``silent``: it knows and does nothing."""

    leg: CallId
    how: Asking
    result: Literal["answered", "unknown", "silent", "withdrawn"]
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneUnavailable(DeskEvent):
    """A phone does not ring for this call, and why."""

    leg: CallId
    phone: str
    state: Literal["busy", "dnd", "off", "unsuited", "unreachable"]
    code: int
