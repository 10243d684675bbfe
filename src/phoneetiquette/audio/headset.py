"""The receptionist's headset as the engine sees it: a microphone to read and an ear to write, a frame a tick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from phoneetiquette.audio.drift import TICKS_PER_S

Samples = npt.NDArray[np.int16]
State = Literal["open", "spare", "lost", "none"]
"""``open``: the wanted devices work; ``spare``: at least one spare stands in; ``lost``: a direction is without device;
``none``: there is no sound device, or none was tried yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundChange:
    """News of a sound device. ``what`` and ``advice`` are for people and empty when all is well."""

    at_ns: int
    role: Literal["headset", "ringer"]
    state: State
    device: str
    backend: Literal["portaudio", "wav", "null"]
    what: str = ""
    advice: str = ""


OnChange = Callable[[SoundChange], None]
"""Called from a thread of the sound adapter; must not block for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundCounters:
    """How well it goes. All but the last two only grow."""

    mic_holes: int = 0
    """Times the card had recorded too little for a frame: a click and up to 20 ms of silence towards the customer."""
    ear_holes: int = 0
    """Times the card ran out of sound to play."""
    cut_ms: float = 0.0
    """Sound thrown away after a stall too long to be caught up."""
    ticks_locked_out: int = 0
    """Ticks that could not get at the card in time."""
    losses: int = 0
    """Devices lost while in use."""
    mic_ppm: float = 0.0
    """By how much the microphone's clock is faster than the bridge's."""
    ear_ppm: float = 0.0


class HeadsetSound(Protocol):
    """One contract for all backends. ``read_mic`` and ``write_ear`` belong to the tick thread and never block."""

    @property
    def state(self) -> State:
        """As last known: a closed headset keeps the state it had."""
        ...

    @property
    def counters(self) -> SoundCounters: ...

    def prepare(self) -> None:
        """Try the devices now, so that trouble is told before the first call. Returns at once."""
        ...

    def open(self) -> None:
        """Open the devices in the background; open again is no error."""
        ...

    def talk_began(self) -> None:
        """The receptionist was connected: the ``wav`` backend plays its file from here. Others take no notice."""
        ...

    def read_mic(self) -> Samples | None:
        """The next frame of the microphone: int16, ``rate_hz / 50`` samples; silence while there is none.

        ``None``: the end of this frame is on its way, ask again in a millisecond. That comes to an end by itself.
        Good until the next call.
        """
        ...

    def write_ear(self, frame: Samples) -> None:
        """The next frame for the ear: int16, ``rate_hz / 50`` samples. The array is not kept."""
        ...

    def close(self) -> None:
        """Let the devices go, in the background; closed costs nothing. Close again is no error."""
        ...


def silence(rate_hz: int) -> Samples:
    """A frame of silence that nobody can write on."""
    frame: Samples = np.zeros(rate_hz // TICKS_PER_S, np.int16)
    frame.flags.writeable = False
    return frame


class NullHeadset:
    """No headset: says nothing, hears nothing."""

    def __init__(self, rate_hz: int) -> None:
        self._silence = silence(rate_hz)

    @property
    def state(self) -> State:
        return "none"

    @property
    def counters(self) -> SoundCounters:
        return SoundCounters()

    def prepare(self) -> None:
        pass

    def open(self) -> None:
        pass

    def talk_began(self) -> None:
        pass

    def read_mic(self) -> Samples:
        return self._silence

    def write_ear(self, frame: Samples) -> None:
        pass

    def close(self) -> None:
        pass
