"""``phoneetiquette demo``: the whole product on one machine, without hardware.

A seat as every other, except that a recording speaks for the receptionist, and that somebody lifts for them: too early.
A simulated guest calls it over real SIP and RTP on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from phoneetiquette import events as e
from phoneetiquette.errors import PhoneEtiquetteError

LIFT_AFTER_S = 0.6
GUEST, NUMBER = "Anna Gast", "+4315550123"
GIVE_UP_S = 120.0
RECENT = 100
"""Among how many of the last records the guest's is looked for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-wait", action="store_true", help="end after the guest's call")
    parser.add_argument("--country", default="AT", metavar="CODE", help="whose ring pattern counts (default: AT)")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="SIP port (default: 5060 if free, else any)")
    parser.add_argument("--console-port", type=int, default=0, metavar="N", help="port of the page (default: 8470)")
    parser.add_argument(
        "--listen", default="127.0.0.1", metavar="ADDRESS", help="this machine's address, for a telephone in the LAN"
    )
    parser.add_argument(
        "--peer", action="append", default=[], metavar="NETWORK", help="who may call besides this machine"
    )
    parser.add_argument(
        "--records", type=Path, metavar="DIR", help="where the records go (default: as of a seat 'demo')"
    )


def run(args: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    return asyncio.run(_demo(args))


async def _demo(args: argparse.Namespace) -> int:
    from phoneetiquette.app import running_seat
    from phoneetiquette.audio.tones import write_wav
    from phoneetiquette.config import load
    from phoneetiquette.demo.conversation import DURATION_S, RATE_HZ, guest_track, receptionist_track

    with tempfile.TemporaryDirectory(prefix="phoneetiquette-demo-") as folder:
        sounds = Path(folder)
        write_wav(sounds / "guest.wav", guest_track(), RATE_HZ)
        write_wav(sounds / "receptionist.wav", receptionist_track(), RATE_HZ)
        port = args.port or _free_port(args.listen, 5060, socket.SOCK_DGRAM)
        config = load(
            None,
            {
                "seat.name": "demo",
                "seat.display_name": "Reception",
                "pickup.country": args.country,
                "sip.listen": args.listen,
                "sip.port": port,
                "sip.peers": list(dict.fromkeys(["127.0.0.1", args.listen, *args.peer])),
                "audio.backend": "wav",
                "audio.wav.play": str(sounds / "receptionist.wav"),
                "console.port": args.console_port or _free_port("127.0.0.1", 8470, socket.SOCK_STREAM),
                **({"records.directory": str(args.records)} if args.records else {}),
            },
        )
        # Nobody logs in to a demonstration, whatever users there are beside this person's configuration.
        config = replace(config, access=replace(config.access, users=sounds / "users.json"))
        async with running_seat(config) as (seat, url):
            teller = _Teller(seat)
            print(f"The desk is up: sip:desk@{args.listen}:{port}, its page is {url}")
            print("No sound card is used: a recording speaks for the receptionist.\n")
            guest = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "phoneetiquette.sip.guest",
                f"sip:desk@{args.listen}:{port}",
                str(sounds / "guest.wav"),
                "--name",
                GUEST,
                "--number",
                NUMBER,
                "--seconds",
                str(DURATION_S),
                stdout=asyncio.subprocess.DEVNULL,
            )
            record = await teller.follow(guest)
            _show(record, config.directory)
            if args.no_wait:
                return 0
            print(f"\nThe desk stays up. Call sip:desk@{args.listen}:{port} from any SIP phone and lift at {url}")
            print("Ctrl-C ends it.", flush=True)
            stop = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            await stop.wait()
    return 0


class _Teller:
    """Tells on the terminal what happens at the desk, and lifts in the first ring. A listener of the seat."""

    def __init__(self, seat: Any) -> None:
        self._seat = seat
        self._news = asyncio.Event()
        self._began_ms = 0.0
        self._said: set[str] = set()
        seat.subscribe(self)

    def state_changed(self) -> None:
        self._news.set()

    def measures_taken(self, call: e.CallId, measures: dict[str, Any]) -> None:
        del call
        for one in measures["interruptions"] or ():
            who = "receptionist" if one["by"] == "agent" else "guest"
            self._once(f"the {who} interrupts at {one['start_s']:.1f} s of the talk ({one['outcome']})")

    async def follow(self, guest: asyncio.subprocess.Process) -> dict[str, Any]:
        """Until the guest's call has a record; the record.

        Raises:
            PhoneEtiquetteError: the call did not come about.
        """
        ended = asyncio.create_task(guest.wait())
        lifter: asyncio.Task[None] | None = None
        ring, mine = 0, ""
        try:
            async with asyncio.timeout(GIVE_UP_S):
                while (record := self._record(mine)) is None:
                    snapshot = self._seat.snapshot()
                    for call in snapshot["calls"]:
                        if not mine and call["party"]["number"] == NUMBER:
                            mine = call["id"]
                        if call["id"] != mine:
                            continue
                        ring = self._tell(call, snapshot["now_ms"], ring)
                        if call["state"] == "alerting" and lifter is None:
                            lifter = asyncio.create_task(self._lift(call["id"]))
                    if ended.done() and ended.result():
                        raise PhoneEtiquetteError("the simulated guest's call failed", "see the message above")
                    self._news.clear()
                    try:
                        await asyncio.wait_for(self._news.wait(), 0.05)
                    except TimeoutError:
                        continue
        except TimeoutError:
            raise PhoneEtiquetteError("the simulated guest's call did not end", "see the log above") from None
        return record

    def _record(self, call: e.CallId) -> dict[str, Any] | None:
        """The record of this call, once it has one. Others may call meanwhile, or be refused."""
        return next((record for record in self._seat.calls(RECENT) if record["call"] == call), None)

    async def _lift(self, call: e.CallId) -> None:
        await asyncio.sleep(LIFT_AFTER_S)
        self._once("the receptionist lifts: too early")
        await self._seat.submit(e.AgentLifted(at_ns=self._seat.now_ns(), call=call, by="demo"))

    def _tell(self, call: dict[str, Any], now_ms: float, ring: int) -> int:
        from phoneetiquette.etiquette.cadence import Cadence

        plan = call["ring"]
        if plan is None:
            return ring
        if not self._began_ms:
            self._began_ms = plan["started_ms"]
            opens, closes = ((plan[key] - self._began_ms) / 1000 for key in ("opens_ms", "closes_ms"))
            self._once(f"{call['party']['name']} calls; may be lifted from {opens:.1f} s to {closes:.1f} s")
        if call["state"] in ("alerting", "armed"):
            number = Cadence(tuple(plan["cadence_ms"])).ring_number(int((now_ms - plan["started_ms"]) * 1e6))
            if number != ring:
                self._once(f"ring {number}")
            if call["armed"]:
                self._once(f"armed: the guest is connected in {(plan['opens_ms'] - now_ms) / 1000:.1f} s", "armed")
            return number
        if call["answered_ms"] is not None:
            late = call["answered_ms"] - plan["opens_ms"]
            self._once(f"connected, {late:.1f} ms after the window opened: they talk", "connected")
        return ring

    def _once(self, text: str, key: str = "") -> None:
        if (key or text) not in self._said:
            self._said.add(key or text)
            since = self._seat.now_ns() / 1e6 - self._began_ms if self._began_ms else 0.0
            print(f"{since / 1000:7.1f} s  {text}", flush=True)


def _show(record: dict[str, Any], directory: Path) -> None:
    """The record as text, and its timeline as a picture."""
    from phoneetiquette.records.explain import explain
    from phoneetiquette.records.record_json import record_from
    from phoneetiquette.reports.timeline import save

    value = record_from(record)
    print("\n" + explain(value))
    picture = directory / "timelines" / f"{value.call}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    save(value, picture)
    print(f"Timeline: {picture}")
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        viewer = shutil.which("xdg-open")
        if viewer:
            subprocess.Popen([viewer, str(picture)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _free_port(host: str, wanted: int, kind: socket.SocketKind) -> int:
    """``wanted`` if it is free, else any."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as trial:
            try:
                trial.bind((host, port))
            except OSError:
                continue
            return int(trial.getsockname()[1])
    raise PhoneEtiquetteError(f"{host} is no address of this machine", "give one with --listen")
