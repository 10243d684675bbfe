"""What must not change the measurement: how the samples are cut into blocks, which side is called which, and when."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phoneetiquette.demo.conversation import guest_track, receptionist_track
from phoneetiquette.events import Party
from phoneetiquette.speech import (
    CallMeasurement,
    Fact,
    Interruption,
    Overlap,
    OverlapJudged,
    SpeechSegment,
    TalkingOver,
)
from phoneetiquette.speech.activity import Smoother
from phoneetiquette.speech.definitions import FRAME_MS
from phoneetiquette.speech.floor import Floor, Told

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


@given(st.lists(st.tuples(st.integers(0, 31), st.integers(0, 31)), max_size=40))
def test_frames_alike_are_smoothed_at_once_as_one_by_one(blocks: list[tuple[int, int]]) -> None:
    """Blocks of five frames: active, likely, a bit for each."""
    single, at_once = Smoother(), Smoother()
    for active, likely in blocks:
        settled = 0
        for frame in range(4, -1, -1):
            settled = settled << 1 | single.push(bool(active >> frame & 1), bool(likely >> frame & 1))
        if at_once.goes_on(active, 31):
            assert at_once.push_alike(active, likely, 5) == settled
        else:
            for frame in range(4, -1, -1):
                at_once.push(bool(active >> frame & 1), bool(likely >> frame & 1))
        assert (at_once.speaking, at_once.began) == (single.speaking, single.began)


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
    for key in ("overlap_s", "silence_s", "longest_silence_s", "silences", "reliable"):
        assert swapped[key] == measures[key]


def _swapped(fact: Fact) -> Fact:
    if isinstance(fact, SpeechSegment):
        return replace(fact, party=OTHER[fact.party])
    return replace(fact, by=OTHER[fact.by])


@thrifty
@given(st.integers(1, 200))
def test_silence_before_the_call_shifts_it(frames: int) -> None:
    """But for the grid of blocks and periods, on which levels are learnt: a boundary may move by a few frames."""
    shift = frames * FRAME
    silence = np.zeros(shift, np.int16)
    _, measures = whole(*(np.concatenate([silence, one]) for one in recorded()))
    _alike(measures, reference()[1], shift / RATE_HZ)


@thrifty
@given(st.floats(-4.0, 3.0), st.floats(-4.0, 3.0))
def test_loudness_changes_next_to_nothing(agent_db: float, customer_db: float) -> None:
    agent, customer = receptionist_track(), guest_track()
    louder = [
        np.clip(np.rint(one * 10 ** (gain / 20)), -32768, 32767).astype(np.int16)
        for one, gain in ((agent, agent_db), (customer, customer_db))
    ]
    _alike(whole(*louder)[1], whole(agent, customer)[1], 0.0)


def _alike(measures: dict[str, Any], expected: dict[str, Any], shift_s: float) -> None:
    """The same call, but for a few frames here and there."""
    assert [(one["by"], one["outcome"]) for one in measures["interruptions"]] == [
        (one["by"], one["outcome"]) for one in expected["interruptions"]
    ]
    for one, other in zip(measures["interruptions"], expected["interruptions"], strict=True):
        assert abs(one["start_s"] - other["start_s"] - shift_s) <= 0.15
    for party in ("agent", "customer"):
        mine, theirs = measures["parties"][party], expected["parties"][party]
        assert abs(mine["talk_s"] - theirs["talk_s"]) <= 0.05 * theirs["talk_s"] + 0.1
        assert abs(mine["turns"] - theirs["turns"]) <= 1


stretches = st.lists(st.tuples(st.integers(1, 120), st.booleans(), st.booleans()), max_size=40)


@settings(deadline=None)
@given(stretches)
def test_no_activity_whatever_upsets_the_floor(pattern: list[tuple[int, bool, bool]]) -> None:
    """Interruptions lie within the call, never begin twice at once, and swap with the parties."""
    frames = [(agent, customer) for count, agent, customer in pattern for _ in range(count)]
    told = _floor(frames)
    swapped = _floor([(customer, agent) for agent, customer in frames])
    assert {_swapped(one) for one in swapped} == set(told)
    for one in (one for one in told if isinstance(one, Interruption)):
        first, last = one.start // FRAME, one.end // FRAME
        newcomer, other = (0, 1) if one.by == "agent" else (1, 0)
        assert 0 <= first < last <= len(frames)
        assert frames[first][newcomer]
        assert not frames[first - 1][newcomer]
        assert any(frame[other] for frame in frames[:first])
        assert any(frame[other] for frame in frames[first:])


@settings(deadline=None)
@given(stretches)
def test_whatever_is_judged_gets_its_final_word(pattern: list[tuple[int, bool, bool]]) -> None:
    """One verdict, one fact and at most one hint for each beginning; the verdict comes before the fact."""
    frames = [(agent, customer) for count, agent, customer in pattern for _ in range(count)]
    told = _floor(frames)
    final = [(one.by, one.start) for one in told if isinstance(one, Interruption | Overlap)]
    judged = [(one.by, one.start) for one in told if isinstance(one, OverlapJudged)]
    hinted = [(one.by, one.start) for one in told if isinstance(one, TalkingOver)]
    assert len(set(final)) == len(final)
    assert len(set(judged)) == len(judged)
    assert len(set(hinted)) == len(hinted)
    assert set(final) == set(judged)
    assert set(hinted) <= set(final)
    for one in told:
        if isinstance(one, Interruption | Overlap):
            assert one.start < one.end


def _floor(frames: list[tuple[bool, bool]]) -> list[Told]:
    floor = Floor(RATE_HZ)
    told: list[Told] = []
    for index, spoke in enumerate(frames):
        told += floor.step(spoke, index * FRAME, (index + 1) * FRAME)
    return told + floor.finish(len(frames) * FRAME)
