"""How soon a press of a headset's button has its effect, and how soon its lamps follow.

A seat with a virtual Jabra headset (umockdev) takes calls on a line without a window. All moments are of one clock: the
report is written by the headset, the answer is stamped by the kernel of the caller, lamps are stamped as they reach the
headset. Other agents have no headset.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import Spread, median_of, spread, table
from benchmarks.meter import Hiccups, Meter
from tests.peers import processes
from tests.peers.headset_models import JABRA
from tests.peers.seat import Seat
from tests.peers.sip_caller import SipCaller
from tests.peers.virtual_headset import VirtualHeadsets

AGENTS = ("phoneetiquette",)
ALARM = "alarm"
SETTLED_S = 1.2
FIGURES = (
    ("press_to_200_ms", "hook pressed -> 200 on the wire", "20"),
    ("press_to_lamp_ms", "hook pressed -> off-hook lamp", "50"),
    ("end_to_bye_ms", "hook pressed -> BYE on the wire", "20"),
    ("ring_to_lamp_ms", "180 on the wire -> ring lamp", "50"),
    ("mute_to_lamp_ms", "mute on the page -> mute lamp", "50"),
    ("bye_to_lamp_ms", "BYE of the caller -> lamps off", "50"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=20)


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    assert name in AGENTS, "only phoneetiquette has a headset"
    spans: dict[str, list[float]] = {figure: [] for figure, _, _ in FIGURES}
    settings: dict[str, dict[str, Any]] = {
        "seat": {"hardware": "headset"},
        "pickup": {"country": "JP", "emergency_lines": [ALARM]},
    }
    folder = Path(tempfile.mkdtemp(prefix="benchmark-headset-"))
    with VirtualHeadsets() as headsets, Hiccups() as hiccups, SipCaller("guest") as caller:
        headset = headsets.plug(JABRA.model)
        with Seat(folder, settings, headsets.environment) as seat:
            headset.wait_lamps(*JABRA.dark)
            meter = Meter(lambda: processes.of_session(seat.process.pid))
            before = meter.sample()
            time.sleep(10)
            idle_cpu_s = (meter.sample().cpu_s - before.cpu_s) * 6
            for number in range(options.calls):
                call = caller.call(seat.uri_of(ALARM))
                rung_ns = call.wait("180")
                (lit_ns,) = headset.wait_lamps(*JABRA.ring)
                spans["ring_to_lamp_ms"].append((lit_ns - rung_ns) / 1e6)
                time.sleep(SETTLED_S)
                pressed_ns = headset.send(JABRA.lift[0])
                (lit_ns,) = headset.wait_lamps(*JABRA.lifted)
                spans["press_to_200_ms"].append((call.wait("answered") - pressed_ns) / 1e6)
                spans["press_to_lamp_ms"].append((lit_ns - pressed_ns) / 1e6)
                seat.wait_call("guest", state="talking")
                asked_ns = time.monotonic_ns()
                seat.post("mute", muted=True)
                (lit_ns,) = headset.wait_lamps(*JABRA.muted)
                spans["mute_to_lamp_ms"].append((lit_ns - asked_ns) / 1e6)
                seat.post("mute", muted=False)
                headset.wait_lamps(*JABRA.unmuted)
                time.sleep(SETTLED_S)
                if number % 2:
                    pressed_ns = headset.send(JABRA.end[-1])
                    spans["end_to_bye_ms"].append((call.wait("ended") - pressed_ns) / 1e6)
                    headset.wait_lamps(*JABRA.ended)
                else:
                    call.bye()
                    left_ns = call.wait("bye")
                    (lit_ns,) = headset.wait_lamps(*JABRA.ended)
                    spans["bye_to_lamp_ms"].append((lit_ns - left_ns) / 1e6)
                    headset.send(JABRA.end[-1])  # its answer
                seat.wait_idle()
                time.sleep(SETTLED_S)
    return {
        "agent": name,
        "machine": str(hiccups),
        "idle_cpu_s_per_min": round(idle_cpu_s, 3),
        **{figure: spread(values) for figure, values in spans.items()},
    }


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    return {figure.removesuffix("_ms").replace("_", " "): median_of(result[figure]) for figure, _, _ in FIGURES}


def report(results: list[dict[str, Any]]) -> str:
    rows: list[tuple[str, str, Spread | None]] = [
        (meaning, goal, result[figure]) for result in results for figure, meaning, goal in FIGURES
    ]
    notes = [f"{r['machine']}; idle with a headset: {r['idle_cpu_s_per_min']} CPU s/min" for r in results]
    return "\n".join(["median / p99 / max in ms", "", table(("figure", "goal", "measured"), rows), "", *notes])
