"""Records and events without what tells who the customer was. Counts and times stay. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from phoneetiquette import events as ev
from phoneetiquette.followups.book import without_words
from phoneetiquette.followups.message import IN_WORDS, Message
from phoneetiquette.records.record import CallRecord
from phoneetiquette.wakeups.wake_up import WakeUp

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


def anonymous_event(
    event: ev.Event, calls: Container[ev.CallId], messages: Container[str], wake_ups: Mapping[str, WakeUp]
) -> ev.Event:
    """The event without the customer, where it is of one of these calls, messages or wake-up calls."""
    if isinstance(event, ev.WakeUpSet | ev.WakeUpNoted) and event.wake_up in wake_ups:
        return _of_wake_up(event, anonymous_wake_up(wake_ups[event.wake_up]))
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


def anonymous_wake_up(wake_up: WakeUp) -> WakeUp:
    """The wake-up call without the guest; when it was due, and what happened to it when, stay. One that is still to be
    made keeps its room: the guest has asked for it."""
    history = tuple(replace(note, text="") for note in wake_up.history)
    nameless = replace(wake_up, name="", say="", history=history)
    return nameless if wake_up.is_open else replace(nameless, room="", target=wake_up.target and ERASED)


def _of_wake_up(event: ev.WakeUpSet | ev.WakeUpNoted, now: WakeUp) -> ev.Event:
    told: ev.Event
    if isinstance(event, ev.WakeUpSet):
        told = replace(event, name=now.name, say=now.say, room=now.room, target=now.target)
    else:
        told = replace(event, text="")
    return event if told == event else told
