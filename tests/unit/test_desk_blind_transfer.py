"""Putting through blind, by the other side or in the seat. See ``desk_script`` for the notation."""

from __future__ import annotations

from tests.unit.desk_script import scene
from tests.unit.transfer_scenes import BLIND, CALLING_B, IN_THE_SEAT, TALKING_TO_A, play

# ---------------------------------------------------------------------------------------------------- by the other side


def test_blind_transfer_succeeds() -> None:
    play(
        BLIND,
        """
      2 | A referred 202         |                         |
      3 | A referred 180         |                         |
      4 | A referred 200 finally | hang up A by transfer   |
      4 | A ended by transfer    | A closed                | none
        """,
    )


def test_blind_transfer_of_a_call_on_hold() -> None:
    play(
        CALLING_B,
        """
      3 | B refuses 486          | B closed                              | A held
      4 | refer A to specialist  | refer A to sip:specialist@pbx         | A transferring
      5 | A referred 202         |                                       |
      6 | A referred 486 finally |                                       | A held
        """,
    )


def test_blind_transfer_to_a_busy_target_gives_the_customer_back() -> None:
    play(
        BLIND,
        """
      2 | A referred 202         |                         |
      3 | A referred 486 finally | resume A                | A talking
        """,
    )


def test_blind_transfer_fails_while_the_agent_talks_to_somebody_else() -> None:
    play(
        BLIND,
        """
      2 | A referred 202         |                          |
      3 | dial B                 | dial B sip:B@pbx         | A transferring, B dialling
      4 | B answered             |                          | A transferring, B talking
      5 | A referred 486 finally | hold A                   | A held, B talking
      5 | A held                 |                          |
        """,
    )


def test_customer_leaves_during_a_blind_transfer() -> None:
    play(BLIND, "3 | A leaves | A closed | none")


def test_transfer_that_cannot_be_asked_for() -> None:
    play(BLIND, "2 | A cannot TransferBlind | resume A | A talking")


def test_news_of_a_transfer_that_was_given_up_changes_nothing() -> None:
    play(
        BLIND,
        """
      3 | A referred 486 finally | resume A | A talking
      4 | A referred 200 finally |          |
        """,
    )


# ---------------------------------------------------------------------------------------------------------- in the seat


def test_peer_that_takes_no_refer_is_joined_with_the_target_in_the_seat() -> None:
    play(
        IN_THE_SEAT,
        """
      3 | A-1 rings there   |                       | A transferring, A-1 ringing
      4 | A-1 answered      | join A and A-1        | A transferring, A-1 joined
      4 | A and A-1 joined  |                       | A joined, A-1 joined
      4 | A unheld          |                       |
      9 | A-1 leaves        | A-1 closed; hang up A by desk | A joined
      9 | A ended by desk   | A closed              | none
        """,
    )


def test_target_called_by_the_seat_is_busy() -> None:
    play(
        IN_THE_SEAT,
        """
      3 | A-1 refuses 486   | A-1 closed            | A held
      4 | resume            | resume A              |
      4 | A unheld          |                       | A talking
        """,
    )


def test_target_called_by_the_seat_is_busy_before_the_hold_was_confirmed() -> None:
    play(
        BLIND,
        """
      2 | A referred 603 refused | hold A; dial A-1 sip:specialist@pbx apart | A transferring, A-1 dialling
      2 | A-1 refuses 486        | A-1 closed       | A held
      2 | A held                 |                  |
        """,
    )


def test_customer_leaves_while_the_seat_calls_the_target() -> None:
    play(
        IN_THE_SEAT,
        """
      3 | A leaves          | A closed; hang up A-1 by desk | A-1 dialling
      3 | A-1 ended by desk | A-1 closed            | none
        """,
    )


def test_target_answers_and_leaves_before_it_could_be_joined() -> None:
    play(
        IN_THE_SEAT,
        """
      4 | A-1 answered      | join A and A-1        | A transferring, A-1 joined
      4 | A-1 leaves        | A-1 closed            | A held
      4 | A cannot Join     |                       |
        """,
    )


def test_calls_that_cannot_be_joined_come_apart() -> None:
    play(
        IN_THE_SEAT,
        """
      4 | A-1 answered      | join A and A-1        | A transferring, A-1 joined
      4 | A cannot Join     | hang up A-1 by desk   | A held, A-1 joined
      4 | A-1 ended by desk | A-1 closed            | A held
        """,
    )


def test_call_already_on_hold_or_on_its_way_there_is_not_told_again_when_the_peer_takes_no_refer() -> None:
    play(
        TALKING_TO_A,
        """
      2 | hold                   | hold A                                |
      2 | refer A to specialist  | refer A to sip:specialist@pbx         | A transferring
      3 | A referred 603 refused | dial A-1 sip:specialist@pbx apart     | A transferring, A-1 dialling
        """,
    )
    play(
        TALKING_TO_A,
        """
      2 | hold                   | hold A                                |
      2 | A held                 |                                       | A held
      2 | refer A to specialist  | refer A to sip:specialist@pbx         | A transferring
      3 | A referred 603 refused | dial A-1 sip:specialist@pbx apart     | A transferring, A-1 dialling
        """,
    )


def test_agent_is_free_while_the_seat_calls_the_target_for_a_customer_on_hold() -> None:
    play(
        IN_THE_SEAT,
        """
      3 | B arrives         | bell ringer                                     | A transferring, A-1 dialling, B alerting
      3 | B rings           | B window 10..16; answer B at 16 warning if free |
        """,
    )


def test_refusal_told_twice_dials_once() -> None:
    play(IN_THE_SEAT, "2.1 | A referred 603 refused | |")


# ------------------------------------------------------------------------------------------------------------ no answer


def test_transfer_without_news_gives_the_customer_back() -> None:
    desk = scene(
        BLIND
        + """
      3      | A referred 180         |                                                               |
      34.999 | wait                   |                                                               |
      35     | wait                   | A not transferred: 408 no answer about the transfer; resume A | A talking
      36     | A referred 486 finally |                                                               |
        """
    )
    assert desk.sessions["A"].transfer == {
        "target": "sip:specialist@pbx",
        "code": 408,
        "reason": "no answer about the transfer",
    }
    assert desk.next_deadline() is None


NO_NEWS = """
      3  | A referred 180 |                                                               |
      35 | wait           | A not transferred: 408 no answer about the transfer; resume A | A talking
"""


def test_transfer_that_succeeds_after_all_ends_the_call_on_hold() -> None:
    play(
        BLIND + NO_NEWS,
        """
      36 | hold                   | hold A                |
      36 | A held                 |                       | A held
      40 | A referred 200 finally | hang up A by transfer |
      40 | A ended by transfer    | A closed              | none
        """,
    )


def test_transfer_that_succeeds_after_all_takes_nobody_out_of_a_talk() -> None:
    desk = scene(BLIND + NO_NEWS + "40 | A referred 200 finally | |")
    assert desk.sessions["A"].transfer == {"target": "sip:specialist@pbx", "code": 200, "reason": ""}


def test_late_news_of_an_earlier_transfer_is_none_of_a_later_one() -> None:
    play(
        BLIND + NO_NEWS,
        """
      36 | refer A to B           | refer A to sip:B@pbx | A transferring
      37 | A referred 202         |                      |
      38 | A referred 486 finally | resume A             | A talking
      39 | hold                   | hold A               |
      39 | A held                 |                      | A held
      40 | A referred 200 finally |                      |
        """,
    )


def test_transfer_that_has_succeeded_is_not_waited_for() -> None:
    play(
        BLIND,
        """
      3  | A referred 200 finally | hang up A by transfer |
      90 | wait                   |                       |
        """,
    )


def test_target_in_the_seat_that_is_not_answered_gives_the_customer_back() -> None:
    play(
        IN_THE_SEAT,
        """
      2      | A-1 placed        |                                            |
      3      | A-1 rings there   |                                            | A transferring, A-1 ringing
      31.999 | wait              |                                            |
      32     | wait              | A not transferred: 408 nobody answered;    | A held, A-1 ringing
             |                   | hang up A-1 by desk                        |
      32     | A-1 answered      |                                            | A held, A-1 joined
      32     | A-1 ended by desk | A-1 closed                                 | A held
        """,
    )
