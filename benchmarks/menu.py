"""How soon a key that is pressed in a menu, or a topic that is chosen, has its effect: the INVITE to the specialist.

A seat with a menu takes calls on a line without a window. A key is sent as RFC 4733 packets (160 ms), as INFO, or as
a tone of 100 ms in the sound, while the menu speaks. Both moments are of one clock; the INVITE is stamped by the kernel
of the specialist. The tone is over when the packet with its last sample was due, the event when its last new packet
was. A topic is chosen by the page's HTTP while the receptionist talks to a caller.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import spread, table
from phoneetiquette.speech.dtmf import HIGH_HZ, LOW_HZ
from tests.peers.g711 import Samples
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import Behaviour, SipCaller

AGENTS = ("phoneetiquette",)
METHODS = ("rfc4733", "info", "inband")
EVENT_MS = 160.0
TONE_MS = 100.0
SETTLED_S = 1.0
PLAN = """\
dialplan: 1
name: Benchmark
country: AT
timezone: Europe/Vienna
people: {{maria: {{call: "{maria}"}}}}
services: {{office: {{email: office@hotel.example}}}}
topics: {{change: {{to: [maria], otherwise: {{message: office}}}}}}
lines:
  night: {{called: [alarm], rules: [{{do: {{menu: night}}}}]}}
  desk: {{called: [now], rules: [{{do: {{ring: desk}}}}], on_deadline: {{message: office}}}}
menus:
  night:
    say: Nobody is here right now. To change a booking, press 1. To leave a message, press 9. Thank you for calling.
    keys: {{1: {{topic: change}}, 9: {{message: office}}}}
    no_key: {{then: {{message: office}}}}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=20, help="for each way of sending a key, and topics chosen")


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    assert name in AGENTS, "only phoneetiquette follows a dialplan"
    folder = Path(tempfile.mkdtemp(prefix="benchmark-menu-"))
    spans: dict[str, list[float]] = {method: [] for method in METHODS}
    with SipCaller("maria", behaviour=Behaviour(answer_after_s=None)) as maria, SipCaller("guest") as guest:
        plan = folder / "plan.yaml"
        plan.write_text(PLAN.format(maria=maria.contact))
        settings = {"pickup": {"country": "JP", "emergency_lines": ["alarm", "now"]}, "dialplan": str(plan)}
        with Seat(folder, settings) as seat:
            seat.post("reload")  # when it answers, everything is spoken
            for _ in range(options.calls):
                for method in METHODS:
                    call = guest.call(seat.uri_of("alarm"))
                    call.wait("answered")
                    time.sleep(SETTLED_S)
                    over_ns = _press(call, method)
                    at_maria = maria.wait_call()
                    spans[method].append((at_maria.wait("got_invite") - over_ns) / 1e6)
                    call.bye()
                    at_maria.wait("ended")
                    seat.wait_idle()
            spans["topic"] = list(_topics(seat, guest, maria, options.calls))
    return {"agent": name, "spans_ms": {method: spread(span) for method, span in spans.items()}}


def _topics(seat: Seat, guest: SipCaller, maria: SipCaller, count: int) -> Iterator[float]:
    """Milliseconds from each choice of the topic to the INVITE."""
    customer = guest.call(seat.uri_of("now"))
    call = seat.wait_call(guest.user)["id"]
    seat.post("lift", call=call)
    seat.wait_call(call, state="talking")
    for _ in range(count):
        chosen_ns = time.monotonic_ns()
        seat.post("topic", topic="change", call=call)
        yield (maria.wait_call().wait("got_invite") - chosen_ns) / 1e6
        seat.post("resume", call=call)
        seat.wait_call(call, state="talking")
        seat.wait_gone(maria.user)
    customer.bye()
    seat.wait_idle()


def _press(call: PeerCall, method: str) -> int:
    """Press 1; the moment at which the key is over."""
    now_ns = time.monotonic_ns()
    if method == "rfc4733":
        call.send_digits("1")
        return now_ns + round(EVENT_MS * 1e6)
    if method == "info":
        call.send_info_digit("1")
        return now_ns
    call.play(_tone())
    time.sleep(0.05)
    return call.rtp.played_from_ns + round(TONE_MS * 1e6)


def _tone() -> Samples:
    at = np.arange(round(8 * TONE_MS)) / 8000
    pair = np.sin(2 * np.pi * LOW_HZ[0] * at) + np.sin(2 * np.pi * HIGH_HZ[0] * at)
    return np.round(6000 * np.concatenate([pair, np.zeros(800)])).astype(np.int16)


def report(results: list[dict[str, Any]]) -> str:
    spans = results[0]["spans_ms"]
    rows = [(method, one.median, one.p99, one.high) for method, one in spans.items()]
    return table(("key by, or topic", "median ms after its end", "p99 ms", "most ms"), rows)


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    return {"key by tone ms": result["spans_ms"]["inband"].median}
