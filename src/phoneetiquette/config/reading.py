"""From what is written to the configuration: every key read by its kind, every problem kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from phoneetiquette.config.keys import is_required, key_of, keys_of
from phoneetiquette.config.kinds import Kind, ListOf, Section, Sections, UnfitError, nothing, shown
from phoneetiquette.config.nodes import Entry, Mapping, Node, Scalar
from phoneetiquette.config.schema import Config
from phoneetiquette.problems import Place, Problem, Severity, did_you_mean

MOST_PROBLEMS = 100
"""More are only counted: a file that is not a configuration at all gives thousands."""

T = TypeVar("T")


@dataclass
class Report:
    """The problems found so far."""

    problems: list[Problem] = field(default_factory=list)
    untold: int = 0

    @property
    def full(self) -> bool:
        return len(self.problems) >= MOST_PROBLEMS

    def add(self, place: Place, what: str, advice: str = "", severity: Severity = Severity.ERROR) -> None:
        if self.full:
            self.untold += 1
        else:
            self.problems.append(Problem(place.file, place.line, place.column, what, advice, severity))

    def take(self, problem: Problem) -> None:
        """A problem that was found elsewhere."""
        self.add(Place(problem.file, problem.line, problem.column), problem.what, problem.advice, problem.severity)

    def unknown_key(self, place: Place, what: str, key: str, known: Iterator[str]) -> None:
        self.add(place, what, "" if self.full else did_you_mean(key[:60], known))

    @property
    def failed(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def finished(self) -> list[Problem]:
        """All problems in the order of files and lines, each once."""
        told = sorted(set(self.problems))
        if self.untold:
            told.append(Problem(told[-1].file, 0, 0, f"{self.untold} more problems", "mend these first"))
        return told


@dataclass
class Reading:
    """A configuration as read: unusable values are replaced by their defaults and named in ``invalid``."""

    report: Report
    config: Config = field(default_factory=Config)
    origins: dict[str, Place] = field(default_factory=dict)
    """Dotted key -> where its value is written. What is missing here has its default."""
    invalid: set[str] = field(default_factory=set)
    """Dotted keys with unusable values; a section counts when it is unusable as a whole."""

    def usable(self, *dotted: str) -> bool:
        """Whether none of these keys, nor a section they are in, has been found wrong."""
        return not any(name == bad or name.startswith(bad + ".") for name in dotted for bad in self.invalid)

    def place(self, dotted: str) -> Place:
        """Where this key, or the innermost section around it that is written, stands."""
        while dotted and dotted not in self.origins:
            dotted = dotted.rpartition(".")[0]
        return self.origins[dotted]

    def problem(self, dotted: str, what: str, advice: str, severity: Severity = Severity.ERROR) -> None:
        self.report.add(self.place(dotted), what, advice, severity)


def read(root: Node, report: Report) -> Reading:
    """The configuration written in ``root``; problems go to ``report``."""
    reading = Reading(report)
    reading.origins[""] = root.place
    config = _Reader(reading).section(Config, root, "")
    if config is not None:
        reading.config = config
    return reading


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def section(self, kind: type[T], node: Node, path: str) -> T | None:
        """The section at dotted ``path``, or None where it cannot be made."""
        try:
            mapping = Section(kind).read(node)
        except UnfitError as unfit:
            self._unfit(path, node.place, unfit)
            return None
        keys = keys_of(kind)
        for name, entry in mapping.entries.items():
            if name not in keys:
                what = f"unknown key {shown(name)}" + (f" in {path}" if path else "")
                self._reading.report.unknown_key(entry.key_place, what, name, iter(keys))
        values: dict[str, Any] = {}
        complete = True
        for name, attribute in keys.items():
            dotted = f"{path}.{name}" if path else name
            written = mapping.entries.get(name)
            if written is None:
                if is_required(attribute):
                    what = f"{path} has no {name!r}"
                    self._unfit(path, mapping.place, UnfitError(what, f"write {key_of(attribute).example}"), bare=True)
                    complete = False
                continue
            self._reading.origins[dotted] = (
                written.key_place if isinstance(written.value, Mapping) else written.value.place
            )
            read = self._value(key_of(attribute).kind, written, dotted, nullable=attribute.default is None)
            if read is not None:
                values[name] = read[0]
            complete &= read is not None or not is_required(attribute)
        if not complete:
            self._reading.invalid.add(path)
            return None
        return kind(**values)

    def _value(self, kind: Kind, entry: Entry, dotted: str, *, nullable: bool) -> tuple[Any] | None:
        """The value in a tuple, or None when it is unusable."""
        node = entry.value
        if nullable and nothing(node):
            return (None,)
        if isinstance(kind, Section):
            section = self.section(kind.kind, node, dotted)
            return None if section is None else (section,)
        try:
            value = kind.read(node)
        except UnfitError as unfit:
            self._unfit(dotted, node.place, unfit)
            return None
        if isinstance(kind, Sections):
            return (tuple(self._named(kind, value, dotted)),)
        return self._items(kind.item, value, dotted) if isinstance(kind, ListOf) else (value,)

    def _named(self, kind: Sections, sections: Mapping, dotted: str) -> Iterator[tuple[str, Any]]:
        """Each section that can be made, with its name."""
        for name, entry in sections.entries.items():
            inner = f"{dotted}.{name}"
            try:
                kind.name.read(Scalar(entry.key_place, name))
            except UnfitError as unfit:
                self._unfit(f"{dotted}.{shown(name)}", entry.key_place, unfit)
                self._reading.invalid.add(dotted)
                continue
            self._reading.origins[inner] = entry.key_place
            section = self.section(kind.kind, entry.value, inner)
            if section is not None:
                yield name, section

    def _items(self, kind: Kind, nodes: tuple[Node, ...], dotted: str) -> tuple[Any] | None:
        values: dict[Any, None] = {}
        for number, node in enumerate(nodes, start=1):
            name = f"{dotted}, item {number},"
            try:
                value = kind.read(node)
                if value in values:
                    raise UnfitError(f"is {shown(str(value))} again", "leave it out")
                values[value] = None
            except UnfitError as unfit:
                self._unfit(name, node.place, unfit)
                self._reading.invalid.add(dotted)
        return None if dotted in self._reading.invalid else (tuple(values),)

    def _unfit(self, dotted: str, place: Place, unfit: UnfitError, *, bare: bool = False) -> None:
        self._reading.report.add(place, unfit.what if bare else f"{dotted or 'the file'} {unfit.what}", unfit.advice)
        self._reading.invalid.add(dotted)
