"""SIP messages (RFC 3261 section 7) as a subscriber reads and writes them. Pure.

What is read comes from the network: its size is bounded, and what is no SIP message raises ``ValueError``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_HEAD = 32_768
MAX_BODY = 65_536
MAX_VALUE = 2048
"""Longest value of a header field: none that a subscription needs comes near."""
_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
    "o": "event",
}
_PARAMETER = re.compile(r';\s*([\w\-.!%*+~]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s]*))?')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
"""Up to the end where it is not closed: looking for the next one from each quotation mark on would take long."""
_LISTED = re.compile(r"(?:[^,<]|<[^>]*(?:>|\Z))+")

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """``first`` is the request or status line; names of header fields are in lower case."""

    first: str
    headers: tuple[Header, ...]
    body: bytes = b""

    @property
    def status(self) -> int:
        """The code of a response; 0: it is a request."""
        words = self.first.split(" ", 2)
        return int(words[1]) if words[0] == "SIP/2.0" else 0

    @property
    def reason(self) -> str:
        return self.first.split(" ", 2)[2] if self.first.count(" ") > 1 else ""

    @property
    def method(self) -> str:
        """Of a request its own, of a response that of what it answers."""
        return self.sequence[1]

    @property
    def sequence(self) -> tuple[int, str]:
        """CSeq."""
        number, _, method = self.get("cseq").partition(" ")
        return int(number), method.strip()

    def get(self, name: str) -> str:
        """First value of a header field, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")

    def values(self, name: str) -> list[str]:
        """All values of a field that holds addresses in brackets, in order."""
        joined = ",".join(value for key, value in self.headers if key == name)
        return [one.strip() for one in _LISTED.findall(joined) if ">" in one]

    def number(self, name: str) -> int | None:
        """The number that a field begins with."""
        match = re.match(r"\d{1,9}(?!\d)", self.get(name))
        return int(match[0]) if match else None


def parse(data: bytes) -> Message:
    """A whole message.

    Raises:
        ValueError: it is none, or too large.
    """
    head, end, body = data.partition(b"\r\n\r\n")
    if not end or len(head) > MAX_HEAD or len(body) > MAX_BODY:
        raise ValueError("no SIP message")
    first, *lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace")).split("\r\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("a line is no header field")
        name = name.strip().lower()
        if len(value) > MAX_VALUE:
            raise ValueError("a header field is too long")
        headers.append((_COMPACT.get(name, name), value.strip()))
    message = Message(first, tuple(headers), body)
    is_response = re.fullmatch(r"SIP/2\.0 [1-6]\d\d( .*)?", first)
    if not is_response and not re.fullmatch(r"[A-Z]+ \S+ SIP/2\.0", first):
        raise ValueError("neither request nor response")
    if not re.fullmatch(r"\d{1,10} +[A-Z]+", message.get("cseq")):
        raise ValueError("no CSeq")
    length = message.number("content-length")
    if length is not None:
        if length > len(body):
            raise ValueError("the body is cut off")
        message = Message(first, message.headers, body[:length])
    return message


def content_length(head: bytes) -> int:
    """The length of the body that follows a head in a stream.

    Raises:
        ValueError: it does not say, or more than :data:`MAX_BODY`.
    """
    match = re.search(rb"^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r?$", head, re.IGNORECASE | re.MULTILINE)
    if match is None or int(match[1]) > MAX_BODY:
        raise ValueError("no usable Content-Length")
    return int(match[1])


def parameters(value: str) -> dict[str, str]:
    """The parameters after an address or a word; names in lower case, quotes taken off."""
    outside = value.rpartition(">")[2] if ">" in _QUOTED.sub("", value) else value
    return {name.lower(): unquoted(given) for name, given in _PARAMETER.findall(outside)}


def unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if len(text) > 1 and text[0] == text[-1] == '"' else text


def rendered(first: str, headers: Iterable[Header], body: bytes = b"") -> bytes:
    """A message on the wire, its Content-Length included."""
    lines = [first, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


_ANSWERED_WITH = ("from", "call-id", "cseq")


def response(request: Message, code: int, reason: str, to_tag: str = "", *extra: Header) -> bytes:
    """The response to a request; ``to_tag`` is added where the request has none."""
    to = request.get("to")
    if to_tag and "tag" not in parameters(to):
        to += f";tag={to_tag}"
    copied = [("Via", value) for name, value in request.headers if name == "via"]
    copied += [(name.title().replace("Cseq", "CSeq"), request.get(name)) for name in _ANSWERED_WITH]
    return rendered(f"SIP/2.0 {code} {reason}", [*copied, ("To", to), *extra])
