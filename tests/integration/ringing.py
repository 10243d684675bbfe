"""Steps that the tests of ringing calls share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall

LATE_MS = 100.0
"""How late an answer may come on a machine that does much else; benchmarks look closer."""
MAIN_LATE_MS = 1500.0
"""The same of what main has to do itself: it yields to others, as the engine does not."""


def sleep_until(call: PeerCall, seconds: float, since: str = "180") -> None:
    """Until so long after a moment of the call."""
    time.sleep(max(0.0, call.wait(since) / 1e9 + seconds - time.monotonic()))


def wait_until(done: Callable[[], bool], timeout_s: float = 5.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def rings(seat: Seat, call: PeerCall) -> str:
    """Blocks until the call rings at the seat; its id."""
    call.wait("180")
    return str(seat.wait_call(call.agent.user, state="alerting")["id"])


def check_pickup(record: dict[str, Any], verdict: str, ring: int) -> None:
    pickup = record["pickup"]
    assert (pickup["verdict"], pickup["ring"]) == (verdict, ring), record["timeline"]
    inside = record["ring"]["closes_ms"] - record["ring"]["opens_ms"]
    assert pickup["after_open_ms"] + pickup["before_close_ms"] == pytest.approx(inside, abs=0.01)
