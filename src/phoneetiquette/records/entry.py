"""One line of the journal as a value, to bytes and back. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from phoneetiquette.errors import StoreError
from phoneetiquette.events import Event
from phoneetiquette.wire import WireError, as_object, from_object


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the journal keeps it.

    ``seq`` grows by one from entry to entry, with a gap where the machine was started anew; ``wall`` is the event's own
    moment in UTC, to the millisecond; ``boot`` names the start of the machine that ``event.at_ns`` counts within.
    """

    seq: int
    wall: datetime
    boot: str
    event: Event
    seat: str = ""


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: ``2026-03-02T08:15:04.250Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line_of(entry: Entry) -> bytes:
    """The journal line of an entry, newline included. ``seq`` comes first, so that a reader can skip unparsed."""
    data = {"seq": entry.seq, "wall": utc_text(entry.wall), "boot": entry.boot, "event": as_object(entry.event)}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"


def entry_of(line: bytes, seat: str = "") -> Entry:
    """The inverse of :func:`line_of`.

    Raises:
        StoreError: the line is not a journal entry, or its event is of a kind this version does not know.
    """
    try:
        data = json.loads(line)
        seq, wall, boot, event = data["seq"], datetime.fromisoformat(data["wall"]), data["boot"], data["event"]
        message = from_object(event)
    except WireError as error:
        raise StoreError(error.what, error.advice) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(f"not a journal entry: {type(error).__name__} {error}".rstrip()) from error
    if type(seq) is not int or not isinstance(boot, str) or not isinstance(message, Event) or wall.tzinfo is None:
        raise StoreError("not a journal entry: wrong types")
    return Entry(seq, wall, boot, message, seat)


def seq_of(line: bytes) -> int | None:
    """The number of a line without parsing the rest of it; ``None`` where the line does not begin like an entry."""
    if not line.startswith(b'{"seq":'):
        return None
    digits = line[7 : line.find(b",", 7)]
    return int(digits) if digits.isdigit() else None


def stamp_of(line: bytes) -> tuple[int, str] | None:
    """Number and boot of a line whose event may be of a kind this version does not know; ``None`` if it is no entry."""
    try:
        data = json.loads(line)
        seq, boot = data["seq"], data["boot"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return (seq, boot) if type(seq) is int and isinstance(boot, str) else None
