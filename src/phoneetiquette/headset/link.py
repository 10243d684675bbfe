"""Keeps a headset open: looks for it, reads it, writes to it, notices when it goes and when a better one comes.

Two threads: one looks and reads, and while a headset is open another writes, because a write may block for seconds on a
headset that is busy or broken, and what is pressed must not wait for that.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol

from phoneetiquette.errors import DeviceError, PhoneEtiquetteError
from phoneetiquette.headset import found
from phoneetiquette.headset.found import Headset
from phoneetiquette.headset.hid import Hid

log = logging.getLogger(__name__)

LOOK_S = 0.5
"""How often it is looked whether something was plugged in or pulled out. The look is one directory listing."""
PATIENCE_S = 3.0
"""So long a headset may refuse before that is told: udev gives its permissions a moment after the device is there."""
GOODBYE_S = 2.0


class Listener(Protocol):
    """Called from the link's thread, one call after the other; returns at once."""

    def opened(self, headset: Headset) -> None:
        """Its buttons and lamps can be used from now on."""
        ...

    def came(self, report: bytes, at_ns: int) -> None:
        """An input report, and when it was read."""
        ...

    def gone(self, headset: Headset) -> None:
        """It was unplugged, or another one is used instead. What was written and not sent is lost."""
        ...

    def troubled(self, error: DeviceError | None) -> None:
        """A headset is there and cannot be used, or (``None``) that is over."""
        ...


class HeadsetLink:
    """The link of a seat to the headset of its choice."""

    def __init__(
        self,
        look: Callable[[], Headset | None],
        open_device: Callable[[str], Hid],
        listener: Listener,
        nodes: Callable[[], frozenset[str]] = found.nodes,
    ) -> None:
        """``look`` says which headset is wanted, ``open_device`` opens its node; both run in the link's thread."""
        self._look = look
        self._open_device = open_device
        self._listener = listener
        self._nodes = nodes
        self._stopping = threading.Event()
        self._to_write: queue.SimpleQueue[bytes | None] | None = None
        self._thread = threading.Thread(target=self._run, name="headset", daemon=True)
        self._nodes_seen: frozenset[str] | None = None
        self._chosen: Headset | None = None
        self._refused_since: float | None = None
        self._troubled = False

    def start(self) -> None:
        self._thread.start()

    def write(self, report: bytes) -> None:
        """Send an output report to the open headset; without one it is lost. Any thread; returns at once."""
        if to_write := self._to_write:
            to_write.put(report)

    def stop(self) -> None:
        """Send what waits, and let the headset go. Blocks for a moment."""
        self._stopping.set()
        self._thread.join(GOODBYE_S)

    # ----------------------------------------------------------------------------------------------- the link's thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            headset = self._wanted()
            device = self._opened(headset) if headset else None
            if headset and device:
                self._serve(headset, device)
            else:
                self._stopping.wait(LOOK_S)

    def _wanted(self) -> Headset | None:
        """The headset to use now. The list of devices is read anew only when there are others."""
        nodes = self._nodes()
        if nodes != self._nodes_seen:
            try:
                self._chosen = self._look()
            except PhoneEtiquetteError as error:
                self._chosen = None
                log.error("headset: %s", error)
            self._nodes_seen = nodes
        return self._chosen

    def _opened(self, headset: Headset) -> Hid | None:
        now = time.monotonic()
        try:
            device = self._open_device(headset.node)
        except DeviceError as error:
            self._nodes_seen = None  # what was seen may have been half of it
            self._refused_since = now if self._refused_since is None else self._refused_since
            if now - self._refused_since >= PATIENCE_S and not self._troubled:
                self._troubled = True
                self._listener.troubled(error)
            return None
        self._refused_since = None
        if self._troubled:
            self._troubled = False
            self._listener.troubled(None)
        return device

    def _serve(self, headset: Headset, device: Hid) -> None:
        to_write: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._to_write = to_write
        writer = threading.Thread(target=_write_all, args=(device, to_write), name="headset lamps", daemon=True)
        writer.start()
        self._listener.opened(headset)
        try:
            while not self._stopping.is_set() and self._wanted() == headset:
                report = device.read(LOOK_S)
                if report:
                    self._listener.came(report, time.monotonic_ns())
        except DeviceError:
            self._nodes_seen = None
        self._to_write = None
        self._listener.gone(headset)
        to_write.put(None)
        writer.join(GOODBYE_S)
        if not writer.is_alive():  # else it is left open: its file must not be closed under a write
            device.close()


def _write_all(device: Hid, to_write: queue.SimpleQueue[bytes | None]) -> None:
    """Until told to end, or the headset has gone, which the reader finds out too."""
    try:
        while (report := to_write.get()) is not None:
            device.write(report)
    except DeviceError:
        return
