"""Wake-up calls in a database; used by :mod:`.sql`, within its transactions."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from phoneetiquette.records.store import WakeUpQuery
from phoneetiquette.records.store.schema import wake_ups
from phoneetiquette.wakeups.wake_up import Note, WakeUp, in_order, wake_up_from, wake_up_object


def put(connection: Connection, wake_up: WakeUp) -> None:
    """Keep it; what is known of its history stays."""
    known = _get(connection, wake_up.id)
    if known is not None:
        wake_up = _with_notes(wake_up, known.history)
    _write(connection, wake_up, is_new=known is None)


def replace(connection: Connection, wake_up: WakeUp) -> None:
    """Keep it in place of what is known of it."""
    _write(connection, wake_up, is_new=_get(connection, wake_up.id) is None)


def add_note(connection: Connection, wake_up: str, note: Note) -> bool:
    """Add to the history of one that is known; whether it is."""
    known = _get(connection, wake_up)
    if known is None:
        return False
    _write(connection, _with_notes(known, (note,)), is_new=False)
    return True


def matching(connection: Connection, query: WakeUpQuery) -> list[WakeUp]:
    wanted = sa.select(wake_ups.c.told).order_by(wake_ups.c.due, wake_ups.c.wake_up).limit(query.limit)
    if query.is_open is not None:
        wanted = wanted.where(wake_ups.c.open == query.is_open)
    if query.since is not None:
        wanted = wanted.where(wake_ups.c.due >= query.since)
    if query.until is not None:
        wanted = wanted.where(wake_ups.c.due < query.until)
    return [wake_up_from(told) for told in connection.scalars(wanted)]


def forget(connection: Connection, before: datetime) -> None:
    """Drop those that were due before a moment and need nothing any more."""
    connection.execute(sa.delete(wake_ups).where(wake_ups.c.due < before, sa.not_(wake_ups.c.open)))


def _get(connection: Connection, wake_up: str) -> WakeUp | None:
    told = connection.scalar(sa.select(wake_ups.c.told).where(wake_ups.c.wake_up == wake_up))
    return None if told is None else wake_up_from(told)


def _with_notes(wake_up: WakeUp, notes: tuple[Note, ...]) -> WakeUp:
    every = {note.id: note for note in (*wake_up.history, *notes)}
    return dataclasses.replace(wake_up, history=tuple(sorted(every.values(), key=in_order)))


def _write(connection: Connection, wake_up: WakeUp, *, is_new: bool) -> None:
    row: dict[str, Any] = {
        "seat": wake_up.seat,
        "due": wake_up.due,
        "open": wake_up.is_open,
        "told": wake_up_object(wake_up),
    }
    if is_new:
        connection.execute(sa.insert(wake_ups).values(wake_up=wake_up.id, **row))
    else:
        connection.execute(sa.update(wake_ups).where(wake_ups.c.wake_up == wake_up.id).values(row))
