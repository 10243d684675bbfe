"""The messages a seat knows: gathered from journal entries as they are written, and from what the store tells. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from phoneetiquette import events as ev
from phoneetiquette.followups.message import IN_WORDS, Message, Note
from phoneetiquette.followups.promise import DAYS
from phoneetiquette.records.entry import Entry
from phoneetiquette.wire import as_object

Wanted = Literal["open", "due", "overdue", "all"]
SOON = timedelta(hours=24)
"""What is due within this is *due*."""
SETTLED_KEPT = 500


@dataclass(slots=True)
class Book:
    """Messages by id. Those still open are all kept, of the settled ones the newest ``settled_kept``."""

    settled_kept: int = SETTLED_KEPT
    _taken: dict[str, Message] = field(default_factory=dict)
    _notes: dict[str, dict[str, Note]] = field(default_factory=dict)
    """By message and id; also of messages that another seat took and that are not known yet."""
    _answering: dict[ev.CallId, str] = field(default_factory=dict)
    """Calls that were dialled to answer a message."""
    _connected: set[ev.CallId] = field(default_factory=set)
    _talked: dict[ev.CallId, str] = field(default_factory=dict)
    """Calls that answered a message and are over."""
    version: int = 0
    """Another one whenever a message is."""

    def feed(self, entry: Entry) -> bool:
        """Take in the next entry; whether a message is another one now."""
        event = entry.event
        match event:
            case ev.MessageTaken():
                self._taken.setdefault(event.message, taken_message(entry, event))
                self.version += 1
                self._forget_old()
                return True
            case ev.MessageNoted():
                self._note(event.message, note_of(entry, event))
                return True
            case ev.CallAnswered() if event.call in self._answering:
                self._connected.add(event.call)
            case ev.CallClosed() if event.call in self._answering:
                message = self._answering.pop(event.call)
                if event.call in self._connected:
                    self._connected.discard(event.call)
                    self._talked[event.call] = message
        return False

    def merge(self, message: Message) -> None:
        """Take in what the store knows of a message; the histories are put together."""
        known = self._taken.get(message.id)
        if known is None:
            self._taken[message.id] = replace(message, history=())
            self.version += 1
        for note in message.history:
            self._note(message.id, note)

    def answered_by_call(self) -> list[tuple[str, ev.CallId]]:
        """Messages that a connected call has answered and whose history does not say so yet, each told once."""
        talked, self._talked = self._talked, {}
        return [(message, call) for call, message in talked.items() if self._is_open(message)]

    def get(self, message: str) -> Message | None:
        taken = self._taken.get(message)
        if taken is None:
            return None
        return replace(taken, history=tuple(sorted(self._notes.get(message, {}).values(), key=_order)))

    def messages(self, wanted: Wanted, now: datetime) -> list[Message]:
        """Those wanted: open ones by when they are due, ``all`` newest first."""
        every = [message for name in self._taken if (message := self.get(name)) is not None]
        if wanted == "all":
            return sorted(every, key=lambda one: (one.taken, one.id), reverse=True)
        every = [one for one in every if one.is_open]
        if wanted == "overdue":
            every = [one for one in every if one.is_overdue(now)]
        elif wanted == "due":
            every = [one for one in every if now >= one.due - SOON]
        return sorted(every, key=lambda one: (one.due, one.id))

    def _is_open(self, message: str) -> bool:
        found = self.get(message)
        return found is None or found.is_open

    def _note(self, message: str, note: Note) -> None:
        self._notes.setdefault(message, {})[note.id] = note
        self.version += 1
        if note.what == "called" and note.call:
            self._answering[note.call] = message

    def _forget_old(self) -> None:
        if len(self._taken) <= 2 * self.settled_kept:
            return
        settled = [one for one in self.messages("all", datetime.max.replace(tzinfo=UTC)) if not one.is_open]
        for old in settled[self.settled_kept :]:
            del self._taken[old.id]
            self._notes.pop(old.id, None)


def taken_message(entry: Entry, event: ev.MessageTaken) -> Message:
    """The message of the entry that tells that it was taken."""
    due = datetime.fromisoformat(event.due) if event.due else entry.wall + timedelta(days=DAYS)
    return Message(
        id=event.message,
        seat=entry.seat,
        call=event.call,
        by=event.by,
        taken=entry.wall,
        due=due,
        service=event.service,
        topic=event.topic,
        name=event.name,
        phone=event.phone,
        email=event.email,
        matter=event.matter,
        language=event.language,
        file=event.file,
        duration_s=event.duration_s,
        read_back=event.read_back,
    )


def note_of(entry: Entry, event: ev.MessageNoted) -> Note:
    """The history's entry of a journal's entry. Its id stays when the words of the entry are erased."""
    told = json.dumps([entry.seat, entry.boot, as_object(without_words(event))], sort_keys=True)
    name = hashlib.blake2b(told.encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()
    return Note(id=name, at=entry.wall, what=event.what, who=event.who, text=event.text, call=event.call)


def without_words(event: ev.MessageNoted) -> ev.MessageNoted:
    """What was done, without what somebody said of it."""
    return replace(event, text="") if event.what in IN_WORDS else event


def _order(note: Note) -> tuple[datetime, str]:
    return note.at, note.id
