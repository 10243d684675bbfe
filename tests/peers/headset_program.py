"""A program that uses one headset through the product's adapter, told what to do line by line; and its other end.

umockdev works inside the program that uses a device, so that program cannot be pytest itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from phoneetiquette.errors import DeviceError
from phoneetiquette.headset.hid import HidrawDevice
from tests.peers.virtual_headset import VirtualHeadsets

NOBODY = 65534


class Program:
    """The adapter's device, in a program that sees virtual headsets. An :class:`~phoneetiquette.headset.hid.Hid`."""

    def __init__(self, headsets: VirtualHeadsets, node: str, *, as_nobody: bool = False) -> None:
        """``as_nobody``: without the rights of root, who may use everything.

        Raises:
            DeviceError: as the adapter says.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.peers.headset_program", node, *(["--as-nobody"] if as_nobody else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **headsets.environment},
        )
        try:
            self._answer()
        except DeviceError:
            self._end()
            raise

    def read(self, timeout_s: float) -> bytes:
        return bytes.fromhex(self._ask(read=timeout_s))

    def write(self, report: bytes) -> None:
        self._ask(write=report.hex())

    def close(self) -> None:
        self._ask(close=True)
        self._end()

    def _ask(self, **what: Any) -> str:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the program ended with {self._process.wait(10)}"
        told = json.loads(line)
        if "what" in told:
            raise DeviceError(told["what"], told["advice"])
        return str(told["done"])

    def _end(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def main() -> None:
    device: HidrawDevice | None = None

    def obey(told: dict[str, Any]) -> str:
        nonlocal device
        if device is None:
            device = HidrawDevice(told["open"])
        elif "read" in told:
            return device.read(told["read"]).hex()
        elif "write" in told:
            device.write(bytes.fromhex(told["write"]))
        elif "close" in told:
            device.close()
        return ""

    if "--as-nobody" in sys.argv and os.geteuid() == 0:
        import hidraw  # noqa: F401 - afterwards it may be out of reach

        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    orders: list[dict[str, Any]] = [{"open": sys.argv[1]}]
    while orders:
        try:
            answer = {"done": obey(orders.pop())}
        except DeviceError as error:
            answer = {"what": error.what, "advice": error.advice}
        print(json.dumps(answer), flush=True)
        line = sys.stdin.readline()
        if line:
            orders.append(json.loads(line))


if __name__ == "__main__":
    main()
