"""Putting through: blind, attended, in the seat, conference. See ``desk_script`` for the notation."""

from __future__ import annotations

import pytest

from phoneetiquette import events as e
from phoneetiquette.errors import CallError
from tests.unit.desk_script import moment, scene

TALKING_TO_A = """
      0 | dial A     | dial A sip:A@pbx         | A dialling
      1 | A answered |                          | A talking
"""
CALLING_B = (
    TALKING_TO_A
    + """
      2 | dial B     | hold A; dial B sip:B@pbx | A talking, B dialling
      2 | A held     |                          | A held, B dialling
"""
)
CONSULTING_B = (
    CALLING_B
    + """
      3 | B answered |                          | A held, B talking
"""
)
BLIND = (
    TALKING_TO_A
    + """
      2 | refer to specialist | refer A to sip:specialist@pbx | A transferring
"""
)
ATTENDED = (
    CONSULTING_B
    + """
      4 | put through | refer A to call B       | A transferring, B transferring
"""
)
IN_THE_SEAT = (
    BLIND
    + """
      2 | A referred 603 refused | hold A; dial A-1 sip:specialist@pbx apart | A transferring, A-1 dialling
      2 | A held                 |                                           |
"""
)
CONFERENCE = (
    CONSULTING_B
    + """
      4 | confer             | join B and A with agent |
      4 | B and A conferring |                         | A conference, B conference
      4 | A unheld           |                         |
"""
)


def play(before: str, after: str) -> None:
    scene(before + after)


# ------------------------------------------------------------------------------------------------------------ blind


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


@pytest.mark.parametrize("command", ["TransferBlind", "TransferAttended"])
def test_transfer_that_cannot_be_asked_for(command: str) -> None:
    if command == "TransferBlind":
        play(BLIND, f"2 | A cannot {command} | resume A | A talking")
    else:
        play(ATTENDED, f"4 | A cannot {command} | resume B | A held, B talking")


def test_news_of_a_transfer_that_was_given_up_changes_nothing() -> None:
    play(
        BLIND,
        """
      3 | A referred 486 finally | resume A | A talking
      4 | A referred 200 finally |          |
        """,
    )


# ------------------------------------------------------------------------------------------------------ in the seat


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


# --------------------------------------------------------------------------------------------------------- attended


def test_attended_transfer_succeeds() -> None:
    play(
        ATTENDED,
        """
      4 | A referred 202         |                                              |
      5 | A referred 200 finally | hang up A by transfer; hang up B by transfer |
      5 | A ended by transfer    | A closed                                     | B transferring
      5 | B ended by transfer    | B closed                                     | none
        """,
    )


def test_specialists_phone_ends_its_call_with_us_before_we_hear_that_it_took_the_customers() -> None:
    play(
        ATTENDED,
        """
      4 | A referred 202         |                       |
      5 | B leaves               | B closed              | A transferring
      5 | A referred 200 finally | hang up A by transfer |
      5 | A ended by transfer    | A closed              | none
        """,
    )


def test_specialist_leaves_instead_of_taking_the_customer() -> None:
    play(
        ATTENDED,
        """
      4 | A referred 202         |                       |
      5 | B leaves               | B closed              | A transferring
      6 | A referred 481 finally |                       | A held
        """,
    )


def test_attended_transfer_fails_so_both_are_back() -> None:
    play(
        ATTENDED,
        """
      4 | A referred 202         |          |
      5 | A referred 486 finally | resume B | A held, B talking
        """,
    )


def test_customer_leaves_during_an_attended_transfer() -> None:
    play(ATTENDED, "5 | A leaves | A closed; resume B | B talking")


def test_agent_ends_the_specialists_call_during_an_attended_transfer() -> None:
    play(
        ATTENDED,
        """
      5 | hang up B        | hang up B by agent |
      5 | B ended by agent | B closed           | A held
        """,
    )


def test_peer_that_takes_no_refer_is_joined_with_the_specialist_in_the_seat() -> None:
    play(
        ATTENDED,
        """
      4 | A referred 501 refused | join A and B                 |
      4 | A and B joined         |                              | A joined, B joined
      4 | A unheld               |                              |
      9 | A leaves               | A closed; hang up B by desk  | B joined
      9 | B ended by desk        | B closed                     | none
        """,
    )


def test_nobody_is_joined_with_one_who_has_gone() -> None:
    play(
        ATTENDED,
        """
      4 | B has sound            |              |
      4 | A referred 501 refused | join A and B |
      4 | B leaves               |              | A transferring, B ended
      4 | A and B joined         |              |
        """,
    )


def test_peer_that_takes_no_refer_for_a_specialist_who_has_gone() -> None:
    play(
        ATTENDED,
        """
      4 | B leaves               | B closed | A transferring
      5 | A referred 501 refused |          | A held
        """,
    )


def test_customer_and_specialist_may_be_named_either_way_round() -> None:
    play(CONSULTING_B, "4 | put through B to A | refer B to call A | A transferring, B transferring")


def test_specialist_still_ringing_gets_the_customer_on_answering() -> None:
    play(
        CALLING_B,
        """
      3 | B rings there |                   | A held, B ringing
      4 | put through   |                   |
      9 | B answered    | refer A to call B | A transferring, B transferring
        """,
    )


def test_specialist_still_ringing_does_not_answer() -> None:
    play(
        CALLING_B,
        """
      3 | B rings there |          | A held, B ringing
      4 | put through   |          |
      9 | B refuses 480 | B closed | A held
        """,
    )


def test_customer_leaves_while_the_specialist_rings() -> None:
    play(
        CALLING_B,
        """
      4 | put through |          |
      5 | A leaves    | A closed | B dialling
      6 | B answered  |          | B talking
        """,
    )


def test_taking_the_customer_back_forgets_the_transfer_to_the_ringing_specialist() -> None:
    play(
        CALLING_B,
        """
      4 | put through |                   |
      5 | resume      | resume A          |
      5 | A unheld    |                   | A talking, B dialling
      6 | B answered  | hold A; resume B  | A talking, B talking
      6 | A held      |                   | A held, B talking
        """,
    )


def test_blind_transfer_forgets_the_one_to_the_ringing_specialist() -> None:
    play(
        CALLING_B,
        """
      4 | put through            |                               |
      5 | refer A to specialist  | refer A to sip:specialist@pbx | A transferring, B dialling
      6 | A referred 486 finally |                               | A held, B dialling
      7 | B answered             |                               | A held, B talking
        """,
    )


def test_customer_who_has_left_is_not_put_through_though_the_measures_are_still_to_come() -> None:
    play(
        CALLING_B,
        """
      3 | A has sound |  |
      4 | put through |  |
      5 | A leaves    |  | A ended, B dialling
      6 | B answered  |  | A ended, B talking
        """,
    )


def test_specialist_who_has_left_is_not_hung_up_though_the_measures_are_still_to_come() -> None:
    play(
        ATTENDED,
        """
      4 | B has sound            |                       |
      5 | B leaves               |                       | A transferring, B ended
      5 | A referred 200 finally | hang up A by transfer |
        """,
    )


def test_after_a_failed_attended_transfer_a_blind_one_can_be_made_in_the_seat() -> None:
    play(
        ATTENDED,
        """
      5 | A referred 202         |                                   |
      5 | A referred 486 finally | resume B                          | A held, B talking
      6 | refer A to specialist  | refer A to sip:specialist@pbx     | A transferring, B talking
      7 | A referred 603 refused | dial A-1 sip:specialist@pbx apart | A transferring, B talking, A-1 dialling
        """,
    )


def test_named_specialist_among_several() -> None:
    play(
        CONSULTING_B,
        """
      4 | dial C             | hold B; dial C sip:C@pbx | A held, B talking, C dialling
      4 | B held             |                          | A held, B held, C dialling
      5 | C answered         |                          | A held, B held, C talking
      6 | put through B to C | refer B to call C        | A held, B transferring, C transferring
        """,
    )


def test_caller_who_still_rings_is_no_specialist() -> None:
    play(
        TALKING_TO_A,
        """
      2 | hold        | hold A                                                |
      2 | A held      |                                                       | A held
      3 | B arrives   | bell ringer                                           | A held, B alerting
      3 | B rings     | B window 10..16; answer B at 16 warning if free       |
      4 | put through | refused: there is no second call to put it through to |
        """,
    )


def test_the_call_named_as_the_target_is_not_taken_for_the_customer() -> None:
    desk = scene(CONSULTING_B)
    wish = e.AgentTransferred(at_ns=moment("4"), to_call="A")
    with pytest.raises(CallError, match="there is no call on hold to put through"):
        desk.handle(wish)


# ------------------------------------------------------------------------------------------------ the news on screen


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        (BLIND, "", ("specialist", 0, "")),
        (BLIND, "3 | A referred 180 | |", ("specialist", 180, "")),
        (BLIND, "3 | A referred 486 finally | resume A | A talking", ("specialist", 486, "")),
        (BLIND, "3 | A cannot TransferBlind | resume A | A talking", ("specialist", 0, "it failed")),
        (IN_THE_SEAT, "3 | A-1 refuses 486 | A-1 closed | A held", ("specialist", 486, "Busy Here")),
        (CALLING_B, "4 | put through | |", ("B", 0, "")),
        (CALLING_B, "4 | put through | | \n 9 | B refuses 480 | B closed | A held", ("B", 480, "Busy Here")),
        (CALLING_B, "4 | put through | | \n 5 | resume | resume A |", None),
        (ATTENDED, "", ("B", 0, "")),
        (
            CALLING_B,
            """
      4 | put through            |                   |
      5 | B answered             | refer A to call B | A transferring, B transferring
      6 | A referred 486 finally | resume B          | A held, B talking
      7 | B leaves               | B closed          | A held
            """,
            ("specialist", 486, ""),
        ),
    ],
)
def test_news_is_shown_with_the_call_that_is_put_through(
    before: str, after: str, news: tuple[str, int, str] | None
) -> None:
    shown = scene(before + after).as_snapshot()["calls"][0]["transfer"]
    wanted = None if news is None else {"target": f"sip:{news[0]}@pbx", "code": news[1], "reason": news[2]}
    assert shown == wanted


# ------------------------------------------------------------------------------------------------------- conference


def test_one_leaves_the_conference() -> None:
    play(CONFERENCE, "9 | A leaves | A closed | B talking")


def test_specialist_leaves_the_conference() -> None:
    play(
        CONFERENCE,
        """
      9  | B leaves | B closed | A talking
      10 | hold     | hold A   |
      10 | A held   |          | A held
        """,
    )


def test_agent_leaves_the_conference_and_both_are_hung_up() -> None:
    play(
        CONFERENCE,
        """
      9 | hang up          | hang up A by agent; hang up B by agent |
      9 | A ended by agent | A closed                               | B talking
      9 | B ended by agent | B closed                               | none
        """,
    )


def test_one_of_the_conference_is_hung_up() -> None:
    play(CONFERENCE, "9 | hang up B | hang up B by agent |")


def test_one_of_the_conference_is_held() -> None:
    play(
        CONFERENCE,
        """
      9  | hold A   | hold A          |
      9  | A held   |                 | A held, B talking
      10 | resume   | hold B; resume A |
      10 | B held   |                 | A held, B held
      10 | A unheld |                 | A talking, B held
        """,
    )


def test_whole_conference_is_held() -> None:
    play(
        CONFERENCE,
        """
      9 | hold   | hold A; hold B |
      9 | A held |                | A held, B talking
      9 | B held |                | A held, B held
        """,
    )


def test_conference_with_a_call_on_its_way_to_hold_is_one_with_the_call_in_talk() -> None:
    play(
        CONSULTING_B,
        """
      4 | dial C             | hold B; dial C sip:C@pbx | A held, B talking, C dialling
      5 | C answered         | resume C                 | A held, B talking, C talking
      5 | confer             | join C and A with agent  |
      5 | C and A conferring |                          | A conference, B talking, C conference
      5 | B held             |                          | A conference, B held, C conference
        """,
    )


def test_fourth_party_puts_the_conference_on_hold() -> None:
    play(
        CONFERENCE,
        """
      9 | dial C | hold A; hold B; dial C sip:C@pbx | A conference, B conference, C dialling
        """,
    )


def test_conference_asked_for_while_a_transfer_begins_leaves_the_other_alone_with_the_agent() -> None:
    play(
        CONSULTING_B,
        """
      4 | confer                | join B and A with agent         |
      4 | refer B to specialist | refer B to sip:specialist@pbx   | A held, B transferring
      4 | B and A conferring    |                                 | A talking, B transferring
      4 | A unheld              |                                 |
      9 | A ended by agent      | A closed                        | B transferring
        """,
    )


def test_call_answered_while_a_conference_begins_goes_before_it() -> None:
    play(
        CONSULTING_B,
        """
      4 | dial C             | hold B; dial C sip:C@pbx | A held, B talking, C dialling
      4 | B held             |                          | A held, B held, C dialling
      5 | resume B           | resume B                 |
      5 | B unheld           |                          | A held, B talking, C dialling
      5 | confer A           | join B and A with agent  |
      5 | C answered         | hold B; resume C         | A held, B talking, C talking
      5 | B and A conferring | hold A; resume C         | A conference, B conference, C talking
      5 | B held             |                          | A talking, B held, C talking
      5 | A held             |                          | A held, B held, C talking
        """,
    )


def test_conference_that_comes_too_late_for_one_who_has_left() -> None:
    play(
        CONSULTING_B,
        """
      4 | A has sound        |                         |
      4 | confer             | join B and A with agent |
      4 | A leaves           |                         | A ended, B talking
      4 | B and A conferring |                         |
        """,
    )


def test_no_fourth_party_in_a_conference() -> None:
    play(
        CONFERENCE,
        """
      5 | dial C             | hold A; hold B; dial C sip:C@pbx | A conference, B conference, C dialling
      5 | A held             |                                  | A held, B talking, C dialling
      5 | B held             |                                  | A held, B held, C dialling
      6 | C answered         |                                  | A held, B held, C talking
      7 | confer A           | join C and A with agent          |
      7 | C and A conferring |                                  | A conference, B held, C conference
      8 | confer B           | refused: a conference needs a call in talk and one on hold |
        """,
    )


def test_after_a_conference_the_remaining_customer_can_be_put_through_in_the_seat() -> None:
    play(
        CONFERENCE,
        """
      8 | B leaves               | B closed                                  | A talking
      9 | refer A to specialist  | refer A to sip:specialist@pbx             | A transferring
      9 | A referred 603 refused | hold A; dial A-1 sip:specialist@pbx apart | A transferring, A-1 dialling
        """,
    )


# -------------------------------------------------------------------------------------------------------- no answer


def test_transfer_without_news_gives_the_customer_back() -> None:
    desk = scene(
        BLIND
        + """
      3      | A referred 180         |                                                               |
      34.999 | wait                   |                                                               |
      35     | wait                   | A not transferred: 408 no answer about the transfer; resume A | A talking
      36     | A referred 200 finally |                                                               |
        """
    )
    assert desk.sessions["A"].transfer == {
        "target": "sip:specialist@pbx",
        "code": 408,
        "reason": "no answer about the transfer",
    }
    assert desk.next_deadline() is None


def test_attended_transfer_without_news_gives_both_back() -> None:
    play(
        ATTENDED,
        """
      36 | wait | A not transferred: 408 no answer about the transfer; resume B | A held, B talking
        """,
    )


def test_customer_of_a_specialist_who_has_gone_does_not_wait_for_ever() -> None:
    play(
        ATTENDED,
        """
      5  | B leaves | B closed                                            | A transferring
      36 | wait     | A not transferred: 408 no answer about the transfer | A held
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
      3      | A-1 rings there   |                                            | A transferring, A-1 ringing
      31.999 | wait              |                                            |
      32     | wait              | A not transferred: 408 nobody answered;    | A held, A-1 ringing
             |                   | hang up A-1 by desk                        |
      32     | A-1 answered      |                                            | A held, A-1 joined
      32     | A-1 ended by desk | A-1 closed                                 | A held
        """,
    )
