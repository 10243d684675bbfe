"""Tables, CSV, JSON and the explanation of a call: right, and safe whatever a caller sends."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoneetiquette.records.explain import explain
from phoneetiquette.records.export import (
    COLUMNS,
    as_json,
    clock,
    defused,
    margin_words,
    table,
    visible,
    write_csv,
)
from phoneetiquette.records.record import (
    CallRecord,
    Hold,
    Interruption,
    Leg,
    Mark,
    Pickup,
    Ring,
    Transfer,
)
from phoneetiquette.records.record_json import record_from
from phoneetiquette.records.talk_clock import TalkClock

ARRIVED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

CALL = CallRecord(
    call="0123456789abcdef",
    seat="desk",
    direction="in",
    caller="sip:+4312345@pbx.example",
    caller_name="Eva Huber",
    called="sip:desk@seat",
    arrived=ARRIVED,
    alerting=ARRIVED,
    answered=ARRIVED + timedelta(seconds=7),
    ended=ARRIVED + timedelta(seconds=87),
    ended_by="customer",
    ring=Ring(country="AT", cadence_ms=(1000, 5000), opens_ms=7000.0, closes_ms=13000.0),
    pickup=Pickup(verdict="on_time", ring=3, after_open_ms=0.4, before_close_ms=5999.6),
    lifted_ms=(2000.0,),
    armed_ms=(2000.0,),
    holds=(Hold(by="us", start_ms=27_000.0, end_ms=47_000.0),),
    transfers=(Transfer(at_ms=50_000.0, kind="blind", target="sip:201@pbx", result="failed", code=486),),
    definitions="1",
    measures={
        "definitions": "1",
        "parties": {"agent": {"talk_share": 0.6}, "customer": {"talk_share": 0.4}},
        "opening": {"greeting_delay_s": 0.75},
        "silence_s": 12.5,
        "length_band": "under_10",
    },
    measures_final=True,
    media_ms=7000.0,
    agent_segments=((0.75, 19.0), (21.0, 30.0)),
    customer_segments=((30.0, 50.0),),
    interruptions=(Interruption(by="agent", start_s=31.0, end_s=32.5, outcome="taken"),),
    legs=(Leg(call="0123456789abcdef", kind="incoming", party="sip:+4312345@pbx.example", began_ms=0.0),),
    timeline=(Mark(at_ms=0.0, kind="arrived", text="call from sip:+4312345@pbx.example"),),
)

HOSTILE = [
    "=HYPERLINK(1)",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202eevil",
    'a"b,c\nd',
]


def csv_rows(*records: CallRecord, bom: bool = False) -> list[dict[str, str]]:
    out = io.StringIO(newline="")
    write_csv(records, out, bom=bom)
    return list(csv.DictReader(io.StringIO(out.getvalue().removeprefix("\ufeff"), newline="")))


def test_a_csv_line_says_what_the_columns_promise() -> None:
    (row,) = csv_rows(CALL)
    assert list(row) == [column.name for column in COLUMNS]
    filled = {name: cell for name, cell in row.items() if cell}
    assert filled == {
        "call": "0123456789abcdef",
        "seat": "desk",
        "direction": "in",
        "arrived": "2026-03-02T08:00:00.000Z",
        "alerting": "2026-03-02T08:00:00.000Z",
        "answered": "2026-03-02T08:00:07.000Z",
        "ended": "2026-03-02T08:01:27.000Z",
        "talk_s": "80.0",
        "caller": "sip:+4312345@pbx.example",
        "caller_name": "Eva Huber",
        "called": "sip:desk@seat",
        "verdict": "on_time",
        "ring": "3",
        "after_open_ms": "0.4",
        "before_close_ms": "5999.6",
        "country": "AT",
        "transfers": "1",
        "ended_by": "customer",
        "agent_talk_share": "0.6",
        "customer_talk_share": "0.4",
        "agent_interruptions": "1",
        "customer_interruptions": "0",
        "greeting_delay_s": "0.75",
        "silence_s": "12.5",
        "length_band": "under_10",
        "definitions": "1",
    }


def test_what_was_not_measured_is_empty_not_zero() -> None:
    (row,) = csv_rows(replace(CALL, measures=None, interruptions=(), pickup=None))
    for name in ("agent_interruptions", "agent_talk_share", "silence_s", "greeting_delay_s", "after_open_ms"):
        assert row[name] == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_begins_a_formula_or_steers_a_terminal(text: str) -> None:
    hostile = replace(CALL, caller=text, caller_name=text, called=text, notes=(text,), reason=text, refused=text)
    for cell in csv_rows(hostile)[0].values():
        assert not cell.startswith(("=", "+", "@", "\t", "\r", "\n"))
        assert not (cell.startswith("-") and not re.fullmatch(r"-?[\d.]+", cell))
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", cell)


@given(st.text(st.characters(), max_size=20))
def test_any_text_is_one_harmless_cell(text: str) -> None:
    cell = defused(text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", cell)
    cell.encode()


def test_negative_numbers_of_our_own_stay_numbers() -> None:
    late = replace(CALL, pickup=Pickup(verdict="late", ring=4, after_open_ms=7000.0, before_close_ms=-1000.5))
    assert csv_rows(late)[0]["before_close_ms"] == "-1000.5"


def test_the_byte_order_mark_is_there_only_when_asked_for() -> None:
    for bom in (False, True):
        out = io.StringIO()
        write_csv([], out, bom=bom)
        assert out.getvalue().startswith("\ufeff") == bom


def test_names_in_any_script_stay_readable() -> None:
    names = "Zoë Müller Łukasz Ольга 王小明 محمد نیما\u200cراد 😀"
    assert visible(names) == names


def test_json_is_the_whole_record_in_ascii() -> None:
    hostile = replace(CALL, caller_name="\x1b[2J Zoë")
    text = as_json([hostile])
    assert text.isascii()
    assert "\x1b" not in text
    (data,) = json.loads(text)
    assert record_from(data) == hostile


def test_a_table_has_a_line_for_every_call() -> None:
    refused = replace(
        CALL, call="fedcba9876543210", answered=None, pickup=None, refused="no_free_line", ended_by="desk", code=486
    )
    lines = table([CALL, refused], zone=UTC).splitlines()
    assert lines[0].split() == [
        "call",
        "arrived",
        "party",
        "rang",
        "verdict",
        "margins",
        "ms",
        "talk",
        "interr.",
        "end",
    ]
    assert re.split(r"\s{2,}", lines[1]) == [
        *("01234567", "2026-03-02 08:00:00", "in", "Eva Huber +4312345", "7.0 s"),
        *("on time", "+0 +6000", "1:20", "1/0", "customer"),
    ]
    assert "refused (no free line)" in lines[2]
    assert lines[2].endswith("desk 486")


@pytest.mark.parametrize("text", [*HOSTILE, "[bold red]markup[/]", "王" * 30])
def test_a_table_shows_what_a_caller_sends_and_obeys_none_of_it(text: str) -> None:
    shown = table([replace(CALL, caller_name=text)], zone=UTC)
    assert len(shown.splitlines()) == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    assert visible(text).strip() in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_an_explanation_obeys_none_of_it_either(text: str) -> None:
    hostile = replace(
        CALL,
        caller=text,
        caller_name=text,
        called=text,
        notes=(text,),
        reason=text,
        message_file=text,
        definitions=text,
        related=(text,),
        legs=(*CALL.legs, Leg(call="x", kind="overflow", party=text, began_ms=0.0)),
        timeline=(Mark(at_ms=0.0, kind="arrived", text=text),),
        transfers=(Transfer(at_ms=0.0, kind="blind", target=text, result="succeeded"),),
    )
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", explain(hostile, UTC))


EXPLAINED = """\
Call 0123456789abcdef from Eva Huber <sip:+4312345@pbx.example> to <sip:desk@seat>
2026-03-02 08:00:00.000+0000, seat desk, ended by customer

On time, ring 3: 0 ms after the window opened, 6000 ms before it closed
  rings   #####...........................######..................................
  window                                        [===============================]
                    L                           C
  AT: opens 7.00 s, closes 13.00 s after ringing began; L lifted 2.00 s, C connected 7.00 s

Seconds since the call arrived
     0.000  call from sip:+4312345@pbx.example

Talk, 1:20 from connecting to the end
  desk      #################.hhhhhhhhhhhhhhhhhh#########...........................  60%
  customer  ..................hhhhhhhhhhhhhhhhhh.........##################.........  40%
                                                         D
  D 0:51 the desk interrupted the customer for 1.5 s, took the floor
  h: on hold
  greeting after 0.8 s, silence 12.5 s
  measured by definitions 1
"""


def test_a_call_is_explained() -> None:
    assert explain(CALL, UTC) == EXPLAINED


def test_a_call_that_goes_on_is_as_long_as_was_measured() -> None:
    measures = {**(CALL.measures or {}), "duration_s": 100.0}
    going_on = replace(CALL, ended=None, ended_by=None, holds=(), measures=measures, measures_final=False)
    talk = TalkClock.of(going_on)
    assert talk
    assert talk.length_s == pytest.approx(talk.media_s + 100)
    text = explain(going_on, UTC)
    assert "Talk, 1:40 so far" in text
    assert "measured so far by" in text


def test_an_explanation_says_what_is_not_usual() -> None:
    open_call = replace(CALL, ended=None, ended_by=None, measures=None, agent_segments=(), customer_segments=())
    assert "still going on" in explain(open_call, UTC)
    counted = {"parties": {"agent": {"encouragements": 2}, "customer": {"encouragements": 0}}}
    assert "  encouragements: 2 by the desk, 0 by the customer\n" in explain(replace(CALL, measures=counted), UTC)
    broken = replace(CALL, ended_by="crash", reason="the SIP engine was lost", measures_final=False)
    assert "ended by crash (the SIP engine was lost)" in explain(broken, UTC)
    assert "measured until it broke off" in explain(broken, UTC)
    through = replace(CALL, transfers=(Transfer(at_ms=1.0, kind="blind", target="sip:9@x", result="succeeded"),))
    assert "put through to <sip:9@x>" in explain(through, UTC)
    refused = CallRecord(
        call="r",
        seat="desk",
        direction="in",
        caller="sip:a@b",
        caller_name="",
        called="",
        arrived=ARRIVED,
        ended=ARRIVED,
        ended_by="desk",
        refused="no_free_line",
    )
    assert "Refused (no free line)" in explain(refused, UTC)


@pytest.mark.parametrize(
    ("after_open_ms", "before_close_ms", "words"),
    [
        (12.0, 2988.0, "12 ms after the window opened, 2988 ms before it closed"),
        (-800.0, 3800.0, "800 ms before the window opened, 3800 ms before it closed"),
        (3100.0, -100.0, "3100 ms after the window opened, 100 ms after it closed"),
        (None, None, ""),
    ],
)
def test_margins_in_words(after_open_ms: float | None, before_close_ms: float | None, words: str) -> None:
    pickup = Pickup(verdict="early", ring=1, after_open_ms=after_open_ms, before_close_ms=before_close_ms)
    assert margin_words(pickup) == words


@pytest.mark.parametrize(("span_s", "text"), [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (3661, "1:01:01")])
def test_clock(span_s: float, text: str) -> None:
    assert clock(span_s) == text


def test_measured_talk_leaves_holds_out() -> None:
    talk = TalkClock.of(CALL)
    assert talk is not None
    assert talk.length_s == 80.0
    assert talk.at(19.0) == 19.0
    assert talk.at(20.5) == 40.5
    assert list(talk.spans(15.0, 25.0)) == [(15.0, 20.0), (40.0, 45.0)]
    overlapping = replace(CALL, holds=(*CALL.holds, Hold(by="peer", start_ms=37_000.0)))
    talk = TalkClock.of(overlapping)
    assert talk is not None
    assert talk.at(25.0) == 85.0
    assert TalkClock.of(replace(CALL, answered=None)) is None


def test_every_column_is_documented_once() -> None:
    names = [column.name for column in COLUMNS]
    assert len(set(names)) == len(names)
    assert all(column.what for column in COLUMNS)
