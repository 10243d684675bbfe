"""Transfers by topic in the records: every attempt with its result, the plan's version, the specialists' legs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.explain import explain
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.record_json import record_from, record_object
from tests.unit.desk_script import ZERO_NS, event, moment, new_desk
from tests.unit.topic_scenes import TEN, guide

TALK = ["0 A arrives", "0 A rings", "8 lift", "8 A answered"]


def menu_record(*rows: str) -> CallRecord:
    """The record of customer A, who hears the night's menu."""
    return record_of(*rows, before=["0 A arrives for night", "0 A rings", "7 A answered"])


def record_of(*rows: str, before: Sequence[str] = TALK) -> CallRecord:
    """The record of customer A."""
    desk, builder, seq = new_desk(guide=guide()), RecordBuilder(), 0
    records: dict[str, CallRecord] = {}
    for row in [*before, *rows]:
        at, _, what = row.partition(" ")
        happened = event(moment(at), what)
        for one in [*desk.before(happened).events, happened, *desk.handle(happened).events]:
            seq += 1
            builder.feed(Entry(seq, TEN + timedelta(microseconds=(one.at_ns - ZERO_NS) // 1000), "boot", one, "desk"))
            records |= {record.call: record for record in builder.completed()}
    assert list(records) == ["A"]
    assert record_from(record_object(records["A"])) == records["A"]
    return records["A"]


def test_every_attempt_stands_in_the_record_with_its_result() -> None:
    record = record_of(
        "9 topic change",
        "9 A held",
        "9 A-1 placed",
        "10 A-1 refuses 486",
        "10 A-2 placed",
        "12 A-2 answered",
        "12 A and A-2 joined",
        "20 A leaves",
        "20 A-2 ended by desk",
    )
    assert record.dialplan == "1"
    assert [(one.who, one.result, one.code, one.at_ms, one.ended_ms) for one in record.attempts] == [
        ("m", "busy", 486, 9000, 10000),
        ("j", "answered", 0, 10000, 12000),
    ]
    assert [(leg.call, leg.kind) for leg in record.legs] == [
        ("A", "incoming"),
        ("A-1", "transfer"),
        ("A-2", "transfer"),
    ]
    assert [(one.target, one.result) for one in record.transfers] == [("sip:A-2@pbx", "joined")]
    told = explain(record)
    assert "topic change" in told
    assert "m was busy (486)" in told
    assert "the customer was connected with who answered" in told


def test_specialist_who_was_asked_first_is_a_consultation() -> None:
    record = record_of(
        "9 topic change!",
        "9 A held",
        "9 A-1 placed",
        "11 A-1 answered",
        "12 A-1 leaves",
        "13 resume",
        "13 A unheld",
        "20 A leaves",
    )
    assert [(one.who, one.result, one.announced) for one in record.attempts] == [("boss", "answered", True)]
    assert record.legs[1].kind == "consultation"
    assert record.transfers == ()


def test_nobody_took_it() -> None:
    record = record_of("9 topic nobody", "9 A held", "20 A leaves")
    assert record.attempts == ()
    assert "nobody takes nobody" in explain(record)


def test_way_through_a_menu_stands_in_the_record() -> None:
    record = menu_record(
        "9 A presses 2",
        "10 A presses 8",
        "12 A presses *",
        "13 A presses 9",
        "16 A heard 5",
        "25 A recorded 9",
        "25 A leaves",
    )
    assert [(mark.kind, mark.text) for mark in record.timeline if mark.kind in ("menu", "message")] == [
        ("menu", "hears the menu night in en"),
        ("menu", "presses 2 in the menu night"),
        ("menu", "hears the menu deeper in de"),
        ("menu", "presses 8 in the menu deeper"),
        ("menu", "hears the menu deeper in de, for the 2. time"),
        ("menu", "presses * in the menu deeper"),
        ("menu", "hears the menu night in de"),
        ("menu", "presses 9 in the menu night"),
        ("message", "is asked for a message for sales"),
        ("message", "message of 9.0 s recorded"),
        ("message", "a message was taken"),
    ]
    assert (record.dialplan, record.message_s) == ("1", 9.0)
    assert "presses 9 in the menu night" in explain(record)


def test_key_is_told_once_however_many_are_called_for_it() -> None:
    record = menu_record(
        "9 A presses 1", "10 A-1 placed", "10 A-1 refuses 486", "11 A-2 placed", "11 A-2 refuses 486", "12 A leaves"
    )
    assert [mark.text for mark in record.timeline].count("presses 1 in the menu night") == 1
    assert [(one.who, one.result) for one in record.attempts] == [("m", "busy"), ("j", "busy")]


def test_caller_from_a_menu_who_was_connected_in_the_end() -> None:
    """What counts as the answer, for the record's measures, is the receptionist's."""
    record = menu_record("9 A presses 3", "12 lift", "12 A answered", "20 A leaves", "20 A measured finally")
    assert record.pickup is not None
    assert (record.pickup.verdict, record.answered_ms) == ("diverted", 12000)


def test_customer_left_to_the_machine() -> None:
    record = record_of("9 topic nobody", "9 A held", "10 machine A", "14 A heard 1", "20 A recorded 6", "20 A leaves")
    assert "left to the machine by the receptionist" in [mark.text for mark in record.timeline]
