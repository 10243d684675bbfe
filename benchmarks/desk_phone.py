"""A desk phone through the seat: from the lift to the customer, the window's edge, sound through the bridge, its cost.

The phone and the customer are two SIP callers on this machine. Moments are of one clock: the phone's 200 as it is sent,
the customer's as the kernel stamps it. Sound is known to both and is recognised piece by piece; what the bridge adds is
from the packet that brings a piece to the packet that takes it on. Other agents have no desk phone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.delay import Verdict, find_pieces, judge
from benchmarks.figures import median_of, spread, table
from benchmarks.meter import Hiccups, Meter
from benchmarks.mouth_to_ear import moments, time_line
from benchmarks.sounds import probe
from tests.peers import g711, processes
from tests.peers.g711 import PCMA, Samples
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import Behaviour, SipCaller

AGENTS = ("phoneetiquette",)
ALARM = "alarm"
"""A line without a window."""
OPENS_MS = 4000.0
"""In Great Britain."""
SETTLE_S = 3.0
STALL_S = 0.2
STALL_LOOKS_S = (1, 5, 10, 15, 20, 25, 30)
KNOCK_EVERY = 4000
"""Samples: half a second."""
COLUMNS = ("way", "added median", "p99 - median", "lost ms", "slips")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=40, help="lifts")
    parser.add_argument("--edges", type=int, default=8, help="calls lifted before the window")
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the call whose sound is looked at")


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    assert name in AGENTS, "only phoneetiquette has a desk phone"
    folder = Path(tempfile.mkdtemp(prefix="benchmark-phone-"))
    lifts: list[float] = []
    edges: list[float] = []
    with SipCaller("201", behaviour=Behaviour(answer_after_s=None)) as phone, SipCaller("guest") as guest:
        settings: dict[str, dict[str, Any]] = {
            "seat": {"hardware": "desk_phone"},
            "desk_phone": {"address": phone.uri},
            "pickup": {"country": "GB", "emergency_lines": [ALARM]},
        }
        with Seat(folder, settings) as seat, Hiccups() as hiccups:
            for _ in range(options.calls):
                call, leg = _ringing(seat, guest, phone, ALARM)
                leg.answer()
                lifts.append((call.wait("answered") - leg.wait("answered")) / 1e6)
                _end(seat, call, leg)
            for _ in range(options.edges):
                call, leg = _ringing(seat, guest, phone, "desk")
                leg.answer()
                call.wait("answered", 10)
                edges.append(call.span_ms("180", "answered") - OPENS_MS)
                _end(seat, call, leg)
            sound = _sound(seat, guest, phone, options.minutes * 60)
            later = _stall(seat, guest, phone)
    return {
        "agent": name,
        "machine": str(hiccups),
        "lift_to_customer_ms": spread(lifts),
        "edge_error_ms": spread(edges),
        "later_after_a_stall_ms": later,
        **sound,
    }


def _ringing(seat: Seat, guest: SipCaller, phone: SipCaller, line: str) -> tuple[PeerCall, PeerCall]:
    call = guest.call(seat.uri_of(line))
    leg = phone.wait_call()
    seat.wait_call("guest", state="alerting")
    return call, leg


def _end(seat: Seat, call: PeerCall, leg: PeerCall) -> None:
    call.bye()
    leg.wait("got_bye")
    seat.wait_idle()


def _sound(seat: Seat, guest: SipCaller, phone: SipCaller, seconds: float) -> dict[str, Any]:
    """Both talk all the time, which costs most."""
    call, leg = _ringing(seat, guest, phone, ALARM)
    leg.answer()
    call.wait("answered")
    time.sleep(SETTLE_S)
    to_phone, to_customer = probe(seconds, 11), probe(seconds, 22)
    meter = Meter(lambda: processes.of_session(seat.process.pid))
    call.play(to_phone)
    leg.play(to_customer)
    before, began = meter.sample(), time.monotonic()
    time.sleep(seconds)
    after, took_s = meter.sample(), time.monotonic() - began
    time.sleep(1.0)
    ways = {"to phone": _judged(to_phone, call, leg), "to customer": _judged(to_customer, leg, call)}
    lengths = {"sent": len(call.rtp.late_ns), "got": len(leg.rtp.received)}
    _end(seat, call, leg)
    record = seat.wait_record(call.call_id)
    return {
        "cpu_percent": round(100 * (after.cpu_s - before.cpu_s) / took_s, 2),
        "ways": ways,
        "packets": lengths,
        "measured_s": record["measures"]["duration_s"],
    }


def _stall(seat: Seat, guest: SipCaller, phone: SipCaller) -> dict[int, int]:
    """Seconds after the network has kept the phone's sound back for :data:`STALL_S` -> by how much it is later, ms."""
    call, leg = _ringing(seat, guest, phone, ALARM)
    leg.answer()
    call.wait("answered")
    knocks = np.zeros(KNOCK_EVERY, np.int16)
    knocks[:160] = probe(0.02, 5)[:160]
    leg.play(knocks, repeat=True)

    def place() -> int:
        """Where the last knock came, in samples."""
        loud = np.flatnonzero(np.abs(call.rtp.heard().astype(int)) > 1000)
        return int(loud[np.flatnonzero(np.diff(loud, prepend=-KNOCK_EVERY) > KNOCK_EVERY // 2)[-1]])

    time.sleep(SETTLE_S)
    usual = place()
    leg.rtp.stall(STALL_S)
    began, later = time.monotonic(), {}
    for moment_s in STALL_LOOKS_S:
        time.sleep(max(0.0, began + moment_s - time.monotonic()))
        later[moment_s] = round(((place() - usual + 400) % KNOCK_EVERY - 400) / 8)
    _end(seat, call, leg)
    return later


def _judged(said: Samples, from_: PeerCall, to: PeerCall) -> Verdict:
    sent_ns = moments(from_.rtp.played_from_ns, len(said), 125_000.0)
    spoken = g711.decode(g711.encode(said, PCMA), PCMA).astype(float)
    sound, arrived_ns, even_ns = time_line(list(to.rtp.received))
    return judge(find_pieces(spoken, sent_ns, sound, arrived_ns), find_pieces(spoken, sent_ns, sound, even_ns))


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    return {"lift to customer": median_of(result["lift_to_customer_ms"])}


def report(results: list[dict[str, Any]]) -> str:
    lines = ["median / p99 / max in ms", ""]
    for result in results:
        lines += [
            f"lift at the phone -> customer connected (goal 60): {result['lift_to_customer_ms']}",
            f"lifted early -> error at the window's edge: {result['edge_error_ms']}",
            f"phone's sound later after a stall of {1000 * STALL_S:.0f} ms: "
            + ", ".join(f"{ms} ms after {moment} s" for moment, ms in result["later_after_a_stall_ms"].items()),
            f"CPU of a bridged, measured call (goal 4): {result['cpu_percent']} % of a core;"
            f" {result['measured_s']} s measured; packets {result['packets']}",
            "",
        ]
        rows = [
            (
                way,
                median_of(verdict.latency_ms),
                verdict.p99_over_median_ms,
                verdict.lost_ms,
                " ".join(f"{ms:+.0f}" for _, ms in verdict.slips[:6]) or "0",
            )
            for way, verdict in result["ways"].items()
        ]
        lines += [table(COLUMNS, rows), "", f"{result['agent']}: {result['machine']}"]
    return "\n".join(lines)
