"""Streams of a sound server (PulseAudio, or PipeWire in its place), spoken to by its own client library.

Where a device of alsa-lib is but a door to the sound server (``type pulse``), sound that goes through PortAudio passes
three libraries and a thread of the last one, which is woken three hundred times a second and costs a third of a call.
Here a stream is a connection that is looked at when a tick wants something from it: no thread, no callback, and nothing
ever waits.

libpulse has no Python of its own; it is called through :mod:`ctypes`, with the interpreter's lock kept: a call takes
microseconds, and to give the lock away in the middle of a tick may cost milliseconds.

Source: PulseAudio 16.1, ``src/pulse/{mainloop,context,stream,def,sample}.h``; the interface has been stable since 1.0.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phoneetiquette.errors import DeviceError

Samples = npt.NDArray[np.int16]

OPEN_WITHIN_S = 3.0
_LOOK_S = 0.002
_SAMPLE_BYTES = 2
_S16LE = 3
_CONTEXT_READY, _CONTEXT_FAILED = 4, 5
_STREAM_READY, _STREAM_FAILED = 2, 3
_NO_AUTOSPAWN = 1
_EARLY_REQUESTS = 0x4000
"""Sound is handed over in the blocks that were asked for, not in ever larger ones to save power."""
_ANY = 0xFFFFFFFF
_FAILED = ctypes.c_size_t(-1).value
"""``(size_t) -1``"""
_CLIENT = b"phoneetiquette"


class ServerDevice(NamedTuple):
    """What lies behind a device of alsa-lib; ``None``: the sound server's default."""

    device: bytes | None
    server: bytes | None


class _SampleSpec(ctypes.Structure):
    _fields_ = (("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8))


class _BufferAttr(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize"))


_INT, _SIZE, _PTR, _TEXT = ctypes.c_int, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_char_p
_Heard = ctypes.CFUNCTYPE(None, _PTR, _INT, ctypes.c_uint32, _PTR)
_SINKS, _SOURCES, _CARDS = 0, 1, 9
"""Kinds of what comes and goes at a server, as events tell them; a bit each where events are asked for."""
_KIND, _CHANGED = 0x0F, 0x10
_INTERFACE: dict[str, tuple[object, ...]] = {
    "pa_mainloop_new": (_PTR,),
    "pa_mainloop_get_api": (_PTR, _PTR),
    "pa_mainloop_iterate": (_INT, _PTR, _INT, _PTR),
    "pa_mainloop_free": (None, _PTR),
    "pa_context_new": (_PTR, _PTR, _TEXT),
    "pa_context_connect": (_INT, _PTR, _TEXT, _INT, _PTR),
    "pa_context_get_state": (_INT, _PTR),
    "pa_context_errno": (_INT, _PTR),
    "pa_context_set_subscribe_callback": (None, _PTR, _Heard, _PTR),
    "pa_context_subscribe": (_PTR, _PTR, _INT, _PTR, _PTR),
    "pa_operation_unref": (None, _PTR),
    "pa_context_disconnect": (None, _PTR),
    "pa_context_unref": (None, _PTR),
    "pa_stream_new": (_PTR, _PTR, _TEXT, ctypes.POINTER(_SampleSpec), _PTR),
    "pa_stream_connect_record": (_INT, _PTR, _TEXT, ctypes.POINTER(_BufferAttr), _INT),
    "pa_stream_connect_playback": (_INT, _PTR, _TEXT, ctypes.POINTER(_BufferAttr), _INT, _PTR, _PTR),
    "pa_stream_get_state": (_INT, _PTR),
    "pa_stream_readable_size": (_SIZE, _PTR),
    "pa_stream_peek": (_INT, _PTR, _PTR, _PTR),
    "pa_stream_drop": (_INT, _PTR),
    "pa_stream_writable_size": (_SIZE, _PTR),
    "pa_stream_write": (_INT, _PTR, _PTR, _SIZE, _PTR, ctypes.c_int64, _INT),
    "pa_stream_disconnect": (_INT, _PTR),
    "pa_stream_unref": (None, _PTR),
    "pa_strerror": (_TEXT, _INT),
}
"""Functions of libpulse: what they answer, then what they take."""


@cache
def _library() -> ctypes.PyDLL:
    """libpulse.

    Raises:
        OSError, AttributeError: it is not installed, or is not the one we know.
    """
    native = ctypes.PyDLL("libpulse.so.0")
    for name, (answer, *arguments) in _INTERFACE.items():
        function = getattr(native, name)
        function.restype, function.argtypes = answer, arguments
    return native


def behind(name: str) -> ServerDevice | None:
    """What lies behind the device that alsa-lib, and so PortAudio, calls ``name``; ``None``: no sound server."""
    try:
        _library()
        alsa = ctypes.CDLL("libasound.so.2")
    except (OSError, AttributeError):
        return None
    top, update = _PTR(), _PTR()
    if alsa.snd_config_update_r(ctypes.byref(top), ctypes.byref(update), None) < 0:
        return None
    try:
        if _text(alsa, top, name, "type") != b"pulse":
            return None
        return ServerDevice(_text(alsa, top, name, "device"), _text(alsa, top, name, "server"))
    finally:
        alsa.snd_config_delete(top)
        alsa.snd_config_update_free(update)


def _text(alsa: ctypes.CDLL, top: ctypes.c_void_p, name: str, key: str) -> bytes | None:
    entry, text = _PTR(), _TEXT()
    if alsa.snd_config_search(top, f"pcm.{name}.{key}".encode(), ctypes.byref(entry)) < 0:
        return None
    return text.value if alsa.snd_config_get_string(entry, ctypes.byref(text)) == 0 else None


class _Connection:
    """A connection to a sound server, with all streams of this process on it.

    Its loop is turned by whoever wants something of a stream, in whatever thread. Two threads may do so, since the
    interpreter's lock lets one of them into the library at a time, and no call leaves a stream half changed. So nothing
    that is called back may be Python, where the lock changes hands.
    """

    def __init__(self, server: bytes | None) -> None:
        self.native = native = _library()
        self.server = server
        self.users = 0
        self.looked = False
        """Whether what the server has sent has just been taken in, for the next who wants to know."""
        self._loop = native.pa_mainloop_new()
        self.turn: Callable[[], int] = partial(native.pa_mainloop_iterate, self._loop, 0, None)
        """Sends what the streams have left to be sent, or takes in what the server has sent; above 0: there was any."""
        self.context = native.pa_context_new(native.pa_mainloop_get_api(self._loop), _CLIENT)

    def open(self) -> None:
        """Connect.

        Raises:
            _RefusedError: says why not.
        """
        self.wait(
            self.native.pa_context_connect(self.context, self.server, _NO_AUTOSPAWN, None),
            lambda: self.native.pa_context_get_state(self.context),
            _CONTEXT_READY,
            _CONTEXT_FAILED,
        )

    def wait(self, status: int, state: Callable[[], int], ready: int, failed: int) -> None:
        """Until something that was asked for (with this ``status``) is ready.

        Raises:
            _RefusedError: says why it does not become so.
        """
        until = time.monotonic() + OPEN_WITHIN_S
        while status == 0 and (now := state()) != ready:
            if now >= failed:
                break
            if time.monotonic() > until:
                raise _RefusedError("the sound server does not answer")
            if not self.turn():
                time.sleep(_LOOK_S)
        else:
            if status == 0:
                return
        raise _RefusedError(self.reason())

    def alive(self) -> bool:
        return bool(self.native.pa_context_get_state(self.context) == _CONTEXT_READY)

    def receive(self) -> None:
        """Take in what the server has sent."""
        while self.turn() > 0:  # a turn that had something to send does not look for what has come
            pass
        self.looked = True

    def reason(self) -> str:
        """What is wrong with it."""
        text: bytes | None = self.native.pa_strerror(self.native.pa_context_errno(self.context))
        return (text or b"unknown").decode(errors="replace")

    def close(self) -> None:
        self.native.pa_context_disconnect(self.context)
        self.native.pa_context_unref(self.context)
        self.native.pa_mainloop_free(self._loop)


class _RefusedError(Exception):
    """What the sound server does not do, and why."""


_lock = threading.Lock()
"""Held while streams come and go."""
_connections: dict[bytes | None, _Connection] = {}


def _connected(server: bytes | None) -> _Connection:
    """The living connection to this server, made if there is none. Under the lock."""
    connection = _connections.get(server)
    if connection is None or not connection.alive():
        connection = _connections[server] = _opened(server)
    return connection


def _opened(server: bytes | None) -> _Connection:
    connection = _Connection(server)
    try:
        connection.open()
    except BaseException:
        connection.close()
        raise
    return connection


def _disconnect(connection: _Connection) -> None:
    """One user of a connection less. Under the lock."""
    connection.users -= 1
    if not connection.users:
        connection.close()
        if _connections.get(connection.server) is connection:
            del _connections[connection.server]


class DeviceWatch:
    """Notices that a device has come to the user's sound server, or left it. One thread, a connection of its own."""

    def __init__(self) -> None:
        self._connection: _Connection | None = None
        self._changed = False
        self._heard = _Heard(self._hear)  # kept: the library does not count references

    def start(self) -> None:
        """Begin, if there is a sound server."""
        try:
            self._connection = connection = _opened(None)
        except (OSError, AttributeError, _RefusedError):
            return
        native, kinds = connection.native, 1 << _SINKS | 1 << _SOURCES | 1 << _CARDS
        native.pa_context_set_subscribe_callback(connection.context, self._heard, None)
        native.pa_operation_unref(native.pa_context_subscribe(connection.context, kinds, None, None))

    def changed(self) -> bool:
        """Whether a device came or went, or the server did, since the last call."""
        connection = self._connection
        if connection is None:
            return False
        connection.receive()
        if not connection.alive():
            self.stop()
            return True
        changed, self._changed = self._changed, False
        return changed

    def stop(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.close()

    def _hear(self, _context: int, event: int, _number: int, _data: int) -> None:
        if not event & _CHANGED and event & _KIND in (_SINKS, _SOURCES, _CARDS):
            self._changed = True


class _Stream:
    """One direction. One thread at a time."""

    def __init__(self, name: str, place: ServerDevice, rate_hz: int, attributes: _BufferAttr, *, record: bool) -> None:
        self.name, self.rate_hz = name, rate_hz
        with _lock:
            try:
                self._connection = _connected(place.server)
                self._open(place.device, ctypes.byref(attributes), record=record)
            except _RefusedError as error:
                raise DeviceError(
                    f"sound device {name!r} cannot be opened for {'input' if record else 'output'}: {error}",
                    "see whether it is plugged in and the sound server runs",
                ) from error

    def _open(self, device: bytes | None, attributes: object, *, record: bool) -> None:
        connection, native = self._connection, self._connection.native
        spec = _SampleSpec(_S16LE, self.rate_hz, 1)
        what = b"microphone" if record else b"loudspeaker"
        self._native = native
        self._stream = stream = native.pa_stream_new(connection.context, what, ctypes.byref(spec), None)
        connection.users += 1
        try:
            if record:
                status = native.pa_stream_connect_record(stream, device, attributes, _EARLY_REQUESTS)
            else:
                status = native.pa_stream_connect_playback(stream, device, attributes, _EARLY_REQUESTS, None, None)
            connection.wait(status, lambda: native.pa_stream_get_state(stream), _STREAM_READY, _STREAM_FAILED)
        except BaseException:
            self._let_go()
            raise

    def _gone(self) -> DeviceError:
        return DeviceError(
            f"sound device {self.name!r} has gone: {self._connection.reason()}",
            "plug it in again, or wait for the sound server",
        )

    def close(self) -> None:
        """What is still queued is dropped."""
        with _lock:
            self._let_go()

    def _let_go(self) -> None:
        connection = self._connection
        self._native.pa_stream_disconnect(self._stream)
        self._native.pa_stream_unref(self._stream)
        connection.receive()
        _disconnect(connection)


class ServerCapture(_Stream):
    """A running microphone.

    Args:
        period_s: the server sends sound in blocks of so much.
        buffer_s: so much of it can wait until it is read.

    Raises:
        DeviceError: it cannot be opened; or, from the methods, it is gone.
    """

    def __init__(self, name: str, place: ServerDevice, rate_hz: int, *, period_s: float, buffer_s: float) -> None:
        self._sound: Samples = np.zeros(round(2 * buffer_s * rate_hz), np.int16)
        self._address, self._room = self._sound.ctypes.data, self._sound.nbytes
        self._block, self._bytes = _PTR(), _SIZE()
        self._found = ctypes.byref(self._block), ctypes.byref(self._bytes)
        block = _SAMPLE_BYTES * round(period_s * rate_hz)
        super().__init__(name, place, rate_hz, _BufferAttr(self._room, _ANY, _ANY, _ANY, block), record=True)
        self._peek, self._drop = self._native.pa_stream_peek, self._native.pa_stream_drop

    def waiting(self) -> int:
        """Samples that can be read."""
        self._connection.receive()
        size: int = self._native.pa_stream_readable_size(self._stream)
        if size == _FAILED:
            raise self._gone()
        return size // _SAMPLE_BYTES

    def read(self) -> Samples:
        """All that is there, without waiting. Good until the next read."""
        connection = self._connection
        connection.looked = connection.turn() > 0
        got = self._take()
        if not got:
            connection.receive()
            got = self._take()
        return self._sound[: got // _SAMPLE_BYTES]

    def _take(self) -> int:
        """Copy what has been taken in; how many bytes."""
        stream, size, (block_found, size_found), got = self._stream, self._bytes, self._found, 0
        while True:
            if self._peek(stream, block_found, size_found):
                raise self._gone()
            count = size.value
            if not count or got + count > self._room:
                return got
            block = self._block.value
            if block:
                ctypes.memmove(self._address + got, block, count)
            else:
                ctypes.memset(self._address + got, 0, count)  # the server has nothing for this time
            got += count
            self._drop(stream)


class ServerPlayback(_Stream):
    """A running loudspeaker; it falls silent by itself when it gets nothing.

    Args:
        period_s: the server asks for more in blocks of so much.
        buffer_s: so much can be written ahead.

    Raises:
        DeviceError: it cannot be opened; or, from the methods, it is gone.
    """

    def __init__(self, name: str, place: ServerDevice, rate_hz: int, *, period_s: float, buffer_s: float) -> None:
        buffer, block = (_SAMPLE_BYTES * round(length_s * rate_hz) for length_s in (buffer_s, period_s))
        super().__init__(name, place, rate_hz, _BufferAttr(_ANY, buffer, _SAMPLE_BYTES, block, _ANY), record=False)
        self.unseen_s = period_s
        self._write, self._writable = self._native.pa_stream_write, self._native.pa_stream_writable_size
        self.capacity = self._free()

    def queued(self) -> int:
        """Samples written but not yet taken by the sound server."""
        if not self._connection.looked:
            self._connection.receive()
        self._connection.looked = False  # who asks again and again, as nothing is read or written, is to see it fall
        return max(0, self.capacity - self._free())

    def write(self, sound: Samples) -> None:
        """At most ``capacity - queued()`` samples; more would be late. One-dimensional and without gaps."""
        if len(sound):
            if self._write(self._stream, sound.tobytes(), sound.nbytes, None, 0, 0):
                raise self._gone()
            self._connection.turn()
            self._connection.looked = False

    def _free(self) -> int:
        size: int = self._writable(self._stream)
        if size == _FAILED:
            raise self._gone()
        return size // _SAMPLE_BYTES
