"""``phoneetiquette check FILE...``: every problem of configuration files and dialplans at once."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from phoneetiquette.config import inspect, main_files, told_once
from phoneetiquette.config.dialplans import is_dialplan, misspelt
from phoneetiquette.problems import Place, Problem, Severity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="phoneetiquette.yaml, a file in conf.d, or a dialplan"
    )
    parser.add_argument("--json", action="store_true", help="print the problems as JSON")
    coverage = parser.add_mutually_exclusive_group()
    coverage.add_argument(
        "--coverage", type=Path, metavar="PICTURE", help="also draw who takes a dialplan's calls in a week (.svg, .png)"
    )
    coverage.add_argument("--no-coverage", action="store_true", help="do not go through the coming year of dialplans")


@dataclass(frozen=True, slots=True)
class _Found:
    """What is to be said of one file."""

    file: Path
    problems: tuple[Problem, ...]
    unreadable: bool
    checked: str = "no problems"

    @property
    def failed(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def _neither(file: Path) -> Problem | None:
    """Why a file is neither a configuration nor a dialplan, if that is so."""
    if not file.is_file():
        return None
    try:
        empty = not file.read_bytes().strip()
    except OSError:
        return None
    if empty:
        return Problem.at(Place(str(file)), "is empty", "write a configuration or a dialplan in it")
    return misspelt(file)


def run(args: argparse.Namespace) -> int:
    """0: no errors (there may be warnings); 1: errors; 2: a file cannot be read."""
    plans = {file for file in args.files if is_dialplan(file)}
    unusable = {file: problem for file in args.files if file not in plans and (problem := _neither(file))}
    others = (file for file in args.files if file not in plans and file not in unusable)
    inspections = [inspect(file, starting=False) for file in main_files(others)]
    problems = [*unusable.values(), *told_once(inspections)]
    found = [_Found(file, (problem,), False) for file, problem in unusable.items()]
    found += [_Found(one.files[0], one.problems, bool(one.unreadable)) for one in inspections]
    if plans:
        from phoneetiquette.cli.check_dialplan import check_plans

        for file, plan_problems, checked in check_plans(sorted(plans), args.coverage, skip=args.no_coverage):
            found.append(_Found(file, plan_problems, False, checked))
            problems += [problem for problem in plan_problems if problem not in problems]
    if args.json:
        print(json.dumps([problem.as_json() for problem in problems], indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            print(problem, file=sys.stderr)
        for one in found:
            if not one.problems:
                print(f"{one.file}: {one.checked}")
    return max(2 if one.unreadable else int(one.failed) for one in found)
