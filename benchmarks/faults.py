"""A seat's processes are killed with SIGKILL at random moments of calls: is a call lost or doubled, and how soon does
the telephone answer again? The seat's main process, its engine, or both, in turn."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.figures import table
from tests.peers.killing import SETTINGS, kill_at_random
from tests.peers.seat import Seat

AGENTS = ("phoneetiquette",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=50, help="kills")
    parser.add_argument("--seed", type=int, default=1)


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, Seat(Path(folder), SETTINGS) as seat:
        told = kill_at_random(seat, options.rounds, options.seed, str(seat.folder / "records" / "records.sqlite"))
    return {
        "agent": name,
        "rounds": told.rounds,
        "stored": told.stored,
        "lost": told.lost,
        "doubled": told.doubled,
        "ready_s": told.ready_s,
    }


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    slowest = max(second for seconds in result["ready_s"].values() for second in seconds)
    return {"slowest until ready, s": slowest}


def report(results: list[dict[str, Any]]) -> str:
    (result,) = results
    rows = [
        (victim, len(seconds), f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}")
        for victim, seconds in result["ready_s"].items()
    ]
    return "\n".join(
        [
            table(("killed", "times", "median s until all is back", "slowest"), rows),
            "",
            f"{result['rounds']} kills, {result['stored']} records; lost: {result['lost'] or 0},"
            f" doubled: {result['doubled'] or 0}",
        ]
    )
