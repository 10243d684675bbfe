"""``phoneetiquette edge generate|check|status|unban``: the proxy in front of the seats."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from phoneetiquette.config import InvalidConfigurationError, inspect
from phoneetiquette.edge import generate, programs
from phoneetiquette.edge.settings import EdgeSettings
from phoneetiquette.runtime.edge_settings import edge_directory, edge_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    doings = parser.add_subparsers(dest="doing", metavar="DOING", required=True)
    for name, text in {
        "generate": "write the configuration of Kamailio and rtpengine",
        "check": "generate it aside and let Kamailio itself judge it",
        "status": "what the running edge does: bans, seats, phones",
        "unban": "hear a banned address again",
    }.items():
        one = doings.add_parser(name, help=text, description=text)
        if name in ("generate", "check"):
            one.add_argument(
                "--config", type=Path, metavar="FILE", help="configuration file (default: the usual places)"
            )
        if name == "unban":
            one.add_argument("address", metavar="ADDRESS")
        if name != "check":
            one.add_argument("--directory", type=Path, metavar="DIR", help=f"where its files are (default: {_usual()})")
        if name in ("check", "status"):
            one.add_argument("--json", action="store_true", help="print as JSON")


def run(args: argparse.Namespace) -> int:
    """0 fine; 1 the answer is negative: Kamailio refuses, or the edge does not run."""
    return {"generate": _generate, "check": _check, "status": _status, "unban": _unban}[args.doing](args)


def _usual() -> Path:
    return edge_directory()


def _settings(file: Path | None, directory: Path) -> EdgeSettings:
    inspection = inspect(file, starting=False)
    if inspection.failed:
        raise InvalidConfigurationError(inspection.problems)
    return edge_settings(inspection, directory)


def _generate(args: argparse.Namespace) -> int:
    directory = (args.directory or edge_directory()).absolute()
    for path in generate.write(_settings(args.config, directory)):
        print(path)
    return 0


def _check(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="edge-") as folder:
        settings = _settings(args.config, Path(folder))
        generate.write(settings)
        found = [line.replace(folder + "/", "") for line in programs.check(Path(folder) / "kamailio.cfg")]
    if args.json:
        print(json.dumps({"problems": found}))
    elif found:
        print("\n".join(found), file=sys.stderr)
    else:
        where = ", ".join(settings.own_hosts)
        print(f"{settings.written_in}: Kamailio takes it; {len(settings.seats)} seat(s) behind {where}")
    return int(bool(found))


def _status(args: argparse.Namespace) -> int:
    running = programs.Running(args.directory or edge_directory())
    try:
        state = {
            "uptime_s": running.uptime_s(),
            "banned": [{"address": ban.address, "why": ban.why} for ban in running.bans()],
            "silent_seats": running.silent_seats(),
            "phones": running.phones(),
        }
    except programs.EdgeError as error:
        print(error, file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(state))
        return 0
    print(f"up for {state['uptime_s']} s")
    for number in running.silent_seats():
        print(f"seat {number} does not answer")
    for phone in running.phones():
        print(f"phone {phone['user']} at {phone['contact']}")
    for ban in running.bans():
        print(f"{ban.address} is not heard: {ban.why}")
    return 0


def _unban(args: argparse.Namespace) -> int:
    try:
        heard = programs.Running(args.directory or edge_directory()).unban(args.address)
    except programs.EdgeError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{args.address} is heard again" if heard else f"{args.address} is not banned")
    return int(not heard)
