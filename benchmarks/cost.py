"""What calls cost: CPU seconds a minute, memory and threads of all processes of an agent, idle and in 1 and 4 calls.

Both sides of each call speak (an artificial voice). With a card the agent plays and records through PulseAudio null
sinks; the sound server is not counted. ``sending``: calls that got sound back all the time (a desk holds the others).
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from typing import Any

from benchmarks.agents import WINDOWS_MS, Agent, Role
from benchmarks.card import NullCard
from benchmarks.figures import table
from benchmarks.meter import Footprint, Meter
from benchmarks.sounds import voice
from tests.peers.sip_call import PeerCall, PeerTimeoutError
from tests.peers.sip_caller import SipCaller

COUNTRY = "GB"
COLUMNS = (
    "agent",
    "calls",
    "sending",
    "CPU s/min",
    "above idle",
    "RSS MB",
    "PSS MB",
    "threads",
    "handles",
    "processes",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", default="0,1,4", help="numbers of calls at a time")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--settle", type=float, default=3)
    parser.add_argument("--start", type=float, default=8, help="seconds in which an agent may finish its start")
    parser.add_argument(
        "--card", choices=("none", "null"), default="null", help="null: headset on PulseAudio null sinks"
    )


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    with ExitStack() as stack:
        environment: dict[str, str] = {}
        if options.card == "null":
            card = stack.enter_context(NullCard())
            card.speak(voice(30.0, 48000, seed=9))
            environment = card.environment
        role = Role(COUNTRY, sound="card" if options.card == "null" else "null", environment=environment)
        agent = stack.enter_context(Agent(name, role))
        caller = stack.enter_context(SipCaller("guest"))
        time.sleep(options.start)
        rows = [_with_calls(agent, caller, int(count), options) for count in options.calls.split(",")]
        alive = agent.alive()
    idle = next((row["cpu_s_per_min"] for row in rows if not row["calls"]), None)
    for row in rows:
        row["above_idle"] = row["cpu_s_per_min"] - idle if idle is not None and row["calls"] else None
    return {"agent": name, "alive": alive, "rows": rows}


def _with_calls(agent: Agent, caller: SipCaller, count: int, options: argparse.Namespace) -> dict[str, Any]:
    calls: list[PeerCall] = []
    for number in range(count):
        call = caller.call(agent.uri, display_name=f"guest {number}")
        call.play(voice(20.0, 8000, seed=number), repeat=True)
        calls.append(call)
        time.sleep(0.4)
    for call in calls:
        try:
            call.wait("answered", WINDOWS_MS[COUNTRY][1] / 1000 + 5)
        except PeerTimeoutError as error:
            print(f"{agent.name}: {error}")
    time.sleep(options.settle)
    meter = Meter(agent.pids)
    before, start = meter.sample(), time.monotonic()
    packets = [len(call.rtp.received) for call in calls]
    while time.monotonic() - start < options.seconds:
        time.sleep(1.0)
        after = meter.sample()  # often: a thread that ends takes its run time with it
    minutes = (time.monotonic() - start) / 60
    got = [len(call.rtp.received) - first for call, first in zip(calls, packets, strict=True)]
    for call in calls:
        call.hang_up()
    for call in calls:
        call.wait("ended", 10)
    time.sleep(1.0)
    return {
        "calls": sum(call.answered for call in calls),
        "wanted": count,
        "sending": sum(number > 0.67 * 3000 * minutes for number in got),
        "cpu_s_per_min": (after.cpu_s - before.cpu_s) / minutes,
        "footprint": after,
    }


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    figures: dict[str, float | None] = {}
    for row in result["rows"]:
        figures[f"CPU with {row['wanted']} calls"] = row["cpu_s_per_min"]
    figures["RSS"] = max(row["footprint"].rss_mb for row in result["rows"])
    return figures


def report(results: list[dict[str, Any]]) -> str:
    rows = []
    for result in results:
        for row in result["rows"]:
            size: Footprint = row["footprint"]
            above = row["above_idle"]
            rows.append(
                (
                    result["agent"],
                    row["calls"] if row["calls"] == row["wanted"] else f"{row['calls']} of {row['wanted']}",
                    row["sending"],
                    f"{row['cpu_s_per_min']:.2f}",
                    None if above is None else f"{above:.2f}",
                    f"{size.rss_mb:.0f}",
                    f"{size.pss_mb:.0f}",
                    size.threads,
                    size.handles,
                    size.processes,
                )
            )
    return table(COLUMNS, rows)
