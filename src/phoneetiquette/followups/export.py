"""Messages for other programs: spreadsheets (CSV) and calendars (iCalendar, RFC 5545). Pure."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from phoneetiquette.followups.message import Message, moment_text
from phoneetiquette.records.export import defused, visible

_OCTETS = 75
"""Of a line of a calendar; what is longer goes on in the next."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    what: str
    of: Callable[[Message], str | float | None]


COLUMNS: tuple[Column, ...] = (
    Column("message", "its id", lambda m: m.id),
    Column("seat", "seat that took it", lambda m: m.seat),
    Column("call", "call it was taken in", lambda m: m.call),
    Column("taken", "when it was taken, UTC", lambda m: moment_text(m.taken)),
    Column("due", "by when it is to be answered, UTC", lambda m: moment_text(m.due)),
    Column("state", "open, claimed, answered or closed", lambda m: m.state),
    Column("settled", "when it was answered or closed, UTC", lambda m: moment_text(m.settled) if m.settled else None),
    Column("in_time", "yes or no; empty: still open", lambda m: {True: "yes", False: "no", None: None}[m.in_time]),
    Column("claimed_by", "who takes care of it", lambda m: m.claimed_by),
    Column("delay_told", "when the customer was told of a delay, UTC", lambda m: _first(m, "delay_told")),
    Column("delivered", "when it reached who is responsible, UTC", lambda m: _first(m, "delivered")),
    Column("service", "who is responsible", lambda m: m.service),
    Column("topic", "what it is about", lambda m: m.topic),
    Column("name", "the customer", lambda m: m.name),
    Column("phone", "where to call back", lambda m: m.phone),
    Column("email", "or to write to", lambda m: m.email),
    Column("language", "language to answer in", lambda m: m.language),
    Column("matter", "what the customer wants", lambda m: m.matter.replace("\n", " / ")),
    Column("by", "agent: written down; caller: a recording", lambda m: m.by),
    Column("file", "the recording", lambda m: m.file),
    Column("duration_s", "its length in seconds", lambda m: m.duration_s or None),
    Column("read_back", "yes: number or address was confirmed", lambda m: "yes" if m.read_back else "no"),
)


def write_csv(messages: Iterable[Message], out: TextIO, *, bom: bool = False) -> None:
    """One line for each message, columns as in :data:`COLUMNS`; no cell is taken for a formula."""
    if bom:
        out.write("\ufeff")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow([column.name for column in COLUMNS])
    for message in messages:
        rows.writerow([defused(column.of(message)) for column in COLUMNS])


def calendar(messages: Iterable[Message], now: datetime) -> str:
    """The messages as tasks (``VTODO``) that are due when their answers are, with CRLF line ends."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//phoneetiquette//messages//EN"]
    for message in messages:
        who = message.name or message.phone or message.email or "a caller"
        facts = [message.matter, message.phone, message.email, message.service and f"for {message.service}"]
        lines += [
            "BEGIN:VTODO",
            f"UID:{message.id}@phoneetiquette",
            f"DTSTAMP:{_moment(now)}",
            f"CREATED:{_moment(message.taken)}",
            f"DUE:{_moment(message.due)}",
            f"SUMMARY:{_text(f'Answer {who}')}",
            f"DESCRIPTION:{_text(chr(10).join(fact for fact in facts if fact))}",
            f"STATUS:{_STATUS[message.state]}",
        ]
        if message.settled:
            lines.append(f"COMPLETED:{_moment(message.settled)}")
        lines.append("END:VTODO")
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


_STATUS = {"open": "NEEDS-ACTION", "claimed": "IN-PROCESS", "answered": "COMPLETED", "closed": "CANCELLED"}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    lines = (visible(line) for line in text.splitlines())
    escaped = (line.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,") for line in lines)
    return "\\n".join(escaped)


def _folded(line: str) -> str:
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > _OCTETS - bool(pieces):
            pieces.append(piece)
            piece = b""
        piece += octets
    return "\r\n ".join(one.decode() for one in [*pieces, piece])


def _first(message: Message, what: str) -> str | None:
    return next((moment_text(note.at) for note in message.history if note.what == what), None)
