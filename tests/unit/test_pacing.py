"""The bridge follows the far end's clock: both clocks simulated, a jitter buffer between them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from phoneetiquette.sip.pacing import LEAST_TARGET_NS, LIMIT, TICK_NS, FarEndPacer, Observation
from phoneetiquette.units import NS_PER_MS, NS_PER_S, Ns, ms, seconds, to_ms


@dataclass
class Line:
    """A far end whose clock is slow by ``ppm``, a jitter buffer, and a clock that the pacer sets."""

    ppm: float = 0.0
    jitter_ms: float = 0.0
    first_packet_ns: int = ms(7)
    stalls: dict[int, int] = field(default_factory=dict)
    """Moment -> length: the network delivers nothing for that long, then everything at once."""
    packet_ms: int = 20
    seed: int = 1

    def run(self, length_s: float) -> list[tuple[float, float]]:
        """(seconds, true delay in ms) at every tick."""
        rng = random.Random(self.seed)  # noqa: S311 - the same line every time
        pacer = FarEndPacer()
        period, shift, skip = TICK_NS, 0, 0
        sent = received = taken = dry = 0
        arrivals: list[int] = []
        now, tick, look = 0, TICK_NS, ms(31)
        track: list[tuple[float, float]] = []
        packet_ns = ms(self.packet_ms)
        interval = round(packet_ns * (1 + self.ppm * 1e-6))
        self.skipped = 0
        while now < seconds(length_s):
            while len(arrivals) < 3:
                moment = self.first_packet_ns + sent * interval + round(rng.random() * self.jitter_ms * NS_PER_MS)
                for begin, stall in self.stalls.items():
                    if begin <= moment < begin + stall:
                        moment = Ns(begin + stall)
                arrivals.append(max(moment, arrivals[-1] if arrivals else 0))
                sent += 1
            now = min(arrivals[0], tick, look)
            if now == arrivals[0]:
                arrivals.pop(0)
                received += 1
            elif now == tick:
                if received * packet_ns > taken:
                    taken += TICK_NS
                elif received:
                    dry += 1
                source = self.first_packet_ns + taken * interval // packet_ns
                track.append((now / NS_PER_S, to_ms(now - source)))
                tick += period + shift
                shift = 0
                self.skipped += skip
                while skip and received * packet_ns > taken:
                    skip, taken = skip - 1, taken + TICK_NS
                skip = 0
            else:
                if received:
                    waiting = received * packet_ns - taken
                    pace = pacer.observe(Observation(now, waiting, received, tick - period, dry))
                    period = pace.period_ns
                    shift, skip = pace.shift_ns or shift, pace.skip or skip
                look = Ns(now + round(pacer.look_every_ns * (0.5 + rng.random())))
        self.dry = dry
        return track


def delays(track: list[tuple[float, float]], begin_s: float, end_s: float = 1e9) -> list[float]:
    return [delay for moment, delay in track if begin_s <= moment < end_s]


@pytest.mark.parametrize("first_packet_ms", [0.3, 4, 9, 14, 19.6])
def test_the_tick_is_put_behind_the_arrivals_wherever_they_fall(first_packet_ms: float) -> None:
    track = Line(first_packet_ns=ms(first_packet_ms)).run(10)
    # The true delay counts from the packet's arrival, so the target is met to the accuracy of looking.
    assert all(abs(delay + 20 - to_ms(LEAST_TARGET_NS)) < 3 for delay in delays(track, 3))


@pytest.mark.parametrize("ppm", [-200.0, 200.0])
def test_two_hundred_ppm_for_ten_minutes_loses_nothing_and_keeps_the_delay(ppm: float) -> None:
    line = Line(ppm=ppm)
    late = delays(line.run(600), 3)
    assert line.dry == 0
    assert max(late) - min(late) < 5


@pytest.mark.parametrize("ppm", [-2000.0, 2000.0])
def test_two_thousand_ppm_are_followed_within_five_ms(ppm: float) -> None:
    line = Line(ppm=ppm)
    late = delays(line.run(60), 3)
    middle = sorted(late)[len(late) // 2]
    assert line.dry == 0
    assert all(abs(delay - middle) <= 5 for delay in late)


@pytest.mark.parametrize("ppm", [-200.0, 200.0])
@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 60])
def test_packets_of_any_length_are_followed(packet_ms: int, ppm: float) -> None:
    line = Line(packet_ms=packet_ms, ppm=ppm, first_packet_ns=ms(11))
    late = delays(line.run(300), 3)
    assert line.dry == 0
    assert line.skipped * 20 <= 2 * packet_ms + 20
    assert max(late) - min(late) < max(5, packet_ms / 5)


def test_far_end_that_changes_to_longer_packets_is_not_cut() -> None:
    pacer, packets, skipped = FarEndPacer(), 0, 0
    for step in range(600):
        packets = step * 30 // 20 if step < 200 else 300 + (step - 200)
        now = step * ms(30)
        skipped += pacer.observe(Observation(now, ms(40), packets, now - ms(5), 0)).skip
    assert skipped <= 2


def test_packets_of_a_length_that_is_not_known_are_left_alone() -> None:
    pacer = FarEndPacer()
    paces = [
        pacer.observe(Observation(step * ms(31), ms(300), step * 31 // 80, step * ms(31), 0)) for step in range(300)
    ]
    assert {(pace.period_ns, pace.skip) for pace in paces} == {(TICK_NS, 0)}


def test_jitter_makes_the_buffer_deeper_and_calm_makes_it_shallow_again() -> None:
    line = Line(jitter_ms=30)
    track = line.run(120)
    late = sum(1 for moment, _ in track if moment > 30)
    assert late
    assert line.dry < 12
    assert max(delays(track, 60)) < 80


def test_what_a_stall_of_eighty_ms_left_is_worked_off_within_thirty_seconds() -> None:
    line = Line(stalls={seconds(20): ms(80)})
    track = line.run(60)
    before = delays(track, 15, 20)
    after = delays(track, 52, 58)
    # The buffer ran dry, so it is kept up to 10 ms deeper for a while.
    assert abs(sum(after) / len(after) - sum(before) / len(before)) < 12


def test_a_far_end_that_falls_silent_leaves_the_pace_as_it_is() -> None:
    pacer = FarEndPacer()
    for step in range(100):
        pacer.observe(Observation(step * ms(30), 0, step * 30 // 20 + 1, step * ms(30), 0))
    quiet = [pacer.observe(Observation(ms(3000) + step * ms(30), 0, 150, ms(3000), 0)) for step in range(50)]
    assert len({pace.period_ns for pace in quiet[10:]}) == 1
    assert all(pace.skip == 0 for pace in quiet)


def test_the_slew_never_exceeds_its_limit() -> None:
    pacer = FarEndPacer()
    for step in range(400):
        pace = pacer.observe(Observation(step * ms(30), ms(130), step + 1, step * ms(30) - ms(5), 0))
        assert abs(pace.period_ns / TICK_NS - 1) <= LIMIT + 1e-9
