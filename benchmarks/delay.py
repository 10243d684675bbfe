"""When was each piece of a known sound heard? Latency, slips, losses and drift from a recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Spread, spread
from benchmarks.sounds import Sound

RATE_HZ = 8000
WINDOW = 256
"""32 ms of sound are recognised at a time ..."""
STEP = 80
"""... every 10 ms."""
REACH = 1600
"""Searched 200 ms around where the piece before was found."""
RECOGNISED = 0.6
SURE = 0.7
SLIP_MS = 0.6


@dataclass(frozen=True, slots=True)
class Pieces:
    """Every 10 ms of what was said: when it was said, and how much later it was heard (NaN: never)."""

    said_ns: NDArray[np.float64]
    delay_ms: NDArray[np.float64]


def find_pieces(said: Sound, said_ns: NDArray[np.float64], heard: Sound, heard_ns: NDArray[np.float64]) -> Pieces:
    """``*_ns``: the moment of each sample. The best match by normalised cross-correlation, to a part of a sample."""
    starts = range(0, len(said) - WINDOW, STEP)
    delays = np.full(len(starts), np.nan)
    first, place = _first_match(said, heard)
    index = np.arange(len(heard_ns), dtype=float)
    for number, start in enumerate(starts):
        low = max(0, start + place - REACH)
        high = min(len(heard), start + place + REACH + WINDOW)
        if start < first or high - low < 2 * WINDOW:
            continue
        match = _likeness(said[start : start + WINDOW], heard[low:high])
        best = int(np.argmax(match))
        if match[best] < RECOGNISED:
            continue
        place = low + best - start
        exact = low + best + _peak_fraction(match, best)
        delays[number] = (np.interp(exact, index, heard_ns) - said_ns[start]) / 1e6
    return Pieces(said_ns[list(starts)], delays)


def _likeness(piece: Sound, sound: Sound) -> NDArray[np.float64]:
    """Normalised cross-correlation: how like ``piece`` the ``sound`` is from each of its samples on (1: the same)."""
    size = 1 << (len(sound) + len(piece)).bit_length()
    match = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(piece, size)), size)[: len(sound) - len(piece)]
    power = np.concatenate([[0.0], np.cumsum(sound**2)])
    energy = power[len(piece) : -1] - power[: -len(piece) - 1]
    likeness: NDArray[np.float64] = match / np.sqrt(np.maximum(energy, 1e3 * len(piece)) * max(1.0, (piece**2).sum()))
    return likeness


def _first_match(said: Sound, heard: Sound) -> tuple[int, int]:
    """The first sample of what was said that is surely recognised, and by how many samples it comes later.

    Short pieces, as a sound that was resampled is like its original only for a while.
    """
    for start in range(0, len(said) - WINDOW, RATE_HZ // 4):
        match = _likeness(said[start : start + WINDOW], heard)
        best = int(np.argmax(match))
        if match[best] > SURE:
            return start, best - start
    return len(said), 0


def _peak_fraction(match: NDArray[np.float64], best: int) -> float:
    """The top of the parabola through the three highest values, in samples from the highest."""
    if not 0 < best < len(match) - 1:
        return 0.0
    before, top, after = match[best - 1 : best + 2]
    bend = before - 2 * top + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one direction."""

    latency_ms: Spread | None
    p99_over_median_ms: float
    lost_ms: int
    """Pieces that were never heard."""
    slips: tuple[tuple[float, float], ...]
    """(seconds from the start, ms): steps of the delay that stayed. Positive: sound was put in; negative: cut."""
    drift_ppm: float
    """Slope of the delay."""
    first_ms: float
    last_ms: float
    """Median delay of the first and last five seconds."""
    worst_change_ms: float
    """The furthest the delay (median of a second) got from its start."""
    each_second_ms: tuple[float, ...]
    """Median delay of each second."""


def judge(pieces: Pieces, even: Pieces | None = None) -> Verdict:
    """``even``: the same pieces on an even time line, for slips (RTP: a packet sent late is latency, not a slip)."""
    timeline = even or pieces
    found = ~np.isnan(pieces.delay_ms)
    delay, steady = pieces.delay_ms[found], timeline.delay_ms[found]
    at_s = (pieces.said_ns[found] - pieces.said_ns[0]) / 1e9
    latency = spread(delay.tolist())
    if latency is None or len(delay) < 1000:
        unknown = float("nan")
        lost_ms = 10 * int((~found).sum())
        return Verdict(latency, unknown, lost_ms, (), unknown, unknown, unknown, unknown, ())
    seconds = [delay[(at_s >= second) & (at_s < second + 1)] for second in range(int(at_s[-1]))]
    medians = np.array([np.median(values) for values in seconds if len(values)])
    first, last = float(np.median(delay[at_s < 5])), float(np.median(delay[at_s > at_s[-1] - 5]))
    return Verdict(
        latency,
        round(latency.p99 - latency.median, 2),
        10 * int((~found).sum()),
        _slips(at_s, steady),
        round(float(np.polyfit(at_s, steady, 1)[0]) * 1000, 1),
        round(first, 2),
        round(last, 2),
        round(float(np.abs(medians - medians[0]).max()), 2),
        tuple(np.round(medians, 1).tolist()),
    )


def _slips(at_s: NDArray[np.float64], delay: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """Medians of five pieces before and after differ, and the change happened between two neighbours."""
    slips, number = [], 5
    while number < len(delay) - 5:
        step = float(np.median(delay[number : number + 5]) - np.median(delay[number - 5 : number]))
        if abs(step) > SLIP_MS and abs(delay[number] - delay[number - 1]) > SLIP_MS / 2:
            slips.append((round(float(at_s[number]), 2), round(step, 2)))
            number += 5
        number += 1
    return tuple(slips)
