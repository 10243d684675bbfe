"""The edge under test: Kamailio and rtpengine, configured by ``phoneetiquette edge generate``."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from phoneetiquette.edge.programs import Running, kamailio_command, rtpengine_command
from tests.peers import processes
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerTimeoutError
from tests.peers.sip_transport import Address


class Edge:
    """One edge with seats behind it; ready when :meth:`start` returns.

    ``section`` is what belongs into ``edge:`` of the seats' configuration, with ports that are free.
    """

    def __init__(self, folder: Path, *, host: str = LOOPBACK, **keys: Any) -> None:
        self.host, self.folder = host, folder
        self.port = free_port(count=4)
        self.section: dict[str, Any] = {
            "listen": [host],
            "port": self.port,
            "inside_port": self.port + 2,
            "control_port": self.port + 3,
            "tls": {"port": self.port + 1, **keys.pop("tls", {})},
            "media_first": 40000 + (self.port - 15400) * 32,
            "media_last": 40000 + (self.port - 15400) * 32 + 63,
            **keys,
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def address(self) -> Address:
        return self.host, self.port

    def uri(self, user: str = "desk", transport: str = "udp") -> str:
        port = self.port + 1 if transport == "tls" else self.port
        suffix = "" if transport == "udp" else f";transport={transport}"
        return f"sip:{user}@{self.host}:{port}{suffix}"

    @property
    def running(self) -> Running:
        return Running(self.folder / "edge")

    def start(self, configuration: Path) -> None:
        """Generate from this file and start.

        Raises:
            PeerTimeoutError: it does not start.
        """
        command = [sys.executable, "-m", "phoneetiquette", "edge", "generate", "--config", str(configuration)]
        made = subprocess.run([*command, "--directory", str(self.folder / "edge")], text=True, capture_output=True)
        if made.returncode != 0:
            raise PeerTimeoutError(f"the edge is not generated: {made.stderr}")
        if self.section.get("media", "relay") == "relay":
            self.start_media()
        self.start_signalling()

    def start_media(self) -> None:
        """Ready when this returns.

        Raises:
            PeerTimeoutError: it does not answer.
        """
        self._processes["media"] = processes.start(rtpengine_command(self.folder / "edge"), self.folder / "media.log")
        deadline = time.monotonic() + 15
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect((LOOPBACK, int(self.section["control_port"])))
            asking.settimeout(0.1)
            while True:
                with contextlib.suppress(OSError):
                    asking.send(b"1 d7:command4:pinge")
                    if b"pong" in asking.recv(200):
                        return
                if time.monotonic() > deadline:
                    self.close()
                    raise PeerTimeoutError(f"the media relay did not start:\n{self.log()}")
                time.sleep(0.02)

    def start_signalling(self) -> None:
        """Kamailio alone."""
        self._processes["sip"] = processes.start(kamailio_command(self.folder / "edge"), self.folder / "edge.log")
        deadline = time.monotonic() + 15
        while not self._answers():
            if self._processes["sip"].poll() is not None or time.monotonic() > deadline:
                self.close()
                raise PeerTimeoutError(f"the edge did not start:\n{self.log()}")
            time.sleep(0.02)

    def stop_signalling(self) -> None:
        processes.stop(self._processes.pop("sip"))

    def _answers(self) -> bool:
        try:
            return self.running.uptime_s() >= 0
        except Exception:
            return False

    def pids(self) -> list[int]:
        return [pid for process in self._processes.values() for pid in processes.of_session(process.pid)]

    def log(self) -> str:
        return "\n".join(
            file.read_text(errors="replace")[-6000:] for file in sorted(self.folder.glob("*.log")) if file.exists()
        )

    def close(self) -> None:
        for process in self._processes.values():
            processes.stop(process)
        self._processes.clear()


class EdgedSeat(Seat):
    """A seat behind an edge of its own. ``edge`` among the settings: keys of the edge, besides ports."""

    def __init__(self, folder: Path, settings: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        whole = {"records": {"keep_digits": True}, **{name: dict(keys) for name, keys in (settings or {}).items()}}
        self.edge = Edge(folder, **whole.pop("edge", {}))
        super().__init__(folder, {**whole, "edge": self.edge.section})

    def __enter__(self) -> Self:
        self.wait_ready()
        try:
            self.edge.start(self.folder / "seat.yaml")
        except PeerTimeoutError:
            self.close()
            raise
        return self

    @property
    def outside(self) -> str:
        """The desk as others call it."""
        return self.edge.uri()

    def log(self) -> str:
        return super().log() + "\n--- edge\n" + self.edge.log()

    def close(self) -> None:
        super().close()
        self.edge.close()
