"""A small SIP user agent for tests and benchmarks: places and takes calls over UDP or TCP on loopback.

It has a thread of its own, so a test may block, talk HTTP or sleep while sound flows and requests are answered::

    with SipCaller("guest") as guest:
        call = guest.call("sip:desk@127.0.0.1:15060")
        call.wait("180")
        call.wait("answered", 20)
        assert call.span_ms("180", "answered") > 6000
        call.bye()
        call.wait("ended")
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from tests.peers.g711 import PCMA, PCMU
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.sip_call import PeerCall, PeerTimeoutError
from tests.peers.sip_message import Header, Message, Replaces, host_port_of, new_branch, token
from tests.peers.sip_transaction import ClientTransaction, OnResponse
from tests.peers.sip_transport import Address, Channel, SipSockets, start_loop, stop_loop


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an agent does with calls and transfers that come to it."""

    rings: bool = True
    answer_after_s: float | None = 0.1
    """``None``: rings until the test answers or refuses."""
    refuse: int = 0
    """Final code given at once; 0: none."""
    accepts_refer: bool = True
    talk: bool = False
    """A desk phone that lists ``talk`` in its 180, and answers when it is told to."""
    answers_if_asked: bool = False
    """A desk phone that answers an INVITE with ``answer-after=0`` by itself."""
    takes: tuple[str, ...] = ("OPTIONS",)
    """Methods outside any dialog that it answers 200; others get 405."""
    described_host: str = LOOPBACK
    """Where it says that sound is to be sent, as a phone behind a router says something else than others see."""


class SipCaller:
    """One user agent with one SIP port. All methods may be called from any thread."""

    def __init__(
        self,
        user: str = "guest",
        *,
        transport: str = "udp",
        port: int = 0,
        behaviour: Behaviour | None = None,
        payload_types: tuple[int, ...] = (PCMA, PCMU),
    ) -> None:
        self.user, self.transport, self.port = user, transport, port or free_port()
        self.behaviour = behaviour or Behaviour()
        self.payload_types = payload_types
        self.calls: dict[str, PeerCall] = {}
        self.strangers: list[Message] = []
        """Requests that belong to no call."""
        self.loop = start_loop(f"sip-{user}")
        self._arrived: queue.Queue[PeerCall] = queue.Queue()
        self._transactions: dict[tuple[str, str], ClientTransaction] = {}
        self._replies: dict[tuple[str, str], bytes] = {}
        self._sockets = SipSockets(self.loop, self.port, self._received)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def uri(self) -> str:
        return f"sip:{self.user}@{LOOPBACK}:{self.port}"

    @property
    def contact(self) -> str:
        return self.uri + (";transport=tcp" if self.transport == "tcp" else "")

    def call(
        self, target: str, *, headers: list[Header] | None = None, display_name: str = "", clock_ppm: float = 0.0
    ) -> PeerCall:
        """Place a call. The INVITE leaves at once; look at the moments of the call for what becomes of it."""
        placed: queue.Queue[PeerCall] = queue.Queue()
        self.post(lambda: placed.put(self.new_call(target, headers or [], display_name, clock_ppm)))
        return placed.get(timeout=10)

    def wait_call(self, timeout_s: float = 10.0) -> PeerCall:
        """The next call that came to this agent.

        Raises:
            PeerTimeoutError: none came in time.
        """
        try:
            return self._arrived.get(timeout=timeout_s)
        except queue.Empty:
            raise PeerTimeoutError(f"no call for {self.uri} within {timeout_s:g} s") from None

    def ask(
        self, method: str, target: str, headers: list[Header] | None = None, body: str = "", timeout_s: float = 2.0
    ) -> Message | None:
        """One request outside any dialog; its final response, or ``None`` when there was none in time."""
        got: queue.Queue[Message | None] = queue.Queue()
        request = Message(
            f"{method} {target} SIP/2.0",
            [
                ("Via", f"SIP/2.0/{self.transport.upper()} {LOOPBACK}:{self.port};branch={new_branch()};rport"),
                ("Max-Forwards", "70"),
                ("From", f"<{self.uri}>;tag={token(4)}"),
                ("To", f"<{target}>"),
                ("Call-ID", token()),
                ("CSeq", f"1 {method}"),
                ("Contact", f"<{self.contact}>"),
                *(headers or []),
            ],
            body,
        )

        def told(response: Message | None, _: int) -> None:
            if response is None or response.code >= 200:
                got.put(response)

        self.post(lambda: self.send(request, self.channel(host_port_of(target)), told))
        try:
            return got.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def send_raw(self, data: bytes, to: Address) -> None:
        """Bytes as they are, for what no well-behaved agent would send."""
        self.post(lambda: self.channel(to).send(data))

    def close(self) -> None:
        """End every call abruptly and free the ports."""
        done = threading.Event()

        def stop() -> None:
            for call in self.calls.values():
                call.end()
            self._sockets.close()
            done.set()

        self.post(stop)
        done.wait(5)
        stop_loop(self.loop)

    def post(self, action: Callable[..., Any], *args: Any) -> None:
        """Run ``action`` in the loop's thread."""
        self.loop.call_soon_threadsafe(action, *args)

    # ------------------------------------------------------------------------------------------------ loop's thread

    def new_call(self, target: str, headers: list[Header], display_name: str = "", clock_ppm: float = 0.0) -> PeerCall:
        call = PeerCall(self, outgoing=True, remote=target, call_id=token(), clock_ppm=clock_ppm)
        call.display_name = display_name or self.user
        self.calls[call.call_id] = call
        call.place(self.channel(host_port_of(target)), headers)
        return call

    def channel(self, to: Address) -> Channel:
        return self._sockets.channel(self.transport, to)

    def send(self, request: Message, channel: Channel, told: OnResponse) -> int:
        """Start a client transaction; returns when the request left."""
        transaction = ClientTransaction(self.loop, channel, request, told)
        self._transactions[request.branch, request.method] = transaction
        return transaction.start()

    def reply(
        self,
        request: Message,
        channel: Channel,
        code: int,
        reason: str,
        headers: list[Header] | None = None,
        body: str = "",
        to_tag: str = "",
    ) -> None:
        data = request.answer(code, reason, to_tag, headers, body).encode()
        self._replies[request.branch, request.method] = data
        channel.send(data)

    def _received(self, data: bytes, at_ns: int, channel: Channel) -> None:
        message = Message.parse(data)
        if message.code:
            transaction = self._transactions.get((message.branch, message.method))
            if transaction:
                transaction.response(message, at_ns)
            return
        known = self._replies.get((message.branch, message.method))
        if known:
            channel.send(known)  # a retransmission
            return
        call = self.calls.get(message.get("Call-ID"))
        if call:
            call.received(message, at_ns, channel)
        elif message.method == "INVITE":
            self._new_incoming(message, at_ns, channel)
        elif message.method != "ACK":
            self.strangers.append(message)
            allowed = message.method in self.behaviour.takes
            self.reply(message, channel, 200 if allowed else 405, "OK" if allowed else "Not Allowed", to_tag=token(4))

    def _new_incoming(self, invite: Message, at_ns: int, channel: Channel) -> None:
        call = PeerCall(self, outgoing=False, remote=_plain(invite.get("From")), call_id=invite.get("Call-ID"))
        self.calls[call.call_id] = call
        replaced = self._replaced(invite)
        call.arrive(invite, at_ns, channel)
        if replaced:
            call.answer()
            replaced.bye()
        self._arrived.put(call)

    def _replaced(self, invite: Message) -> PeerCall | None:
        """The call of ours that this INVITE takes over (RFC 3891)."""
        value = invite.get("Replaces")
        if not value:
            return None
        wanted = Replaces.parse(value)
        call = self.calls.get(wanted.call_id)
        if call and (call.local_tag, call.remote_tag) == (wanted.to_tag, wanted.from_tag) and not call.ended:
            return call
        return None


def _plain(address: str) -> str:
    """The URI of a From header without its parameters."""
    uri = address.partition("<")[2].partition(">")[0] or address.partition(";")[0]
    return uri.partition(";")[0].strip()
