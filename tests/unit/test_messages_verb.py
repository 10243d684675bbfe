"""``phoneetiquette messages`` and the exports: right, and harmless whatever a customer is called."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoneetiquette import events as e
from phoneetiquette.cli import main
from phoneetiquette.followups.export import COLUMNS, calendar, write_csv
from phoneetiquette.followups.message import Message
from phoneetiquette.followups.parcel import Parcel
from phoneetiquette.notify.errors import DeliveryError
from phoneetiquette.notify.outbox import Outbox
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.store import open_store
from phoneetiquette.records.store.catch_up import catch_up

HOSTILE = '=HYPERLINK("http://x")<script>\x1b[31m\u202e;,\\\n@SUM(1)'
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(params=[False, True], ids=["journal only", "stored"])
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Three messages: one answered, one open and overdue, one open."""
    with Journal.open(tmp_path / "journal", "desk") as journal:
        for n, (message, due) in enumerate((("aa1", "2020-01-02"), ("aa2", "2020-01-03"), ("bb3", "2999-01-01"))):
            now = time.monotonic_ns()
            journal.append(
                e.MessageTaken(
                    at_ns=now,
                    call="c",
                    message=message,
                    by="agent",
                    name=HOSTILE if n == 1 else "Anna Berger",
                    phone="+4315550100",
                    matter="a key\na coat",
                    due=f"{due}T00:00:00+00:00",
                )
            )
            if n == 1 and request.param:
                store = open_store(f"sqlite:///{tmp_path / 'records.sqlite'}")
                catch_up(journal, store)
                store.close()
        journal.append(e.MessageNoted(at_ns=now + 1, message="aa1", what="answered", who="Eva", text="by e-mail"))
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str | Path, status: int = 0) -> str:
    assert main(["messages", *map(str, words)]) == status
    captured = capsys.readouterr()
    return captured.out if status == 0 else captured.err or captured.out


def test_list(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "--directory", directory).splitlines()
    assert [line.split()[0] for line in lines] == ["aa2", "bb3"]
    assert "h overdue, tell the customer" in lines[0]
    assert "\x1b" not in lines[0]
    assert "a key a coat" in lines[1]
    assert said(capsys, "list", "--directory", directory, "--state", "overdue").startswith("aa2")
    every = json.loads(said(capsys, "--directory", directory, "--state", "all", "--json"))
    assert {one["message"]: one["state"] for one in every} == {"aa1": "answered", "aa2": "open", "bb3": "open"}


def test_show(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "show", "aa1", "--directory", directory)
    assert "answered by Eva (by e-mail)" in text
    assert "  a key\n  a coat\n" in text
    assert "several messages" in said(capsys, "show", "aa", "--directory", directory, status=2)
    assert "no message begins" in said(capsys, "show", "x", "--directory", directory, status=1)


def test_export(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(said(capsys, "export", "--csv", "-", "--directory", directory))))
    assert sorted((row["message"], row["state"], row["in_time"]) for row in rows) == [
        ("aa1", "answered", "no"),
        ("aa2", "open", ""),
        ("bb3", "open", ""),
    ]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@\t" and cell]
    file = directory / "tasks.ics"
    assert said(capsys, "export", "--ics", file, "--state", "open", "--directory", directory) == ""
    assert file.read_bytes().count(b"BEGIN:VTODO\r\n") == 2
    with pytest.raises(SystemExit):
        main(["messages", "export", "--directory", str(directory)])


def test_what_could_not_be_delivered_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "everything is delivered" in said(capsys, "undelivered", "--directory", tmp_path)
    outbox = Outbox(tmp_path / "outbox")
    outbox.put(Parcel(id="m-mail", channel="mail", message="m", to="a@b.example\x1b"))
    outbox.failed("m-mail", DeliveryError("no such user", "check it", final=True))
    text = said(capsys, "undelivered", "--directory", tmp_path, status=1)
    assert "1 attempts, given up: no such user (check it)" in text
    assert "\x1b" not in text
    (told,) = json.loads(said(capsys, "undelivered", "--json", "--directory", tmp_path, status=1))
    assert (told["message"], told["next"], told["attempts"]) == ("m", None, 1)


def test_a_change_needs_a_seat(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert "no seat is running" in said(capsys, "claim", "aa", status=1)


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_breaks_out_of_its_place(name: str, matter: str) -> None:
    message = Message(id="m", seat="desk", taken=NOW, due=NOW, name=name, matter=matter, phone=name)
    out = io.StringIO()
    write_csv([message], out)
    head, row = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert len(head) == len(row) == len(COLUMNS)
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)
    text = calendar([message], NOW)
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert [line for line in lines if line.startswith(("BEGIN", "END"))] == [
        *("BEGIN:VCALENDAR", "BEGIN:VTODO", "END:VTODO", "END:VCALENDAR")
    ]
    assert "\n" not in text.replace("\r\n", "")


def test_a_calendar_entry() -> None:
    message = Message(id="m", seat="desk", taken=NOW, due=NOW, name="Anna; Berger, A\\B", matter="one\ntwo")
    text = calendar([message], NOW).replace("\r\n ", "")
    assert "SUMMARY:Answer Anna\\; Berger\\, A\\\\B\r\n" in text
    assert "DESCRIPTION:one\\ntwo\r\n" in text
    assert "DUE:20260302T080000Z\r\nSUMMARY" in text
    assert "STATUS:NEEDS-ACTION\r\n" in text
