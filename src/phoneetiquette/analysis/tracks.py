"""What is drawn below the lanes of a call: one value per step of time and party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEP_S = 0.1
FULL_SCALE = float(2**15)


@dataclass(frozen=True, slots=True)
class Track:
    """A measure over time. ``values``: 2 (agent, customer) x steps; NaN where it is not known. Step k begins at
    ``k * step_s`` from the start of the recording."""

    step_s: float
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tracks:
    """Level in dB relative to full scale, pitch in Hz."""

    level: Track | None = None
    pitch: Track | None = None


def pitch_of(contour: dict[str, Any]) -> Track:
    """The pitch from ``{"step_s", "agent": {"pitch_hz": [...]}, "customer": ...}``, ``None`` where it is not known; the
    lists may differ in length."""
    lists = [contour[party]["pitch_hz"] for party in ("agent", "customer")]
    values = np.full((2, max(map(len, lists))), np.nan, np.float32)
    for row, known in zip(values, lists, strict=True):
        row[: len(known)] = [np.nan if value is None else value for value in known]
    return Track(float(contour["step_s"]), values)


class LevelMeter:
    """Takes the level of both channels every 0.1 s: 40 bytes a second of call, whatever its length."""

    def __init__(self, rate_hz: int) -> None:
        self._size = round(STEP_S * rate_hz)
        self._rest: NDArray[np.int16] = np.zeros((2, 0), np.int16)
        self._levels: list[NDArray[np.float32]] = []

    def feed(self, agent: NDArray[np.int16], customer: NDArray[np.int16]) -> None:
        """Takes in what both parties said at the same time: blocks of equal length, any length."""
        sound = np.concatenate([self._rest, np.stack([agent, customer])], axis=1)
        whole = sound.shape[1] // self._size
        self._rest = sound[:, whole * self._size :]
        if whole:
            self._levels.append(self._level(sound[:, : whole * self._size].reshape(2, whole, self._size)))

    def finish(self) -> Track:
        """The track so far; a last piece shorter than a step is left out."""
        nothing = np.zeros((2, 0), np.float32)
        return Track(STEP_S, np.concatenate([nothing, *self._levels], axis=1))

    @staticmethod
    def _level(steps: NDArray[np.int16]) -> NDArray[np.float32]:
        wide = steps.astype(np.float32) / np.float32(FULL_SCALE)
        power = np.einsum("cfn,cfn->cf", wide, wide) / steps.shape[2]
        levels: NDArray[np.float32] = (10.0 * np.log10(power + 1e-10)).astype(np.float32)
        return levels
