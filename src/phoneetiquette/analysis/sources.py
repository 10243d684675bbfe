"""Which recordings are meant: files, folders with all below them, and patterns that the shell did not expand."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from phoneetiquette.audio.suffixes import SUFFIXES
from phoneetiquette.problems import Problem


@dataclass(frozen=True, slots=True)
class Source:
    """A recording: where it is, and its name among the others (a relative path without suffix, for pictures)."""

    path: Path
    name: Path


def find(words: Iterable[str]) -> list[Source | Problem]:
    """What the words of a command line name, in order, each file once; a problem stands where its word stood.

    A word that is an existing path is that path, whatever characters it has; else it may be a pattern (``**`` too).
    Folders are searched for files that look like recordings; hidden files and linked folders are left out.
    """
    found: list[Source | Problem] = []
    seen: set[str] = set()
    names: set[Path] = set()
    for word in words:
        for one in _named(word):
            if isinstance(one, Problem):
                found.append(one)
                continue
            real = os.path.realpath(one.path)
            if real not in seen:
                seen.add(real)
                found.append(Source(one.path, _unused(one.name, names)))
    return found


def _named(word: str) -> Iterator[Source | Problem]:
    path = Path(word)
    if os.path.lexists(path):
        yield from _below(path) if path.is_dir() else [Source(path, Path(path.stem))]
        return
    matches = sorted(glob.glob(word, recursive=True)) if glob.has_magic(word) else []
    if matches:
        for match in matches:
            if not Path(match).is_dir():
                yield Source(Path(match), Path(Path(match).stem))
            elif "**" not in word:
                yield from _below(Path(match))
    elif glob.has_magic(word):
        yield Problem(
            word, 0, 0, "matches no file", "check the pattern, and quote it only if the shell must not expand it"
        )
    else:
        yield Source(path, Path(path.stem))  # its absence is told when it is its turn, like any other fault of a file


def _below(folder: Path) -> Iterator[Source | Problem]:
    problems: list[OSError] = []
    recordings = 0
    for directory, folders, files in os.walk(folder, onerror=problems.append):
        folders.sort()
        for file in sorted(files):
            path = Path(directory, file)
            if path.suffix.lower() in SUFFIXES and not file.startswith("."):
                recordings += 1
                yield Source(path, path.relative_to(folder).with_suffix(""))
    for error in problems:
        yield Problem(str(error.filename), 0, 0, f"cannot be read: {error.strerror}", "check its permissions")
    if not recordings and not problems:
        yield Problem(str(folder), 0, 0, "holds no recordings", f"files that end in {', '.join(sorted(SUFFIXES))}")


def _unused(name: Path, names: set[Path]) -> Path:
    """The name, numbered if another recording has it."""
    wanted, number = name, 1
    while wanted in names:
        number += 1
        wanted = name.with_name(f"{name.name}-{number}")
    names.add(wanted)
    return wanted
