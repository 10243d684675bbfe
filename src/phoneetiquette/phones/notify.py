"""The NOTIFY, outside any dialog, at which a phone reads its configuration again, or does as its body says.

Phones take it though nobody has subscribed; ``Subscription-State`` is there because a NOTIFY has to have one (RFC 6665,
8.2.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from phoneetiquette.phones.profile import CheckSync

_STATUS = re.compile(r"SIP/2\.0 (\d{3}) ([^\r\n]*)")


@dataclass(frozen=True, slots=True)
class Notify:
    """A NOTIFY to ``target``, a SIP URI, on behalf of ``sender``, another."""

    target: str
    sender: str
    event: str
    content_type: str = ""
    body: str = ""

    def header_lines(self, call_id: str, tag: str = "") -> str:
        """The header fields that are told to an edge, which adds a tag of its own and the fields of the transaction."""
        fields = {
            "From": f"<{self.sender}>" + (f";tag={tag}" if tag else ""),
            "To": f"<{self.target}>",
            "Call-ID": call_id,
            "Contact": f"<{self.sender}>",
            "Event": self.event,
            "Subscription-State": "active",
        }
        if self.body:
            fields["Content-Type"] = self.content_type
        return "".join(f"{name}: {value}\r\n" for name, value in fields.items())

    def message(self, sent_by: str, tag: str, call_id: str, branch: str) -> bytes:
        """The whole request for UDP. ``sent_by``: ``host:port`` that the answer is to be sent to."""
        lines = (
            f"NOTIFY {self.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {sent_by};rport;branch=z9hG4bK{branch}\r\n"
            "Max-Forwards: 70\r\n"
            f"{self.header_lines(call_id, tag)}"
            "CSeq: 1 NOTIFY\r\n"
            f"Content-Length: {len(self.body.encode())}\r\n\r\n"
        )
        return (lines + self.body).encode()


def event_of(check_sync: CheckSync, *, reboot: bool) -> str:
    """The event to send; empty when such phones have no form with a reboot."""
    return check_sync.reboot if reboot else check_sync.event


def answer_to(call_id: str, datagram: bytes) -> tuple[int, str] | None:
    """Status and reason of a final response to our request; None for anything else."""
    text = datagram.decode("utf-8", "replace")
    status = _STATUS.match(text)
    own = re.search(rf"^(?:Call-ID|i)[ \t]*:[ \t]*{re.escape(call_id)}[ \t]*\r?$", text, re.MULTILINE | re.IGNORECASE)
    if status is None or own is None or int(status[1]) < 200:
        return None
    return int(status[1]), status[2].strip()
