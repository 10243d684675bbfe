"""Wake-up calls as a table for a spreadsheet. Pure."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from phoneetiquette.records.export import defused
from phoneetiquette.wakeups.wake_up import RESULTS, WakeUp


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    what: str
    of: Callable[[WakeUp], str | int | None]


COLUMNS: tuple[Column, ...] = (
    Column("wake_up", "its id", lambda w: w.id),
    Column("seat", "seat that calls", lambda w: w.seat),
    Column("room", "the room", lambda w: w.room),
    Column("name", "the guest", lambda w: w.name),
    Column("language", "what the guest is spoken to in", lambda w: w.language),
    Column("due", "when the guest is to be woken, at the hotel", lambda w: w.due.isoformat(timespec="minutes")),
    Column("state", "set, calling, confirmed, escalated, settled or cancelled", lambda w: w.state),
    Column("attempts", "how often the room was called", lambda w: w.attempts),
    Column("results", "how the attempts ended", lambda w: " ".join(n.what for n in w.history if n.what in RESULTS)),
    Column("woken", "when the guest confirmed it, UTC", lambda w: _moment(w.woken)),
    Column("escalated", "when the desk was called, UTC", lambda w: _moment(_when(w, "escalated"))),
    Column("settled", "when somebody had seen to it, UTC", lambda w: _moment(_when(w, "settled"))),
    Column("settled_by", "and who", lambda w: next((n.who for n in w.history if n.what == "settled"), "")),
    Column("set", "when it was set, UTC", lambda w: _moment(w.set_at)),
    Column("set_by", "and by whom", lambda w: w.who),
)


def write_csv(wake_ups: Iterable[WakeUp], out: TextIO, *, bom: bool = False) -> None:
    """A line for each, after one with the names of the columns."""
    if bom:
        out.write("\ufeff")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow([column.name for column in COLUMNS])
    for one in wake_ups:
        rows.writerow([defused(column.of(one)) for column in COLUMNS])


def _when(wake_up: WakeUp, what: str) -> datetime | None:
    return next((note.at for note in wake_up.history if note.what == what), None)


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
