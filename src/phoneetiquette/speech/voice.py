"""How one party sounds: pitch, pace and loudness of its speech, as it is settled.

Work is done once a second of settled frames: array operations cost little more for fifty frames than for one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.definitions import FRAME_MS, OPENING_MS
from phoneetiquette.speech.loudness import SpeechLevel
from phoneetiquette.speech.pace import SyllableCount
from phoneetiquette.speech.pitch import PeriodFinder, PitchTrack
from phoneetiquette.speech.prosody_definitions import CONTOUR_MS, HOP_MS
from phoneetiquette.speech.windows import PER_FRAME, Power, Windows

BATCH_FRAMES = 25
"""Divides the opening."""
OPENING_FRAMES = OPENING_MS // FRAME_MS

Samples = NDArray[np.int16]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SpokenRun:
    """A stretch of speech without a pause, one segment: its frames, level, syllables, and how its voice ended."""

    start: int
    """First frame."""
    end: int
    """First frame after it."""
    level_dbfs: float | None
    syllables: int
    rise_st: float | None


@dataclass(slots=True)
class Contour:
    """Pitch and level in steps of ``CONTOUR_MS``, for a picture. Sums and numbers of windows in each step."""

    pitch_st: list[float] = field(default_factory=list)
    pitched: list[int] = field(default_factory=list)
    energy: list[float] = field(default_factory=list)
    spoken: list[int] = field(default_factory=list)


class Voice:
    """Measures one party.

    What comes out depends on the samples and flags only, not on the blocks they came in. Memory grows by one
    :class:`SpokenRun` for each segment and a few numbers a second.
    """

    def __init__(self, rate_hz: int) -> None:
        self._frame = FRAME_MS * rate_hz // 1000
        self._waiting: list[tuple[Samples, Flags]] = []
        self._wait = 0
        """Frames in ``_waiting``."""
        self._windows = Windows(rate_hz)
        self._finder = PeriodFinder()
        self._track = PitchTrack()
        self._syllables = SyllableCount()
        self._level = SpeechLevel()
        self._frames = 0
        self._opening: dict[str, Any] | None = None
        self._began: int | None = None
        self.runs: list[SpokenRun] = []
        """Segments that are over."""
        self.contour = Contour()

    def take(self, samples: Samples, speech: Flags) -> None:
        """Takes in the next frames of 20 ms and whether the party speaks in each. Both are copied.

        Args:
            samples: mono, ``len(speech)`` whole frames, any number of them.
            speech: settled, as :class:`phoneetiquette.speech.CallMeasurement` settles it.
        """
        start = 0
        while start < len(speech):
            end = min(start + BATCH_FRAMES - self._wait, len(speech))
            self._waiting.append((samples[start * self._frame : end * self._frame].copy(), speech[start:end].copy()))
            self._wait += end - start
            start = end
            if self._wait == BATCH_FRAMES:
                self._work()

    def finish(self) -> None:
        """The call is over: a run that is going on ends."""
        if self._wait:
            self._work()
        self._end_run(self._frames)

    def _work(self) -> None:
        """Measures the frames that wait."""
        samples, speech = (np.concatenate(parts) for parts in zip(*self._waiting, strict=True))
        self._waiting, self._wait = [], 0
        power = self._windows.take(samples, speech)
        found = self._finder.candidates(power) if len(power) else None
        edges = np.flatnonzero(np.diff(speech)) + 1
        taken = 0
        for first, last in zip([0, *edges.tolist()], [*edges.tolist(), len(speech)], strict=True):
            if first == last:
                continue
            if not speech[first]:
                self._end_run(self._frames + first)
                continue
            if self._began is None:
                self._began = self._frames + first
            assert found is not None
            part = slice(taken, taken + PER_FRAME * (last - first))
            taken = part.stop
            self._track.take(found.part(part))
            self._syllables.take(power[part], found.strongest[part])
            self._draw(self._frames + first, power[part])
        self._frames += len(speech)
        if self._began is not None:
            self._draw_pitch(self._began)
        if self._frames == OPENING_FRAMES:
            self._opening = self.figures()

    def figures(self) -> dict[str, Any]:
        """``pitch``, ``loudness_dbfs`` and ``pace_syll_per_s`` as :mod:`.measures` documents them."""
        pitch = self._track.figures()
        return {
            "pitch": None
            if pitch is None
            else {"median_hz": pitch.median_hz, "range_st": pitch.range_st, "sd_st": pitch.sd_st},
            "loudness_dbfs": self._level.active_dbfs(),
            "pace_syll_per_s": None if pitch is None else self._syllables.per_second(),
        }

    def opening_figures(self) -> dict[str, Any]:
        """The same of the opening alone, once it is over."""
        return self._opening or self.figures()

    def _end_run(self, end: int) -> None:
        if self._began is None:
            return
        began, self._began = self._began, None
        rise = self._track.end_run()
        self._draw_pitch(began)
        self.runs.append(SpokenRun(began, end, self._level.end_run(), self._syllables.end_run(), rise))

    def _draw(self, frame: int, power: Power) -> None:
        contour = self.contour
        levels = self._level.take(power)
        for n, level in enumerate(levels):
            step = (frame * PER_FRAME + n) * HOP_MS // CONTOUR_MS
            _reach(contour, step)
            contour.energy[step] += 10 ** (level / 10)
            contour.spoken[step] += 1

    def _draw_pitch(self, began: int) -> None:
        contour = self.contour
        for window, pitch_st, _ in self._track.drain():
            step = (began * PER_FRAME + window) * HOP_MS // CONTOUR_MS
            contour.pitch_st[step] += pitch_st
            contour.pitched[step] += 1


def _reach(contour: Contour, step: int) -> None:
    missing = step + 1 - len(contour.spoken)
    if missing > 0:
        contour.pitch_st.extend([0.0] * missing)
        contour.pitched.extend([0] * missing)
        contour.energy.extend([0.0] * missing)
        contour.spoken.extend([0] * missing)
