"""A stream that the tick does not follow: its delay is kept by taking it faster or slower, and nothing is cut out."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from phoneetiquette.sip.pacing import TICK_NS, Observation, StreamPacer
from phoneetiquette.sip.tempo import SHARE, Tempo
from phoneetiquette.units import NS_PER_MS, NS_PER_S, Ns, ms, seconds, to_ms

FRAME = 160
"""Samples of 20 ms at 8 kHz."""
HZ, LOUD = 440, 9000
STEEPEST = 2 * np.pi * HZ / 8000 * LOUD * (1 + 2 * SHARE)
"""Largest step from sample to sample of that tone, a little faster; a cut is a larger one."""

Samples = NDArray[np.int16]


def tone(first: int, length: int = FRAME) -> Samples:
    return np.round(LOUD * np.sin(2 * np.pi * HZ * np.arange(first, first + length) / 8000)).astype(np.int16)


@dataclass
class Stream:
    """A phone whose clock is slow by ``ppm`` and that sends a tone, its jitter buffer, and a tick of our own."""

    ppm: float = 0.0
    jitter_ms: float = 0.0
    first_packet_ns: int = ms(7)
    stalls: dict[int, int] = field(default_factory=dict)
    """Moment -> length: the network delivers nothing for that long, then everything at once."""
    packet_ms: int = 20
    """Of a packet, and of a frame that is taken at once."""
    speaks: tuple[float, float] = (1.0, 0.0)
    """Seconds for which the phone sends, and for which it then suppresses silence."""

    def __post_init__(self) -> None:
        self.dry = 0
        self.buffer: deque[int] = deque()
        self.frame = 8 * self.packet_ms
        self.tempo = Tempo(self._take, self.frame)
        self.heard: list[Samples] = []
        self.began = False
        self.hurried = 0
        """Frames that were to be lost or gained."""
        self.corrected = 0
        """Ticks whose frame was made longer or shorter."""

    def _take(self) -> Samples:
        if self.buffer:
            self.began = True
            return tone(self.buffer.popleft() * self.frame, self.frame)
        self.dry += self.began
        return np.zeros(self.frame, np.int16)

    def run(self, length_s: float) -> list[tuple[float, float]]:
        """(seconds, true delay in ms) at every tick; what was heard is in ``heard``."""
        rng = random.Random(1)  # noqa: S311 - the same stream every time
        packet_ns = ms(self.packet_ms)
        pacer = StreamPacer(packet_ns)
        interval = round(packet_ns * (1 + self.ppm * 1e-6))
        sent = 0
        last_arrival = 0
        arrivals: deque[tuple[int, int]] = deque()
        tick, look = int(packet_ns), ms(31)
        track: list[tuple[float, float]] = []
        received = 0
        now = 0
        while now < seconds(length_s):
            while len(arrivals) < 3:
                moment = self.first_packet_ns + sent * interval + round(rng.random() * self.jitter_ms * NS_PER_MS)
                for begin, stall in self.stalls.items():
                    if begin <= moment < begin + stall:
                        moment = Ns(begin + stall)
                last_arrival = max(moment, last_arrival)
                if sent * packet_ns / NS_PER_S % sum(self.speaks) < self.speaks[0]:
                    arrivals.append((last_arrival, sent))
                sent += 1
            now = min(arrivals[0][0], tick, look)
            if now == arrivals[0][0]:
                self.buffer.append(arrivals.popleft()[1])
                received += 1
            elif now == tick:
                self.corrected += self.tempo.left != 0
                self.heard.append(self.tempo.next().copy())
                taken = self.buffer[0] if self.buffer else received
                heard_ns = self.first_packet_ns + taken * interval - self.tempo.waiting * NS_PER_S // 8000
                track.append((now / NS_PER_S, to_ms(now - heard_ns)))
                tick += packet_ns
            else:
                waiting_ns = len(self.buffer) * packet_ns + self.tempo.waiting * NS_PER_S // 8000
                seen = Observation(now, waiting_ns, received, tick - packet_ns, self.dry)
                if frames := pacer.observe(seen, busy=bool(self.tempo.left or self.tempo.waiting)):
                    self.hurried += abs(frames)
                    self.tempo.hurry(frames)
                look = Ns(now + round(ms(120) * (0.5 + rng.random())))
        return track


def delays(track: list[tuple[float, float]], begin_s: float, end_s: float = 1e9) -> list[float]:
    return [delay for moment, delay in track if begin_s <= moment < end_s]


def steps(heard: list[Samples]) -> float:
    return float(np.abs(np.diff(np.concatenate(heard).astype(int))).max())


@pytest.mark.parametrize("first_packet_ms", [1, 7, 19.5])
def test_a_stall_of_two_hundred_ms_is_worked_off_within_thirty_seconds_without_a_cut(first_packet_ms: float) -> None:
    stream = Stream(first_packet_ns=ms(first_packet_ms), stalls={seconds(20): ms(200)})
    track = stream.run(55)
    before, piled_up, after = (np.mean(delays(track, *span)) for span in ((15, 20), (20.3, 20.6), (50.2, 55)))
    assert piled_up - before > 150
    assert abs(after - before) <= 20
    assert stream.dry <= 11
    resumed = round(20.5 * 50)
    assert steps(stream.heard[resumed:]) <= STEEPEST


@pytest.mark.parametrize("ppm", [-200.0, 200.0])
def test_two_hundred_ppm_for_ten_minutes_loses_nothing(ppm: float) -> None:
    stream = Stream(ppm=ppm)
    track = stream.run(600)
    assert stream.dry == 0
    assert max(delays(track, 3)) - min(delays(track, 3)) < 60
    assert steps(stream.heard[10:]) <= STEEPEST


def test_a_stream_in_order_passes_as_it_is() -> None:
    stream = Stream(first_packet_ns=ms(4))
    stream.run(30)
    heard = np.concatenate(stream.heard)
    first = int(np.flatnonzero(heard)[0]) - 1
    assert np.array_equal(heard[first:], np.concatenate([tone(n * FRAME) for n in range(1500)])[: len(heard) - first])


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 60])
def test_packets_of_any_length_pass_as_they_are(packet_ms: int) -> None:
    """Nothing but what the buffer is deeper or shallower for at first."""
    stream = Stream(packet_ms=packet_ms)
    stream.run(60)
    assert stream.hurried <= 2
    assert stream.dry <= 2
    assert not stream.tempo.left
    assert not stream.tempo.waiting


@pytest.mark.parametrize("packet_ms", [10, 30, 40, 60])
def test_a_stall_is_worked_off_with_packets_of_any_length(packet_ms: int) -> None:
    stream = Stream(packet_ms=packet_ms, stalls={seconds(20): ms(240)})
    track = stream.run(60)
    before, after = (np.mean(delays(track, *span)) for span in ((15, 20), (55, 60)))
    assert abs(after - before) <= max(packet_ms, 20)
    assert steps(stream.heard[round(20.5e3 / packet_ms) :]) <= STEEPEST


def test_jitter_is_not_shaved_until_it_runs_dry_again_and_again() -> None:
    stream = Stream(jitter_ms=30)
    stream.run(120)
    assert stream.dry < 20


def test_a_phone_that_suppresses_silence_is_not_heard_later_and_later() -> None:
    stream = Stream(speaks=(3.0, 0.7))
    stream.run(120)
    assert stream.corrected < 500


def test_a_phone_that_falls_silent_is_left_alone() -> None:
    pacer = StreamPacer(TICK_NS)
    said = [
        pacer.observe(Observation(ms(60) * step, ms(300), 50, ms(60) * step - ms(5), step), busy=False)
        for step in range(100)
    ]
    assert not any(said)


@pytest.mark.parametrize("frame", [80, 160, 240, 320, 480])
@pytest.mark.parametrize("frames", [3, -3])
def test_the_tempo_changes_by_a_hundredth_and_comes_to_rest(frames: int, frame: int) -> None:
    taken = 0

    def take() -> Samples:
        nonlocal taken
        taken += 1
        return tone((taken - 1) * frame, frame)

    tempo = Tempo(take, frame)
    tempo.hurry(frames)
    heard = []
    while tempo.left:
        heard.append(tempo.next().copy())
    assert tempo.waiting == 0
    assert taken - len(heard) == frames
    assert abs(len(heard) - abs(frames) / SHARE) <= 1
    assert steps(heard) <= STEEPEST
