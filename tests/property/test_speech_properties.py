"""What must not change the measurement: how the samples are cut into blocks, which side is called which, and when."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phoneetiquette.demo.conversation import guest_track, receptionist_track
from phoneetiquette.events import Party
from phoneetiquette.speech import CallMeasurement, Fact, Interruption, SpeechSegment
from phoneetiquette.speech.definitions import FRAME_MS
from phoneetiquette.speech.floor import Floor

Sound = NDArray[np.int16]
RATE_HZ = 16000
FRAME = RATE_HZ * FRAME_MS // 1000
OTHER: dict[Party, Party] = {"agent": "customer", "customer": "agent"}

thrifty = settings(max_examples=25, deadline=None)


@cache
def recorded() -> tuple[Sound, Sound]:
    """Receptionist and guest around their interruption, 14 s."""
    part = slice(12 * RATE_HZ, 26 * RATE_HZ)
    return receptionist_track()[part], guest_track()[part]


def whole(agent: Sound, customer: Sound) -> tuple[list[Fact], dict[str, Any]]:
    measurement = CallMeasurement(RATE_HZ)
    facts = measurement.feed(agent, customer) + measurement.finish()
    return facts, measurement.measures(final=True)


@cache
def reference() -> tuple[list[Fact], dict[str, Any]]:
    facts, measures = whole(*recorded())
    assert any(isinstance(fact, Interruption) for fact in facts)
    return facts, measures


@thrifty
@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=60), st.booleans())
def test_blocks_change_nothing(sizes: list[int], watched: bool) -> None:
    agent, customer = recorded()
    measurement = CallMeasurement(RATE_HZ)
    facts: list[Fact] = []
    start = 0
    for size in [*sizes, len(agent)]:
        facts += measurement.feed(agent[start : start + size], customer[start : start + size])
        start += size
        if watched:
            measurement.measures()
    facts += measurement.finish()
    assert (facts, measurement.measures(final=True)) == reference()


def test_single_samples_change_nothing() -> None:
    agent, customer = (one[: RATE_HZ // 2] for one in recorded())
    measurement = CallMeasurement(RATE_HZ)
    facts: list[Fact] = []
    for index in range(len(agent)):
        facts += measurement.feed(agent[index : index + 1], customer[index : index + 1])
    facts += measurement.finish()
    assert (facts, measurement.measures(final=True)) == whole(agent, customer)


@thrifty
@given(st.integers(0, 10 * RATE_HZ), st.integers(RATE_HZ, 4 * RATE_HZ))
def test_swapped_channels_swap_the_parties(start: int, length: int) -> None:
    agent, customer = (one[start : start + length] for one in recorded())
    facts, measures = whole(agent, customer)
    swapped_facts, swapped = whole(customer, agent)
    assert set(swapped_facts) == {_swapped(fact) for fact in facts}
    assert swapped["parties"] == {"agent": measures["parties"]["customer"], "customer": measures["parties"]["agent"]}
    for key in ("overlap_s", "silence_s", "longest_silence_s", "silences"):
        assert swapped[key] == measures[key]


def _swapped(fact: Fact) -> Fact:
    if isinstance(fact, SpeechSegment):
        return SpeechSegment(OTHER[fact.party], fact.start, fact.end)
    return Interruption(OTHER[fact.by], fact.start, fact.end, fact.outcome)


@thrifty
@given(st.integers(1, 200))
def test_silence_before_the_call_shifts_it(frames: int) -> None:
    shift = frames * FRAME
    silence = np.zeros(shift, np.int16)
    facts, measures = whole(*(np.concatenate([silence, one]) for one in recorded()))
    expected, before = reference()
    assert facts == [_shifted(fact, shift) for fact in expected]
    assert measures["parties"] == before["parties"]
    assert measures["overlap_s"] == before["overlap_s"]
    assert measures["silence_s"] == round(before["silence_s"] + shift / RATE_HZ, 3)


def _shifted(fact: Fact, by: int) -> Fact:
    if isinstance(fact, SpeechSegment):
        return SpeechSegment(fact.party, fact.start + by, fact.end + by)
    return Interruption(fact.by, fact.start + by, fact.end + by, fact.outcome)


stretches = st.lists(st.tuples(st.integers(1, 120), st.booleans(), st.booleans()), max_size=40)


@settings(deadline=None)
@given(stretches)
def test_no_activity_whatever_upsets_the_floor(pattern: list[tuple[int, bool, bool]]) -> None:
    """Interruptions lie within the call, never begin twice at once, and swap with the parties."""
    frames = [(agent, customer) for count, agent, customer in pattern for _ in range(count)]
    told = _floor(frames)
    swapped = _floor([(customer, agent) for agent, customer in frames])
    assert {_swapped(one) for one in swapped} == set(told)
    assert len({(one.by, one.start) for one in told}) == len(told)
    for one in told:
        first, last = one.start // FRAME, one.end // FRAME
        newcomer, other = (0, 1) if one.by == "agent" else (1, 0)
        assert 0 <= first < last <= len(frames)
        assert frames[first][newcomer]
        assert not frames[first - 1][newcomer]
        assert any(frame[other] for frame in frames[:first])
        assert any(frame[other] for frame in frames[first:])


def _floor(frames: list[tuple[bool, bool]]) -> list[Interruption]:
    floor = Floor(RATE_HZ)
    told = []
    for index, spoke in enumerate(frames):
        told += floor.step(spoke, index * FRAME, (index + 1) * FRAME)
    return told + floor.finish()
