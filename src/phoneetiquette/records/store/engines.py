"""Connections to the databases that a store can be in, and what is peculiar to each of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from phoneetiquette.errors import StoreError

BUSY_TIMEOUT_S = 5.0
KEPT_MEANWHILE = "the journal keeps everything meanwhile; check that the database is reachable and its disk not full"
_CONNECT_TIMEOUT_S = 5
_LOCK_TIMEOUT_S = 30
_SILENT_S = 15
"""A server that acknowledges nothing for so long is gone."""
_WRITERS = 0x70686F6E65
"""The lock of PostgreSQL that whoever changes a store holds: any number, but always the same."""
_ADDRESS = "it looks like sqlite:////var/lib/phoneetiquette/records.sqlite or postgresql://user@host/database"


def engine_of(url: str) -> sa.Engine:
    """What connects to the database; nothing is connected yet.

    Raises:
        StoreError: the address is not one, or its driver is missing.
    """
    try:
        parsed = make_url(url)
    except SQLAlchemyError as error:
        raise StoreError("the address of the database is not one", _ADDRESS) from error
    where = parsed.render_as_string(hide_password=True)
    try:
        kind = parsed.get_backend_name()
        if kind == "sqlite":
            return _sqlite(parsed)
        if kind == "postgresql":
            return _postgresql(parsed)
    except (SQLAlchemyError, ImportError) as error:
        raise StoreError(f"cannot open the database {where}: {error}".splitlines()[0], _ADDRESS) from error
    except OSError as error:
        raise StoreError(f"cannot create the database {where}: {error.strerror}", "check the directory") from error
    raise StoreError(f"a store cannot be in {where}", _ADDRESS)


def _sqlite(url: URL) -> sa.Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # NORMAL does not wait for the disk at each commit: what loss of power takes is filled from the journal again.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA secure_delete=ON")  # what was erased is not to be found in the file any more

    return engine


def _postgresql(url: URL) -> sa.Engine:
    import psycopg  # so that what is missing is told by its own words

    settings = {"lock_timeout": f"{_LOCK_TIMEOUT_S}s", "idle_in_transaction_session_timeout": "60s"}
    asked = {
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "tcp_user_timeout": _SILENT_S * 1000,
        "keepalives_idle": _SILENT_S,
        "application_name": "phoneetiquette",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        module=psycopg,
        pool_pre_ping=True,
        connect_args={name: value for name, value in asked.items() if name not in url.query},
    )


def one_writer(connection: Connection) -> None:
    """Wait until nobody else changes the store; until the end of the transaction, nobody will.

    SQLite has one writer by itself. On PostgreSQL seats of several machines would otherwise add to the same sums, in
    orders that wait for one another.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITERS)))


def demand_unicode(connection: Connection) -> None:
    """
    Raises:
        StoreError: not every name could be kept.
    """
    if connection.dialect.name == "postgresql":
        encoding = connection.scalar(sa.text("SHOW server_encoding"))
        if encoding != "UTF8":
            advice = "make it anew: createdb --template=template0 --encoding=UTF8"
            raise StoreError(f"the database keeps text as {encoding}, and callers are called in every script", advice)


def reason_of(error: Exception) -> str:
    """What the database said, in one line."""
    said = str(getattr(error, "orig", None) or error).splitlines()
    if "failures were:" in said[0]:  # a name with several addresses
        said = [line.removeprefix("- ") for line in said[1:]]
    return said[0]
