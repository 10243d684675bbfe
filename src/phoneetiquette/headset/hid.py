"""Reports to and from a headset through hidapi: the only file that knows it. Loaded when a headset is first opened.

The wheel of ``hidapi`` has two modules. ``hid`` goes through libusb, which takes the device from the kernel's driver
and needs rights of its own; ``hidraw`` goes through the kernel's hidraw device, which is what we want.
"""

from __future__ import annotations

import contextlib
import os
from types import ModuleType
from typing import Any, Protocol

from phoneetiquette.errors import DeviceError

LONGEST_REPORT = 4096
PERMIT = "phoneetiquette devices permit"
"""The command that lets users at this machine use the buttons of headsets."""


class Hid(Protocol):
    """An open headset. One contract for the real one and for the one in memory of the tests.

    One thread reads, another may write. Every method raises :class:`DeviceError` when the headset has gone.
    """

    def read(self, timeout_s: float) -> bytes:
        """The next input report, its id first where reports are numbered; empty when none came in time."""
        ...

    def write(self, report: bytes) -> None:
        """Send an output report, its id first, 0 where reports are not numbered. May block while the device is busy."""
        ...

    def close(self) -> None:
        """By the thread that reads, when nobody writes any more."""
        ...


class HidrawDevice:
    """A headset at ``/dev/hidrawN``."""

    def __init__(self, node: str) -> None:
        """
        Raises:
            DeviceError: it has gone, this user may not use it, or hidapi is missing.
        """
        self._node = node
        self._device: Any = _library().device()
        try:
            self._device.open_path(os.fsencode(node))
        except OSError as error:
            raise _unusable(node, error) from error

    def read(self, timeout_s: float) -> bytes:
        try:
            return bytes(self._device.read(LONGEST_REPORT, max(1, round(timeout_s * 1000))))
        except (OSError, ValueError) as error:
            raise self._gone(error) from error

    def write(self, report: bytes) -> None:
        try:
            written = self._device.write(report)
        except (OSError, ValueError) as error:
            raise self._gone(error) from error
        if written < 0:
            raise self._gone(self._device.error())

    def close(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._device.close()

    def _gone(self, error: object) -> DeviceError:
        return DeviceError(f"the headset at {self._node} does not answer: {error}", "plug it in again")


def _unusable(node: str, error: OSError) -> DeviceError:
    if not os.path.exists(node):
        return DeviceError(f"{node} has gone", "plug the headset in again")
    if not os.access(node, os.R_OK | os.W_OK):
        return DeviceError(f"no permission to use the headset's buttons ({node})", f"run once: sudo {PERMIT}")
    return DeviceError(f"{node} cannot be opened: {error}", "plug the headset in again")


def _library() -> ModuleType:
    try:
        import hidraw
    except ImportError as error:
        raise DeviceError(f"headset buttons cannot be used: {error}", "pip install hidapi") from error
    return hidraw  # type: ignore[no-any-return]
