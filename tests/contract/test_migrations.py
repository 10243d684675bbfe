"""Every schema that was ever released is brought to the newest one, with what is in it: on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from phoneetiquette.errors import StoreError
from phoneetiquette.records.record import CallRecord, Pickup
from phoneetiquette.records.record_json import record_object
from phoneetiquette.records.store import (
    MessageQuery,
    Query,
    WakeUpQuery,
    database_url,
    existing_store,
    migrate,
    open_store,
)
from phoneetiquette.records.store.engines import engine_of
from phoneetiquette.records.store.schema import HEAD, metadata
from phoneetiquette.wakeups.wake_up import WakeUp, wake_up_object
from tests.peers.postgresql import PASSWORD, PostgreSql

REVISIONS = [one.revision for one in ScriptDirectory.from_config(migrate.configuration("sqlite://")).walk_revisions()]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = NOON.date()
CALL = CallRecord(
    call="a", seat="desk", direction="in", caller="sip:+431@pbx", caller_name="Éva", called="sip:d@seat", arrived=NOON,
    ended=NOON, pickup=Pickup(verdict="late", ring=4, after_open_ms=1.0, before_close_ms=-1.0), last_seq=7,
)  # fmt: skip
WAKE_UP = WakeUp(id="w", seat="desk", room="12", target="sip:12@pbx", due=NOON, set_at=NOON)
SUMS = {"calls": 1.0, "verdict_late": 1.0}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database without a table."""
    if request.param == "sqlite":
        return database_url(tmp_path)
    server: PostgreSql = request.getfixturevalue("postgresql")
    return server.create()


def as_released(connection: sa.Connection, revision: str) -> None:
    """What a seat of that release would have stored, by its own columns."""
    moment = NOON if connection.dialect.name == "postgresql" else NOON.replace(tzinfo=None)

    def put(name: str, /, **row: Any) -> None:
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(table).values(**row))

    put("calls", call="a", seat="desk", direction="in", caller=CALL.caller, called=CALL.called, arrived=moment,
        ended=moment, code=0, verdict="late", definitions="", record=record_object(CALL))  # fmt: skip
    put("checkpoints", seat="desk", seq=7)
    if revision >= "0002":
        texts = dict.fromkeys(("service", "topic", "phone", "email", "matter", "language", "file"), "")
        row = {"message": "m", "seat": "desk", "call": "a", "by": "caller", "taken": moment, "due": moment, **texts}
        put("messages", **row, name="Éva", duration_s=1.5, read_back=True)
    if revision >= "0003":
        put("daily_tallies", part="", day=DAY, value="", tally=SUMS)
        texts = dict.fromkeys(("line", "topic", "party", "length_band", "transfer", "called_back"), "")
        flags = {"answered": False, "stages": 0, "stages_in_order": False, "left": False}
        put("call_facts", call="a", seat="desk", direction="in", arrived=moment, day=DAY, verdict="late",
            **texts, **flags)  # fmt: skip
    if revision >= "0005":
        put("wake_ups", wake_up="w", seat="desk", due=moment, open=True, told=wake_up_object(WAKE_UP))
    if revision >= "0004":
        put("monthly_tallies", part="", month=DAY.replace(day=1), value="", tally=SUMS)


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_was_stored_by_any_release_is_there_after_the_upgrade(url: str, revision: str) -> None:
    migrate.upgrade(url, revision)
    engine = engine_of(url)
    with engine.begin() as connection:
        as_released(connection, revision)
    engine.dispose()
    migrate.upgrade(url)
    store = open_store(url, UTC)
    while store.count_earlier(10):
        pass
    assert store.query(Query()) == [CALL]
    assert store.checkpoint("desk") == 7
    for by_day, first, last in ((True, DAY, DAY), (False, date(2026, 2, 1), date(2026, 4, 30))):
        ((_, _, told),) = store.tallies(first, last, by_day=by_day)
        assert told.items() >= SUMS.items()
    if revision >= "0002":
        (message,) = store.messages(MessageQuery(is_open=True))
        assert (message.name, message.taken, message.read_back) == ("Éva", NOON, True)
    if revision >= "0005":
        assert store.wake_ups(WakeUpQuery()) == [WAKE_UP]
    store.close()


def test_the_migrations_give_the_tables_that_the_code_uses(url: str) -> None:
    migrate.upgrade(url)
    engine = engine_of(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD
    engine.dispose()


def test_seats_that_start_at_the_same_time_upgrade_once(postgresql: PostgreSql) -> None:
    url = postgresql.create()
    failed: list[StoreError] = []

    def start() -> None:
        try:
            open_store(url).close()
        except StoreError as error:
            failed.append(error)

    seats = [threading.Thread(target=start) for _ in range(2)]
    for seat in seats:
        seat.start()
    for seat in seats:
        seat.join()
    assert failed == []


def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('9999')"))
    engine.dispose()
    with pytest.raises(StoreError, match="written by a newer version: upgrade phoneetiquette"):
        migrate.upgrade(url)


def test_a_database_that_keeps_one_alphabet_only_is_refused(postgresql: PostgreSql) -> None:
    with pytest.raises(StoreError, match=r"keeps text as LATIN1.*--encoding=UTF8"):
        migrate.upgrade(postgresql.create(options="TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"))


def test_a_wrong_password_is_told_and_not_shown(postgresql: PostgreSql) -> None:
    url = postgresql.url("needs_password")
    with pytest.raises(StoreError, match="password authentication failed") as caught:
        existing_store(url.replace("@", ":wrong%20one@"))
    assert "wrong" not in json.dumps(str(caught.value))
    right = PASSWORD.replace("%", "%25").replace("@", "%40").replace("/", "%2F").replace(":", "%3A").replace(" ", "%20")
    assert existing_store(url.replace("phoneetiquette@", f"phoneetiquette:{right}@")) is None, "it has no tables yet"


@pytest.mark.parametrize("where", ["127.0.0.1:1/d", "127.0.0.1:1/d?nonsense=1", "[::1]:1/d", "none.invalid/d"])
def test_a_server_that_is_not_there_is_told_in_one_line(where: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(f"postgresql://u:secret@{where}")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert where.partition("?")[0] in str(caught.value)
