"""Notice that a sound device was plugged in or pulled out.

PortAudio does not tell, and PulseAudio moves the streams of a device that has gone to another one without a word. So
while a headset is in use, the kernel's list of cards is compared once a second, and the sound server, if there is one,
is heard about its own, which include Bluetooth.
"""

from __future__ import annotations

from pathlib import Path

from phoneetiquette.audio.sound_server import DeviceWatch

CARDS = Path("/proc/asound/cards")


class PlugWatch:
    """Used by one thread: :meth:`start`, then :meth:`changed` about once a second, :meth:`stop`."""

    def __init__(self) -> None:
        self._cards: str | None = None
        self._server = DeviceWatch()

    def start(self) -> None:
        self._cards = _cards()
        self._server.start()

    def changed(self) -> bool:
        """Whether a device came or went since the last call."""
        before, self._cards = self._cards, _cards()
        told = self._server.changed()
        return told or before != self._cards

    def stop(self) -> None:
        self._server.stop()


def _cards() -> str | None:
    try:
        return CARDS.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
