"""The floor rule on made-up activity: each case of the definitions, and its nearest neighbour that is none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from phoneetiquette.speech.definitions import FRAME_MS
from phoneetiquette.speech.facts import Interruption, Overlap, OverlapJudged
from phoneetiquette.speech.floor import Floor, Told

RATE_HZ = 8000
HOP = RATE_HZ * FRAME_MS // 1000

Spans = Sequence[tuple[float, float]]


def play(agent: Spans, customer: Spans, length_s: float = 30.0) -> tuple[Floor, list[tuple[float, Told]]]:
    """A floor that has seen who spoke when (seconds) to the end of the call, and what it said at which time."""
    floor = Floor(RATE_HZ)
    said: list[tuple[float, Told]] = []
    for index in range(round(length_s * 1000 / FRAME_MS)):
        at = index * FRAME_MS / 1000
        spoke = (any(a <= at < b for a, b in agent), any(a <= at < b for a, b in customer))
        said += [(at, one) for one in floor.step(spoke, index * HOP, (index + 1) * HOP)]
    return floor, said + [(length_s, one) for one in floor.finish(round(length_s * RATE_HZ))]


def interruptions(agent: Spans, customer: Spans) -> list[tuple[str, float, float, str]]:
    _, said = play(agent, customer)
    return [
        (one.by, one.start / RATE_HZ, one.end / RATE_HZ, one.outcome)
        for _, one in said
        if isinstance(one, Interruption)
    ]


def overlaps(agent: Spans, customer: Spans) -> list[tuple[str, float, float, str]]:
    _, said = play(agent, customer)
    return [(one.by, one.start / RATE_HZ, one.end / RATE_HZ, one.kind) for _, one in said if isinstance(one, Overlap)]


def test_the_other_gives_way() -> None:
    assert interruptions([(5, 9)], [(1, 6)]) == [("agent", 5, 6, "taken")]


def test_the_newcomer_gives_up() -> None:
    assert interruptions([(1, 12)], [(5, 6.5)]) == [("customer", 5, 6.5, "attempt")]


@pytest.mark.parametrize(
    ("agent", "customer"),
    [
        pytest.param([(5, 5.9)], [(1, 12)], id="encouragement"),
        pytest.param([(5, 5.5), (5.6, 6.1)], [(1, 12)], id="two encouragements in a row"),
        pytest.param([(5.7, 9)], [(1, 6)], id="comes in on the last word"),
        pytest.param([(6, 9)], [(1, 6)], id="answers without a gap"),
        pytest.param([(5.1, 5.7)], [(5, 12)], id="both start, one gives way"),
        pytest.param([(5.1, 9)], [(5, 5.7)], id="both start, the other gives way"),
        pytest.param([(5.3, 9)], [(5, 12)], id="both start, neither gives way"),
    ],
)
def test_what_is_no_interruption(agent: Spans, customer: Spans) -> None:
    assert interruptions(agent, customer) == []


def test_a_breath_gives_nobody_the_floor() -> None:
    """The one interrupted pauses just where the newcomer begins, and goes on: it was the middle of a sentence."""
    assert interruptions([(5.1, 8)], [(1, 5), (5.4, 6)]) == [("agent", 5.1, 6, "taken")]


def test_each_interruption_counts_once_for_who_made_it() -> None:
    agent = [(1, 6), (14, 18)]
    customer = [(5, 15), (17, 19)]
    assert interruptions(agent, customer) == [
        ("customer", 5, 6, "taken"),
        ("agent", 14, 15, "taken"),
        ("customer", 17, 18, "taken"),
    ]


@pytest.mark.parametrize(
    ("agent", "customer", "expected"),
    [
        pytest.param([(5, 5.9)], [(1, 12)], ("agent", 5, 5.9, "encouragement"), id="encouragement"),
        pytest.param([(5, 5.5), (5.6, 6.1)], [(1, 12)], ("agent", 5, 6.1, "encouragement"), id="two in a row"),
        pytest.param([(5.8, 6.2)], [(1, 6)], ("agent", 5.8, 6, "encouragement"), id="encouraged at the very end"),
        pytest.param([(5.7, 9)], [(1, 6)], ("agent", 5.7, 6, "early_reply"), id="comes in on the last word"),
        pytest.param([(5, 12)], [(5.1, 5.7)], ("customer", 5.1, 5.7, "simultaneous_start"), id="both start"),
    ],
)
def test_what_it_is_instead(agent: Spans, customer: Spans, expected: tuple[str, float, float, str]) -> None:
    assert overlaps(agent, customer) == [expected]


def test_speaking_in_a_pause_for_breath_is_no_overlap() -> None:
    assert overlaps([(5.1, 5.4)], [(1, 5)]) == []
    assert overlaps([(5.1, 5.4)], [(1, 5), (5.5, 7)]) == [("agent", 5.1, 5.4, "encouragement")]


def told(agent: Spans, customer: Spans) -> list[tuple[float, str]]:
    """When what was told, but for the final facts."""
    _, said = play(agent, customer)
    words = [(at, one.kind if isinstance(one, OverlapJudged) else "hint") for at, one in said if not final(one)]
    return [(round(at, 1), word) for at, word in words]


def final(one: Told) -> bool:
    return isinstance(one, Interruption | Overlap)


def test_a_hint_comes_at_once_and_the_verdict_before_anybody_has_given_way() -> None:
    assert told([(5, 9)], [(1, 6)]) == [(5.3, "hint"), (6.2, "interruption")]
    assert told([(5, 8)], [(1, 12)]) == [(5.3, "hint"), (6.2, "interruption")]


def test_a_newcomer_between_two_syllables_is_taken_to_go_on() -> None:
    agent, customer = [(5, 6.22), (6.4, 9)], [(1, 6)]
    assert told(agent, customer) == [(5.3, "hint"), (6.2, "interruption")]
    assert interruptions(agent, customer) == [("agent", 5, 6, "taken")]


@pytest.mark.parametrize(
    ("agent", "customer", "expected"),
    [
        pytest.param([(5, 5.9)], [(1, 12)], [(5.3, "hint"), (6.2, "encouragement")], id="encouragement"),
        pytest.param([(5, 5.2)], [(1, 12)], [(5.8, "encouragement")], id="short encouragement"),
        pytest.param([(5.8, 9)], [(1, 6)], [(7.0, "early_reply")], id="early reply"),
        pytest.param([(5, 12)], [(5.1, 5.9)], [(6.3, "simultaneous_start")], id="both start"),
        pytest.param([(6, 9)], [(1, 6)], [], id="no overlap"),
        pytest.param([(5, 6.1)], [(1, 12)], [(5.3, "hint"), (6.2, "encouragement")], id="no longer than two of them"),
    ],
)
def test_verdicts_on_what_is_harmless(agent: Spans, customer: Spans, expected: list[tuple[float, str]]) -> None:
    assert told(agent, customer) == expected


def test_who_talks_over_whom_is_known_while_it_lasts() -> None:
    floor = Floor(RATE_HZ)
    seen = []
    for index in range(12 * 1000 // FRAME_MS):
        at = index * FRAME_MS / 1000
        floor.step((5 <= at < 8, at >= 1), index * HOP, (index + 1) * HOP)
        seen.append(floor.talking_over())
    assert set(seen[: round(5.2 / 0.02)]) == {None}
    assert set(seen[round(5.4 / 0.02) : round(8 / 0.02)]) == {0}
    assert set(seen[round(8.7 / 0.02) :]) == {None}


def test_speech_that_is_found_to_have_begun_earlier_counts_from_there() -> None:
    floor = Floor(RATE_HZ)
    floor.step((False, True), 0, 5 * RATE_HZ, began=(0, 0))
    floor.step((True, True), 5 * RATE_HZ, 7 * RATE_HZ, began=(5 * RATE_HZ - 4 * HOP, 0))
    (one,) = [one for one in floor.finish(7 * RATE_HZ) if isinstance(one, Interruption)]
    assert one.start == 5 * RATE_HZ - 4 * HOP


def test_one_stretch_or_many_frames_are_the_same() -> None:
    floor = Floor(RATE_HZ)
    said = []
    for spoke, start_s, end_s in (
        ((False, True), 0.0, 5.0),
        ((True, True), 5.0, 6.0),
        ((True, False), 6.0, 9.0),
        ((False, False), 9.0, 10.0),
    ):
        said += floor.step(spoke, round(start_s * RATE_HZ), round(end_s * RATE_HZ))
    assert [one for one in said if final(one)] == [Interruption("agent", 5 * RATE_HZ, 6 * RATE_HZ, "taken")]


def test_an_interruption_is_known_long_before_the_newcomer_ends() -> None:
    _, said = play([(5, 20)], [(0, 6)])
    (at,) = [at for at, one in said if isinstance(one, Interruption)]
    assert 6.5 < at < 6.7


def test_the_end_of_the_call_decides_what_is_open() -> None:
    _, said = play([(1, 10)], [(6, 9.9)], length_s=10)
    assert said[-1][1] == Interruption("customer", 6 * RATE_HZ, round(9.9 * RATE_HZ), "attempt")


def turns(agent: Spans, customer: Spans) -> list[tuple[int, float]]:
    floor, _ = play(agent, customer)
    return [(floor.turns.of(party).count, floor.turns.of(party).longest / RATE_HZ) for party in (0, 1)]


def test_turns_are_counted_and_the_longest_kept() -> None:
    assert turns([(0, 3), (8, 13)], [(3.5, 7.5), (14, 16)]) == [(2, 5), (2, 4)]


def test_a_turn_goes_on_over_pauses_and_encouragements_but_not_over_silence() -> None:
    assert turns([(0, 3), (4.5, 6)], [(2, 2.5)]) == [(1, 6), (0, 0)]
    assert turns([(0, 3), (6.2, 8)], []) == [(2, 3), (0, 0)]


def test_a_failed_attempt_takes_no_turn() -> None:
    assert turns([(0, 10)], [(4, 6)]) == [(1, 10), (0, 0)]


def test_an_encouragement_after_ones_own_turn_does_not_prolong_it() -> None:
    assert turns([(0, 3), (5, 5.5)], [(4, 9)]) == [(1, 3), (1, 5)]


def test_the_monologue_grows_while_it_is_spoken() -> None:
    floor = Floor(RATE_HZ)
    seen = set()
    for index in range(10 * 1000 // FRAME_MS):
        floor.step((True, False), index * HOP, (index + 1) * HOP)
        seen.add(floor.turns.longest_monologue(0))
    assert floor.turns.longest_monologue(0) == 10 * RATE_HZ
    assert floor.turns.longest_monologue(1) == 0
    assert len(seen) > 400


def changes(agent: Spans, customer: Spans) -> list[tuple[int, float, float]]:
    floor, _ = play(agent, customer)
    return [(one.by, one.at / RATE_HZ, round(one.offset / RATE_HZ, 2)) for one in floor.turns.changes]


def test_changes_of_floor_have_their_offsets() -> None:
    assert changes([(0, 3), (8, 13)], [(3.5, 7.5), (12.8, 16)]) == [(1, 3.5, 0.5), (0, 8, 0.5), (1, 12.8, -0.2)]


def test_an_answer_begins_with_its_first_word_be_it_too_short_for_a_turn() -> None:
    assert changes([(0, 3)], [(3.4, 3.8), (4.6, 8)]) == [(1, 3.4, 0.4)]
    assert changes([(0, 3), (4.5, 6)], [(3.4, 3.8), (6.3, 8)]) == [(1, 6.3, 0.3)]


def test_what_is_only_probably_speech_interrupts_nobody() -> None:
    """A clatter every half second over a customer who speaks; and over one who perhaps does not."""
    for unsure in ((False, True), (True, False)):
        floor = Floor(RATE_HZ)
        told: list[Told] = []
        for index in range(12 * 1000 // FRAME_MS):
            at = index * FRAME_MS / 1000
            spoke = (5 <= at < 9 and index % 25 < 8, 1 <= at < 12)
            told += floor.step(spoke, index * HOP, (index + 1) * HOP, certain=unsure)
        assert [one for one in told + floor.finish(12 * RATE_HZ) if isinstance(one, Interruption)] == []
