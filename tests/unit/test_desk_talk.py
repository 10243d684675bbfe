"""Outgoing calls, hold and swap, mute, digits, stages, and whom a wish without a name means. See ``desk_script``."""

from __future__ import annotations

from tests.unit.desk_script import new_desk, scene

TALKING_TO_A = """
      0    | dial A     | dial A sip:A@pbx | A dialling
      1    | A answered |                  | A talking
"""
CONSULTING_B = (
    TALKING_TO_A
    + """
      2    | dial B     | hold A; dial B sip:B@pbx | A talking, B dialling
      2    | A held     |                  | A held, B dialling
      3    | B answered |                  | A held, B talking
"""
)


def play(before: str, after: str) -> None:
    scene(before + after)


def test_outgoing_call() -> None:
    scene(
        """
      0    | dial A           | dial A sip:A@pbx           | A dialling
      1    | A rings there    |                            | A ringing
      1.5  | A rings there    |                            |
      5    | A answered       |                            | A talking
      5    | A has sound      |                            |
      60   | hang up          | hang up A by agent         |
      60   | A ended by agent |                            | A ended
      60.1 | A measured finally | A closed                 | none
        """
    )


def test_called_phone_is_busy() -> None:
    scene(
        """
      0 | dial A        | dial A sip:A@pbx | A dialling
      1 | A refuses 486 | A closed         | none
        """
    )


def test_no_two_calls_of_one_name() -> None:
    play(TALKING_TO_A, "2 | dial A | refused: that call exists already |")


def test_consultation_holds_the_customer_and_swap_goes_back_and_forth() -> None:
    play(
        CONSULTING_B,
        """
      4    | resume     | hold B; resume A |
      4    | A unheld   |                  | A talking, B talking
      4    | B held     |                  | A talking, B held
      5    | resume B   | hold A; resume B |
      5    | A held     |                  | A held, B held
      5    | B unheld   |                  | A held, B talking
      6    | B leaves   | B closed         | A held
      7    | resume     | resume A         |
      7    | A unheld   |                  | A talking
        """,
    )


def test_held_by_the_other_side_is_still_in_talk() -> None:
    play(
        TALKING_TO_A,
        """
      2 | A holds us    |        |
      3 | hold          | hold A |
      3 | A held        |        | A held
      4 | A releases us |        | A talking
        """,
    )


def test_call_taken_off_hold_too_late_gives_way_to_the_one_answered_since() -> None:
    """The engine gave the headset to A when it heard of the wish, after B had been answered: B has it back."""
    play(
        TALKING_TO_A,
        """
      2    | dial B     | hold A; dial B sip:B@pbx | A talking, B dialling
      2    | A held     |                          | A held, B dialling
      3    | resume     | resume A                 |
      3    | B answered |                          | A held, B talking
      3    | A unheld   | hold A; resume B         | A talking, B talking
      3    | A held     |                          | A held, B talking
        """,
    )


def test_call_taken_off_hold_too_late_is_talked_in_when_the_other_has_gone() -> None:
    play(
        TALKING_TO_A,
        """
      2    | dial B     | hold A; dial B sip:B@pbx | A talking, B dialling
      2    | A held     |                          | A held, B dialling
      3    | resume     | resume A                 |
      3    | B answered |                          | A held, B talking
      3    | B leaves   | B closed                 | A held
      3    | A unheld   | resume A                 | A talking
        """,
    )


def test_hold_that_failed_is_asked_for_again() -> None:
    """A re-INVITE of the other side was under way."""
    play(
        TALKING_TO_A,
        """
      2 | dial B        | hold A; dial B sip:B@pbx | A talking, B dialling
      2 | A cannot Hold |                          |
      3 | A holds us    | hold A                   |
      3 | A held        |                          | A held, B dialling
        """,
    )
    play(
        TALKING_TO_A,
        """
      2 | dial B        | hold A; dial B sip:B@pbx | A talking, B dialling
      2 | A cannot Hold |                          |
      3 | dial C        | hold A; dial C sip:C@pbx | A talking, B dialling, C dialling
        """,
    )


def test_a_call_already_being_held_is_not_told_twice() -> None:
    play(
        TALKING_TO_A,
        """
      2 | dial B | hold A; dial B sip:B@pbx | A talking, B dialling
      3 | dial C | dial C sip:C@pbx         | A talking, B dialling, C dialling
        """,
    )


def test_other_side_that_holds_us_does_not_keep_us_from_holding_it() -> None:
    scene(
        """
      0 | dial A        | dial A sip:A@pbx         | A dialling
      1 | A answered    |                          | A talking
      2 | dial B        | hold A; dial B sip:B@pbx | A talking, B dialling
      3 | B refuses 487 | B closed                 | A talking
      3 | A holds us    |                          |
      3 | A held        |                          | A held
        """
    )


def test_mute() -> None:
    desk = scene(
        """
      0 | mute   | mute   |
      1 | unmute | unmute |
      2 | mute   | mute   |
        """
    )
    assert desk.as_snapshot()["muted"] is True


def test_digits_and_stage_go_to_the_call_in_talk() -> None:
    play(
        CONSULTING_B,
        """
      4 | send 12#          | send 12# in B                                             |
      4 | send 1 in A       | refused: this cannot be done with a call that is held     |
      4 | stage clarify     |                                                           |
      4 | stage close in A  |                                                           |
        """,
    )


def test_stage_is_shown() -> None:
    desk = scene(TALKING_TO_A + "2 | stage clarify | |")
    (call,) = desk.as_snapshot()["calls"]
    assert call["stage"] == "clarify"


def test_hanging_up_without_a_name_ends_the_call_in_talk_then_the_others() -> None:
    play(
        CONSULTING_B,
        """
      4 | hang up          | hang up B by agent     |
      4 | B ended by agent | B closed               | A held
      5 | hang up          | hang up A by agent     |
      5 | A ended by agent | A closed               | none
      6 | hang up          | refused: there is no call |
        """,
    )


def test_call_on_its_way_to_hold_is_not_the_one_in_talk() -> None:
    play(
        TALKING_TO_A,
        """
      2 | dial B     | hold A; dial B sip:B@pbx | A talking, B dialling
      3 | B answered | resume B                 | A talking, B talking
      3 | hang up    | hang up B by agent       |
        """,
    )


def test_call_that_the_engine_placed_at_the_wish_of_a_trusted_peer() -> None:
    play(
        TALKING_TO_A,
        """
      2 | B placed         |                  | A talking, B dialling
      3 | B answered       | hold A; resume B | A talking, B talking
      3 | A held           |                  | A held, B talking
      9 | B leaves         | B closed         | A held
        """,
    )


def test_answer_is_shown() -> None:
    (call,) = scene(TALKING_TO_A).as_snapshot()["calls"]
    assert call["answered_ms"] == call["arrived_ms"] + 1000


def test_facts_about_calls_that_are_gone_change_nothing() -> None:
    scene(
        """
      0 | A rings             |  | none
      0 | A answered          |  |
      0 | A held              |  |
      0 | A has sound         |  |
      0 | A rings there       |  |
      0 | A leaves            |  |
      0 | A measured          |  |
      0 | A referred 200 finally |  |
      0 | A and B joined      |  |
      0 | A cannot Answer     |  |
        """
    )


def test_facts_told_twice_change_nothing() -> None:
    scene(
        """
      0    | A arrives  | bell ringer                                    | A alerting
      0    | A rings    | A window 7..13; answer A at 13 warning if free |
      0    | A arrives  |                                                |
      0.1  | A rings    |                                                |
      8    | lift       | answer A; bell off                             | A answering
      8    | A answered | A on_time in ring 2 +1000/+5000 ms             | A talking
      8.1  | A answered |                                                |
      9    | hold       | hold A                                         |
      9    | A held     |                                                | A held
      9    | A held     |                                                |
        """,
        new_desk(),
    )
