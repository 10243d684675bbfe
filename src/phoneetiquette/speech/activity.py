"""Speech or not, frame by frame, on the two channels of a call.

webrtcvad alone takes the lobby behind the desk, and the customer's voice that leaks from the ear-piece into the
microphone, for the receptionist speaking. So it is only the first stage. The second weighs its opinion together with
what else speaks for or against a frame being the party's own speech (:mod:`.cues`), and decides (:mod:`.foreground`).
"""

from __future__ import annotations

import _webrtcvad  # without its wrapper webrtcvad, which looks up its own version with 2 MB of other modules
import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.canceller import Canceller
from phoneetiquette.speech.cues import Cues, Learnt
from phoneetiquette.speech.definitions import (
    FRAME_MS,
    LIKELY_GAP_MS,
    ONSET_EARLIER_MS,
    ONSET_FRAMES,
    ONSET_WINDOW,
    PAUSE_MS,
    SPURT_PAUSE_MS,
)
from phoneetiquette.speech.foreground import AFTER, Foreground
from phoneetiquette.speech.narrowband import Decimator
from phoneetiquette.speech.spectrum import FRAME, RATE_HZ, Analyser


class Activity:
    """Says for each frame of both channels how certainly that party speaks, ``DELAY`` frames later.

    Args:
        rate_hz: 8000 or 16000.
        vad_mode: aggressiveness of webrtcvad, 0 to 3.
    """

    DELAY = AFTER

    def __init__(self, rate_hz: int, vad_mode: int) -> None:
        self._decimator = Decimator() if rate_hz == 2 * RATE_HZ else None
        self._vads = (_detector(vad_mode), _detector(vad_mode))
        self._canceller = Canceller()
        self._analyser = Analyser()
        self._cues = Cues()
        self._foreground = Foreground()
        self._begun = False

    def learnt(self) -> Learnt:
        """What the call has shown of its two channels so far."""
        return self._cues.learnt()

    def take(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """``samples``: 2 x whole blocks of five frames. Answers 2 x as many scores, but for the first block fed.

        See :meth:`Foreground.take` for what a score means.
        """
        scores = self._foreground.take(self.cues(samples))
        if self._begun:
            return scores
        self._begun = True
        return scores[:, AFTER:]

    def cues(self, samples: NDArray[np.int16]) -> NDArray[np.float64]:
        """What the network decides on, 2 x frames x :data:`CUES`; by itself only for training it."""
        narrow = self._decimator.take(samples) if self._decimator else samples
        cleaned = self._canceller.take(narrow)
        return self._cues.take(self._analyser.take(cleaned.samples), self._voiced(cleaned.samples), cleaned)

    def rest(self) -> NDArray[np.float32]:
        """The call is over: what is to be said of the last block."""
        return self._foreground.rest()

    def _voiced(self, samples: NDArray[np.int16]) -> NDArray[np.bool_]:
        """webrtcvad's opinion."""
        size = 2 * FRAME
        opinions = [
            [_webrtcvad.process(vad, RATE_HZ, sound[at : at + size], FRAME) for at in range(0, len(sound), size)]
            for vad, sound in zip(self._vads, (channel.tobytes() for channel in samples), strict=True)
        ]
        return np.array(opinions, np.bool_)


def _detector(mode: int) -> object:
    vad = _webrtcvad.create()
    _webrtcvad.init(vad)
    _webrtcvad.set_mode(vad, mode)
    return vad


_EARLIER = ONSET_EARLIER_MS // FRAME_MS
_LIKELY_GAP = LIKELY_GAP_MS // FRAME_MS
_SPURT_PAUSE = SPURT_PAUSE_MS // FRAME_MS


class Smoother:
    """Joins active frames over short gaps and drops clicks. What a frame is, is settled ``DELAY`` frames later."""

    DELAY = PAUSE_MS // FRAME_MS

    def __init__(self) -> None:
        self.speaking = False
        self.began = 0
        """Right after speech has begun: how many frames ago it did; otherwise 0. It may be before the segment, over
        frames that are likely to be speech, but not within a pause of a spurt."""
        self._likely = 0
        """The last frames, one bit each: whether they are likely to be speech."""
        self._silent = 1 << 30
        """Frames since the last speech."""
        self._recent = 0
        self._gap = 0
        self._line = 0
        """The frames not settled yet, one bit each, the latest in bit 0."""

    def push(self, active: bool, likely: bool = False) -> bool:
        """Takes the next frame in; answers for the frame ``DELAY`` before it (not speech before the first).

        ``likely``: whether it is likely to be speech if it is not ``active``.
        """
        self._line <<= 1
        self._recent = (self._recent << 1 | active) & ((1 << ONSET_WINDOW) - 1)
        self._likely = (self._likely << 1 | (active or likely)) & ((1 << (ONSET_WINDOW + _EARLIER)) - 1)
        self._silent += 1
        self.began = 0
        if self.speaking:
            if active:
                self._line |= (2 << self._gap) - 1
                self._gap = 0
                self._silent = 0
            else:
                self._gap += 1
                self.speaking = self._gap < self.DELAY
        elif self._recent.bit_count() >= ONSET_FRAMES:
            self.speaking = True
            self._gap = 0
            frames = self._recent.bit_length()
            self._line |= (1 << frames) - 1
            self.began = max(frames, min(self._reach(frames), self._silent - _SPURT_PAUSE))
            self._silent = 0
        settled = bool(self._line >> self.DELAY)
        self._line &= (1 << self.DELAY) - 1
        return settled

    def goes_on(self, active: int, every: int) -> bool:
        """Whether these frames, ``active`` or not, are alike and no speech can begin in them."""
        return active == 0 or (active == every and self.speaking)

    def push_alike(self, active: int, likely: int, count: int) -> int:
        """What :meth:`push` would do with ``count`` frames, all at once: all of them active, or none (:meth:`goes_on`).

        ``active``, ``likely`` and the answer have a bit for each frame, the latest in bit 0.
        """
        every = (1 << count) - 1
        self._line <<= count
        self._recent = (self._recent << count | active) & ((1 << ONSET_WINDOW) - 1)
        self._likely = (self._likely << count | active | likely) & ((1 << (ONSET_WINDOW + _EARLIER)) - 1)
        self.began = 0
        if active:
            self._line |= (every << self._gap) | ((1 << self._gap) - 1)
            self._gap = self._silent = 0
        else:
            self._silent += count
            if self.speaking:
                self._gap += count
                self.speaking = self._gap < self.DELAY
        settled = self._line >> self.DELAY
        self._line &= (1 << self.DELAY) - 1
        return settled

    def _reach(self, frames: int) -> int:
        """How far back likely frames reach from ``frames`` ago."""
        reach, gap = frames, 0
        for back in range(frames, frames + _EARLIER):
            if self._likely >> back & 1:
                reach, gap = back + 1, 0
            else:
                gap += 1
                if gap > _LIKELY_GAP:
                    break
        return reach
