"""One look at a sound device outside a call: does it play, does it hear?"""

from __future__ import annotations

import time

import numpy as np

from phoneetiquette.audio.portaudio import PLAYBACK_BUFFER_S, Device
from phoneetiquette.audio.streams import open_capture, open_playback

RATE_HZ = 16000
TONE_HZ, TONE_LEVEL, RAMP_S = 440, 0.1, 0.02
QUIETEST_DBFS = -100.0
FULL_SCALE = 2**15


def play_tone(device: Device, seconds: float) -> None:
    """Play a soft tone; returns when it has been heard.

    Raises:
        DeviceError: the device cannot be opened, or goes.
    """
    ear = open_playback(device.name, RATE_HZ)
    try:
        moments = np.arange(round(seconds * ear.rate_hz)) / ear.rate_hz
        ramp = np.clip(np.minimum(moments, seconds - moments) / RAMP_S, 0.0, 1.0)
        sound = (FULL_SCALE * TONE_LEVEL * ramp * np.sin(2 * np.pi * TONE_HZ * moments)).astype(np.int16)
        while len(sound):
            room = max(0, ear.capacity - ear.queued())
            ear.write(sound[:room])
            sound = sound[room:]
            time.sleep(0.01)
        time.sleep(PLAYBACK_BUFFER_S)
    finally:
        ear.close()


def loudest_dbfs(device: Device, seconds: float) -> float | None:
    """The loudest sample that a microphone gives in this time; ``None`` when it gives nothing.

    Raises:
        DeviceError: the device cannot be opened, or goes.
    """
    microphone = open_capture(device.name, RATE_HZ)
    loudest: float | None = None
    try:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            sound = microphone.read()
            if len(sound):
                loudest = max(loudest or 0.0, float(np.abs(sound.astype(np.int32)).max()) / FULL_SCALE)
            time.sleep(0.02)
    finally:
        microphone.close()
    return None if loudest is None else max(QUIETEST_DBFS, 20 * float(np.log10(max(loudest, 1e-9))))
