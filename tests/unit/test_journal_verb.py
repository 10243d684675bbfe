"""``phoneetiquette journal``: what is damaged, what is missing, what the store does not have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette.cli import main
from phoneetiquette.records import journal as journal_module
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.journal_reader import files_of
from phoneetiquette.records.store import database_url, open_store
from phoneetiquette.records.store.catch_up import catch_up
from tests.unit.test_records_database import write_call


@pytest.fixture
def seat(tmp_path: Path) -> Path:
    """Three calls, of which the store has two."""
    store = open_store(database_url(tmp_path))
    with Journal.open(tmp_path / "journal", "desk") as journal:
        write_call(journal, "aa1")
        write_call(journal, "aa2")
        catch_up(journal, store)
        write_call(journal, "bb3")
    store.close()
    return tmp_path


def file_of(seat: Path) -> Path:
    return files_of(seat / "journal", "desk")[-1].path


def verified(seat: Path, capsys: pytest.CaptureFixture[str], status: int) -> dict[str, Any]:
    assert main(["journal", "verify", "--json", "--directory", str(seat)]) == status
    (told,) = json.loads(capsys.readouterr().out)
    return dict(told)


def test_a_sound_journal(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = verified(seat, capsys, 0)
    assert (told["entries"], told["first_seq"], told["last_seq"], told["calls"]) == (3, 1, 3, 3)
    assert (told["checkpoint"], told["not_stored"], told["sound"]) == (2, ["bb3"], True)
    assert main(["journal", "--directory", str(seat)]) == 0
    said = capsys.readouterr().out
    assert "not in the store yet: bb3" in said
    assert "the journal is sound" in said


def test_a_start_of_the_machine_is_no_gap(
    seat: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "boot_id", lambda: "another")
    with Journal.open(seat / "journal", "desk") as journal:
        write_call(journal, "cc4")
    told = verified(seat, capsys, 0)
    assert (told["machine_starts"], told["gaps"], told["last_seq"]) == (1, [], 100_004)


def test_entries_that_are_missing_are_a_gap(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _, third = file_of(seat).read_bytes().splitlines(keepends=True)
    file_of(seat).write_bytes(first + third)
    told = verified(seat, capsys, 1)
    assert told["gaps"] == [{"after": 1, "before": 3, "missing": 1}]
    assert main(["journal", "verify", "--directory", str(seat)]) == 1
    assert "MISSING: 1 entries between 1 and 3" in capsys.readouterr().out


def test_a_damaged_line_is_told_with_its_place(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = file_of(seat).read_bytes().splitlines(keepends=True)
    file_of(seat).write_bytes(first + second.replace(b'"event"', b'"evnt"') + third)
    told = verified(seat, capsys, 1)
    assert [(one["file"], one["line"]) for one in told["problems"]] == [(str(file_of(seat)), 2)]


def test_a_torn_end_is_told_and_is_no_damage(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with file_of(seat).open("ab") as file:
        file.write(b'{"seq":4,"wall"')
    assert verified(seat, capsys, 0)["torn_bytes"] == 15


def test_entries_are_shown_as_they_are_asked_for(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def shown(*words: str) -> list[str]:
        assert main(["journal", "show", "--directory", str(seat), *words]) == 0
        return capsys.readouterr().out.splitlines()

    assert [line.split()[1] for line in shown()] == ["1", "2", "3"]
    assert [line.split()[1] for line in shown("--call", "aa")] == ["1", "2"]
    assert [line.split()[1] for line in shown("--last", "1")] == ["3"]
    assert [line.split()[1] for line in shown("--after", "1")] == ["2", "3"]
    assert shown("--kind", "CallArrived") == []
    (line,) = shown("--kind", "callrefused", "--last", "1", "--json")
    assert json.loads(line)["event"]["call"] == "bb3"
    assert "CallRefused call=bb3 " in shown("--last", "1")[0]


def test_events_are_counted(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "count", "--directory", str(seat)]) == 0
    assert capsys.readouterr().out.splitlines() == ["seat desk: 3 entries", "          3  CallRefused"]


def test_no_journal_is_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "--directory", str(tmp_path)]) == 1
    assert "there is no journal" in capsys.readouterr().err
    assert main(["journal", "show", "--seat", "x", "--directory", str(tmp_path)]) == 1


def test_a_store_that_cannot_be_read_leaves_the_journal(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (seat / "records.sqlite").write_text("no database " * 999)
    assert main(["journal", "verify", "--json", "--directory", str(seat)]) == 0
    captured = capsys.readouterr()
    assert "the journal alone is looked at" in captured.err
    assert json.loads(captured.out)[0]["checkpoint"] is None
