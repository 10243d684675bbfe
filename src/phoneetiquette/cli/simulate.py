"""``phoneetiquette simulate DIALPLAN CALLS.yaml``: expected routes as tests of a dialplan."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from phoneetiquette.cli.dialplans import add_plan, router_of
from phoneetiquette.config.dialplans.calls_table import read_calls
from phoneetiquette.dialplan.simulate import Verdict, simulate
from phoneetiquette.errors import ConfigurationError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_plan(parser)
    parser.add_argument(
        "calls", type=Path, nargs="+", metavar="CALLS.yaml", help="tables of calls with expected routes"
    )
    parser.add_argument("--json", action="store_true", help="print every call with its route as JSON")


def run(args: argparse.Namespace) -> int:
    """0: every call goes where it is expected; 1: some do not; 2: a file cannot be used."""
    router = router_of(args.dialplan)
    verdicts: list[Verdict] = []
    for file in args.calls:
        rows, problems = read_calls(file, router.plan)
        if problems:
            raise ConfigurationError("\n".join(map(str, problems)))
        verdicts += simulate(router, rows)
    wrong = [verdict for verdict in verdicts if not verdict.right]
    if args.json:
        found = [
            {
                "file": verdict.row.place.file,
                "line": verdict.row.place.line,
                "what": verdict.row.what or None,
                "expected": list(verdict.row.expect),
                "route": list(verdict.route),
                "right": verdict.right,
            }
            for verdict in verdicts
        ]
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for verdict in wrong:
            print(verdict.problem(), file=sys.stderr)
        print(f"{len(verdicts) - len(wrong)} of {len(verdicts)} calls go where they are expected")
    return int(bool(wrong))
