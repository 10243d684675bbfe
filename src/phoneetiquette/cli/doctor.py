"""``doctor``: what is missing on this machine for a seat, one line for each thing, and what to do about it; with
``--fix`` it does what is safe."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from phoneetiquette import config as configuration
from phoneetiquette.cli import checks, desk_phones, mending, pages
from phoneetiquette.cli.checks import Finding, Level
from phoneetiquette.cli.seat import running


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the seat's configuration (default: the usual places)"
    )
    parser.add_argument("--seat", metavar="NAME", help="name of the seat, in place of seat.name")
    parser.add_argument(
        "--fix",
        action="store_true",
        help="first mend what can be: missing directories, permissions, a torn journal, what a killed seat has left",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument(
        "--phones",
        action="store_true",
        help="give the idle desk phones the command that has them answer, and write down which ones take it",
    )


def run(args: argparse.Namespace) -> int:
    """0 when a seat can run here, 1 when something fails."""
    failed = False
    findings = []
    for finding in examine(args.config, args.seat, give_commands=args.phones, fix=args.fix):
        failed |= finding.level is Level.FAIL
        if args.json:
            findings.append({"level": str(finding.level), "what": finding.what, "advice": finding.advice})
        else:
            advice = f" ({finding.advice})" if finding.advice else ""
            print(f"{finding.level:<4}  {finding.what}{advice}", flush=True)
    if args.json:
        print(json.dumps(findings, indent=2))
    return int(failed)


def examine(
    file: Path | None, seat: str | None, *, give_commands: bool = False, fix: bool = False
) -> Iterator[Finding]:
    """Every finding, one after the other; the slow ones do not hold the others back."""
    yield from checks.python()
    yield from checks.sip_library()
    inspection = configuration.inspect(file, {"seat.name": seat} if seat else None, starting=False)
    yield from checks.configuration(inspection)
    config = inspection.config
    is_running = config.seat.name in (one.name for one in running())
    if fix and not inspection.failed:
        yield from mending.mend(config, running=is_running)
    yield from checks.sound(config)
    yield from checks.headset(config)
    yield from checks.phones(inspection)
    if not inspection.failed:
        yield from desk_phones.findings(config, give_commands=give_commands)
    yield from checks.voice(config)
    yield from checks.ports(config, is_running)
    yield from checks.directories(config)
    yield from checks.strangers(config)
    yield from pages.findings(config)
    yield from checks.service_manager()
    yield from checks.clock()
