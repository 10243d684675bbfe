"""How exactly an agent lifts: INVITE -> 180, 180 -> 200 against the edge of the window, CANCEL -> 487, BYE -> 200.

Received packets carry the kernel's time stamp, so this program's own scheduling is not in 180 -> 200.
"""

from __future__ import annotations

import argparse
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from benchmarks.agents import WINDOWS_MS, Agent, Role
from benchmarks.console_traffic import ConsoleTraffic
from benchmarks.figures import Spread, median_of, spread, table
from benchmarks.meter import BusyLoops, Hiccups
from tests.peers.sip_call import PeerCall, PeerTimeoutError
from tests.peers.sip_caller import SipCaller

TALK_S = 0.3
COLUMNS = (
    "agent",
    "calls",
    "lifted",
    "outside",
    "INVITE->180",
    "error at edge",
    "BYE->200",
    "CANCEL->487",
    "lifted after CANCEL",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=16, help="lifted calls of each agent")
    parser.add_argument("--cancels", type=int, default=16, help="calls given up while ringing")
    parser.add_argument("--races", type=int, default=0, help="calls given up within 15 ms of the edge")
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--country", choices=sorted(WINDOWS_MS), default="GB")
    parser.add_argument("--edge", choices=("second_ring", "third_ring"), default="second_ring")
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="busy loops beside, a core each")
    parser.add_argument("--console", action="store_true", help="keep the seat's console busy meanwhile")
    parser.add_argument("--seed", type=int, default=1)


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """One agent through all kinds of calls."""
    role = Role(options.country, options.edge)
    wanted_ms = role.answer_after_ms
    chance = random.Random(options.seed)  # noqa: S311
    with ExitStack() as stack:
        agent = stack.enter_context(Agent(name, role))
        caller = stack.enter_context(SipCaller("guest"))
        stack.enter_context(BusyLoops(options.busy))
        hiccups = stack.enter_context(Hiccups())
        if options.console and agent.console_port:
            stack.enter_context(ConsoleTraffic(agent.console_port))
        patience_s = WINDOWS_MS[options.country][1] / 1000 + 5

        def lifted(call: PeerCall) -> None:
            call.wait("answered", patience_s)
            time.sleep(TALK_S)
            call.bye()
            call.wait("ended", 5)

        def given_up(after_s: Iterable[float]) -> Callable[[PeerCall], None]:
            moments = iter(after_s)

            def act(call: PeerCall) -> None:
                rung = call.wait("180", 5)
                time.sleep(max(0.0, next(moments) - (time.monotonic_ns() - rung) / 1e9))
                call.hang_up()  # CANCEL, or BYE where the agent was quicker
                call.wait("ended", 10)

            return act

        early = [chance.uniform(0.3, 3.0) for _ in range(options.cancels)]
        near = [wanted_ms / 1000 + chance.uniform(-0.015, 0.015) for _ in range(options.races)]
        rung = run_calls(caller, agent.uri, options.calls, options.parallel, chance, lifted)
        cancelled = []
        if agent.keeps_rings:
            cancelled = run_calls(caller, agent.uri, options.cancels, options.parallel, chance, given_up(early))
            cancelled += run_calls(caller, agent.uri, options.races, options.parallel, chance, given_up(near))
        alive = agent.alive() and caller.ask("OPTIONS", agent.uri) is not None
    return {"agent": name, "alive": alive, "machine": str(hiccups), **judge(rung, cancelled, agent, wanted_ms)}


def run_calls(
    caller: SipCaller, target: str, count: int, parallel: int, chance: random.Random, act: Callable[[PeerCall], None]
) -> list[PeerCall]:
    """``parallel`` lines, each placing one call after the other, with a pause of 0.2 to 0.7 s between."""
    pauses = [chance.uniform(0.2, 0.7) for _ in range(count)]
    numbers, calls = itertools.count(), list[PeerCall]()

    def line() -> None:
        while (number := next(numbers)) < count:
            time.sleep(pauses[number])
            call = caller.call(target, display_name=f"guest {number}")
            calls.append(call)
            try:
                act(call)
            except PeerTimeoutError:
                call.mark("stuck")
                call.hang_up()

    lines = [threading.Thread(target=line) for _ in range(parallel)]
    for thread in lines:
        thread.start()
    for thread in lines:
        thread.join()
    return calls


def spans(calls: Iterable[PeerCall], earlier: str, later: str, minus: float = 0.0) -> Spread | None:
    chosen = [call for call in calls if earlier in call.moments and later in call.moments]
    return spread(call.span_ms(earlier, later) - minus for call in chosen)


def judge(rung: list[PeerCall], cancelled: list[PeerCall], agent: Agent, wanted_ms: int) -> dict[str, Any]:
    """The figures. Outside: connected before the wanted edge, or after the end of the window."""
    opens, closes = WINDOWS_MS[agent.role.country]
    lifted = [call.span_ms("180", "answered") for call in rung if call.answered and "180" in call.moments]
    latest = closes + 5 if wanted_ms == closes else closes
    everyone = rung + cancelled
    return {
        "wanted_ms": wanted_ms,
        "calls": len(rung),
        "lifted": sum(call.answered for call in rung),
        "outside": sum(not opens <= span <= latest for span in lifted),
        "early": sum(span < wanted_ms for span in lifted),
        "invite_to_180_ms": spans(everyone, "invite", "180"),
        "error_ms": spread(span - wanted_ms for span in lifted) if agent.keeps_rings else None,
        "ring_to_200_ms": spread(lifted),
        "bye_to_200_ms": spans(rung, "bye", "bye_200"),
        "cancels": len(cancelled),
        "cancel_to_487_ms": spans(cancelled, "cancel", "487"),
        "lifted_before_cancel": sum(call.answered and "cancel" not in call.moments for call in cancelled),
        "crossed": sum(call.answered and "cancel" in call.moments for call in cancelled),
        "lifted_after_cancel": sum(_lifted_after_cancel(call) for call in cancelled),
        "stuck": sum("stuck" in call.moments for call in everyone),
        "outcomes": Counter(str(call.final_code) for call in everyone),
        "each": [{name: (at - call.moments["invite"]) / 1e6 for name, at in call.moments.items()} for call in everyone],
    }


def _lifted_after_cancel(call: PeerCall) -> bool:
    """The agent had the CANCEL (its answer to that came first) and connected all the same."""
    never = float("inf")
    return call.moments.get("cancel_200", never) < call.moments.get("200", -never)


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    figures = ("invite_to_180_ms", "error_ms", "bye_to_200_ms", "cancel_to_487_ms")
    return {figure.removesuffix("_ms").replace("_", " "): median_of(result[figure]) for figure in figures}


def report(results: list[dict[str, Any]]) -> str:
    rows = [
        (
            result["agent"],
            result["calls"],
            result["lifted"],
            result["outside"],
            result["invite_to_180_ms"],
            result["error_ms"] or f"(no rule) {result['ring_to_200_ms']}",
            result["bye_to_200_ms"],
            result["cancel_to_487_ms"],
            f"{result['lifted_after_cancel']} of {result['cancels']}",
        )
        for result in results
    ]
    notes = [
        f"{r['agent']}: {r['machine']}; given up: {r['lifted_before_cancel']} lifted before, {r['crossed']} crossed;"
        f" stuck {r['stuck']}" + ("" if r["alive"] else "; DEAD afterwards")
        for r in results
    ]
    return "\n".join(["median / p99 / max in ms", "", table(COLUMNS, rows), "", *notes])
