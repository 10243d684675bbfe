"""The end of ring 3: what happens to a call that nobody lifted. See ``desk_script`` for the notation."""

from __future__ import annotations

import pytest

from phoneetiquette.calls.desk import Desk
from phoneetiquette.etiquette.policy import DeadlineAction
from tests.unit.desk_script import MESSAGE, NONE, OVERFLOW, new_desk, scene

RINGING = """
      0  | A arrives | bell ringer                                                 | A alerting
      0  | A rings   | A window 7..13                                              |
"""
PLANNED = RINGING.replace("A window 7..13", "A window 7..13; answer A at 13 warning if free")
OVERFLOWING = (
    RINGING
    + """
      13 | wait      | A deadline: overflow sip:night@pbx;    | A diverted, A-1 dialling
         |           | dial A-1 sip:night@pbx apart; bell off |
"""
)


def play(before: str, after: str, desk: Desk) -> Desk:
    return scene(before + after, desk)


# ---------------------------------------------------------------------------------------------------------- connect


def test_headset_taken_at_the_deadline_the_call_is_one_of_a_busy_receptionist() -> None:
    """The desk planned to connect; by the engine's clock the headset was taken in the last instant."""
    play(
        PLANNED,
        """
      13    | wait            | A deadline: connect; bell off                        | A answering
      13.01 | A cannot Answer | A deadline: message; A diverted in ring 3 +6010/-10 ms; message A | A message
        """,
        new_desk(),
    )


def test_headset_taken_and_nothing_to_do_about_it_goes_on_ringing() -> None:
    play(
        PLANNED,
        """
      13    | A cannot Answer | A deadline: connect; A deadline: none; bell off; bell ringer | A alerting
      13.5  | A cannot Answer |                                                      |
      14    | lift            | answer A; bell off                                   | A answering
      14    | A answered      | A late in ring 3 +7000/-1000 ms                      | A talking
        """,
        new_desk(when_absent=NONE),
    )


def test_lift_that_the_engine_cannot_carry_out_leaves_the_call_ringing() -> None:
    play(
        PLANNED,
        """
      2     | lift            | A armed for 7; answer A at 7; bell armed             | A armed
      7     | A cannot Answer | answer A at 13 warning if free; bell ringer          | A alerting
      8     | lift            | answer A; bell off                                   | A answering
      8     | A cannot Answer | answer A at 13 warning if free; bell ringer          | A alerting
      13    | wait            | A deadline: connect; bell off                        | A answering
        """,
        new_desk(),
    )


def test_absent_receptionist_is_not_connected() -> None:
    play(
        RINGING,
        """
      13 | wait       | A deadline: message; A diverted in ring 3 +6000/+0 ms; message A; bell off | A message
      13 | A answered |                                                            |
      40 | A leaves   | A closed                                                   | none
        """,
        new_desk(presence="absent"),
    )


def test_coming_and_going_changes_the_plan() -> None:
    play(
        PLANNED,
        """
      2  | absent  | forget A                                                         |
      3  | present | answer A at 13 warning if free                                   |
      4  | absent  | forget A                                                         |
      13 | wait    | A deadline: message; A diverted in ring 3 +6000/+0 ms; message A; bell off | A message
        """,
        new_desk(),
    )


def test_absent_receptionist_may_lift() -> None:
    play(
        RINGING,
        """
      8  | lift       | answer A; bell off                                            | A answering
      8  | A answered | A on_time in ring 2 +1000/+5000 ms                            | A talking
        """,
        new_desk(presence="absent"),
    )


@pytest.mark.parametrize(
    "busy_with",
    [
        "-1 | dial B | dial B sip:B@pbx | B dialling",
        "-1 | dial B | dial B sip:B@pbx | B dialling\n-1 | B rings there | | B ringing",
        "-1 | dial B | dial B sip:B@pbx | B dialling\n-1 | B answered | | B talking",
        "-1 | dial B | dial B sip:B@pbx | B dialling\n-1 | B answered | | B talking\n"
        "-1 | refer B to specialist | refer B to sip:specialist@pbx | B transferring",
    ],
    ids=["dialling", "ringing", "talking", "transferring"],
)
def test_busy_receptionist_is_not_connected(busy_with: str) -> None:
    desk = scene(busy_with, new_desk())
    state = f"B {desk.sessions['B'].state}"
    bell = "ear" if state == "B talking" else "ringer"
    scene(
        f"""{busy_with}
      0  | A arrives | bell {bell}        | {state}, A alerting
      0  | A rings   | A window 7..13     |
      13 | wait      | A deadline: message;                                  | {state}, A message
         |           | A diverted in ring 3 +6000/+0 ms; message A; bell off |
        """,
        new_desk(),
    )


def test_receptionist_with_a_customer_on_hold_is_not_busy() -> None:
    scene(
        """
      0  | dial B     | dial B sip:B@pbx                                              | B dialling
      0  | B answered |                                                               | B talking
      1  | hold       | hold B                                                        |
      1  | B held     |                                                               | B held
      2  | A arrives  | bell ringer                                                   | B held, A alerting
      2  | A rings    | A window 9..15; answer A at 15 warning if free                |
        """
    )


# ---------------------------------------------------------------------------------------------------------- message


def test_message_is_taken_with_the_configured_prompt() -> None:
    play(
        RINGING,
        """
      13 | wait       | A deadline: message; A diverted in ring 3 +6000/+0 ms; | A message
         |            | message A hello.wav; bell off                          |
      13 | lift       | refused: nothing rings                                        |
      13 | A answered |                                                               |
      20 | hang up    | refused: there is no call                                     |
      20 | hang up A  | hang up A by agent                                            |
        """,
        new_desk(deadline=DeadlineAction("message", prompt="hello.wav")),
    )


def test_message_with_sound_has_no_measures_to_wait_for() -> None:
    play(
        RINGING,
        """
      13 | wait        | A deadline: message; A diverted in ring 3 +6000/+0 ms; message A; bell off | A message
      13 | A answered  |                                                                            |
      13 | A has sound |                                                                            |
      40 | A leaves    | A closed                                                                   | none
        """,
        new_desk(deadline=MESSAGE),
    )


def test_message_that_cannot_be_taken_ends_the_call() -> None:
    play(
        RINGING,
        """
      13 | wait                 | A deadline: message;                                  | A message
         |                      | A diverted in ring 3 +6000/+0 ms; message A; bell off |
      13 | A cannot TakeMessage | hang up A by desk                                   |
      13 | A ended by desk      | A closed                                            | none
        """,
        new_desk(deadline=MESSAGE),
    )


# ------------------------------------------------------------------------------------------------------------- none


def test_nothing_happens_when_nothing_is_to_happen_and_the_verdict_tells_what_became_of_it() -> None:
    play(
        RINGING,
        """
      13 | wait     | A deadline: none                                                |
      60 | A leaves | A abandoned in ring 11 +53000/-47000 ms; A closed; bell off     | none
        """,
        new_desk(deadline=NONE),
    )


# --------------------------------------------------------------------------------------------------------- overflow


def test_overflow_target_answers_and_is_connected_with_the_caller() -> None:
    play(
        OVERFLOWING,
        """
      14 | A-1 rings there     |                                                      | A diverted, A-1 ringing
      20 | A-1 answered        | A diverted in ring 4 +13000/-7000 ms; | A joined, A-1 joined
         |                     | answer A apart; join A and A-1        |
      20 | A answered          |                                                      |
      20 | A and A-1 joined    |                                                      |
      21 | lift A              | refused: this cannot be done with a call that is joined |
      21 | hang up             | refused: there is no call                            |
      30 | A leaves            | A closed; hang up A-1 by desk                        | A-1 joined
      30 | A-1 ended by desk   | A-1 closed                                           | none
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_overflow_target_leaves_first() -> None:
    play(
        OVERFLOWING,
        """
      20 | A-1 answered        | A diverted in ring 4 +13000/-7000 ms; | A joined, A-1 joined
         |                     | answer A apart; join A and A-1        |
      20 | A-1 answered        |                                                      |
      20 | A answered          |                                                      |
      20 | A and A-1 joined    |                                                      |
      30 | A-1 leaves          | A-1 closed; hang up A by desk                        | A joined
      30 | A ended by desk     | A closed                                             | none
        """,
        new_desk(deadline=OVERFLOW),
    )


@pytest.mark.parametrize("refusal", ["486", "480", "408"], ids=["busy", "unavailable", "not answered"])
def test_overflow_target_does_not_take_it_so_a_message_is_taken(refusal: str) -> None:
    play(
        OVERFLOWING,
        f"""
      14 | A-1 rings there       |                                                    | A diverted, A-1 ringing
      23 | A-1 refuses {refusal} | A diverted in ring 4 +16000/-10000 ms; | A message
         |                       | A-1 closed; message A leave_word.wav   |
      23 | A answered            |                                                    |
        """,
        new_desk(deadline=OVERFLOW, when_absent=DeadlineAction("message", prompt="leave_word.wav")),
    )


def test_caller_leaves_while_the_overflow_target_rings() -> None:
    play(
        OVERFLOWING,
        """
      14 | A-1 rings there     |                                                      | A diverted, A-1 ringing
      20 | A leaves            | A abandoned in ring 4 +13000/-7000 ms; | A-1 ringing
         |                     | A closed; hang up A-1 by desk          |
      20 | A-1 ended by desk   | A-1 closed                                           | none
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_overflow_target_answers_a_caller_who_has_just_left() -> None:
    play(
        OVERFLOWING,
        """
      20 | A leaves            | A abandoned in ring 4 +13000/-7000 ms; | A-1 dialling
         |                     | A closed; hang up A-1 by desk          |
      20 | A-1 answered        |                                                      | A-1 joined
      20 | A-1 ended by desk   | A-1 closed                                           | none
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_lifted_back_from_the_overflow_target() -> None:
    """The receptionist came after all, late; the target's ringing ends."""
    play(
        OVERFLOWING,
        """
      14 | A-1 rings there     |                                                      | A diverted, A-1 ringing
      16 | lift                | hang up A-1 by desk; answer A                        | A answering, A-1 ringing
      16 | A answered          | A late in ring 3 +9000/-3000 ms                      | A talking, A-1 ringing
      16 | A-1 ended by desk   | A-1 closed                                           | A talking
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_caller_lifted_back_leaves_while_the_target_is_being_told() -> None:
    play(
        OVERFLOWING,
        """
      16 | lift                | hang up A-1 by desk; answer A                        | A answering, A-1 dialling
      16 | A answered          | A late in ring 3 +9000/-3000 ms                      | A talking, A-1 dialling
      17 | A leaves            | A closed                                             | A-1 dialling
      17 | A-1 ended by desk   | A-1 closed                                           | none
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_lifted_back_in_the_moment_the_overflow_target_answers() -> None:
    play(
        OVERFLOWING,
        """
      16 | lift                | hang up A-1 by desk; answer A | A answering, A-1 dialling
      16 | A-1 answered        |                                                      | A answering, A-1 joined
      16 | A answered          | A late in ring 3 +9000/-3000 ms                      | A talking, A-1 joined
      16 | A-1 ended by desk   | A-1 closed                                           | A talking
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_connected_by_the_engine_before_it_heard_that_the_agent_had_left() -> None:
    """The plan to connect was taken back too late: the caller is on the headset, the overflow is not needed."""
    play(
        PLANNED,
        """
      12.9999 | absent            | forget A                                          |
      13      | wait              | A deadline: overflow sip:night@pbx;    | A diverted, A-1 dialling
              |                   | dial A-1 sip:night@pbx apart; bell off |
      13      | A answered        | A on_time in ring 3 +6000/+0 ms; hang up A-1 by desk | A talking, A-1 dialling
      13      | A-1 ended by desk | A-1 closed                                        | A talking
        """,
        new_desk(when_absent=OVERFLOW),
    )


def test_far_leg_is_not_the_agents_to_handle() -> None:
    play(
        OVERFLOWING,
        """
      14 | hang up A-1 | refused: that call was placed for a customer                 |
      14 | hang up A   | hang up A by agent                                           |
      14 | A-1 rings there |                                                          | A diverted, A-1 ringing
      14 | send 1      | refused: there is no call to send digits in                  |
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_desk_tells_when_it_has_something_to_do() -> None:
    desk = scene(RINGING, new_desk(deadline=MESSAGE))
    closes_ns = desk.sessions["A"].window.closes_ns  # type: ignore[union-attr]
    assert desk.next_deadline() == closes_ns
    assert desk.advance(closes_ns - 1).events == []
    assert desk.advance(closes_ns).events != []
    assert desk.next_deadline() is None


@pytest.mark.parametrize("rings", [1, 5, 20])
def test_overflow_target_that_is_not_answered_is_given_up_after_so_many_rings(rings: int) -> None:
    over = 13 + 6 * rings
    play(
        OVERFLOWING,
        f"""
      13             | A-1 placed        |                                                    |
      14             | A-1 rings there   |                                                    | A diverted, A-1 ringing
      {over - 0.001} | wait              |                                                    |
      {over}         | wait              | A diverted in ring {3 + rings}                     | A message, A-1 ringing
                     |                   | {over * 1000 - 7000:+g}/{13000 - over * 1000:+g} ms; |
                     |                   | hang up A-1 by desk; message A                     |
      {over}         | A-1 answered      |                                                    | A message, A-1 joined
      {over}         | A-1 ended by desk | A-1 closed                                         | A message
        """,
        new_desk(deadline=OVERFLOW, overflow_rings=rings),
    )


def test_overflow_target_that_does_not_even_ring_is_given_up() -> None:
    play(
        OVERFLOWING,
        """
      13 | A-1 placed        |                                        |
      43 | wait              | A diverted in ring 8 +36000/-30000 ms; | A message, A-1 dialling
         |                   | hang up A-1 by desk; message A         |
      43 | A-1 ended by desk | A-1 closed                             | A message
        """,
        new_desk(deadline=OVERFLOW),
    )
