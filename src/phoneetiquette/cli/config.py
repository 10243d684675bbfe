"""``phoneetiquette config show`` and ``config schema``: what counts for this seat, and what can be written."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from phoneetiquette.config import inspect
from phoneetiquette.config.description import Setting, as_yaml, effective, json_schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    show = verbs.add_parser("show", help="the effective configuration, secrets masked, with each value's origin")
    show.add_argument("--config", type=Path, metavar="FILE", help="the configuration file, if not the usual one")
    show.add_argument("--json", action="store_true", help="print it as JSON")
    verbs.add_parser("schema", help="JSON Schema of the configuration file, for editors")


def run(args: argparse.Namespace) -> int:
    """0: printed; 1: the configuration has errors; 2: it cannot be read."""
    if args.what == "schema":
        print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
        return 0
    inspection = inspect(args.config, starting=False)
    for problem in inspection.problems:
        print(problem, file=sys.stderr)
    if inspection.failed:
        return 2 if inspection.unreadable else 1
    settings = effective(inspection.config, inspection.origins)
    files = [str(file) for file in inspection.files]
    if args.json:
        origins = {setting.dotted: setting.origin for setting in settings}
        report = {"files": files, "config": _nested(settings), "origins": origins}
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print(f"# read: {', '.join(files) if files else 'no file, these are the defaults'}")
        print(as_yaml(settings))
    return 0


def _nested(settings: list[Setting]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for setting in settings:
        *sections, name = setting.dotted.split(".")
        section = tree
        for part in sections:
            section = section.setdefault(part, {})
        section[name] = setting.value
    return tree
