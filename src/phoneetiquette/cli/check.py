"""``phoneetiquette check FILE...``: every problem of configuration files at once."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from phoneetiquette.config import Inspection, inspect, main_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="phoneetiquette.yaml, or a file in conf.d")
    parser.add_argument("--json", action="store_true", help="print the problems as JSON")


def run(args: argparse.Namespace) -> int:
    """0: no errors (there may be warnings); 1: errors; 2: a file cannot be read."""
    inspections = [inspect(main, starting=False) for main in dict.fromkeys(main_file(file) for file in args.files)]
    problems = sorted({problem for inspection in inspections for problem in inspection.problems})
    if args.json:
        print(json.dumps([problem.as_json() for problem in problems], indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            print(problem, file=sys.stderr)
        for inspection in inspections:
            if not inspection.problems:
                print(f"{inspection.files[0]}: no problems")
    return status(inspections)


def status(inspections: Iterable[Inspection]) -> int:
    """The exit status that these inspections deserve."""
    return max(2 if inspection.unreadable else int(inspection.failed) for inspection in inspections)
