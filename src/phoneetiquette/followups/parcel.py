"""What is sent to others about messages and calls: values, and the words of the e-mails. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Literal

from phoneetiquette.followups.message import Message, message_object
from phoneetiquette.records.export import visible

Channel = Literal["mail", "webhook", "hook_webhook", "command"]
"""``hook_webhook`` and ``command`` are those of hooks, so that a slow hook holds up no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One thing to deliver. The same ``id`` is the same parcel, however often it is handed over."""

    id: str
    """Of letters, digits, ``-``, ``_`` and ``.``: it names a file."""
    channel: Channel
    message: str = ""
    """The message it is about; empty: none."""
    purpose: str = "delivery"
    """``delivery`` of the message itself, ``reminder``, ``escalation``, or ``hook``."""
    to: str = ""
    """E-mail address."""
    subject: str = ""
    text: str = ""
    reply_to: str = ""
    attachment: str = ""
    """A recording, beneath the seat's directory of messages."""
    data: dict[str, Any] = field(default_factory=dict)
    """What a webhook or a command is given."""


def delivery_mail(message: Message, to: str, zone: tzinfo | None) -> Parcel:
    """The message itself, for the responsible service."""
    return Parcel(
        id=f"{message.id}-mail",
        channel="mail",
        message=message.id,
        to=to,
        subject=f"Message from {_who(message)}, answer by {_day(message.due, zone)}",
        text=_body(message, zone, "A customer left a message and is owed an answer."),
        reply_to=message.email,
        attachment=message.file,
    )


def reminder_mail(message: Message, to: str, zone: tzinfo | None, reminder: str) -> Parcel:
    """One of the reminders before it is due; the last asks for a word to the customer."""
    opening = (
        f"This message was taken on {_day(message.taken, zone)} ({_zone(message.taken, zone)}) and is not answered yet."
    )
    if reminder == "66 h":
        opening += " If the answer takes longer, tell the customer, and note that you did."
    return Parcel(
        id=f"{message.id}-reminder-{reminder.replace(' ', '')}",
        channel="mail",
        message=message.id,
        purpose="reminder",
        to=to,
        subject=f"Reminder: message from {_who(message)}, answer by {_day(message.due, zone)}",
        text=_body(message, zone, opening),
        reply_to=message.email,
    )


def escalation_mail(message: Message, to: str, zone: tzinfo | None) -> Parcel:
    """It is overdue: for who is responsible for the service."""
    return Parcel(
        id=f"{message.id}-escalation",
        channel="mail",
        message=message.id,
        purpose="escalation",
        to=to,
        subject=f"Overdue: message from {_who(message)}, was to be answered by {_day(message.due, zone)}",
        text=_body(message, zone, "This message was not answered in time."),
        reply_to=message.email,
    )


def delivery_webhook(message: Message, now: datetime) -> Parcel:
    """The message itself, for a program."""
    return Parcel(
        id=f"{message.id}-webhook",
        channel="webhook",
        message=message.id,
        data={"event": "message", "message": message_object(message, now)},
    )


def step_webhook(message: Message, step: str, now: datetime) -> Parcel:
    """A reminder, or that it is overdue, for a program."""
    return Parcel(
        id=f"{message.id}-webhook-{step.replace(' ', '')}",
        channel="webhook",
        message=message.id,
        purpose="reminder",
        data={"event": "message_reminder", "reminder": step, "message": message_object(message, now)},
    )


def _who(message: Message) -> str:
    return one_line(message.name or message.phone or message.email or "a caller", 80)


def one_line(text: str, most: int = 200) -> str:
    """A text for a header: no line ends, nothing hidden, no longer than ``most`` characters."""
    shown = visible(" ".join(text.split()))
    return shown if len(shown) <= most else shown[: most - 1] + "\u2026"


def _body(message: Message, zone: tzinfo | None, opening: str) -> str:
    facts = [
        ("From", message.name),
        ("Telephone", message.phone),
        ("E-mail", message.email),
        ("Language", message.language),
        ("Topic", message.topic),
        ("Taken", _day(message.taken, zone)),
        ("Answer by", _day(message.due, zone)),
        ("Taken care of by", message.claimed_by),
        ("Number read back", "yes" if message.read_back else "no" if message.by == "agent" else ""),
        ("Recording", f"{message.duration_s:.0f} s" if message.file else ""),
    ]
    lines = [opening, "", *(f"{name}: {one_line(value)}" for name, value in facts if value)]
    if message.matter:
        lines += ["", *(visible(line) for line in message.matter.splitlines())]
    lines += ["", f"Message {message.id}", "Please answer the customer, and note it on the page of the desk."]
    return "\n".join(lines) + "\n"


def _zone(moment: datetime, zone: tzinfo | None) -> str:
    return str(zone) if zone is not None else moment.astimezone().strftime("%Z")


def _day(moment: datetime, zone: tzinfo | None) -> str:
    return moment.astimezone(zone).strftime("%a %d %b %Y %H:%M")
