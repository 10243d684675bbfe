"""What the verbs for dialplans share: files from the command line, plans made ready, moments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from phoneetiquette.config.dialplans import Inspected, inspect, is_dialplan
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.site import Site
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.problems import Severity, did_you_mean


def add_plan(parser: argparse.ArgumentParser, what: str = "a dialplan") -> None:
    parser.add_argument("dialplan", type=Path, metavar="DIALPLAN", help=what)


def today() -> date:
    return datetime.now().astimezone().date()


def router_of(file: Path) -> Router:
    """A plan without errors, ready for questions; warnings go to standard error.

    Raises:
        ConfigurationError: with every problem on a line of its own.
    """
    inspected: Inspected = inspect(file, today())
    if inspected.failed or inspected.plan is None:
        raise ConfigurationError("\n".join(str(problem) for problem in inspected.problems))
    for problem in inspected.problems:
        if problem.severity is Severity.WARNING:
            print(problem, file=sys.stderr)
    return Router(inspected.plan)


def plans_in(directory: Path) -> list[Path]:
    """The dialplans of a site, in the order of their names; included parts and other files are none.

    Raises:
        ConfigurationError: there is none.
    """
    found = sorted(file for file in directory.glob("*.yaml") if is_dialplan(file))
    if not found:
        raise ConfigurationError(f"{directory}: there is no dialplan here", "a dialplan begins with dialplan: 1")
    return found


def router_for(path: Path, called: str) -> Router:
    """The plan of a file, or of the files of a directory the one that knows the called number best.

    Raises:
        ConfigurationError: there is none without errors, or several and no called number to choose by.
    """
    if not path.is_dir():
        return router_of(path)
    files = plans_in(path)
    if len(files) > 1 and not called:
        names = ", ".join(file.name for file in files)
        raise ConfigurationError(
            f"{path} has several dialplans: {names}", "add --called with the number that is called"
        )
    return Site(map(router_of, files)).router_of(called)


def known(kind: str, given: Iterable[str], names: Iterable[str]) -> None:
    """Raises :class:`ConfigurationError` for a name that the plan does not have."""
    names = tuple(names)
    for name in given:
        if name not in names:
            advice = did_you_mean(name, names) if names else "the plan has none"
            raise ConfigurationError(f"the plan has no {kind} {name!r}", advice)
