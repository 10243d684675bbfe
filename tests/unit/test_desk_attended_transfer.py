"""Putting through to a specialist who was asked first. See ``desk_script`` for the notation."""

from __future__ import annotations

import pytest

from phoneetiquette import events as e
from phoneetiquette.errors import CallError
from tests.unit.desk_script import moment, scene
from tests.unit.transfer_scenes import ATTENDED, BLIND, CALLING_B, CONSULTING_B, IN_THE_SEAT, TALKING_TO_A, play


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


def test_phones_that_cannot_do_it_themselves_are_joined_in_the_seat() -> None:
    """The specialist's phone knows no Replaces, or does not let strangers take its calls over."""
    play(
        ATTENDED,
        """
      4 | A referred 202         |                              |
      5 | A referred 420 finally | join A and B                 |
      5 | A and B joined         |                              | A joined, B joined
      5 | A unheld               |                              |
      9 | B leaves               | B closed; hang up A by desk  | A joined
        """,
    )


def test_neither_transferred_nor_joined_so_both_are_back() -> None:
    play(
        ATTENDED,
        """
      4 | A referred 202            |              |
      5 | A referred 486 finally    | join A and B |
      5 | A cannot Join             | resume B     | A held, B talking
        """,
    )
    play(
        ATTENDED,
        """
      4 | A cannot TransferAttended | join A and B |
      5 | A cannot Join             | resume B     | A held, B talking
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
      5 | A referred 486 finally | join A and B                      |
      5 | A cannot Join          | resume B                          | A held, B talking
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


# ------------------------------------------------------------------------------------------------------------ no answer


def test_attended_transfer_without_news_is_made_in_the_seat() -> None:
    play(
        ATTENDED,
        """
      36 | wait                   | A not transferred: 408 no answer about the transfer; join A and B |
      36 | A and B joined         |                       | A joined, B joined
      40 | A referred 200 finally | hang up A by transfer; hang up B by transfer |
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


# --------------------------------------------------------------------------------------------------- the news on screen


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
      6 | A referred 486 finally | join A and B      |
      7 | A cannot Join          | resume B          | A held, B talking
      8 | B leaves               | B closed          | A held
            """,
            ("specialist", 0, "it failed"),
        ),
        (
            ATTENDED,
            """
      6 | A referred 420 finally | join A and B      |
      7 | A and B joined         |                   | A joined, B joined
            """,
            ("B", 200, "joined in the seat"),
        ),
    ],
)
def test_news_is_shown_with_the_call_that_is_put_through(
    before: str, after: str, news: tuple[str, int, str] | None
) -> None:
    shown = scene(before + after).as_snapshot()["calls"][0]["transfer"]
    wanted = None if news is None else {"target": f"sip:{news[0]}@pbx", "code": news[1], "reason": news[2]}
    assert shown == wanted


def test_specialist_who_vanishes_after_they_were_joined_in_the_seat() -> None:
    """The customer is on hold at the desk, which rings."""
    play(
        ATTENDED,
        """
      4 | A referred 603 refused | join A and B                 |
      5 | A and B joined         |                              | A joined, B joined
      9 | B is lost              | hang up B by peer; hold A; bell ringer | A held, B joined
      9 | A held                 |                              |
     10 | hang up A              | hang up A by agent           |
     10 | A ended by agent       | A closed; bell off           | B joined
        """,
    )


def test_specialist_who_vanishes_while_nobody_is_at_the_desk() -> None:
    """The customer does not wait there, but leaves a message."""
    play(
        ATTENDED,
        """
      4 | A referred 603 refused | join A and B                 |
      5 | A and B joined         |                              | A joined, B joined
      6 | break                  |                              |
      9 | B is lost              | hang up B by peer; message A | A message, B joined
        """,
    )


def test_customer_who_vanishes_after_they_were_joined_in_the_seat() -> None:
    play(
        ATTENDED,
        """
      4 | A referred 603 refused | join A and B                 |
      5 | A and B joined         |                              | A joined, B joined
      9 | A is lost              | hang up A by peer; hang up B by desk |
      9 | B ended by desk        | B closed                     | A joined
        """,
    )
