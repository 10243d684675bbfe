"""Where a seat keeps its files, for the verbs that read them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from phoneetiquette.config import inspect
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.problems import Problem
from phoneetiquette.records.store import database_url


def add_place(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--directory", type=Path, metavar="DIR", help="where the seat keeps its records")
    where.add_argument("--config", type=Path, metavar="FILE", help="the configuration file, if not the usual one")


def add_actions(
    parser: argparse.ArgumentParser,
    listing: Callable[[argparse.ArgumentParser], None],
    *actions: tuple[str, str, Callable[[argparse.ArgumentParser], None]],
) -> Any:
    """Give a verb its actions, each with its name, what it does and what adds its options. Of the first, ``listing``,
    the options are understood without its name as well, so nothing may be preset by any parser. The subparsers."""
    parser.argument_default = argparse.SUPPRESS
    add_place(parser)
    listing(parser)
    parsers = parser.add_subparsers(dest="action", metavar="ACTION")
    for name, what, add in actions:
        action = parsers.add_parser(name, help=what, description=what, argument_default=argparse.SUPPRESS)
        add_place(action)
        add(action)
    return parsers


def located(args: argparse.Namespace) -> tuple[Path, str]:
    """The directory, and the store's address with its password, that the options of :func:`add_place` name.

    Raises:
        ConfigurationError: there is no such directory, or the configuration has errors.
    """
    directory: Path | None = getattr(args, "directory", None)
    if directory is not None:
        if not directory.is_dir():
            raise ConfigurationError(f"{directory}: no such directory", "name the directory that holds journal/")
        return directory, database_url(directory)
    inspection = inspect(getattr(args, "config", None), starting=False)
    if inspection.failed:
        raise ConfigurationError("\n".join(map(str, inspection.problems)))
    return inspection.config.directory, inspection.config.store


def report(problem: Problem) -> None:
    """Tell of a damaged entry of a journal."""
    print(problem, file=sys.stderr)
