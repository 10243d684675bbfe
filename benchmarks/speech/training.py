"""Calls to train the network on that decides what is a party's own speech: each with other voices, on another line.

What is wrong with a call is drawn by chance, more of it and over wider ranges than :mod:`.line` judges by. Voices,
babble and noise that are held out are never heard here, so that what is said of those is said of strangers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.speech import synthesis
from benchmarks.speech.clips import RATE_HZ, STEP, Clip, Label, Material, Sound, Voice, material, runs, voice_of
from benchmarks.speech.clips import without_short as bridged
from benchmarks.speech.dialogue import Dialogue, converse
from benchmarks.speech.line import (
    PACKET,
    Recording,
    Samples,
    drift,
    gain,
    lost_packets,
    microphone,
    through_g711,
    with_comfort_noise,
    with_loss,
)
from benchmarks.speech.synthesis import Chance, filtered, level
from tests.peers.g711 import PCMA, PCMU

HELD_OUT = ("1998", "2033", "5514", "5867", "6081", "6454", "669", "7447", "7794", "8108", "8425", "909", "es")
"""Voices of ``benchmarks/data`` that are kept for judging; so are the last four of the babble and the second noise."""
HELD_OUT_BABBLE = 4
SECONDS = 60.0
PITCHES = (0.87, 0.93, 1.0, 1.0, 1.07, 1.14)
"""Every voice also speaks faster and higher, or slower and lower: somebody else, as far as the network can tell."""
FILES_OF_A_VOICE = 150
ALONE = 0.08
"""How often a party never says anything."""
TONES = ("digits", "ringback", "beep")


@cache
def stock(folders: tuple[Path, ...]) -> Material:
    """The voices of ``benchmarks/data`` that are not held out, and one voice for each of ``folders``."""
    known = material()
    voices = [one for one in known.voices if one.name.partition("-")[2] not in HELD_OUT]
    for folder in folders:
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".wav", ".flac"))
        chosen = np.random.default_rng(3).permutation(len(files))[:FILES_OF_A_VOICE]
        voices.append(voice_of(folder.name, [_narrow(files[i]) for i in sorted(chosen)]))
    return Material(tuple(voices), known.babble[:-HELD_OUT_BABBLE], known.noises[:1])


def _narrow(path: Path) -> Sound:
    sound, rate_hz = soundfile.read(path, dtype="float64")
    return np.asarray(soxr.resample(sound, rate_hz, RATE_HZ) if rate_hz != RATE_HZ else sound)


def training_call(folders: Sequence[Path], seed: int) -> tuple[Recording, Label]:
    """A recording and who speaks in it, 2 x steps of 10 ms."""
    chance = np.random.default_rng([seed, 0x7EAC])
    heard = stock(tuple(folders))
    pair = chance.choice(len(heard.voices), 2, replace=False)
    voices = tuple(_pitched(heard.voices[i], float(chance.choice(PITCHES))) for i in pair)
    dialogue = converse(Material(voices, (), ()), SECONDS, seed)
    if chance.random() < ALONE:
        silent = int(chance.integers(2))
        dialogue.sound[silent], dialogue.label[silent] = 0.0, False
    return _Line(dialogue, heard, chance).recording(), dialogue.label


def frames(label: Label, count: int) -> NDArray[np.float32]:
    """How much of each of ``count`` frames of 20 ms is speech: 0, a half or 1."""
    return np.asarray(label[:, : 2 * count].reshape(len(label), count, 2).mean(axis=2), np.float32)


@cache
def _pitched(voice: Voice, factor: float) -> Voice:
    """The same words by a voice ``factor`` times as high and fast."""
    if factor == 1.0:
        return voice
    phrases, words = (tuple(_played(clip, factor) for clip in clips) for clips in (voice.phrases, voice.words))
    return Voice(voice.name, phrases, words)


def _played(clip: Clip, factor: float) -> Clip:
    sound = soxr.resample(clip.sound, RATE_HZ * factor, RATE_HZ)
    steps = len(sound) // STEP
    place = np.minimum(((np.arange(steps) + 0.5) * factor).astype(int), len(clip) - 1)
    label = clip.label[place]
    label[0] = label[-1] = True
    return Clip(sound[: steps * STEP] * np.repeat(label, STEP), label)


class _Line:
    """Both channels of a call, and what happens to them on the way. Disturbances have levels relative to the speech."""

    def __init__(self, dialogue: Dialogue, heard: Material, chance: Chance) -> None:
        self._chance = chance
        self._heard = heard
        self._label = dialogue.label
        self._count = dialogue.sound.shape[1]
        kind = str(chance.choice(("clean", "leak", "noise", "mix"), p=(0.2, 0.2, 0.3, 0.3)))
        self._leaks, self._noisy = kind in ("leak", "mix"), kind in ("noise", "mix")
        agent_dbfs, customer_dbfs = float(chance.uniform(-38, -14)), float(chance.uniform(-42, -14))
        if chance.random() < 0.3:
            agent_dbfs = customer_dbfs + float(chance.uniform(-4, 4))
        self._levels = (gain(agent_dbfs), gain(customer_dbfs))
        self._said = [self._spoken(dialogue.sound[party], party) for party in (0, 1)]
        self._sound = [said.copy() for said in self._said]

    def recording(self) -> Recording:
        chance = self._chance
        if self._leaks:
            self._leak(1, 0, float(chance.uniform(-34, -13)))
            if chance.random() < 0.35:
                self._leak(0, 1, float(chance.uniform(-40, -14)))
        for party in (0, 1):
            if self._noisy and chance.random() < (0.8, 0.6)[party]:
                self._add(party, self._background(party), float(chance.uniform(-26, -3)))
            self._disturb(party)
        if chance.random() < (0.45 if self._leaks or self._noisy else 0.1):
            self._add(0, synthesis.typing(self._count, chance), float(chance.uniform(-8, 2)))
        if chance.random() < 0.08:
            self._sound = [sound * gain(float(chance.uniform(6, 16))) for sound in self._sound]
        return Recording(*self._coded())

    def _spoken(self, sound: Sound, party: int) -> Sound:
        """At its level, through a microphone."""
        chance = self._chance
        said = sound * drift(len(sound) // STEP, chance)
        if chance.random() < 0.6:
            said = filtered(said, microphone(chance))
        heard = said[np.repeat(self._label[party], STEP)]
        return said * (self._levels[party] / np.sqrt((heard**2).mean())) if len(heard) else said

    def _add(self, party: int, sound: Sound, db: float) -> None:
        self._sound[party] = self._sound[party] + sound * self._levels[party] * gain(db)

    def _leak(self, source: int, into: int, db: float) -> None:
        """Delayed, dull or sharp, with reflections; some of it from an ear-piece that distorts."""
        chance = self._chance
        delay = int((chance.uniform(0, 0.28) if chance.random() < 0.4 else chance.uniform(0.02, 0.13)) * RATE_HZ)
        response = np.zeros(delay + 1200)
        response[delay] = 1.0
        reach = int(chance.choice((300, 590, 1190)))
        for _ in range(int(chance.integers(0, 6))):
            response[delay + int(chance.integers(10, reach))] += chance.uniform(-0.4, 0.4)
        colour = ((0.25, 0.5, 0.25), (1.0, -0.8), (1.0,))[int(chance.choice(3, p=(0.6, 0.2, 0.2)))]
        response = np.convolve(response, colour)
        leaked = filtered(self._said[source] / self._levels[source], response / np.sqrt((response**2).sum()))
        leaked = leaked * gain(db)
        if chance.random() < 0.15:
            leaked = np.tanh(4 * leaked) / 4
        self._add(into, leaked, 0.0)

    def _background(self, party: int) -> Sound:
        """Voices or something else that goes on all the time, or from or up to some moment."""
        chance, heard, count = self._chance, self._heard, self._count
        if chance.random() < (0.6, 0.35)[party]:
            sound = synthesis.voices_behind(heard, count, chance, int(chance.integers(3, 11)))
            if chance.random() < 0.5:
                sound = level(filtered(sound, synthesis.room(chance, 3200)))
        else:
            kinds = ("office", "coloured", "pink", "white", "fan", "hum")
            kind = str(chance.choice(kinds, p=(0.2, 0.4, 0.15, 0.1, 0.1, 0.05)))
            hum = kind == "hum"
            sound = synthesis.mains_hum(count, chance) if hum else synthesis.noise(kind, heard, count, chance)
        if chance.random() < 0.15:
            at = int(chance.integers(count))
            sound[slice(at, None) if chance.random() < 0.5 else slice(0, at)] = 0.0
        return sound

    def _disturb(self, party: int) -> None:
        """What comes and goes."""
        chance, label = self._chance, self._label[party]
        if chance.random() < 0.35:
            self._add(party, synthesis.passer_by(self._heard, self._count, chance), float(chance.uniform(-44, -18)))
        if chance.random() < 0.3:
            self._add(party, synthesis.breaths(label, chance), float(chance.uniform(-42, -15)))
        if chance.random() < 0.12:
            self._add(party, synthesis.mains_hum(self._count, chance), float(chance.uniform(-35, -10)))
        for odds, each, louder, sounds in ((0.3, 0.25, 6.0, TONES), (0.08, 0.5, 3.0, ("music",))):
            if chance.random() < odds:
                for start, end in runs(bridged(label, False, 40), False):
                    if end - start > 200 and chance.random() < each:
                        self._fill(
                            party, start + 20, end - 20, str(chance.choice(sounds)), float(chance.uniform(-14, louder))
                        )

    def _fill(self, party: int, start: int, end: int, kind: str, db: float) -> None:
        """A sound of the line where the party does not speak."""
        chance, count = self._chance, (end - start) * STEP
        if kind == "beep":
            hz, on = chance.uniform(300, 1800), int(chance.uniform(0.2, 2) * RATE_HZ)
            sound = np.sin(2 * np.pi * hz * np.arange(count) / RATE_HZ) * (np.arange(count) % (2 * on) < on)
        else:
            sounds = {"digits": synthesis.digits, "ringback": synthesis.ringback, "music": synthesis.music}
            sound = sounds[kind](count, chance)
        self._sound[party][start * STEP : end * STEP] += sound * self._levels[party] * gain(db)

    def _coded(self) -> list[Samples]:
        """Through the codec, with losses and suppressed silence."""
        chance = self._chance
        law = PCMU if chance.random() < 0.5 else PCMA
        noise = gain(float(chance.choice((-90, -78, -72, -66, -60))))
        heard = [sound + chance.standard_normal(self._count) * noise for sound in self._sound]
        if chance.random() < 0.12:
            party = int(chance.integers(2))
            heard[party] = with_comfort_noise(heard[party], self._label[party], chance)
        coded = [through_g711(sound, law) for sound in heard]
        if chance.random() < 0.06:
            party = int(chance.integers(2))
            coded[party][np.repeat(~bridged(self._label[party], False, 30), STEP)] = 0
        if chance.random() < 0.2:
            party, concealed = int(chance.integers(2)), bool(chance.random() < 0.6)
            lost = lost_packets(self._count // PACKET + 1, float(chance.uniform(0.005, 0.08)), chance)
            coded[party] = with_loss(coded[party], lost, concealed)
        return coded
