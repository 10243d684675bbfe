"""The agents that are measured: how each is started for a benchmark, and stopped.

An agent is ``phoneetiquette``, ``pjsua2`` (the bare loop beside this file), ``baresip`` or ``linphone`` (Debian's), or
a command line in which ``{port}``, ``{folder}`` and ``{python}`` are replaced. It must take calls for ``desk`` at
127.0.0.1:PORT without registration, answer OPTIONS, and end on SIGTERM.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from benchmarks.agents import linphone
from tests.peers import processes
from tests.peers.baresip import Baresip
from tests.peers.ports import AGENT_PORTS, LOOPBACK, free_port
from tests.peers.sip_caller import SipCaller

WINDOWS_MS = {"GB": (4000, 7000), "US": (8000, 14000), "AT": (7000, 13000), "JP": (4000, 7000)}
"""End of ring 2 and of ring 3 after the 180, from the national ring patterns."""
READY_WITHIN_S = 30.0

CONFIGURATION = """\
seat: {{name: bench-{port}, auto_lift: {lift}}}
pickup: {{country: {country}}}
sip:
  listen: 127.0.0.1
  port: {port}
  rtp_ports: {{first: {rtp_first}, last: {rtp_last}}}
  peers: [127.0.0.1]
audio:
{audio}
records: {{directory: {folder}/records}}
console: {{listen: 127.0.0.1, port: {console_port}}}
log: {{level: warning}}
"""
NO_CARD = "  backend: 'null'"
CARD = """\
  backend: portaudio
  headset: {input: headset_in, output: headset_out}
  ringer: {output: ringer_out}"""


@dataclass(frozen=True, slots=True)
class Role:
    """What an agent is started to do."""

    country: str = "GB"
    edge: Literal["second_ring", "third_ring"] = "second_ring"
    """At which edge of the pickup window it shall connect."""
    sound: Literal["null", "card"] = "null"
    environment: dict[str, str] = field(default_factory=dict)
    """Where the sound server of the virtual card is."""

    @property
    def answer_after_ms(self) -> int:
        return WINDOWS_MS[self.country][0 if self.edge == "second_ring" else 1]


class Agent:
    """A started agent, ready for calls. ``with`` stops it and everything it started."""

    def __init__(self, name: str, role: Role) -> None:
        self.name, self.role = name, role
        self.folder = Path(tempfile.mkdtemp(prefix="benchmark-agent-"))
        self.port = free_port(AGENT_PORTS)
        self.console_port = 0
        self._baresip: Baresip | None = None
        self.process = self._start()
        self._wait_until_ready()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def uri(self) -> str:
        return f"sip:desk@{LOOPBACK}:{self.port}"

    @property
    def keeps_rings(self) -> bool:
        """Whether it answers at the wanted moment; Debian's baresip and linphone answer at once."""
        return self.name not in ("baresip", "linphone")

    def pids(self) -> list[int]:
        return processes.of_session(self.process.pid)

    def alive(self) -> bool:
        return self.process.poll() is None

    def log(self) -> str:
        return self._baresip.log() if self._baresip else (self.folder / "log").read_text(errors="replace")

    def stop(self) -> None:
        if self._baresip:
            self._baresip.close()
        else:
            processes.stop(self.process)

    def _start(self) -> subprocess.Popen[bytes]:
        if self.name == "baresip":
            card = ("alsa,headset_out", "alsa,headset_in") if self.role.sound == "card" else None
            self._baresip = Baresip("desk", port=self.port, audio=card, environment=self.role.environment)
            return self._baresip.process
        if self.name == "linphone":
            card_wanted = self.role.sound == "card"
            return linphone.start(self.folder, self.port, card=card_wanted, environment=self.role.environment)
        command = self._command()
        return processes.start(command, self.folder / "log", environment=self.role.environment)

    def _command(self) -> list[str]:
        if self.name == "pjsua2":
            sound = "portaudio" if self.role.sound == "card" else "null"
            options = ["--port", str(self.port), "--answer-after-ms", str(self.role.answer_after_ms), "--sound", sound]
            return [sys.executable, str(Path(__file__).with_name("bare_pjsua2.py")), *options]
        if self.name == "phoneetiquette":
            program = Path(sys.executable).with_name("phoneetiquette")
            return [str(program), "run", "--config", str(self._configuration()), "--port", str(self.port)]
        words = {"port": str(self.port), "folder": str(self.folder), "python": sys.executable}
        return [word.format(**words) for word in shlex.split(self.name)]

    def _configuration(self) -> Path:
        path = self.folder / "phoneetiquette.yaml"
        self.console_port = free_port()
        path.write_text(
            CONFIGURATION.format(
                lift=self.role.edge,
                country=self.role.country,
                port=self.port,
                rtp_first=self.port + 10,
                rtp_last=self.port + 49,
                audio=CARD if self.role.sound == "card" else NO_CARD,
                folder=self.folder,
                console_port=self.console_port,
            )
        )
        return path

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        with SipCaller("readiness") as caller:
            while time.monotonic() < deadline and self.alive():
                if caller.ask("OPTIONS", self.uri, timeout_s=0.3):
                    return
        log = self.log()[-3000:]
        self.stop()
        raise SystemExit(f"{self.name} did not become ready on port {self.port}\n{log}")
