"""SIP and telephone addresses: what people type, what is dialled, what is shown.

Grammar: RFC 3261 section 19.1 (SIP URIs) and 25.1, RFC 3966 (``tel:``), both without the parts nobody dials:
passwords and headers are refused. Everything here is pure.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, unquote_to_bytes

from phoneetiquette.errors import PhoneEtiquetteError

MAX_URI = 255
"""Longest URI in characters that the SIP library takes."""

DEFAULT_PORTS = {"sip": 5060, "sips": 5061}

_DIALLED_PARAMETERS = frozenset({"transport", "user"})
"""Others (``maddr``, ``method``, ``ttl`` ...) would send the call elsewhere or turn it into another request."""

_HOST_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)*[a-z](?:[a-z0-9-]*[a-z0-9])?\.?", re.IGNORECASE)
_PARAMETER = re.compile(r"([\w\-.!~*'\[\]/:&+$%]+)(?:=([\w\-.!~*'\[\]/:&+$%]+))?", re.ASCII)
_USER_SAFE = "-_.!~*'()&=+$,;/"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NUMBER = re.compile(r"\+?[0-9*#]+")
_SEPARATORS = str.maketrans("", "", " \t\u00a0-\u2010\u2011.()/")
_TRUNK_ZERO = re.compile(r"(?<=\d)\s*\(0\)")
_NAME_ADDRESS = re.compile(r'(?:"((?:[^"\\]|\\.)*)"\s*|([^<>"]*))<([^<>]*)>\s*(?:;.*)?', re.DOTALL)
_PASTED = " \t\u00a0\u200e\u200f\u202a\u202c\u202d\u2066\u2067\u2068\u2069\ufeff"
"""What address books put around a number that is copied from them: spaces and marks of the writing direction."""

_WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "unknown"})


class AddressError(PhoneEtiquetteError):
    """What was typed is not an address that can be dialled."""


@dataclass(frozen=True, slots=True)
class SipUri:
    """A SIP URI in its parts. ``user`` is decoded; ``host`` is in lower case, an IPv6 address without its brackets."""

    host: str
    user: str = ""
    port: int | None = None
    scheme: str = "sip"
    parameters: tuple[tuple[str, str], ...] = ()
    """In the order written; a parameter without a value has an empty one."""

    def __str__(self) -> str:
        user = quote(self.user, safe=_USER_SAFE) + "@" if self.user else ""
        parameters = "".join(f";{name}={value}" if value else f";{name}" for name, value in self.parameters)
        return f"{self.scheme}:{user}{self.host_and_port}{parameters}"

    @property
    def host_and_port(self) -> str:
        """``host`` or ``host:port`` as it stands in the URI."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def bare(self) -> SipUri:
        """The same without parameters."""
        return replace(self, parameters=())

    @property
    def effective_port(self) -> int:
        return self.port if self.port is not None else DEFAULT_PORTS[self.scheme]


def parse_sip_uri(text: str) -> SipUri:
    """``sip:`` or ``sips:`` URI in its parts.

    Raises:
        AddressError: not a SIP URI, or one with a password or with headers.
    """
    _refuse_unprintable(text)
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in DEFAULT_PORTS:
        raise AddressError(f"{text!r} is not a SIP URI", "write it as sip:user@host")
    if len(text) > MAX_URI:
        raise AddressError(f"the address is {len(text)} characters long", f"at most {MAX_URI} can be used")
    userinfo, at, rest = rest.rpartition("@")
    if at and not userinfo:
        raise AddressError(f"{text!r} has nothing before the @", "write it as sip:user@host")
    if ":" in userinfo:
        raise AddressError(f"{text!r} holds a password", "leave out the part between : and @")
    if "?" in rest:
        raise AddressError(f"{text!r} carries headers", "leave out everything from the ? on")
    where, *parameters = rest.split(";")
    host, port = host_port(where)
    return SipUri(host, _decode_user(userinfo), port, scheme, tuple(_parameter(p) for p in parameters))


def dial_target(text: str, host: str = "") -> str:
    """The SIP URI to call for what a person typed or a link held.

    Takes ``sip:`` and ``tel:`` URIs, ``user@host``, ``"Name" <uri>``, user names and telephone numbers with the usual
    separators (``+43 (0)1 555-0100``). What has no host of its own is called at ``host``, which may
    carry a port.

    Raises:
        AddressError: cannot be dialled; says why. Anything that could add to the SIP request is refused.
    """
    typed = text.strip(_PASTED)
    _refuse_unprintable(typed)
    _, typed = name_address(typed)
    if not typed:
        raise AddressError("there is nothing to dial", "give a number or a SIP address")
    scheme = typed.partition(":")[0].lower()
    if scheme in DEFAULT_PORTS:
        uri = parse_sip_uri(typed)
    elif scheme == "tel":
        uri = _at(_tel_number(typed), host, (("user", "phone"),))
    elif "@" in typed:
        uri = parse_sip_uri("sip:" + typed)
    else:
        uri = _at(_number_or_user(typed), host)
    unusual = [name for name, _ in uri.parameters if name not in _DIALLED_PARAMETERS]
    if unusual:
        raise AddressError(f"the parameter {unusual[0]!r} is not dialled", f"leave out ;{unusual[0]}")
    if len(str(uri)) > MAX_URI:
        raise AddressError(f"the address is {len(str(uri))} characters long", f"at most {MAX_URI} can be used")
    return str(uri)


def host_port(text: str, default: int | None = None) -> tuple[str, int | None]:
    """Host and port of ``host``, ``host:port``, ``[2001:db8::1]:port`` or a bare IPv6 address.

    Raises:
        AddressError: the host is neither a name nor an address, or the port is not one.
    """
    text = text.strip(" \t")
    if text.startswith("["):
        inside, closed, tail = text[1:].partition("]")
        host = _ipv6(inside) if closed else ""
        if not host or (tail and not tail.startswith(":")):
            raise AddressError(f"{text!r} is not an IPv6 host", "write it as [2001:db8::1] or [2001:db8::1]:5060")
        return host, _port(tail[1:]) if tail else default
    if text.count(":") > 1:
        host = _ipv6(text)
        if not host:
            raise AddressError(f"{text!r} is not a host", "write an IPv6 address with a port as [2001:db8::1]:5060")
        return host, default
    name, colon, port = text.partition(":")
    return _host(name), _port(port) if colon else default


def name_address(text: str) -> tuple[str, str]:
    """Display name and address of ``"Name" <address>;parameters``; a bare address has no name. Never raises."""
    match = _NAME_ADDRESS.fullmatch(text.strip())
    if match is None:
        return "", text.strip()
    quoted, token, address = match.groups()
    return re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token.strip(), address.strip()


def display_number(uri: str) -> str:
    """What to show of a party's address: the number or user name, else the host; empty when it was withheld.

    Takes what the network sent and so never raises: of an address that cannot be read the printable characters are
    shown, at most 64.
    """
    _, address = name_address(uri)
    try:
        if address[:4].lower() == "tel:":
            return _tel_number(address)
        parts = parse_sip_uri(address.partition("?")[0])
    except AddressError:
        return "".join(c for c in address if c.isprintable() and unicodedata.category(c) != "Cf")[:64]
    if parts.user.lower() in _WITHHELD or parts.host == "anonymous.invalid":
        return ""
    user = parts.user.partition(";")[0]
    if not user:
        return parts.host
    number = user.translate(_SEPARATORS)
    return (number if _NUMBER.fullmatch(number) else user)[:64]


def same_party(one: str, other: str) -> bool:
    """Whether two addresses (URIs, numbers or user names) reach the same party.

    International numbers are the same wherever they are called; everything else needs the same host and port, unless
    one side names none. Separators in numbers and URI parameters do not count. What cannot be read equals nothing.
    """
    try:
        a, b = _identity(one), _identity(other)
    except AddressError:
        return False
    if a[0] != b[0] or not a[0]:
        return False
    return a[0].startswith("+") or not a[1] or not b[1] or a[1] == b[1]


def _identity(text: str) -> tuple[str, tuple[str, int] | None]:
    """User or number, and host with port if one is named."""
    _, address = name_address(text)
    scheme = address.partition(":")[0].lower()
    if scheme == "tel":
        return _tel_number(address), None
    if scheme not in DEFAULT_PORTS and "@" not in address:
        return _number_or_user(address), None
    uri = parse_sip_uri(address if scheme in DEFAULT_PORTS else "sip:" + address)
    number = uri.user.partition(";")[0].translate(_SEPARATORS)
    return number if _NUMBER.fullmatch(number) else uri.user, (uri.host.rstrip("."), uri.effective_port)


def _at(user: str, host: str, parameters: tuple[tuple[str, str], ...] = ()) -> SipUri:
    if not host:
        raise AddressError(
            f"nothing says where to call {user!r}", f"give the whole address, {user}@host, or set sip.domain"
        )
    name, port = host_port(host)
    return SipUri(name, user, port, parameters=parameters)


def _number_or_user(text: str) -> str:
    number = _TRUNK_ZERO.sub("", text) if text.startswith("+") else text
    number = number.translate(_SEPARATORS)
    if _NUMBER.fullmatch(number):
        return number
    if re.search(r"\s", text):
        raise AddressError(f"{text!r} is neither a number nor a user name", "a user name has no spaces")
    if re.fullmatch(r"[a-z]+:.*", text, re.IGNORECASE):
        raise AddressError(f"{text!r} cannot be dialled", "only sip:, sips: and tel: addresses can")
    if re.search(r"[?;:<>\"\\]", text):
        raise AddressError(f"{text!r} is neither a number nor a user name", "give a number, a name or user@host")
    return text


def _tel_number(text: str) -> str:
    """The digits of a ``tel:`` URI; a local number gets its ``phone-context`` if that is a number (RFC 3966, 5.1.5)."""
    written, *parameters = text.partition(":")[2].split(";")
    number = _decode(written)
    number = (_TRUNK_ZERO.sub("", number) if number.strip().startswith("+") else number).translate(_SEPARATORS)
    if not _NUMBER.fullmatch(number):
        raise AddressError(f"{text!r} holds no telephone number", "write it as tel:+4315550100")
    context = dict(_parameter(p) for p in parameters).get("phone-context", "")
    if not number.startswith("+") and re.fullmatch(r"\+\d+", context):
        number = context + number
    return number


def _decode_user(text: str) -> str:
    user = _decode(text)
    if re.search(r"[\s<>\"\\]", user):
        raise AddressError(f"{text!r} is not a user name", "it has spaces, quotes or brackets")
    return user


def _decode(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise AddressError(f"{text!r} has a stray %", "write a percent sign as %25")
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise AddressError(f"{text!r} is not UTF-8", "escape the characters of the user name as UTF-8") from None
    _refuse_unprintable(decoded)
    return decoded


def _parameter(text: str) -> tuple[str, str]:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise AddressError(f";{text} is not a parameter", "write it as ;name=value")
    return match[1].lower(), match[2] or ""


def _host(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        pass
    if not text:
        raise AddressError("the host is missing", "write a name or an address after the @")
    longest = max(len(label) for label in text.split("."))
    if len(text) > 253 or longest > 63 or not _HOST_NAME.fullmatch(text):
        advice = "write its xn-- form" if not text.isascii() else "write a name such as pbx.example or an address"
        raise AddressError(f"{text[:64]!r} is not a host", advice)
    return text.lower()


def _ipv6(text: str) -> str:
    """The address in its canonical form; empty if it is none. A zone (``%eth0``) has no place in a SIP URI."""
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return ""
    return "" if address.scope_id else str(address)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= 65535):
        raise AddressError(f"{text[:16]!r} is not a port", "a port is a number from 1 to 65535")
    return int(text)


def _refuse_unprintable(text: str) -> None:
    """Line ends would start a new header of the request; the rest deceives the eye."""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character != "\t":
            raise AddressError(
                f"the address holds the control character U+{ord(character):04X}", "type it again without"
            )
