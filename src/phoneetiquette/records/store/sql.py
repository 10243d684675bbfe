"""The store in a database, by SQLAlchemy Core: SQLite, the embedded default, or PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from phoneetiquette.errors import StoreError
from phoneetiquette.events import CallId
from phoneetiquette.figures.counting import Tally, Where
from phoneetiquette.figures.facts import CallFacts
from phoneetiquette.figures.report import FollowUps, Part
from phoneetiquette.followups.message import Message, Note
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.record_json import record_from, record_object
from phoneetiquette.records.store import (
    CLAIM_HOLDS,
    MessageQuery,
    Query,
    WakeUpQuery,
    fact_tables,
    message_tables,
    wake_up_tables,
)
from phoneetiquette.records.store.damage import DamagedStoreError, is_damage
from phoneetiquette.records.store.engines import KEPT_MEANWHILE, engine_of, one_writer, reason_of
from phoneetiquette.records.store.schema import HEAD, calls, checkpoints, duties, uncounted
from phoneetiquette.wakeups.wake_up import Note as WakeUpNote
from phoneetiquette.wakeups.wake_up import WakeUp

UPGRADE_TIMEOUT_S = 300.0


class SqlStore:
    """Honours :class:`phoneetiquette.records.store.Store`. Not for the asyncio loop: each call may wait."""

    def __init__(self, engine: sa.Engine, zone: tzinfo | None = None) -> None:
        self._engine = engine
        self._zone = zone

    @classmethod
    def open(cls, url: str, zone: tzinfo | None = None) -> Self:
        """Connect, and upgrade the tables in a process of its own where they are not current.

        Raises:
            StoreError: the database cannot be reached, is not ours, or was written by a newer version.
        """
        store = cls.connect(url, zone)
        try:
            if store.revision() != HEAD:
                failed = _upgrade(url)
                # Another seat may have upgraded it at the same moment: then all is well.
                if failed is not None and store.revision() != HEAD:
                    raise failed
        except StoreError:
            store.close()
            raise
        return store

    @classmethod
    def connect(cls, url: str, zone: tzinfo | None = None) -> Self:
        """Connect without looking at the tables.

        Raises:
            StoreError: the address is not one, or its driver is missing.
        """
        return cls(engine_of(url), zone)

    def revision(self) -> str | None:
        """State of the schema; ``None``: an empty database."""
        with self._transaction() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return found

    def put(self, record: CallRecord) -> None:
        row: dict[str, Any] = {
            "seat": record.seat,
            "direction": record.direction,
            "caller": record.caller,
            "called": record.called,
            "arrived": record.arrived,
            "answered": record.answered,
            "ended": record.ended,
            "ended_by": record.ended_by,
            "code": record.code,
            "verdict": record.pickup.verdict if record.pickup else None,
            "definitions": record.definitions,
            "record": record_object(record),
        }
        with self._change() as connection:
            _upsert(connection, calls, calls.c.call, record.call, row)
            fact_tables.put(connection, record, self._day_of)

    def get(self, call: CallId) -> CallRecord | None:
        found = self._records(sa.select(calls.c.record).where(calls.c.call == call))
        return found[0] if found else None

    def find(self, prefix: str, limit: int = 10) -> list[CallRecord]:
        matching = calls.c.call.startswith(prefix, autoescape=True)
        return self._records(sa.select(calls.c.record).where(matching).order_by(calls.c.call).limit(limit))

    def query(self, query: Query) -> list[CallRecord]:
        wanted = sa.select(calls.c.record).order_by(calls.c.arrived.desc(), calls.c.call.desc()).limit(query.limit)
        if query.since is not None:
            wanted = wanted.where(calls.c.arrived >= query.since)
        if query.until is not None:
            wanted = wanted.where(calls.c.arrived < query.until)
        for column, value in (
            (calls.c.seat, query.seat),
            (calls.c.direction, query.direction),
            (calls.c.verdict, query.verdict),
        ):
            if value is not None:
                wanted = wanted.where(column == value)
        return self._records(wanted)

    def put_message(self, message: Message) -> None:
        with self._change() as connection:
            message_tables.put(connection, message)

    def add_note(self, message: str, note: Note) -> None:
        with self._change() as connection:
            message_tables.add_note(connection, message, note)

    def replace_message(self, message: Message) -> None:
        with self._change() as connection:
            message_tables.replace(connection, message)

    def calls_of(self, is_party: Callable[[str], bool]) -> list[CallId]:
        with self._transaction() as connection:
            return fact_tables.calls_of(connection, is_party)

    def find_messages(self, prefix: str, limit: int = 10) -> list[Message]:
        with self._transaction() as connection:
            return message_tables.find(connection, prefix, limit)

    def messages(self, query: MessageQuery) -> list[Message]:
        with self._transaction() as connection:
            return message_tables.matching(connection, query)

    def put_wake_up(self, wake_up: WakeUp) -> None:
        with self._change() as connection:
            wake_up_tables.put(connection, wake_up)

    def replace_wake_up(self, wake_up: WakeUp) -> None:
        with self._change() as connection:
            wake_up_tables.replace(connection, wake_up)

    def add_wake_up_note(self, wake_up: str, note: WakeUpNote) -> bool:
        with self._change() as connection:
            return wake_up_tables.add_note(connection, wake_up, note)

    def wake_ups(self, query: WakeUpQuery) -> list[WakeUp]:
        with self._transaction() as connection:
            return wake_up_tables.matching(connection, query)

    def claim(self, duty: str, seat: str, now: datetime) -> bool:
        with self._transaction() as connection:
            mine = sa.or_(duties.c.seat == seat, duties.c.since < now - CLAIM_HOLDS)
            taken = sa.update(duties).where(duties.c.duty == duty, mine).values(seat=seat, since=now)
            if connection.execute(taken).rowcount:
                return True
            if connection.scalar(sa.select(duties.c.seat).where(duties.c.duty == duty)) is not None:
                return False
            connection.execute(sa.insert(duties).values(duty=duty, seat=seat, since=now))
            return True

    def tallies(
        self, first: date, last: date, part: Part | None = None, value: str | None = None, *, by_day: bool = False
    ) -> list[tuple[date, str, Tally]]:
        with self._transaction() as connection:
            return fact_tables.tallies(connection, first, last, part, value, by_day=by_day)

    def facts(
        self,
        where: Where,
        first: date,
        last: date,
        part: Part | None = None,
        value: str | None = None,
        limit: int = 200,
    ) -> list[CallFacts]:
        with self._transaction() as connection:
            return fact_tables.facts(connection, where, first, last, part, value, limit)

    def followups(
        self, since: datetime, until: datetime, now: datetime, part: Part | None = None, value: str | None = None
    ) -> FollowUps:
        with self._transaction() as connection:
            return fact_tables.followups(connection, since, until, now, part, value)

    def forget(self, before: datetime) -> int:
        with self._change() as connection:
            message_tables.forget(connection, before)
            connection.execute(sa.delete(duties).where(duties.c.since < before))
            wake_up_tables.forget(connection, before)
            fact_tables.forget(connection, before)
            return connection.execute(sa.delete(calls).where(calls.c.arrived < before)).rowcount

    def count_earlier(self, limit: int) -> int:
        with self._change() as connection:
            names = list(connection.scalars(sa.select(uncounted.c.call).limit(limit)))
            if names:
                connection.execute(sa.delete(uncounted).where(uncounted.c.call.in_(names)))
                for data in connection.scalars(sa.select(calls.c.record).where(calls.c.call.in_(names))):
                    fact_tables.put(connection, record_from(data), self._day_of)
            return len(names)

    def checkpoint(self, seat: str) -> int:
        with self._transaction() as connection:
            return connection.scalar(sa.select(checkpoints.c.seq).where(checkpoints.c.seat == seat)) or 0

    def set_checkpoint(self, seat: str, seq: int) -> None:
        with self._change() as connection:
            _upsert(connection, checkpoints, checkpoints.c.seat, seat, {"seq": seq})

    def close(self) -> None:
        self._engine.dispose()

    def _records(self, wanted: sa.Select[Any]) -> list[CallRecord]:
        with self._transaction() as connection:
            return [record_from(data) for data in connection.scalars(wanted)]

    def _day_of(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            where = self._engine.url.set(drivername=self._engine.dialect.name).render_as_string(hide_password=True)
            damaged = is_damage(getattr(error, "orig", None))
            kind = DamagedStoreError if damaged else StoreError
            raise kind(f"database {where}: {reason_of(error)}", KEPT_MEANWHILE) from error

    @contextmanager
    def _change(self) -> Iterator[Connection]:
        with self._transaction() as connection:
            one_writer(connection)
            yield connection


def _upsert(connection: Connection, table: sa.Table, key: sa.Column[Any], value: str, row: dict[str, Any]) -> None:
    # UPDATE, then INSERT where there was nothing: every database knows it, and there is one writer at a time. It is
    # a change from the start, so that SQLite locks at once and what is read after it cannot have become stale.
    if connection.execute(sa.update(table).where(key == value).values(row)).rowcount == 0:
        connection.execute(sa.insert(table).values({key.name: value} | row))


def _upgrade(url: str) -> StoreError | None:
    """Migrate in a child process, so that alembic never gets into this one.

    The address goes by standard input, because it may hold a password.
    """
    command = [sys.executable, "-m", "phoneetiquette.records.store.migrate", "-"]
    try:
        done = subprocess.run(
            command, input=url, text=True, capture_output=True, timeout=UPGRADE_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return StoreError("upgrading the database takes too long", "is another program holding it?")
    if done.returncode == 0:
        return None
    lines = done.stderr.strip().splitlines() or ["cannot upgrade the database: no reason given"]
    return StoreError(lines[-1])
