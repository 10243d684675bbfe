"""SIP messages (RFC 3261) and audio session descriptions (RFC 4566), as far as test peers need them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
    "k": "supported",
    "o": "event",
    "r": "refer-to",
    "b": "referred-by",
}
CODEC_NAMES = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000", 18: "G729/8000"}
"""Of these only the first two can be spoken and heard by the peers; the others can be offered."""
Header = tuple[str, str]


def token(size: int = 8) -> str:
    """A random hexadecimal word for tags, branches and Call-IDs."""
    return secrets.token_hex(size)


def new_branch() -> str:
    return "z9hG4bK" + token()


def uri_of(value: str) -> str:
    """The URI inside an address header: what stands between ``<`` and ``>``, or everything before the parameters."""
    match = re.search(r"<([^>]*)>", value)
    return match.group(1) if match else value.split(";")[0].strip()


def tag_of(value: str) -> str:
    """The ``tag`` parameter of a From or To header, or an empty string."""
    match = re.search(r";\s*tag=([^;\s>]+)", value.rpartition(">")[2])
    return match.group(1) if match else ""


def routes_of(message: Message) -> list[str]:
    """The values of all Record-Route fields, in order."""
    return [route.strip() for line in message.every("Record-Route") for route in line.split(",")]


def host_port_of(uri: str) -> tuple[str, int]:
    """Host and port a SIP URI points at; port 5060 where none is given."""
    match = re.match(r"sips?:(?:[^@]*@)?([^:;?>]+)(?::(\d+))?", uri)
    if not match:
        raise ValueError(f"not a SIP URI: {uri!r}")
    return match.group(1), int(match.group(2) or 5060)


@dataclass(slots=True)
class Message:
    """A request or response. Headers keep their order; names are compared without case, compact forms are expanded."""

    start: str
    headers: list[Header]
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Message:
        """Raises ``ValueError`` when this is not a SIP message."""
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        if "SIP/2.0" not in start:
            raise ValueError(f"not SIP: {start[:60]!r}")
        headers: list[Header] = []
        for line in lines:
            if line[:1] in (" ", "\t") and headers:
                headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")
                continue
            name, _, value = line.partition(":")
            key = name.strip().lower()
            headers.append((COMPACT.get(key, key), value.strip()))
        return cls(start, headers, body)

    def encode(self) -> bytes:
        body = self.body.encode()
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers), f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def get(self, name: str) -> str:
        """The first header of this name, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def code(self) -> int:
        """Status code; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def reason(self) -> str:
        return self.start.split(" ", 2)[2] if self.code else ""

    @property
    def method(self) -> str:
        """Of a response: the method it answers."""
        return self.get("CSeq").split()[-1] if self.code else self.start.split()[0]

    @property
    def sequence(self) -> int:
        return int(self.get("CSeq").split()[0])

    @property
    def branch(self) -> str:
        match = re.search(r"branch=([^;,\s]+)", self.get("Via"))
        return match.group(1) if match else ""

    def answer(
        self, code: int, reason: str, to_tag: str = "", headers: list[Header] | None = None, body: str = ""
    ) -> Message:
        """The response to this request. ``to_tag`` is added when the request has none."""
        to = self.get("To")
        if to_tag and not tag_of(to):
            to += f";tag={to_tag}"
        copied: list[Header] = [("Via", via) for via in self.every("Via")]
        copied += [("Record-Route", route) for route in self.every("Record-Route")]
        copied += [("From", self.get("From")), ("To", to), ("Call-ID", self.get("Call-ID")), ("CSeq", self.get("CSeq"))]
        return Message(f"SIP/2.0 {code} {reason}", copied + (headers or []), body)


@dataclass(frozen=True, slots=True)
class AudioDescription:
    """The audio stream of a session description."""

    address: str
    port: int
    payload_types: tuple[int, ...] = (8, 0)
    direction: str = "sendrecv"
    event_type: int = 101
    """Payload type of RFC 4733 events; -1: not offered."""

    @classmethod
    def parse(cls, body: str) -> AudioDescription | None:
        """``None`` when there is no audio stream."""
        address, direction, port, event_type = "", "sendrecv", -1, -1
        types: tuple[int, ...] = ()
        for line in body.replace("\r", "").split("\n"):
            if line.startswith("c=") and (not address or port >= 0):
                address = line.split()[-1]
            elif line.startswith("m="):
                if port >= 0:
                    break
                kind, number, _, *numbers = line[2:].split()
                if kind == "audio":
                    port, types = int(number), tuple(int(t) for t in numbers if t.isdigit())
            elif line.startswith("a=rtpmap:") and "telephone-event" in line:
                event_type = int(line[9:].split()[0])
            elif line[2:] in ("sendrecv", "sendonly", "recvonly", "inactive"):
                direction = line[2:]
        return cls(address, port, types, direction, event_type) if port >= 0 else None

    def encode(self) -> str:
        types = [str(t) for t in self.payload_types]
        maps = [f"a=rtpmap:{t} {CODEC_NAMES[t]}" for t in self.payload_types]
        if self.event_type >= 0:
            types.append(str(self.event_type))
            maps += [f"a=rtpmap:{self.event_type} telephone-event/8000", f"a=fmtp:{self.event_type} 0-15"]
        lines = [
            "v=0",
            f"o=peer 1 1 IN IP4 {self.address}",
            "s=call",
            f"c=IN IP4 {self.address}",
            "t=0 0",
            f"m=audio {self.port} RTP/AVP {' '.join(types)}",
            *maps,
            "a=ptime:20",
            f"a={self.direction}",
        ]
        return "\r\n".join([*lines, ""])


@dataclass(slots=True)
class Replaces:
    """The value of a Replaces header (RFC 3891), from the point of view of who receives it."""

    call_id: str
    to_tag: str
    from_tag: str
    parameters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, value: str) -> Replaces:
        call_id, *rest = value.split(";")
        named = dict(item.strip().partition("=")[::2] for item in rest)
        return cls(call_id.strip(), named.pop("to-tag", ""), named.pop("from-tag", ""), named)

    def __str__(self) -> str:
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}"
