"""Listens for keys in the sound of callers to whom the machine speaks: some phones send tones and nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray

from phoneetiquette import events as e
from phoneetiquette.sip.bridge import Bridge
from phoneetiquette.sip.patchbay import Patchbay
from phoneetiquette.speech.dtmf import KeyDetector

log = logging.getLogger(__name__)

Samples = NDArray[np.int16]


def port_of(call: e.CallId) -> str:
    """Name of the ear of a call, at the patchbay."""
    return f"keys:{call}"


class KeyEar:
    """A port of the bridge for each call that is listened to, and a thread that looks for tones in what they take.

    Frames come on the clock thread, which does nothing with them; :meth:`listen_to` is called on the SIP thread.
    """

    def __init__(self, bridge: Bridge, bay: Patchbay, rate_hz: int, emit: Callable[[e.Event], None]) -> None:
        self._bridge = bridge
        self._bay = bay
        self._rate = rate_hz
        self._emit = emit
        self._slots: dict[e.CallId, int] = {}
        self._spare: list[int] = []
        self._calls: dict[int, e.CallId] = {}
        self._frames: deque[tuple[e.CallId, Samples]] = deque()
        self._work = threading.Event()
        self._thread: threading.Thread | None = None
        self._ended = False

    def listen_to(self, calls: Collection[e.CallId]) -> None:
        """Listen to these calls and to no others."""
        for call in [one for one in self._slots if one not in calls]:
            self._bay.remove(port_of(call))
            slot = self._slots.pop(call)
            del self._calls[slot]
            self._spare.append(slot)
        for call in calls:
            if call not in self._slots:
                slot = self._spare.pop() if self._spare else self._new_port()
                self._calls[slot] = call
                self._slots[call] = slot
                self._bay.add(port_of(call), slot)
                self._begin()

    def _new_port(self) -> int:
        """A port is kept for good and used again: the library frees none of ours."""
        slot = -1

        def hear(frame: Samples) -> None:
            call = self._calls.get(slot)
            if call is not None:
                self._frames.append((call, frame))
                self._work.set()

        slot = self._bridge.add_ear(hear)
        return slot

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="keys", daemon=True)
            self._thread.start()

    def end(self) -> None:
        self._ended = True
        self._work.set()
        if self._thread:
            self._thread.join(1.0)

    def _loop(self) -> None:
        detectors: dict[e.CallId, KeyDetector] = {}
        while not self._ended:
            self._work.wait()
            self._work.clear()
            try:
                self._turn(detectors)
            except Exception:
                log.exception("while listening for keys")

    def _turn(self, detectors: dict[e.CallId, KeyDetector]) -> None:
        while self._frames:
            call, frame = self._frames.popleft()
            if call not in detectors:
                detectors[call] = KeyDetector(self._rate)
            for key in detectors[call].feed(frame):
                now = time.monotonic_ns()
                self._emit(e.DigitReceived(at_ns=now, call=call, digit=key, method="inband"))
        for call in [one for one in detectors if one not in self._slots]:
            del detectors[call]
