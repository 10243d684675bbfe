"""The material that calls are made of: voices as labelled clips, babble and recorded noise. 8 kHz.

A clip's label comes from the clean recording and the clip is silenced wherever it says so: then the label is the truth
by construction, whatever a listener might have said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE_HZ = 8000
STEP = 80
"""Samples of a label: 10 ms."""
STEPS_PER_S = RATE_HZ // STEP
DATA = Path(__file__).parents[1] / "data"

Sound = NDArray[np.float64]
"""Samples, +-1 is full scale."""
Label = NDArray[np.bool_]
"""Speech or not, a value for each 10 ms."""

BELOW_LOUD_DB = 36.0
ABOVE_FLOOR_DB = 12.0
SHORTEST_GAP, SHORTEST_BURST = 10, 4
"""In steps: a shorter gap is part of the speech around it, a shorter burst is none."""
PHRASE_LEAST = 120
PHRASE_SPLIT = 25
"""A passage is cut into phrases where it pauses this long, if they last long enough."""
ONSET_LEAST = 12
"""A phrase begins and ends with a burst of this length: before a shorter one nobody has begun to speak."""
ENCOURAGEMENT = (22, 80)
"""Steps that a short word lasts."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Speech of one voice: begins and ends with speech, active level 1 (RMS), silent where its label says so."""

    sound: Sound
    label: Label

    def __len__(self) -> int:
        return len(self.label)


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """Somebody who can take part in a call: phrases of at least 1.2 s, and short words where there are any."""

    name: str
    phrases: tuple[Clip, ...]
    words: tuple[Clip, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    voices: tuple[Voice, ...]
    babble: tuple[Sound, ...]
    noises: tuple[Sound, ...]


@cache
def material() -> Material:
    """Everything in ``benchmarks/data``."""
    readers: dict[str, list[Clip]] = {}
    for path in sorted((DATA / "readers").glob("*.flac")):
        readers.setdefault(path.name.split("-")[0], []).extend(_phrases(_read(path)))
    voices = [Voice(f"reader-{name}", tuple(clips), _bursts(clips)) for name, clips in readers.items()]
    for folder in sorted((DATA / "prompts").iterdir()):
        phrases = [clip for path in sorted(folder.glob("long_*.flac")) for clip in _phrases(_read(path))]
        words = [clip for path in sorted(folder.glob("short_*.flac")) if (clip := cut_out(_read(path)))]
        fitting = tuple(word for word in words if ENCOURAGEMENT[0] <= len(word) <= ENCOURAGEMENT[1])
        voices.append(Voice(f"prompt-{folder.name}", tuple(phrases), fitting))
    return Material(
        tuple(voice for voice in voices if len(voice.phrases) >= 2),
        tuple(_read(path) for path in sorted((DATA / "babble").glob("*.flac"))),
        tuple(_read(path) for path in sorted((DATA / "noise").glob("*.flac"))),
    )


def voice_of(name: str, recordings: Sequence[Sound]) -> Voice:
    """The voice that these are clean recordings of, whatever their lengths."""
    phrases = [clip for recording in recordings for clip in _phrases(recording)]
    alone = [clip for recording in recordings if (clip := cut_out(recording)) and len(clip) <= ENCOURAGEMENT[1]]
    words = [clip for clip in alone if len(clip) >= ENCOURAGEMENT[0]]
    return Voice(name, tuple(phrases), (*words, *_bursts(phrases)))


def _read(path: Path) -> Sound:
    sound, rate_hz = soundfile.read(path, dtype="float64")
    if rate_hz != RATE_HZ:
        raise ValueError(f"{path}: is not at {RATE_HZ} Hz")
    return np.asarray(sound)


def levels_db(sound: Sound) -> Sound:
    """Level of each 10 ms, in dB relative to full scale."""
    whole = len(sound) // STEP
    return np.asarray(10 * np.log10((sound[: whole * STEP].reshape(whole, STEP) ** 2).mean(axis=1) + 1e-12))


def label_of(sound: Sound) -> Label:
    """Where a clean recording is speech."""
    levels = levels_db(sound)
    loud, floor = np.percentile(levels, 95), np.percentile(levels, 3)
    active = levels > max(loud - BELOW_LOUD_DB, min(floor + ABOVE_FLOOR_DB, loud - 20.0), -65.0)
    return without_short(without_short(active, False, SHORTEST_GAP), True, SHORTEST_BURST)


def runs(label: Label, value: bool = True) -> list[tuple[int, int]]:
    """Where a label has ``value``: (first step, step after the last) of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], label == value, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def without_short(label: Label, value: bool, least: int) -> Label:
    """Runs of ``value`` shorter than ``least`` take the other value; gaps at either end stay."""
    kept = label.copy()
    for start, end in runs(label, value):
        if end - start < least and (value or (start > 0 and end < len(label))):
            kept[start:end] = not value
    return kept


def grid(spans: list[tuple[float, float]] | list[list[float]], steps: int) -> Label:
    """A label from spans in seconds."""
    label = np.zeros(steps, bool)
    for start, end in spans:
        label[max(0, round(start * STEPS_PER_S)) : max(0, round(end * STEPS_PER_S))] = True
    return label


def spans(label: Label) -> list[tuple[float, float]]:
    """The runs of a label in seconds."""
    return [(start / STEPS_PER_S, end / STEPS_PER_S) for start, end in runs(label)]


def cut_out(sound: Sound) -> Clip | None:
    """The speech of a recording as a clip; ``None`` where there is too little."""
    label = label_of(sound)
    active = np.flatnonzero(label)
    if len(active) < 15:
        return None
    first, last = int(active[0]), int(active[-1]) + 1
    return silenced(sound[first * STEP : last * STEP], label[first:last])


def silenced(sound: Sound, label: Label) -> Clip:
    """A clip that is silent where its label says so, with edges of 5 ms, at level 1."""
    mask = np.repeat(label, STEP)
    edge = np.ones(81) / 81
    soft = np.convolve(np.pad(mask.astype(float), 40, mode="edge"), edge, "valid") * mask
    shaped = sound * soft
    return Clip(shaped / (np.sqrt((shaped[mask] ** 2).mean()) + 1e-12), label)


def _phrases(sound: Sound) -> list[Clip]:
    """The recording as one clip; a passage in several, cut at its pauses."""
    whole = cut_out(sound)
    if whole is None:
        return []
    pauses = [(start, end) for start, end in runs(whole.label, False) if end - start >= PHRASE_SPLIT]
    phrases, start = [], 0
    for pause_start, pause_end in [*pauses, (len(whole), len(whole))]:
        if pause_start - start >= PHRASE_LEAST:
            heard = [run for run in runs(whole.label[start:pause_start]) if run[1] - run[0] >= ONSET_LEAST]
            if heard:
                first, last = start + heard[0][0], start + heard[-1][1]
                phrases.append(silenced(whole.sound[first * STEP : last * STEP], whole.label[first:last]))
            start = pause_end
    return [phrase for phrase in phrases if len(phrase) >= PHRASE_LEAST]


def _bursts(clips: list[Clip]) -> tuple[Clip, ...]:
    """Short words that stand alone in longer clips."""
    return tuple(
        silenced(clip.sound[start * STEP : end * STEP], clip.label[start:end])
        for clip in clips
        for start, end in runs(clip.label)
        if ENCOURAGEMENT[0] <= end - start <= ENCOURAGEMENT[1]
    )
