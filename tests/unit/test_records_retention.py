"""How long the journal keeps what, and what it never gets to know."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from phoneetiquette import events as ev
from phoneetiquette.errors import StoreError
from phoneetiquette.records import journal as journal_module
from phoneetiquette.records.journal import Journal, prune, read
from phoneetiquette.records.journal_reader import JournalReader, files_of
from phoneetiquette.records.store import Query, database_url, open_store
from phoneetiquette.records.store.catch_up import Filler
from phoneetiquette.units import seconds

DAY_S = 86_400


class Calendar(datetime):
    """A clock on the wall that the test sets."""

    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        del tz
        return cls.moment


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> type[Calendar]:
    monkeypatch.setattr(journal_module, "datetime", Calendar)
    monkeypatch.setattr(Calendar, "moment", Calendar.moment)
    return Calendar


def refused(call: str, age_s: float = 0.0) -> ev.CallRefused:
    return ev.CallRefused(
        at_ns=time.monotonic_ns() - seconds(age_s),
        call=call,
        caller="sip:c@pbx",
        caller_name="",
        called="sip:d@seat",
        peer="",
        sip_call_id="",
        code=486,
        reason="no_free_line",
    )


def calls(directory: Path) -> str:
    return "".join(entry.event.call for entry in read(directory) if isinstance(entry.event, ev.CallRefused))


def age(file: Path, days: float) -> None:
    then = time.time() - days * DAY_S
    os.utime(file, (then, then))


def test_a_new_file_begins_with_every_day(tmp_path: Path, calendar: type[Calendar]) -> None:
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(refused("a"))
        journal.append(refused("b"))
        calendar.moment += timedelta(days=1)
        journal.append(refused("c"))
        journal.append(refused("d", age_s=13 * 3600))  # of yesterday, told today
        journal.append(refused("e"))
    assert [file.first_seq for file in files_of(tmp_path)] == [1, 3]
    assert calls(tmp_path) == "abcde"


def test_a_day_that_begins_while_the_seat_is_off_has_a_file_of_its_own(tmp_path: Path) -> None:
    for call in "ab":
        with Journal.open(tmp_path, "desk") as journal:
            journal.append(refused(call))
        age(files_of(tmp_path)[-1].path, 1)
    assert [file.first_seq for file in files_of(tmp_path)] == [1, 2]


@pytest.fixture
def days(tmp_path: Path) -> Path:
    """Three days with a call each, written 40, 20 and 0 days ago."""
    for call, days in (("a", 40), ("b", 20), ("c", 0)):
        with Journal.open(tmp_path, "desk") as journal:
            journal.append(refused(call))
        age(files_of(tmp_path)[-1].path, days)
    return tmp_path


@pytest.mark.parametrize(
    ("upto_seq", "kept_days", "left"),
    [(3, 35, "bc"), (3, 10, "c"), (3, 90, "abc"), (1, 10, "bc"), (0, 10, "abc"), (3, 1, "c")],
)
def test_what_is_stored_and_old_is_dropped(days: Path, upto_seq: int, kept_days: int, left: str) -> None:
    assert prune(days, "desk", upto_seq, kept_days) == 3 - len(left)
    assert calls(days) == left
    with Journal.open(days, "desk") as journal:
        assert journal.last_seq == 3


def test_the_newest_file_stays_whatever_its_age(days: Path) -> None:
    age(files_of(days)[-1].path, 400)
    assert prune(days, "desk", 3, 1) == 2
    with Journal.open(days, "desk") as journal:
        journal.append(refused("d"))
    assert [entry.seq for entry in read(days)] == [3, 4]


def test_a_file_that_cannot_be_dropped_is_told(days: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(StoreError, match=r"cannot remove .*desk-000000000001.jsonl: Permission denied"):
        prune(days, "desk", 3, 1)


def test_a_reader_on_its_way_is_not_stopped(days: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = JournalReader(days, "desk")
    listed = list(reader._pending())
    prune(days, "desk", 3, 35)
    monkeypatch.setattr(reader, "_pending", lambda: iter(listed))
    assert [entry.seq for entry in reader.entries()] == [2, 3]


@pytest.mark.parametrize(("keep_days", "left"), [(0, "abc"), (35, "bc")])
def test_the_filler_drops_what_it_has_stored(days: Path, keep_days: int, left: str) -> None:
    filler = Filler(days, "desk", database_url(days), lambda _: None, keep_days=keep_days)
    filler.start()
    filler.stop(timeout_s=30)
    assert calls(days) == left
    store = open_store(database_url(days))
    assert {record.call for record in store.query(Query())} == set("abc")
    store.close()
    with Journal.open(days, "desk") as journal:  # and goes on where it was
        journal.append(refused("d"))
    filler = Filler(days, "desk", database_url(days), lambda _: None, keep_days=keep_days)
    filler.start()
    filler.stop(timeout_s=30)
    store = open_store(database_url(days))
    assert {record.call for record in store.query(Query())} == set("abcd")
    store.close()
