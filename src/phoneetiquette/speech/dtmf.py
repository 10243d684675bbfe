"""Keys in the sound of a call: the tone pairs of ITU-T Q.23, recognised with the tolerances of Q.24.

Every 8 ms a window of 20 ms is asked for its power at the eight frequencies and a little beside them (the sums of
Goertzel's algorithm, for all windows of a piece at once). A key counts when three windows in a row are the same pair
and little else; it is over after two that are not. A pair of 40 ms fills three windows well enough wherever they begin,
one of 23 ms never does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

LOW_HZ = (697, 770, 852, 941)
HIGH_HZ = (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")

HOP_S = 0.008
WINDOW_S = 0.02
ASIDE = (0.0, -0.011, 0.011)
"""Where each tone is looked for, relative to its frequency: Q.24 wants it to be heard when it is 1.5 % off, and not
when it is 3.5 % off."""
QUIETEST_DBFS = -42.0
"""Of both tones together; Q.24 wants keys down to some -25 dBm to be heard."""
SHARE = 0.84
"""The two tones' least share of the power in a window: voices have overtones."""
TWIST_DB = (-9.0, 9.0)
"""How much louder the high tone may be than the low one; Q.24 wants -8 to 4 dB or more to be heard."""
APART_DB = 6.0
"""How much each tone is louder than any other of its group."""
WINDOWS = 3
GAP = 2

_POWER_FULL_SCALE = 2.0**30


class KeyDetector:
    """Samples of one call in, keys out. Not thread-safe."""

    def __init__(self, rate_hz: int) -> None:
        """``rate_hz``: 8000 or more."""
        self._hop = round(HOP_S * rate_hz)
        self._size = round(WINDOW_S * rate_hz)
        asked_hz = np.outer(1 + np.array(ASIDE), LOW_HZ + HIGH_HZ).ravel()
        turns = np.outer(np.arange(self._size), asked_hz) * (2 * np.pi / rate_hz)
        self._waves = np.concatenate([np.cos(turns), np.sin(turns)], axis=1)
        self._rest: Samples = np.zeros(0, np.int16)
        self._candidate = ""
        self._hits = 0
        self._misses = 0
        self._pressed = ""

    def feed(self, samples: Samples) -> str:
        """The keys whose tones have become certain with these samples (any number of them), in order."""
        sound = np.concatenate([self._rest, samples])
        count = max(0, (len(sound) - self._size) // self._hop + 1)
        self._rest = sound[count * self._hop :]
        if not count:
            return ""
        windows = np.lib.stride_tricks.sliding_window_view(sound, self._size)[: count * self._hop : self._hop]
        return "".join(filter(None, map(self._next, self._keys(windows.astype(np.float64)))))

    def _keys(self, windows: NDArray[np.float64]) -> list[str]:
        """The key of each window; empty where it has none."""
        whole = np.einsum("ij,ij->i", windows, windows)
        loud = whole > self._size * _POWER_FULL_SCALE * 10 ** (QUIETEST_DBFS / 10)
        keys = [""] * len(windows)
        if not loud.any():
            return keys
        parts = windows[loud] @ self._waves
        cosines, sines = np.split(parts, 2, axis=1)
        powers = ((cosines**2 + sines**2) * (2 / self._size)).reshape(len(parts), len(ASIDE), -1).max(axis=1)
        for place, power, total in zip(np.flatnonzero(loud), powers, whole[loud], strict=True):
            keys[place] = _pair(power, float(total))
        return keys

    def _next(self, key: str) -> str:
        if self._pressed:
            self._misses = self._misses + 1 if key != self._pressed else 0
            if self._misses >= GAP:
                self._pressed = ""
        self._hits = self._hits + 1 if key and key == self._candidate else int(bool(key))
        self._candidate = key
        if self._hits == WINDOWS and key != self._pressed:
            self._pressed, self._misses = key, 0
            return key
        return ""


def _pair(power: NDArray[np.float64], total: float) -> str:
    low, high = power[:4], power[4:]
    row, column = int(low.argmax()), int(high.argmax())
    if low[row] + high[column] < SHARE * total:
        return ""
    twist_db = 10 * np.log10((high[column] + 1e-9) / (low[row] + 1e-9))
    if not TWIST_DB[0] <= twist_db <= TWIST_DB[1]:
        return ""
    clear = 10 ** (APART_DB / 10)
    alone = all(group[best] >= clear * np.partition(group, -2)[-2] for group, best in ((low, row), (high, column)))
    return KEYS[row][column] if alone else ""
