"""Messages and their histories in a database; used by :mod:`.sql`, within its transactions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phoneetiquette.followups.message import Message, Note
from phoneetiquette.records.store import MessageQuery
from phoneetiquette.records.store.schema import message_notes, messages

_PLAIN = (
    *("seat", "call", "by", "taken", "due", "service", "topic", "name", "phone", "email"),
    *("matter", "language", "file", "duration_s", "read_back"),
)
_AT_A_TIME = 500
"""Messages whose histories are asked for at once: databases bound how many values a question may hold."""


def put(connection: Connection, message: Message) -> None:
    known = sa.select(messages.c.message).where(messages.c.message == message.id)
    if connection.scalar(known) is None:
        row = {name: getattr(message, name) for name in _PLAIN}
        connection.execute(sa.insert(messages).values(message=message.id, **row))
        _settle(connection, message.id)


def add_note(connection: Connection, message: str, note: Note) -> None:
    known = sa.select(message_notes.c.note).where(message_notes.c.note == note.id)
    if connection.scalar(known) is None:
        row = {name: getattr(note, name) for name in ("at", "what", "who", "text", "call")}
        connection.execute(sa.insert(message_notes).values(note=note.id, message=message, **row))
        if note.what in ("answered", "closed"):
            _settle(connection, message)


def replace(connection: Connection, message: Message) -> None:
    connection.execute(sa.delete(messages).where(messages.c.message == message.id))
    connection.execute(sa.delete(message_notes).where(message_notes.c.message == message.id))
    for note in message.history:
        add_note(connection, message.id, note)
    put(connection, message)


def forget(connection: Connection, before: datetime) -> None:
    """Drop messages that were settled before a moment."""
    old = sa.select(messages.c.message).where(messages.c.settled < before)
    connection.execute(sa.delete(message_notes).where(message_notes.c.message.in_(old)))
    connection.execute(sa.delete(messages).where(messages.c.settled < before))


def find(connection: Connection, prefix: str, limit: int) -> list[Message]:
    matching = messages.c.message.startswith(prefix, autoescape=True)
    return _read(connection, sa.select(messages).where(matching).order_by(messages.c.message).limit(limit))


def matching(connection: Connection, query: MessageQuery) -> list[Message]:
    wanted = sa.select(messages).limit(query.limit)
    if query.is_open:
        wanted = wanted.order_by(messages.c.due, messages.c.message)
    else:
        wanted = wanted.order_by(messages.c.taken.desc(), messages.c.message.desc())
    if query.is_open is not None:
        wanted = wanted.where(messages.c.settled.is_(None) if query.is_open else messages.c.settled.is_not(None))
    if query.due_before is not None:
        wanted = wanted.where(messages.c.due < query.due_before)
    if query.since is not None:
        wanted = wanted.where(messages.c.taken >= query.since)
    if query.until is not None:
        wanted = wanted.where(messages.c.taken < query.until)
    if query.settled_since is not None:
        wanted = wanted.where(messages.c.settled >= query.settled_since)
    return _read(connection, wanted)


def _settle(connection: Connection, message: str) -> None:
    first = sa.select(sa.func.min(message_notes.c.at)).where(
        message_notes.c.message == message, message_notes.c.what.in_(("answered", "closed"))
    )
    settled = first.scalar_subquery()
    connection.execute(sa.update(messages).where(messages.c.message == message).values(settled=settled))


def _read(connection: Connection, wanted: sa.Select[Any]) -> list[Message]:
    rows = list(connection.execute(wanted).mappings())
    histories: dict[str, list[Note]] = {str(row["message"]): [] for row in rows}
    names = list(histories)
    for start in range(0, len(names), _AT_A_TIME):
        told = (
            sa.select(message_notes)
            .where(message_notes.c.message.in_(names[start : start + _AT_A_TIME]))
            .order_by(message_notes.c.at, message_notes.c.note)
        )
        for note in connection.execute(told).mappings():
            plain = {name: note[name] for name in ("at", "what", "who", "text", "call")}
            histories[note["message"]].append(Note(id=note["note"], **plain))
    return [
        Message(
            id=row["message"],
            history=tuple(histories[row["message"]]),
            **{name: row[name] for name in _PLAIN},
        )
        for row in rows
    ]
