"""The forms in which the parts of a dialplan are written: how each is read, described and put into JSON Schema.

Unlike a kind (:mod:`phoneetiquette.config.kinds`), which reads one value or raises, a form reads a whole tree and goes
on after a problem: everything wrong is reported, and what cannot be used is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from phoneetiquette.config.kinds import Kind, UnfitError, nothing, shown
from phoneetiquette.config.nodes import Mapping as MappingNode
from phoneetiquette.config.nodes import Node, Sequence
from phoneetiquette.config.reading import Report
from phoneetiquette.dialplan.model import Name

NAME = re.compile(r"[a-z][a-z0-9_]*")
LONGEST_NAME = 64


def below(what: str, name: str) -> str:
    """What a part called ``name`` is called inside ``what``, which may be an item of a list."""
    return f"{what} {name}" if what.endswith(",") else f"{what}.{name}"


class _Unusable:
    """What a form gives back instead of a value that cannot be used; the problem has been reported."""

    def __bool__(self) -> bool:
        return False


UNUSABLE = _Unusable()


class Form(Protocol):
    """How one part is written. ``what`` names the part in problems."""

    def read(self, node: Node, what: str, report: Report) -> Any: ...

    def json_schema(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class One:
    """A single value of a kind."""

    kind: Kind

    def read(self, node: Node, what: str, report: Report) -> Any:
        try:
            return self.kind.read(node)
        except UnfitError as unfit:
            report.add(node.place, f"{what} {unfit.what}", unfit.advice)
            return UNUSABLE

    def json_schema(self) -> dict[str, Any]:
        return self.kind.json_schema()


@dataclass(frozen=True)
class Reference:
    """The name of something else, or anything that is judged where all names are known."""

    kind: Kind

    def read(self, node: Node, what: str, report: Report) -> Any:
        text = One(self.kind).read(node, what, report)
        return text if text is UNUSABLE else Name(str(text), node.place)

    def json_schema(self) -> dict[str, Any]:
        return self.kind.json_schema()


@dataclass(frozen=True)
class Several:
    """A list; a single item may stand for a list of it."""

    item: Form
    least: int = 1

    def read(self, node: Node, what: str, report: Report) -> Any:
        if not isinstance(node, Sequence):
            value = self.item.read(node, what, report)
            return value if value is UNUSABLE else (value,)
        if len(node.items) < self.least:
            report.add(node.place, f"{what} is empty", "write at least one item")
            return UNUSABLE
        values = [
            self.item.read(item, f"{what}, item {number}," if len(node.items) > 1 else what, report)
            for number, item in enumerate(node.items, start=1)
        ]
        usable = tuple(value for value in values if value is not UNUSABLE)
        return usable if usable or not values else UNUSABLE

    def json_schema(self) -> dict[str, Any]:
        item = self.item.json_schema()
        return {"anyOf": [item, {"type": "array", "items": item, "minItems": self.least}]}


@dataclass(frozen=True)
class Named:
    """Things under names of the administrator's choice. ``key`` says what a name may be."""

    item: Form
    what_is_named: str
    reserved: tuple[str, ...] = ()
    pattern: re.Pattern[str] = NAME
    advice: str = "small letters, digits and _, beginning with a letter"

    def read(self, node: Node, what: str, report: Report) -> Any:
        if nothing(node):
            return {}
        if not isinstance(node, MappingNode):
            report.add(node.place, f"{what} is not a section", "write names with what they stand for below, indented")
            return UNUSABLE
        values = {}
        for name, entry in node.entries.items():
            if not self.pattern.fullmatch(name) or len(name) > LONGEST_NAME:
                report.add(entry.key_place, f"{shown(name)} cannot be {self.what_is_named}", f"write {self.advice}")
                continue
            if name in self.reserved:
                what_else = "it means something else here"
                report.add(entry.key_place, f"{shown(name)} cannot be {self.what_is_named}: {what_else}", "rename it")
                continue
            written = entry.value
            if isinstance(written, MappingNode):  # its place is where its name stands
                written = MappingNode(entry.key_place, written.entries)
            value = self.item.read(written, below(what, name), report)
            if value is not UNUSABLE:
                values[name] = value
        return values

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": ["object", "null"],
            "patternProperties": {f"^(?:{self.pattern.pattern})$": self.item.json_schema()},
            "additionalProperties": False,
        }


@dataclass(frozen=True)
class Key:
    """One key of a section. ``attribute`` is its name in the model, where that differs."""

    form: Form
    doc: str
    example: str = ""
    required: bool = False
    attribute: str = ""


@dataclass(frozen=True)
class Record:
    """A section with known keys, read into a dataclass of the model, whose ``place`` is that of the section.

    ``complete`` may judge the keys together: it gets the values read, and returns what is wrong with them, and advice.
    """

    name: str
    make: Callable[..., Any]
    doc: str
    keys: Mapping[str, Key]
    complete: Callable[[dict[str, Any]], tuple[str, str] | None] | None = None
    short: Form | None = None
    """Another form for what is not a section: ``short`` reads it whole."""

    def read(self, node: Node, what: str, report: Report) -> Any:
        if not isinstance(node, MappingNode):
            if self.short is not None and not nothing(node):
                return self.short.read(node, what, report)
            report.add(node.place, f"{what} is not a section", f"write {{{self._wanted()}}}")
            return UNUSABLE
        values: dict[str, Any] = {}
        usable = True
        for name, entry in node.entries.items():
            key = self.keys.get(name)
            if key is None:
                report.unknown_key(
                    entry.key_place, f"unknown key {shown(name)} in {what.rstrip(',')}", name, iter(self.keys)
                )
                continue
            value = key.form.read(entry.value, below(what, name), report)
            if value is not UNUSABLE:
                values[key.attribute or name] = value
            elif key.required:
                usable = False
        for name, key in self.keys.items():
            if key.required and name not in node.entries:
                report.add(node.place, f"{what} has no {name!r}", f"write {key.example}")
                usable = False
        if usable and self.complete is not None:
            wrong = self.complete(values)
            if wrong is not None:
                report.add(node.place, f"{what} {wrong[0]}", wrong[1])
                usable = False
        return self.make(place=node.place, **values) if usable else UNUSABLE

    def _wanted(self) -> str:
        required = [key.example for key in self.keys.values() if key.required]
        return ", ".join(required or [next(iter(self.keys.values())).example])

    def json_schema(self) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{self.name}"}

    def definition(self) -> dict[str, Any]:
        """What ``$ref`` points at."""
        section = {
            "description": self.doc,
            "type": "object",
            "properties": {
                name: key.form.json_schema() | ({"description": key.doc} if key.doc else {})
                for name, key in self.keys.items()
            },
            "required": [name for name, key in self.keys.items() if key.required],
            "additionalProperties": False,
        }
        return {"anyOf": [self.short.json_schema(), section]} if self.short else section
