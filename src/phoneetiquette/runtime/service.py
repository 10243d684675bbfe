"""What a service manager is told: sd_notify(3), without a library, because it is one datagram."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Tell systemd ``state`` (``READY=1``, ``WATCHDOG=1``, ``STOPPING=1``, ``STATUS=...``); nothing without it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as teller:
        try:
            teller.sendto(state.encode(), address)
        except OSError:
            return  # the manager is gone; the calls are more important


def watchdog_interval_s() -> float | None:
    """How often systemd wants to hear from us: half of what it would wait; ``None`` if it does not."""
    usec, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not usec.isdecimal() or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 2e6
