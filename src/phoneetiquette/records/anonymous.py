"""Records and events without what tells who the customer was. Counts and times stay. Pure."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from phoneetiquette import events as ev
from phoneetiquette.followups.book import without_words
from phoneetiquette.followups.message import IN_WORDS, Message
from phoneetiquette.records.record import CallRecord

ERASED = "sip:erased@anonymous.invalid"
_PERSONAL: dict[type[ev.Event], dict[str, object]] = {
    ev.CallArrived: {"caller": ERASED, "caller_name": "", "sip_call_id": ""},
    ev.CallRefused: {"caller": ERASED, "caller_name": "", "sip_call_id": ""},
    ev.CallDialled: {"target": ERASED},
    ev.AgentDialled: {"target": ERASED},
    ev.PhoneCalled: {"dialled": "", "target": ""},
    ev.PhoneReferred: {"dialled": "", "target": ""},
    ev.PhoneLegBegun: {"dials": ERASED},
    ev.PhoneActed: {"target": ERASED},
    ev.WakeUpCalled: {"target": ERASED, "room": ""},
    ev.AgentWrappedUp: {"note": ""},
    ev.AgentSentDigits: {"digits": ""},
    ev.RecordingFinished: {"file": ""},
    ev.CallClosed: {"notes": ()},
    ev.AgentTookMessage: {"name": "", "phone": "", "email": "", "matter": ""},
    ev.MessageTaken: {"name": "", "phone": "", "email": "", "matter": "", "file": ""},
}
"""What is replaced where it is told, and by what: whether it is told tells what happened."""


def anonymous_event(event: ev.Event, calls: Container[ev.CallId], messages: Container[str]) -> ev.Event:
    """The event without the customer, where it is of one of these calls or messages."""
    concerned = getattr(event, "message", None) in messages or getattr(event, "call", None) in calls
    if concerned and isinstance(event, ev.MessageNoted):
        return without_words(event)
    changes = _PERSONAL.get(type(event), {}) if concerned else {}
    told = {name: value for name, value in changes.items() if getattr(event, name)}
    return replace(event, **told) if told else event  # type: ignore[arg-type]


def anonymous_record(record: CallRecord) -> CallRecord:
    """The record without the customer: who, what was noted, and the words of its timeline are gone."""
    incoming = record.direction == "in"
    wrap_up = record.wrap_up and replace(record.wrap_up, note="")
    return replace(
        record,
        caller=ERASED if incoming else record.caller,
        caller_name="",
        called=record.called if incoming else ERASED,
        sip_call_id="",
        wrap_up=wrap_up,
        notes=(),
        message_file="",
        legs=tuple(replace(leg, party=ERASED) for leg in record.legs),
        timeline=tuple(replace(mark, text=mark.kind.replace("_", " ")) for mark in record.timeline),
    )


def anonymous_message(message: Message) -> Message:
    """The message without the customer; its dates, and what happened to it when, stay."""
    history = tuple(replace(note, text="") if note.what in IN_WORDS else note for note in message.history)
    return replace(message, name="", phone="", email="", matter="", file="", history=history)
