"""Conversations of two voices whose truth is known to 10 ms, because they are put together from labelled clips.

What happens is drawn by chance from tables: how turns change, what the listener does meanwhile. The same seed gives the
same conversation, in whatever condition it is heard later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from benchmarks.speech.clips import STEP, STEPS_PER_S, Clip, Label, Material, Sound, runs, without_short
from benchmarks.speech.synthesis import Chance, hum_of_assent

Kind = Literal["taken", "attempt", "encouragement", "early_reply", "simultaneous_start"]
PARTIES = ("agent", "customer")

INTERRUPTIONS = ("taken", "attempt")
UNIT_GAP = 20
"""Pauses shorter than 0.2 s belong to the speech around them, as in our definitions."""
HELD = 80
"""Who is interrupted has been speaking for this long."""
STEADY_GAP = 30
"""Without a pause of this length around the interruption: nobody interrupts a pause."""

Change = Literal["gap", "early_reply", "taken", "simultaneous_start", "long_silence", "goes_on"]
CHANGES: dict[Change, float] = {
    "gap": 0.34,
    "early_reply": 0.18,
    "taken": 0.30,
    "simultaneous_start": 0.04,
    "long_silence": 0.07,
    "goes_on": 0.07,
}
"""How often a turn ends in which way."""
ATTEMPTS = 0.45
"""How often the listener tries in vain to interrupt a long turn."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something one party did while or after the other spoke, at a step of 10 ms."""

    kind: Kind
    by: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Interlude:
    """Time in which nobody speaks and something else may be heard: ``kind`` says what the rendering lays there."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Dialogue:
    """Both parties' speech, clean, at level 1, and the truth about it."""

    sound: Sound
    """2 x samples."""
    label: Label
    """2 x steps."""
    events: tuple[Event, ...]
    interludes: tuple[Interlude, ...]

    @property
    def steps(self) -> int:
        return int(self.label.shape[1])

    @property
    def units(self) -> tuple[Label, Label]:
        """The inter-pausal units of both parties."""
        return without_short(self.label[0], False, UNIT_GAP), without_short(self.label[1], False, UNIT_GAP)

    @property
    def interruptions(self) -> list[Event]:
        return sorted((event for event in self.events if event.kind in INTERRUPTIONS), key=lambda one: one.start)


@dataclass(slots=True)
class _Writer:
    """Lays clips on the time line. A method that finds no good place does nothing and says so."""

    voices: tuple[Sequence[Clip], Sequence[Clip]]
    words: tuple[Sequence[Clip], Sequence[Clip]]
    chance: Chance
    steps: int
    sound: Sound = field(init=False)
    label: Label = field(init=False)
    events: list[Event] = field(default_factory=list)
    interludes: list[Interlude] = field(default_factory=list)
    _bags: list[list[int]] = field(default_factory=lambda: [[], []])

    def __post_init__(self) -> None:
        self.sound = np.zeros((2, self.steps * STEP))
        self.label = np.zeros((2, self.steps), bool)

    # -------------------------------------------------------------------------------------------- what is said

    def phrase(self, who: int) -> Clip:
        """The party's next phrase: all of them come before any comes again."""
        bag = self._bags[who]
        if not bag:
            bag.extend(self.chance.permutation(len(self.voices[who])).tolist())
        return self.voices[who][bag.pop()]

    def speech(self, who: int, steps: int, steady_until: int = 0) -> Clip:
        """Some ``steps`` of a party's speech with pauses as in talk, without a longer one until ``steady_until``."""
        for _ in range(16):
            clip = self._speech(who, max(steps, steady_until))
            if longest_gap(clip.label[:steady_until]) < STEADY_GAP:
                break
        return clip

    def _speech(self, who: int, steps: int) -> Clip:
        pieces: list[Clip] = []
        count = 0
        while count < steps:
            pieces.append(_ending_near(self.phrase(who), steps - count))
            count += len(pieces[-1])
            if count < steps:
                pause = int(self.chance.integers(15, 60))
                pieces.append(Clip(np.zeros(pause * STEP), np.zeros(pause, bool)))
                count += pause
        whole = joined(pieces)
        last = int(np.flatnonzero(whole.label)[-1]) + 1
        return Clip(whole.sound[: last * STEP], whole.label[:last])

    def encouragement(self, who: int) -> Clip:
        """A word or a hum, or two in a row."""
        first = self._word(who)
        if self.chance.random() < 0.2:
            second, pause = self._word(who), int(self.chance.integers(4, 16))
            if len(first) + pause + len(second) <= 105:
                return joined([first, Clip(np.zeros(pause * STEP), np.zeros(pause, bool)), second])
        return first

    def _word(self, who: int) -> Clip:
        words = self.words[who]
        if not words or self.chance.random() < 0.35:
            hum = hum_of_assent(self.chance)
            return Clip(0.7 * hum.sound, hum.label)
        return words[int(self.chance.integers(len(words)))]

    # -------------------------------------------------------------------------------------------- where it lies

    def lay(self, who: int, at: int, clip: Clip) -> int:
        """Returns the step after its end."""
        end = at + len(clip)
        self.sound[who, at * STEP : end * STEP] += clip.sound
        self.label[who, at:end] |= clip.label
        return end

    def stop(self, who: int, at: int) -> None:
        """The party gives way: what it would have said from ``at`` on is not said. It fades over 30 ms."""
        fade = slice((at - 3) * STEP, at * STEP)
        self.sound[who, fade] *= np.linspace(1, 0, 3 * STEP)
        self.sound[who, at * STEP :] = 0
        self.label[who, at:] = False

    def note(self, kind: Kind, by: int, start: int, end: int) -> None:
        self.events.append(Event(kind, by, start, end))

    def is_speaking(self, who: int, at: int) -> bool:
        """Whether the party is in the middle of speech at ``at``, and was, steadily, for as long as it takes."""
        around = self.label[who, max(0, at - HELD) : at + 40]
        near = self.label[who, at - 12 : at + 25]
        return bool(longest_gap(around) < STEADY_GAP and near.mean() > 0.8 and longest_gap(near) < 12)


def longest_gap(label: Label) -> int:
    gaps: list[int] = [end - start for start, end in runs(label, False)]
    return max(gaps) if gaps else 0


def joined(clips: Sequence[Clip]) -> Clip:
    return Clip(np.concatenate([clip.sound for clip in clips]), np.concatenate([clip.label for clip in clips]))


def _ending_near(clip: Clip, steps: int) -> Clip:
    """The clip, or its beginning of about ``steps`` if it is much longer: up to a pause if one is near, else faded."""
    if steps < 90 or len(clip) <= steps * 1.3:
        return clip
    ends = [end for _, end in runs(clip.label) if abs(end - steps) < 60]
    end = min(ends, key=lambda one: abs(one - steps)) if ends else steps
    sound = clip.sound[: end * STEP].copy()
    if not ends:
        sound[-5 * STEP :] *= np.linspace(1, 0, 5 * STEP)
    label = clip.label[:end]
    last = int(np.flatnonzero(label)[-1]) + 1
    return Clip(sound[: last * STEP], label[:last])


def converse(stock: Material, seconds: float, seed: int, interludes: Sequence[tuple[str, float]] = ()) -> Dialogue:
    """A conversation between two of the voices.

    Args:
        stock: who can speak.
        seconds: its length; the last seconds are silent.
        seed: decides everything.
        interludes: kinds and lengths (s) of stretches without speech, in order; an empty kind list makes none. Those
            named ``ringback`` come first; the others lie between turns, spread over the call.
    """
    chance = np.random.default_rng([seed, 0x5EED])
    first, second = (stock.voices[i] for i in chance.choice(len(stock.voices), 2, replace=False))
    writer = _Writer((first.phrases, second.phrases), (first.words, second.words), chance, round(seconds * 100))
    _Play(writer, list(interludes)).run()
    return Dialogue(writer.sound, writer.label, tuple(writer.events), tuple(writer.interludes))


class _Play:
    """Turn after turn until the time is over."""

    MARGIN = 150
    """Silent steps at the end, so that everything that begins also ends within the call."""

    def __init__(self, writer: _Writer, interludes: list[tuple[str, float]]) -> None:
        self._w = writer
        self._chance = writer.chance
        self._waiting = interludes
        self._every = writer.steps // (len(interludes) + 1)
        self._busy_until = 0
        """No encouragement or attempt before this step: the last one shall stand alone."""

    def run(self) -> None:
        writer, chance = self._w, self._chance
        at, who = int(chance.integers(30, 150)), int(chance.random() < 0.15)
        if self._waiting and self._waiting[0][0] == "ringback":
            at = self._interlude(at)
        steady = 110
        while True:
            clip = self._fitting_turn(who, writer.steps - self.MARGIN - at, steady)
            if clip is None:
                # The turn that was announced will not come: what it would have been to the other is void.
                writer.events = [event for event in writer.events if event.start < at - 12]
                return
            end = writer.lay(who, at, clip)
            self._busy_until = max(self._busy_until, at)
            self._listen(1 - who, at, end)
            if end - at > 600 and chance.random() < ATTEMPTS:
                self._attempt(1 - who, at, end)
            at, who, steady = self._hand_over(who, at, end)

    def _fitting_turn(self, who: int, room: int, steady: int) -> Clip | None:
        """A turn, a shorter one near the end of the call, and none where not even that has room."""
        wanted = self._turn_length()
        for _ in range(6):
            clip = self._w.speech(who, min(wanted, max(1, room)), steady)
            if len(clip) <= room:
                return clip
        return None

    def _turn_length(self) -> int:
        if self._chance.random() < 0.05:
            return int(self._chance.uniform(1500, 2500))
        return int(np.clip(self._chance.lognormal(5.8, 0.7), 110, 1300))

    # -------------------------------------------------------------------------------------------- while one speaks

    def _listen(self, who: int, at: int, end: int) -> None:
        """Encouragements of the listener, never near the beginning or the end of the turn."""
        moment = max(at + int(self._chance.uniform(100, 350)), self._busy_until)
        while moment < end - 250:
            clip = self._w.encouragement(who)
            if moment + len(clip) < end - 150:
                until = self._w.lay(who, moment, clip)
                self._w.note("encouragement", who, moment, until)
                self._busy_until = until + 80
            moment += 200 + int(self._chance.exponential(500))

    def _attempt(self, who: int, at: int, end: int) -> None:
        """The listener speaks for a while over the speaker, who goes on; then gives up."""
        clip = self._w.speech(who, int(self._chance.integers(150, 230)), 140)
        clip = Clip(clip.sound[: 260 * STEP], clip.label[:260])
        if len(clip) < 140 or not clip.label[-1]:
            return

        def fits(moment: int) -> bool:
            over = self._w.label[1 - who, moment : moment + len(clip) + 30]
            free = not self._w.label[who, moment - 80 : moment + len(clip) + 80].any()
            return free and self._w.is_speaking(1 - who, moment) and longest_gap(over) < STEADY_GAP

        moment = self._somewhere(max(at + HELD + 60, self._busy_until), end - len(clip) - 120, fits)
        if moment is not None:
            until = self._w.lay(who, moment, clip)
            self._w.note("attempt", who, moment, until)
            self._busy_until = until + 80

    def _somewhere(self, first: int, last: int, fits: Callable[[int], bool]) -> int | None:
        places = np.arange(first, last, 7)
        for place in self._chance.permutation(places)[:40].tolist():
            if fits(place):
                return int(place)
        return None

    # -------------------------------------------------------------------------------------------- when turns change

    def _hand_over(self, who: int, at: int, end: int) -> tuple[int, int, int]:
        """Who speaks next, from when, and for how long without a pause at the beginning."""
        if self._waiting and end > self._every * (1 + len(self._w.interludes)):
            return self._interlude(end + int(self._chance.integers(60, 150))), int(self._chance.integers(2)), 110
        kinds, weights = list(CHANGES), np.array(list(CHANGES.values()))
        change = kinds[int(self._chance.choice(len(kinds), p=weights / weights.sum()))]
        other = 1 - who
        if change == "taken":
            taken = self._take_floor(other, at, end)
            if taken is not None:
                return taken
            change = "gap"
        if change == "early_reply":
            moment = max(end - int(self._chance.integers(6, 35)), self._busy_until)
            if moment < end:
                self._w.note("early_reply", other, moment, end)
                self._busy_until = end + 90
            return moment, other, 110
        if change == "simultaneous_start" and end < self._w.steps - 4 * self.MARGIN:
            return self._start_together(who, end)
        if change == "long_silence":
            return end + int(self._chance.integers(320, 800)), int(self._chance.integers(2)), 110
        if change == "goes_on":
            return end + int(self._chance.integers(70, 180)), who, 110
        return end + int(np.clip(self._chance.lognormal(3.3, 0.7), 8, 250)), other, 110

    def _take_floor(self, by: int, at: int, end: int) -> tuple[int, int, int] | None:
        """``by`` begins while the other is in full flow, and the other gives way."""
        writer = self._w
        overlap = int(self._chance.integers(45, 150))

        def fits(moment: int) -> bool:
            stop = moment + overlap
            over = writer.label[1 - by, moment:stop]
            gives_way_mid_speech = bool(writer.label[1 - by, stop - 12 : stop + 12].all())
            free = not writer.label[by, moment - 80 :].any()
            return free and gives_way_mid_speech and writer.is_speaking(1 - by, moment) and over.mean() > 0.8

        moment = self._somewhere(max(at + HELD + 40, self._busy_until), end - overlap - 60, fits)
        if moment is None:
            return None
        writer.stop(1 - by, moment + overlap)
        writer.note("taken", by, moment, moment + overlap)
        self._busy_until = moment + overlap + 120  # who gave way has given way
        return moment, by, overlap + 170

    def _start_together(self, who: int, end: int) -> tuple[int, int, int]:
        """After a pause both begin within 0.12 s of each other; ``who`` gives way."""
        start = end + int(self._chance.integers(60, 130))
        clip = self._w.speech(who, 120)
        steps = int(self._chance.integers(40, 75))
        sound = clip.sound[: steps * STEP].copy()
        sound[-3 * STEP :] *= np.linspace(1, 0, 3 * STEP)
        begun = start + int(self._chance.integers(-12, 13))
        until = self._w.lay(who, begun, Clip(sound, clip.label[:steps]))
        self._w.note("simultaneous_start", who, begun, until)
        return start, 1 - who, 110

    def _interlude(self, at: int) -> int:
        kind, seconds = self._waiting.pop(0)
        end = min(at + round(seconds * STEPS_PER_S), self._w.steps)
        self._w.interludes.append(Interlude(kind, at, end))
        return end + int(self._chance.integers(40, 120))
