"""All three at once. See ``desk_script`` for the notation."""

from __future__ import annotations

from tests.unit.transfer_scenes import CONFERENCE, CONSULTING_B, play


def test_one_leaves_the_conference() -> None:
    play(CONFERENCE, "9 | A leaves | A closed, with a note | B talking")


def test_specialist_leaves_the_conference() -> None:
    play(
        CONFERENCE,
        """
      9  | B leaves | B closed, with a note | A talking
      10 | hold     | hold A   |
      10 | A held   |          | A held
        """,
    )


def test_agent_leaves_the_conference_and_both_are_hung_up() -> None:
    play(
        CONFERENCE,
        """
      9 | hang up          | hang up A by agent; hang up B by agent |
      9 | A ended by agent | A closed, with a note                  | B talking
      9 | B ended by agent | B closed, with a note                  | none
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
      9 | A ended by agent      | A closed, with a note                        | B transferring
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
      8 | B leaves               | B closed, with a note                                  | A talking
      9 | refer A to specialist  | refer A to sip:specialist@pbx             | A transferring
      9 | A referred 603 refused | hold A; dial A-1 sip:specialist@pbx apart | A transferring, A-1 dialling
        """,
    )
