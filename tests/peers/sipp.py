"""SIPp as a caller, a called phone or a registrar: one run of a scenario of ``tests/peers/sipp``.

As a caller, against something that listens::

    run = Sipp("uac_cancel", target=("127.0.0.1", 15060), pause_ms=2500, calls=4, parallel=4)
    run.finish().check()

As somebody who is called::

    with Sipp("uas_busy") as busy:
        ...  # let the seat dial busy.uri
        busy.finish().check()
"""

from __future__ import annotations

import csv
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.peers import processes
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.sip_transport import Address

SCENARIOS = Path(__file__).parent / "sipp"
TRANSPORTS = {"udp": "u1", "tcp": "t1"}


@dataclass(frozen=True, slots=True)
class SippResult:
    """What SIPp says about a run. ``exit_code`` 0: every call went as the scenario says."""

    scenario: str
    exit_code: int
    successful: int
    failed: int
    errors: str
    messages: str
    """Every SIP message sent and received."""

    def check(self) -> None:
        """Raises ``AssertionError`` with errors and message trace when a call did not go as the scenario says."""
        if self.exit_code or self.failed or not self.successful:
            raise AssertionError(
                f"SIPp {self.scenario}: exit {self.exit_code}, {self.successful} well, {self.failed} failed\n"
                f"{self.errors}\n{self.messages[-12000:]}"
            )


class Sipp:
    """One SIPp process, started at once and listening when the constructor returns."""

    def __init__(
        self,
        scenario: str,
        *,
        target: Address | None = None,
        user: str = "desk",
        transport: str = "udp",
        port: int = 0,
        host: str = LOOPBACK,
        calls: int = 1,
        parallel: int = 1,
        pause_ms: int = 500,
        keys: dict[str, str] | None = None,
        timeout_s: int = 90,
    ) -> None:
        self._ipv6 = ":" in host
        self.scenario, self.port, self._timeout_s = scenario, port or free_port(), timeout_s
        self._folder = Path(tempfile.mkdtemp(prefix=f"sipp-{scenario}-"))
        command = ["sipp", *([f"{target[0]}:{target[1]}"] if target else [])]
        command += ["-sf", str(SCENARIOS / f"{scenario}.xml"), "-s", user, "-t", TRANSPORTS[transport]]
        media_port = free_port(count=4)  # sound, and video that nobody uses
        command += ["-i", host, "-mi", host, "-p", str(self.port), "-mp", str(media_port)]
        command += ["-m", str(calls), "-l", str(parallel), "-r", str(parallel), "-rp", "200", "-d", str(pause_ms)]
        command += ["-nostdin", "-timeout", f"{timeout_s}s", "-timeout_error", "-recv_timeout", f"{timeout_s * 1000}"]
        command += ["-trace_stat", "-stf", "stat.csv", "-fd", "1", "-trace_msg", "-message_file", "messages"]
        command += ["-trace_err", "-error_file", "errors"]
        for name, value in (keys or {}).items():
            command += ["-key", name, value]
        self._process = processes.start(command, self._folder / "screen")
        while not self._listens(transport) and self._process.poll() is None:
            time.sleep(0.01)

    def _listens(self, transport: str) -> bool:
        """Bound is not listening: between the two a connection is refused."""
        table = Path(f"/proc/net/{transport}{'6' if self._ipv6 else ''}").read_text()
        state = "0A" if transport == "tcp" else "07"
        nobody = ("00000000" if not self._ipv6 else "0" * 32) + ":0000"
        return any(f":{self.port:04X} {nobody} {state}" in line for line in table.splitlines())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def uri(self) -> str:
        return f"sip:{LOOPBACK}:{self.port}"

    def finish(self) -> SippResult:
        """Wait until all calls are over."""
        try:
            code = self._process.wait(self._timeout_s + 5)
        except subprocess.TimeoutExpired:
            code = processes.stop(self._process)
        return self._result(code)

    def stop(self) -> SippResult:
        """End it now; calls that are up are broken off."""
        return self._result(processes.stop(self._process, first=signal.SIGKILL))

    def _result(self, code: int) -> SippResult:
        successful = failed = 0
        statistics = self._folder / "stat.csv"
        if statistics.exists():
            with statistics.open(newline="") as file:
                for row in csv.DictReader(file, delimiter=";"):
                    successful, failed = int(row["SuccessfulCall(C)"]), int(row["FailedCall(C)"])
        return SippResult(self.scenario, code, successful, failed, self._text("errors"), self._text("messages"))

    def _text(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(errors="replace") if path.exists() else ""
