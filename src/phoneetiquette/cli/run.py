"""``phoneetiquette run``: a seat with its console."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration file")
    parser.add_argument("--seat", metavar="NAME", help="name of the seat, in place of seat.name")
    parser.add_argument("--port", type=int, metavar="N", help="SIP port, in place of sip.port")
    parser.add_argument("--console-port", type=int, metavar="N", help="port of the page, in place of console.port")


def run(args: argparse.Namespace) -> int:
    from phoneetiquette.app import run_until_stopped
    from phoneetiquette.config import load
    from phoneetiquette.runtime.logs import set_up
    from phoneetiquette.runtime.seat import Seat

    config = load(args.config, overrides(args))
    set_up(config.log.level, config.seat.name, personal_data=config.log.personal_data)

    def ready(seat: Seat, url: str) -> None:
        listening = ", ".join(seat.snapshot()["engine"]["listening"])
        print(f"seat {seat.name}: calls at {listening or '(engine starting)'}, page at {url}", flush=True)

    asyncio.run(run_until_stopped(config, ready))
    return 0


def overrides(args: argparse.Namespace) -> dict[str, Any]:
    """What was given on the command line, by the names of the configuration."""
    given = {"seat.name": args.seat, "sip.port": args.port, "console.port": args.console_port}
    return {key: value for key, value in given.items() if value is not None}
