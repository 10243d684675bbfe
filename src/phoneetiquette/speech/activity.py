"""Speech or not, frame by frame, on the two channels of a call.

webrtcvad alone takes the lobby behind the desk, and the customer's voice that leaks from the ear-piece into the
microphone, for the receptionist speaking. So a frame counts only if it is also loud enough for this channel: near its
own speech level, above its own noise floor, and above what the other channel leaks into it. All three are running
quantiles of the frame levels, which need no history and no warm-up, and learn nothing from silence.
"""

from __future__ import annotations

from dataclasses import dataclass

import _webrtcvad  # without its wrapper webrtcvad, which looks up its own version with 2 MB of other modules
import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.definitions import (
    FRAME_MS,
    LEAK_MARGIN_DB,
    NOISE_MARGIN_DB,
    ONSET_FRAMES,
    ONSET_WINDOW,
    PAUSE_MS,
    QUIET_DBFS,
    SPEECH_RANGE_DB,
)

LEVEL_TRIED_DB = 12.0
"""The other party counts as speaking up, when the leak is learnt, within this of its speech level."""
LEAK_HEARD_DB = 6.0
"""A leak can be told from noise this far above the noise floor."""
LEAK_LEAST_DB = -50.0
LEAK_MOST_DB = -8.0
"""What comes in with less loss than this is the party's own voice."""
ECHO_DECAY_DB = 1.2
"""How fast the other channel's level is forgotten, per frame: a leak arrives late and reverberates."""

FULL_SCALE = float(2**15)


@dataclass(slots=True)
class RunningQuantile:
    """Follows a quantile of the values it sees: a step up when a value is above, a smaller or larger one down."""

    value: float
    quantile: float
    step: float

    def see(self, value: float) -> None:
        self.value += self.step * (self.quantile if value > self.value else self.quantile - 1.0)


class Channel:
    """One party's channel: what its levels have been so far, and the decision on the frame that is due."""

    def __init__(self, rate_hz: int, vad_mode: int) -> None:
        self._vad = _webrtcvad.create()
        _webrtcvad.init(self._vad)
        _webrtcvad.set_mode(self._vad, vad_mode)
        self._rate_hz = rate_hz
        self._speech = RunningQuantile(-20.0, 0.8, 0.6)
        self._noise = RunningQuantile(-70.0, 0.1, 0.4)
        self._leak = RunningQuantile(-25.0, 0.5, 0.4)
        self.echo_db = -100.0
        """Level of this channel as it may still reverberate in the other."""
        self.speaks_up = False
        """Whether that is loud enough to learn from how much of it leaks."""

    def hear(self, level_db: float) -> None:
        """Takes the level of the next frame in."""
        self.echo_db = max(level_db, self.echo_db - ECHO_DECAY_DB)
        if level_db > QUIET_DBFS:
            self._noise.see(level_db)
        self.speaks_up = self.echo_db > max(self._speech.value - LEVEL_TRIED_DB, self._noise.value + NOISE_MARGIN_DB)

    def judge(self, frame: bytes, level_db: float, other: Channel) -> bool:
        """Whether this party speaks in ``frame``. Both channels must have heard their frame before."""
        leaked_db = level_db - other.echo_db
        if other.speaks_up and leaked_db < LEAK_MOST_DB:
            heard = level_db > max(QUIET_DBFS, self._noise.value + LEAK_HEARD_DB)
            self._leak.see(leaked_db if heard else LEAK_LEAST_DB)
        if level_db <= QUIET_DBFS:
            return False
        voiced: bool = _webrtcvad.process(self._vad, self._rate_hz, frame, len(frame) // 2)
        least = max(self._noise.value + NOISE_MARGIN_DB, other.echo_db + self._leak.value + LEAK_MARGIN_DB)
        if not voiced or level_db <= least:
            return False
        self._speech.see(level_db)
        return level_db > self._speech.value - SPEECH_RANGE_DB


class Smoother:
    """Joins active frames over short gaps and drops clicks. What a frame is, is settled ``DELAY`` frames later."""

    DELAY = PAUSE_MS // FRAME_MS

    def __init__(self) -> None:
        self.speaking = False
        self._recent = 0
        self._gap = 0
        self._line = 0
        """The frames not settled yet, one bit each, the latest in bit 0."""

    def push(self, active: bool) -> bool:
        """Takes the next frame in; answers for the frame ``DELAY`` before it (not speech before the first)."""
        self._line <<= 1
        self._recent = (self._recent << 1 | active) & ((1 << ONSET_WINDOW) - 1)
        if self.speaking:
            if active:
                self._line |= (2 << self._gap) - 1
                self._gap = 0
            else:
                self._gap += 1
                self.speaking = self._gap < self.DELAY
        elif self._recent.bit_count() >= ONSET_FRAMES:
            self.speaking = True
            self._gap = 0
            self._line |= (1 << self._recent.bit_length()) - 1
        settled = bool(self._line >> self.DELAY)
        self._line &= (1 << self.DELAY) - 1
        return settled


def frame_levels(frames: NDArray[np.int16]) -> list[list[float]]:
    """Level of each frame in dB relative to full scale. ``frames``: channels x frames x samples."""
    wide = frames.astype(np.float64)
    power = np.einsum("cfn,cfn->cf", wide, wide) / (frames.shape[2] * FULL_SCALE**2)
    levels: list[list[float]] = (10.0 * np.log10(power + 1e-10)).tolist()
    return levels
