"""What a starting main reads in its journal: the calls that may still be up, and the last records for the page."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from phoneetiquette import events as e
from phoneetiquette import wire
from phoneetiquette.calls.desk import Desk
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import CallRecord


@dataclass(slots=True)
class History:
    """The seat's memory of its journal, kept up to date while it runs. ``boot`` is the present start of the machine."""

    boot: str
    keep: int
    builder: RecordBuilder = field(default_factory=RecordBuilder)
    records: deque[CallRecord] = field(init=False)
    unsettled: list[Entry] = field(default_factory=list)
    """Entries that belong to calls without an end, after :meth:`read`."""
    completed: list[CallRecord] = field(default_factory=list)
    """The records that became complete, or more complete, with the last entry."""
    presence: e.PresenceChanged | None = None
    """What the receptionist last chose since the machine was started, before all that is ``unsettled``."""
    muted: e.AgentMuted | None = None
    """What the receptionist last chose since the machine was started."""

    def __post_init__(self) -> None:
        self.records = deque(maxlen=self.keep)

    def read(self, entries: Iterable[Entry]) -> None:
        """Take in the journal as it was found."""
        recent: list[Entry] = []
        presences: list[tuple[int, e.PresenceChanged]] = []
        for entry in entries:
            recent.append(entry)
            self.add(entry)
            if entry.boot == self.boot:
                self._note_mute(entry.event)
                if isinstance(entry.event, e.PresenceChanged):
                    presences.append((entry.seq, entry.event))
            if len(recent) > 1000 and recent[len(recent) // 2].seq <= self.builder.settled_seq:
                recent = [one for one in recent if one.seq > self.builder.settled_seq]
        settled = self.builder.settled_seq
        self.unsettled = [one for one in recent if one.seq > settled and one.boot == self.boot]
        self.presence = next((presence for seq, presence in reversed(presences) if seq <= settled), None)

    def _note_mute(self, event: e.Event) -> None:
        match event:
            case e.AgentMuted():
                self.muted = event
            case e.EngineLost():
                self.muted = None

    def add(self, entry: Entry) -> bool:
        """Take in a new entry; whether a record has become complete."""
        self.builder.feed(entry)
        done = self.builder.completed()
        for record in done:
            self._keep(record)
        self.completed = done
        late = self.builder.late_wrap_ups()
        return bool(done or late)

    def _keep(self, record: CallRecord) -> None:
        if record.wake_up:  # the machine's, and listed elsewhere
            return
        for at, known in enumerate(self.records):
            if known.call == record.call:
                self.records[at] = record
                return
        self._add(record)

    def _add(self, record: CallRecord) -> None:
        """Strangers are the first to be forgotten: trying again and again, they would push the real calls out."""
        if len(self.records) == self.keep:
            stranger = next(filter(_of_stranger, self.records), None)
            if stranger:
                self.records.remove(stranger)
            elif _of_stranger(record):
                return
        self.records.append(record)

    def replay(self, desk: Desk) -> set[str]:
        """Bring ``desk`` to where it was; what an engine may tell again, as :func:`told` names it.

        The receptionist's presence outlives a restart of the program; changes of it during calls that may be up are
        replayed with these, whose deadlines they decided. A muted microphone stays so while a call may be up, and does
        not surprise anybody after it.
        """
        if self.presence:
            desk.handle(self.presence)
        if self.muted and self.unsettled:
            desk.handle(self.muted)
        events = [entry.event for entry in self.unsettled]
        desk.replay(events)
        return {told(event) for event in events if event.source == "engine"}


def _of_stranger(record: CallRecord) -> bool:
    return record.refused in ("stranger", "replaces_by_stranger")


def without_digits(event: e.Event) -> e.Event:
    """The event with a ``*`` for each DTMF digit in it."""
    match event:
        case e.DigitReceived():
            return replace(event, digit="*")
        case e.AgentSentDigits():
            return replace(event, digits="*" * len(event.digits))
        case _:
            return event


def told(event: e.Event) -> str:
    """A name by which an event is known again when it is told twice."""
    return json.dumps(wire.as_object(event), sort_keys=True)
