"""What a PBX tells of somebody: dialog-info (RFC 4235) and PIDF (RFC 3863, with the activities of RFC 4480). Pure.

The documents come from the network. Their size, depth and number of elements are bounded; a document type, and with it
every entity, is refused before anything is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from xml.parsers import expat

State = Literal["available", "busy", "away"]

MAX_BYTES = 65_536
MAX_DEPTH = 16
MAX_ELEMENTS = 2_000
MAX_DIALOGS = 64
"""A telephone has fewer calls; what exceeds it in partial documents would grow without end."""

_ENDED = "terminated"
_DIALOG_STATES = frozenset({"trying", "proceeding", "early", "confirmed", _ENDED})
_BUSY = frozenset({"busy", "on-the-phone", "meeting", "appointment", "presentation", "performance", "steering"})
_AWAY = frozenset(
    {"away", "holiday", "vacation", "permanent-absence", "sleeping", "travel", "meal", "breakfast", "dinner"}
)


class DocumentError(ValueError):
    """It is not what its type says, or more than anybody needs."""


@dataclass(frozen=True, slots=True)
class DialogInfo:
    """Dialog id -> its state; ``full``: of all dialogs, else of those that have changed."""

    version: int
    full: bool
    dialogs: dict[str, str]


@dataclass(slots=True)
class _Element:
    name: str
    """Without its namespace: senders disagree about those."""
    attributes: dict[str, str]
    children: list[_Element] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[_Element]:
        """The elements of this name below it."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.all(name)


def dialog_info(body: bytes) -> DialogInfo:
    """Read an ``application/dialog-info+xml``.

    Raises:
        DocumentError: it is none.
    """
    root = _read(body, "dialog-info")
    version = root.attributes.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) <= 10):
        raise DocumentError("its version is no number")
    dialogs: dict[str, str] = {}
    for number, dialog in enumerate(one for one in root.children if one.name == "dialog"):
        state = next((one.text.strip() for one in dialog.children if one.name == "state"), "")
        if state not in _DIALOG_STATES:
            raise DocumentError("a dialog has no state")
        dialogs[dialog.attributes.get("id") or f"#{number}"] = state
    return DialogInfo(int(version), root.attributes.get("state") != "partial", dialogs)


def merged(known: dict[str, str], told: DialogInfo) -> dict[str, str]:
    """The dialogs that go on, of those known before and what is told now."""
    all_of_them = told.dialogs if told.full else known | told.dialogs
    alive = {name: state for name, state in all_of_them.items() if state != _ENDED}
    return dict(list(alive.items())[-MAX_DIALOGS:])


def presence_of(body: bytes) -> State:
    """Read an ``application/pidf+xml``: activities count before whether somebody can be reached.

    Raises:
        DocumentError: it is none.
    """
    root = _read(body, "presence")
    doing = {child.name for activities in root.all("activities") for child in activities.children}
    if doing & _BUSY:
        return "busy"
    basic = [one.text.strip() for status in root.all("status") for one in status.children if one.name == "basic"]
    if doing & _AWAY or (basic and "open" not in basic):
        return "away"
    return "available"


def _read(body: bytes, root: str) -> _Element:
    if len(body) > MAX_BYTES:
        raise DocumentError(f"it has {len(body)} bytes")
    top = _Element("", {})
    open_elements, elements = [top], 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal elements
        elements += 1
        if elements > MAX_ELEMENTS or len(open_elements) > MAX_DEPTH:
            raise DocumentError("it has too many elements")
        element = _Element(name.rpartition(" ")[2], attributes)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_name: str) -> None:
        open_elements.pop()

    def text(data: str) -> None:
        open_elements[-1].text += data

    def document_type(*_: object) -> None:
        raise DocumentError("it declares a document type")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = document_type
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(f"it is no XML: {error}") from error
    if [one.name for one in top.children] != [root]:
        raise DocumentError(f"it is no {root} document")
    return top.children[0]
