"""``phoneetiquette check FILE...``: every problem of configuration files at once."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from phoneetiquette.config import inspect, main_files, told_once


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="phoneetiquette.yaml, or a file in conf.d")
    parser.add_argument("--json", action="store_true", help="print the problems as JSON")


def run(args: argparse.Namespace) -> int:
    """0: no errors (there may be warnings); 1: errors; 2: a file cannot be read."""
    inspections = [inspect(file, starting=False) for file in main_files(args.files)]
    problems = told_once(inspections)
    if args.json:
        print(json.dumps([problem.as_json() for problem in problems], indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            print(problem, file=sys.stderr)
        for inspection in inspections:
            if not inspection.problems:
                print(f"{inspection.files[0]}: no problems")
    return max(2 if inspection.unreadable else int(inspection.failed) for inspection in inspections)
