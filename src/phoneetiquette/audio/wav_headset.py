"""A headset made of files: one is spoken, another keeps what was heard. The ticks set the pace, no clock is read."""

from __future__ import annotations

import struct
import time
from pathlib import Path
from typing import BinaryIO

import numpy as np

from phoneetiquette.audio.headset import OnChange, Samples, SoundChange, SoundCounters, State, silence
from phoneetiquette.audio.prompts import read_sound
from phoneetiquette.errors import ConfigurationError


class WavHeadset:
    """See :class:`phoneetiquette.audio.headset.HeadsetSound`.

    ``play`` is spoken once, from its beginning, when the headset is opened and again when a talk begins, then silence.
    ``store`` is written anew by the first open and goes on with each further one; it can be read at any time after a
    close.

    Raises:
        ConfigurationError: ``play`` is not a sound file that can be read, or ``store`` cannot be written.
    """

    def __init__(self, play: str | None, store: str | None, rate_hz: int, on_change: OnChange) -> None:
        self._speech: Samples = read_sound(Path(play), rate_hz) if play else np.zeros(0, np.int16)
        self._store = _Store(Path(store), rate_hz) if store else None
        self._silence = silence(rate_hz)
        self._device = ", ".join(name for name in (play, store) if name)
        self._on_change = on_change
        self._state: State = "none"
        self._open = False
        self._at = 0

    @property
    def state(self) -> State:
        return self._state

    @property
    def counters(self) -> SoundCounters:
        return SoundCounters()

    def prepare(self) -> None:
        self._tell("open")

    def open(self) -> None:
        if self._open:
            return
        if self._store:
            try:
                self._store.open()
            except OSError as error:
                self._tell("lost", f"{self._store.file}: cannot be written: {error.strerror}")
                return
        self._open = True
        self._at = 0
        self._tell("open")

    def talk_began(self) -> None:
        self._at = 0

    def read_mic(self) -> Samples:
        if not self._open:
            return self._silence
        frame = self._speech[self._at : self._at + len(self._silence)]
        self._at += len(frame)
        missing = len(self._silence) - len(frame)
        return np.concatenate((frame, np.zeros(missing, np.int16))) if missing else frame

    def write_ear(self, frame: Samples) -> None:
        if not self._open or self._store is None:
            return
        try:
            self._store.append(frame)
        except (OSError, ValueError) as error:  # a full disk, or closed by another thread at this moment
            self._open = False
            self._tell("lost", f"{self._store.file}: cannot be written: {error}")

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        if self._store:
            self._store.close()

    def _tell(self, state: State, what: str = "") -> None:
        if state == self._state:
            return
        self._state = state
        self._on_change(
            SoundChange(
                at_ns=time.monotonic_ns(),
                role="headset",
                state=state,
                device=self._device,
                backend="wav",
                what=what,
                advice="name another file for audio.wav.store" if what else "",
            )
        )


class _Store:
    """A WAV file (mono, 16 bit) that can be added to: the standard library's writer cannot go on with a file."""

    HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")

    def __init__(self, file: Path, rate_hz: int) -> None:
        self.file = file
        self._rate_hz = rate_hz
        self._data: BinaryIO | None = None
        self._bytes = 0
        try:
            file.write_bytes(self._header())
        except OSError as error:
            raise ConfigurationError(
                f"{file}: cannot be written: {error.strerror}", "name another file for audio.wav.store"
            ) from error

    def open(self) -> None:
        self._data = self.file.open("r+b")
        self._data.seek(0, 2)

    def append(self, frame: Samples) -> None:
        if self._data is None:
            raise ValueError("closed")
        self._bytes += self._data.write(frame.astype("<i2").tobytes())

    def close(self) -> None:
        if self._data is None:
            return
        data, self._data = self._data, None
        data.seek(0)
        data.write(self._header())
        data.close()

    def _header(self) -> bytes:
        rate, size = self._rate_hz, self._bytes
        riff = (b"RIFF", 36 + size, b"WAVE")
        return self.HEADER.pack(*riff, b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", size)
