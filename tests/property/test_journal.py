"""Whatever happens to the bytes at the end of a journal, what stands before them is read back and writing goes on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from phoneetiquette import events as ev
from phoneetiquette.errors import StoreError
from phoneetiquette.problems import Problem
from phoneetiquette.records.entry import entry_of, line_of, seq_of, stamp_of
from phoneetiquette.records.journal import Journal, read
from phoneetiquette.records.journal_reader import files_of

TEXT = st.text(st.characters(), max_size=30)
NAMES = st.sampled_from(["a", "b"])
NS = st.integers(0, 2**62)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)

EVENTS: st.SearchStrategy[ev.Event] = st.one_of(
    st.builds(ev.TroubleNoticed, at_ns=NS, key=TEXT, what=TEXT, advice=TEXT, cleared=st.booleans()),
    st.builds(
        ev.CallArrived, at_ns=NS, call=NAMES, caller=TEXT, caller_name=TEXT, called=TEXT, peer=TEXT, sip_call_id=TEXT
    ),
    st.builds(
        ev.RingPlanned,
        at_ns=NS,
        call=NAMES,
        country=TEXT,
        cadence_ms=st.lists(st.integers(1, 9999), max_size=4).map(tuple),
        opens_ns=NS,
        closes_ns=NS,
    ),
    st.builds(
        ev.MeasuresTaken,
        at_ns=NS,
        call=NAMES,
        measures=st.dictionaries(TEXT, st.one_of(st.none(), FLOATS, TEXT, st.lists(FLOATS, max_size=3)), max_size=4),
    ),
    st.builds(ev.CallClosed, at_ns=NS, call=NAMES, notes=st.lists(TEXT, max_size=3).map(tuple)),
)


@contextmanager
def journal_of(events: list[ev.Event]) -> Iterator[tuple[Path, Path]]:
    """(directory, its only file) of a journal with these events."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with Journal.open(directory, "desk") as journal:
            for event in events:
                journal.append(event)
        yield directory, files_of(directory)[0].path


@given(st.lists(EVENTS, max_size=8))
@settings(max_examples=60, deadline=None)
def test_every_event_comes_back_as_it_went(events: list[ev.Event]) -> None:
    with journal_of(events) as (directory, path):
        entries = list(read(directory))
        assert [entry.event for entry in entries] == events
        for entry, line in zip(entries, path.read_bytes().splitlines(keepends=True), strict=True):
            assert line_of(entry) == line
            assert seq_of(line) == entry.seq
            assert stamp_of(line) == (entry.seq, entry.boot)


@given(st.lists(EVENTS, min_size=1, max_size=5), st.data())
@settings(max_examples=100, deadline=None)
def test_cut_anywhere_the_whole_lines_before_are_kept(events: list[ev.Event], data: Any) -> None:
    with journal_of(events) as (directory, path):
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        rest = data.draw(st.sampled_from([b"", b"\0" * 64, b"\0" * 7 + b"\n", b'{"seq":']))
        path.write_bytes(whole[:cut] + rest)
        kept = whole[:cut].count(b"\n")
        last = ev.PresenceChanged(at_ns=1, presence="absent")
        with Journal.open(directory, "desk") as journal:
            torn = len(whole[:cut].rpartition(b"\n")[2] + rest)
            assert bool(journal.findings) == bool(torn)
            journal.append(last)
        problems: list[Problem] = []
        read_back = list(read(directory, report=problems.append))
        assert [entry.event for entry in read_back] == [*events[:kept], last]
        assert problems == []
        assert len({entry.seq for entry in read_back}) == kept + 1
        aside = b"".join(file.read_bytes() for file in directory.glob("*.torn-*"))
        assert aside == whole[:cut].rpartition(b"\n")[2] + rest


@given(st.lists(EVENTS, min_size=2, max_size=5), st.binary(min_size=1, max_size=40), st.data())
@settings(max_examples=100, deadline=None)
def test_a_spoilt_line_costs_only_itself(events: list[ev.Event], junk: bytes, data: Any) -> None:
    with journal_of(events) as (directory, path):
        lines = path.read_bytes().splitlines(keepends=True)
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = b"!" + junk.replace(b"\n", b"?") + b"\n"
        path.write_bytes(b"".join(lines))
        problems: list[Problem] = []
        read_back = [entry.event for entry in read(directory, report=problems.append)]
        assert read_back == events[:at] + events[at + 1 :]
        assert [problem.line for problem in problems] == [at + 1]


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_bytes_are_more_than_a_store_error(line: bytes) -> None:
    stamp_of(line)
    seq_of(line)
    try:
        entry_of(line)
    except StoreError:
        pass
    else:
        raise AssertionError("random bytes taken for an entry")
