"""What the edge adds: INVITE -> 180, the moment of the answer, and its CPU time, idle and with sound passing through.

Two agents are compared, a seat behind its edge (``edge``) and the same seat alone (``alone``). The CPU time is that of
Kamailio and rtpengine together; the seat's own is what ``cost`` measures.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from benchmarks.figures import Spread, median_of, spread, table
from benchmarks.meter import Hiccups, Meter
from benchmarks.sounds import voice
from tests.peers.edge import EdgedSeat
from tests.peers.seat import Seat
from tests.peers.sip_caller import SipCaller

AGENTS = ("edge", "alone")
NOW = "alarm"
WINDOW_OPENS_MS = 4000
"""After the second burst of the Japanese ring."""
NICE = -11
"""Of the edge's services."""
PAUSE_S = 0.25
"""A seat is given no more than a few new calls in a second."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=40, help="calls that ring and are given up")
    parser.add_argument("--lifted", type=int, default=4, help="calls that are lifted early and wait for the window")
    parser.add_argument("--seconds", type=float, default=30, help="of sound, and of idleness, whose cost is measured")


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edge-bench-")))
        settings: dict[str, dict[str, Any]] = {"pickup": {"country": "JP", "emergency_lines": [NOW]}}
        seat = stack.enter_context(EdgedSeat(folder, settings) if name == "edge" else Seat(folder, settings))
        if isinstance(seat, EdgedSeat):
            for pid in seat.edge.pids():
                with suppress(PermissionError):  # not everybody may do as the service does
                    os.setpriority(os.PRIO_PROCESS, pid, NICE)
        caller = stack.enter_context(SipCaller("guest"))
        hiccups = stack.enter_context(Hiccups())
        target = seat.outside if isinstance(seat, EdgedSeat) else seat.uri
        to_180 = [_ring(caller, target) for _ in range(options.calls)]
        errors = [_lift(caller, seat, target) for _ in range(options.lifted)]
        result: dict[str, Any] = {
            "agent": name,
            "invite_to_180_ms": spread(to_180),
            "error_ms": spread(errors),
            "idle_s_per_min": None,
            "call_s_per_min": None,
        }
        if isinstance(seat, EdgedSeat):
            meter = Meter(seat.edge.pids)
            idle = _cpu(meter, options.seconds)
            call = caller.call(target.replace("desk", NOW))
            call.play(voice(20.0, 8000, seed=1), repeat=True)
            seat.post("lift", call=seat.wait_call("guest")["id"])
            call.wait("answered")
            time.sleep(1)
            result |= {"idle_s_per_min": idle, "call_s_per_min": _cpu(meter, options.seconds)}
            call.bye()
            call.wait("ended")
    return {**result, "machine": str(hiccups)}


def _ring(caller: SipCaller, target: str) -> float:
    call = caller.call(target)
    call.wait("180")
    call.cancel()
    call.wait("487")
    time.sleep(PAUSE_S)
    return call.span_ms("invite", "180")


def _lift(caller: SipCaller, seat: Seat, target: str) -> float:
    """How late the answer is, of a call that was lifted too early."""
    call = caller.call(target)
    call.wait("180")
    seat.post("lift", call=seat.wait_call("guest")["id"])
    call.wait("answered")
    call.bye()
    call.wait("ended")
    seat.wait_idle()
    return call.span_ms("180", "answered") - WINDOW_OPENS_MS


def _cpu(meter: Meter, seconds: float) -> float:
    """CPU seconds a minute."""
    before, start = meter.sample().cpu_s, time.monotonic()
    time.sleep(seconds)
    return (meter.sample().cpu_s - before) / (time.monotonic() - start) * 60


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    return {"invite to 180": median_of(result["invite_to_180_ms"]), "error": median_of(result["error_ms"])}


def report(results: list[dict[str, Any]]) -> str:
    columns = ("agent", "INVITE->180", "error at the edge of the window", "edge idle, s/min", "edge in a call, s/min")
    rows = [
        (
            result["agent"],
            result["invite_to_180_ms"],
            result["error_ms"],
            *(None if result[key] is None else f"{result[key]:.2f}" for key in ("idle_s_per_min", "call_s_per_min")),
        )
        for result in results
    ]
    notes = [f"{result['agent']}: {result['machine']}" for result in results]
    spreads: list[Spread | None] = [result["invite_to_180_ms"] for result in results]
    if len(spreads) == len(AGENTS) and all(spreads):
        medians = [median_of(one) or 0.0 for one in spreads]
        notes.append(f"the edge adds {medians[0] - medians[1]:.2f} ms to INVITE->180 (median)")
    return "\n".join(["median / p99 / max in ms", "", table(columns, rows), "", *notes])
