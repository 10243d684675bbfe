"""Pitch of one party: candidate periods of each window, a path through them, and a histogram of where it went.

A telephone line takes the fundamental and the lowest harmonics away, and a loud first formant makes one of the others
stand out. So the spectrum is flattened before it is turned into an autocorrelation (the fourth root of the power, after
Tolonen and Karjalainen, 2000), which makes all harmonics speak; and what the window's own shape does to it is taken out
(Boersma, 1993). A path of least cost through the candidates (Viterbi) keeps the octave. Only strongly voiced windows
count, measured by the same voice's strongest, since noise lowers all of them alike. What is still an octave off lies
outside the voice's range as its middle half tells it (De Looze and Hirst, 2008) and is left out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.speech.histogram import percentile
from phoneetiquette.speech.prosody_definitions import (
    CANDIDATES,
    CERTAIN_SHARES,
    HOP_MS,
    OCTAVE_JUMP_COST,
    PERIODIC_LEAST,
    PITCH_BAND_HZ,
    PITCH_EDGES_HZ,
    PITCH_HZ,
    PITCH_STEP_ST,
    QUESTION_RISE_ST,
    RISE_BEFORE_MS,
    RISE_END_MS,
    STRETCH_WINDOWS,
    STRONG_SHARES,
    TRIM_ABOVE_ST,
    TRIM_BELOW_ST,
    VOICED_LEAST_MS,
    VOICED_WINDOWS,
)
from phoneetiquette.speech.windows import BINS, Power, autocorrelation_of_window, band

LAG_HZ = 16_000
"""The autocorrelation is interpolated to this rate by the inverse transform."""
SHORTEST = LAG_HZ // PITCH_HZ[1]
LONGEST = LAG_HZ // PITCH_HZ[0] + 1
PITCH_BINS = round(12 * np.log2(PITCH_HZ[1] / PITCH_HZ[0]) / PITCH_STEP_ST) + 1
STRENGTH_BINS = 50
"""Strengths from 0 to 1."""


@dataclass(frozen=True, slots=True)
class PitchFigures:
    """Pitch of a voice: its middle, how far it ranges (5th to 95th percentile) and how much it moves."""

    median_hz: float
    range_st: float
    sd_st: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate pitches of each window, in semitones above the lowest pitch, with strengths; −1: no candidate."""

    semitones: NDArray[np.float32]
    strengths: NDArray[np.float32]
    strongest: NDArray[np.float32]

    def part(self, part: slice) -> Candidates:
        return Candidates(self.semitones[part], self.strengths[part], self.strongest[part])


class PeriodFinder:
    """Candidate pitches of spectra. Without memory."""

    def __init__(self) -> None:
        self._weights = band(*PITCH_BAND_HZ, *PITCH_EDGES_HZ)
        self._taper = autocorrelation_of_window(LONGEST + 2)

    def candidates(self, power: Power) -> Candidates:
        flat = np.sqrt(np.sqrt(power)) * self._weights
        correlation = np.fft.irfft(flat, 4 * (BINS - 1))[:, : LONGEST + 2]
        total = np.maximum(correlation[:, :1], np.float32(1e-9))
        periodicity = (correlation / (total * self._taper))[:, SHORTEST:]
        before, here, after = periodicity[:, :-2], periodicity[:, 1:-1], periodicity[:, 2:]
        peaks = np.where((here >= before) & (here > after) & (here > PERIODIC_LEAST / 2), here, np.float32(-1))
        best = np.argpartition(-peaks, CANDIDATES, axis=1)[:, :CANDIDATES]
        row = np.arange(len(power))[:, None]
        y0, y1, y2 = before[row, best], here[row, best], after[row, best]
        real = peaks[row, best] > 0
        shift = np.clip((y0 - y2) / np.where(real, 2 * (y0 - 2 * y1 + y2), np.float32(-1)), -0.5, 0.5)
        strengths = np.where(real, np.minimum(y1 - 0.25 * (y0 - y2) * shift, np.float32(1)), np.float32(-1))
        semitones = 12 * np.log2(LAG_HZ / PITCH_HZ[0] / (best + SHORTEST + 1 + shift))
        return Candidates(np.asarray(semitones, np.float32), strengths, strengths.max(axis=1))


class PitchTrack:
    """Follows the pitch of one party from window to window and keeps a histogram of it."""

    def __init__(self) -> None:
        self._counts = np.zeros((STRENGTH_BINS, PITCH_BINS), np.int32)
        self._path: list[tuple[list[float], list[float], list[int]]] = []
        """Of the stretch that is going on: semitones, cost so far, and the best predecessor of each candidate."""
        self._strengths: list[list[float]] = []
        self._recent: deque[tuple[int, float]] = deque(maxlen=(RISE_END_MS + RISE_BEFORE_MS) // HOP_MS)
        self._at = 0
        self._marks: list[tuple[int, float, float]] = []

    def take(self, found: Candidates) -> None:
        """Takes in the next windows of a run of speech."""
        rows = zip(found.strongest.tolist(), found.semitones.tolist(), found.strengths.tolist(), strict=True)
        for strongest, semitones, strengths in rows:
            if strongest >= PERIODIC_LEAST:
                self._follow(semitones, strengths)
            elif self._path:
                self._settle()
            self._at += 1
            if len(self._path) == STRETCH_WINDOWS:
                self._settle()

    def end_run(self) -> float | None:
        """The party pauses: how many semitones its voice rose at the end of the run; ``None`` if that is unclear."""
        self._settle()
        rise = self._rise()
        self._recent.clear()
        self._at = 0
        return rise

    def drain(self) -> list[tuple[int, float, float]]:
        """What has been settled since the last call: window of its run, semitones, strength."""
        marks, self._marks = self._marks, []
        return marks

    def figures(self) -> PitchFigures | None:
        """Of all that has been settled; ``None`` with too little voiced speech."""
        by_strength = self._counts.sum(axis=1)
        strong = percentile(by_strength, 0.9)
        if strong is None:
            return None
        certain, counts = self._weighed(CERTAIN_SHARES, strong), self._weighed(STRONG_SHARES, strong)
        low, high = percentile(certain, 0.25), percentile(certain, 0.75)
        if low is None or high is None:
            return None
        step = PITCH_STEP_ST
        first = max(0, int(low - TRIM_BELOW_ST / step))
        kept = counts[first : int(high + TRIM_ABOVE_ST / step) + 1]
        number = float(kept.sum())
        if number * HOP_MS < VOICED_LEAST_MS:
            return None
        at = (np.arange(len(kept)) + first + 0.5) * step
        mean = float((kept * at).sum()) / number
        deviation = float(np.sqrt((kept * (at - mean) ** 2).sum() / number))
        p5, p50, p95 = (percentile(kept, share) or 0.0 for share in (0.05, 0.5, 0.95))
        median_hz = PITCH_HZ[0] * 2 ** ((first + p50) * step / 12)
        return PitchFigures(round(median_hz, 1), round((p95 - p5) * step, 2), round(deviation, 2))

    def _weighed(self, shares: tuple[float, float], strong: float) -> NDArray[np.float64]:
        """The histogram of pitch, weaker windows counting less."""
        least, most = shares
        strengths = (np.arange(STRENGTH_BINS) + 0.5) / strong
        weighed: NDArray[np.float64] = np.clip((strengths - least) / (most - least), 0, 1) @ self._counts
        return weighed

    def _follow(self, semitones: list[float], strengths: list[float]) -> None:
        """One step of the search for the path of greatest strength and least jumps."""
        if not self._path:
            self._path.append((semitones, strengths, []))
        else:
            before, worth, _ = self._path[-1]
            (a, b, c, d), (worth_a, worth_b, worth_c, worth_d) = before, worth
            cost = OCTAVE_JUMP_COST / 12
            reached, came_from = [], []
            for pitch, strength in zip(semitones, strengths, strict=True):  # written out: it runs 200 times a second
                values = (
                    worth_a - cost * abs(pitch - a),
                    worth_b - cost * abs(pitch - b),
                    worth_c - cost * abs(pitch - c),
                    worth_d - cost * abs(pitch - d),
                )
                most = max(values)
                reached.append(most + strength)
                came_from.append(values.index(most))
            self._path.append((semitones, reached, came_from))
        self._strengths.append(strengths)

    def _settle(self) -> None:
        """The stretch is over: the best path to its end is its pitch."""
        path, strengths = self._path, self._strengths
        self._path, self._strengths = [], []
        if len(path) < VOICED_WINDOWS:
            return
        last = path[-1][1]
        choice = last.index(max(last))
        begin = self._at - len(path)
        found = []
        for n in range(len(path) - 1, -1, -1):
            semitones, _, came_from = path[n]
            if strengths[n][choice] > 0:
                found.append((begin + n, semitones[choice], strengths[n][choice]))
            if n:
                choice = came_from[choice]
        for _, pitch, strength in found:
            row = min(int(strength * STRENGTH_BINS), STRENGTH_BINS - 1)
            self._counts[row, min(max(int(pitch / PITCH_STEP_ST), 0), PITCH_BINS - 1)] += 1
        found.reverse()
        self._marks += found
        self._recent.extend((at, pitch) for at, pitch, _ in found)

    def _rise(self) -> float | None:
        """Middle pitch of the last voiced windows less that of those before."""
        end, before = RISE_END_MS // HOP_MS, RISE_BEFORE_MS // HOP_MS
        pitches = [pitch for at, pitch in self._recent if at >= self._at - 2 * (end + before)]
        if len(pitches) < 2 * end:
            return None
        rise = float(np.median(pitches[-end:]) - np.median(pitches[:-end]))
        return rise if abs(rise) < 12 else None


def asks(rise_st: float | None) -> bool | None:
    """Whether a segment that rose like this at its end sounds like a question."""
    return None if rise_st is None else rise_st >= QUESTION_RISE_ST
