"""The programs of the edge: Kamailio judges its configuration and answers questions while it runs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phoneetiquette.errors import PhoneEtiquetteError

PACKAGES = "apt install kamailio kamailio-tls-modules rtpengine-daemon"
MEMORY = ("-m", "64", "-M", "8", "-x", "fm", "-X", "fm")
"""Shared and private megabytes, and allocators that do not check themselves all the time."""
ANSWER_WITHIN_S = 2.0
PHONE_ANSWERS_WITHIN_S = 35.0
"""Kamailio itself gives up after 30 s (``fr_timer``)."""
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"


class EdgeError(PhoneEtiquetteError):
    """The edge cannot be generated, judged or asked."""


def kamailio() -> str:
    """The program.

    Raises:
        EdgeError: it is not installed.
    """
    return _find("kamailio")


def installed(name: str) -> bool:
    """Whether this program is here."""
    return shutil.which(name, path=_PATH) is not None


def _find(name: str) -> str:
    program = shutil.which(name, path=_PATH)
    if program is None:
        raise EdgeError(f"{name} is not installed", PACKAGES)
    return program


def kamailio_command(directory: Path) -> list[str]:
    """How Kamailio is run, in the foreground, on the files in ``directory``."""
    configuration = str(directory / "kamailio.cfg")
    return [kamailio(), "-DD", "-E", *MEMORY, "-Y", str(directory), "-f", configuration]


def rtpengine_command(directory: Path) -> list[str]:
    """How rtpengine is run, in the foreground.

    Raises:
        EdgeError: it is not installed.
    """
    program = _find("rtpengine")
    return [program, "--foreground", "--log-stderr", "--config-file", str(directory / "rtpengine.conf")]


def check(configuration: Path) -> list[str]:
    """What Kamailio itself finds wrong with a configuration file; nothing where it is fine.

    Raises:
        EdgeError: Kamailio is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="edge-check-") as folder:
        command = [kamailio(), "-c", "-E", "-Y", folder, "-m", "16", "-M", "8", "-f", str(configuration)]
        judged = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    lines = (judged.stderr + judged.stdout).splitlines()
    found = [line.strip() for line in lines if "CRITICAL" in line or "ERROR" in line]
    if judged.returncode != 0 and not found:
        found = [f"Kamailio refuses {configuration} (status {judged.returncode})"]
    return found if judged.returncode != 0 else []


@dataclass(frozen=True, slots=True)
class Ban:
    """A source that is not heard."""

    address: str
    why: str


def _contact(contact: Mapping[str, Any]) -> dict[str, str]:
    names = {"contact": "Address", "received": "Received", "socket": "Socket"}
    return {ours: "" if contact[name] == "[not set]" else str(contact[name]) for ours, name in names.items()}


class Running:
    """The edge that runs from ``directory``, asked through its socket there."""

    def __init__(self, directory: Path) -> None:
        self._socket = directory / "rpc.sock"

    def ask(self, method: str, *parameters: str | int, within_s: float = ANSWER_WITHIN_S) -> Any:
        """The result of a remote procedure (JSON-RPC 2.0).

        Raises:
            EdgeError: it does not run, or refuses.
        """
        request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)})
        with (
            tempfile.TemporaryDirectory(prefix="edge-rpc-") as folder,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking,
        ):
            asking.settimeout(within_s)
            asking.bind(str(Path(folder) / "answer"))
            try:
                asking.sendto(request.encode(), str(self._socket))
                answer = json.loads(asking.recv(1 << 20))
            except OSError as error:
                raise self._silent(error) from error
        if "error" in answer:
            raise EdgeError(f"the edge refuses {method}: {answer['error'].get('message')}")
        return answer.get("result")

    def _silent(self, error: OSError) -> EdgeError:
        """What it means that nobody answered."""
        match error:
            case FileNotFoundError() | ConnectionRefusedError():
                return EdgeError(
                    f"the edge does not run: nobody listens at {self._socket}",
                    "systemctl start phoneetiquette-edge, or name the directory of its files with --directory",
                )
            case PermissionError():
                return EdgeError(f"{self._socket} is for the edge itself and for root", "ask with sudo")
            case TimeoutError():
                return EdgeError(f"the edge has not answered within {ANSWER_WITHIN_S:g} s", "see its log")
        return EdgeError(f"the edge cannot be asked at {self._socket}: {error.strerror}")

    def bans(self) -> list[Ban]:
        """Who is not heard now."""
        return [Ban(str(name), str(value)) for name, value in self._table("ban")]

    def unban(self, address: str) -> bool:
        """Hear this address again; whether it was banned."""
        listed = [table for table in ("ban", "blame") if address in (name for name, _ in self._table(table))]
        for table in listed:
            self.ask("htable.delete", table, address)
        return "ban" in listed

    def silent_seats(self) -> list[int]:
        """Numbers of seats that did not answer lately."""
        return [int(name) for name, _ in self._table("silent")]

    def phones(self) -> list[dict[str, str]]:
        """Registered phones, the latest registration last: ``user`` and ``contact``; ``received``, where it was seen
        behind a router or is connected from, else empty; ``socket``, the edge's own side."""
        try:
            dumped = self.ask("ul.dump", "full")
        except EdgeError:  # an edge without phones has no such table
            return []
        entries = [entry["Info"] for domain in dumped.get("Domains", []) for entry in domain["Domain"]["AoRs"]]
        found = [(info["AoR"], one["Contact"]) for info in entries for one in info["Contacts"]]
        found.sort(key=lambda pair: int(pair[1]["Last-Modified"]))
        return [{"user": user, **_contact(contact)} for user, contact in found]

    def send_request(self, method: str, phone: Mapping[str, str], header_lines: str) -> tuple[int, str]:
        """Have Kamailio send a request without a body to a registered phone, the way the phone is reached.

        Returns status and reason of the final answer, 408 where there is none; meanwhile the edge answers no other
        question. ``phone`` is one of :meth:`phones`; ``header_lines``: at least From and To, each with its line end.

        Raises:
            EdgeError: it does not run, or cannot send there.
        """
        where = (phone["contact"], phone["received"] or ".", phone["socket"] or ".")
        answer = self.ask("tm.t_uac_wait_block", method, *where, header_lines, "", within_s=PHONE_ANSWERS_WITHIN_S)
        return int(answer["code"]), str(answer["text"])

    def uptime_s(self) -> int:
        return int(self.ask("core.uptime")["uptime"])

    def _table(self, name: str) -> list[tuple[Any, Any]]:
        slots = self.ask("htable.dump", name) or []
        return [(item["name"], item["value"]) for slot in slots for item in slot["slot"]]
