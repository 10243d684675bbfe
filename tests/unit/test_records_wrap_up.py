"""What the receptionist notes of a call is in its record, whenever it is written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from phoneetiquette import events as ev
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.explain import explain
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.record_json import record_from, record_object
from phoneetiquette.records.store.catch_up import catch_up
from phoneetiquette.records.store.memory import MemoryStore
from phoneetiquette.runtime.history import History
from tests.unit.record_script import START, TALK, built, entries

ENDED = "\n20 CallEnded a by=customer\n20 CallClosed a"
NOTED = "\n{} AgentWrappedUp a note={} topic=booking outcome=solved"


def test_a_note_during_the_call_is_in_its_record_and_the_last_one_counts() -> None:
    _, records = built(TALK + NOTED.format(10, "first") + NOTED.format(12, "second") + ENDED)
    wrap_up = records["a"].wrap_up
    assert wrap_up
    assert (wrap_up.note, wrap_up.topic, wrap_up.outcome) == ("second", "booking", "solved")
    assert wrap_up.written == START + timedelta(seconds=12)
    assert record_from(record_object(records["a"])) == records["a"]


def test_a_note_after_the_call_makes_its_record_anew() -> None:
    notation = TALK + ENDED
    builder = RecordBuilder()
    for entry in entries(notation + NOTED.format(300, "later")):
        builder.feed(entry)
    (record,) = builder.completed()
    assert record.wrap_up
    assert record.wrap_up.note == "later"
    assert record.last_seq == len(entries(notation)) + 1
    assert builder.late_wrap_ups() == {}


def test_a_note_of_a_call_that_was_not_read_is_handed_out_by_itself() -> None:
    builder, records = built(NOTED.format(300, "later"))
    assert records == {}
    assert [one.note for one in builder.late_wrap_ups().values()] == ["later"]
    assert builder.late_wrap_ups() == {}


def test_the_store_gets_a_note_that_comes_after_it_had_the_call(tmp_path: Path) -> None:
    store = MemoryStore()
    with Journal.open(tmp_path, "desk") as journal:
        for entry in entries(TALK + ENDED):
            journal.append(entry.event)
        assert catch_up(journal, store) == 1
        journal.append(ev.AgentWrappedUp(at_ns=1, call="a", note="wants a quiet room", outcome="call_back"))
        journal.append(ev.AgentWrappedUp(at_ns=2, call="unknown", note="nobody's"))
        assert catch_up(journal, store) == 1
        record = store.get("a")
        assert record
        assert record.wrap_up
        assert (record.wrap_up.note, record.wrap_up.outcome) == ("wants a quiet room", "call_back")
        assert catch_up(journal, store) == 0


def test_the_page_is_told_the_record_with_the_note() -> None:
    history = History("one", keep=5)
    history.read(entries(TALK + ENDED))
    later = entries(TALK + ENDED + NOTED.format(30, "later"))[-1]
    assert history.add(later)
    (record,) = history.records
    assert record.wrap_up
    assert record.wrap_up.note == "later"


def test_a_call_explained_tells_what_was_noted_and_no_terminal_obeys_it() -> None:
    _, records = built(TALK + NOTED.format(10, "wants\x1b[31mred") + ENDED)
    text = explain(records["a"])
    assert "Written up (booking, solved): wants" in text
    assert "\x1b" not in text
