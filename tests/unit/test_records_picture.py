"""The picture of a call: every kind of call is drawn, and what it shows is what the record says."""

from __future__ import annotations

import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from matplotlib.image import imread

from phoneetiquette.records.record import (
    CallRecord,
    Deadline,
    Hold,
    Interruption,
    Leg,
    Pickup,
    Ring,
    StageMark,
    Transfer,
)
from phoneetiquette.reports.timeline import draw

ARRIVED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BARE = CallRecord(
    call="0123456789abcdef",
    seat="desk",
    direction="in",
    caller="sip:+43@pbx",
    caller_name="Eva Huber",
    called="sip:desk@seat",
    arrived=ARRIVED,
)
RINGING = replace(
    BARE,
    alerting=ARRIVED,
    ended=ARRIVED + timedelta(seconds=9),
    ended_by="customer",
    ring=Ring(country="AT", cadence_ms=(1000, 5000), opens_ms=7000.0, closes_ms=13000.0),
    pickup=Pickup(verdict="abandoned", ring=2, after_open_ms=2000.0, before_close_ms=4000.0),
)
TALKING = replace(
    RINGING,
    answered=ARRIVED + timedelta(seconds=8),
    ended=ARRIVED + timedelta(seconds=100),
    pickup=Pickup(verdict="on_time", ring=3, after_open_ms=1000.0, before_close_ms=5000.0),
    lifted_ms=(8000.0,),
    measures={"parties": {"agent": {"talk_share": 0.61}, "customer": {"talk_share": 0.39}}, "silences": [[30.0, 34.0]]},
    agent_segments=((1.0, 12.0), (40.0, 50.0)),
    customer_segments=((12.5, 29.0),),
    interruptions=(
        Interruption(by="agent", start_s=11.0, end_s=12.0, outcome="taken"),
        Interruption(by="customer", start_s=41.0, end_s=42.0, outcome="attempt"),
    ),
)

KINDS: dict[str, tuple[CallRecord, list[str], list[str]]] = {
    "abandoned": (RINGING, ["pickup window", "caller left", "ring 1", "ring 2", "ring 3"], ["connected", "desk"]),
    "talk": (
        TALKING,
        [
            *("on time:  1000 ms after the window opened, 5000 ms before it closed", "lifted", "connected"),
            *("desk", "customer", "61%", "39%", "first 25 s", "silence of 3 s or more"),
            *("interrupted, took the floor", "interrupted in vain", "connected 1:32"),
        ],
        ["caller left", "others", "lifted early, waits", "on hold"],
    ),
    "armed": (
        replace(TALKING, lifted_ms=(2000.0,), armed_ms=(2000.0,), connects_ms=7000.0),
        ["lifted early, waits", "connected"],
        ["lifted"],
    ),
    "held, put through, marked": (
        replace(
            TALKING,
            holds=(Hold(by="us", start_ms=20_000.0, end_ms=60_000.0),),
            transfers=(Transfer(at_ms=50_000.0, kind="attended", target="sip:201@pbx", result="succeeded"),),
            stages=(StageMark(at_ms=9000.0, stage="greeting"), StageMark(at_ms=9100.0, stage="clarify")),
            legs=(
                Leg(call="a", kind="incoming", party="sip:+43@pbx", began_ms=0.0),
                Leg(call="b", kind="consultation", party="sip:201@pbx", began_ms=21_000.0, answered_ms=25_000.0),
            ),
        ),
        ["on hold", "attended transfer to 201: succeeded", "greeting", "others", "consultation: 201"],
        ["clarify"],
    ),
    "message": (
        replace(
            TALKING,
            measures=None,
            agent_segments=(),
            customer_segments=(),
            interruptions=(),
            deadline=Deadline(at_ms=13_000.0, action="message"),
            message_file="m.wav",
            message_s=21.4,
        ),
        ["nobody lifted: message", "voice message 21 s"],
        ["nothing was measured", "first 25 s"],
    ),
    "not measured": (
        replace(TALKING, measures=None, agent_segments=(), customer_segments=(), interruptions=()),
        ["nothing was measured"],
        ["first 25 s"],
    ),
    "outgoing": (
        replace(TALKING, direction="out", called="sip:201@pbx", ring=None, pickup=None, caller_name=""),
        ["Call to 201", "desk"],
        ["pickup window"],
    ),
    "refused": (
        replace(BARE, ended=ARRIVED, ended_by="desk", refused="no_free_line", code=486),
        ["refused (no free line)", "ended by desk 486"],
        ["pickup window", "desk"],
    ),
    "going on": (
        replace(TALKING, ended=None, ended_by=None, measures=None),
        ["Call from Eva Huber +43"],
        ["ended by customer"],
    ),
    "an hour": (replace(TALKING, ended=ARRIVED + timedelta(hours=1)), ["10:00", "55:00"], []),
    "a tenth of a second": (replace(TALKING, ended=TALKING.answered, measures=None), ["desk"], []),
    "a British ring": (
        replace(RINGING, ring=Ring(country="GB", cadence_ms=(400, 200, 400, 2000), opens_ms=4000.0, closes_ms=7000.0)),
        ["seconds since ringing began (GB)", "ring 3"],
        [],
    ),
    "a hostile name": (
        replace(TALKING, caller_name="$\\frac{1}{0}$ <b>&amp;\x1b[31m\u202e\ud800 王 {}"),
        ["Call from $\\frac{1}{0}$ <b>&amp;\\x1b[31m\\u202e\\ud800 王 {} +43"],
        [],
    ),
}


def texts(svg: bytes) -> list[str]:
    found = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own file
    return ["".join(text.itertext()).strip() for text in found]


@pytest.mark.parametrize("name", KINDS)
def test_a_picture_says_what_the_record_says(name: str) -> None:
    record, shown, hidden = KINDS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = texts(draw(record, "svg", UTC))
    joined = "\n".join(said)
    assert [words for words in shown if words not in joined] == []
    assert [words for words in hidden if words in said] == []


@pytest.mark.parametrize("name", ["talk", "refused", "a hostile name"])
def test_a_picture_is_not_empty(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pixels = imread(BytesIO(draw(KINDS[name][0], "png", UTC)))
    assert pixels.shape[1] == 1100
    assert float((pixels[..., :3].min(axis=2) < 0.5).mean()) > 0.002


def test_the_same_call_is_drawn_the_same() -> None:
    assert draw(TALKING, "svg", UTC) == draw(TALKING, "svg", UTC)


def test_the_module_is_cheap_until_something_is_drawn() -> None:
    code = "import sys, phoneetiquette.reports.timeline; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
