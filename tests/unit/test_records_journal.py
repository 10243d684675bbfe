"""The journal: what is written, rotated, locked, torn, full and read back."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from phoneetiquette import events as ev
from phoneetiquette.errors import StoreError
from phoneetiquette.problems import Problem
from phoneetiquette.records import journal as journal_module
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.journal import BOOT_GAP, Journal, boot_id, read
from phoneetiquette.records.journal_reader import JournalReader, files_of, recent_seq, seats_of


def digit(text: str, at_ns: int | None = None) -> ev.DigitReceived:
    at_ns = time.monotonic_ns() if at_ns is None else at_ns
    return ev.DigitReceived(at_ns=at_ns, call="a", digit=text, method="info")


def digits(entries: list[Entry]) -> str:
    return "".join(entry.event.digit for entry in entries if isinstance(entry.event, ev.DigitReceived))


def unexpected(problem: Problem) -> None:
    pytest.fail(str(problem))


def only_file(directory: Path) -> Path:
    (file,) = files_of(directory)
    return file.path


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    with Journal.open(tmp_path / "j", "desk") as journal:
        event = digit("1")
        journal.append(event)
        (entry,) = read(tmp_path / "j")
    assert entry.event == event
    assert (entry.seq, entry.boot, entry.seat) == (1, boot_id(), "desk")
    assert before - timedelta(milliseconds=1) <= entry.wall <= datetime.now(UTC)


def test_a_line_is_what_the_documentation_says(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(digit("1", at_ns=5))
    line = json.loads(only_file(tmp_path).read_text())
    assert list(line) == ["seq", "wall", "boot", "event"]
    assert line["event"] == {"type": "DigitReceived", "at_ns": 5, "call": "a", "digit": "1", "method": "info"}
    assert line["wall"].endswith("Z")
    assert len(line["wall"]) == len("2026-03-02T08:00:00.000Z")


def test_wall_is_the_moment_of_the_event_not_of_its_writing(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(digit("1", at_ns=time.monotonic_ns() - 3_000_000_000))
        (entry,) = read(tmp_path)
    assert timedelta(seconds=2.9) < datetime.now(UTC) - entry.wall < timedelta(seconds=10)


def test_numbers_go_on_after_reopening(tmp_path: Path) -> None:
    for text in "12":
        with Journal.open(tmp_path, "desk") as journal:
            journal.append(digit(text))
    assert [entry.seq for entry in read(tmp_path)] == [1, 2]
    assert [entry.seq for entry in read(tmp_path, after_seq=1)] == [2]


def test_numbers_leave_a_gap_after_a_new_start_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(digit("1"))
    monkeypatch.setattr(journal_module, "boot_id", lambda: "another")
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(digit("2"))
    assert [entry.seq for entry in read(tmp_path)] == [1, 2 + BOOT_GAP]


def test_full_files_are_followed_by_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "FILE_BYTES", 500)
    reader = JournalReader(tmp_path, "desk")
    seen: list[Entry] = []
    with Journal.open(tmp_path, "desk") as journal:
        for n in range(40):
            journal.append(digit(str(n % 10)))
            if n % 7 == 0:
                seen += reader.entries()
    seen += reader.entries()
    assert digits(seen) == "0123456789" * 4
    files = files_of(tmp_path)
    assert len(files) > 5
    assert all(file.path.stat().st_size < 1000 for file in files)
    assert digits(list(read(tmp_path))) == "0123456789" * 4
    for after in range(41):
        assert [entry.seq for entry in read(tmp_path, after)] == list(range(after + 1, 41))


def test_a_restarted_seat_reads_only_the_newest_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "FILE_BYTES", 500)
    assert recent_seq(tmp_path, "desk") == 0
    with Journal.open(tmp_path, "desk") as journal:
        for _ in range(40):
            journal.append(digit("1"))
    files = files_of(tmp_path)
    assert recent_seq(tmp_path, "desk") == 0
    assert recent_seq(tmp_path, "desk", size=1) == files[-1].first_seq - 1
    newest = sum(file.path.stat().st_size for file in files[-3:])
    assert recent_seq(tmp_path, "desk", size=newest) == files[-3].first_seq - 1


def test_two_seats_may_share_a_directory(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "desk") as one, Journal.open(tmp_path, "desk-2") as two:
        one.append(digit("1"))
        two.append(digit("2"))
        one.append(digit("3"))
    assert seats_of(tmp_path) == ["desk", "desk-2"]
    assert digits(list(read(tmp_path, seat="desk"))) == "13"
    assert digits(list(read(tmp_path))) == "132"


def test_a_second_writer_is_told_who_holds_it(tmp_path: Path) -> None:
    code = (
        "import sys; from phoneetiquette.records.journal import Journal\n"
        "j = Journal.open(sys.argv[1], 'desk'); print('open', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match=rf"in use by process {child.pid} \(stop that process"):
            Journal.open(tmp_path, "desk")
    finally:
        child.communicate("")
    Journal.open(tmp_path, "desk").close()


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "-x", "a\n"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="cannot name a journal file"):
        Journal.open(tmp_path, name)


def test_a_torn_last_line_is_set_aside_and_told(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(digit("1"))
        journal.append(digit("2"))
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-10])
    assert digits(list(read(tmp_path, report=unexpected))) == "1"
    with Journal.open(tmp_path, "desk") as journal:
        (finding,) = journal.findings
        assert "in the middle of an entry" in finding.what
        assert (finding.line, finding.file) == (2, str(path))
        journal.append(digit("3"))
    assert digits(list(read(tmp_path, report=unexpected))) == "13"
    (aside,) = tmp_path.glob("*.torn-*")
    assert b'"digit":"2"' in aside.read_bytes()


def test_zeros_after_loss_of_power_are_set_aside(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(digit("1"))
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes() + b"\0" * 3000 + b"\n" + b"\0" * 10)
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(digit("2"))
    assert digits(list(read(tmp_path, report=unexpected))) == "12"


def test_an_end_in_words_of_a_newer_version_is_kept(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(digit("1"))
    path = only_file(tmp_path)
    newer = {"seq": 2, "wall": "2030-01-01T00:00:00.000Z", "boot": boot_id(), "event": {"type": "Teleported"}}
    with path.open("a") as out:
        out.write(json.dumps(newer) + "\n")
    problems: list[Problem] = []
    with Journal.open(tmp_path, "desk") as journal:
        assert journal.findings == []
        journal.append(digit("3"))
    assert [entry.seq for entry in read(tmp_path, report=problems.append)] == [1, 3]
    assert [(problem.line, problem.what) for problem in problems] == [(2, "unknown message type 'Teleported'")]


def test_a_damaged_line_is_skipped_and_told(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "desk") as journal:
        for text in "123":
            journal.append(digit(text))
    path = only_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:30] + b"\xff\x00garbage\n" + lines[2])
    problems: list[Problem] = []
    assert digits(list(read(tmp_path, report=problems.append))) == "13"
    assert [problem.line for problem in problems] == [2]
    assert "the rest of the journal is fine" in problems[0].advice
    with Journal.open(tmp_path, "desk") as journal:
        assert journal.findings == []
        assert journal.last_seq == 3


def test_a_directory_that_cannot_be_made_is_an_error_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot write the journal in .*file/j: Not a directory \(free disk space"):
        Journal.open(tmp_path / "file" / "j", "desk")


class FullDisk:
    """``os.write`` on a disk that has room for ``room`` more bytes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, fd: int, data: bytes) -> int:
        taken = min(self.room, len(data))
        self.room -= taken
        if not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._write(fd, data[:taken])


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "SYNC_EVERY_S", 0.01)
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(digit("1"))
        disk = FullDisk(monkeypatch, room=20)
        for text in "23":
            with pytest.raises(StoreError, match=r"No space left on device; \d entries wait in memory"):
                journal.append(digit(text))
        assert digits(list(read(tmp_path, report=unexpected))) == "1"
        assert journal.waiting == 2
        disk.room = 1 << 20
        deadline = time.monotonic() + 10
        while journal.waiting and time.monotonic() < deadline:
            time.sleep(0.005)
        journal.append(digit("4"))
    entries = list(read(tmp_path, report=unexpected))
    assert digits(entries) == "1234"
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]


def test_what_waits_in_memory_is_bounded_and_the_loss_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "BACKLOG_LINES", 5)
    with Journal.open(tmp_path, "desk") as journal:
        disk = FullDisk(monkeypatch, room=0)
        for n in range(8):
            with pytest.raises(StoreError) as caught:
                journal.append(digit(str(n)))
        assert "5 entries wait in memory, 3 are lost" in caught.value.what
        disk.room = 1 << 20
        journal.append(digit("9"))
    assert digits(list(read(tmp_path, report=unexpected))) == "345679"


def test_half_a_line_that_cannot_be_taken_back_does_not_spoil_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_fd: int, _size: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with Journal.open(tmp_path, "desk") as journal:
        disk = FullDisk(monkeypatch, room=20)
        monkeypatch.setattr(os, "ftruncate", refuse)
        with pytest.raises(StoreError):
            journal.append(digit("1"))
        disk.room = 1 << 20
        journal.append(digit("2"))
    problems: list[Problem] = []
    assert digits(list(read(tmp_path, report=problems.append))) == "12"
    assert len(problems) == 1


def test_a_disk_that_fails_behind_the_cache_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal.open(tmp_path, "desk") as journal:
        synced: list[int] = []

        def fail(fd: int) -> None:
            synced.append(fd)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fail)
            journal.append(digit("1"))
            deadline = time.monotonic() + 10
            while not synced and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(0.05)
        with pytest.raises(StoreError, match="Input/output error"):
            journal.append(digit("2"))
        journal.append(digit("3"))
    assert digits(list(read(tmp_path))) == "123"


def test_syncing_is_batched_and_not_in_the_callers_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    threads: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _fd: threads.append(threading.current_thread().name))
    with Journal.open(tmp_path, "desk") as journal:
        for _ in range(500):
            journal.append(digit("1"))
    assert set(threads) == {"journal-desk"}
    assert 1 <= len(threads) <= 4


def test_text_that_is_no_unicode_survives(tmp_path: Path) -> None:
    event = ev.TroubleNoticed(at_ns=1, key="k", what="caf\udce9 \x1b[31m \u2028 ü 😀")
    with Journal.open(tmp_path, "desk") as journal:
        journal.append(event)
    assert [entry.event for entry in read(tmp_path)] == [event]
    assert len(only_file(tmp_path).read_bytes().splitlines()) == 1


def test_an_unreadable_file_is_an_error_not_an_empty_journal(tmp_path: Path) -> None:
    (tmp_path / "desk-000000000001.jsonl").mkdir()
    with pytest.raises(StoreError, match="cannot read"):
        list(read(tmp_path))


def test_a_journal_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert list(read(tmp_path / "none")) == []
