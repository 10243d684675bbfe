"""Speech activity of one channel through G.711: clean, and with nine kinds of noise at four levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmarks.speech.clips import STEP, Label, Material, Sound
from benchmarks.speech.line import Samples, gain, through_g711
from benchmarks.speech.synthesis import NOISES, noise
from tests.peers.g711 import PCMU

SNR_DB = (20, 10, 5, 0)
SPEECH_DBFS = -22.0
PAUSES_S, PAUSE_ODDS = (0.3, 0.5, 0.8, 1.2, 2.0, 4.0), (0.20, 0.25, 0.20, 0.15, 0.12, 0.08)
VOICES_EACH = 3
"""Voices that follow one another in an item."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A kind of noise at a level; clean without a kind."""

    kind: str | None = None
    snr_db: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.snr_db}" if self.kind else "clean"


CELLS = (Cell(), *(Cell(kind, snr) for kind in NOISES for snr in SNR_DB))


def items(stock: Material, cell: Cell, count: int, seconds: float, seed: int) -> Iterator[tuple[Samples, Label]]:
    """Channels at 8 kHz and where speech is in them: the same speech in every cell."""
    for number in range(count):
        speech, label = _speech(stock, seconds, seed, number)
        channel = speech * gain(SPEECH_DBFS)
        if cell.kind:
            chance = np.random.default_rng([seed, number, *str(cell).encode()])
            channel = channel + noise(cell.kind, stock, len(channel), chance) * gain(SPEECH_DBFS - cell.snr_db)
        yield through_g711(channel, PCMU), label


@cache
def _speech(stock: Material, seconds: float, seed: int, number: int) -> tuple[Sound, Label]:
    """Phrases of several voices with pauses between them, some louder than others."""
    chance = np.random.default_rng([seed, number])
    steps = round(seconds * 100)
    sound, label = np.zeros(steps * STEP), np.zeros(steps, bool)
    voices = [stock.voices[i] for i in chance.choice(len(stock.voices), VOICES_EACH, replace=False)]
    at = 30
    while True:
        voice = voices[int(chance.integers(VOICES_EACH))]
        phrase = voice.phrases[int(chance.integers(len(voice.phrases)))]
        if at + len(phrase) > steps:
            break
        piece = slice(at * STEP, (at + len(phrase)) * STEP)
        sound[piece] = phrase.sound * gain(chance.uniform(-9, 3))
        label[at : at + len(phrase)] = phrase.label
        at += len(phrase) + round(100 * float(chance.choice(PAUSES_S, p=PAUSE_ODDS)))
    return sound / np.sqrt((sound[np.repeat(label, STEP)] ** 2).mean()), label
