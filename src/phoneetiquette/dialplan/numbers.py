"""Telephone numbers of callers and called, in any notation. The only file that imports phonenumbers.

A number has one canonical form: E.164 with its ``+`` (``+4315550100``), or the bare digits of an internal or short
number (``205``, ``112``), or a SIP user name in small letters (``alarm``). Nothing, or what networks send for it, is
the empty text: the caller withholds the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

from phoneetiquette.addresses import AddressError, dial_target
from phoneetiquette.errors import PhoneEtiquetteError

_WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "unknown", "withheld", "private"})
_SEPARATORS = str.maketrans("", "", " \t\u00a0\u2009\u202f-\u2010\u2011\u2012\u2013.()/")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_DIGITS = re.compile(r"\+?[0-9*#]+")
_PATTERN = re.compile(r"(\+?[0-9x]*)(\*?)")
_TRUNK_ZERO = re.compile(r"(?<=\d)\s*\(0\)")
_SHORTEST_TOLD = 5
"""Digits with which a pattern begins that is no longer one of internal numbers, where there is no prefix to tell."""
_SHORTEST_NATIONAL = 7
"""Digits; what is shorter and has no prefix is an internal or a short number."""


class NumberError(PhoneEtiquetteError):
    """What is written is not a number, or cannot be dialled."""


@lru_cache(maxsize=65536)
def canonical(text: str, country: str) -> str:
    """The canonical form of what a network or a person wrote, for somebody in ``country`` (ISO 3166). Never raises."""
    user = text.strip()
    if user[:4].lower() in ("sip:", "tel:") or user[:5].lower() == "sips:":
        user = user.partition(":")[2]
    user = user.partition("@")[0].partition(";")[0]
    bare = _TRUNK_ZERO.sub("", user).translate(_SEPARATORS)
    if not _DIGITS.fullmatch(bare):
        name = user.casefold()
        return "" if name in _WITHHELD else name
    if _E164.fullmatch(bare):
        return bare
    return _international(bare, country) or bare


def _international(bare: str, country: str) -> str:
    """E.164 of digits that are dialled from ``country``; nothing where they are an internal or a short number."""
    digits = bare.removeprefix("+")
    if len(digits) < _SHORTEST_NATIONAL or not digits.isdigit():
        return ""
    trunk = _trunk_prefix(country)
    told = bare.startswith("+") or digits.startswith("0") or (trunk != "" and digits.startswith(trunk))
    if not told and trunk == "0":
        return ""
    library = _library()
    try:
        parsed = library.parse(bare, country)
    except library.NumberParseException:
        return ""
    # Without any prefix, as North Americans write them, only what is surely a number of the country is one.
    if not (library.is_possible_number(parsed) if told else library.is_valid_number(parsed)):
        return ""
    return str(library.format_number(parsed, library.PhoneNumberFormat.E164))


@dataclass(frozen=True, slots=True)
class Pattern:
    """Numbers that begin with ``head``; ``x`` stands for any digit, ``open`` for any rest."""

    head: str
    open: bool

    @property
    def literal(self) -> str:
        """What every matching number begins with."""
        return self.head.partition("x")[0]

    def match(self, number: str) -> bool:
        if len(number) != len(self.head) and not (self.open and len(number) > len(self.head)):
            return False
        return all(
            wanted == digit or (wanted == "x" and digit.isdigit())
            for wanted, digit in zip(self.head, number, strict=False)
        )

    def covers(self, other: Pattern) -> bool:
        """Whether every number of ``other`` is one of this pattern."""
        if len(self.head) > len(other.head) or (not self.open and (other.open or len(self.head) != len(other.head))):
            return False
        return all(
            w == d or (w == "x" and (d.isdigit() or d == "x")) for w, d in zip(self.head, other.head, strict=False)
        )

    def sample(self) -> str:
        """A number that matches."""
        head = self.head.replace("x", "1")
        return head if not self.open else head + "1" * max(0, 8 - len(head))


Entry = str | Pattern


@lru_cache(maxsize=65536)
def entry(text: str, country: str) -> Entry:
    """A number or a pattern as an administrator writes it: ``01 5550100``, ``+43 1 55501xx``, ``+43*``, ``lift``.

    Raises:
        NumberError: neither.
    """
    bare = _TRUNK_ZERO.sub("", text.strip()).translate(_SEPARATORS)
    pattern = _PATTERN.fullmatch(bare.lower())
    has_wildcard = pattern is not None and bare != "" and (pattern[2] or "x" in pattern[1])
    if pattern is not None and has_wildcard and (bare == "x" * len(bare) or bare[0] in "+0123456789*"):
        return Pattern(_international_head(pattern[1], country), bool(pattern[2]))
    if not text.strip():
        raise NumberError("nothing is written", "write a number, a pattern such as +43*, or the name of a list")
    found = canonical(text, country)
    if found.startswith("+") and not _possible(found):
        raise NumberError(f"{text!r} is no number of any country", "check the digits after the country code")
    if not found or re.search(r"[\s<>\"\\]", found):
        raise NumberError(f"{text!r} is no number", "write a number, a pattern such as +43*, or the name of a list")
    return found


def _international_head(head: str, country: str) -> str:
    """The beginning of a pattern, with its national or international prefix written as ``+``."""
    if head.startswith("00"):
        return "+" + head[2:]
    trunk = _trunk_prefix(country)
    if head.startswith("+"):
        return head
    if trunk == "0":
        national = head[1:] if head.startswith("0") else ""
    elif len(head.partition("x")[0]) >= _SHORTEST_TOLD:  # North Americans write no prefix, Italians keep their zero
        national = head.removeprefix(trunk)
    else:
        national = ""
    return f"+{_library().country_code_for_region(country)}{national}" if national else head


def dialable(text: str, country: str) -> str:
    """The address to call for a person's or a target's ``call``: digits, E.164, or a SIP address.

    Raises:
        NumberError: it cannot be dialled; says why.
    """
    try:
        dial_target(text, host="domain.invalid")
    except AddressError as error:
        raise NumberError(error.what, error.advice) from None
    if "@" in text or text.strip()[:4].lower() in ("sip:", "tel:") or text.strip()[:5].lower() == "sips:":
        return text.strip()
    number = canonical(text, country)
    if number.startswith("+") and not _possible(number):
        raise NumberError(f"{text!r} is no number of any country", "check the digits after the country code")
    return number


def contact(text: str, country: str) -> str:
    """A number at which somebody can be called back, as told in ``country``: E.164, or the digits of an internal one.

    Raises:
        NumberError: it is none; says why.
    """
    number = canonical(text, country)
    if number.startswith("+"):
        if _possible(number):
            return number
        raise NumberError(f"{text!r} is no number of any country", "check the digits after the country code")
    if number.isascii() and number.isdigit() and 2 <= len(number) < _SHORTEST_NATIONAL:
        return number
    raise NumberError(
        f"{text!r} is no telephone number", "write it with its area or country code, such as +43 1 5550100"
    )


def said(number: str, country: str) -> str:
    """A number in canonical form as it is read out to somebody in ``country``: digits, a ``+`` before those of another
    country; nothing where it is no number."""
    if not _DIGITS.fullmatch(number) or "*" in number or "#" in number:
        return ""
    library = _library()
    try:
        parsed = library.parse(number) if number.startswith("+") else None
    except library.NumberParseException:
        parsed = None
    if parsed is None or parsed.country_code != library.country_code_for_region(country):
        return number
    return re.sub(r"\D", "", library.format_number(parsed, library.PhoneNumberFormat.NATIONAL))


def is_country(code: str) -> bool:
    """Whether this ISO 3166 code has telephone numbers."""
    return code in _library().SUPPORTED_REGIONS


def looks_like_number(text: str) -> bool:
    """Whether this was meant as something to dial rather than as a name of ours."""
    return bool(re.search(r"[0-9@+*#:]", text)) and not re.fullmatch(r"[a-z][a-z0-9_]*", text)


def looks_like_caller(text: str) -> bool:
    """Whether this was meant as a number or a pattern rather than as a name of ours."""
    return looks_like_number(text) or bool(re.fullmatch(r"x+", text))


@lru_cache(maxsize=4096)
def _possible(number: str) -> bool:
    library = _library()
    try:
        return bool(library.is_possible_number(library.parse(number)))
    except library.NumberParseException:
        return False


@lru_cache(maxsize=64)
def _trunk_prefix(country: str) -> str:
    metadata = _library().PhoneMetadata.metadata_for_region(country, None)
    return (metadata.national_prefix or "") if metadata else ""


def _library() -> ModuleType:
    # Not with the module: a seat whose numbers are all E.164 never needs it.
    import phonenumbers

    return phonenumbers


class NumberSet:
    """Numbers, patterns and perhaps the withheld number, asked for membership."""

    __slots__ = ("anonymous", "numbers", "patterns")

    def __init__(self, entries: Iterable[Entry], *, anonymous: bool = False) -> None:
        entries = tuple(entries)
        self.anonymous = anonymous
        self.numbers = frozenset(one for one in entries if isinstance(one, str))
        self.patterns = tuple(one for one in entries if isinstance(one, Pattern))

    def __contains__(self, number: str) -> bool:
        """``number`` in canonical form."""
        if not number:
            return self.anonymous
        return number in self.numbers or any(pattern.match(number) for pattern in self.patterns)

    def sample(self) -> str:
        """A number that is in it; the empty text when only the withheld one is."""
        if self.numbers:
            return min(self.numbers)
        return self.patterns[0].sample() if self.patterns else ""
