"""Calls that come in by a dialplan: before they ring, and at the end of the third ring. See ``desk_script``."""

from __future__ import annotations

from tests.unit.desk_script import OVERFLOW, new_desk, scene
from tests.unit.topic_scenes import TALKING_TO_A, guide


def play(rows: str, before: str = "") -> None:
    scene(before + rows, new_desk(guide=guide()))


def test_call_is_refused_before_it_rings() -> None:
    play(
        """
       0 | A arrives for full | A plan: refuse; reject A 486                  | A diverted
       0 | A ended by desk    | A closed                                      | none
        """
    )


def test_others_are_called_when_the_window_opens_then_the_desk_rings() -> None:
    """Nobody is connected before a person would have lifted."""
    play(
        """
       0 | A arrives for sales | A plan: m                                     | A diverted
       0 | A rings             | A window 7..13                                |
       6 | wait                |                                               |
       7 | wait                | A tries m; dial A-1 sip:m@pbx apart           | A diverted, A-1 dialling
       8 | A-1 refuses 486     | A m: busy; A plan: desk; A search: nobody;    | A alerting
         |                     | A-1 closed; bell ringer                       |
       9 | lift                | answer A; bell off                            | A answering
       9 | A answered          | A on_time in ring 2 +2000/+4000 ms            | A talking
        """
    )


def test_customer_is_connected_with_who_answers() -> None:
    play(
        """
       0 | A arrives for sales | A plan: m                                     | A diverted
       0 | A rings             | A window 7..13                                |
       7 | wait                | A tries m; dial A-1 sip:m@pbx apart           | A diverted, A-1 dialling
       9 | A-1 answered        | A m: answered; A search: connected;           | A joined, A-1 joined
         |                     | A diverted in ring 2 +2000/+4000 ms;          |
         |                     | answer A apart; join A and A-1                |
       9 | A answered          |                                               |
       9 | A and A-1 joined    |                                               |
      20 | A-1 leaves          | A-1 closed; hang up A by desk                 | A joined
        """
    )


def test_whom_the_plan_names_rings_from_when_there_is_a_main_to_call_them() -> None:
    """It was away for longer than they would have rung."""
    play(
        """
       0     | A arrives for sales | A plan: m                                     | A diverted
       0     | A rings             | A window 7..13                                |
      60     | engine starts A     | A tries m; unmute; bell off;                  | A diverted, A-1 dialling
             |                     | dial A-1 sip:m@pbx apart                      |
      60     | A-1 placed          |                                               |
      61     | A-1 rings there     |                                               | A diverted, A-1 ringing
      72.999 | wait                |                                               |
      73     | wait                | A m: no_answer; A plan: desk;                 | A alerting, A-1 ringing
             |                     | A search: nobody; hang up A-1 by desk;        |
             |                     | bell ringer                                   |
        """
    )


def test_call_that_main_did_not_come_to_ask_for_is_not_waited_for_without_end() -> None:
    play(
        """
       0     | engine starts       | unmute; bell off                              | none
       0     | A arrives for sales | A plan: m                                     | A diverted
       0     | A rings             | A window 7..13                                |
       7     | wait                | A tries m; dial A-1 sip:m@pbx apart           | A diverted, A-1 dialling
      60     | engine starts A     | unmute; bell off                              |
      71.999 | wait                |                                               |
      72     | wait                | A m: no_answer; A plan: desk;                 | A alerting, A-1 dialling
             |                     | A search: nobody; hang up A-1 by desk;        |
             |                     | bell ringer                                   |
        """
    )


def test_desk_rings_again_past_the_window_and_then_the_plan_goes_on() -> None:
    play(
        """
       0 | A arrives for sales | A plan: m                                     | A diverted
       0 | A rings             | A window 7..13                                |
       7 | wait                | A tries m; dial A-1 sip:m@pbx apart           | A diverted, A-1 dialling
       7 | A-1 placed          |                                               |
      19 | wait                | A m: no_answer; A plan: desk;                 | A alerting, A-1 dialling
         |                     | A search: nobody; hang up A-1 by desk;        |
         |                     | bell ringer                                   |
      37 | wait                | A plan: j; A deadline: overflow sip:j@pbx;    | A diverted, A-1 dialling,
         |                     | A tries j; dial A-2 sip:j@pbx apart;          | A-2 dialling
         |                     | bell off                                      |
      38 | A-1 ended by desk   | A-1 closed                                    | A diverted, A-2 dialling
      39 | A-2 refuses 486     | A j: busy; A plan: message sales;             | A message
         |                     | A search: nobody;                             |
         |                     | A asked for a message sales;                  |
         |                     | A diverted in ring 7 +32000/-26000 ms;        |
         |                     | A-2 closed; say leave_message+beep to A       |
      40 | A leaves            | A closed                                      | none
        """
    )


def test_receptionist_lifts_a_call_that_others_are_called_for() -> None:
    play(
        """
       0 | A arrives for sales | A plan: m                                     | A diverted
       0 | A rings             | A window 7..13                                |
       7 | wait                | A tries m; dial A-1 sip:m@pbx apart           | A diverted, A-1 dialling
       8 | lift                | A m: withdrawn; A search: taken_back;         | A answering, A-1 dialling
         |                     | hang up A-1 by desk; answer A                 |
       8 | A answered          | A on_time in ring 2 +1000/+5000 ms            | A talking, A-1 dialling
       8 | A-1 ended by desk   | A-1 closed                                    | A talking
        """
    )


def test_at_the_deadline_others_are_called_and_then_the_headset_opens() -> None:
    play(
        """
       0 | A arrives for late | A plan: desk; bell ringer                     | A alerting
       0 | A rings            | A window 7..13                                |
      13 | wait               | A plan: boss;                                 | A diverted, A-1 dialling
         |                    | A deadline: overflow sip:boss@pbx;            |
         |                    | A tries boss; dial A-1 sip:boss@pbx apart;    |
         |                    | bell off                                      |
      14 | A-1 refuses 603    | A boss: refused; A plan: connect;             | A answering
         |                    | A search: nobody; A-1 closed;                 |
         |                    | answer A warning if free                      |
      14 | A answered         | A late in ring 3 +7000/-1000 ms               | A talking
        """
    )


def test_headset_opens_at_the_deadline_to_the_moment() -> None:
    """The engine has been told ahead."""
    play(
        """
       0 | A arrives for open | A plan: desk; bell ringer                     | A alerting
       0 | A rings            | A window 7..13;                               |
         |                    | answer A at 13 warning if free                |
      13 | wait               | A plan: connect; A deadline: connect;         | A answering
         |                    | bell off                                      |
      13 | A answered         | A on_time in ring 3 +6000/+0 ms               | A talking
        """
    )


def test_busy_receptionists_headset_is_not_opened() -> None:
    play(
        """
      12 | B arrives for open | B plan: desk; bell ear                        | A talking, B alerting
      12 | B rings            | B window 19..25                               |
      25 | wait               | B plan: message sales; B deadline: message;   | A talking, B message
         |                    | B asked for a message sales;                  |
         |                    | B diverted in ring 3 +6000/+0 ms;             |
         |                    | say leave_message+beep to B; bell off         |
      26 | B leaves           | B closed                                      | A talking
        """,
        TALKING_TO_A,
    )


def test_emergency_does_not_wait_for_the_window() -> None:
    play(
        """
       0 | A arrives for alarm | A plan: guard                                 | A diverted
       0 | A rings             | A window 7..13 emergency_line; A tries guard; | A diverted, A-1 dialling
         |                     | dial A-1 sip:guard@pbx apart                  |
       1 | A-1 answered        | A guard: answered; A search: connected;       | A joined, A-1 joined
         |                     | A exempt in ring 1 -6000/+12000 ms emergency_line; |
         |                     | answer A apart; join A and A-1                |
       1 | A answered          |                                               |
       1 | A and A-1 joined    |                                               |
        """
    )


def test_emergency_that_nobody_else_answers_rings_the_desk() -> None:
    play(
        """
       0 | A arrives for alarm | A plan: guard                                 | A diverted
       0 | A rings             | A window 7..13 emergency_line; A tries guard; | A diverted, A-1 dialling
         |                     | dial A-1 sip:guard@pbx apart                  |
       1 | A-1 refuses 486     | A guard: busy; A plan: desk;                  | A alerting
         |                     | A search: nobody; A-1 closed; bell ringer     |
       2 | lift                | answer A; bell off                            | A answering
       2 | A answered          | A exempt in ring 1 -5000/+11000 ms emergency_line | A talking
        """
    )


def test_caller_leaves_before_anybody_is_called() -> None:
    play(
        """
       0 | A arrives for sales | A plan: m                                     | A diverted
       0 | A rings             | A window 7..13                                |
       5 | A leaves            | A short_abandon in ring 1 -2000/+8000 ms;     | none
         |                     | A search: left; A closed                      |
        """
    )


def test_specialist_leaves_at_the_moment_of_connection() -> None:
    play(
        """
       0 | A arrives for sales | A plan: m                                     | A diverted
       0 | A rings             | A window 7..13                                |
       7 | wait                | A tries m; dial A-1 sip:m@pbx apart           | A diverted, A-1 dialling
       9 | A-1 answered        | A m: answered; A search: connected;           | A joined, A-1 joined
         |                     | A diverted in ring 2 +2000/+4000 ms;          |
         |                     | answer A apart; join A and A-1                |
       9 | A-1 leaves          | A-1 closed; hang up A by desk                 | A joined
        """
    )


def test_headset_taken_in_the_last_instant_and_the_plan_goes_on() -> None:
    scene(
        """
       0     | A arrives for open | A plan: desk; bell ringer                      | A alerting
       0     | A rings            | A window 7..13; answer A at 13 warning if free |
       13    | wait               | A plan: connect; A deadline: connect; bell off | A answering
       13.01 | A cannot Answer    | A plan: message sales; A deadline: message;    | A message
             |                    | A asked for a message sales;                   |
             |                    | A diverted in ring 3 +6010/-10 ms;             |
             |                    | say leave_message+beep to A                    |
        """,
        new_desk(guide=guide(), when_absent=OVERFLOW),
    )
