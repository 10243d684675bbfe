"""The bell: a loudspeaker of its own, open only while it rings."""

from __future__ import annotations

import threading
import time
from typing import Protocol

import numpy as np
import numpy.typing as npt
import samplerate

from phoneetiquette.audio.headset import OnChange, SoundChange
from phoneetiquette.audio.streams import Playback, open_playback
from phoneetiquette.errors import DeviceError

Samples = npt.NDArray[np.int16]

AHEAD_S = 0.150
"""Sound queued in the card. A bell may start late by that, but stops at once."""
LEAD_IN_S = 0.050
"""Silence first: a sound server may lose the very beginning."""
PERIOD_S = 0.050
RETRY_S = 1.5


class RingerSound(Protocol):
    """Any thread; returns at once."""

    def start(self, pattern: Samples, rate_hz: int) -> None:
        """Play ``pattern`` (mono int16) over and over, without a seam, until :meth:`stop` or another start."""
        ...

    def stop(self) -> None: ...


class SilentRinger:
    """There is no bell."""

    def start(self, pattern: Samples, rate_hz: int) -> None:
        pass

    def stop(self) -> None:
        pass


class CardRinger:
    """A bell on a sound card. That it cannot be opened is told, once, and harms nobody; it is tried again."""

    def __init__(self, output: str | None, on_change: OnChange) -> None:
        self._output = output
        self._on_change = on_change
        self._told: tuple[str, str, str] | None = None
        self._silencer: threading.Event | None = None

    def start(self, pattern: Samples, rate_hz: int) -> None:
        self.stop()
        self._silencer = threading.Event()
        threading.Thread(
            target=self._ring, args=(pattern.copy(), rate_hz, self._silencer), name="ringer", daemon=True
        ).start()

    def stop(self) -> None:
        if self._silencer is not None:
            self._silencer.set()
            self._silencer = None

    # ---------------------------------------------------------------------------------------------- ringer thread

    def _ring(self, pattern: Samples, rate_hz: int, silenced: threading.Event) -> None:
        while not silenced.is_set():
            try:
                playback = open_playback(self._output, rate_hz)
            except DeviceError as error:
                self._tell("lost", self._output or "", error)
            else:
                self._tell("open", playback.name, None)
                try:
                    _loop(playback, pattern, rate_hz, silenced)
                except DeviceError as error:
                    self._tell("lost", playback.name, error)
                finally:
                    playback.close()
            silenced.wait(RETRY_S)

    def _tell(self, state: str, device: str, error: DeviceError | None) -> None:
        what, advice = (error.what, error.advice) if error else ("", "")
        if self._told == (state, device, what):
            return
        self._told = (state, device, what)
        self._on_change(
            SoundChange(
                at_ns=time.monotonic_ns(),
                role="ringer",
                state="open" if state == "open" else "lost",
                device=device,
                backend="portaudio",
                what=what,
                advice=advice,
            )
        )


def _loop(playback: Playback, pattern: Samples, rate_hz: int, silenced: threading.Event) -> None:
    sound = pattern
    if playback.rate_hz != rate_hz:
        resampled = samplerate.resample(pattern.astype(np.float32), playback.rate_hz / rate_hz, "sinc_medium")
        sound = np.clip(resampled, -32767, 32767).astype(np.int16)
    playback.write(np.zeros(round(LEAD_IN_S * playback.rate_hz), np.int16))
    ahead = min(round(AHEAD_S * playback.rate_hz), playback.capacity)
    at = 0
    while True:
        count = max(0, ahead - playback.queued())
        playback.write(np.take(sound, np.arange(at, at + count), mode="wrap"))
        at = (at + count) % len(sound)
        if silenced.wait(PERIOD_S):
            return
