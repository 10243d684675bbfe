"""Hooks and metrics: what happened is told once, in order, without holding anything up."""

from __future__ import annotations

import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from phoneetiquette import events as e
from phoneetiquette.errors import PhoneEtiquetteError, StoreError
from phoneetiquette.followups.parcel import Parcel
from phoneetiquette.notify.outbox import Outbox
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import Interruption, Leg
from phoneetiquette.runtime.hooks import Hooks
from phoneetiquette.runtime.meters import Meters
from tests.unit.test_figures import ARRIVED, record

RULES = Path(__file__).parents[2] / "packaging/prometheus/phoneetiquette.rules.yml"


def entry(seq: int, event: e.Event) -> Entry:
    return Entry(seq, ARRIVED + timedelta(seconds=seq), "boot", event, "desk")


def ring(hooks: Hooks, call: str = "a") -> None:
    arrived = e.CallArrived(
        at_ns=1, call=call, caller="sip:+43@pbx", caller_name="Anna", called="sip:d@seat", peer="", sip_call_id=""
    )
    hooks.take_in(entry(1, arrived), [])
    hooks.take_in(entry(2, e.AlertingStarted(at_ns=2, call=call, ringback="remote")), [])
    hooks.take_in(entry(3, e.CallAnswered(at_ns=3, call=call)), [])


def told(outbox: Outbox) -> list[tuple[str, str]]:
    return [(waiting.parcel.data["event"], waiting.parcel.channel) for waiting in outbox.all()]


def make(outbox: Outbox, *wanted: str, troubles: list[str] | None = None) -> Hooks:
    def trouble(_key: str, error: PhoneEtiquetteError | None) -> None:
        assert troubles is not None
        troubles.append(str(error))

    return Hooks("desk", frozenset(wanted), ("hook_webhook",), outbox, trouble=trouble)


def test_a_call_is_told_from_ringing_to_its_record_once(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    hooks = make(outbox, "ringing", "answered", "ended", "message")
    ring(hooks)
    ring(hooks, "leg")
    whole = record(legs=(Leg(call="leg", kind="consultation", party="x", began_ms=0.0),))
    for _ in range(2):
        hooks.take_in(entry(9, e.CallClosed(at_ns=9, call="a")), [whole])
    taken = e.MessageTaken(at_ns=9, call="a", message="m", by="agent", name="Anna", matter="a key")
    hooks.take_in(entry(10, taken), [])
    hooks.close()
    parcels = [waiting.parcel for waiting in outbox.all()]
    assert [one.data["event"] for one in parcels if one.data.get("call") != "leg"] == [
        *("ringing", "answered", "ended", "message")
    ]
    ended = next(one.data for one in parcels if one.data["event"] == "ended")
    assert (ended["caller_name"], ended["record"]["pickup"]["verdict"], ended["seat"]) == ("Anna", "on_time", "desk")
    assert all(one.purpose == "hook" for one in parcels)


def test_only_what_is_wanted_is_told(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    hooks = make(outbox, "answered")
    ring(hooks)
    hooks.close()
    assert told(outbox) == [("answered", "hook_webhook")]


def test_a_disk_that_cannot_be_written_is_a_trouble_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, troubles = Outbox(tmp_path), list[str]()

    kept, put = list[str](), outbox.put

    def full(parcel: Parcel) -> None:
        if parcel.data["call"] == "a":
            raise StoreError("full", "free it")
        kept.append(parcel.data["event"])
        put(parcel)

    monkeypatch.setattr(outbox, "put", full)
    hooks = make(outbox, "ringing", "answered", troubles=troubles)
    ring(hooks)
    ring(hooks, "b")
    hooks.close()
    assert kept == ["ringing", "answered"]
    assert troubles == [*["full (free it)"] * 2, "None"]


SNAPSHOT: dict[str, Any] = {
    "engine": {"state": "ready"},
    "registration": {"state": "registered"},
    "presence": "present",
    "calls": [],
    "troubles": [],
    "messages": {"open": 3, "due": 2, "overdue": 1},
}
LINE = re.compile(r'phoneetiquette_[a-z_]+(\{[a-z]+="[^"\\\n]*"(,[a-z]+="[^"\\\n]*")*\})? -?[0-9.e+]+')


def samples(meters: Meters) -> dict[str, float]:
    lines = [line for line in meters.text(SNAPSHOT).splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines)
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_metrics_count_each_call_once() -> None:
    meters = Meters()
    interrupted = Interruption(by="agent", start_s=1.0, end_s=2.0, outcome="taken")
    for one in (record(), record(), record(call="b", interruptions=(interrupted,)), record(call="c", direction="out")):
        meters.count(one)
    told = samples(meters)
    assert told['phoneetiquette_calls_total{direction="in",verdict="on_time"}'] == 2
    assert told['phoneetiquette_interruptions_total{by="agent"}'] == 1
    assert told['phoneetiquette_ring_wait_seconds_bucket{le="6"}'] == 0
    assert told['phoneetiquette_ring_wait_seconds_bucket{le="8"}'] == 2
    assert told['phoneetiquette_ring_wait_seconds_bucket{le="+Inf"}'] == told["phoneetiquette_ring_wait_seconds_count"]
    assert told["phoneetiquette_talk_seconds_sum"] == 360
    assert (told["phoneetiquette_messages_overdue"], told["phoneetiquette_engine_up"]) == (1, 1)


def test_every_metric_says_what_it_is() -> None:
    text = Meters().text(SNAPSHOT)
    helps, types = re.findall(r"# HELP (\S+) \S", text), re.findall(r"# TYPE (\S+) (?:counter|gauge|histogram)\n", text)
    assert helps == types
    assert len(set(helps)) == len(helps)


def test_the_alert_rules_come_when_they_should_and_only_then() -> None:
    """By Prometheus' own judgement."""
    for what, file in (("check", RULES), ("test", RULES.with_suffix(".test.yml"))):
        done = subprocess.run(["promtool", what, "rules", str(file)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_alert_rules_ask_for_metrics_there_are() -> None:
    known = set(re.findall(r"# TYPE (\S+)", Meters().text(SNAPSHOT)))
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    asked = {name for rule in rules for name in re.findall(r"phoneetiquette_[a-z_]+", rule["expr"])}
    assert asked <= known
    assert len(asked) >= 4
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] for rule in rules)
