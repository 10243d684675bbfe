"""Open a microphone or a loudspeaker by the shortest way: through the sound server where the device is a door to it,
else through PortAudio."""

from __future__ import annotations

from typing import Protocol

from phoneetiquette.audio import portaudio, sound_server
from phoneetiquette.audio.portaudio import (
    CAPTURE_BUFFER_S,
    CAPTURE_PERIOD_S,
    PLAYBACK_BUFFER_S,
    PLAYBACK_PERIOD_S,
    Device,
    Samples,
)


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

    def queued(self) -> int:
        """Samples written but not yet taken by the card, or by the sound server."""
        ...

    def write(self, sound: Samples) -> None:
        """At most ``capacity - queued()`` samples. One-dimensional and without gaps."""
        ...

    def close(self) -> None:
        """What is still queued is dropped."""
        ...


def open_capture(device: Device, rate_hz: int) -> Capture:
    """A microphone at ``rate_hz`` if it can do that, else at a rate of its own.

    Raises:
        DeviceError: it cannot be opened.
    """
    place = sound_server.behind(device.name)
    if place is None:
        return portaudio.Capture(device, rate_hz)
    return sound_server.ServerCapture(device.name, place, rate_hz, period_s=CAPTURE_PERIOD_S, buffer_s=CAPTURE_BUFFER_S)


def open_playback(device: Device, rate_hz: int) -> Playback:
    """A loudspeaker at ``rate_hz`` if it can do that, else at a rate of its own.

    Raises:
        DeviceError: it cannot be opened.
    """
    place = sound_server.behind(device.name)
    if place is None:
        return portaudio.Playback(device, rate_hz)
    return sound_server.ServerPlayback(
        device.name, place, rate_hz, period_s=PLAYBACK_PERIOD_S, buffer_s=PLAYBACK_BUFFER_S
    )
