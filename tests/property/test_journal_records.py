"""Whatever events a journal holds, in whatever order, records can be made of it, and they tell each call once."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args, get_origin

from hypothesis import given, settings
from hypothesis import strategies as st

from phoneetiquette import events as ev
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.explain import explain
from phoneetiquette.records.export import as_json, defused, table
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.record_json import record_from, record_object

CALLS = st.sampled_from(["a", "b", "a-1", "c"])
MEASURES = st.sampled_from(
    [
        {"definitions": "1", "duration_s": 3.0},
        {"definitions": "1", "segments": {"agent": [[0, 1]], "customer": []}, "interruptions": []},
        {"definitions": "1", "parties": {"agent": {"talk_share": None}}, "opening": None, "silences": None},
        {},
    ]
)


def values(name: str, hint: Any) -> st.SearchStrategy[Any]:
    """Values for a field of an event."""
    if name == "calls":
        return st.lists(CALLS, max_size=2).map(tuple)
    if name in ("call", "other", "to_call"):
        optional = type(None) in get_args(hint)
        return st.one_of(st.none(), CALLS) if optional else CALLS
    if name == "measures":
        return MEASURES
    if name in ("target", "caller", "called"):
        return st.sampled_from(["", "sip:1@x", "sip:2@x"])
    if name.endswith("_ns"):
        return st.integers(0, 10**11)
    if name == "cadence_ms":
        return st.sampled_from([(1000, 5000), (400, 200, 400, 2000), (), (0, 0)])
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.just(())
    if type(None) in get_args(hint):
        return st.one_of(st.none(), st.floats(-1e4, 1e4))
    return {int: st.integers(0, 700), float: st.floats(0, 100), bool: st.booleans()}.get(
        hint, st.sampled_from(["", "x"])
    )


def events_of(kind: type[ev.Event]) -> st.SearchStrategy[ev.Event]:
    hints = typing.get_type_hints(kind)
    fields = {f.name: values(f.name, hints[f.name]) for f in dataclasses.fields(kind)}
    return st.builds(kind, **fields)


ABSTRACT = {"Event", "CallEvent", "AgentEvent", "DeskEvent"}
KINDS = [
    kind
    for name, kind in vars(ev).items()
    if isinstance(kind, type) and issubclass(kind, ev.Event) and name not in ABSTRACT
]
# A call that does not begin leaves no record: beginnings and ends come more often than the rest.
OFTEN = [ev.CallArrived, ev.CallDialled, ev.AgentTransferred, ev.CallsJoined, ev.CallEnded, ev.CallClosed]
EVENTS = st.one_of(st.one_of([events_of(kind) for kind in KINDS]), st.one_of([events_of(kind) for kind in OFTEN]))
JOURNALS = st.lists(st.tuples(EVENTS, st.integers(0, 40)), min_size=10, max_size=50)


def entries_of(journal: Sequence[tuple[ev.Event, int]]) -> list[Entry]:
    """Entries whose events go on in time now and then, and whose machine is started anew once in a while."""
    entries, now_ns, boot = [], 0, 0
    for n, (event, step) in enumerate(journal, start=1):
        boot += step == 40
        now_ns += step * 100_000_000
        moment = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(microseconds=now_ns // 1000)
        entries.append(Entry(n, moment, str(boot), dataclasses.replace(event, at_ns=now_ns), "desk"))
    return entries


def built(entries: list[Entry]) -> tuple[RecordBuilder, dict[str, CallRecord]]:
    builder = RecordBuilder()
    records: dict[str, CallRecord] = {}
    for entry in entries:
        builder.feed(entry)
        records |= {record.call: record for record in builder.completed()}
    return builder, records


@given(JOURNALS)
@settings(max_examples=300, deadline=None)
def test_every_journal_gives_records_that_can_be_kept_and_told(journal: list[tuple[ev.Event, int]]) -> None:
    builder, records = built(entries_of(journal))
    every = [*records.values(), *builder.open_calls()]
    for record in every:
        assert record_from(record_object(record)) == record
        assert explain(record, UTC).startswith(f"Call {record.call} ")
        assert record.ended is None or record.ended >= record.arrived
        assert defused(record.caller) is not None
    table(every)
    as_json(every)


@given(JOURNALS)
@settings(max_examples=300, deadline=None)
def test_completed_calls_have_an_end_and_a_leg_of_their_own(journal: list[tuple[ev.Event, int]]) -> None:
    _, records = built(entries_of(journal))
    for record in records.values():
        assert record.legs[0].call == record.call
        assert len({leg.call for leg in record.legs}) == len(record.legs)
        assert record.ended is not None
        assert record.ended_by is not None


@given(JOURNALS, st.integers(0, 40))
@settings(max_examples=300, deadline=None)
def test_begun_anew_at_the_settled_entry_the_rest_is_the_same(journal: list[tuple[ev.Event, int]], stop: int) -> None:
    """For calls that begin once, as those of a seat do."""
    entries = entries_of(journal)
    first, _ = built(entries[:stop])
    _, whole = built(entries)
    _, rest = built(entries[first.settled_seq :])
    begun_once = {
        call
        for call in rest
        if sum(
            isinstance(e.event, ev.CallArrived | ev.CallRefused | ev.CallDialled) and e.event.call == call
            for e in entries
        )
        == 1
    }
    for call in begun_once & whole.keys():
        assert rest[call].answered == whole[call].answered
        assert rest[call].ended == whole[call].ended
        assert rest[call].pickup == whole[call].pickup
