"""The bridge, driven by hand: its master port for the ear, and a port of our own for the microphone.

pjsua2 wants a sound device to drive its conference bridge; the wheel has none, and its null device costs a thread and a
fixed clock. After ``AudDevManager.setNoDev()`` the application drives the bridge itself, by ``pjmedia_port_get_frame``
on the master port: every stream is decoded, mixed, encoded and sent in that call. pjsua2 does not wrap it, but its
extension module exports it like every pjproject build does, so it is called through :mod:`ctypes`. This replaces a
``ByteVector`` both ways in Python callbacks (more than a second of CPU per call-minute).

The other half, ``pjmedia_port_put_frame`` on the master port, is not used: what is put there goes through a delay
buffer for devices whose two directions are not in step (``delaybuf.c``), which holds 15 ms back for good. So the
microphone is a port of its own, which the bridge asks for a frame while it mixes: a null port of the library with a
``get_frame`` of ours, which copies one frame.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial

import numpy as np
import pjsua2 as pj
from numpy.typing import NDArray

from phoneetiquette.errors import EngineError
from phoneetiquette.sip.io_queues import SoundSockets
from phoneetiquette.sip.native import AUDIO, Frame, PassFrame, Port, library

Samples = NDArray[np.int16]

TICKS_PER_S = 50
EAR_SLOT = 0
"""The master port's number."""
_ADVICE = "install pjsua2-python from PyPI"


class Bridge:
    """Sound in and out of the conference bridge, one frame of 20 ms at a time.

    Made on the SIP thread; :meth:`exchange` is called on the clock thread, which must be registered with the library.

    Raises:
        EngineError: this build of the library is not the one we know.
    """

    def __init__(self, endpoint: pj.Endpoint, rate_hz: int) -> None:
        self._samples = rate_hz // TICKS_PER_S
        self._size = self._samples * 2
        self._mic: Samples = np.zeros(self._samples, np.int16)
        self._ear: Samples = np.zeros(self._samples, np.int16)
        self._mic_address = self._mic.ctypes.data  # asked for once: it takes longer than to copy a frame
        self._frame = Frame(buf=self._ear.ctypes.data)
        self._asked, self._asked_at = Frame(), 0
        """The frame that the bridge wants the microphone's sound in, and its address: mostly the one of before."""
        native = library()
        try:
            self._native = native
            self._rate = rate_hz
            self._passing: list[object] = []
            """What the library calls: it does not count references."""
            self.mic_slot = self._add_port(b"microphone", get=self._give)
        except AttributeError as error:
            raise EngineError("this build of pjsua2 hides what drives its bridge", _ADVICE) from error
        port = ctypes.c_void_p(int(endpoint.audDevManager().setNoDev()))
        self._get = partial(native.pjmedia_port_get_frame, port, ctypes.byref(self._frame))
        self.sockets = SoundSockets()
        self._read_packets = self.sockets.read

    def exchange(self, mic: Samples) -> Samples:
        """Give the agent's frame to the bridge and take the mix for the agent's ear (both ``(rate_hz / 50,)`` int16).

        One call is one tick of the bridge: what has come is read, and every stream decoded, mixed, encoded and sent.
        """
        self._read_packets()
        self._mic[:] = mic
        frame = self._frame
        frame.type, frame.size = AUDIO, self._size
        self._get()
        if frame.type != AUDIO:
            return np.zeros(self._samples, np.int16)
        return self._ear.copy()

    def _give(self, _port: int, frame: int) -> int:
        """The bridge asks for the microphone. Clock thread, in :meth:`exchange`."""
        if frame != self._asked_at:
            self._asked, self._asked_at = Frame.from_address(frame), frame
        asked = self._asked
        ctypes.memmove(asked.buf, self._mic_address, self._size)
        asked.type, asked.size = AUDIO, self._size
        return 0

    def add_ear(self, hear: Callable[[Samples], None]) -> int:
        """The number of a new port that hands over each frame that it takes (``(rate_hz / 50,)`` int16, its own copy).

        ``hear`` is called on the clock thread, once a tick, and must not block.
        """

        def take(_port: int, frame: int) -> int:
            given = Frame.from_address(frame)
            if given.type == AUDIO:
                hear(np.frombuffer(ctypes.string_at(given.buf, given.size), np.int16))
            else:
                hear(np.zeros(self._samples, np.int16))
            return 0

        return self._add_port(b"ear", put=take)

    def add_tap(self) -> int:
        """The number of a port whose sound :meth:`tapped` gives: what is patched to it in a tick."""
        self._tap: Samples = np.zeros(self._samples, np.int16)
        self._tap_address = self._tap.ctypes.data
        self._tapped = False
        return self._add_port(b"tap", put=self._take)

    def tapped(self) -> Samples:
        """What came to the tap in the last :meth:`exchange`: int16, ``rate_hz / 50`` samples, good until the next."""
        if not self._tapped:
            self._tap[:] = 0
        self._tapped = False
        return self._tap

    def _take(self, _port: int, frame: int) -> int:
        """The bridge gives a frame. Clock thread, in :meth:`exchange`."""
        given = Frame.from_address(frame)
        if given.type == AUDIO and given.size == self._size:
            ctypes.memmove(self._tap_address, given.buf, self._size)
            self._tapped = True
        return 0

    def _add_port(
        self,
        name: bytes,
        *,
        get: Callable[[int, int], int] | None = None,
        put: Callable[[int, int], int] | None = None,
    ) -> int:
        """The number by which the bridge knows a port of ours."""
        native, rate_hz = self._native, self._rate
        native.pjsua_pool_create.restype = ctypes.c_void_p
        pool = ctypes.c_void_p(native.pjsua_pool_create(name, ctypes.c_size_t(1000), ctypes.c_size_t(1000)))
        port, slot = ctypes.POINTER(Port)(), ctypes.c_int(-1)
        status = native.pjmedia_null_port_create(pool, rate_hz, 1, self._samples, 16, ctypes.byref(port))
        if status or (port.contents.format.clock_rate, port.contents.format.bits_per_sample) != (rate_hz, 16):
            raise EngineError(f"this build of pjsua2 has ports of another kind (status {status})", _ADVICE)
        if get:
            port.contents.get_frame = passing = PassFrame(get)
            self._passing.append(passing)
        if put:
            port.contents.put_frame = passing = PassFrame(put)
            self._passing.append(passing)
        status = native.pjsua_conf_add_port(pool, port, ctypes.byref(slot))
        if status:
            raise EngineError(f"the bridge takes no port for the {name.decode()} (status {status})", _ADVICE)
        return slot.value
