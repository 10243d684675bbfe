"""Mutated and cut messages at a seat behind its edge, with a call up all the time: what ends, what is disturbed.

The packets are shared out evenly among kinds: SIP requests of a peer and of strangers, session descriptions, requests
within a call, responses, RTP and RTCP. After each round a normal call has to ring. With ``--cuts`` the messages in a
directory are sent as well, cut short at every byte.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.figures import table
from tests.peers.edge import EdgedSeat
from tests.peers.edge_attack import Attack, to_loopback
from tests.peers.edge_watch import NOW, Watch

AGENTS = ("edge",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mutations", type=int, default=100_000, help="packets in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5, help="each kind has its turn in each")
    parser.add_argument("--cuts", type=Path, metavar="DIR", help="messages (*.dat) to be cut short at every byte")


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    settings: dict[str, dict[str, Any]] = {"pickup": {"emergency_lines": [NOW]}, "edge": {"strangers": "desk"}}
    sent: dict[str, int] = {}
    seconds: dict[str, float] = {}
    normal, disturbed = 0, []
    with tempfile.TemporaryDirectory(prefix="edge-attack-") as folder, EdgedSeat(Path(folder), settings) as seat:
        watch = Watch(seat)
        attack = Attack(seat, watch, options.seed)
        each = options.mutations // options.rounds // len(attack.kinds)
        todo = [(kind, each, partial(attack.send, kind, each)) for _ in range(options.rounds) for kind in attack.kinds]
        messages = (
            [to_loopback(path.read_bytes()) for path in sorted(options.cuts.rglob("*.dat"))] if options.cuts else []
        )
        todo += [("cut short", len(data) - 1, partial(attack.cut, data)) for data in messages]
        todo += [
            ("cut short, by TCP", len(data) - 1, partial(attack.cut_connections, len(data), data)) for data in messages
        ]
        for kind, count, send in todo:
            began = time.monotonic()
            try:
                send()
            except AssertionError as failed:
                disturbed.append(f"{kind}: {failed}")
                break
            normal += 1
            sent[kind] = sent.get(kind, 0) + count
            seconds[kind] = seconds.get(kind, 0.0) + time.monotonic() - began
        engines = seat.state()["engine"]
        watch.close()
    return {
        "agent": name,
        "sent": sent,
        "seconds": seconds,
        "normal_calls": normal,
        "disturbed": disturbed,
        "engine": engines,
    }


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    return {"packets": float(sum(result["sent"].values()))}


def report(results: list[dict[str, Any]]) -> str:
    (result,) = results
    rows = [(kind, str(count), f"{result['seconds'][kind]:.0f}") for kind, count in result["sent"].items()]
    rows.append(("all", str(sum(result["sent"].values())), f"{sum(result['seconds'].values()):.0f}"))
    ends = f"{result['normal_calls']} normal calls rang; the call that was up: "
    return "\n".join(
        [
            table(("packets", "sent", "s"), rows),
            "",
            ends + ("; ".join(result["disturbed"]) or "never disturbed, the engine never died"),
        ]
    )
