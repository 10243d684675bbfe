"""The floor rule on made-up activity: each case of the definitions, and its nearest neighbour that is none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from phoneetiquette.speech.definitions import FRAME_MS
from phoneetiquette.speech.facts import Interruption
from phoneetiquette.speech.floor import Floor

RATE_HZ = 8000
HOP = RATE_HZ * FRAME_MS // 1000

Spans = Sequence[tuple[float, float]]


def play(agent: Spans, customer: Spans, length_s: float = 30.0) -> tuple[Floor, list[Interruption]]:
    """A floor that has seen who spoke when (seconds) to the end of the call, and what it said."""
    floor = Floor(RATE_HZ)
    said = []
    for index in range(round(length_s * 1000 / FRAME_MS)):
        at = index * FRAME_MS / 1000
        spoke = (any(a <= at < b for a, b in agent), any(a <= at < b for a, b in customer))
        said += floor.step(spoke, index * HOP, (index + 1) * HOP)
    return floor, said + floor.finish()


def interruptions(agent: Spans, customer: Spans) -> list[tuple[str, float, float, str]]:
    _, said = play(agent, customer)
    return [(one.by, one.start / RATE_HZ, one.end / RATE_HZ, one.outcome) for one in said]


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


def test_an_interruption_is_known_long_before_the_newcomer_ends() -> None:
    floor = Floor(RATE_HZ)
    for index in range(20 * 1000 // FRAME_MS):
        at = index * FRAME_MS / 1000
        if floor.step((at >= 5, at < 6), index * HOP, (index + 1) * HOP):
            assert 6.5 < at < 6.7
            return
    pytest.fail("the interruption was not noticed while the newcomer spoke")


def test_the_end_of_the_call_decides_what_is_open() -> None:
    _, said = play([(1, 10)], [(6, 9.9)], length_s=10)
    assert said == [Interruption("customer", 6 * RATE_HZ, round(9.9 * RATE_HZ), "attempt")]


def turns(agent: Spans, customer: Spans) -> list[tuple[int, float]]:
    floor, _ = play(agent, customer)
    return [(floor.turns(party).count, floor.turns(party).longest / RATE_HZ) for party in (0, 1)]


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
        seen.add(floor.longest_monologue(0))
    assert floor.longest_monologue(0) == 10 * RATE_HZ
    assert floor.longest_monologue(1) == 0
    assert len(seen) > 400
