"""Pitch, pace and loudness of both parties of a call, beside the decision who speaks.

::

    prosody = Prosody(8000)
    prosody.hear(frames)            # int16 (2, n): whole frames of 20 ms, agent first, as they come
    prosody.settle(True, False)     # who spoke in the oldest frame that is not settled yet
    prosody.add_to(measures, final=False)
    prosody.finish()
    prosody.add_to(measures, final=True)

The settled frames may lag behind those heard by any number. Work is done once a second of settled frames.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.calm import calm
from phoneetiquette.speech.definitions import FRAME_MS, OPENING_MS
from phoneetiquette.speech.facts import PARTIES
from phoneetiquette.speech.prosody_definitions import CONTOUR_MS, PITCH_HZ
from phoneetiquette.speech.questions import time_to_think
from phoneetiquette.speech.voice import Contour, Voice

BATCH_FRAMES = 50
"""Divides the opening."""
OPENING_FRAMES = OPENING_MS // FRAME_MS


class Prosody:
    """How both parties sound. ``rate_hz`` is 8000 or 16000."""

    def __init__(self, rate_hz: int) -> None:
        self._frame = FRAME_MS * rate_hz // 1000
        self._voices = (Voice(rate_hz), Voice(rate_hz))
        self._heard: deque[NDArray[np.int16]] = deque()
        self._settled: list[tuple[bool, bool]] = []
        self._frames = 0
        self._opening: dict[str, Any] | None = None

    def hear(self, frames: NDArray[np.int16]) -> None:
        """Takes in the next sound of both parties: 2 x samples, whole frames. It is copied."""
        self._heard.append(frames.copy())

    def settle(self, agent: bool, customer: bool) -> None:
        """Who spoke in the oldest frame heard that is not settled."""
        self._settled.append((agent, customer))
        if len(self._settled) == BATCH_FRAMES:
            self._work()

    def finish(self) -> None:
        """The call is over. Sound that has not been settled is forgotten."""
        if self._settled:
            self._work()
        for voice in self._voices:
            voice.finish()
        self._heard.clear()

    def add_to(self, measures: dict[str, Any], *, final: bool) -> None:
        """Puts the figures so far into a measures object (see :mod:`phoneetiquette.speech.measures`)."""
        for name, voice in zip(PARTIES, self._voices, strict=True):
            measures["parties"][name] |= voice.figures()
        measures["opening"] |= self._opening or self._voices[0].figures()
        if final:
            agent, customer = (voice.runs for voice in self._voices)
            measures["calm"] = calm(agent, customer)
            measures["time_to_think"] = time_to_think(agent, customer)

    def contour(self) -> dict[str, Any]:
        """Pitch and level over time, for a picture: ``step_s`` and, for each party, lists ``pitch_hz`` and
        ``level_dbfs`` with a value or ``None`` for each step."""
        steps: dict[str, Any] = {"step_s": CONTOUR_MS / 1000}
        return steps | {name: _drawn(voice.contour) for name, voice in zip(PARTIES, self._voices, strict=True)}

    def _work(self) -> None:
        """Measures the frames that have been settled."""
        speech = np.array(self._settled, np.bool_).T
        self._settled = []
        count = speech.shape[1]
        sound = self._take(count * self._frame)
        for voice, samples, flags in zip(self._voices, sound, speech, strict=True):
            voice.take(samples, flags)
        self._frames += count
        if self._frames == OPENING_FRAMES:
            self._opening = self._voices[0].figures()

    def _take(self, samples: int) -> NDArray[np.int16]:
        """The oldest sound heard."""
        parts, wanted = [], samples
        while wanted:
            part = self._heard.popleft()
            if part.shape[1] > wanted:
                self._heard.appendleft(part[:, wanted:])
                part = part[:, :wanted]
            parts.append(part)
            wanted -= part.shape[1]
        return np.concatenate(parts, axis=1)


def _drawn(contour: Contour) -> dict[str, list[float | None]]:
    return {
        "pitch_hz": [
            round(PITCH_HZ[0] * 2 ** (total / count / 12), 1) if count else None
            for total, count in zip(contour.pitch_st, contour.pitched, strict=True)
        ],
        "level_dbfs": [
            round(10 * float(np.log10(energy / count)), 1) if count else None
            for energy, count in zip(contour.energy, contour.spoken, strict=True)
        ],
    }
