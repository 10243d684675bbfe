"""Events in a compact notation on the left, the record they must give on the right.

A line of events is ``seconds Event call key=value ...``; ``-`` is no call. ``boot=other`` in place of an event starts
the machine anew. A record is told by :func:`told`, one fact a line.
"""

from __future__ import annotations

import dataclasses
import typing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from phoneetiquette import events as ev
from phoneetiquette.records.build import DEAD_ENTRIES, RecordBuilder
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import CallRecord

START = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)
ZERO_NS = 5_000_000_000_000
DEFAULTS: dict[str, Any] = {
    "caller": "sip:+4312345@pbx",
    "caller_name": "Eva Huber",
    "called": "sip:desk@seat",
    "peer": "127.0.0.1:5060",
    "sip_call_id": "x",
    "ringback": "remote",
    "country": "AT",
    "cadence_ms": (1000, 5000),
    "codec": "G722",
    "rate_hz": 16000,
    "encrypted": False,
    "by_us": False,
    "by_peer": False,
    "digit": "7",
    "method": "rfc4733",
    "code": 0,
    "reason": "",
    "final": False,
    "with_agent": False,
    "early_media": False,
    "ring": 3,
    "pid": 100,
    "listening": (),
    "build": "wheel",
    "status": "killed by signal 9",
}


def value(text: str) -> Any:
    if text in ("yes", "no"):
        return text == "yes"
    if text.startswith("["):
        return tuple(text.strip("[]").split(",")) if text != "[]" else ()
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text.replace("_", " ") if text.startswith("'") else text


def moment(seconds: float) -> int:
    return ZERO_NS + round(seconds * 1e9)


def event(line: str) -> ev.Event:
    at, name, call, *rest = line.split()
    kind: Any = getattr(ev, name)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    known: dict[str, Any] = {key: val for key, val in DEFAULTS.items() if key in fields}
    known["at_ns"] = moment(float(at))
    if "call" in fields:
        known["call"] = None if call == "-" else call
    for pair in rest:
        key, _, text = pair.partition("=")
        known[key] = moment(float(text)) if key.endswith("_ns") else text if "digit" in key else value(text)
    if kind is ev.MeasuresTaken:
        known["measures"] = {"definitions": "1", "duration_s": known.pop("duration_s", 1.0)} | (
            {"segments": {"agent": [[0.5, 2.0]], "customer": [[2.5, 4.0]]}, "interruptions": []}
            if known["final"]
            else {}
        )
    made = kind(**known)
    assert isinstance(made, ev.Event)
    return made


def entries(notation: str) -> list[Entry]:
    boot = "one"
    found: list[Entry] = []
    for line in filter(None, (raw.strip() for raw in notation.splitlines())):
        if line.startswith("boot="):
            boot = line.removeprefix("boot=")
            continue
        happened = event(line)
        wall = START + timedelta(microseconds=(happened.at_ns - ZERO_NS) // 1000)
        found.append(Entry(len(found) + 1, wall, boot, happened, "desk"))
    return found


def seconds(at_ms: float | None) -> str:
    return "-" if at_ms is None else f"{at_ms / 1000:g}"


def told(r: CallRecord) -> list[str]:
    """The facts of a record, one a line; what is not the case is not told."""
    party = r.caller if r.direction == "in" else r.called
    facts = [f"{r.call} {r.direction} {party}", f"ended {seconds(r.ended_ms)} by {r.ended_by or '-'}"]
    if r.code:
        facts[-1] += f" {r.code}"
    if r.refused:
        facts.append(f"refused {r.refused}")
    if r.alerting is not None:
        facts.append(f"alerting {seconds(r.alerting_ms)}")
    if r.answered is not None:
        facts.append(f"answered {seconds(r.answered_ms)}")
    if r.ring:
        window = f"{r.ring.opens_ms / 1000:g}-{r.ring.closes_ms / 1000:g}"
        facts.append(f"window {r.ring.country} {window}" + (f" exempt {r.ring.exempt}" if r.ring.exempt else ""))
    if r.pickup:
        facts.append(f"{r.pickup.verdict} ring {r.pickup.ring} {r.pickup.after_open_ms} {r.pickup.before_close_ms}")
    if r.lifted_ms:
        facts.append("lifted " + " ".join(map(seconds, r.lifted_ms)))
    if r.armed_ms:
        facts.append("armed " + " ".join(map(seconds, r.armed_ms)) + f" for {seconds(r.connects_ms)}")
    if r.deadline:
        facts.append(f"deadline {r.deadline.action} {r.deadline.target}".rstrip())
    facts += [f"hold {h.by} {seconds(h.start_ms)}-{seconds(h.end_ms).strip('-')}" for h in r.holds]
    facts += [f"{t.kind} {t.target} {t.result} {t.code}" for t in r.transfers]
    facts += [f"stage {s.stage} {seconds(s.at_ms)}" for s in r.stages]
    if r.digits_received or r.digits_sent:
        facts.append(f"digits {r.digits_received} in {r.digits_sent} out")
    if r.measures is not None:
        kind = "final" if r.measures_final else "partial"
        facts.append(f"measures {kind} {r.definitions} {r.measures['duration_s']}")
    facts += [f"agent spoke {start}-{end}" for start, end in r.agent_segments]
    facts += [f"customer spoke {start}-{end}" for start, end in r.customer_segments]
    facts += [f"interrupted by {i.by} {i.start_s} {i.outcome}" for i in r.interruptions]
    if r.message_file:
        facts.append(f"message {r.message_file} {r.message_s}")
    for leg in r.legs[1:]:
        span = "-".join(seconds(ms) for ms in (leg.began_ms, leg.answered_ms, leg.ended_ms))
        facts.append(f"leg {leg.call} {leg.kind} {leg.party} {span} {leg.ended_by}")
    if r.related:
        facts.append("related " + " ".join(r.related))
    facts += [f"note {note}" for note in r.notes]
    return facts


RINGS = """
    0     CallArrived a
    0.01  AlertingStarted a
    0.01  RingPlanned a opens_ns=7.01 closes_ns=13.01
"""
TALK = (
    RINGS
    + """
    8     AgentLifted a
    8.001 CallAnswered a
    8.001 PickupJudged a verdict=on_time after_open_ms=991.0 before_close_ms=5009.0
    8.02  MediaStarted a
"""
)
IN_RING = ["alerting 0.01", "window AT 7-13"]
IN_TALK = ["alerting 0.01", "answered 8.001", "window AT 7-13", "on_time ring 3 991.0 5009.0", "lifted 8"]
CUSTOMER = "a in sip:+4312345@pbx"

CASES: dict[str, tuple[str, list[list[str]]]] = {
    "on time": (
        TALK
        + """
        9     SpeechSegmentEnded a party=agent start_s=0.5 end_s=2.0
        12    MeasuresTaken a duration_s=4.0
        13    MeasuresTaken a duration_s=5.0
        14    CallEnded a by=customer code=200
        14.1  MeasuresTaken a duration_s=6.0 final=yes
        14.1  CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 14 by customer 200",
                *IN_TALK,
                "measures final 1 6.0",
                "agent spoke 0.5-2.0",
                "customer spoke 2.5-4.0",
            ]
        ],
    ),
    "lifted early, taken back, lifted again: armed until the window opens": (
        RINGS
        + """
        2     AgentLifted a
        2     CallArmed a connects_ns=7.01
        3     AgentPutDown a
        3     CallDisarmed a
        4     AgentLifted - by=key
        4     CallArmed a connects_ns=7.01
        7.01  CallAnswered a
        7.01  PickupJudged a verdict=on_time after_open_ms=0.2 before_close_ms=5999.8
        20    CallEnded a by=agent
        20    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 20 by agent",
                "alerting 0.01",
                "answered 7.01",
                "window AT 7-13",
                "on_time ring 3 0.2 5999.8",
                "lifted 2 4",
                "armed 2 4 for 7.01",
            ]
        ],
    ),
    "late": (
        RINGS
        + """
        15    AgentLifted a
        15    CallAnswered a
        15    PickupJudged a verdict=late after_open_ms=7990.0 before_close_ms=-1990.0
        20    CallEnded a by=agent
        20    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 20 by agent",
                "alerting 0.01",
                "answered 15",
                "window AT 7-13",
                "late ring 3 7990.0 -1990.0",
                "lifted 15",
            ]
        ],
    ),
    "abandoned": (
        RINGS
        + """
        9     CallEnded a by=customer code=487
        9     PickupJudged a verdict=abandoned ring=2 after_open_ms=1990.0 before_close_ms=4010.0
        9     CallClosed a
        """,
        [[CUSTOMER, "ended 9 by customer 487", *IN_RING, "abandoned ring 2 1990.0 4010.0"]],
    ),
    "short abandon": (
        RINGS
        + """
        3     CallEnded a by=customer code=487
        3     PickupJudged a verdict=short_abandon ring=1 after_open_ms=-4010.0 before_close_ms=10010.0
        3     CallClosed a
        """,
        [[CUSTOMER, "ended 3 by customer 487", *IN_RING, "short_abandon ring 1 -4010.0 10010.0"]],
    ),
    "exempt": (
        """
        0     CallArrived a called=sip:112@seat
        0.01  AlertingStarted a
        0.01  RingPlanned a opens_ns=7.01 closes_ns=13.01 exempt=emergency_line
        1     AgentLifted a
        1     CallAnswered a
        1     PickupJudged a verdict=exempt ring=1 after_open_ms=-6010.0 before_close_ms=12010.0 exempt=emergency_line
        9     CallEnded a by=customer
        9     CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 9 by customer",
                "alerting 0.01",
                "answered 1",
                "window AT 7-13 exempt emergency_line",
                "exempt ring 1 -6010.0 12010.0",
                "lifted 1",
            ]
        ],
    ),
    "overflow: the far leg is inside": (
        RINGS
        + """
        13.01 DeadlinePassed a action=overflow target=sip:night@pbx
        13.01 PickupJudged a verdict=diverted after_open_ms=6000.0 before_close_ms=0.0
        13.02 CallDialled a-1 target=sip:night@pbx
        13.5  PeerAlerting a-1 code=180
        15    CallAnswered a-1
        15.1  CallAnswered a
        15.2  CallsJoined a other=a-1
        60    CallEnded a by=customer
        60    CallClosed a
        60.1  CallEnded a-1 by=desk
        60.1  CallClosed a-1
        """,
        [
            [
                CUSTOMER,
                "ended 60 by customer",
                "alerting 0.01",
                "answered 15.1",
                "window AT 7-13",
                "diverted ring 3 6000.0 0.0",
                "deadline overflow sip:night@pbx",
                "leg a-1 overflow sip:night@pbx 13.02-15-60.1 desk",
            ]
        ],
    ),
    "overflow found by its target where the leg has a name of its own": (
        RINGS
        + """
        13.01 DeadlinePassed a action=overflow target=sip:night@pbx
        13.02 CallDialled q target=sip:night@pbx
        14    CallEnded q by=peer code=486
        14    CallClosed q
        15    RecordingFinished a file=a.wav duration_s=4.5
        16    CallEnded a by=customer
        16    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 16 by customer",
                *IN_RING,
                "deadline overflow sip:night@pbx",
                "message a.wav 4.5",
                "leg q overflow sip:night@pbx 13.02---14 peer",
            ]
        ],
    ),
    "message": (
        RINGS
        + """
        13.01 DeadlinePassed a action=message
        13.01 PickupJudged a verdict=diverted after_open_ms=6000.0 before_close_ms=0.0
        13.02 CallAnswered a
        13.03 MediaStarted a
        40    RecordingFinished a file=messages/a.wav duration_s=21.5
        40    CallEnded a by=customer
        40    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 40 by customer",
                "alerting 0.01",
                "answered 13.02",
                "window AT 7-13",
                "diverted ring 3 6000.0 0.0",
                "deadline message",
                "message messages/a.wav 21.5",
            ]
        ],
    ),
    "blind transfer, refused by one target, taken by the next": (
        TALK
        + """
        20    AgentTransferred - target=sip:201@pbx
        20.1  TransferProgressed a target=sip:201@pbx code=100
        21    TransferProgressed a target=sip:201@pbx code=486 final=yes
        25    AgentTransferred a target=sip:202@pbx
        26    TransferProgressed a target=sip:202@pbx code=200 final=yes
        26.1  CallEnded a by=transfer
        26.1  CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 26.1 by transfer",
                *IN_TALK,
                "blind sip:201@pbx failed 486",
                "blind sip:202@pbx succeeded 200",
            ]
        ],
    ),
    "attended transfer: the consultation is a leg, the customer's hold is closed by the end": (
        TALK
        + """
        18    AgentDialled b target=201
        18    HoldChanged a by_us=yes
        18.1  CallDialled b target=sip:201@pbx
        19    PeerAlerting b code=180
        21    CallAnswered b
        30    AgentTransferred -
        30.5  TransferProgressed a target=sip:201@pbx code=200 final=yes
        30.6  CallEnded a by=transfer
        30.6  CallClosed a
        30.7  CallEnded b by=transfer
        30.7  CallClosed b
        """,
        [
            [
                CUSTOMER,
                "ended 30.6 by transfer",
                *IN_TALK,
                "hold us 18-",
                "attended sip:201@pbx succeeded 200",
                "leg b consultation sip:201@pbx 18.1-21-30.7 transfer",
            ]
        ],
    ),
    "attended transfer whose REFER is refused is joined inside": (
        TALK
        + """
        18    AgentDialled b target=201
        18    HoldChanged a by_us=yes
        18.1  CallDialled b target=sip:201@pbx
        21    CallAnswered b
        30    AgentTransferred a to_call=b
        30.5  TransferProgressed a target=sip:201@pbx code=603 final=yes refused=yes
        30.6  CallsJoined a other=b
        90    CallEnded b by=peer
        90    CallClosed b
        90.1  CallEnded a by=desk
        90.1  CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 90.1 by desk",
                *IN_TALK,
                "hold us 18-",
                "attended sip:201@pbx joined 603",
                "leg b consultation sip:201@pbx 18.1-21-90 peer",
            ]
        ],
    ),
    "blind transfer whose REFER is refused: the seat places the leg": (
        TALK
        + """
        20    AgentTransferred a target=sip:201@pbx
        20.1  TransferProgressed a target=sip:201@pbx code=603 final=yes refused=yes
        20.2  CallDialled a-1 target=sip:201@pbx
        22    CallAnswered a-1
        22.1  CallsJoined a other=a-1
        50    CallEnded a by=customer
        50    CallClosed a
        50    CallEnded a-1 by=desk
        50    CallClosed a-1
        """,
        [
            [
                CUSTOMER,
                "ended 50 by customer",
                *IN_TALK,
                "blind sip:201@pbx joined 603",
                "leg a-1 transfer sip:201@pbx 20.2-22-50 desk",
            ]
        ],
    ),
    "a consultation that leads to no transfer is a call of its own": (
        TALK
        + """
        18    AgentDialled b target=201
        18    HoldChanged a by_us=yes
        18.1  CallDialled b target=sip:201@pbx
        21    CallAnswered b
        25    CallEnded b by=agent
        25    CallClosed b
        25.5  HoldChanged a
        40    CallEnded a by=customer
        40    CallClosed a
        """,
        [
            ["b out sip:201@pbx", "ended 6.9 by agent", "answered 2.9"],
            [CUSTOMER, "ended 40 by customer", *IN_TALK, "hold us 18-25.5"],
        ],
    ),
    "conference": (
        TALK
        + """
        18    AgentDialled b target=201
        18    HoldChanged a by_us=yes
        18.1  CallDialled b target=sip:201@pbx
        21    CallAnswered b
        25    AgentConferenced -
        25.1  HoldChanged a
        25.1  CallsJoined b other=a with_agent=yes
        30    CallEnded b by=peer
        30    CallClosed b
        40    CallEnded a by=customer
        40    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 40 by customer",
                *IN_TALK,
                "hold us 18-25.1",
                "leg b conference sip:201@pbx 18.1-21-30 peer",
            ]
        ],
    ),
    "two customers connected to each other keep a record each": (
        TALK
        + """
        9     CallArrived b caller=sip:77@pbx
        10    HoldChanged a by_us=yes
        10    CallAnswered b
        20    AgentTransferred a to_call=b
        20.1  CallsJoined a other=b
        30    CallEnded a by=customer
        30    CallClosed a
        30    CallEnded b by=desk
        30    CallClosed b
        """,
        [
            [CUSTOMER, "ended 30 by customer", *IN_TALK, "hold us 10-", "attended sip:77@pbx joined 0", "related b"],
            ["b in sip:77@pbx", "ended 21 by desk", "answered 1", "related a"],
        ],
    ),
    "two calls interleaved: events without a call go to the one in talk": (
        TALK
        + """
        9     CallArrived b caller=sip:77@pbx
        9.01  AlertingStarted b
        10    AgentSentDigits - digits=123
        10.5  DigitReceived a digit=1
        11    AgentMarkedStage - stage=clarify
        12    AgentLifted -
        12    HoldChanged a by_us=yes
        12    CallAnswered b
        13    AgentMarkedStage - stage=greeting
        14    CallEnded b by=customer
        14    CallClosed b
        15    HoldChanged a
        16    AgentMarkedStage - stage=close
        17    CallEnded a by=customer
        17    CallClosed a
        """,
        [
            [
                "b in sip:77@pbx",
                "ended 5 by customer",
                "alerting 0.01",
                "answered 3",
                "lifted 3",
                "stage greeting 4",
            ],
            [
                CUSTOMER,
                "ended 17 by customer",
                *IN_TALK,
                "hold us 12-15",
                "stage clarify 11",
                "stage close 16",
                "digits 1 in 3 out",
            ],
        ],
    ),
    "refused: complete at once": (
        "0 CallRefused a code=486 reason=no_free_line",
        [[CUSTOMER, "ended 0 by desk 486", "refused no_free_line"]],
    ),
    "outgoing": (
        """
        0     AgentDialled a target=201
        0.1   CallDialled a target=sip:201@pbx
        1.1   PeerAlerting a code=180
        1.6   PeerAlerting a code=183
        4.1   CallAnswered a
        9.1   CallEnded a by=agent code=200
        9.1   CallClosed a
        """,
        [["a out sip:201@pbx", "ended 9 by agent 200", "alerting 1", "answered 4"]],
    ),
    "outgoing, busy": (
        """
        0     AgentDialled a target=201
        0.1   CallDialled a target=sip:201@pbx
        1.1   CallEnded a by=peer code=486
        1.1   CallClosed a
        """,
        [["a out sip:201@pbx", "ended 1 by peer 486"]],
    ),
    "notes of the desk": (
        "0 CallArrived a\n1 CallEnded a by=customer\n1 CallClosed a notes=[odd,one]",
        [[CUSTOMER, "ended 1 by customer", "note odd", "note one"]],
    ),
    "what an engine tells twice counts once": (
        TALK
        + """
        8.02  MediaStarted a
        9     DigitReceived a digit=1
        9     DigitReceived a digit=1
        9.5   DigitReceived a digit=1
        10    SpeechSegmentEnded a party=agent start_s=0.5 end_s=1.5
        10    SpeechSegmentEnded a party=agent start_s=0.5 end_s=1.5
        10    InterruptionNoticed a by=agent start_s=1.0 end_s=1.5 outcome=taken
        10    InterruptionNoticed a by=agent start_s=1.0 end_s=1.5 outcome=taken
        0     CallArrived a
        12    CallEnded a by=customer
        12    CallClosed a
        0     CallArrived a
        12    CallEnded a by=customer
        """,
        [
            [
                CUSTOMER,
                "ended 12 by customer",
                *IN_TALK,
                "digits 2 in 0 out",
                "agent spoke 0.5-1.5",
                "interrupted by agent 1.0 taken",
            ]
        ],
    ),
}

CRASHES: dict[str, tuple[str, list[list[str]]]] = {
    "the engine is lost while main lives: the call ended then, with what was measured so far": (
        TALK
        + """
        10    MeasuresTaken a duration_s=2.0
        10.2  SpeechSegmentEnded a party=customer start_s=0.2 end_s=1.9
        11.5  EngineLost - pid=100
        """,
        [[CUSTOMER, "ended 11.5 by crash", *IN_TALK, "measures partial 1 2.0", "customer spoke 0.2-1.9"]],
    ),
    "and what the desk says of it afterwards is taken in": (
        RINGS
        + """
        9     EngineLost - pid=100
        9     CallEnded a by=crash
        9     PickupJudged a verdict=unanswered ring=2 after_open_ms=1990.0 before_close_ms=4010.0
        9     CallClosed a
        """,
        [[CUSTOMER, "ended 9 by crash", *IN_RING, "unanswered ring 2 1990.0 4010.0"]],
    ),
    "main comes back to another engine: calls it does not know ended when last heard of": (
        TALK
        + """
        10    MeasuresTaken a duration_s=2.0
        3600  EngineStarted - pid=200
        """,
        [[CUSTOMER, "ended 10 by crash", *IN_TALK, "measures partial 1 2.0"]],
    ),
    "the desk's word comes an hour later and does not move the end": (
        TALK
        + """
        3600  EngineStarted - pid=200
        3600  CallEnded a by=crash
        3600  CallClosed a
        """,
        [[CUSTOMER, "ended 8.02 by crash", *IN_TALK]],
    ),
    "main comes back to the same engine: the call goes on": (
        TALK
        + """
        20    EngineStarted - pid=100 calls=[a]
        30    CallEnded a by=customer
        30    CallClosed a
        """,
        [[CUSTOMER, "ended 30 by customer", *IN_TALK]],
    ),
    "one of two calls survives": (
        TALK
        + """
        9     CallArrived b caller=sip:77@pbx
        20    EngineStarted - pid=100 calls=[a]
        20    CallEnded b by=crash
        20    CallClosed b
        30    CallEnded a by=customer
        30    CallClosed a
        """,
        [["b in sip:77@pbx", "ended 0 by crash"], [CUSTOMER, "ended 30 by customer", *IN_TALK]],
    ),
    "a leg is lost and its call survives": (
        TALK
        + """
        18    HoldChanged a by_us=yes
        18    AgentDialled b target=201
        18    CallDialled b target=sip:201@pbx
        19    CallAnswered b
        20    AgentTransferred a to_call=b
        25    EngineStarted - pid=100 calls=[a]
        30    CallEnded a by=customer
        30    CallClosed a
        """,
        [
            [
                CUSTOMER,
                "ended 30 by customer",
                *IN_TALK,
                "hold us 18-",
                "attended sip:201@pbx pending 0",
                "leg b consultation sip:201@pbx 18-19-19 crash",
            ]
        ],
    ),
    "the machine is started anew": (
        TALK
        + """
        12    MeasuresTaken a duration_s=4.0
        boot=two
        1     PresenceChanged - presence=present
        """,
        [[CUSTOMER, "ended 12 by crash", *IN_TALK, "measures partial 1 4.0"]],
    ),
    "a leg crashes with its call": (
        TALK
        + """
        18    HoldChanged a by_us=yes
        18    AgentDialled b target=201
        18    CallDialled b target=sip:201@pbx
        19    CallAnswered b
        20    AgentTransferred a to_call=b
        21    EngineLost - pid=100
        """,
        [
            [
                CUSTOMER,
                "ended 21 by crash",
                *IN_TALK,
                "hold us 18-",
                "attended sip:201@pbx pending 0",
                "leg b consultation sip:201@pbx 18-19-21 crash",
            ]
        ],
    ),
    "ended, but the desk did not get round to closing it": (
        TALK
        + """
        12    CallEnded a by=customer
        13    EngineLost - pid=100
        """,
        [[CUSTOMER, "ended 12 by customer", *IN_TALK]],
    ),
}


def built(notation: str) -> tuple[RecordBuilder, dict[str, CallRecord]]:
    builder, records = RecordBuilder(), {}
    for entry in entries(notation):
        builder.feed(entry)
        for record in builder.completed():
            records[record.call] = record
    return builder, records


@pytest.mark.parametrize("name", CASES)
def test_events_become_records(name: str) -> None:
    notation, expected = CASES[name]
    builder, records = built(notation)
    assert [told(record) for record in records.values()] == expected
    assert builder.open_calls() == []
    assert builder.settled_seq == len(entries(notation))


@pytest.mark.parametrize("name", CRASHES)
def test_crashed_calls_are_completed(name: str) -> None:
    notation, expected = CRASHES[name]
    _, records = built(notation)
    assert [told(record) for record in records.values()] == expected


@pytest.mark.parametrize("name", [*CASES, *CRASHES])
def test_reading_again_from_the_settled_entry_gives_the_same(name: str) -> None:
    """A store that stops at any entry and starts anew after the settled one ends with the same records."""
    everything = entries((CASES | CRASHES)[name][0])
    _, expected = built((CASES | CRASHES)[name][0])
    for stop in range(len(everything)):
        records: dict[str, CallRecord] = {}
        first = RecordBuilder()
        for entry in everything[:stop]:
            first.feed(entry)
        second = RecordBuilder()
        for record in first.completed():
            records[record.call] = record
        for entry in everything[first.settled_seq :]:
            second.feed(entry)
        for record in second.completed():
            records[record.call] = record
        assert records == expected, f"stopped after {stop}"


def test_an_open_call_is_told_as_far_as_it_got() -> None:
    builder, records = built(TALK + "\n12 CallArrived b caller=sip:77@pbx")
    assert records == {}
    first, second = builder.open_calls()
    assert told(first) == [CUSTOMER, "ended - by -", *IN_TALK]
    assert told(second) == ["b in sip:77@pbx", "ended - by -"]
    assert [leg.ended_ms for leg in first.legs] == [None]
    assert builder.settled_seq == 0


def test_a_call_whose_desk_never_speaks_again_is_let_go() -> None:
    lines = [RINGS, "9 EngineLost - pid=100"]
    lines += [f"{10 + n} PresenceChanged - presence=present" for n in range(DEAD_ENTRIES + 1)]
    builder, records = built("\n".join(lines))
    assert told(records["a"])[:2] == [CUSTOMER, "ended 9 by crash"]
    assert builder.open_calls() == []
    assert builder.settled_seq == len(entries("\n".join(lines)))


def test_entries_of_unknown_calls_change_nothing() -> None:
    builder, records = built("1 CallAnswered z\n2 CallEnded z by=customer\n3 CallsJoined z other=y\n4 CallClosed z")
    assert records == {}
    assert builder.settled_seq == 4


def test_walls_and_identity() -> None:
    _, records = built(CASES["on time"][0])
    record = records["a"]
    assert (record.seat, record.caller_name, record.codec, record.encrypted) == ("desk", "Eva Huber", "G722", False)
    assert record.arrived == START
    assert record.answered == START + timedelta(seconds=8.001)
    assert record.talk_s == pytest.approx(5.999)
    assert record.media_ms == 8020.0
    assert (record.first_seq, record.last_seq) == (1, 13)
    assert [leg.kind for leg in record.legs] == ["incoming"]


def test_the_timeline_tells_no_digits() -> None:
    _, records = built(CASES["two calls interleaved: events without a call go to the one in talk"][0])
    texts = [mark.text for mark in records["a"].timeline]
    assert "digits sent" in texts
    assert not any("123" in text for text in texts if "sip:" not in text)
    assert [mark.at_ms for mark in records["a"].timeline] == sorted(mark.at_ms for mark in records["a"].timeline)


def test_every_call_event_leaves_a_trace_or_is_known_not_to() -> None:
    """A new kind of event must be thought of here: does it belong into the record?"""
    silent = {"CallEvent", "DeskEvent", "AgentHeld", "AgentResumed", "AgentConferenced"}
    silent |= {"TalkingOverNoticed", "OverlapJudged"}  # what became of it is in the measures
    used = {
        line.split()[1] for text, _ in (CASES | CRASHES).values() for line in text.splitlines() if " " in line.strip()
    }
    used |= {"CommandFailed", "AgentMuted", "AgentHungUp"}  # tested below
    kinds = {
        name
        for name, kind in vars(ev).items()
        if isinstance(kind, type) and issubclass(kind, ev.Event) and "call" in typing.get_type_hints(kind)
    }
    assert kinds - silent - used == set()


def test_mute_hang_up_and_failed_commands_are_in_the_timeline() -> None:
    _, records = built(
        TALK
        + """
        9   AgentMuted - muted=yes
        10  AgentTransferred a target=sip:201@pbx
        10  CommandFailed a command=TransferBlind what='no_such_host
        11  AgentHungUp -
        11  CallEnded a by=agent
        11  CallClosed a
        """
    )
    record = records["a"]
    assert [mark.kind for mark in record.timeline][-5:] == ["muted", "transfer", "trouble", "hung_up", "ended"]
    assert [transfer.result for transfer in record.transfers] == ["failed"]
