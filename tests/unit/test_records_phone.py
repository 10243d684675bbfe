"""The desk phone in the records: one call, one record, the phone's legs inside; what was done at the phone."""

from __future__ import annotations

from datetime import timedelta

from phoneetiquette.calls.desk import Desk
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.record_json import record_from, record_object
from tests.unit.desk_script import OVERFLOW, ZERO_NS, event, moment, phone_desk
from tests.unit.record_script import START

RINGS = ["0 A arrives", "0 A rings", "0.1 A-phone1 placed", "0.2 A-phone1 rings there allowing talk"]
TALK = [*RINGS, "8 A-phone1 answered", "8 A answered"]


def records_of(*rows: str, desk: Desk | None = None) -> list[CallRecord]:
    """The complete records of a desk with a phone, and nothing left open."""
    desk, builder, seq = desk or phone_desk(), RecordBuilder(), 0
    records: dict[str, CallRecord] = {}
    for row in rows:
        at, _, what = row.partition(" ")
        happened = event(moment(at), what) if what != "wait" else None
        told = [*(desk.before(happened) if happened else desk.advance(moment(at))).events]
        if happened:
            told += [happened, *desk.handle(happened).events]
        for one in told:
            seq += 1
            wall = START + timedelta(microseconds=(one.at_ns - ZERO_NS) // 1000)
            builder.feed(Entry(seq, wall, "boot", one, "desk"))
            records |= {record.call: record for record in builder.completed()}
    assert builder.open_calls() == []
    assert builder.settled_seq == seq
    for record in records.values():
        assert record_from(record_object(record)) == record
    return list(records.values())


def legs(record: CallRecord) -> list[tuple[str, str]]:
    return [(leg.call, leg.kind) for leg in record.legs]


def told(record: CallRecord) -> list[str]:
    return [mark.text for mark in record.timeline if mark.kind in ("phone", "message")]


def test_lifted_early_put_down_and_lifted_again() -> None:
    (record,) = records_of(
        *RINGS,
        "1 A-phone1 answered",
        "2 A-phone1 ended by agent",
        "2 A-phone2 placed",
        "3 A-phone2 rings there",
        "8 A-phone2 answered",
        "8 A answered",
        "20 A leaves",
        "20 A-phone2 ended by desk",
    )
    assert legs(record) == [("A", "incoming"), ("A-phone1", "phone"), ("A-phone2", "phone")]
    assert record.lifted_ms == (1000, 8000)
    assert record.armed_ms == (1000,)
    assert record.pickup
    assert record.pickup.verdict == "on_time"
    assert told(record) == [
        "the phone sip:201@phone is rung",
        "the phone: lifted",
        "the phone: put down",
        "the phone sip:201@phone is rung",
        "the phone: lifted",
    ]


def test_all_that_was_tried() -> None:
    (record,) = records_of(
        *RINGS,
        "12 wait",
        "12.1 A-phone1 says 489 to talk",
        "12.2 A-phone1 refuses 487",
        "12.3 A-phone2 refuses 486",
        "13 wait",
        "13.1 A-1 placed",
        "14 A-1 answered",
        "14 A and A-1 joined",
        "20 A leaves",
        "20 A-1 ended by desk",
        desk=phone_desk(when_absent=OVERFLOW),
    )
    assert told(record) == [
        "the phone sip:201@phone is rung",
        "the phone is told to answer (talk)",
        "talk: it does not know that (489)",
        "the phone is told to answer (auto-answer)",
        "the phone sip:201@phone is called and asked to answer by itself",
        "auto-answer: it does not know that (486)",
        "the phone sip:201@phone does not ring: busy (486)",
    ]
    assert record.deadline
    assert record.deadline.action == "overflow"


def test_hung_up_at_the_phone() -> None:
    (record,) = records_of(*TALK, "20 A-phone1 ended by agent", "20 A ended by agent")
    assert record.ended_by == "agent"
    assert legs(record) == [("A", "incoming"), ("A-phone1", "phone")]


def test_transferred_at_the_phone() -> None:
    (record,) = records_of(
        *TALK,
        "20 A-phone1 transfers to 205",
        "20 A-phone1 ended by agent",
        "21 A referred 202",
        "22 A referred 200 finally",
        "22 A ended by transfer",
    )
    assert [(one.kind, one.target, one.result) for one in record.transfers] == [("blind", "sip:205@pbx", "succeeded")]


def test_transferred_after_asking() -> None:
    (record,) = records_of(
        *TALK,
        "10 A-phone1 holds us",
        "10 A held",
        "12 phone dials 205",
        "12 p-out placed",
        "13 p-out answered",
        "13 p answered",
        "15 A-phone1 transfers to leg p",
        "15 A-phone1 ended by agent",
        "15 p ended by agent",
        "16 A referred 200 finally",
        "16 A ended by transfer",
        "16 p-out ended by transfer",
    )
    assert sorted(legs(record)) == [
        ("A", "incoming"),
        ("A-phone1", "phone"),
        ("p", "phone"),
        ("p-out", "consultation"),
    ]
    assert [(one.kind, one.result) for one in record.transfers] == [("attended", "succeeded")]


def test_dialled_at_the_phone() -> None:
    (record,) = records_of(
        "0 phone dials 205",
        "0 p-out placed",
        "1 p-out answered",
        "1 p answered",
        "9 p ended by agent",
        "9 p-out ended by agent",
    )
    assert (record.direction, record.called) == ("out", "sip:p-out@pbx")
    assert legs(record) == [("p-out", "outgoing"), ("p", "phone")]


def test_dialled_on_the_page() -> None:
    (record,) = records_of(
        "0 dial C",
        "0 C-phone1 placed",
        "2 C-phone1 answered",
        "2 C placed",
        "3 C answered",
        "9 C leaves",
        "9 C-phone1 ended by desk",
    )
    assert legs(record) == [("C", "outgoing"), ("C-phone1", "phone")]


def test_dialled_on_the_page_and_not_lifted() -> None:
    (record,) = records_of("0 dial C", "0 C-phone1 placed", "2 C-phone1 refuses 603")
    assert (record.called, record.answered, record.reason) == ("sip:C@pbx", None, "the desk phone was not lifted")


def test_what_nobody_can_be_called_for_leaves_no_record() -> None:
    assert records_of("0 phone dials 205 in vain", "0 p ended by desk") == []
