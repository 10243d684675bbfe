"""The bridge's master port, exchanged by hand.

pjsua2 wants a sound device to drive its conference bridge; the wheel has none, and its null device costs a thread and a
fixed clock. After ``AudDevManager.setNoDev()`` the application drives the bridge itself: ``pjmedia_port_put_frame`` and
``pjmedia_port_get_frame`` on the master port. pjsua2 does not wrap those two, but its extension module exports them
like every pjproject build does, so they are called through :mod:`ctypes`. This replaces a ``ByteVector`` both ways in
Python callbacks (more than a second of CPU per call-minute) by two C calls of about a microsecond.

Source: pjproject 2.15.1, ``pjmedia/include/pjmedia/port.h`` (``pjmedia_port_get_frame``) and ``frame.h``
(``pjmedia_frame``), whose layout has been the same since 2.0.
"""

from __future__ import annotations

import ctypes

import numpy as np
import pjsua2 as pj
from numpy.typing import NDArray

from phoneetiquette.errors import EngineError
from phoneetiquette.sip.native import library

_AUDIO = 1
"""``PJMEDIA_FRAME_TYPE_AUDIO``."""


class _Frame(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("buf", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("timestamp", ctypes.c_uint64),
        ("bit_info", ctypes.c_uint32),
    )


class MasterPort:
    """Sound in and out of the conference bridge, one frame of 20 ms at a time.

    Made on the SIP thread; :meth:`exchange` is called on the clock thread, which must be registered with the library.
    """

    def __init__(self, endpoint: pj.Endpoint, frame_samples: int) -> None:
        native = library()
        try:
            self._put, self._get = native.pjmedia_port_put_frame, native.pjmedia_port_get_frame
        except AttributeError as error:
            raise EngineError(
                "this build of pjsua2 hides pjmedia_port_get_frame", "install pjsua2-python from PyPI"
            ) from error
        for function in (self._put, self._get):
            function.argtypes = (ctypes.c_void_p, ctypes.POINTER(_Frame))
            function.restype = ctypes.c_int
        self._port = ctypes.c_void_p(int(endpoint.audDevManager().setNoDev()))
        self._samples = frame_samples
        self._mic = np.zeros(frame_samples, np.int16)
        self._ear = np.zeros(frame_samples, np.int16)
        self._size = frame_samples * 2
        self._frame = _Frame()
        self._timestamp = 0

    def exchange(self, mic: NDArray[np.int16]) -> NDArray[np.int16]:
        """Give the agent's frame to the bridge and take the mix for the agent's ear (both ``(frame_samples,)`` int16).

        One call is one tick of the bridge: every stream is decoded, mixed, encoded and sent in it.
        """
        self._mic[:] = mic
        frame = self._frame
        frame.type, frame.buf, frame.size = _AUDIO, self._mic.ctypes.data, self._size
        frame.timestamp = self._timestamp
        self._put(self._port, ctypes.byref(frame))
        frame.type, frame.buf, frame.size = _AUDIO, self._ear.ctypes.data, self._size
        self._get(self._port, ctypes.byref(frame))
        self._timestamp += self._samples
        if frame.type != _AUDIO:
            return np.zeros(self._samples, np.int16)
        return self._ear.copy()
