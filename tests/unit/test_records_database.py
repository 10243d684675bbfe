"""The database behind the store: created, upgraded, refused; alembic stays out of the seat's process."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from phoneetiquette import events as ev
from phoneetiquette.errors import StoreError
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.store import Query, database_url, migrate, open_store
from phoneetiquette.records.store.catch_up import Filler
from phoneetiquette.records.store.schema import HEAD


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = database_url(tmp_path_factory.mktemp("db"))
    migrate.upgrade(url)
    return url


def test_the_code_expects_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(migrate.configuration("sqlite://")).get_current_head() == HEAD


def test_opening_a_current_database_imports_neither_alembic_nor_the_orm(url: str) -> None:
    code = (
        "import sys; from phoneetiquette.records.store import open_store\n"
        "open_store(sys.argv[1]).close()\n"
        "print([name for name in ('alembic', 'sqlalchemy.orm') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_journal_and_records_need_no_database_library() -> None:
    code = (
        "import sys; import phoneetiquette.records.journal, phoneetiquette.records.build\n"
        "import phoneetiquette.records.store.catch_up, phoneetiquette.records.export\n"
        "print([name for name in ('alembic', 'sqlalchemy', 'rich', 'matplotlib', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("made", [1, 2])
def test_an_upgrade_that_is_killed_can_be_made_again(tmp_path: Path, made: int) -> None:
    code = (
        "import itertools, os, sys, alembic.op as op\n"
        "from phoneetiquette.records.store.migrate import upgrade\n"
        "create, count = op.create_table, itertools.count(1)\n"
        "def create_and_die(*args, **kwargs):\n"
        "    table = create(*args, **kwargs)\n"
        "    if next(count) == int(sys.argv[2]): os.kill(os.getpid(), 9)\n"
        "    return table\n"
        "op.create_table = create_and_die\n"
        "upgrade(sys.argv[1])"
    )
    url = database_url(tmp_path)
    assert subprocess.run([sys.executable, "-c", code, url, str(made)], check=False).returncode == -9
    store = open_store(url)
    assert store.query(Query()) == []
    store.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_text("this is a letter, not a database, and quite a long one " * 20)
    with pytest.raises(StoreError, match="file is not a database"):
        open_store(database_url(tmp_path))


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Not a directory"):
        open_store(database_url(tmp_path / "file" / "sub"))


@pytest.mark.parametrize("url", ["nonsense", "oracle://x", "sqlite:////proc/none/x.sqlite"])
def test_an_address_that_cannot_be_opened_is_told(url: str) -> None:
    with pytest.raises(StoreError):
        open_store(url)


def test_a_password_is_not_told() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("oracle://user:secret@host/db")
    assert "secret" not in str(caught.value)


def write_call(journal: Journal, call: str) -> None:
    now = time.monotonic_ns()
    refused = ev.CallRefused(
        at_ns=now,
        call=call,
        caller="sip:c@pbx",
        caller_name="",
        called="sip:d@seat",
        peer="",
        sip_call_id="",
        code=486,
        reason="no_free_line",
    )
    journal.append(refused)


class Troubles:
    """Collects what a filler tells, and waits for it."""

    def __init__(self) -> None:
        self.told: list[StoreError | None] = []
        self._changed = threading.Condition()

    def __call__(self, error: StoreError | None) -> None:
        with self._changed:
            self.told.append(error)
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.told) >= count, timeout=30)


def test_a_filler_stores_what_it_is_poked_for_and_the_rest_at_its_end(tmp_path: Path) -> None:
    troubles = Troubles()
    with Journal.open(tmp_path / "journal", "desk") as journal:
        filler = Filler(journal.directory, "desk", database_url(tmp_path), troubles)
        write_call(journal, "a")
        filler.start()
        write_call(journal, "b")
        filler.poke()
        write_call(journal, "c")
        filler.stop(timeout_s=30)
    store = open_store(database_url(tmp_path))
    assert {r.call for r in store.query(Query())} == {"a", "b", "c"}
    store.close()
    assert troubles.told == []


def test_a_filler_tells_of_trouble_tries_again_and_tells_when_it_is_over(tmp_path: Path) -> None:
    troubles = Troubles()
    database = tmp_path / "records.sqlite"
    database.mkdir()
    with Journal.open(tmp_path / "journal", "desk") as journal:
        write_call(journal, "a")
        filler = Filler(journal.directory, "desk", database_url(tmp_path), troubles, first_retry_s=0.05)
        filler.start()
        troubles.wait_for(1)
        database.rmdir()
        while troubles.told[-1] is not None:
            troubles.wait_for(len(troubles.told) + 1)
        filler.stop(timeout_s=30)
    assert "unable to open database file" in str(troubles.told[0])
    store = open_store(database_url(tmp_path))
    assert [r.call for r in store.query(Query())] == ["a"]
    store.close()
