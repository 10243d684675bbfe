"""Taking the sound of one stream a little faster or slower than the bridge ticks, so that its delay changes unheard.

The bridge asks each stream for a frame per tick, through a pointer in the stream's port. While there is something to be
gained or lost the pointer is ours: frames are taken from the stream as they are needed, and each is squeezed or
stretched by a hundredth of its length, evenly, which is 17 cents of pitch; nothing is cut out and nothing is inserted.
Else the pointer is the stream's own again, so that a call in order costs nothing and passes bit for bit.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.audio.stretch import Waiting, stretched
from phoneetiquette.sip.native import AUDIO, Frame, PassFrame, Port
from phoneetiquette.units import NS_PER_S

Samples = NDArray[np.int16]

SHARE = 0.01
"""Of a frame's length, by which it is made shorter or longer: 20 ms are gained in 2 s."""


class Tempo:
    """Frames of ``frame`` samples out of those that ``take`` gives, which are as long. Pure but for ``take``."""

    def __init__(self, take: Callable[[], Samples], frame: int) -> None:
        self._take = take
        self._frame = frame
        self._waiting = Waiting(4 * frame)
        self._due = 0.0
        self.left = 0
        """Samples that are still to be lost (positive) or gained."""

    @property
    def waiting(self) -> int:
        """Samples that were taken and not given yet."""
        return len(self._waiting)

    def hurry(self, frames: int) -> None:
        """Lose so many frames from now on, or (negative) gain them. Nothing waits any more when that is done: whole
        frames are taken, and whole frames were asked for."""
        self.left = frames * self._frame

    def next(self) -> Samples:
        """The next frame. Good until the next call."""
        needed = self._frame + self._step()
        while len(self._waiting) < needed:
            self._waiting.add(self._take())
        return stretched(self._waiting.take(needed), self._frame)

    def _step(self) -> int:
        """By how many samples more or fewer than a frame to go on in this one."""
        if not self.left:
            return 0
        self._due += self._frame * SHARE
        step = min(int(self._due), abs(self.left))
        self._due -= int(self._due)
        step = step if self.left > 0 else -step
        self.left -= step
        return step


class StreamTempo:
    """The tempo of a stream of the library's. Made and asked on the SIP thread; the clock thread does the work.

    Args:
        port: address of the stream's ``pjmedia_port``, which outlives this object's use.
    """

    def __init__(self, port: int) -> None:
        self._port = Port.from_address(port)
        form = self._port.format
        self._rate_hz = form.clock_rate
        frame = form.clock_rate * form.frame_time_usec // 1_000_000
        self.frame_ns = frame * NS_PER_S // form.clock_rate
        self._buffer: Samples = np.zeros(frame, np.int16)
        self._asked = Frame(buf=self._buffer.ctypes.data)
        # The value of the pointer: an attribute of a structure would go on being the pointer itself.
        self._own_get = PassFrame(ctypes.cast(self._port.get_frame, ctypes.c_void_p).value or 0)
        self._our_get = PassFrame(self._give)
        self._tempo = Tempo(self._take, frame)
        self.busy = False
        """What was asked for last is not done yet."""

    @property
    def waiting_ns(self) -> int:
        """Sound that was taken out of the jitter buffer and has not been heard yet."""
        return int(self._tempo.waiting * NS_PER_S // self._rate_hz)

    def hurry(self, frames: int) -> None:
        """Take so many frames faster than they come, or (negative) slower. Not while :attr:`busy`."""
        self._tempo.hurry(frames)
        self.busy = True
        self._port.get_frame = self._our_get

    def _give(self, _port: int, frame: int) -> int:
        """The bridge asks for a frame. Clock thread."""
        asked = Frame.from_address(frame)
        sound = np.ascontiguousarray(self._tempo.next())
        asked.size = 2 * len(sound)
        ctypes.memmove(asked.buf, sound.ctypes.data, asked.size)
        asked.type = AUDIO
        if not self._tempo.left and not self._tempo.waiting:
            self._port.get_frame = self._own_get
            self.busy = False
        return 0

    def _take(self) -> Samples:
        """A frame of the stream itself, silence where it has none."""
        asked = self._asked
        asked.type, asked.size = AUDIO, self._buffer.nbytes
        status = self._own_get(ctypes.addressof(self._port), ctypes.addressof(asked))
        if status or asked.type != AUDIO:
            self._buffer[:] = 0
        return self._buffer
