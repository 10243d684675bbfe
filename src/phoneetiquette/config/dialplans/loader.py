"""A dialplan's files: found, read, included, made into a plan; every problem with its place."""

from __future__ import annotations

import csv
import gc
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from phoneetiquette.config import files, text_files
from phoneetiquette.config.dialplans.forms import UNUSABLE, Key
from phoneetiquette.config.dialplans.schema import HEAD, SECTIONS, CsvColumn
from phoneetiquette.config.kinds import nothing, printable, shown
from phoneetiquette.config.nodes import Mapping as MappingNode
from phoneetiquette.config.reading import Report
from phoneetiquette.dialplan.lint import lint
from phoneetiquette.dialplan.model import Name, NumberList, Plan
from phoneetiquette.dialplan.openings import is_zone
from phoneetiquette.dialplan.parts import read_words, spoken_words
from phoneetiquette.problems import Place, Problem, Severity, did_you_mean

LARGEST = 4 * 1024 * 1024
"""Longest file in bytes that can be a dialplan or a part of one; a CSV file of numbers likewise."""
MOST_INCLUDED = 100
MOST_NUMBERS = 100_000
"""Numbers in a CSV file."""
_NUMBER = "write a number, or a pattern such as +43*"
_MARK = re.compile(rb"^(?:\xef\xbb\xbf)?dialplan[ \t]*:(?![^#\n]*(?:/|\.[A-Za-z]))", re.MULTILINE)
"""The key with anything but a path: that is how a configuration names the dialplan that its seat follows."""
_VERSIONED = re.compile(r"([A-Za-z_-]{5,12})[ \t]*:[ \t]*[0-9]+[ \t]*(?:#.*)?")


@dataclass(frozen=True)
class Drafts:
    """Files as they would be. What they name is looked at in ``directory`` only, and where the plan has been before:
    a draft may come from the network, and must not show what other files hold."""

    contents: Mapping[Path, bytes]
    """By their paths as in :attr:`Inspected.files`."""
    directory: Path
    known: frozenset[Path]
    """Files that the plan names already; they may be read wherever they lie."""

    def knows(self, path: Path) -> bool:
        """Whether it is a draft, or a file that the plan names already."""
        return path in self.contents or path in self.known

    def may_read(self, path: Path) -> bool:
        return self.knows(path) or name_below(self.directory, path) is not None


def name_below(directory: Path, path: Path) -> str | None:
    """The name of a file below a directory; ``None``: it lies elsewhere, whatever links say, or in a hidden place."""
    try:
        name = path.relative_to(directory)
        real = path.resolve().relative_to(directory.resolve())
    except (OSError, ValueError, RuntimeError):
        return None
    hidden = any(part.startswith(".") for part in (*name.parts, *real.parts))
    return None if hidden or not name.parts else name.as_posix()


@dataclass(frozen=True)
class Inspected:
    """What the files of a dialplan say. ``plan`` is there when its head could be read, whatever else is wrong."""

    file: Path
    files: tuple[Path, ...]
    plan: Plan | None
    problems: tuple[Problem, ...]
    unreadable: bool = False
    """The file itself could not be opened."""
    askable: bool = False
    """The plan can be asked where calls go, whatever is wrong with it."""

    @property
    def failed(self) -> bool:
        return self.plan is None or any(problem.severity is Severity.ERROR for problem in self.problems)


def is_dialplan(file: Path) -> bool:
    """Whether a file is a dialplan rather than a configuration: it has the key ``dialplan``."""
    try:
        with file.open("rb") as stream:
            return bool(_MARK.search(stream.read(LARGEST)))
    except OSError:
        return False


def misspelt(file: Path) -> Problem | None:
    """What is wrong with a file that would be a dialplan if its first key were spelt right."""
    try:
        with file.open("rb") as stream:
            lines = stream.read(LARGEST).decode("utf-8-sig", "replace").splitlines()
    except OSError:
        return None
    for number, line in enumerate(lines, start=1):
        key = _VERSIONED.fullmatch(line)
        if key and get_close_matches(key[1].lower(), ["dialplan"], cutoff=0.75):
            place = Place(str(file), number, 1)
            return Problem.at(place, f"unknown key {shown(key[1])}", did_you_mean(key[1], ["dialplan"]))
    return None


def inspect(file: Path, today: date, drafts: Drafts | None = None) -> Inspected:
    """Everything about a dialplan and its included files. ``today`` begins the year that its hours are judged by;
    ``drafts``: how it would be with these in place of files."""
    with _no_collection():
        return _inspect(file, today, drafts)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the garbage collector, which would take half the time to find that trees of a big plan hold no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _inspect(file: Path, today: date, drafts: Drafts | None) -> Inspected:
    report = Report()
    content = _content(file, report, "dialplan.yaml", drafts)
    if content is None:
        return Inspected(file, (file,), None, tuple(report.finished()), unreadable=True)
    root = text_files.tree(file, content, report, LARGEST, quick=True)
    if root is None:
        return Inspected(file, (file,), None, tuple(report.finished()))
    loading = _Loading(report, drafts)
    plan = loading.plan(root, file)
    whole = not report.failed
    if plan is not None:
        _sounds(plan, report, drafts)
        for problem in sorted(lint(plan, today, whole=whole), key=lambda one: one.severity is not Severity.ERROR):
            if drafts and problem.file in loading.tables:
                problem = replace(problem, what="this cell is no number", advice=_NUMBER)
            report.take(problem)  # errors first: what is one too many is not told
    askable = whole and plan is not None and is_zone(plan.timezone)
    return Inspected(file, (file, *loading.included), plan, tuple(report.finished()), askable=askable)


class _Loading:
    def __init__(self, report: Report, drafts: Drafts | None) -> None:
        self._report = report
        self._drafts = drafts
        self.included: list[Path] = []
        self.tables: set[str] = set()
        """CSV files of numbers."""
        self._broken: set[str] = set()

    def plan(self, root: MappingNode, file: Path) -> Plan | None:
        head = self._keys(root, HEAD, {**HEAD, **SECTIONS}, str(file))
        parts = [self._sections(root)]
        parts += [self._include(path, root.entries["include"].key_place) for path in head.pop("include", ())]
        head.pop("dialplan", None)
        if any(name not in head for name in ("name", "country", "timezone")):
            return None
        places = {name: entry.value.place for name, entry in root.entries.items() if name in HEAD}
        return Plan(place=root.place, places=places, broken=frozenset(self._broken), **head, **self._joined(parts))

    def _keys(self, root: MappingNode, keys: Mapping[str, Key], known: Mapping[str, Key], file: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, entry in root.entries.items():
            if name not in known:
                self._report.unknown_key(entry.key_place, f"unknown key {shown(name)}", name, iter(known))
            elif name in keys and not (nothing(entry.value) and not keys[name].required):
                value = keys[name].form.read(entry.value, name, self._report)
                if value is not UNUSABLE:
                    values[name] = value
        for name, key in keys.items():
            if key.required and name not in root.entries:
                self._report.add(
                    Place(file, root.place.line, root.place.column), f"has no {name!r}", f"write {key.example}"
                )
        return values

    def _sections(self, root: MappingNode) -> dict[str, dict[str, Any]]:
        sections: dict[str, dict[str, Any]] = {}
        for name, key in SECTIONS.items():
            entry = root.entries.get(name)
            if entry is None:
                continue
            value = key.form.read(entry.value, name, self._report)
            if isinstance(entry.value, MappingNode):
                self._broken |= entry.value.entries.keys() - (value.keys() if isinstance(value, dict) else ())
            if value is UNUSABLE:
                continue
            if name == "numbers":
                value = {one: self._numbers(one, written) for one, written in value.items()}
            sections[name] = {"": value} if name == "dates" else value
        return sections

    def _include(self, path: Path, place: Place) -> dict[str, dict[str, Any]]:
        if len(self.included) >= MOST_INCLUDED:
            self._report.add(place, f"more than {MOST_INCLUDED} files are included", "join some of them")
            return {}
        if path.resolve() == Path(place.file).resolve():
            self._report.add(place, f"{printable(path.name)} includes itself", "leave it out")
            return {}
        if path in self.included:
            self._report.add(place, f"{printable(path.name)} is included twice", "leave one out")
            return {}
        if _strayed(path, "include", place, self._report, self._drafts):
            return {}
        self.included.append(path)
        opening = Report()
        content = _content(path, opening, "part.yaml", self._drafts)
        for problem in opening.problems:
            self._report.add(place, f"include: {printable(path)} {problem.what}", problem.advice)
        if content is None:
            return {}
        quiet = self._drafts is not None and not self._drafts.knows(path)
        parsing = Report() if quiet else self._report
        root = text_files.tree(path, content, parsing, LARGEST, quick=True)
        if quiet and (root is None or parsing.failed or not root.entries.keys() <= SECTIONS.keys()):
            # It may be a configuration, or hold users: the draft must not show what is in it.
            what = f"include: {printable(path)} does not read as sections of a dialplan"
            self._report.add(place, what, "name another file, or mend this one where it lies")
            return {}
        if root is None:
            return {}
        for name in (name for name in root.entries if name in HEAD):
            what = f"{name} cannot stand in a file that is included"
            self._report.add(root.entries[name].key_place, what, f"write it in {printable(Path(place.file).name)}")
        root = MappingNode(root.place, {name: entry for name, entry in root.entries.items() if name not in HEAD})
        self._keys(root, {}, SECTIONS, str(path))
        return self._sections(root)

    def _joined(self, parts: Iterable[dict[str, dict[str, Any]]]) -> dict[str, Any]:
        joined: dict[str, dict[str, Any]] = {}
        dates: list[Any] = []
        for part in parts:
            for section, values in part.items():
                if section == "dates":
                    dates.extend(values[""])
                    continue
                known = joined.setdefault(section, {})
                for name, value in values.items():
                    if name in known:
                        place = known[name].place
                        what = f"{section}.{name} stands already in {place}"
                        self._report.add(value.place, what, "rename one of them")
                    else:
                        known[name] = value
        return {**joined, "dates": tuple(dates)}

    def _numbers(self, name: str, written: Any) -> NumberList:
        if not isinstance(written, CsvColumn):
            assert isinstance(written, NumberList)
            return written
        return NumberList(written.place, tuple(self._column(name, written)))

    def _column(self, name: str, written: CsvColumn) -> list[Name]:
        path: Path = written.csv
        if _strayed(path, f"numbers.{name}", written.place, self._report, self._drafts):
            return []
        if self._drafts and not self._drafts.knows(path) and path.resolve().suffix.lower() != ".csv":
            what = f"numbers.{name}: {printable(path)} is no CSV file by its name"
            self._report.add(written.place, what, "name a file that ends in .csv")
            return []
        self.tables.add(str(path))
        try:
            files.readable(path)
            with path.open("rb") as stream:
                content = stream.read(LARGEST + 1)
            text = content.decode("utf-8-sig")
        except files.UnusableFileError as error:
            self._report.add(written.place, f"numbers.{name}: {printable(path)} {error.what}", error.advice)
            return []
        except UnicodeDecodeError:
            self._report.add(written.place, f"numbers.{name}: {printable(path)} is not UTF-8", "save the file as UTF-8")
            return []
        except (OSError, ValueError) as error:
            self._report.add(
                written.place, f"numbers.{name}: {printable(path)} cannot be used: {printable(error)}", "check the path"
            )
            return []
        if len(content) > LARGEST:
            what = f"numbers.{name}: {printable(path)} is longer than {LARGEST // 1024} KiB"
            self._report.add(written.place, what, "split it")
            return []
        return self._cells(name, written, text)

    def _cells(self, name: str, written: CsvColumn, text: str) -> list[Name]:
        first = text.partition("\n")[0]
        separator = max(",;\t", key=first.count)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        found: list[Name] = []
        try:
            column = 0
            if written.column:
                heading = [printable(cell.strip()) for cell in next(rows, [])]
                if written.column not in heading:
                    what = f"numbers.{name}: {printable(written.csv)} has no column {shown(written.column)}"
                    if self._drafts:
                        self._report.add(written.place, what, "check the first row of the file")
                    else:
                        self._report.unknown_key(written.place, what, written.column, iter(heading))
                    return []
                column = heading.index(written.column)
            for row in rows:
                cell = row[column].strip() if column < len(row) else ""
                if cell:
                    found.append(Name(cell, Place(str(written.csv), rows.line_num, 1)))
                if len(found) > MOST_NUMBERS:
                    raise csv.Error(f"more than {MOST_NUMBERS} numbers")
            if not found:
                what = f"numbers.{name}: {printable(written.csv)} holds no number"
                self._report.add(written.place, what, "write some in it, or leave the list out", Severity.WARNING)
        except csv.Error as error:
            place = Place(str(written.csv), rows.line_num, 1)
            self._report.add(place, f"cannot be read as CSV: {printable(error)}", "save it as CSV again")
        return found


def _content(path: Path, report: Report, name: str, drafts: Drafts | None) -> bytes | None:
    draft = drafts.contents.get(path) if drafts else None
    return text_files.content(path, report, LARGEST, name) if draft is None else draft


def _strayed(path: Path, what: str, place: Place, report: Report, drafts: Drafts | None) -> bool:
    """Whether a draft names a file that it may not read."""
    if drafts is None or drafts.may_read(path):
        return False
    what = f"{what}: {printable(path)} lies outside the directory of the dialplan, or in a hidden one"
    report.add(place, what, f"put it into {printable(drafts.directory)}")
    return True


def _sounds(plan: Plan, report: Report, drafts: Drafts | None) -> None:
    """Whether the sound files that are named are there."""
    for what, words in (*spoken_words(plan), *read_words(plan)):
        for spoken in words.by_language.values():
            if spoken.file is None or _strayed(spoken.file, what, spoken.place, report, drafts):
                continue
            try:
                files.sound(spoken.file)
            except files.UnusableFileError as unusable:
                report.add(spoken.place, f"{what}: {printable(spoken.file)} {unusable.what}", unusable.advice)
            except (OSError, ValueError) as error:
                report.add(spoken.place, f"{what}: the file cannot be used: {printable(error)}", "check the path")
