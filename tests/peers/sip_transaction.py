"""Client transactions of a test peer (RFC 3261, 17.1): retransmission over UDP and the time-out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.peers.sip_message import Message
from tests.peers.sip_transport import Channel

T1_S = 0.5
TIMEOUT_S = 16.0
OnResponse = Callable[[Message | None, int], None]
"""Told each response and its receive time; ``None`` when the time is up."""


class ClientTransaction:
    """One request on its way. Loop's thread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop, channel: Channel, request: Message, told: OnResponse) -> None:
        self._loop, self._channel, self._told = loop, channel, told
        self.request = request
        self._data = request.encode()
        self._timer: asyncio.TimerHandle | None = None
        self._waited_s = 0.0
        self.resent = 0
        self.finished = False

    def start(self) -> int:
        """Sends; returns the monotonic ns just before."""
        self._timer = self._loop.call_later(T1_S, self._again, T1_S)
        return self._channel.send(self._data)

    def response(self, message: Message, at_ns: int) -> None:
        if self._timer and (message.code >= 200 or self.request.method == "INVITE"):
            self._timer.cancel()
            self._timer = None
        self.finished = message.code >= 200
        self._told(message, at_ns)

    def _again(self, waited_s: float) -> None:
        self._waited_s += waited_s
        if self._waited_s >= TIMEOUT_S:
            self.finished = True
            self._told(None, 0)
            return
        if self._channel.transport == "udp":
            self._channel.send(self._data)
            self.resent += 1
        following = min(2 * waited_s, 4.0)
        self._timer = self._loop.call_later(following, self._again, following)
