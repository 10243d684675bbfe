"""Notice that a sound device was plugged in or pulled out.

PortAudio does not tell, and PulseAudio moves the streams of a device that has gone to another one without a word. So
while a headset is in use, the kernel's list of cards is compared once a second, and ``pactl``, where it is installed,
tells what the sound server sees, which includes Bluetooth.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from pathlib import Path

CARDS = Path("/proc/asound/cards")

_NEWS = re.compile(r"'(new|remove)' on (?:sink|source|card) #")


class PlugWatch:
    """Used by one thread: :meth:`start`, then :meth:`changed` about once a second, :meth:`stop`."""

    def __init__(self) -> None:
        self._cards: str | None = None
        self._pactl: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._cards = _cards()
        with contextlib.suppress(OSError):  # not installed
            self._pactl = subprocess.Popen(
                ["pactl", "subscribe"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "LC_ALL": "C"},
            )
            assert self._pactl.stdout is not None
            os.set_blocking(self._pactl.stdout.fileno(), False)

    def changed(self) -> bool:
        """Whether a device came or went since the last call."""
        before, self._cards = self._cards, _cards()
        return before != self._cards or self._server_tells()

    def stop(self) -> None:
        if self._pactl is None:
            return
        self._pactl.terminate()
        self._pactl.wait()
        if self._pactl.stdout is not None:
            self._pactl.stdout.close()
        self._pactl = None

    def _server_tells(self) -> bool:
        if self._pactl is None or self._pactl.stdout is None:
            return False
        try:
            told = os.read(self._pactl.stdout.fileno(), 65536)
        except BlockingIOError:
            return False
        if not told:  # the sound server has ended
            self.stop()
            return True
        return _NEWS.search(told.decode(errors="replace")) is not None


def _cards() -> str | None:
    try:
        return CARDS.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
