"""``phoneetiquette edge generate|check|status|reload|unban|firewall``: the proxy in front of the seats."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

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
        "reload": "generate again and have the running edge read who is who, and its certificates",
        "unban": "hear a banned address again",
        "firewall": "print rules for nftables that limit the connections of each source",
    }.items():
        one = doings.add_parser(name, help=text, description=text)
        if name in ("generate", "check", "reload", "status", "firewall"):
            one.add_argument(
                "--config", type=Path, metavar="FILE", help="configuration file (default: the usual places)"
            )
        if name == "generate":
            one.add_argument("--media-only", action="store_true", help="rtpengine's alone, without any secret")
        if name == "unban":
            one.add_argument("address", metavar="ADDRESS")
        if name not in ("check", "firewall"):
            one.add_argument("--directory", type=Path, metavar="DIR", help=f"where its files are (default: {_usual()})")
        if name in ("check", "status"):
            one.add_argument("--json", action="store_true", help="print as JSON")


def run(args: argparse.Namespace) -> int:
    """0 fine; 1 the answer is negative: Kamailio refuses, or the edge does not run."""
    return _DOINGS[args.doing](args)


def _usual() -> Path:
    return edge_directory()


def _settings(file: Path | None, directory: Path, *, with_secrets: bool = True) -> EdgeSettings:
    inspection = inspect(file, starting=False)
    if inspection.failed:
        raise InvalidConfigurationError(inspection.problems)
    return edge_settings(inspection, directory, with_secrets=with_secrets)


def _generate(args: argparse.Namespace) -> int:
    directory = (args.directory or edge_directory()).absolute()
    settings = _settings(args.config, directory, with_secrets=not args.media_only)
    for path in generate.write(settings, media_only=args.media_only):
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
    directory = (args.directory or edge_directory()).absolute()
    running = programs.Running(directory)
    settings = _settings(args.config, directory, with_secrets=False) if args.config else None
    try:
        state: dict[str, Any] = {
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
    where = f" at {', '.join(settings.own_hosts)}" if settings else ""
    print(f"up for {state['uptime_s']} s{where}")
    seats = {seat.number: f" ({seat.user}@{seat.where})" for seat in settings.seats} if settings else {}
    for number in state["silent_seats"]:
        print(f"seat {number}{seats.get(number, '')} does not answer")
    for phone in state["phones"]:
        print(f"phone {phone['user']} at {phone['contact']}")
    for ban in state["banned"]:
        print(f"{ban['address']} is not heard: {ban['why']}")
    return 0


def _reload(args: argparse.Namespace) -> int:
    """Addresses and certificates are read anew; all else needs a restart, which calls do not notice."""
    directory = (args.directory or edge_directory()).absolute()
    settings = _settings(args.config, directory)
    before = {path.name: path.read_bytes() for path in directory.glob("*") if path.suffix in (".cfg", ".conf")}
    written = {path.name: path.read_bytes() for path in generate.write(settings)}
    try:
        running = programs.Running(directory)
        running.ask("permissions.addressReload")
        if "tls" in settings.transports:
            running.ask("tls.reload")
    except programs.EdgeError as error:
        print(error, file=sys.stderr)
        return 1
    changed = [name for name in ("kamailio.cfg", "rtpengine.conf") if written.get(name) != before.get(name)]
    if changed:
        print(f"{' and '.join(changed)} changed: restart phoneetiquette-edge; calls that are up go on")
    else:
        print("read")
    return 0


def _unban(args: argparse.Namespace) -> int:
    try:
        heard = programs.Running(args.directory or edge_directory()).unban(args.address)
    except programs.EdgeError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{args.address} is heard again" if heard else f"{args.address} is not banned")
    return int(not heard)


def _firewall(args: argparse.Namespace) -> int:
    print(generate.firewall(_settings(args.config, edge_directory(), with_secrets=False)), end="")
    return 0


_DOINGS = {
    "generate": _generate,
    "check": _check,
    "status": _status,
    "reload": _reload,
    "unban": _unban,
    "firewall": _firewall,
}
