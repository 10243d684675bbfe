"""The wake-up calls a seat knows: gathered from journal entries as they are written, and from what the store tells."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime

from phoneetiquette import events as ev
from phoneetiquette.records.entry import Entry
from phoneetiquette.wakeups.wake_up import Note, WakeUp, in_order
from phoneetiquette.wire import as_object

OVER_KEPT = 500


@dataclass(slots=True)
class WakeUpBook:
    """Wake-up calls by id. Those still open are all kept, of the others the newest ``over_kept``."""

    over_kept: int = OVER_KEPT
    _set: dict[str, WakeUp] = field(default_factory=dict)
    _notes: dict[str, dict[str, Note]] = field(default_factory=dict)
    """By wake-up call and id; also of those that are not known yet."""
    version: int = 0
    """Another one whenever a wake-up call is."""

    def feed(self, entry: Entry) -> bool:
        """Take in the next entry; whether a wake-up call is another one now."""
        event = entry.event
        if isinstance(event, ev.WakeUpSet):
            self._set.setdefault(event.wake_up, set_wake_up(entry, event))
            self._forget_old()
        elif (noted := note_of(entry)) is not None:
            name, note = noted
            self._notes.setdefault(name, {})[note.id] = note
        else:
            return False
        self.version += 1
        return True

    def merge(self, wake_up: WakeUp) -> None:
        """Take in what the store knows of one; the histories are put together."""
        self._set.setdefault(wake_up.id, replace(wake_up, history=()))
        self._notes.setdefault(wake_up.id, {}).update({note.id: note for note in wake_up.history})
        self._forget_old()
        self.version += 1

    def get(self, wake_up: str) -> WakeUp | None:
        found = self._set.get(wake_up)
        if found is None:
            return None
        return replace(found, history=tuple(sorted(self._notes.get(wake_up, {}).values(), key=in_order)))

    def wake_ups(self, *, only_open: bool = False) -> list[WakeUp]:
        """All, or those that are still open, by when they are due."""
        every = [one for name in self._set if (one := self.get(name)) is not None and (one.is_open or not only_open)]
        return sorted(every, key=lambda one: (one.due, one.set_at, one.id))

    def _forget_old(self) -> None:
        if len(self._set) <= 2 * self.over_kept:
            return
        over = [one for one in self.wake_ups() if not one.is_open]
        for old in over[: -self.over_kept]:
            del self._set[old.id]
            self._notes.pop(old.id, None)


def set_wake_up(entry: Entry, event: ev.WakeUpSet) -> WakeUp:
    """The wake-up call of the entry that tells that it was set."""
    return WakeUp(
        id=event.wake_up,
        seat=entry.seat,
        room=event.room,
        target=event.target,
        due=datetime.fromisoformat(event.due),
        set_at=entry.wall,
        name=event.name,
        say=event.say,
        language=event.language,
        who=event.who,
    )


def note_of(entry: Entry) -> tuple[str, Note] | None:
    """The wake-up call that an entry tells of, and what it adds to the history; ``None``: of none.

    The note's id stays when the guest is erased from the entry.
    """
    event = entry.event
    if not isinstance(event, ev.WakeUpNoted | ev.WakeUpCalled | ev.WakeUpTried):
        return None
    told = json.dumps([entry.seat, entry.boot, as_object(_without_guest(event))], sort_keys=True)
    name = hashlib.blake2b(told.encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()
    match event:
        case ev.WakeUpNoted():
            note = Note(id=name, at=entry.wall, seq=entry.seq, what=event.what, who=event.who, text=event.text)
        case ev.WakeUpCalled():
            note = Note(id=name, at=entry.wall, seq=entry.seq, what="called", call=event.call)
        case ev.WakeUpTried():
            note = Note(id=name, at=entry.wall, seq=entry.seq, what=event.result, call=event.call)
    return event.wake_up, note


def _without_guest(event: ev.WakeUpNoted | ev.WakeUpCalled | ev.WakeUpTried) -> ev.Event:
    match event:
        case ev.WakeUpNoted():
            return replace(event, text="")
        case ev.WakeUpCalled():
            return replace(event, target="", room="")
    return event
