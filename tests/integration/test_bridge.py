"""The conference bridge driven by hand, in a process of its own, as the library can be started once only."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as e
from tests.peers.seat import Seat

SCRIPT = textwrap.dedent('''
    """Says noise into the microphone, which is patched to the ear; what comes back, and when it was said."""
    import json, sys, threading, time
    import numpy as np
    import pjsua2 as pj
    from phoneetiquette.sip.bridge import EAR_SLOT, Bridge
    from phoneetiquette.sip.io_queues import Waker
    from phoneetiquette.sip.patchbay import Patchbay

    rate = int(sys.argv[1])
    endpoint, settings = pj.Endpoint(), pj.EpConfig()
    endpoint.libCreate()
    settings.uaConfig.threadCnt, settings.logConfig.level, settings.logConfig.consoleLevel = 0, 0, 0
    settings.medConfig.clockRate = settings.medConfig.sndClockRate = rate
    settings.medConfig.audioFramePtime = 20
    endpoint.libInit(settings)
    endpoint.libStart()
    waker, bridge, bay = Waker(), Bridge(endpoint, rate), Patchbay()
    bay.add("mic", bridge.mic_slot)
    bay.add("ear", EAR_SLOT)
    said, heard = np.random.default_rng(1).integers(-9999, 9999, (60, rate // 50)).astype(np.int16), []
    for number, frame in enumerate(said):
        if number in (10, 50):
            bay.patch({("mic", "ear")} if number == 10 else ())
        heard.append(bridge.exchange(frame))
    echoes = [int(np.flatnonzero((said == one).all(axis=1))[0]) if one.any() else None for one in heard]

    wakes = []
    for early in (True, False) * 3:
        if early:  # before the poll: then it does not sleep at all
            waker.wake()
        else:
            threading.Timer(0.2, waker.wake).start()
        began = time.monotonic()
        endpoint.libHandleEvents(5000)
        waker.rearm()
        wakes.append(time.monotonic() - began)
    for _ in range(100_000):  # nobody polls: what has no room is not needed
        waker.wake()
    endpoint.libHandleEvents(5000)
    waker.rearm()
    print(json.dumps({"echoes": echoes, "wakes": wakes}))
    endpoint.libDestroy()
''')


def run(rate_hz: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(rate_hz)], capture_output=True, text=True, timeout=60, check=True
    )
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_what_is_said_is_mixed_in_the_same_tick(rate_hz: int) -> None:
    echoes = run(rate_hz)["echoes"]
    assert echoes[12:50] == list(range(12, 50))
    assert echoes[:10] == [None] * 10
    assert echoes[52:] == [None] * 8


def test_the_poll_is_ended_from_outside() -> None:
    assert all(slept < 2 for slept in run(16000)["wakes"])


def test_a_seat_without_udp_sleeps_until_it_is_wanted(tmp_path: Path) -> None:
    with Seat(tmp_path, {"sip": {"transports": ["tcp"]}}) as seat:
        status = Path(f"/proc/{seat.engine_pid}/task/{seat.engine_pid}/status")

        def wakes() -> int:
            lines = status.read_text().splitlines()
            return int(next(line for line in lines if line.startswith("voluntary")).split()[1])

        before = wakes()
        time.sleep(3.0)
        assert wakes() - before < 60
        for _ in range(3):
            seat.dial("sip:nobody@127.0.0.1:9")
            seat.wait_event(e.CallDialled)
            seat.hang_up_all()
            seat.wait_idle()
