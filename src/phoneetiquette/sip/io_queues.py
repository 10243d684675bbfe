"""The library's two I/O queues, where pjsua2 does not reach: the one of SIP, and the one of the sound's sockets.

A queue holds sockets, and whoever polls it runs what is to be done with what has come in at them. The SIP thread polls
the first, sleeping in it. For the second the library has a thread of its own, which wakes a hundred times a second even
without a call; here the clock of the bridge polls it, once a tick, because nobody needs a packet before that.

Source: pjproject 2.15.1, ``pjlib/include/pj/ioqueue.h`` and ``pjmedia/include/pjmedia/endpoint.h``.
"""

from __future__ import annotations

import ctypes
import socket
from collections.abc import Callable
from functools import partial

from phoneetiquette.errors import EngineError
from phoneetiquette.sip.native import library

_PENDING = 70002
"""``PJ_EPENDING``: it waits for the poll."""
_WAKES_AT_ONCE = 64


class _Time(ctypes.Structure):
    _fields_ = (("sec", ctypes.c_long), ("msec", ctypes.c_long))


class _Callbacks(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_void_p) for name in ("read", "write", "accept", "connect"))


class _Operation(ctypes.Structure):
    """``pj_ioqueue_op_key_t``: room for what the queue notes about a read under way."""

    _fields_ = (("internal", ctypes.c_void_p * 32), ("activesock", ctypes.c_void_p), ("user", ctypes.c_void_p))


class Waker:
    """Ends the SIP thread's sleep in the poll, whatever transports there are.

    A socket pair of which the queue reads one end. :meth:`wake` may be called by any thread, the rest belongs to the
    SIP thread, which must call :meth:`rearm` before it looks for what it was woken for.
    """

    def __init__(self) -> None:
        native = library()
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._ours.setblocking(False)
        self._operation, self._callbacks = _Operation(), _Callbacks()
        self._came = ctypes.create_string_buffer(_WAKES_AT_ONCE)
        self._length = ctypes.c_ssize_t()
        self._key = ctypes.c_void_p()
        self._recv = native.pj_ioqueue_recv
        self._recv.argtypes = (
            ctypes.c_void_p,
            ctypes.POINTER(_Operation),
            ctypes.c_char_p,
            ctypes.POINTER(ctypes.c_ssize_t),
            ctypes.c_uint,
        )
        native.pjsua_get_pjsip_endpt.restype = native.pjsip_endpt_get_ioqueue.restype = ctypes.c_void_p
        native.pjsua_pool_create.restype = ctypes.c_void_p
        pool = ctypes.c_void_p(native.pjsua_pool_create(b"waker", ctypes.c_size_t(1000), ctypes.c_size_t(1000)))
        queue = ctypes.c_void_p(native.pjsip_endpt_get_ioqueue(ctypes.c_void_p(native.pjsua_get_pjsip_endpt())))
        status = native.pj_ioqueue_register_sock(
            pool,
            queue,
            ctypes.c_long(theirs.detach()),  # the queue closes it at its end
            None,
            ctypes.byref(self._callbacks),
            ctypes.byref(self._key),
        )
        if status:
            raise EngineError(f"the SIP library takes no socket of ours (status {status})")
        self._read()

    def wake(self) -> None:
        """End the present poll, or the next. Any thread."""
        try:
            self._ours.send(b"!")
        except OSError:
            return  # so many wakes wait already that it has no room

    def rearm(self) -> None:
        """After a poll: be able to end the next."""
        if self._came.raw[0]:
            self._read()

    def _read(self) -> None:
        status = 0
        while not status:
            self._came[0] = b"\0"
            self._length.value = _WAKES_AT_ONCE
            status = self._recv(self._key, self._operation, self._came, self._length, 0)
        if status != _PENDING:
            raise EngineError(f"the SIP library does not read our socket (status {status})")


class SoundSockets:
    """The sockets of RTP and RTCP. Made on the SIP thread, after which the library's own thread is gone.

    :attr:`read` takes in what has come, without waiting, in any thread that is registered with the library.
    """

    def __init__(self) -> None:
        native = library()
        native.pjsua_get_pjmedia_endpt.restype = native.pjmedia_endpt_get_ioqueue.restype = ctypes.c_void_p
        endpoint = ctypes.c_void_p(native.pjsua_get_pjmedia_endpt())
        native.pjmedia_endpt_stop_threads(endpoint)
        queue = ctypes.c_void_p(native.pjmedia_endpt_get_ioqueue(endpoint))
        self.read: Callable[[], object] = partial(native.pj_ioqueue_poll, queue, ctypes.byref(_Time(0, 0)))
