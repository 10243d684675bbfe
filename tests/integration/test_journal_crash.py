"""A process that writes calls is killed with SIGKILL at random moments, again and again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from phoneetiquette import events as ev
from phoneetiquette.problems import Problem
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.journal import Journal, read
from phoneetiquette.records.journal_reader import files_of
from phoneetiquette.records.store import Query, database_url, open_store
from phoneetiquette.records.store.catch_up import catch_up

ROUNDS = 20

_WRITER = """
import sys, time, uuid
from phoneetiquette import events as ev
from phoneetiquette.records import journal as module
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.journal_reader import JournalReader, recent_seq

module.FILE_BYTES = 60_000
directory = sys.argv[1]
journal = Journal.open(directory, "desk")
builder = RecordBuilder()
for entry in JournalReader(directory, "desk", recent_seq(journal.directory, "desk", 500_000)).entries():
    builder.feed(entry)
for open_call in builder.open_calls():
    now = time.monotonic_ns()
    journal.append(ev.CallEnded(at_ns=now, call=open_call.call, by="crash", code=0, reason="the seat crashed"))
    journal.append(ev.CallClosed(at_ns=now, call=open_call.call))

def tell(event):
    journal.append(event)
    sys.stdout.write(f"{type(event).__name__} {event.call}\\n")
    sys.stdout.flush()

long_measures = {"definitions": "1", "silences": [[n * 1.5, n * 1.5 + 0.7] for n in range(300)]}
while True:
    call = uuid.uuid4().hex
    tell(ev.CallArrived(at_ns=time.monotonic_ns(), call=call, caller="sip:c@pbx", caller_name="",
                        called="sip:d@seat", peer="", sip_call_id=call))
    tell(ev.CallAnswered(at_ns=time.monotonic_ns(), call=call))
    for _ in range(5):
        tell(ev.MeasuresTaken(at_ns=time.monotonic_ns(), call=call, measures=long_measures))
    tell(ev.CallEnded(at_ns=time.monotonic_ns(), call=call, by="customer", code=200, reason=""))
    tell(ev.CallClosed(at_ns=time.monotonic_ns(), call=call))
"""
"""Says on its standard output what it has appended, after it has appended it."""


def run_and_kill(directory: Path, after_s: float) -> list[str]:
    """What the writer acknowledged in a life of ``after_s`` after its first word."""
    child = subprocess.Popen([sys.executable, "-c", _WRITER, str(directory)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    said = [child.stdout.readline()]
    assert said[0], "the writer did not start"
    killer = threading.Timer(after_s, os.kill, (child.pid, signal.SIGKILL))
    killer.start()
    said += child.stdout.readlines()
    killer.join()
    assert child.wait() == -signal.SIGKILL
    return [line.decode().strip() for line in said if line.endswith(b"\n")]


def words(events: list[ev.Event]) -> list[str]:
    return [f"{type(event).__name__} {event.call}" for event in events if isinstance(event, ev.CallEvent)]


def test_nothing_acknowledged_is_lost_and_no_record_is_double(tmp_path: Path) -> None:
    directory, chance = tmp_path / "journal", random.Random(7)  # noqa: S311 - when to kill, no secret
    store = open_store(database_url(tmp_path))
    last_seq = 0
    for _ in range(ROUNDS):
        acknowledged = Counter(run_and_kill(directory, chance.uniform(0, 0.03)))
        fresh = list(read(directory, last_seq))
        assert not acknowledged - Counter(words([entry.event for entry in fresh]))
        last_seq = fresh[-1].seq
        with Journal.open(directory, "desk") as journal:
            catch_up(journal, store)

    problems: list[Problem] = []
    entries = list(read(directory, report=problems.append))
    assert problems == []
    numbers = [entry.seq for entry in entries]
    assert numbers == sorted(set(numbers))
    assert len(files_of(directory)) > 3

    arrived = [entry.event.call for entry in entries if isinstance(entry.event, ev.CallArrived)]
    builder = RecordBuilder()
    for entry in entries:
        builder.feed(entry)
    (unfinished,) = builder.open_calls()
    records = {r.call: r for r in store.query(Query())}
    store.close()
    assert sorted(records) == sorted(set(arrived) - {unfinished.call})
    assert {r.ended_by for r in records.values()} == {"customer", "crash"}
    assert sum(r.ended_by == "crash" for r in records.values()) <= ROUNDS
    for record in records.values():
        if record.ended_by == "crash":
            assert record.ended_ms == pytest.approx(last_heard_of_ms(entries, record.call), abs=0.01)


def last_heard_of_ms(entries: list[Entry], call: str) -> float:
    """When its process last spoke of the call, since the call arrived; not when the next process did."""
    own = [e.event.at_ns for e in entries if getattr(e.event, "call", "") == call]
    closing = {e.event.at_ns for e in entries if isinstance(e.event, ev.CallEnded) and e.event.by == "crash"}
    return (max(at_ns for at_ns in own if at_ns not in closing) - own[0]) / 1e6


def test_the_disk_has_it_within_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel is asked to bring an entry to the disk at most a second after it was written."""
    synced: list[float] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        real(fd)
        synced.append(time.monotonic())

    monkeypatch.setattr(os, "fsync", fsync)
    with Journal.open(tmp_path, "desk") as journal:
        written = []
        for n in range(6):
            written.append(time.monotonic())
            journal.append(ev.DigitReceived(at_ns=n, call="a", digit="1", method="info"))
            time.sleep(0.4)
        time.sleep(0.8)
        in_time = list(synced)
    late = [max(0.0, min((s for s in in_time if s >= w), default=float("inf")) - w) for w in written]
    assert max(late) < 2.0
    assert len(in_time) <= 5
