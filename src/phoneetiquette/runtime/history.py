"""What a starting main reads in its journal: the calls that may still be up, and the last records for the page."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from phoneetiquette import events as e
from phoneetiquette import wire
from phoneetiquette.calls.desk import Desk
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import CallRecord


@dataclass(slots=True)
class History:
    """The seat's memory of its journal, kept up to date while it runs."""

    keep: int
    builder: RecordBuilder = field(default_factory=RecordBuilder)
    records: deque[CallRecord] = field(init=False)
    unsettled: list[Entry] = field(default_factory=list)
    """Entries that belong to calls without an end, after :meth:`read`."""

    def __post_init__(self) -> None:
        self.records = deque(maxlen=self.keep)

    def read(self, entries: Iterable[Entry]) -> None:
        """Take in the journal as it was found."""
        recent: list[Entry] = []
        for entry in entries:
            recent.append(entry)
            self.add(entry)
            if len(recent) > 1000 and recent[len(recent) // 2].seq <= self.builder.settled_seq:
                recent = [one for one in recent if one.seq > self.builder.settled_seq]
        settled = self.builder.settled_seq
        self.unsettled = [one for one in recent if one.seq > settled]

    def add(self, entry: Entry) -> bool:
        """Take in a new entry; whether a record has become complete."""
        self.builder.feed(entry)
        done = self.builder.completed()
        for record in done:
            if self.records and self.records[-1].call == record.call:
                self.records.pop()
            self.records.append(record)
        return bool(done)


def replay(desk: Desk, entries: Iterable[Entry], boot: str) -> set[str]:
    """Bring ``desk`` to where it was; what an engine may tell again, as :func:`told` names it.

    The desk's own events are not fed but come about anew, at the moments they came about the first time.
    """
    seen: set[str] = set()
    for entry in entries:
        event = entry.event
        if entry.boot != boot:
            continue
        if event.source == "desk":
            desk.advance(event.at_ns)
            continue
        desk.handle(event)
        if event.source == "engine":
            seen.add(told(event))
    return seen


def told(event: e.Event) -> str:
    """A name by which an event is known again when it is told twice."""
    return json.dumps(wire.as_object(event), sort_keys=True)
