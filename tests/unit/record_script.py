"""Records as facts: events in a compact notation on one side, the record they must give on the other.

A line of events is ``seconds Event call key=value ...``; ``-`` is no call. ``boot=other`` in place of an event starts
the machine anew. A record is told by :func:`told`, one fact a line.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

from phoneetiquette import events as ev
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import CallRecord

Cases = dict[str, tuple[str, list[list[str]]]]
"""By name: events, and the facts of each record that they give."""

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


def built(notation: str) -> tuple[RecordBuilder, dict[str, CallRecord]]:
    builder, records = RecordBuilder(), {}
    for entry in entries(notation):
        builder.feed(entry)
        for record in builder.completed():
            records[record.call] = record
    return builder, records


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
