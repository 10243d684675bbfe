"""A message and its history: values only, derived from journal entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from phoneetiquette.events import CallId, Happened

MessageState = Literal["open", "claimed", "answered", "closed"]
STATES: dict[Happened, MessageState] = {"claimed": "claimed", "answered": "answered", "closed": "closed"}
"""What moves a message to another state; all else leaves it where it is."""

IN_WORDS: frozenset[Happened] = frozenset({"claimed", "undelivered", "answered", "delay_told", "closed"})
"""Their text is somebody's words, and nothing depends on it; that of others tells what is not to be done again."""

DELAY_NOTICE = timedelta(hours=6)
"""So long before it is due, an open message asks for a word to the customer (``message.tell_of_delay``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One entry of the history, as :class:`phoneetiquette.events.MessageNoted` tells it."""

    id: str
    """The same wherever and however often the journal is read."""
    at: datetime
    what: Happened
    who: str = ""
    text: str = ""
    call: CallId = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a customer wants answered. ``taken`` and ``due`` are aware."""

    id: str
    seat: str
    call: CallId = ""
    by: Literal["agent", "caller"] = "agent"
    taken: datetime
    due: datetime
    service: str = ""
    topic: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    matter: str = ""
    language: str = ""
    file: str = ""
    duration_s: float = 0.0
    read_back: bool = False
    history: tuple[Note, ...] = ()
    """In the order of time."""

    @property
    def state(self) -> MessageState:
        """What was last done about it; an answer stays one, whatever is noted after it."""
        moves = [STATES[note.what] for note in self.history if note.what in STATES]
        return next((end for end in moves if end in ("answered", "closed")), moves[-1] if moves else "open")

    @property
    def settled(self) -> datetime | None:
        """When it was answered or closed; ``None``: it is still owed."""
        return next((note.at for note in self.history if note.what in ("answered", "closed")), None)

    @property
    def is_open(self) -> bool:
        """Neither answered nor closed."""
        return self.settled is None

    @property
    def is_anonymous(self) -> bool:
        """Nobody knows any more who is to be answered, or about what: the customer was erased."""
        return not (self.name or self.phone or self.email or self.matter or self.file)

    @property
    def claimed_by(self) -> str:
        return next((note.who for note in reversed(self.history) if note.what == "claimed"), "")

    @property
    def in_time(self) -> bool | None:
        """Whether it was settled by the day it was due; ``None``: it is still open."""
        return None if self.settled is None else self.settled <= self.due

    def is_overdue(self, now: datetime) -> bool:
        return self.is_open and now > self.due

    def wants_delay_notice(self, now: datetime) -> bool:
        """About to be late, or late, and the customer has not been told."""
        told = any(note.what == "delay_told" for note in self.history)
        return self.is_open and not told and now >= self.due - DELAY_NOTICE


def message_object(message: Message, now: datetime) -> dict[str, Any]:
    """The message as JSON bears it; what depends on the moment is as of ``now``."""
    return {
        "message": message.id,
        "seat": message.seat,
        "call": message.call or None,
        "by": message.by,
        "taken": moment_text(message.taken),
        "due": moment_text(message.due),
        "state": message.state,
        "overdue": message.is_overdue(now),
        "delay_notice_wanted": message.wants_delay_notice(now),
        "claimed_by": message.claimed_by,
        "service": message.service,
        "topic": message.topic,
        "name": message.name,
        "phone": message.phone,
        "email": message.email,
        "matter": message.matter,
        "language": message.language,
        "file": message.file,
        "duration_s": message.duration_s,
        "read_back": message.read_back,
        "history": [
            {
                "id": note.id,
                "at": moment_text(note.at),
                "what": note.what,
                "who": note.who,
                "text": note.text,
                "call": note.call or None,
            }
            for note in message.history
        ],
    }


def message_from(data: dict[str, Any]) -> Message:
    """The inverse of :func:`message_object`, without what depended on the moment."""
    history = tuple(
        Note(
            id=note["id"],
            at=datetime.fromisoformat(note["at"]),
            what=note["what"],
            who=note["who"],
            text=note["text"],
            call=note["call"] or "",
        )
        for note in data["history"]
    )
    plain = ("seat", "by", "service", "topic", "name", "phone", "email", "matter", "language", "file")
    return Message(
        id=data["message"],
        call=data["call"] or "",
        taken=datetime.fromisoformat(data["taken"]),
        due=datetime.fromisoformat(data["due"]),
        duration_s=float(data["duration_s"]),
        read_back=bool(data["read_back"]),
        history=history,
        **{name: data[name] for name in plain},
    )


def moment_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
