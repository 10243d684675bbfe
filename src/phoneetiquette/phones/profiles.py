"""Profiles of desk phones from YAML files, one for each family, shipped in ``hardware/phones``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar, get_args

from phoneetiquette.config.kinds import Flag, Kind, ListOf, Text, UnfitError, Whole, Word, scalar, shown
from phoneetiquette.config.nodes import Mapping, Node
from phoneetiquette.config.phones_schema import PROFILES
from phoneetiquette.config.reading import Report
from phoneetiquette.config.yaml_nodes import shipped
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.phones import facts
from phoneetiquette.phones.profile import (
    COMMAND_FACTS,
    PLACEHOLDER,
    Action,
    ActionUrls,
    Authentication,
    CheckSync,
    Codecs,
    Command,
    Directory,
    DirectoryFormat,
    Evidence,
    Form,
    Header,
    PhoneProfile,
    Provisioning,
    Talk,
)

T = TypeVar("T")
Reader = Callable[["_Reading", Node, str], Any]
"""Reads a node that stands under a dotted name; raises :class:`UnfitError` or reports."""

_FILE_FACTS = frozenset({"mac", "MAC"})


@functools.cache
def profiles() -> dict[str, PhoneProfile]:
    """All that are shipped, by name.

    Raises:
        ConfigurationError: one of them is wrong; says where.
    """
    return {path.stem: read(path) for path in sorted(PROFILES.glob("*.yaml"))}


def profile_of(name: str) -> PhoneProfile:
    """The profile of this name.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return profiles()[name]
    except KeyError:
        known = ", ".join(profiles())
        raise ConfigurationError(f"no desk phone is called {name!r}", f"known are {known}") from None


def read(path: Path) -> PhoneProfile:
    """The profile in a file.

    Raises:
        ConfigurationError: it cannot be read, or something in it is wrong; every problem is told.
    """
    report = Report()
    root = shipped(path, report)
    profile = None
    if root is not None:
        reading = _Reading(report)
        try:
            profile = reading.section(PhoneProfile, _PROFILE, root, "", name=path.stem)
        except UnfitError as unfit:
            report.add(root.place, f"the profile {unfit.what}", unfit.advice)
    if profile is None or report.problems:
        raise ConfigurationError("\n".join(map(str, report.finished())))
    return profile


class _Reading:
    def __init__(self, report: Report) -> None:
        self.report = report

    def section(self, kind: type[T], readers: dict[str, Reader], node: Node, path: str, **given: Any) -> T | None:
        """The value of the dataclass ``kind`` that is written in ``node``; None with the problems reported."""
        if not isinstance(node, Mapping):
            raise UnfitError("has no keys of its own", f"write {', '.join(readers)} below it")
        values = dict(given)
        before = len(self.report.problems)
        for name, entry in node.entries.items():
            dotted = f"{path}.{name}" if path else name
            if name not in readers:
                what = f"unknown key {shown(name)}" + (f" in {path}" if path else "")
                self.report.unknown_key(entry.key_place, what, name, iter(readers))
                continue
            try:
                values[name] = readers[name](self, entry.value, dotted)
            except UnfitError as unfit:
                self.report.add(entry.value.place, f"{dotted} {unfit.what}", unfit.advice)
        for one in fields(kind):  # type: ignore[arg-type]
            if one.default is MISSING and one.default_factory is MISSING and one.name not in (*node.entries, *given):
                self.report.add(node.place, f"{path or 'the profile'} has no {one.name!r}", "write it")
        return None if len(self.report.problems) > before else kind(**values)


def _plain(kind: Kind) -> Reader:
    def read_plain(_reading: _Reading, node: Node, _path: str) -> Any:
        value = kind.read(node)
        return tuple(map(kind.item.read, value)) if isinstance(kind, ListOf) else value

    return read_plain


def _one_of(words: tuple[str, ...]) -> Reader:
    return _plain(Word(words))


def _evidence(_reading: _Reading, node: Node, _path: str) -> Evidence:
    return Evidence(Word(tuple(Evidence)).read(node))


def _template(known: frozenset[str]) -> Reader:
    """A text in which these facts may stand in braces; it may be empty."""

    def read_template(_reading: _Reading, node: Node, _path: str) -> str:
        text = scalar(node, "a text")
        for name in PLACEHOLDER.findall(text):
            if name not in known:
                raise UnfitError(f"names the unknown fact {shown(name)}", f"known are {', '.join(sorted(known))}")
        return text

    return read_template


def _table(value: Reader, keys: tuple[str, ...] | frozenset[str] = ()) -> Reader:
    """A mapping of names, of ``keys`` where there are any, to values of one kind."""

    def read_table(reading: _Reading, node: Node, path: str) -> dict[str, Any]:
        if not isinstance(node, Mapping):
            raise UnfitError("is not a table", "write name: value on the following lines, indented")
        table = {}
        for name, entry in node.entries.items():
            if keys and name not in keys:
                what = f"unknown key {shown(name)} in {path}"
                reading.report.unknown_key(entry.key_place, what, name, iter(keys))
                continue
            try:
                table[name] = value(reading, entry.value, f"{path}.{name}")
            except UnfitError as unfit:
                reading.report.add(entry.value.place, f"{path}.{name} {unfit.what}", unfit.advice)
        return table

    return read_table


def _section(kind: type[Any], readers: dict[str, Reader]) -> Reader:
    def read_section(reading: _Reading, node: Node, path: str) -> Any:
        return reading.section(kind, readers, node, path)

    return read_section


def _sections(kind: type[Any], readers: dict[str, Reader]) -> Reader:
    def read_sections(reading: _Reading, node: Node, path: str) -> tuple[Any, ...]:
        return tuple(_each(reading, ListOf(_TEXT).read(node), path))

    def _each(reading: _Reading, nodes: tuple[Node, ...], path: str) -> Iterator[Any]:
        for number, node in enumerate(nodes, start=1):
            name = f"{path}, item {number},"
            try:
                yield reading.section(kind, readers, node, name)
            except UnfitError as unfit:
                reading.report.add(node.place, f"{name} {unfit.what}", unfit.advice)

    return read_sections


_TEXT = Text("text", 300)
_HEADER: dict[str, Reader] = {
    "name": _one_of(("Alert-Info", "Call-Info", "Answer-Mode")),
    "value": _template(frozenset({"host"})),
    "evidence": _evidence,
}
_COMMAND: dict[str, Reader] = {
    "action": _one_of(get_args(Action)),
    "by": _one_of(("http", "notify")),
    "evidence": _evidence,
    "method": _one_of(("GET", "POST")),
    "url": _template(COMMAND_FACTS),
    "handle_url": _template(COMMAND_FACTS),
    "authentication": _one_of(get_args(Authentication)),
    "event": _plain(Text("an event package", 64, r"[A-Za-z-]+")),
    "content_type": _plain(Text("a media type", 64, r"[a-z-]+/[a-z0-9.+-]+")),
    "body": _template(COMMAND_FACTS),
    "needs": _plain(_TEXT),
}
_EVENT = _plain(Text("an event with its parameters", 64, r"[A-Za-z0-9_-]+(;[a-z]+=[a-z]+)?"))
_CHECK_SYNC: dict[str, Reader] = {
    "event": _EVENT,
    "evidence": _evidence,
    "reboot": _EVENT,
    "challenges": _plain(Flag()),
}
_KEY = _plain(_TEXT)
_OF_CODEC = _table(_template(facts.CODEC_FACTS))
_CODECS: dict[str, Reader] = {
    "names": _table(_KEY, ("G722", "PCMA", "PCMU", "GSM", "iLBC", "speex")),
    "each": _OF_CODEC,
    "others": _OF_CODEC,
    "slots": _plain(ListOf(_TEXT, least=1)),
    "unused": _KEY,
    "joined": _KEY,
    "separator": _KEY,
    "always": _plain(ListOf(_TEXT, least=1)),
}
_ACTION_URLS: dict[str, Reader] = {
    "events": _table(_KEY, facts.EVENTS),
    "variables": _table(_KEY, facts.VARIABLES),
    "longest": _plain(Whole(1, 10_000)),
    "evidence": _evidence,
}
_DIRECTORY: dict[str, Reader] = {
    "format": _one_of(get_args(DirectoryFormat)),
    "file": _template(_FILE_FACTS),
    "most": _plain(Whole(1, 10_000)),
}
_SETTINGS = _table(_template(facts.FACTS))
_PROVISIONING: dict[str, Reader] = {
    "format": _one_of(get_args(Form)),
    "file": _template(_FILE_FACTS),
    "master": _template(_FILE_FACTS),
    "settings": _SETTINGS,
    "when": _table(_SETTINGS, facts.FACTS),
    "words": _table(_table(_KEY), facts.FACTS),
    "codecs": _section(Codecs, _CODECS),
    "action_urls": _section(ActionUrls, _ACTION_URLS),
    "directory": _section(Directory, _DIRECTORY),
    "restricts": _KEY,
    "remarks": _plain(ListOf(_TEXT)),
}
_PROFILE: dict[str, Reader] = {
    "vendor": _plain(Text("the vendor as people call it")),
    "models": _plain(Text("which phones it is for", 200)),
    "tried": _plain(Text("on which real phone this was tried, or never", 200)),
    "sources": _plain(ListOf(_TEXT, least=1)),
    "talk": _one_of(get_args(Talk)),
    "talk_evidence": _evidence,
    "allow_events": _plain(ListOf(_TEXT, least=1)),
    "auto_answer": _sections(Header, _HEADER),
    "answers_after_delay": _plain(Flag()),
    "ring": _section(Header, _HEADER),
    "commands": _sections(Command, _COMMAND),
    "check_sync": _section(CheckSync, _CHECK_SYNC),
    "kept_codes": _plain(ListOf(Text("a code such as *78", 8, r"\*[0-9*#]+"), least=1)),
    "admin_user": _plain(Text("a user name", 64)),
    "provisioning": _section(Provisioning, _PROVISIONING),
}
"""Key of a profile's file -> how it is read: the fields of :class:`.PhoneProfile` but its name."""
