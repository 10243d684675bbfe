"""A headset in memory: what is written to it is kept, what it is made to send is read."""

from __future__ import annotations

import queue

from phoneetiquette.errors import DeviceError


class MemoryHeadset:
    """Can be plugged in, opened and pulled out. What is opened is a :class:`~phoneetiquette.headset.hid.Hid`."""

    def __init__(self) -> None:
        self.lamps: list[str] = []
        """Output reports in hexadecimal digits."""
        self.plugged = self.permitted = True
        self.closed = False
        self._reports: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def open(self, node: str) -> MemoryHeadset:
        self._check_plugged()
        if not self.permitted:
            raise DeviceError(f"no permission to use the headset's buttons ({node})", "run once: sudo ...")
        self.closed = False
        return self

    def send(self, report: str) -> None:
        self._reports.put(bytes.fromhex(report))

    def unplug(self) -> None:
        self.plugged = False
        self._reports.put(b"")

    def read(self, timeout_s: float) -> bytes:
        try:
            report = self._reports.get(timeout=timeout_s)
        except queue.Empty:
            report = b""
        self._check_plugged()
        return report

    def write(self, report: bytes) -> None:
        self._check_plugged()
        self.lamps.append(report.hex())

    def close(self) -> None:
        self.closed = True

    def _check_plugged(self) -> None:
        if not self.plugged:
            raise DeviceError("the headset has gone", "plug it in again")
