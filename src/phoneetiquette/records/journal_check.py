"""What is in a journal, what is wrong with it, and which of its calls a store does not have."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from phoneetiquette.events import CallId
from phoneetiquette.problems import Problem
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.journal_reader import JournalReader, files_of, torn_bytes
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.store import Query, Store

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that no entry has."""

    after: int
    before: int

    @property
    def missing(self) -> int:
        return self.before - self.after - 1


@dataclass(slots=True)
class JournalCheck:
    """Of one seat's journal."""

    seat: str
    files: int = 0
    size: int = 0
    """In bytes."""
    entries: int = 0
    first_seq: int = 0
    last_seq: int = 0
    first: datetime | None = None
    last: datetime | None = None
    starts: int = 0
    """How often the machine was started anew within it; the numbers of entries leap each time."""
    events: Counter[str] = field(default_factory=Counter)
    """Kind -> how many."""
    gaps: list[Gap] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """Lines that cannot be read."""
    torn: int = 0
    """Bytes behind the last whole line: an entry that is being written, or what a crash has left."""
    calls: int = 0
    """That are over."""
    going_on: list[CallId] = field(default_factory=list)
    checkpoint: int | None = None
    """Up to which entry the store says that it has everything; ``None`` where it was not asked."""
    not_stored: list[CallId] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Nothing is damaged and nothing is missing."""
        return not self.gaps and not self.problems


def check_journal(directory: Path, seat: str, store: Store | None) -> JournalCheck:
    """Read the whole journal of a seat, which may run, and look for its calls in the store, if there is one.

    Raises:
        StoreError: a file, or the store, cannot be read.
    """
    checked = JournalCheck(seat)
    files = files_of(directory, seat)
    checked.files, checked.size = len(files), sum(file.path.stat().st_size for file in files)
    builder, over, boot = RecordBuilder(), dict[CallId, CallRecord](), ""
    for entry in JournalReader(directory, seat, 0, checked.problems.append).entries():
        if not checked.entries:
            checked.first_seq, checked.first = entry.seq, entry.wall
        elif entry.boot != boot:
            checked.starts += 1
        elif entry.seq != checked.last_seq + 1:
            checked.gaps.append(Gap(checked.last_seq, entry.seq))
        checked.entries += 1
        checked.last_seq, checked.last, boot = entry.seq, entry.wall, entry.boot
        checked.events[type(entry.event).__name__] += 1
        builder.feed(entry)
        over |= {record.call: record for record in builder.completed()}
    checked.torn = torn_bytes(directory, seat)
    checked.calls = len(over)
    checked.going_on = [record.call for record in builder.open_calls()]
    if store is not None:
        checked.checkpoint = store.checkpoint(seat)
        stored = _stored(store, seat, list(over.values()))
        checked.not_stored = [call for call in over if call not in stored]
    return checked


def _stored(store: Store, seat: str, records: list[CallRecord]) -> set[CallId]:
    """Those of the calls that the store has, asked for day by day: years of whole records need not be in memory."""
    days = {record.arrived.replace(hour=0, minute=0, second=0, microsecond=0) for record in records}
    return {
        record.call for day in sorted(days) for record in store.query(Query(since=day, until=day + _DAY, seat=seat))
    }
