"""The demonstration's telephone call, made of recorded clips: always the same, to the sample.

The receptionist greets, the guest asks and is encouraged once ("okay", spoken into the guest's sentence, which is no
interruption), the receptionist asks back, the guest explains and is interrupted once, gives way, and both take leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.audio.prompts import read_sound

RATE_HZ = 16000
DURATION_S = 29.5
"""Length of both tracks; their times count from the moment the guest is connected."""

GAIN = 0.5
"""The clips are recorded hot; this makes them about -22 dBFS, the usual level of a telephone call."""
FADE_S = 0.01

Who = Literal["guest", "receptionist"]


@dataclass(frozen=True, slots=True)
class Line:
    """``who`` says ``clip`` from ``at_s`` on, to its end or until they give way after ``until_s``."""

    at_s: float
    who: Who
    clip: str
    until_s: float | None = None


INTERRUPTION_S = 20.5
ENCOURAGEMENT_S = 8.8

SCRIPT = (
    Line(0.8, "receptionist", "greeting"),
    Line(7.1, "guest", "request"),
    Line(ENCOURAGEMENT_S, "receptionist", "encouragement"),
    Line(14.6, "receptionist", "question"),
    Line(18.7, "guest", "explanation", until_s=2.6),
    Line(INTERRUPTION_S, "receptionist", "interrupting"),
    Line(24.8, "guest", "thanks"),
    Line(26.2, "receptionist", "goodbye"),
)


def guest_track() -> NDArray[np.int16]:
    """All the guest says: mono, 16-bit, 16 kHz, silent where the guest listens."""
    return _track("guest")


def receptionist_track() -> NDArray[np.int16]:
    """All the receptionist says, as long as and in time with the guest's track."""
    return _track("receptionist")


def _track(who: Who) -> NDArray[np.int16]:
    track = np.zeros(round(DURATION_S * RATE_HZ), np.int16)
    for line in SCRIPT:
        if line.who == who:
            speech = _clip(f"{who}_{line.clip}.flac")
            if line.until_s is not None:
                speech = speech[: round(line.until_s * RATE_HZ)]
            start = round(line.at_s * RATE_HZ)
            track[start : start + len(speech)] = _faded(speech)
    return track


def _faded(speech: NDArray[np.float64]) -> NDArray[np.int16]:
    """The clip at the level of the call, with neither end a click."""
    count = round(FADE_S * RATE_HZ)
    gain = np.full(len(speech), GAIN)
    gain[:count] *= np.linspace(0, 1, count)
    gain[-count:] *= np.linspace(1, 0, count)
    faded: NDArray[np.int16] = np.round(speech * gain).astype(np.int16)
    return faded


@cache
def _clip(name: str) -> NDArray[np.float64]:
    with resources.as_file(resources.files(__package__) / "sounds" / name) as file:
        return read_sound(file, RATE_HZ).astype(np.float64)
