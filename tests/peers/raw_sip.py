"""Messages put together byte by byte, for what no agent would send, and a socket at any loopback address for them."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterable, Mapping
from typing import Self

from tests.peers.ports import LOOPBACK
from tests.peers.sip_message import Message, token
from tests.peers.sip_transport import Address

SDP = (
    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)


class RawSip:
    """A UDP socket at ``host`` that speaks SIP by hand."""

    def __init__(self, target: Address, host: str = LOOPBACK) -> None:
        self.target, self.host = target, host
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.port = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def request(
        self,
        method: str = "INVITE",
        uri: str = "",
        headers: Mapping[str, str | None] | None = None,
        more: Iterable[tuple[str, str]] = (),
        body: str | bytes | None = None,
        to_tag: str = "",
    ) -> bytes:
        """A plain request; ``headers`` replace its own by name (None: left out), ``more`` come after them."""
        uri = uri or f"sip:desk@{self.target[0]}:{self.target[1]}"
        if body is None:
            body = SDP.format(host=self.host) if method == "INVITE" else ""
        data = body if isinstance(body, bytes) else body.encode()
        fields: dict[str, str | None] = {
            "Via": f"SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{token()};rport",
            "Max-Forwards": "70",
            "From": f'"Raw" <sip:raw@{self.host}:{self.port}>;tag={token(4)}',
            "To": f"<{uri}>" + (f";tag={to_tag}" if to_tag else ""),
            "Call-ID": token(),
            "CSeq": f"1 {method}",
            "Contact": f"<sip:raw@{self.host}:{self.port}>",
            **({"Content-Type": "application/sdp"} if data and method == "INVITE" else {}),
            "Content-Length": str(len(data)),
            **(headers or {}),
        }
        lines = [f"{name}: {value}" for name, value in (*fields.items(), *more) if value is not None]
        return "\r\n".join([f"{method} {uri} SIP/2.0", *lines, "", ""]).encode("utf-8", "surrogateescape") + data

    @staticmethod
    def over_stream(method: str, uri: str, transport: str, *more: str) -> bytes:
        """A request for a connection of one's own."""
        lines = [f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/{transport} {LOOPBACK}:9;branch=z9hG4bK{token()};rport"]
        lines += ["Max-Forwards: 70", f"From: <sip:raw@{LOOPBACK}>;tag={token(4)}", f"To: <{uri}>"]
        lines += [f"Call-ID: {token()}", f"CSeq: 1 {method}", f"Contact: <sip:raw@{LOOPBACK}:9>"]
        return "\r\n".join([*lines, *(more or ["Content-Length: 0"]), "", ""]).encode()

    def send(self, data: bytes) -> None:
        self._socket.sendto(data, self.target)

    def answers(self, patience_s: float = 0.3) -> list[Message]:
        """What comes until nothing has come for so long."""
        found = []
        self._socket.settimeout(patience_s)
        while True:
            try:
                found.append(Message.parse(self._socket.recv(65536)))
            except TimeoutError:
                return found
            except ValueError:
                continue

    def ask(self, data: bytes, patience_s: float = 2.0) -> int:
        """Send, and give the final code; 0 when there was none in time. An INVITE that rings is called off."""
        branch = re.search(rb"branch=([^;\s]+)", data)
        self.send(data)
        deadline = time.monotonic() + patience_s
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                answer = Message.parse(self._socket.recv(65536))
            except TimeoutError:
                return 0
            except ValueError:
                continue
            if branch and answer.branch != branch[1].decode("utf-8", "replace"):
                continue
            if answer.code == 180:
                self.send(self.cancel(data))
            elif answer.code >= 300 and answer.method == "INVITE":
                self.send(self.acknowledge(data, answer))
            if answer.code >= 200 and answer.method != "CANCEL":
                return answer.code
        return 0

    @staticmethod
    def cancel(invite: bytes) -> bytes:
        head = invite.partition(b"\r\n\r\n")[0]
        kept = [line for line in head.split(b"\r\n") if re.match(rb"(?i)(via|max-forwards|from|to|call-id):", line)]
        start = head.split(b"\r\n")[0].replace(b"INVITE", b"CANCEL", 1)
        return b"\r\n".join([start, *kept, b"CSeq: 1 CANCEL", b"Content-Length: 0", b"", b""])

    @staticmethod
    def acknowledge(invite: bytes, answer: Message) -> bytes:
        """The ACK of a refusal."""
        head = invite.partition(b"\r\n\r\n")[0]
        kept = [line for line in head.split(b"\r\n") if re.match(rb"(?i)(via|max-forwards|from|call-id):", line)]
        start = head.split(b"\r\n")[0].replace(b"INVITE", b"ACK", 1)
        to = f"To: {answer.get('To')}".encode("utf-8", "surrogateescape")
        return b"\r\n".join([start, *kept, to, b"CSeq: 1 ACK", b"Content-Length: 0", b"", b""])
