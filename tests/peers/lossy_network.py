"""A bad network between a test's phone and a seat: packets are lost, late and out of order, both ways.

It looks like a router that knows SIP: addresses are replaced in the messages that pass, ports have five digits on all
sides, so no length changes. SIP over UDP, one call at a time::

    with LossyNetwork(seat.address, phone.port, loss=0.05, jitter_s=0.06) as network:
        call = phone.call(f"sip:desk@127.0.0.1:{network.port}")
"""

from __future__ import annotations

import heapq
import itertools
import random
import re
import select
import socket
import threading
import time
from typing import Self

from tests.peers.ports import LOOPBACK, free_port
from tests.peers.sip_transport import Address

LEAST_DELAY_S = 0.01
_AUDIO = re.compile(rb"^m=audio (\d+) ", re.MULTILINE)


class LossyNetwork:
    """``loss``: share of packets that never arrive. ``jitter_s``: each is late by up to so much, so that later ones
    overtake it."""

    def __init__(self, seat: Address, phone_port: int, *, loss: float, jitter_s: float, seed: int = 1) -> None:
        self.lost = self.passed = 0
        self._loss, self._jitter_s, self._dice = loss, jitter_s, random.Random(seed)  # noqa: S311
        self._seat, self._phone = seat, (LOOPBACK, phone_port)
        self.port, self._inner_port = free_port(), free_port()
        self._to_phone = _bound(self.port)
        """Where the phone sends, and is sent to from."""
        self._to_seat = _bound(self._inner_port)
        self._phone_sound, self._seat_sound = _bound(free_port()), _bound(free_port())
        """Where phone and seat send their sound, and are sent the other's from."""
        self._sound_at: dict[socket.socket, Address] = {}
        """Of which port phone and seat have said that they hear there."""
        self._sockets = [self._to_phone, self._to_seat, self._phone_sound, self._seat_sound]
        self._late: list[tuple[float, int, socket.socket, bytes, Address]] = []
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._carry, name="lossy-network", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        for one in self._sockets:
            one.close()

    def _carry(self) -> None:
        while not self._stopping.is_set():
            wait_s = max(0.0, min(0.05, self._late[0][0] - time.monotonic())) if self._late else 0.05
            ready, _, _ = select.select(self._sockets, [], [], wait_s)
            for one in ready:
                self._take(one, one.recv(65536))
            while self._late and self._late[0][0] <= time.monotonic():
                _, _, out, data, to = heapq.heappop(self._late)
                out.sendto(data, to)

    def _take(self, come_in: socket.socket, data: bytes) -> None:
        if come_in is self._to_phone:
            self._send(self._to_seat, self._changed(data, inward=True), self._seat)
        elif come_in is self._to_seat:
            self._send(self._to_phone, self._changed(data, inward=False), self._phone)
        else:
            out = self._phone_sound if come_in is self._seat_sound else self._seat_sound
            if out in self._sound_at:
                self._send(out, data, self._sound_at[out])

    def _send(self, out: socket.socket, data: bytes, to: Address) -> None:
        if self._dice.random() < self._loss:
            self.lost += 1
            return
        self.passed += 1
        at = time.monotonic() + LEAST_DELAY_S + self._dice.uniform(0, self._jitter_s)
        heapq.heappush(self._late, (at, next(self._numbers), out, data, to))

    def _changed(self, data: bytes, *, inward: bool) -> bytes:
        """The message as the other side is to see it."""
        ours, theirs = (self._phone[1], self._inner_port) if inward else (self._seat[1], self.port)
        changed = data.replace(b"%s:%d" % (LOOPBACK.encode(), ours), b"%s:%d" % (LOOPBACK.encode(), theirs))
        back, forth = (self.port, self._seat[1]) if inward else (self._inner_port, self._phone[1])
        changed = changed.replace(b"%s:%d" % (LOOPBACK.encode(), back), b"%s:%d" % (LOOPBACK.encode(), forth))
        described = _AUDIO.search(changed)
        if described is None:
            return changed
        from_whom, shown = (self._phone_sound, self._seat_sound) if inward else (self._seat_sound, self._phone_sound)
        self._sound_at[from_whom] = (LOOPBACK, int(described[1]))
        return _AUDIO.sub(b"m=audio %d " % shown.getsockname()[1], changed)


def _bound(port: int) -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((LOOPBACK, port))
    return one
