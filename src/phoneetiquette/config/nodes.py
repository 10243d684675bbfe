"""What a configuration file says, before anything is made of it: scalars, lists and mappings, each with its place.

A scalar keeps the text as it stands in the file. What the text means is decided by the key it belongs to, never by
YAML: so ``country: NO`` is Norway, ``srtp: off`` the word ``off``, and ``user: 0205`` keeps its zero.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phoneetiquette.problems import Place

COMMAND_LINE = Place("command line")


@dataclass(frozen=True, slots=True)
class Scalar:
    """``null`` is set where YAML would read nothing or ``null`` from an unquoted text."""

    place: Place
    text: str
    null: bool = False

    @property
    def empty(self) -> bool:
        """Nothing at all is written after the key."""
        return self.null and not self.text


@dataclass(frozen=True, slots=True)
class Sequence:
    place: Place
    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and the place of its key."""

    key_place: Place
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    place: Place
    entries: MappingABC[str, Entry] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


def merge(base: Node, later: Node) -> Node:
    """``later`` over ``base``: mappings key by key, everything else replaced.

    A mapping is not replaced by an empty value: a section whose keys are all commented out says nothing.
    """
    if not isinstance(base, Mapping):
        return later
    if isinstance(later, Scalar) and later.empty:
        return base
    if not isinstance(later, Mapping):
        return later
    entries = dict(base.entries)
    for key, entry in later.entries.items():
        known = entries.get(key)
        entries[key] = entry if known is None else Entry(entry.key_place, merge(known.value, entry.value))
    return Mapping(later.place if later.entries else base.place, entries)


def from_overrides(overrides: MappingABC[str, Any]) -> Mapping:
    """A tree from dotted keys, ``{"sip.port": 15060}``, as the command line gives them."""
    tree: Node = Mapping(COMMAND_LINE)
    for dotted, value in overrides.items():
        node = _from_value(value)
        for key in reversed(dotted.split(".")):
            node = Mapping(COMMAND_LINE, {key: Entry(COMMAND_LINE, node)})
        tree = merge(tree, node)
    assert isinstance(tree, Mapping)
    return tree


def _from_value(value: Any) -> Node:
    if value is None:
        return Scalar(COMMAND_LINE, "null", null=True)
    if isinstance(value, MappingABC):
        return Mapping(COMMAND_LINE, {str(k): Entry(COMMAND_LINE, _from_value(v)) for k, v in value.items()})
    if isinstance(value, list | tuple):
        return Sequence(COMMAND_LINE, tuple(_from_value(item) for item in value))
    if isinstance(value, bool):
        return Scalar(COMMAND_LINE, "true" if value else "false")
    return Scalar(COMMAND_LINE, str(value))


def directory_of(place: Place) -> Path:
    """The directory that relative paths written at ``place`` are relative to."""
    return Path.cwd() if place == COMMAND_LINE else Path(place.file).absolute().parent
