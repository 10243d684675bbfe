"""Many calls one after the other: what grows? Memory, file handles and threads of all processes of the agent.

A third of the calls is given up while ringing, the others are answered and ended after half a second, by either side.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

from benchmarks.agents import WINDOWS_MS, Agent, Role
from benchmarks.figures import table
from benchmarks.meter import Footprint, Meter
from benchmarks.pickup import run_calls
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import SipCaller

COUNTRY = "GB"
COLUMNS = ("agent", "calls", "RSS MB", "PSS MB", "handles", "threads", "processes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--every", type=int, default=20, help="look after so many calls")
    parser.add_argument("--settle", type=float, default=2.0, help="seconds of quiet before each look")


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    chance = random.Random(1)  # noqa: S311
    looks: list[tuple[int, Footprint]] = []
    outcomes: dict[str, int] = {}
    with Agent(name, Role(COUNTRY)) as agent, SipCaller("guest") as caller:

        def act(call: PeerCall) -> None:
            if chance.random() < 1 / 3:
                call.wait("180", 5)
                time.sleep(chance.uniform(0.1, 2.0))
                call.cancel()
            else:
                call.wait("answered", WINDOWS_MS[COUNTRY][1] / 1000 + 5)
                time.sleep(0.5)
                call.bye()
            call.wait("ended", 10)

        for done in range(0, options.calls + 1, options.every):
            if done:
                for call in run_calls(caller, agent.uri, options.every, options.parallel, chance, act):
                    seen = " ".join(word for _, word in call.history)
                    outcome = f"stuck ({seen})" if "stuck" in call.moments else str(call.final_code)
                    outcomes[outcome] = outcomes.get(outcome, 0) + 1
                caller.calls.clear()
            time.sleep(options.settle)
            looks.append((done, Meter(agent.pids).sample()))
        alive = agent.alive() and caller.ask("OPTIONS", agent.uri) is not None
    return {"agent": name, "alive": alive, "outcomes": outcomes, "looks": looks}


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    first, last = result["looks"][0][1], result["looks"][-1][1]
    return {"RSS": last.rss_mb, "growth of RSS": last.rss_mb - first.rss_mb}


def report(results: list[dict[str, Any]]) -> str:
    rows = [
        (r["agent"], done, f"{f.rss_mb:.1f}", f"{f.pss_mb:.1f}", f.handles, f.threads, f.processes)
        for r in results
        for done, f in r["looks"]
    ]
    notes = [f"{r['agent']}: {r['outcomes']}" + ("" if r["alive"] else "; DEAD afterwards") for r in results]
    return "\n".join([table(COLUMNS, rows), "", *notes])
