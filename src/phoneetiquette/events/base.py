"""What all events have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

CallId = str
"""Our own name of a call: unique over all seats and restarts (``uuid4().hex``), never a SIP Call-ID."""

Direction = Literal["in", "out"]
Party = Literal["agent", "customer"]
EndedBy = Literal["customer", "agent", "peer", "transfer", "desk", "engine", "crash"]
"""Who ended a call. ``peer``: refused or failed on the network; ``desk``: a rule did; ``engine``: the seat stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base: the moment it happened."""

    source: ClassVar[str] = "engine"
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(Event):
    """An event of one call."""

    call: CallId
