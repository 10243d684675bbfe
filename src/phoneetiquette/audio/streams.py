"""Open a microphone or a loudspeaker by the shortest way: through the sound server where the device is a door to it,
else through PortAudio."""

from __future__ import annotations

from typing import Protocol

from phoneetiquette.audio import portaudio
from phoneetiquette.audio.portaudio import (
    CAPTURE_BUFFER_S,
    CAPTURE_PERIOD_S,
    PLAYBACK_BUFFER_S,
    Device,
    Direction,
    Samples,
)
from phoneetiquette.audio.sound_server import ServerCapture, ServerDevice, ServerPlayback, behind

SERVER_ASKS_EVERY_S = 0.010
"""A sound server tells of what it has taken only when that comes to so much. The less the better; but it asks its card
to take sound as often, which costs, and below this is more than many cards can."""


class Capture(Protocol):
    """A running microphone. One thread at a time; every method but ``close`` raises ``DeviceError`` when it is gone."""

    name: str
    rate_hz: int

    def waiting(self) -> int:
        """Samples that can be read."""
        ...

    def read(self) -> Samples:
        """All that is there, without waiting. Good until the next read."""
        ...

    def close(self) -> None: ...


class Playback(Protocol):
    """A running loudspeaker; it falls silent by itself when it gets nothing. Threads and errors as for ``Capture``."""

    name: str
    rate_hz: int
    capacity: int
    """Samples that can wait in it."""
    unseen_s: float
    """So much may have been taken that :meth:`queued` still counts."""

    def queued(self) -> int:
        """Samples written but not yet taken by the card, or by the sound server."""
        ...

    def write(self, sound: Samples) -> None:
        """At most ``capacity - queued()`` samples. One-dimensional and without gaps."""
        ...

    def close(self) -> None:
        """What is still queued is dropped."""
        ...


def open_capture(name: str | None, rate_hz: int) -> Capture:
    """A microphone at ``rate_hz`` if it can do that, else at a rate of its own. ``None``: the default one.

    Raises:
        DeviceError: no device, or several, have such a name, or it cannot be opened.
    """
    name, place = _found(name, "input")
    if isinstance(place, Device):
        return portaudio.Capture(place, rate_hz)
    return ServerCapture(name, place, rate_hz, period_s=CAPTURE_PERIOD_S, buffer_s=CAPTURE_BUFFER_S)


def open_playback(name: str | None, rate_hz: int) -> Playback:
    """A loudspeaker, likewise.

    Raises:
        DeviceError: no device, or several, have such a name, or it cannot be opened.
    """
    name, place = _found(name, "output")
    if isinstance(place, Device):
        return portaudio.Playback(place, rate_hz)
    return ServerPlayback(name, place, rate_hz, period_s=SERVER_ASKS_EVERY_S, buffer_s=PLAYBACK_BUFFER_S)


def _found(name: str | None, direction: Direction) -> tuple[str, Device | ServerDevice]:
    """The name in full, and what it leads to. PortAudio, which is large, is asked only about names that need it."""
    exact = name or "default"
    place = behind(exact)
    if place is not None:
        return exact, place
    device = portaudio.find_device(name, direction)
    return device.name, behind(device.name) or device
