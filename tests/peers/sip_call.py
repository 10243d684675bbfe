"""One call of a test peer: a dialog with its sound, placed or taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tests.peers.g711 import PCMA, PCMU, Samples
from tests.peers.ports import LOOPBACK
from tests.peers.rtp import RtpSession
from tests.peers.sip_message import (
    AudioDescription,
    Header,
    Message,
    Replaces,
    host_port_of,
    new_branch,
    routes_of,
    tag_of,
    token,
    uri_of,
)
from tests.peers.sip_transport import Channel

if TYPE_CHECKING:
    from tests.peers.sip_caller import SipCaller

MIRRORED = {"sendonly": "recvonly", "recvonly": "sendonly"}


class PeerTimeoutError(AssertionError):
    """What was waited for did not happen; the message tells what did."""


class PeerCall:
    """A dialog. Its methods may be called from any thread and return at once; :meth:`wait` blocks.

    What happens is kept by name in ``moments`` (first time, monotonic ns) and ``history`` (everything):

    * requests we send: the method in small letters (``invite``, ``cancel``, ``bye``, ``reinvite``, ``info`` ...);
    * answers to INVITE: the code (``180``, ``200``, ``487``); to others: ``cancel_200``, ``bye_200``, ``reinvite_200``;
    * requests we get: ``got_invite``, ``got_ack``, ``got_bye``, ``got_cancel``, ``got_refer``, ``got_notify`` ...;
    * ``answered`` (either direction), ``held`` and ``resumed`` (by the other side), ``timeout``, ``ended``.
    """

    def __init__(self, agent: SipCaller, *, outgoing: bool, remote: str, call_id: str, clock_ppm: float = 0.0) -> None:
        self.agent, self.outgoing = agent, outgoing
        self.call_id, self.local_tag, self.remote_tag = call_id, token(4), ""
        self.remote_uri = self.target = remote
        self.routes: list[str] = []
        """The proxies on the way, nearest first (RFC 3261, 12.1)."""
        self.rtp = RtpSession(agent.loop, clock_ppm=clock_ppm)
        self.audio: AudioDescription | None = None
        """The other side's last description."""
        self.invite: Message | None = None
        """The INVITE this call began with."""
        self.messages: list[Message] = []
        """Everything received in this dialog."""
        self.moments: dict[str, int] = {}
        self.history: list[tuple[int, str]] = []
        self.listener: Callable[[str], None] = lambda _: None
        """Told each moment's name in the loop's thread."""
        self.display_name = ""
        self._channel: Channel | None = None
        self._sequence = 0
        self._direction = "sendrecv"
        self._happened = threading.Condition()

    # ------------------------------------------------------------------------------------------------ looking

    @property
    def answered(self) -> bool:
        return "answered" in self.moments

    @property
    def ended(self) -> bool:
        return "ended" in self.moments

    @property
    def final_code(self) -> int:
        """The final answer to our INVITE; 0 when there is none yet."""
        return next((int(name) for _, name in reversed(self.history) if name.isdigit() and int(name) >= 200), 0)

    def wait(self, name: str, timeout_s: float = 10.0) -> int:
        """Blocks until ``name`` has happened; returns when, in monotonic ns.

        Raises:
            PeerTimeoutError: it did not happen in time.
        """
        with self._happened:
            if not self._happened.wait_for(lambda: name in self.moments, timeout_s):
                seen = " ".join(word for _, word in self.history) or "nothing"
                raise PeerTimeoutError(f"no {name!r} within {timeout_s:g} s in call {self.call_id}; seen: {seen}")
            return self.moments[name]

    def span_ms(self, earlier: str, later: str) -> float:
        """Milliseconds between two moments."""
        return (self.moments[later] - self.moments[earlier]) / 1e6

    @property
    def replaces(self) -> Replaces:
        """What another peer writes into Replaces to take this call over at the *remote* side."""
        return Replaces(self.call_id, self.remote_tag, self.local_tag)

    # ------------------------------------------------------------------------------------------------ doing

    def cancel(self) -> None:
        self.agent.post(self._cancel)

    def bye(self) -> None:
        self.agent.post(self._bye)

    def hang_up(self) -> None:
        """Whatever ends the call in its present state."""
        self.agent.post(self._hang_up)

    def hold(self) -> None:
        self.agent.post(self._reinvite, "sendonly")

    def resume(self) -> None:
        self.agent.post(self._reinvite, "sendrecv")

    def request(self, method: str, headers: list[Header] | None = None, body: str = "") -> None:
        """Any request inside the dialog."""
        self.agent.post(self._ask, method, headers or [], body)

    def refer(self, target: str) -> None:
        """Ask the other side to call ``target``."""
        self.request("REFER", [("Refer-To", f"<{target}>"), ("Referred-By", f"<{self.agent.uri}>")])

    def send_digits(self, digits: str) -> None:
        """RFC 4733 telephone events."""
        self.rtp.send_digits(digits)

    def send_info_digit(self, digit: str) -> None:
        body = f"Signal={digit}\r\nDuration=160\r\n"
        self.request("INFO", [("Content-Type", "application/dtmf-relay")], body)

    def play(self, samples: Samples, *, repeat: bool = False) -> None:
        """Speak: 8 kHz samples from the next packet on."""
        self.rtp.play(samples, repeat=repeat)

    def ring(self) -> None:
        """Incoming call: 180."""
        self.agent.post(self._respond, 180, "Ringing")

    def progress(self) -> None:
        """Incoming call: 183, and sound before the answer."""
        self.agent.post(self._progress)

    def answer(self) -> None:
        """Incoming call: 200."""
        self.agent.post(self._answer)

    def refuse(self, code: int) -> None:
        """Incoming call: a final answer of 300 or more."""
        self.agent.post(self._refuse, code)

    # ------------------------------------------------------------------------------------------------ loop's thread

    def mark(self, name: str, at_ns: int = 0) -> None:
        with self._happened:
            moment = at_ns or time.monotonic_ns()
            self.moments.setdefault(name, moment)
            self.history.append((moment, name))
            self._happened.notify_all()
        self.listener(name)

    def place(self, channel: Channel, headers: list[Header]) -> None:
        """Send the INVITE."""
        self._channel = channel
        offer: list[Header] = [("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, NOTIFY, REFER")]
        self.invite = self._message("INVITE", [*offer, *headers], self._description())
        self.mark("invite", self.agent.send(self.invite, channel, self._invite_answered))

    def arrive(self, invite: Message, at_ns: int, channel: Channel) -> None:
        """Take an INVITE for us and do as the agent's behaviour says."""
        self.invite, self._channel = invite, channel
        self.remote_tag = tag_of(invite.get("From"))
        self.target = uri_of(invite.get("Contact"))
        self.routes = routes_of(invite)
        self.messages.append(invite)
        self.mark("got_invite", at_ns)
        behaviour, loop = self.agent.behaviour, self.agent.loop
        if behaviour.refuse:
            self._refuse(behaviour.refuse)
            return
        if behaviour.rings:
            self._respond(180, "Ringing")
        if behaviour.answers_if_asked and invite.get("Call-Info").endswith("answer-after=0"):
            self._answer()
        elif behaviour.answer_after_s is not None:
            loop.call_later(behaviour.answer_after_s, self._answer)

    def received(self, request: Message, at_ns: int, channel: Channel) -> None:
        """A request inside this dialog."""
        self.messages.append(request)
        if request.method == "INVITE":
            self.mark("got_reinvite", at_ns)
            self._take_description(request.body)
            self.agent.reply(request, channel, 200, "OK", self._answer_headers(), self._description())
            return
        self.mark(f"got_{request.method.lower()}", at_ns)
        if request.method == "ACK":
            self._take_description(request.body)
            return
        if request.method == "UPDATE" and request.body:
            self._take_description(request.body)
            self.agent.reply(request, channel, 200, "OK", self._answer_headers(), self._description())
            return
        if request.method == "REFER":
            self._referred(request, channel)
            return
        self.agent.reply(request, channel, 200, "OK")
        if request.get("Event") == "talk" and self.agent.behaviour.talk:
            self._answer()
        if request.method == "CANCEL" and not self.answered:
            self._refuse(487)
        elif request.method == "BYE":
            self.end()

    def end(self) -> None:
        if not self.ended:
            self.rtp.close()
            self.mark("ended")

    def _message(
        self, method: str, headers: list[Header], body: str = "", *, sequence: int = 0, branch: str = ""
    ) -> Message:
        assert self._channel
        if not sequence:
            self._sequence += 1
        to_tag = f";tag={self.remote_tag}" if self.remote_tag else ""
        kind: list[Header] = [("Content-Type", "application/sdp")] if body.startswith("v=0") else []
        branch = branch or new_branch()
        via = f"SIP/2.0/{self._channel.transport.upper()} {LOOPBACK}:{self.agent.port};branch={branch}"
        return Message(
            f"{method} {self.target} SIP/2.0",
            [
                ("Via", f"{via};rport"),
                ("Max-Forwards", "70"),
                ("From", f'"{self.display_name}" <{self.agent.uri}>;tag={self.local_tag}'),
                ("To", f"<{self.remote_uri}>{to_tag}"),
                ("Call-ID", self.call_id),
                ("CSeq", f"{sequence or self._sequence} {method}"),
                *(("Route", route) for route in self.routes),
                ("Contact", f"<{self.agent.contact}>"),
                *headers,
                *kind,
            ],
            body,
        )

    def _way(self) -> Channel:
        """Over UDP to the first proxy or the other side's Contact, over TCP back through the connection."""
        assert self._channel
        if self._channel.transport == "tcp":
            return self._channel
        return self.agent.channel(host_port_of(uri_of(self.routes[0]) if self.routes else self.target))

    def _ask(self, method: str, headers: list[Header], body: str = "", name: str = "") -> None:
        name = name or method.lower()

        def told(response: Message | None, at_ns: int) -> None:
            self.mark(f"{name}_{response.code}" if response else "timeout", at_ns)
            if method == "BYE":
                self.end()

        self.mark(name, self.agent.send(self._message(method, headers, body), self._way(), told))

    def _invite_answered(self, response: Message | None, at_ns: int) -> None:
        assert self.invite
        assert self._channel
        if response is None:
            self.mark("timeout")
            self.end()
            return
        self.messages.append(response)
        self.remote_tag = tag_of(response.get("To")) or self.remote_tag
        if 100 < response.code < 300 and response.get("Contact"):
            self.target = uri_of(response.get("Contact"))
            self.routes = routes_of(response)[::-1]
        if 200 <= response.code < 300:
            self._way().send(self._message("ACK", [], sequence=self.invite.sequence).encode())
        elif response.code >= 300:
            ack = self._message("ACK", [], sequence=self.invite.sequence, branch=self.invite.branch)
            self._channel.send(ack.encode())
        first = str(response.code) not in self.moments
        self.mark(str(response.code), at_ns)
        if response.code < 200 or not first:
            return
        if response.code >= 300:
            self.end()
            return
        self._take_description(response.body)
        self.mark("answered", at_ns)
        if "cancel" in self.moments:  # crossed on the wire: end what nobody wants any more
            self._bye()

    def _cancel(self) -> None:
        """CANCEL is told only by its own request line and branch, which are those of the INVITE."""
        assert self.invite
        assert self._channel
        if self.answered or self.ended:
            return
        copied = [
            (name, value)
            for name, value in self.invite.headers
            if name in ("Via", "Max-Forwards", "From", "To", "Call-ID")
        ]
        request = Message(
            self.invite.start.replace("INVITE", "CANCEL", 1), [*copied, ("CSeq", f"{self.invite.sequence} CANCEL")]
        )

        def told(response: Message | None, at_ns: int) -> None:
            self.mark(f"cancel_{response.code}" if response else "timeout", at_ns)

        self.mark("cancel", self.agent.send(request, self._channel, told))

    def _bye(self) -> None:
        if self.answered and not self.ended and "bye" not in self.moments:
            self._ask("BYE", [])

    def _hang_up(self) -> None:
        if self.answered:
            self._bye()
        elif self.outgoing:
            self._cancel()
        else:
            self._refuse(603)

    def _reinvite(self, direction: str) -> None:
        self._direction = direction
        request = self._message("INVITE", [], self._description())

        def told(response: Message | None, at_ns: int) -> None:
            if response and response.code >= 200:
                branch = "" if response.code < 300 else request.branch
                self._way().send(self._message("ACK", [], sequence=request.sequence, branch=branch).encode())
            self.mark(f"reinvite_{response.code}" if response else "timeout", at_ns)
            if response and response.code == 200:
                self._take_description(response.body, is_answer=True)

        self.mark("reinvite", self.agent.send(request, self._way(), told))

    # ------------------------------------------------------------------------------------------------ taking a call

    def _respond(self, code: int, reason: str, body: str = "") -> None:
        assert self.invite
        assert self._channel
        headers = self._answer_headers() if body else [("Contact", f"<{self.agent.contact}>")]
        if self.agent.behaviour.talk:
            headers.append(("Allow-Events", "talk,hold,conference"))
        self.agent.reply(self.invite, self._channel, code, reason, headers, body, self.local_tag)
        self.mark(str(code))

    def _progress(self) -> None:
        assert self.invite
        self._take_description(self.invite.body)
        self._respond(183, "Session Progress", self._description())

    def _answer(self) -> None:
        if self.answered or self.ended:
            return
        assert self.invite
        self._take_description(self.invite.body)
        self.mark("answered")
        self._respond(200, "OK", self._description())
        self._repeat_answer(0.5)

    def _repeat_answer(self, wait_s: float) -> None:
        """A 200 goes out again until its ACK is here."""

        def again() -> None:
            if "got_ack" not in self.moments and not self.ended:
                self._respond(200, "OK", self._description())
                self._repeat_answer(min(2 * wait_s, 4.0))

        if self._channel and self._channel.transport == "udp":
            self.agent.loop.call_later(wait_s, again)

    def _refuse(self, code: int) -> None:
        if not self.answered and not self.ended:
            self._respond(code, "Request Terminated" if code == 487 else "Refused")
            self.end()

    def _referred(self, request: Message, channel: Channel) -> None:
        """The other side transfers us: call whom it names and report, or refuse (agent's behaviour)."""
        if not self.agent.behaviour.accepts_refer:
            self.agent.reply(request, channel, 603, "Decline")
            return
        self.agent.reply(request, channel, 202, "Accepted", [("Contact", f"<{self.agent.contact}>")])
        self._report("SIP/2.0 100 Trying", "active;expires=60")
        target, _, wanted = uri_of(request.get("Refer-To")).partition("?")
        headers = [
            (name, unquote(value)) for name, _, value in (field.partition("=") for field in wanted.split("&")) if name
        ]
        call = self.agent.new_call(target, headers)

        def told(name: str) -> None:
            if name == "answered" or (name == "ended" and not call.answered):
                self._report(f"SIP/2.0 {call.final_code or 408} Done", "terminated;reason=noresource")

        call.listener = told

    def _report(self, fragment: str, state: str) -> None:
        if not self.ended:
            kind = [("Event", "refer"), ("Subscription-State", state), ("Content-Type", "message/sipfrag;version=2.0")]
            self._ask("NOTIFY", kind, fragment + "\r\n")

    # ------------------------------------------------------------------------------------------------ sound

    def _answer_headers(self) -> list[Header]:
        return [("Contact", f"<{self.agent.contact}>"), ("Content-Type", "application/sdp")]

    def _description(self) -> str:
        """Ours: an offer of both laws, or the answer to what the other side described."""
        types: tuple[int, ...] = self.agent.payload_types
        event_type = 101
        if self.audio:
            types = tuple(t for t in self.audio.payload_types if t in types)[:1] or types
            event_type = self.audio.event_type
        return AudioDescription(
            self.agent.behaviour.described_host, self.rtp.port, types, self._direction, event_type
        ).encode()

    def _take_description(self, body: str, *, is_answer: bool = False) -> None:
        audio = AudioDescription.parse(body)
        if audio is None:
            return
        before, self.audio = self.audio, audio
        if not is_answer:
            self._direction = MIRRORED.get(audio.direction, audio.direction)
        self.rtp.sending = audio.direction in ("sendrecv", "recvonly") and self._direction in ("sendrecv", "sendonly")
        usable = [t for t in audio.payload_types if t in (PCMA, PCMU)]
        if usable and audio.port:
            self.rtp.start((audio.address, audio.port), usable[0], audio.event_type)
        if before and not is_answer and before.direction != audio.direction:
            self.mark("resumed" if audio.direction == "sendrecv" else "held")
