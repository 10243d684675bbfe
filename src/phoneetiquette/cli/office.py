"""``phoneetiquette office``: reports, follow-ups and messages of the seats of this machine. No phone."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration file")
    parser.add_argument("--port", type=int, metavar="N", help="port of the pages, in place of office.port")


def run(args: argparse.Namespace) -> int:
    from phoneetiquette.config import load
    from phoneetiquette.runtime.logs import set_up

    config = load(args.config, {} if args.port is None else {"office.port": args.port})
    set_up(config.log.level, "office", personal_data=config.log.personal_data)
    asyncio.run(_serve(config))
    return 0


async def _serve(config: Any) -> None:
    from phoneetiquette.console.server import ConsoleServer
    from phoneetiquette.console.wiring import gate_of
    from phoneetiquette.office.app import Office, create_office
    from phoneetiquette.office.planning import Planning
    from phoneetiquette.runtime.dialplan import plan_site
    from phoneetiquette.runtime.messages import site_of
    from phoneetiquette.runtime.service import notify

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    site = site_of(config, plan_site(config))
    page = config.office
    office = Office(
        database=config.store,
        zone=site.zone,
        name=config.seat.display_name,
        change=_change,
        gate=gate_of(config, page),
        planning=Planning(config, _reload) if config.dialplan else None,
        hosts=(*page.hosts, page.listen),
        encrypted=page.tls.certificate is not None,
        language=config.console.language,
    )
    app = create_office(office)
    async with ConsoleServer(app, page.listen, page.port, "office", page.tls.certificate, page.tls.key) as server:
        print(f"office: pages at {server.url}", flush=True)
        notify(f"READY=1\nSTATUS=pages at {server.url}")
        await stop.wait()
        with contextlib.suppress(OSError):
            notify("STOPPING=1")


def _reload() -> list[str]:
    """Let every seat that runs here follow its dialplan as it is now; what each says."""
    from phoneetiquette.cli.client import SPEAKING_S
    from phoneetiquette.cli.seat import running
    from phoneetiquette.errors import PhoneEtiquetteError

    said = []
    for seat in running():
        try:
            version = seat.post("/api/reload", {}, SPEAKING_S).get("dialplan")
            said.append(f"Seat {seat.name} follows {version}." if version else f"Seat {seat.name} follows no dialplan.")
        except PhoneEtiquetteError as error:
            said.append(f"Seat {seat.name}: {error}")
    return said or ["No seat runs here; those that start will follow it."]


def _change(seat: str, message: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
    """Let the seat that took the message do it: its journal keeps what happens to it."""
    from phoneetiquette.cli.seat import NoSeatError, RefusedError, find
    from phoneetiquette.errors import CallError, PhoneEtiquetteError

    try:
        return find(seat).post(f"/api/messages/{message}/{what}", body)
    except (NoSeatError, RefusedError) as error:
        raise CallError(error.what, error.advice) from error
    except PhoneEtiquetteError as error:
        raise CallError(error.what, "fill in your name, and with this button a remark") from error
