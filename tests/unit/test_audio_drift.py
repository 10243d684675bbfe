"""Drift matching in virtual time: two clocks, a card that hands sound over in blocks, a bridge that ticks.

The signal is a tone, so its phase tells the delay of every sample to the microsecond: a slip, a gap or a repeated block
is a jump of the phase, and what is lost or put in is seen in its size.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from phoneetiquette.audio.drift import EarMatcher, MicMatcher, Phase, PollTimes
from phoneetiquette.units import NS_PER_MS, NS_PER_S

Track = npt.NDArray[np.float64]
Matcher = MicMatcher | EarMatcher

FINE_HZ = 200
"""A tone whose phase shows the least click."""
COARSE_HZ = 5
"""A tone so low that its phase tells delays of up to 200 ms apart, before and after a hole."""
LOUD = 0.3
TICK_NS = 20 * NS_PER_MS
STALL_S = 0.080


@dataclass
class Card:
    """A sound card whose clock is fast by ``ppm``: it takes or gives ``block`` samples at a time."""

    rate_hz: int
    block: int
    ppm: float = 0.0
    jitter_ms: float = 1.0
    stall_at_s: float = -1.0
    """From here on it stands still for 80 ms; what it missed meanwhile comes and goes afterwards, all at once."""

    @property
    def true_hz(self) -> float:
        return self.rate_hz * (1 + self.ppm * 1e-6)

    def blocks(self) -> Iterator[int]:
        """Moments in ns at which a block changes hands."""
        rng = random.Random(7)  # noqa: S311
        last = 0
        for number in itertools.count(1):
            due = number * self.block / self.true_hz
            late = rng.random() ** 4 * self.jitter_ms / 1000
            if self.stall_at_s <= due < self.stall_at_s + STALL_S:
                late = self.stall_at_s + STALL_S - due
            last = max(last, round((due + late) * NS_PER_S))
            yield last


@dataclass
class Bridge:
    """Ticks every 20 ms. After a stall it catches up at once (``catch_up``), or goes on from where it is."""

    rate_hz: int = 16000
    jitter_ms: float = 0.5
    stall_at_s: float = -1.0
    catch_up: bool = True

    def ticks(self) -> Iterator[tuple[int, int]]:
        """(moment of the tick, when it was due) in ns."""
        rng = random.Random(3)  # noqa: S311
        shift = last = 0
        for number in itertools.count(1):
            due = number * TICK_NS + 7_300_000 + shift
            now = due + round(rng.random() ** 4 * self.jitter_ms * NS_PER_MS)
            if self.stall_at_s <= due / NS_PER_S < self.stall_at_s + STALL_S:
                now = round((self.stall_at_s + STALL_S) * NS_PER_S)
                shift += 0 if self.catch_up else now - due
                due = now if not self.catch_up else due
            last = max(last + NS_PER_MS // 20, now)
            yield last, due


def tone(times_s: Track, hz: int) -> Track:
    return LOUD * np.sin(2 * np.pi * hz * times_s)


def as_int16(sound: Track) -> npt.NDArray[np.int16]:
    return np.round(sound * 32768).astype(np.int16)


@dataclass
class Heard:
    """What came out, millisecond by millisecond: how late, and how loud."""

    at_s: Track
    delay_ms: Track
    level: Track

    def between(self, start_s: float, end_s: float) -> Heard:
        keep = (self.at_s >= start_s) & (self.at_s < end_s)
        return Heard(self.at_s[keep], self.delay_ms[keep], self.level[keep])

    @property
    def whole(self) -> bool:
        """No hole, click or step: even, and the delay moves as in a frame stretched by three samples at most."""
        return bool(np.ptp(self.level) < 0.02 * LOUD and np.max(np.abs(np.diff(self.delay_ms))) < 0.02)

    @property
    def delay(self) -> float:
        return float(np.median(self.delay_ms))

    @property
    def swing(self) -> float:
        return float(np.max(np.abs(self.delay_ms - self.delay)))

    @property
    def largest_cut_ms(self) -> float:
        """Largest step of the delay towards less: sound that was lost at one place."""
        return float(max(0.0, *-(self.delay_ms[10:] - self.delay_ms[:-10])))


def listen(sound: Track, at_s: Track, rate_hz: int, hz: int) -> Heard:
    """Compare with the tone by demodulation over one period. The fine tone cannot tell which of its periods it is, so
    with it only changes of the delay mean something."""
    window = rate_hz // hz
    sums = np.concatenate(([0], np.cumsum(sound * np.exp(-2j * np.pi * hz * at_s))))
    smooth = ((sums[window:] - sums[:-window]) * 2 / window)[:: rate_hz // 1000]
    at = at_s[window // 2 :: rate_hz // 1000][: len(smooth)]
    phase = -np.angle(smooth * 1j)
    turns = np.unwrap(phase) if hz == FINE_HZ else phase % (2 * np.pi)
    return Heard(at, turns / (2 * np.pi) * 1000 / hz, np.abs(smooth))


WAIT_NS = NS_PER_MS
"""Until a frame that is not whole is asked for again."""


def happenings(seconds: float, card: Card, bridge: Bridge) -> Iterator[tuple[int, bool, int]]:
    """(moment, True: the card's block, and its number; or False: the bridge's tick, and when it was due), in order."""
    blocks = ((at, True, number) for number, at in enumerate(card.blocks()))
    ticks = ((at, False, due) for at, due in bridge.ticks())
    return itertools.takewhile(lambda event: event[0] < seconds * NS_PER_S, heapq.merge(blocks, ticks))


class Looks:
    """Looks at the slack when the headset's thread would."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._times = PollTimes()
        self._next_ns = TICK_NS

    def until(self, now_ns: int, level: int) -> None:
        while self._next_ns <= now_ns:
            self._matcher.observe(self._next_ns, level)
            self._next_ns += round(self._times.wait_s(self._matcher.phase, calm=self._matcher.control.calm) * NS_PER_S)


class MicTicks:
    """The bridge's end of a microphone: what came out, when it should have, and when it did."""

    def __init__(self, matcher: MicMatcher, bridge: Bridge) -> None:
        self._matcher = matcher
        self._rate_hz = bridge.rate_hz
        self.frames: list[npt.NDArray[np.int16]] = []
        self.at: list[Track] = []
        self.late_ms: list[float] = []
        self.asks_again_ns = 0
        """When a frame that is not whole yet is asked for again; 0: none is."""

    def ask(self, now: int, due: int) -> None:
        frame = self._matcher.take(now)
        self.asks_again_ns = now + WAIT_NS if frame is None else 0
        if frame is not None:
            self.frames.append(frame.copy())
            self.at.append(due / NS_PER_S + np.arange(len(frame)) / self._rate_hz)
            self.late_ms.append((now - due) / NS_PER_MS)


def through_the_mic(seconds: float, card: Card, bridge: Bridge, hz: int = FINE_HZ) -> tuple[Heard, MicMatcher]:
    ticks, matcher = mic_ticks(seconds, card, bridge, hz)
    running = next(i for i, frame in enumerate(ticks.frames) if frame.any())
    sound, at = np.concatenate(ticks.frames[running:]) / 32768, np.concatenate(ticks.at[running:])
    return listen(sound, at, bridge.rate_hz, hz), matcher


def mic_ticks(seconds: float, card: Card, bridge: Bridge, hz: int) -> tuple[MicTicks, MicMatcher]:
    matcher = MicMatcher(card.rate_hz, bridge.rate_hz)
    looks, ticks, due = Looks(matcher), MicTicks(matcher, bridge), 0
    waiting = np.zeros(0, np.int16)
    for now, is_card, number in happenings(seconds, card, bridge):
        while ticks.asks_again_ns and (ticks.asks_again_ns <= now or not is_card):
            again = ticks.asks_again_ns
            looks.until(again, len(waiting))
            matcher.supply(again, waiting)
            waiting = waiting[:0]
            ticks.ask(again, due)
        looks.until(now, len(waiting))
        if is_card:
            place = np.arange(number * card.block, (number + 1) * card.block)
            waiting = np.concatenate((waiting, as_int16(tone(place / card.true_hz, hz))))
        else:
            matcher.supply(now, waiting)
            waiting = waiting[:0]
            due = number
            ticks.ask(now, due)
    return ticks, matcher


def through_the_ear(seconds: float, card: Card, bridge: Bridge, hz: int = FINE_HZ) -> tuple[Heard, EarMatcher]:
    matcher = EarMatcher(card.rate_hz, bridge.rate_hz)
    looks = Looks(matcher)
    queue = matcher.pull(card.rate_hz).copy()
    played: list[npt.NDArray[np.int16]] = []
    for now, is_card, number in happenings(seconds, card, bridge):
        looks.until(now, len(queue))
        if is_card:
            block, queue = queue[: card.block], queue[card.block :]
            played.append(np.concatenate((block, np.zeros(card.block - len(block), np.int16))))
            matcher.card_moved(now)
        else:
            sound = tone(number / NS_PER_S + np.arange(matcher.frame_samples) / bridge.rate_hz, hz)
            matcher.push(now, as_int16(sound), len(queue))
            queue = np.concatenate((queue, matcher.pull(card.rate_hz // 5 - len(queue))))
    sound = np.concatenate(played) / 32768
    at = (card.block + np.arange(len(sound))) / card.true_hz
    begin = int(np.searchsorted(at, 1.2))
    return listen(sound[begin:], at[begin:], card.rate_hz, hz), matcher


Through = Callable[..., tuple[Heard, Matcher]]
both_ways = pytest.mark.parametrize("through", [through_the_mic, through_the_ear], ids=["mic", "ear"])

SETTLED_S = 8.0
"""A call rings longer than this before anybody talks."""


@both_ways
@pytest.mark.parametrize("ppm", [0, 200, -200, 2000, -2000])
@pytest.mark.parametrize(("rate_hz", "block"), [(16000, 160), (8000, 160), (48000, 512), (48000, 1024), (44100, 441)])
def test_nothing_slips_and_the_delay_stays(through: Through, ppm: float, rate_hz: int, block: int) -> None:
    heard, matcher = through(30, Card(rate_hz, block, ppm), Bridge())
    talk = heard.between(SETTLED_S, 29.5)
    assert len(talk.at_s) > 21_000
    assert talk.whole
    assert talk.swing < 5
    assert matcher.holes == 0
    assert matcher.cut_s == 0


@both_ways
@pytest.mark.parametrize("block", [160, 512, 1024])
def test_the_delay_is_hardly_more_than_the_blocks_make_it(through: Through, block: int) -> None:
    """A block must be whole before it changes hands; towards the bridge a frame must be, too. The rest is: the
    filter from 48 kHz (0.4 ms), the jitter (1.5 ms) and the reserve, which is deeper for long blocks. The microphone's
    is less than none: a frame waits for the latest blocks."""
    heard, _ = through(30, Card(48000, block), Bridge(), COARSE_HZ)
    least, reserve = (20, -3.5) if through is through_the_mic else (0, 6)
    more = heard.between(20, 29).delay - least - block / 48
    assert min(0, reserve) < more < reserve + 3.5 + 0.2 * block / 48


def test_a_frame_waits_for_a_block_that_is_about_to_come() -> None:
    """So that the delay of all is less than the longest wait for a block, and some packets are late by what jitter is
    anyway."""
    ticks, matcher = mic_ticks(30, Card(48000, 512), Bridge(), COARSE_HZ)
    late_ms = np.array(ticks.late_ms[500:])
    assert matcher.holes == 0
    assert 0.05 < np.mean(late_ms > 0.6) < 0.3
    assert np.percentile(late_ms, 99) < 5


@both_ways
def test_jitter_deepens_the_reserve_instead_of_tearing_holes(through: Through) -> None:
    calm, _ = through(40, Card(48000, 480, jitter_ms=0.1), Bridge(jitter_ms=0.1), COARSE_HZ)
    rough, _ = through(40, Card(48000, 480, jitter_ms=12), Bridge(jitter_ms=12), COARSE_HZ)
    fine, matcher = through(40, Card(48000, 480, jitter_ms=12), Bridge(jitter_ms=12))
    assert fine.between(15, 39).whole
    assert matcher.holes <= 1
    assert 2 < rough.between(30, 39).delay - calm.between(30, 39).delay < 20


@both_ways
@pytest.mark.parametrize("who", ["card", "bridge that catches up", "bridge that goes on"])
def test_a_stall_of_80_ms_is_got_over(through: Through, who: str) -> None:
    card = Card(48000, 512, stall_at_s=15.0 if who == "card" else -1)
    bridge = Bridge(stall_at_s=-1 if who == "card" else 15.0, catch_up=who == "bridge that catches up")
    coarse, _ = through(50, card, bridge, COARSE_HZ)
    assert abs(coarse.between(45, 49).delay - coarse.between(10, 14).delay) < 5
    fine, matcher = through(50, card, bridge)
    assert fine.between(15.3, 49.5).whole
    assert matcher.cut_s == 0


def test_what_piled_up_beyond_catching_up_is_cut_at_once() -> None:
    matcher, played = through_a_pause(1.0)
    assert 0.8 < matcher.cut_s < 1.1
    assert played < 0.05


def through_a_pause(pause_s: float) -> tuple[MicMatcher, float]:
    """The bridge stands still for so long while the card goes on; (matcher, seconds left over at the end)."""
    matcher = MicMatcher(16000, 16000)
    looks = Looks(matcher)
    block = np.full(160, 3277, np.int16)
    for number in range(600):
        now = (number + 1) * TICK_NS // 2
        looks.until(now, 0)
        matcher.supply(now, block)
        if number % 2 and not 300 <= number < 300 + pause_s * 100:
            matcher.take(now)
    left = 0
    while (frame := matcher.take(600 * TICK_NS)) is not None and frame.any():
        left += 1
    return matcher, left / 50


def test_before_the_card_moves_the_bridge_gets_silence_and_nothing_piles_up() -> None:
    ear, mic = EarMatcher(16000, 16000), MicMatcher(16000, 16000)
    first = len(ear.pull(16000))
    for number in range(100):
        now = number * TICK_NS
        ear.push(now, np.full(320, 1000, np.int16), first)
        ear.observe(now, first)
        silence = mic.take(now)
        assert silence is not None
        assert not silence.any()
    assert ear.phase is mic.phase is Phase.WAITING
    assert len(ear.pull(16000)) == 0


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_loud_sound_is_limited_and_not_wrapped(rate_hz: int) -> None:
    mic = MicMatcher(rate_hz, rate_hz)
    looks = Looks(mic)
    square = np.where(np.arange(rate_hz // 50) // 20 % 2, 32767, -32768).astype(np.int16)
    loudest = []
    for number in range(100):
        now = (number + 1) * TICK_NS
        looks.until(now, 0)
        mic.supply(now, square)
        frame = mic.take(now)
        assert frame is not None
        loudest.append(frame.copy())
    sound = np.concatenate(loudest[70:]).astype(int)
    assert sound.max() > 32000
    assert sound.min() < -32000
    assert np.mean(np.abs(np.diff(sound)) > 40_000) < 0.1
