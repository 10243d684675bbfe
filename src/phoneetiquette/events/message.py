"""What becomes of a message after it was taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from phoneetiquette.events.base import CallId, Event

Happened = Literal[
    "claimed",
    "delivered",
    "undelivered",
    "reminded",
    "escalated",
    "called",
    "answered",
    "delay_told",
    "closed",
]
"""What can happen to a message. ``undelivered``: given up after many attempts; ``called``: the customer was dialled in
``call``; ``delay_told``: the customer knows that the answer takes longer; ``closed``: it needs no answer, ``text`` says
why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageNoted(Event):
    """One entry of a message's history. Entries are only ever added."""

    source: ClassVar[str] = "follow-up"

    message: str
    what: Happened
    who: str = ""
    """The person who did it; empty: the program."""
    text: str = ""
    """In their words; of a delivery where it went, of a reminder which one."""
    call: CallId = ""
