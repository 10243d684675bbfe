"""YAML text to nodes with places. The only file that imports yaml.

Only the plain part of YAML is taken: one document of mappings, lists and scalars. Anchors, aliases and tags are
refused, so that nothing can be multiplied or constructed; every scalar stays text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import yaml

from phoneetiquette.config.kinds import shown
from phoneetiquette.config.nodes import Entry, Mapping, Node, Scalar, Sequence
from phoneetiquette.config.reading import Report
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.problems import Place

DEEPEST = 12
"""Nesting beyond this is no configuration of ours."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class _UnreadableError(Exception):
    """Nothing more can be read from this text."""

    def __init__(self, place: Place, what: str, advice: str) -> None:
        super().__init__(what)
        self.place = place
        self.what = what
        self.advice = advice


_Loader: TypeAlias = "yaml.SafeLoader | yaml.CSafeLoader"


def shipped(path: Path, report: Report) -> Node | None:
    """The tree of a file that comes with the program; as :func:`parse`.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}", "install the program again") from error
    return parse(text, str(path), report)


def parse(text: str, file: str, report: Report, *, quick: bool = False) -> Node | None:
    """The tree of ``text``, or None when it cannot be read. An empty text is an empty mapping.

    ``quick`` is for texts of megabytes: libyaml reads them, where it is there. It words its errors in another way.
    """
    loader: _Loader
    try:
        yaml.reader.Reader(text)  # the characters that both refuse, with their place
        loader = yaml.CSafeLoader(text) if quick and yaml.__with_libyaml__ else yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        report.add(
            _place_at(text, error.position, file),
            f"the character U+{error.character:04X} is not allowed in YAML",
            "remove it",
        )
        return None
    parser = _Parser(loader, file, report)
    try:
        return parser.document()
    except _UnreadableError as unusable:
        report.add(unusable.place, unusable.what, unusable.advice)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark or _here(loader)
        if "quoted scalar" in (error.context or "") and error.context_mark:
            mark = error.context_mark  # where the quote stands that is not closed
        report.add(_place(mark, file), *_explained(error, text, mark))
    except (yaml.YAMLError, ValueError, OverflowError):
        # PyYAML lets the errors of int() and chr() through, for absurd versions and escapes.
        report.add(_place(_here(loader), file), "not YAML: a number is out of range", "write the text in single quotes")
    return None


class _Parser:
    """Builds the tree from the events of PyYAML's parser, so that nothing is composed that will be refused."""

    def __init__(self, loader: _Loader, file: str, report: Report) -> None:
        self._loader = loader
        self._file = file
        self._report = report

    def document(self) -> Node:
        self._next()
        if self._loader.check_event(yaml.StreamEndEvent):
            return Mapping(Place(self._file))
        self._next()
        root = self._node(0)
        self._next()
        if not self._loader.check_event(yaml.StreamEndEvent):
            place = _place(self._next().start_mark, self._file)
            raise _UnreadableError(place, "a second document starts here", "keep one, and remove the ---")
        if isinstance(root, Scalar) and root.null:
            return Mapping(Place(self._file))
        return root

    def _next(self) -> Any:
        event: Any = self._loader.get_event()
        return event

    def _node(self, depth: int) -> Node:
        event = self._next()
        mark = event.start_mark
        place = Place(self._file, mark.line + 1, mark.column + 1)
        if depth > DEEPEST:
            raise _UnreadableError(place, f"nested more than {DEEPEST} deep", "no key needs that")
        kind = type(event)
        if kind is yaml.AliasEvent:
            self._report.add(
                place, "aliases are not used here", "write the value out, or in quotes if it starts with *"
            )
            return Scalar(place, "", null=True)
        if event.anchor is not None:
            self._report.add(place, "anchors are not used here", "leave it out, or quote a value that starts with &")
        if event.tag not in (None, "!"):
            self._report.add(place, "tags are not used here", "leave it out, or quote a value that starts with !")
        if kind is yaml.ScalarEvent:
            # What is written plainly has no style, or an empty one.
            return Scalar(place, event.value, not event.style and event.tag is None and event.value in _NULLS)
        if kind is yaml.SequenceStartEvent:
            return self._sequence(place, depth)
        return self._mapping(place, depth)

    def _sequence(self, place: Place, depth: int) -> Sequence:
        items: list[Node] = []
        while not self._loader.check_event(yaml.SequenceEndEvent):
            items.append(self._node(depth + 1))
        self._next()
        return Sequence(place, tuple(items))

    def _mapping(self, place: Place, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        while not self._loader.check_event(yaml.MappingEndEvent):
            key = self._node(depth + 1)
            value = self._node(depth + 1)
            if not isinstance(key, Scalar):
                self._report.add(key.place, "a key must be a word", "write name: value")
            elif key.text in entries:
                first = entries[key.text].key_place.line
                self._report.add(key.place, f"{shown(key.text)} stands here twice", f"it is already in line {first}")
            else:
                entries[key.text] = Entry(key.place, value)
        self._next()
        return Mapping(place, entries)


def _explained(error: yaml.MarkedYAMLError, text: str, mark: yaml.Mark) -> tuple[str, str]:
    """What is wrong and what to do, without quoting the text: it may be a password."""
    line = text.splitlines()[mark.line] if mark.line < len(text.splitlines()) else ""
    if "\t" in line[: mark.column + 1]:
        return "not YAML: a tab stands here", "indent with spaces"
    if "quoted scalar" in (error.context or "") and "end of stream" in (error.problem or ""):
        return "not YAML: the quote that begins here is not closed", "write a quote at the end of the text"
    problem = (error.problem or "cannot be read").partition("'!")[0].strip()
    if "mapping values are not allowed" in problem:
        return "not YAML: a colon where none can be", "put a text with ': ' in quotes, and check the indentation"
    if "block end" in problem or "could not find expected ':'" in problem:
        return f"not YAML: {problem}", "check the indentation and that every key ends in a colon"
    if "expected key" in problem:  # a line stands further left than its neighbours, or a quote above was not closed
        return (
            f"not YAML: {problem}",
            "check that this line is indented like its neighbours, and that quotes above are closed",
        )
    return f"not YAML: {problem}", "put a text with special characters in quotes"


def _here(loader: Any) -> Any:
    """How far the loader has come; libyaml does not tell."""
    return loader.get_mark() if isinstance(loader, yaml.SafeLoader) else yaml.Mark("", 0, 0, 0, "", 0)


def _place(mark: Any, file: str) -> Place:
    """The place of a mark of PyYAML, which has two unrelated classes of them."""
    return Place(file, mark.line + 1, mark.column + 1)


def _place_at(text: str, position: int, file: str) -> Place:
    before = text[:position]
    return Place(file, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)
