"""The kinds of values a key can have: how each is read from a file, described to a person and to an editor.

A kind reads what was written (:mod:`phoneetiquette.config.nodes`) or raises :class:`UnfitError`, whose texts
complete the sentence ``<key> ...``.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from phoneetiquette.addresses import AddressError, SipUri, dial_target, host_port, parse_sip_uri
from phoneetiquette.config.nodes import Mapping, Node, Scalar, Sequence, directory_of
from phoneetiquette.config.secret import Secret
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.etiquette.cadence import country
from phoneetiquette.followups.email import EmailError, ascii_form


class UnfitError(Exception):
    """A value does not fit its key: what is wrong with it, and what to write instead."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice


class Kind(Protocol):
    """How values of one key are read and described."""

    @property
    def meaning(self) -> str:
        """What may be written, in a few words."""
        ...

    def read(self, node: Node) -> Any:
        """The value written. Raises :class:`UnfitError`."""
        ...

    def json_schema(self) -> dict[str, Any]: ...


def shown(text: str) -> str:
    """``text`` in quotes, safe to print and no longer than a line bears."""
    return repr(text if len(text) <= 60 else text[:57] + "...").encode("ascii", "backslashreplace").decode()


def printable(text: object) -> str:
    """A path or a message of the system, safe to print."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in str(text))


def scalar(node: Node, wanted: str) -> str:
    """The text of a single value."""
    if isinstance(node, Sequence):
        raise UnfitError("is a list", f"write {wanted}")
    if isinstance(node, Mapping):
        raise UnfitError("has keys of its own", f"write {wanted}")
    if node.empty:
        raise UnfitError("has no value", f"write {wanted}, or leave the key out")
    for character in node.text:
        if unicodedata.category(character) in {"Cc", "Cs"}:
            raise UnfitError(
                f"holds the control character U+{ord(character):04X}", "write printable characters on one line"
            )
    return node.text


def nothing(node: Node) -> bool:
    """Whether YAML's null, or nothing at all, is written."""
    return isinstance(node, Scalar) and node.null


@dataclass(frozen=True)
class Text:
    """Words for people to read, or another free text."""

    meaning: str = "text"
    longest: int = 64
    pattern: str = ""

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        if not text.strip():
            raise UnfitError("is empty", f"write {self.meaning}")
        if len(text) > self.longest:
            raise UnfitError(f"is {len(text)} characters long", f"at most {self.longest}")
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise UnfitError(f"cannot be {shown(text)}", f"write {self.meaning}")
        return text

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": ["string", "number"], "maxLength": self.longest}
        return schema | ({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})


@dataclass(frozen=True)
class Word:
    """One of a few words, in any case."""

    words: tuple[str, ...]

    @property
    def meaning(self) -> str:
        return either(self.words)

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        by_case = {word.casefold(): word for word in self.words}
        word = by_case.get(text.casefold())
        if word is None:
            near = difflib.get_close_matches(text[:60].casefold(), by_case, n=1, cutoff=0.6)
            advice = f"did you mean {by_case[near[0]]!r}?" if near else f"write {self.meaning}"
            raise UnfitError(f"cannot be {shown(text)}", advice)
        return word

    def json_schema(self) -> dict[str, Any]:
        return {"enum": [*self.words, *([None] if "null" in self.words else [])]}


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    meaning: str = "true or false"

    def read(self, node: Node) -> bool:
        text = scalar(node, self.meaning).lower()
        if text not in {"true", "yes", "on", "false", "no", "off"}:
            raise UnfitError(f"cannot be {shown(text)}", f"write {self.meaning}")
        return text in {"true", "yes", "on"}

    def json_schema(self) -> dict[str, Any]:
        # What YAML 1.2, and so an editor, takes for words are truth values here.
        return {"enum": [True, False, "yes", "no", "on", "off"]}


@dataclass(frozen=True)
class Whole:
    """A whole number in decimal digits."""

    least: int
    most: int

    @property
    def meaning(self) -> str:
        return f"a whole number from {self.least} to {self.most}"

    def read(self, node: Node) -> int:
        text = scalar(node, self.meaning)
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise UnfitError(f"cannot be {shown(text)}", f"write {self.meaning}")
        if not self.least <= int(text) <= self.most:
            raise UnfitError(f"is out of range: {int(text)}", f"write {self.meaning}")
        return int(text)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Decimal:
    """A number, with or without a decimal point."""

    least: float
    most: float

    @property
    def meaning(self) -> str:
        return f"a number from {self.least:g} to {self.most:g}"

    def read(self, node: Node) -> float:
        text = scalar(node, self.meaning)
        if not re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?", text):
            raise UnfitError(f"cannot be {shown(text)}", f"write {self.meaning}, with a point")
        if not self.least <= float(text) <= self.most:
            raise UnfitError(f"is out of range: {float(text):g}", f"write {self.meaning}")
        return float(text)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class OneNumber:
    """One of a few numbers."""

    numbers: tuple[int, ...]

    @property
    def meaning(self) -> str:
        return either(tuple(str(number) for number in self.numbers))

    def read(self, node: Node) -> int:
        text = scalar(node, self.meaning)
        if text not in {str(number) for number in self.numbers}:
            raise UnfitError(f"cannot be {shown(text)}", f"write {self.meaning}")
        return int(text)

    def json_schema(self) -> dict[str, Any]:
        return {"enum": list(self.numbers)}


@dataclass(frozen=True)
class Country:
    """A country whose ring pattern is known."""

    meaning: str = "an ISO 3166 code such as AT"

    def read(self, node: Node) -> str:
        try:
            return country(scalar(node, self.meaning)[:60]).code
        except ConfigurationError as error:
            raise UnfitError(f"is unknown: {error.what}", error.advice) from None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Za-z]{2}$"}


@dataclass(frozen=True)
class Address:
    """An IP address of this machine."""

    meaning: str = "an IP address"

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        try:
            return str(ip_address(text))
        except ValueError:
            raise UnfitError(
                f"is not an IP address: {shown(text)}", "write an address such as 127.0.0.1 or ::1"
            ) from None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True)
class Peer:
    """An IP address or network of others."""

    meaning: str = "an IP address or network"

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        try:
            network = ip_network(text)
        except ValueError:
            raise UnfitError(f"is not {self.meaning}: {shown(text)}", self._advice(text)) from None
        return str(network.network_address) if network.num_addresses == 1 else str(network)

    @staticmethod
    def _advice(text: str) -> str:
        try:
            return f"did you mean {ip_network(text, strict=False)}?"
        except ValueError:
            return "write it as 192.0.2.10 or 192.0.2.0/24; host names are not looked up here"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True)
class Host:
    """A host name or address, with a port where one is of use."""

    with_port: bool = False

    @property
    def meaning(self) -> str:
        return "a host name or an IP address" + (", with or without a port" if self.with_port else "")

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        try:
            host, port = host_port(text)
        except AddressError as error:
            raise UnfitError(f"is wrong: {error.what}", error.advice) from None
        if port is not None and not self.with_port:
            raise UnfitError(f"has a port: {shown(text)}", f"write {host} alone")
        return SipUri(host, port=port).host_and_port if self.with_port else host

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True)
class Uri:
    """A SIP URI."""

    meaning: str = "a SIP URI"

    def read(self, node: Node) -> str:
        try:
            return str(parse_sip_uri(scalar(node, self.meaning)))
        except AddressError as error:
            raise UnfitError(f"is wrong: {error.what}", error.advice) from None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[sS][iI][pP][sS]?:"}


@dataclass(frozen=True)
class Target:
    """Something to call: a SIP URI, or a number at the domain known later."""

    meaning: str = "a SIP URI, user@host or a number"

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        try:
            dial_target(text, host="domain.invalid")
        except AddressError as error:
            raise UnfitError(f"cannot be dialled: {error.what}", error.advice) from None
        return text

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "integer"]}


@dataclass(frozen=True)
class Email:
    """An e-mail address."""

    meaning: str = "an e-mail address"

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        try:
            return ascii_form(text)
        except EmailError as error:
            raise UnfitError(f"is no e-mail address: {error.what}", error.advice) from None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "email"}


@dataclass(frozen=True)
class WebAddress:
    """A URL of a program: https, or http on a network of one's own."""

    meaning: str = "an https: or http: URL"

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        try:
            parts = urlsplit(text)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if not sound or not re.fullmatch(r"[!-~]+", text):
            raise UnfitError(f"is not {self.meaning}: {shown(text)}", "write https://host/path")
        if parts.username is not None or parts.fragment:
            raise UnfitError("holds a user name or a fragment", "write https://host/path; the secret signs the request")
        return text

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^https?://"}


@dataclass(frozen=True)
class DatabaseAddress:
    """A PostgreSQL database as its own programs write one, without a password."""

    meaning: str = "a postgresql: URL"

    def read(self, node: Node) -> str:
        text = scalar(node, self.meaning)
        advice = "write postgresql://user@host/database"
        try:
            parts = urlsplit(text)
            sound = parts.scheme == "postgresql" and len(parts.path) > 1 and parts.port != 0
        except ValueError:
            sound = False
        if not sound or not re.fullmatch(r"postgresql://[!-~]+", text):
            raise UnfitError(f"is not {self.meaning}", advice)
        if parts.password is not None or "password" in parse_qs(parts.query):
            raise UnfitError("holds a password", f"{advice}, and beside it password_file")
        return text

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^postgresql://"}


@dataclass(frozen=True)
class File:
    """A path, from the directory of the file it is written in."""

    meaning: str = "a path"

    def read(self, node: Node) -> Path:
        text = scalar(node, self.meaning)
        try:
            return directory_of(node.place) / Path(text).expanduser()
        except RuntimeError:
            raise UnfitError(f"names an unknown home directory: {shown(text)}", "write the whole path") from None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True)
class Password:
    """A secret text."""

    meaning: str = "text in quotes"

    def read(self, node: Node) -> Secret:
        return Secret(scalar(node, self.meaning))

    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"]}


@dataclass(frozen=True)
class ListOf:
    """Several values of one kind, each once. Its items are read by who knows about places: the reader."""

    item: Kind
    least: int = 0

    @property
    def meaning(self) -> str:
        return f"a list, each item {self.item.meaning}"

    def read(self, node: Node) -> tuple[Node, ...]:
        if nothing(node):
            raise UnfitError("has no value", "write its items, [] for none, or leave the key out")
        if not isinstance(node, Sequence):
            raise UnfitError("is not a list", "write [one, another], or one item a line after a dash")
        if len(node.items) < self.least:
            raise UnfitError("is empty", f"write {self.meaning}")
        return node.items

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.json_schema(), "minItems": self.least, "uniqueItems": True}


@dataclass(frozen=True)
class Section:
    """Keys of its own, described by a dataclass of :mod:`phoneetiquette.config.schema`."""

    kind: type[Any]
    meaning: str = "keys of its own"

    def read(self, node: Node) -> Mapping:
        if isinstance(node, Mapping):
            return node
        if nothing(node):
            return Mapping(node.place)
        raise UnfitError("is not a section", "write its keys on the following lines, indented")

    def json_schema(self) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{self.kind.__name__}"}


@dataclass(frozen=True)
class Sections:
    """Sections of one kind, each under a name that the administrator chooses; made into pairs of name and section."""

    kind: type[Any]
    name: Text

    @property
    def meaning(self) -> str:
        return f"keys of its own for each, under {self.name.meaning}"

    def read(self, node: Node) -> Mapping:
        return Section(self.kind).read(node)

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": ["object", "null"],
            "propertyNames": {"pattern": f"^(?:{self.name.pattern})$", "maxLength": self.name.longest},
            "additionalProperties": Section(self.kind).json_schema(),
        }


def either(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
