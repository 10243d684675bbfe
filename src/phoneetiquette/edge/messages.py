"""What of a SIP message may reach a seat: names, sizes and forms, as Kamailio's tests are made from them.

The SIP library inside a seat ends its process when it reads certain things, and most of what phones send is of no use
to it. So what is passed is listed here, and all else is taken out or refused.
"""

from __future__ import annotations

PASSED_HEADERS = (
    *("via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "contact", "m", "max-forwards"),
    *("route", "record-route", "content-type", "c", "content-length", "l", "mime-version"),
    *("require", "supported", "k", "allow", "accept", "unsupported", "warning", "retry-after", "reason", "privacy"),
    *("allow-events", "u"),
    *("session-expires", "x", "min-se", "rack", "rseq", "expires", "min-expires", "event", "o", "subscription-state"),
    *("www-authenticate", "proxy-authenticate", "authentication-info", "service-route"),
    *("p-asserted-identity", "p-preferred-identity", "remote-party-id", "diversion", "history-info"),
    *("refer-to", "r", "referred-by", "b", "replaces", "refer-sub", "target-dialog"),
    *("call-info", "alert-info", "answer-mode", "priv-answer-mode", "p-auto-answer"),
)
"""Header fields with their compact forms. Everything else stays outside."""

ADDRESS_HEADERS = (
    *("from", "f", "to", "t", "contact", "m", "route", "record-route", "refer-to", "r", "referred-by", "b", "replaces"),
    *("p-asserted-identity", "p-preferred-identity", "remote-party-id", "diversion", "history-info"),
)
"""Those of them that the SIP library looks for an address in, and `Replaces`, which must not be empty either."""

FROM_PEERS_ONLY = ("p-asserted-identity", "remote-party-id", "diversion", "history-info")
"""Who vouches for a caller must be known: taken out of what strangers send (RFC 3325, section 6)."""

FROM_MOVERS_ONLY = ("replaces", "target-dialog", "refer-to", "r", "referred-by", "b", "refer-sub")
"""Only ``sip.refer_from`` moves calls."""

FROM_AUTO_ANSWERED_ONLY = ("call-info", "alert-info", "answer-mode", "priv-answer-mode", "p-auto-answer")
"""Only ``pickup.auto_answer_from`` may have the microphone opened."""

METHODS = (
    *("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO"),
    *("REFER", "MESSAGE", "UPDATE"),
)
"""Of RFC 3261 and its extensions; others are unknown here (501)."""

DIALOG_METHODS = ("INVITE", "ACK", "BYE", "PRACK", "UPDATE", "INFO", "REFER", "NOTIFY", "OPTIONS")
"""What has a meaning inside a call."""

EXTENSIONS = ("100rel", "timer", "replaces", "norefersub", "precondition", "from-change", "histinfo")
"""Option tags that a seat understands, or that change nothing for it."""

MOST_HEADERS = 100
LONGEST_HEADER = 1200
LONGEST_URI = 255
"""Of the SIP library."""
LARGEST_MESSAGE = 16_000
LARGEST_TO_SEAT = 3300
"""The SIP library takes 4000 bytes; the edge adds its Via, its routes and who sent it."""
LARGEST_BODY = 3000
MOST_SDP_LINES = 150
LONGEST_SDP_LINE = 400
MOST_MEDIA = 4
MOST_AUDIO = 2
"""Each audio line costs the SIP library two of its 64 sockets, for every INVITE."""
MOST_FORMATS = 32
"""``PJMEDIA_MAX_SDP_FMT``."""

ODD = "|".join(
    (
        r"[][]",
        r"@([[:space:]:;>?,]|$)",
        r"sips?([[:space:]]+:|:[[:space:];>?,]|:$)",
        r":[[:space:]]*[0-9]{6,}[[:space:]]*[>;\r\n]",
        r"\n([[:blank:]]|(refer-to|r|replaces)[[:blank:]]*:)",
    )
)
"""What a message must have somewhere for a field of it to be refused, as a POSIX extended regular expression for the
whole: brackets, addresses without a host, long numbers after a colon, folded lines, fields that must not be empty."""

_H16 = "[0-9a-f]{1,4}"
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = rf"{_OCTET}([.]{_OCTET}){{3}}"
PLAIN_DESCRIPTION = (
    r"^v=0\r?\n"
    r"o=[!-~]+ [0-9]+ [0-9]+ IN IP[46] [!-~]+\r?\n"
    r"s=[ -~]*\r?\n"
    rf"c=IN IP4 {IPV4}\r?\n"
    r"(b=[ -~]*\r?\n)*t=[0-9 ]+\r?\n(a=[ -~]*\r?\n)*"
    r"m=audio [1-5]?[0-9]{1,4} [a-z0-9/]{1,32}( (12[0-7]|1[01][0-9]|[1-9]?[0-9])){1,32}\r?\n"
    r"(a=[ -~]*\r?\n)*$"
)
LONGEST_PLAIN_ORIGIN = 64
"""A session description as most telephones write it, of one line of sound: up to :data:`LONGEST_SDP_LINE` bytes of
this, with no longer ``o=``, are as good as what is looked at line by line."""

_LS32 = f"({_H16}:{_H16}|{IPV4})"

IPV6 = "|".join(
    [f"({_H16}:){{6}}{_LS32}", f"::({_H16}:){{5}}{_LS32}"]
    + [f"(({_H16}:){{0,{n}}}{_H16})?::({_H16}:){{{4 - n}}}{_LS32}" for n in range(4)]
    + [f"(({_H16}:){{0,4}}{_H16})?::{_LS32}", f"(({_H16}:){{0,5}}{_H16})?::{_H16}", f"(({_H16}:){{0,6}}{_H16})?::"]
)
"""An IPv6 address (RFC 3986, 3.2.2), as a POSIX extended regular expression without anchors."""

BRACKETS_HOLD_IPV6 = rf'^("([^"\\]|\\.)*"|[^]["]|[[]({IPV6})[]])*$'
"""Every bracket outside of quotes is one of an IPv6 address."""
