"""Who hears whom: every party says a tone of its own, and is listened for in what the others receive."""

from __future__ import annotations

import time

import numpy as np

from tests.peers import g711
from tests.peers.g711 import PCMA, PCMU, Samples
from tests.peers.rtp import RtpSession
from tests.peers.sip_call import PeerCall, PeerTimeoutError

RATE_HZ = 8000
SPAN_PACKETS = 20
"""0.4 s."""
AUDIBLE = 300.0
"""Amplitude from which a tone counts as heard; the parties speak at :data:`LOUD`."""
LOUD = 8000.0


def tone(hz: float, seconds: float = 1.0, rate_hz: int = RATE_HZ) -> Samples:
    """A whole number of swings, so that it can be repeated without a seam."""
    length = round(round(seconds * hz) / hz * rate_hz)
    return np.round(LOUD * np.sin(2 * np.pi * hz * np.arange(length) / rate_hz)).astype(np.int16)


def amplitude(sound: Samples, hz: float, rate_hz: int = RATE_HZ) -> float:
    """Of the swing with this frequency."""
    if not len(sound):
        return 0.0
    window = np.hanning(len(sound))
    turning = np.exp(-2j * np.pi * hz * np.arange(len(sound)) / rate_hz)
    return float(2 * abs(np.sum(sound * window * turning)) / window.sum())


def lately(rtp: RtpSession, since_ns: int = 0) -> Samples:
    """The last 0.4 s received, G.711 only; nothing while they are not all newer than ``since_ns``."""
    packets = [p for p in rtp.received[-SPAN_PACKETS:] if p.payload_type in (PCMA, PCMU)]
    if len(packets) < SPAN_PACKETS or packets[0].at_ns < since_ns:
        return np.zeros(0, np.int16)
    return np.concatenate([g711.decode(p.payload, p.payload_type) for p in packets])


def wait_heard(call: PeerCall, *wanted: float, among: tuple[float, ...], timeout_s: float = 5.0) -> None:
    """Blocks until exactly the ``wanted`` of the tones ``among`` have been heard in this call for 0.4 s from now on.

    Raises:
        PeerTimeoutError: something else was heard all the time.
    """
    now_ns = time.monotonic_ns()
    deadline = time.monotonic() + timeout_s
    levels: dict[float, float] = {}
    while True:
        sound = lately(call.rtp, now_ns)
        levels = {hz: amplitude(sound, hz) for hz in among}
        if len(sound) and {hz for hz, level in levels.items() if level > AUDIBLE} == set(wanted):
            return
        if time.monotonic() > deadline:
            heard = {hz: round(level) for hz, level in levels.items()}
            raise PeerTimeoutError(f"{call.agent.user} should hear {wanted}, hears {heard} in {len(sound)} samples")
        time.sleep(0.05)
