"""Reading what pjsua2 hands over as text: addresses and single header fields. Pure."""

from __future__ import annotations

import re
from typing import TypedDict
from urllib.parse import unquote

from phoneetiquette.addresses import name_address

_AUTO_ANSWER = re.compile(
    r"^(?:call-info|alert-info|answer-mode)\s*:.*?(answer-after\s*=\s*0|alert-autoanswer|auto\s*answer|auto\b)",
    re.IGNORECASE | re.MULTILINE,
)


class Parties(TypedDict):
    """Who an INVITE is from and whom it is for, as :class:`~phoneetiquette.events.CallArrived` names it."""

    caller: str
    caller_name: str
    called: str
    sip_call_id: str


def parties(invite: str) -> Parties:
    """What an INVITE says of its parties; empty where it says nothing."""
    name, caller = name_and_uri(header(invite, "From") or header(invite, "f"))
    return {
        "caller": caller,
        "caller_name": name,
        "called": request_uri(invite),
        "sip_call_id": header(invite, "Call-ID") or header(invite, "i"),
    }


def text(given: str) -> str:
    """A string of the library as text.

    Bytes that are not UTF-8 (Latin-1 names are common) come as lone surrogates, which nothing after us could write
    down; each becomes the replacement character.
    """
    return given.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def name_and_uri(address: str) -> tuple[str, str]:
    """Display name and URI (without parameters and headers) of a From or To value (RFC 3261 section 20.10)."""
    name, uri = name_address(address)
    return name, plain_uri(uri)


def plain_uri(uri: str) -> str:
    """A URI without its parameters and headers."""
    return uri.partition(";")[0].partition("?")[0]


def request_uri(message: str) -> str:
    """Request URI of a SIP request, without parameters."""
    words = message.partition("\r\n")[0].split(" ")
    return plain_uri(words[1]) if len(words) >= 2 else ""


def refer_to(message: str) -> tuple[str, str]:
    """Of a REFER: the user to be called, and the Call-ID of the dialog to be replaced (attended) or an empty string."""
    value = header(message, "Refer-To") or header(message, "r")
    uri = name_address(value)[1]
    address, _, headers = uri.partition("?")
    user = unquote(address.partition(":")[2].partition(";")[0].partition("@")[0])
    replaces = next((one[9:] for one in headers.split("&") if one.lower().startswith("replaces=")), "")
    return user, unquote(replaces).partition(";")[0].strip()


def status_of(message: str) -> tuple[int, str]:
    """Code and reason of a SIP response; (0, "") if it is none."""
    words = message.partition("\r\n")[0].split(" ", 2)
    if len(words) < 2 or words[0] != "SIP/2.0" or not words[1].isdecimal():
        return 0, ""
    return int(words[1]), words[2] if len(words) > 2 else ""


def header(message: str, name: str) -> str:
    """First value of a header field, or an empty string."""
    head = message.partition("\r\n\r\n")[0]
    match = re.search(rf"^{re.escape(name)}\s*:\s*(.*?)\r?$", head, re.IGNORECASE | re.MULTILINE)
    return match.group(1) if match else ""


def asks_for_auto_answer(message: str) -> bool:
    """Whether an INVITE asks to be answered at once (RFC 5373 and the vendors' Call-Info and Alert-Info forms)."""
    return bool(_AUTO_ANSWER.search(message.partition("\r\n\r\n")[0]))
