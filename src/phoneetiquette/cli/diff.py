"""``phoneetiquette diff OLD NEW``: which calls of the coming year would go elsewhere."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from phoneetiquette.cli.dialplans import router_of, today
from phoneetiquette.cli.moments import day
from phoneetiquette.dialplan.diff import diff


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=Path, metavar="OLD", help="the dialplan as it was")
    parser.add_argument("new", type=Path, metavar="NEW", help="the dialplan as it is to be")
    parser.add_argument("--from", dest="since", type=day, metavar="DAY", help="first day of the year")
    parser.add_argument("--json", action="store_true", help="print the changes as JSON")


def run(args: argparse.Namespace) -> int:
    """0: every call goes where it went; 1: some go elsewhere; 2: a file cannot be used."""
    changes = diff(router_of(args.old), router_of(args.new), args.since or today())
    if args.json:
        print(json.dumps([change.as_json() for change in changes], indent=2, ensure_ascii=False))
    elif not changes:
        print("no call of the coming year goes elsewhere")
    for change in changes if not args.json else ():
        print(change)
    return int(bool(changes))
