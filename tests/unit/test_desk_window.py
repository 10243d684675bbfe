"""Lifting, put against the ring window of six countries: see ``desk_script`` for the notation."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.unit.desk_script import NONE, new_desk, scene


@dataclass(frozen=True)
class Rings:
    """A country's ringing in seconds, from the published patterns, not from the code under test."""

    code: str
    cycle: float
    opens: float
    closes: float

    @property
    def early_in_ring_two(self) -> float:
        return self.cycle + 0.1

    @property
    def inside(self) -> float:
        return self.opens + 1

    @property
    def width_ms(self) -> float:
        return (self.closes - self.opens) * 1000


COUNTRIES = [
    Rings("AT", 6.0, 7.0, 13.0),
    Rings("DE", 5.0, 6.0, 11.0),
    Rings("FR", 5.0, 6.5, 11.5),
    Rings("GB", 3.0, 4.0, 7.0),
    Rings("JP", 3.0, 4.0, 7.0),
    Rings("US", 6.0, 8.0, 14.0),
]


@pytest.fixture(params=COUNTRIES, ids=lambda rings: rings.code)
def rings(request: pytest.FixtureRequest) -> Rings:
    assert isinstance(request.param, Rings)
    return request.param


def g(number: float) -> str:
    return f"{number:g}"


def arrival(r: Rings) -> str:
    """The first rows of every scene: a call, its window, the plan for the deadline, the bell."""
    return f"""
      0 | A arrives | bell ringer | A alerting
      0 | A rings   | A window {g(r.opens)}..{g(r.closes)}; answer A at {g(r.closes)} warning if free |
    """


def test_lifted_in_ring_one_is_connected_when_the_window_opens(rings: Rings) -> None:
    scene(
        arrival(rings)
        + f"""
      0.5        | lift       | A armed for {g(rings.opens)}; answer A at {g(rings.opens)}; bell armed | A armed
      {g(rings.opens)} | A answered | A on_time in ring 2 +0/+{g(rings.width_ms)} ms; bell off | A talking
            """,
        new_desk(rings.code),
    )


def test_lifted_in_ring_two_is_connected_when_the_window_opens(rings: Rings) -> None:
    at = rings.early_in_ring_two
    scene(
        arrival(rings)
        + f"""
      {g(at)}          | lift A     | A armed for {g(rings.opens)};            | A armed
                       |            | answer A at {g(rings.opens)}; bell armed |
      {g(rings.opens)} | A answered | A on_time in ring 2 +0/+{g(rings.width_ms)} ms; bell off | A talking
            """,
        new_desk(rings.code),
    )


def test_lifted_inside_the_window_is_connected_at_once(rings: Rings) -> None:
    ring = 2 if rings.inside < 2 * rings.cycle else 3
    left = (rings.closes - rings.inside) * 1000
    scene(
        arrival(rings)
        + f"""
      {g(rings.inside)} | lift       | answer A; bell off | A answering
      {g(rings.inside)} | A answered | A on_time in ring {ring} +1000/{left:+g} ms | A talking
            """,
        new_desk(rings.code),
    )


def test_lifted_at_the_very_opening_needs_no_arming(rings: Rings) -> None:
    scene(
        arrival(rings) + f"{g(rings.opens)} | lift | answer A; bell off | A answering",
        new_desk(rings.code),
    )


def test_never_lifted_is_connected_by_the_deadline(rings: Rings) -> None:
    closes = rings.closes
    scene(
        arrival(rings)
        + f"""
      {closes - 0.001:.3f} | wait |  |
      {g(closes)}          | wait | A deadline: connect; bell off | A answering
      {g(closes)}          | A answered | A on_time in ring 3 {rings.width_ms:+g}/+0 ms | A talking
            """,
        new_desk(rings.code),
    )


def test_lifted_too_late_is_late(rings: Rings) -> None:
    at, closes = rings.closes + 1, rings.closes
    ring = 3 if at < 3 * rings.cycle else 4
    scene(
        f"""
      0           | A arrives  | bell ringer | A alerting
      0           | A rings    | A window {g(rings.opens)}..{g(closes)} |
      {g(closes)} | wait       | A deadline: none |
      {g(at)}     | lift       | answer A; bell off | A answering
      {g(at)}     | A answered | A late in ring {ring} {rings.width_ms + 1000:+g}/-1000 ms | A talking
            """,
        new_desk(rings.code, deadline=NONE),
    )


def test_caller_who_leaves_before_the_window_could_not_have_been_answered(rings: Rings) -> None:
    after_open, before_close = (0.5 - rings.opens) * 1000, (rings.closes - 0.5) * 1000
    told = f"A short_abandon in ring 1 {after_open:+g}/{before_close:+g} ms; A closed; bell off"
    scene(arrival(rings) + f"0.5 | A leaves | {told} | none", new_desk(rings.code))


def test_caller_who_leaves_inside_the_window_was_let_down(rings: Rings) -> None:
    ring = 2 if rings.inside < 2 * rings.cycle else 3
    left = (rings.closes - rings.inside) * 1000
    told = f"A abandoned in ring {ring} +1000/{left:+g} ms; A closed; bell off"
    scene(
        arrival(rings) + f"{g(rings.inside)} | A leaves | {told} | none",
        new_desk(rings.code),
    )


def test_window_may_count_the_pause_as_part_of_the_ring() -> None:
    scene(
        """
      0  | A arrives | bell ringer | A alerting
      0  | A rings   | A window 12..18; answer A at 18 warning if free |
      7  | lift      | A armed for 12; answer A at 12; bell armed | A armed
        """,
        new_desk(ring_end="cycle"),
    )


def test_early_lift_taken_back_goes_on_ringing_and_may_be_lifted_again() -> None:
    scene(
        """
      0   | A arrives  | bell ringer                                      | A alerting
      0   | A rings    | A window 7..13; answer A at 13 warning if free   |
      1   | lift       | A armed for 7; answer A at 7; bell armed         | A armed
      2   | put down A | A disarmed; forget A; answer A at 13 warning if free; bell ringer | A alerting
      3   | lift       | A armed for 7; answer A at 7; bell armed         | A armed
      4   | put down A | A disarmed; forget A; answer A at 13 warning if free; bell ringer | A alerting
      8   | lift       | answer A; bell off                               | A answering
      8   | A answered | A on_time in ring 2 +1000/+5000 ms               | A talking
        """
    )


def test_taken_back_a_moment_too_late_the_call_is_connected_all_the_same() -> None:
    """The engine had answered before it heard of it: who is in talk is a fact."""
    scene(
        """
      0     | A arrives  | bell ringer                                    | A alerting
      0     | A rings    | A window 7..13; answer A at 13 warning if free |
      1     | lift       | A armed for 7; answer A at 7; bell armed       | A armed
      7     | put down A | A disarmed; forget A; answer A at 13 warning if free; bell ringer | A alerting
      7.001 | A answered | A on_time in ring 2 +1/+5999 ms; bell off      | A talking
        """
    )


@pytest.mark.parametrize(
    ("leaves", "told"),
    [
        ("2", "A short_abandon in ring 1 -5000/+11000 ms; A closed; bell off"),
        ("6.999", "A short_abandon in ring 2 -1/+6001 ms; A closed; bell off"),
    ],
)
def test_caller_leaves_while_armed(leaves: str, told: str) -> None:
    scene(
        f"""
      0        | A arrives | bell ringer                                    | A alerting
      0        | A rings   | A window 7..13; answer A at 13 warning if free |
      1        | lift      | A armed for 7; answer A at 7; bell armed       | A armed
      {leaves} | A leaves  | {told}                                         | none
        """
    )


def test_caller_leaves_while_being_answered() -> None:
    scene(
        """
      0 | A arrives | bell ringer                                         | A alerting
      0 | A rings   | A window 7..13; answer A at 13 warning if free      |
      8 | lift      | answer A; bell off                                  | A answering
      8 | A leaves  | A abandoned in ring 2 +1000/+5000 ms; A closed      | none
        """
    )


def test_caller_leaves_before_ringing_has_begun() -> None:
    scene(
        """
      0 | A arrives | bell ringer         | A alerting
      0 | A leaves  | A closed; bell off  | none
        """
    )


def test_declined_by_the_agent() -> None:
    scene(
        """
      0 | A arrives          | bell ringer                                                  | A alerting
      0 | A rings            | A window 7..13; answer A at 13 warning if free               |
      1 | hang up A          | hang up A by agent                                           |
      1 | A ended by agent   | A unanswered in ring 1 -6000/+12000 ms; A closed; bell off   | none
        """
    )


def test_no_lift_before_it_rings() -> None:
    scene(
        """
      0 | lift      | refused: nothing rings       |
      0 | A arrives | bell ringer                  | A alerting
      0 | lift A    | refused: it does not ring yet |
        """
    )


def test_two_calls_at_once_have_a_window_each() -> None:
    scene(
        """
      0     | A arrives  | bell ringer                                               | A alerting
      0     | A rings    | A window 7..13; answer A at 13 warning if free            |
      2     | B arrives  |                                                           | A alerting, B alerting
      2     | B rings    | B window 9..15; answer B at 15 warning if free            |
      3     | lift       | A armed for 7; answer A at 7; bell ear                    | A armed, B alerting
      4     | lift       | B armed for 9; answer B at 9; bell armed                  | A armed, B armed
      7     | A answered | A on_time in ring 2 +0/+6000 ms; bell off                 | A talking, B armed
      7     | A has sound |                                                          |
      9     | B answered | B on_time in ring 2 +0/+6000 ms; hold A; resume B         | A talking, B talking
      9.1   | A held     |                                                           | A held, B talking
      9.1   | B has sound |                                                          |
      20    | B leaves   |                                                           | A held, B ended
      20.2  | B measured finally | B closed                                          | A held
        """
    )


def test_second_call_at_its_deadline_while_the_first_is_in_talk_is_that_of_a_busy_receptionist() -> None:
    scene(
        """
      0  | A arrives  | bell ringer                                               | A alerting
      0  | A rings    | A window 7..13; answer A at 13 warning if free            |
      2  | B arrives  |                                                           | A alerting, B alerting
      2  | B rings    | B window 9..15; answer B at 15 warning if free            |
      8  | lift A     | answer A; forget B                                        | A answering, B alerting
      8  | A answered | A on_time in ring 2 +1000/+5000 ms; bell ear              | A talking, B alerting
      15 | wait       | B deadline: message;                                  | A talking, B message
         |            | B diverted in ring 3 +6000/+0 ms; message B; bell off |
      15 | B answered |                                                           |
      99 | B leaves   | B closed                                                  | A talking
        """,
    )


def test_second_call_can_be_connected_again_when_the_first_is_over_in_time() -> None:
    scene(
        """
      0  | A arrives  | bell ringer                                               | A alerting
      0  | A rings    | A window 7..13; answer A at 13 warning if free            |
      2  | B arrives  |                                                           | A alerting, B alerting
      2  | B rings    | B window 9..15; answer B at 15 warning if free            |
      8  | lift A     | answer A; forget B                                        | A answering, B alerting
      8  | A answered | A on_time in ring 2 +1000/+5000 ms; bell ear              | A talking, B alerting
      10 | A leaves   | A closed; answer B at 15 warning if free; bell ringer     | B alerting
      15 | wait       | B deadline: connect; bell off                             | B answering
        """
    )


def test_lift_while_talking_holds_the_first_when_the_second_is_connected() -> None:
    scene(
        """
      0    | A arrives  | bell ringer                                               | A alerting
      0    | A rings    | A window 7..13; answer A at 13 warning if free            |
      8    | lift       | answer A; bell off                                        | A answering
      8    | A answered | A on_time in ring 2 +1000/+5000 ms                        | A talking
      10   | B arrives  | bell ear                                                  | A talking, B alerting
      10   | B rings    | B window 17..23                                           |
      11   | lift       | B armed for 17; answer B at 17; bell off                  | A talking, B armed
      17   | B answered | B on_time in ring 2 +0/+6000 ms; hold A; resume B         | A talking, B talking
      17.1 | A held     |                                                           | A held, B talking
        """
    )


def test_without_enforcement_an_early_lift_connects_at_once_and_is_called_early() -> None:
    scene(
        """
      0 | A arrives  | bell ringer                                      | A alerting
      0 | A rings    | A window 7..13; answer A at 13 warning if free   |
      1 | lift       | answer A; bell off                               | A answering
      1 | A answered | A early in ring 1 -6000/+12000 ms                | A talking
        """,
        new_desk(enforce=False),
    )


def test_emergency_line_knows_no_window() -> None:
    scene(
        """
      0 | A arrives for 112 | bell ringer                                                  | A alerting
      0 | A rings           | A window 7..13 emergency_line; answer A at 13 warning if free |
      1 | lift              | answer A; bell off                                           | A answering
      1 | A answered        | A exempt in ring 1 -6000/+12000 ms emergency_line            | A talking
        """,
        new_desk(emergency_lines=("112",)),
    )


def test_emergency_line_still_has_a_deadline() -> None:
    scene(
        """
      0  | A arrives for 112 | bell ringer                                                  | A alerting
      0  | A rings           | A window 7..13 emergency_line; answer A at 13 warning if free |
      13 | wait              | A deadline: connect; bell off                                | A answering
        """,
        new_desk(emergency_lines=("112",)),
    )


def test_listed_peer_may_ask_to_be_answered_at_once() -> None:
    scene(
        """
      0 | A arrives asking to be answered | bell ringer                                   | A alerting
      0 | A rings    | A window 7..13 auto_answer; answer A; bell off                     | A answering
      0 | A answered | A exempt in ring 1 -7000/+13000 ms auto_answer                     | A talking
      1 | B arrives asking to be answered | bell ear | A talking, B alerting
      1 | B rings    | B window 8..14 auto_answer                                         |
        """,
        new_desk(auto_answer_from=("192.0.2.0/24",)),
    )


def test_unlisted_peer_may_not() -> None:
    scene(
        """
      0 | A arrives asking to be answered | bell ringer                            | A alerting
      0 | A rings | A window 7..13; answer A at 13 warning if free                 |
        """,
        new_desk(auto_answer_from=("198.51.100.0/24",)),
    )


def test_nobody_is_put_on_the_headset_of_an_absent_receptionist_because_the_caller_asks() -> None:
    scene(
        """
      0 | A arrives asking to be answered | bell ringer               | A alerting
      0 | A rings                         | A window 7..13 auto_answer |
      2 | lift                            | answer A; bell off        | A answering
        """,
        new_desk(presence="absent", auto_answer_from=("192.0.2.1",)),
    )


def test_second_ring_robot_lifts_four_calls_at_their_openings() -> None:
    scene(
        """
      0    | A arrives  | bell ringer                                    | A alerting
      0    | A rings    | A window 7..13; A armed for 7; answer A at 7; bell armed | A armed
      1    | B arrives  | bell ear                                       | A armed, B alerting
      1    | B rings    | B window 8..14; B armed for 8; answer B at 8; bell armed | A armed, B armed
      2    | C arrives  | bell ear                                       | A armed, B armed, C alerting
      2    | C rings    | C window 9..15; C armed for 9; answer C at 9; bell armed | A armed, B armed, C armed
      3    | D arrives  | bell ear                                       | A armed, B armed, C armed, D alerting
      3    | D rings    | D window 10..16; D armed for 10; | A armed, B armed, C armed, D armed
           |            | answer D at 10; bell armed       |
      7    | A answered | A on_time in ring 2 +0/+6000 ms; bell off      | A talking, B armed, C armed, D armed
      8    | B answered | B on_time in ring 2 +0/+6000 ms; | A talking, B talking, C armed, D armed
           |            | hold A; resume B                 |
      8.1  | A held     |                                                | A held, B talking, C armed, D armed
      9    | C answered | C on_time in ring 2 +0/+6000 ms; | A held, B talking, C talking, D armed
           |            | hold B; resume C                 |
      9.1  | B held     |                                                | A held, B held, C talking, D armed
      10   | D answered | D on_time in ring 2 +0/+6000 ms; hold C; resume D | A held, B held, C talking, D talking
      10.1 | C held     |                                                | A held, B held, C held, D talking
        """,
        new_desk(auto_lift="second_ring"),
    )


def test_third_ring_robot_lifts_four_calls_at_their_deadlines_without_a_warning() -> None:
    scene(
        """
      0     | A arrives  | bell ringer                   | A alerting
      0     | A rings    | A window 7..13; answer A at 13 |
      1     | B arrives  |                               | A alerting, B alerting
      1     | B rings    | B window 8..14; answer B at 14 |
      2     | C arrives  |                               | A alerting, B alerting, C alerting
      2     | C rings    | C window 9..15; answer C at 15 |
      3     | D arrives  |                               | A alerting, B alerting, C alerting, D alerting
      3     | D rings    | D window 10..16; answer D at 16 |
      13    | A answered | A deadline: connect;                      | A talking, B alerting, C alerting,
            |            | A on_time in ring 3 +6000/+0 ms; bell ear | D alerting
      14    | B answered | B deadline: connect;                              | A talking, B talking, C alerting,
            |            | B on_time in ring 3 +6000/+0 ms; hold A; resume B | D alerting
      14.1  | A held     |                               | A held, B talking, C alerting, D alerting
      15    | C answered | C deadline: connect;                              | A held, B talking, C talking,
            |            | C on_time in ring 3 +6000/+0 ms; hold B; resume C | D alerting
      15.1  | B held     |                               | A held, B held, C talking, D alerting
      16    | D answered | D deadline: connect; D on_time in ring 3 +6000/+0 ms; | A held, B held, C talking,
            |            | bell off; hold C; resume D                            | D talking
        """,
        new_desk(auto_lift="third_ring"),
    )
