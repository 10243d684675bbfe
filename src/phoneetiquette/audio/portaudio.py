"""Sound cards through PortAudio: the only file that knows ``sounddevice``, which is loaded when first needed.

Streams are used without callbacks. The tick reads what has come and writes what it has, and neither ever waits, because
no more is asked for than PortAudio says is there. Compared with callbacks this saves two threads that take the
interpreter lock, and a block of latency each way.

ALSA's own buffer is made long, so that a stall loses nothing, and its periods short, so that PulseAudio and PipeWire
hand sound over often.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from phoneetiquette.errors import DeviceError

Samples = npt.NDArray[np.int16]
Direction = Literal["input", "output"]

CAPTURE_PERIOD_S, PLAYBACK_PERIOD_S = 0.011, 0.020
"""A microphone's period is just above the common block of 512 samples at 48 kHz (10.7 ms), so that the sound server
sends every block in one piece. A loudspeaker's is just below two of them: the server asks for more half as often as
after every block, and the delay is the same."""
_PRIORITY = 4
"""Below that of the clock, which takes the sound from there."""
CAPTURE_BUFFER_S = 0.400
PLAYBACK_BUFFER_S = 0.200

_lock = threading.Lock()
"""Held while PortAudio opens, closes or looks for devices; none of that is safe in two threads at once."""
_open_streams = 0
_library: ModuleType | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A sound device as PortAudio lists it."""

    index: int
    name: str
    inputs: int
    outputs: int
    default_rate_hz: int
    host_api: str

    def __str__(self) -> str:
        return self.name


def list_devices() -> tuple[Device, ...]:
    """All sound devices, in PortAudio's order.

    Raises:
        DeviceError: the PortAudio library is missing or does not start.
    """
    library = _load()
    with _told("the sound devices cannot be listed"):
        apis = library.query_hostapis()
        return tuple(
            Device(
                index,
                found["name"],
                found["max_input_channels"],
                found["max_output_channels"],
                round(found["default_samplerate"]),
                apis[found["hostapi"]]["name"],
            )
            for index, found in enumerate(library.query_devices())
        )


def find_device(name: str | None, direction: Direction) -> Device:
    """The device whose name contains ``name``, in capitals or not; an exact name wins. ``None``: the default device.

    Raises:
        DeviceError: none or several fit; the candidates are listed.
    """
    able = [device for device in list_devices() if _channels(device, direction)]
    if not able:
        raise DeviceError(f"no sound device for {direction}", "plug one in, or use backend: null")
    if name is None:
        with _told(f"no default sound device for {direction}"):
            default = _load().query_devices(kind=direction)["index"]
        return next(device for device in able if device.index == default)
    wanted = name.casefold()
    exact = [device for device in able if device.name.casefold() == wanted]
    fitting = exact or [device for device in able if wanted in device.name.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    candidates = ", ".join(repr(device.name) for device in fitting or able)
    if fitting:
        raise DeviceError(
            f"sound device {name!r} for {direction}: {len(fitting)} devices fit", f"give more of one name: {candidates}"
        )
    raise DeviceError(f"sound device {name!r} for {direction}: there is none of that name", f"use one of: {candidates}")


def rescan() -> None:
    """Look for devices anew, unless PortAudio was not used yet, or a stream is open (it would close it).

    Raises:
        DeviceError: PortAudio does not start again.
    """
    library = _library
    if library is None:
        return
    with _lock, _told("the sound devices cannot be looked for"):
        if not _open_streams:
            library._terminate()
            library._initialize()
            _let_plugins_go()


class _Stream:
    """An open stream of one direction; ``rate_hz`` is the bridge's rate if the device can do it, else its own.

    Opened and closed by sounddevice, but read and written by PortAudio's own functions: fifty times a second, the
    checks and fresh buffers of sounddevice cost as much as PortAudio's work.
    """

    def __init__(self, kind: str, device: Device, direction: Direction, rate_hz: int, buffer_s: float) -> None:
        self.name = device.name
        self.channels = 2 if direction == "output" and device.outputs == 2 else 1
        library = _load()
        refusals: list[str] = []
        for rate in dict.fromkeys((rate_hz, device.default_rate_hz)):
            try:
                self._stream = _opened(library, kind, device, rate, self.channels, buffer_s)
            except library.PortAudioError as error:
                refusals.append(f"{rate} Hz: {_reason(error)}")
            else:
                self.rate_hz = rate
                break
        else:
            raise DeviceError(
                f"sound device {device.name!r} cannot be opened for {direction}: {'; '.join(refusals)}",
                "see whether it is plugged in and free",
            )
        self._native = library._lib
        self._handle = self._stream._ptr
        self._from_buffer = library._ffi.from_buffer
        reads = direction == "input"
        self._available = self._native.Pa_GetStreamReadAvailable if reads else self._native.Pa_GetStreamWriteAvailable
        self._transfer = self._native.Pa_ReadStream if reads else self._native.Pa_WriteStream

    def close(self) -> None:
        """What is still queued is dropped."""
        global _open_streams
        with _lock:
            self._stream.close(ignore_errors=True)
            _open_streams -= 1

    def _checked(self, answer: int) -> int:
        """PortAudio answers with a count, or with an error below zero."""
        if answer < 0 and answer not in (self._native.paInputOverflowed, self._native.paOutputUnderflowed):
            text = _load()._ffi.string(self._native.Pa_GetErrorText(answer)).decode()
            raise DeviceError(
                f"sound device {self.name!r} has gone: {text}", "plug it in again, or wait for the sound server"
            )
        return max(0, answer)


class Capture(_Stream):
    """A running microphone.

    Raises:
        DeviceError: it cannot be opened; or, from the methods, it is gone.
    """

    def __init__(self, device: Device, rate_hz: int) -> None:
        super().__init__("RawInputStream", device, "input", rate_hz, CAPTURE_BUFFER_S)
        self._sound: Samples = np.zeros(round(2 * CAPTURE_BUFFER_S * self.rate_hz), np.int16)
        self._buffer = self._from_buffer(self._sound)

    def waiting(self) -> int:
        """Samples that can be read."""
        return self._checked(self._available(self._handle))

    def read(self) -> Samples:
        """All that is there, without waiting. Good until the next read."""
        waiting: int = self._available(self._handle)
        if waiting <= 0:
            return self._sound[: self._checked(waiting)]
        waiting = min(waiting, len(self._sound))
        answer = self._transfer(self._handle, self._buffer, waiting)
        if answer:
            self._checked(answer)
        return self._sound[:waiting]


class Playback(_Stream):
    """A running loudspeaker; it falls silent by itself when it gets nothing.

    Raises:
        DeviceError: it cannot be opened; or, from the methods, it is gone.
    """

    unseen_s = 0.0

    def __init__(self, device: Device, rate_hz: int) -> None:
        super().__init__("RawOutputStream", device, "output", rate_hz, PLAYBACK_BUFFER_S)
        self.capacity = self._checked(self._available(self._handle))

    def queued(self) -> int:
        """Samples written but not yet taken by the card, or by the sound server."""
        free: int = self._available(self._handle)
        if free < 0:
            free = self._checked(free)
        return max(0, self.capacity - free)

    def write(self, sound: Samples) -> None:
        """At most ``capacity - queued()`` samples; more would wait. One-dimensional and without gaps."""
        count = len(sound)
        if count:
            data = sound if self.channels == 1 else np.repeat(sound, self.channels)
            answer = self._transfer(self._handle, self._from_buffer(data), count)
            if answer:
                self._checked(answer)


def _opened(library: ModuleType, kind: str, device: Device, rate: int, channels: int, buffer_s: float) -> Any:
    """Open and start; nothing is left open when that fails."""
    global _open_streams
    with _lock, _ahead_of_ordinary_threads():
        period_s = CAPTURE_PERIOD_S if kind == "RawInputStream" else PLAYBACK_PERIOD_S
        _set_periods(library, round(buffer_s / period_s))
        stream = getattr(library, kind)(
            device=device.index,
            samplerate=rate,
            channels=channels,
            dtype="int16",
            blocksize=round(period_s * rate),
            latency=buffer_s - period_s,
        )
        try:
            stream.start()
        except library.PortAudioError:
            stream.close(ignore_errors=True)
            raise
        _open_streams += 1
        return stream


@contextlib.contextmanager
def _ahead_of_ordinary_threads() -> Iterator[None]:
    """Give threads that are started here real-time priority, where we may.

    The sound server's client library starts one for each stream. All sound passes through it; on a busy machine it
    would be kept waiting for milliseconds, which the reserve of the ear and of the microphone would have to cover.
    """
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PRIORITY))
    except OSError:
        yield  # no permission
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


def _set_periods(library: ModuleType, periods: int) -> None:
    """PortAudio cuts ALSA's buffer into four periods unless told otherwise, and sounddevice has no word for it."""
    with contextlib.suppress(AttributeError, OSError):  # another system's PortAudio: it has no ALSA
        ctypes.CDLL(library._libname).PaAlsa_SetNumPeriods(periods)


def _channels(device: Device, direction: Direction) -> int:
    return device.inputs if direction == "input" else device.outputs


def _load() -> ModuleType:
    """``sounddevice``; the first time takes half a second.

    Raises:
        DeviceError: it, or PortAudio, is not there.
    """
    global _library
    if _library is not None:
        return _library
    with _lock:
        _silence_alsa()
        _check_alsa()
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            raise DeviceError(
                f"sound cards cannot be used: {error}", "install libportaudio2, or use backend: null"
            ) from error
        except Exception as error:  # sounddevice raises its own error when PortAudio does not start
            raise DeviceError(
                f"PortAudio does not start: {error}", "see whether the sound server runs, or use backend: null"
            ) from error
        _library = sounddevice
        _let_plugins_go()
    return sounddevice  # type: ignore[no-any-return]


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    library = _load()
    try:
        yield
    except library.PortAudioError as error:
        raise DeviceError(
            f"{what}: {_reason(error)}", "see whether it is plugged in and the sound server runs"
        ) from error


def _reason(error: Exception) -> str:
    """sounddevice's text without its codes."""
    return str(error).split(" [PaErrorCode")[0].split(" [ALSA error")[0].removeprefix("Error opening ")


def _check_alsa() -> None:
    """Without a single definition of a device in alsa-lib's configuration, PortAudio would end the process.

    Raises:
        DeviceError: there is none.
    """
    with contextlib.suppress(OSError, AttributeError):
        alsa, devices = ctypes.CDLL("libasound.so.2"), ctypes.c_void_p()
        alsa.snd_config_update()
        if alsa.snd_config_search(ctypes.c_void_p.in_dll(alsa, "snd_config"), b"pcm", ctypes.byref(devices)) < 0:
            raise DeviceError(
                "sound cards cannot be used: ALSA's configuration is missing",
                "install libasound2-data, or use backend: null",
            )


def _let_plugins_go() -> None:
    """Unload the plugins of alsa-lib that are not in use: to list the devices it has loaded all, video codecs included.

    That is 11 MB of memory; what a device needs comes back when it is opened.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libasound.so.2").snd_config_update_free_global()


_quiet = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)(
    lambda *_: None
)


def _silence_alsa() -> None:
    """alsa-lib writes a line to standard error for every card in its stock configuration that is not there."""
    with contextlib.suppress(OSError, AttributeError):
        set_handler = ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler
        set_handler(_quiet)
        atexit.register(set_handler, None)  # alsa-lib's threads may outlive the interpreter
