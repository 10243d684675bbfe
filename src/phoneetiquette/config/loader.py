"""The configuration files of a seat: found, read, merged, checked.

The main file is ``phoneetiquette.yaml``; every ``conf.d/*.yaml`` beside it is merged over it in the order of names. No
file at all means the defaults.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from phoneetiquette.config import crosschecks, text_files
from phoneetiquette.config.nodes import Mapping as MappingNode
from phoneetiquette.config.nodes import Node, from_overrides, merge
from phoneetiquette.config.reading import Report, read
from phoneetiquette.config.schema import Config
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.problems import Place, Problem, Severity

NAME = "phoneetiquette.yaml"
SYSTEM = Path("/etc/phoneetiquette")
DROP_INS = "conf.d"
USERS = "users.json"
LARGEST = 64 * 1024
"""Longest file in bytes that can be a configuration."""

_log = logging.getLogger(__name__)


class InvalidConfigurationError(ConfigurationError):
    """The configuration has errors; ``problems`` holds them all, warnings too."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Inspection:
    """What the files and overrides say. ``config`` has defaults in place of what is wrong."""

    files: tuple[Path, ...]
    config: Config
    origins: Mapping[str, Place]
    """Dotted key -> where its value is written; keys with their default are missing."""
    problems: tuple[Problem, ...]
    unreadable: tuple[Path, ...] = field(default=())
    """Files that could not be opened."""

    @property
    def failed(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def default_path() -> Path | None:
    """The main file used when none is named, or None when there is none."""
    return next((path for path in (_home() / NAME, SYSTEM / NAME) if path.exists()), None)


def _home() -> Path:
    """Where a user keeps the configuration."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".config"
    return base / "phoneetiquette"


def load(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """The configuration of a seat. Warnings are logged.

    ``path`` is the main file, None the default one (:func:`default_path`). ``overrides`` are dotted keys with values,
    laid over the files: ``{"sip.port": 15060}``.

    Raises:
        InvalidConfigurationError: with every problem found.
    """
    inspection = inspect(path, overrides)
    if inspection.failed:
        raise InvalidConfigurationError(inspection.problems)
    for problem in inspection.problems:
        _log.warning("%s", problem)
    return inspection.config


def check(paths: Iterable[Path]) -> list[Problem]:
    """Every problem of these files. A file in ``conf.d`` is checked together with its main file."""
    return told_once(inspect(path, starting=False) for path in main_files(paths))


def told_once(inspections: Iterable[Inspection]) -> list[Problem]:
    """The problems of all, those of shared files once."""
    return list(dict.fromkeys(problem for inspection in inspections for problem in inspection.problems))


def main_files(paths: Iterable[Path]) -> list[Path]:
    """The main files that ``paths`` belong to: each itself, unless it is one of ``conf.d`` beside a main file."""

    def main_file(path: Path) -> Path:
        main = path.absolute().parent.parent / NAME
        return main if path.absolute().parent.name == DROP_INS and main.exists() else path

    return list(dict.fromkeys(main_file(path) for path in paths))


def inspect(
    path: Path | None = None, overrides: Mapping[str, Any] | None = None, *, starting: bool = True
) -> Inspection:
    """Like :func:`load`, but tells all instead of raising.

    With ``starting`` False a password's environment variable may be unset: it is the service that has it, not the
    administrator who checks its file.
    """
    report = Report()
    main = path or default_path()
    root: Node = MappingNode(Place(str(main) if main else "defaults"))
    unreadable: list[Path] = []
    whole = True
    files = _with_drop_ins(main, report) if main else ()
    for file in files:
        content = text_files.content(file, report, LARGEST, NAME)
        if content is None:
            unreadable.append(file)
        tree = None if content is None else text_files.tree(file, content, report, LARGEST)
        whole &= tree is not None
        root = merge(root, tree or root)
    if overrides:
        root = merge(root, from_overrides(overrides))
    reading = read(root, report)
    if reading.config.access.users is None:
        beside = (main.parent if main else _home()) / USERS
        reading.origins.pop("access.users", None)
        reading.config = replace(reading.config, access=replace(reading.config.access, users=beside.absolute()))
    if whole:
        crosschecks.run(reading, starting=starting)
    return Inspection(files, reading.config, reading.origins, tuple(report.finished()), tuple(unreadable))


def _with_drop_ins(main: Path, report: Report) -> tuple[Path, ...]:
    directory = main.parent / DROP_INS
    try:
        names = sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        names = []
    except OSError as error:
        report.add(Place(str(directory)), f"cannot be listed: {error.strerror}", text_files.remedy(error))
        names = []
    return (main, *(directory / name for name in names if name.endswith(".yaml") and not name.startswith(".")))
