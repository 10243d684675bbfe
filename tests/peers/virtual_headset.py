"""Virtual USB headsets for the programs of a test: the kernel's side of a headset, played by umockdev.

The program under test runs unchanged, with hidapi and all; the C library's calls on ``/sys`` and ``/dev`` are led to
the test bed. Start the program with :attr:`VirtualHeadsets.environment`::

    with VirtualHeadsets() as headsets:
        jabra = headsets.plug(JABRA)
        with Seat(folder, environment=headsets.environment) as seat:
            jabra.send("020100")
            jabra.wait_lamps("020100")
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.peers.sip_call import PeerTimeoutError

TESTBED = Path(__file__).with_name("umockdev_testbed.py")
DESCRIPTORS = Path(__file__).parents[1] / "data" / "headsets"
PYTHON = "/usr/bin/python3"
"""Debian's, which has umockdev's bindings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A headset as it can be bought. ``descriptor`` is empty for one without any button."""

    vendor: int
    product_id: int
    maker: str
    product: str
    descriptor: bytes = b""
    serial: str = "0001"
    card: bool = True


def recorded(name: str) -> bytes:
    """A report descriptor of ``tests/data/headsets``."""
    return bytes.fromhex((DESCRIPTORS / f"{name}.hex").read_text())


@dataclass(slots=True)
class Plugged:
    """A headset that is plugged in."""

    number: int
    node: str
    owner: VirtualHeadsets
    lamps: list[tuple[int, str]] = field(default_factory=list)
    """(moment, output report in hexadecimal digits) of each that a program sent, in order."""

    def send(self, report: str) -> int:
        """Send an input report, given in hexadecimal digits; when it left (``CLOCK_MONOTONIC``)."""
        return int(self.owner.ask(report=report, device=self.number)["at_ns"])

    def unplug(self) -> None:
        self.owner.ask(unplug=self.number)

    def forbid(self) -> None:
        """Nobody but root may use its buttons any more."""
        self.owner.ask(permit=self.number, to_all=False)

    def permit(self) -> None:
        """Everybody may use its buttons again."""
        self.owner.ask(permit=self.number, to_all=True)

    def wait_lamps(self, *wanted: str, timeout_s: float = 10.0) -> list[int]:
        """Until the last reports that a program sent are these; when each came.

        Raises:
            PeerTimeoutError: they were not in time.
        """
        deadline = time.monotonic() + timeout_s
        while [report for _, report in self.lamps[-len(wanted) :]] != list(wanted):
            if time.monotonic() > deadline:
                raise PeerTimeoutError(f"lamps {wanted} were not told; told were {[one for _, one in self.lamps]}")
            time.sleep(0.005)
        return [at_ns for at_ns, _ in self.lamps[-len(wanted) :]]


class VirtualHeadsets:
    """A test bed for any number of headsets. ``with`` ends it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["umockdev-wrapper", PYTHON, "-u", str(TESTBED)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._plugged: dict[int, Plugged] = {}
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.root = str(self._answer()["root"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._listener.join(10)
        self._process.stdout.close()

    @property
    def environment(self) -> dict[str, str]:
        """What lets a program see these headsets, and none of the machine's own."""
        return {"LD_PRELOAD": "libumockdev-preload.so.0", "UMOCKDEV_DIR": self.root}

    def run(self, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """A command of the product that sees these headsets."""
        program = [sys.executable, "-m", "phoneetiquette", *words]
        environment = {**os.environ, **self.environment, **more.pop("environment", {})}
        return subprocess.run(program, env=environment, capture_output=True, text=True, check=False, **more)

    def plug(self, model: Model) -> Plugged:
        told = self.ask(
            plug={
                "vendor": model.vendor,
                "product_id": model.product_id,
                "maker": model.maker,
                "product": model.product,
                "serial": model.serial,
                "descriptor": model.descriptor.hex(),
                "card": model.card,
            }
        )
        return self._plugged[told["plugged"]]

    def ask(self, **what: Any) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        try:
            return self._answers.get(timeout=10)
        except queue.Empty:
            raise PeerTimeoutError("the test bed of umockdev does not answer") from None

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            told = json.loads(line)
            if "plugged" in told:
                self._plugged[told["plugged"]] = Plugged(told["plugged"], told["node"], self)
            if "lamp" in told:
                self._plugged[told["device"]].lamps.append((told["at_ns"], told["lamp"]))
            else:
                self._answers.put(told)
