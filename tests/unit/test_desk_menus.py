"""Menus, announcements and messages at the desk. ``desk_script`` has the notation, ``topic_scenes`` the plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phoneetiquette import events as e
from phoneetiquette.dialplan.model import Words
from phoneetiquette.dialplan.questions import OpenMenu
from phoneetiquette.errors import CallError
from tests.unit.desk_script import event, moment, new_desk, scene
from tests.unit.topic_scenes import SceneVoice, guide, play

IN_MENU = """
       0 | A arrives for night | A plan: menu night                            | A diverted
       0 | A rings             | A window 7..13                                |
       6 | wait                |                                               |
       7 | wait                | A hears night;                                | A menu
         |                     | A diverted in ring 2 +0/+6000 ms;             |
         |                     | say night to A                                |
       7 | A answered          |                                               |
"""


def in_menu(after: str) -> None:
    play(after, IN_MENU)


def test_menu_answers_when_the_window_opens_and_a_key_leads_on() -> None:
    in_menu(
        """
       9 | A presses 1         | A plan: m; A tries m;                         | A waiting, A-1 dialling
         |                     | music for A; dial A-1 sip:m@pbx apart         |
       9 | A heard 1           |                                               |
      11 | A-1 answered        | A m: answered; A search: connected;           | A joined, A-1 joined
         |                     | join A and A-1                                |
      11 | A and A-1 joined    |                                               |
      20 | A-1 leaves          | A-1 closed; hang up A by desk                 | A joined
        """
    )


def test_nobody_takes_it_so_a_message_is_taken() -> None:
    """The customer stays connected throughout."""
    in_menu(
        """
       9 | A presses 1         | A plan: m; A tries m;                         | A waiting, A-1 dialling
         |                     | music for A; dial A-1 sip:m@pbx apart         |
      10 | A-1 refuses 486     | A m: busy; A plan: j; A tries j; A-1 closed;  | A waiting, A-2 dialling
         |                     | dial A-2 sip:j@pbx apart                      |
      10 | A-2 placed          |                                               |
      22 | wait                | A j: no_answer; A plan: message sales;        | A message, A-2 dialling
         |                     | A search: nobody;                             |
         |                     | A asked for a message sales;                  |
         |                     | hang up A-2 by desk;                          |
         |                     | say leave_message+beep to A                   |
        """
    )


def test_no_key_is_waited_for_after_the_last_word_and_then_the_menu_is_said_again() -> None:
    in_menu(
        """
      10 | A heard 1           |                                               |
      14 | wait                |                                               |
      15 | wait                | A plan: menu night;                           |
         |                     | A hears night for the 2. time; say night to A |
      18 | A heard 1           |                                               |
      18 | A heard 2           |                                               |
      23 | wait                | A plan: say; say said to A                    |
      24 | A heard 3           | hang up A by desk                             |
      24 | A ended by desk     | A closed                                      | none
        """
    )


def test_wrong_key_is_told_so_and_not_often() -> None:
    in_menu(
        """
       9 | A presses 8         | A plan: menu night;                           |
         |                     | A hears night for the 2. time;                |
         |                     | say wrong+night to A                          |
      10 | A presses 8         | A plan: refuse; hang up A by desk             | A waiting
      10 | A ended by desk     | A closed                                      | none
        """
    )


def test_menu_below_a_menu_speaks_the_chosen_language_and_leads_back() -> None:
    in_menu(
        """
       9 | A presses 2         | A plan: menu deeper;                          |
         |                     | A hears deeper; say deeper to A               |
      10 | A presses #         | A plan: menu deeper;                          |
         |                     | A hears deeper for the 2. time;               |
         |                     | say deeper to A                               |
      11 | A presses *         | A plan: menu night;                           |
         |                     | A hears night; say night to A                 |
        """
    )


def test_key_that_comes_in_two_ways_is_pressed_once() -> None:
    in_menu(
        """
       9 | A presses 2         | A plan: menu deeper;                          |
         |                     | A hears deeper; say deeper to A               |
    9.05 | A presses 2 info    |                                               |
     9.1 | A presses 2 inband  |                                               |
        """
    )


def test_desk_rings_for_a_caller_from_a_menu_who_waits_with_the_music() -> None:
    in_menu(
        """
       9 | A presses 3         | A plan: desk; music for A; bell ringer        | A alerting
      12 | lift                | answer A; bell off                            | A answering
      12 | A answered          |                                               | A talking
        """
    )


def test_desk_does_not_answer_a_caller_from_a_menu_so_the_plan_goes_on() -> None:
    in_menu(
        """
       9 | A presses 3         | A plan: desk; music for A; bell ringer        | A alerting
      39 | wait                | A plan: message sales;                        | A message
         |                     | A asked for a message sales;                  |
         |                     | say leave_message+beep to A; bell off         |
        """
    )


def test_headset_that_is_taken_is_not_opened_for_a_caller_from_a_menu() -> None:
    in_menu(
        """
       9 | A presses 4         | A plan: connect; music for A;                 | A answering
         |                     | answer A warning if free                      |
       9 | A cannot Answer     | A plan: say; say said to A                    | A menu
        """
    )


def test_emergency_from_a_menu() -> None:
    in_menu(
        """
       9 | A presses 0         | A plan: guard; A tries guard;                 | A waiting, A-1 dialling
         |                     | music for A; dial A-1 sip:guard@pbx apart     |
      10 | A-1 refuses 486     | A guard: busy; A plan: desk;                  | A alerting
         |                     | A search: nobody; A-1 closed; bell ringer     |
      11 | lift                | answer A; bell off                            | A answering
      11 | A answered          |                                               | A talking
        """
    )


@pytest.mark.parametrize("state", ["menu", "waiting", "message"])
def test_receptionist_takes_a_caller_from_the_machine(state: str) -> None:
    desk = new_desk(guide=guide())
    ways = {"menu": [], "waiting": ["9 A presses 1"], "message": ["9 A presses 9"]}
    for row in ("0 A arrives for night", "0 A rings", "7 A answered", *ways[state], "10 lift A", "10 A answered"):
        at, _, what = row.partition(" ")
        happened = event(moment(at), what)
        desk.before(happened)
        desk.handle(happened)
    assert desk.sessions["A"].state == "talking"
    assert not desk.machine.takes_keys("A")


def test_caller_hangs_up_in_the_menu() -> None:
    in_menu("  9 | A leaves            | A closed                                      | none")


def test_announcement_is_said_and_the_call_ends() -> None:
    play(
        """
       0 | A arrives for closed | A plan: say                                  | A diverted
       0 | A rings              | A window 7..13                               |
       7 | wait                 | A diverted in ring 2 +0/+6000 ms;            | A menu
         |                      | say said to A                                |
       7 | A answered           |                                              |
       9 | A presses 1          |                                              |
       9 | A heard 1            | hang up A by desk                            |
        """,
        "",
    )


def test_at_the_deadline_the_menu_answers_at_the_latest() -> None:
    play(
        """
       0 | A arrives for busy | A plan: desk; bell ringer                      | A alerting
       0 | A rings            | A window 7..13                                 |
      13 | wait               | A plan: menu night; A deadline: menu;          | A menu
         |                    | A hears night;                                 |
         |                    | A diverted in ring 3 +6000/+0 ms;              |
         |                    | say night to A; bell off                       |
        """,
        "",
    )


def test_what_cannot_be_said_is_a_message_never_silence() -> None:
    in_menu(
        """
       7 | A cannot Speak      | A asked for a message; message A              | A message
      30 | A recorded 9        |                                               |
      30 | A leaves            | A message of 9 s for desk from A; A closed    | none
        """
    )


def test_message_that_is_recorded_outlives_what_cannot_be_said() -> None:
    play(
        """
      20 | T presses #         | stop recording T;                             |
         |                     | say your_number+2+0+5+confirm_number to T     |
      20 | T recorded 8        |                                               |
      20 | T cannot Speak      | hang up T by desk                             |
      20 | T ended by desk     | T message of 8 s for sales from T; T closed   | none
        """,
        MESSAGE,
    )


MESSAGE = """
       0 | T arrives for night | T plan: menu night                            | T diverted
       0 | T rings             | T window 7..13                                |
       7 | wait                | T hears night;                                | T menu
         |                     | T diverted in ring 2 +0/+6000 ms;             |
         |                     | say night to T                                |
       8 | T presses 9         | T plan: message sales;                        | T message
         |                     | T asked for a message sales;                  |
         |                     | say leave_message+beep to T                   |
      12 | T heard 2           | record T                                      |
"""


def test_message_is_recorded_and_the_number_read_back() -> None:
    play(
        """
      20 | T presses #         | stop recording T;                             |
         |                     | say your_number+2+0+5+confirm_number to T     |
      20 | T recorded 8        |                                               |
      22 | T presses 1         | say thanks to T                               |
      25 | T heard 4           | hang up T by desk                             |
      25 | T ended by desk     | T message of 8 s for sales from T confirmed;  | none
         |                     | T closed                                      |
        """,
        MESSAGE,
    )


class SilentVoice(SceneVoice):
    """Of a plan whose texts are but variables that are not known."""

    def menu(self, menu: OpenMenu, line: str, language: str) -> tuple[str, ...]:
        del menu, line, language
        return ()

    def words(self, words: Words, line: str, language: str) -> tuple[str, ...]:
        del words, line, language
        return ()


def test_nothing_to_say_is_not_silence_for_ever() -> None:
    """The menu waits for a key and is left without one; the announcement after it ends the call."""
    scene(
        """
       0 | A arrives for night | A plan: menu night                            | A diverted
       0 | A rings             | A window 7..13                                |
       7 | wait                | A hears night;                                | A menu
         |                     | A diverted in ring 2 +0/+6000 ms;             |
         |                     | say nothing to A                              |
      12 | wait                | A plan: menu night;                           |
         |                     | A hears night for the 2. time;                |
         |                     | say nothing to A                              |
      17 | wait                | A plan: say; say nothing to A;                |
         |                     | hang up A by desk                             |
        """,
        new_desk(guide=replace(guide(), voice=SilentVoice())),
    )


def test_message_that_cannot_be_recorded_is_not_spoken_in_vain() -> None:
    """The disk is full: whoever has confirmed the number is called back."""
    play(
        """
    12.1 | T cannot Record     | stop recording T;                             |
         |                     | say your_number+2+0+5+confirm_number to T     |
    12.2 | T cannot Record     |                                               |
      22 | T presses 1         | say thanks to T                               |
      25 | T leaves            | T message of 0 s for sales from T confirmed;  | none
         |                     | T closed                                      |
        """,
        MESSAGE,
    )


def test_another_number_is_given() -> None:
    play(
        """
      20 | T presses #         | stop recording T;                             |
         |                     | say your_number+2+0+5+confirm_number to T     |
      20 | T recorded 8        |                                               |
      22 | T presses 2         | say enter_number to T                         |
      23 | T presses 7         | say nothing to T                              |
      24 | T presses 7         |                                               |
      25 | T presses 8         |                                               |
      26 | T presses #         | say your_number+7+7+8+confirm_number to T     |
      30 | T heard 6           |                                               |
      31 | T presses 1         | say thanks to T                               |
      32 | T leaves            | T message of 8 s for sales from 778 confirmed; | none
         |                     | T closed                                      |
        """,
        MESSAGE,
    )


@pytest.mark.parametrize(
    "rows",
    [
        "13 | T leaves | T closed | none",
        "13 | T recorded 0.4 | |\n13 | T leaves | T closed | none",
        "15 | T recorded 3 | |\n15 | T leaves | T message of 3 s for sales from T; T closed | none",
    ],
    ids=["at once", "after the tone", "while it is recorded"],
)
def test_caller_hangs_up_and_nothing_is_lost(rows: str) -> None:
    play(rows, MESSAGE)


def test_caller_hangs_up_while_the_number_is_typed() -> None:
    play(
        """
      20 | T presses #         | stop recording T;                             |
         |                     | say your_number+2+0+5+confirm_number to T     |
      20 | T recorded 8        |                                               |
      22 | T presses 2         | say enter_number to T                         |
      23 | T presses 7         | say nothing to T                              |
      24 | T presses 7         |                                               |
      25 | T presses 8         |                                               |
      25 | T leaves            | T message of 8 s for sales from 778; T closed | none
        """,
        MESSAGE,
    )


def test_longest_message_ends_and_the_rest_goes_on() -> None:
    play(
        """
     132 | wait                | stop recording T;                             |
         |                     | say your_number+2+0+5+confirm_number to T     |
     140 | T heard 3           |                                               |
     147 | wait                | say your_number+2+0+5+confirm_number to T     |
     150 | T heard 4           |                                               |
     157 | wait                | say your_number+2+0+5+confirm_number to T     |
     160 | T heard 5           |                                               |
     167 | wait                | say thanks to T                               |
     168 | T leaves            | T closed                                      | none
        """,
        MESSAGE,
    )


def test_caller_without_a_number_is_asked_for_one() -> None:
    in_menu(
        """
       8 | A presses 9         | A plan: message sales;                        | A message
         |                     | A asked for a message sales;                  |
         |                     | say leave_message+beep to A                   |
       9 | A presses 5         | say beep to A                                 |
      10 | A heard 3           | record A                                      |
      20 | A presses #         | stop recording A; say enter_number to A       |
      21 | A recorded 10       |                                               |
      25 | A heard 4           |                                               |
      32 | wait                | say enter_number to A                         |
      35 | A heard 5           |                                               |
      42 | wait                | say enter_number to A                         |
      45 | A heard 6           |                                               |
      52 | wait                | say thanks to A                               |
      54 | A heard 7           | hang up A by desk                             |
        """
    )


def test_receptionist_leaves_a_customer_to_the_machine() -> None:
    """After a topic that nobody took, for the service that the plan names."""
    play(
        """
       9 | topic nobody        | A plan: back to desk, or nothing; A search: nobody; hold A | A held
       9 | A held              |                                               |
      10 | machine             | A asked for a message;                        | A message
         |                     | say leave_message+beep to A                   |
      10 | A unheld            |                                               |
      14 | A heard 1           | record A                                      |
      20 | A recorded 6        |                                               |
      20 | A leaves            | A message of 6 s for desk from A; A closed    | none
        """
    )


def test_switches_and_people_are_known_by_name() -> None:
    desk = new_desk(guide=guide())
    desk.handle(event(moment("0"), "switch closed on"))
    desk.handle(event(moment("0"), "m is absent"))
    assert (desk.switches.on, desk.switches.people) == ({"closed"}, {"m": "absent"})
    with pytest.raises(CallError, match="clsed"):
        desk.handle(event(moment("1"), "switch clsed on"))
    with pytest.raises(CallError, match="no person"):
        desk.handle(e.PersonMarked(at_ns=moment("1"), who="nobody", presence="absent"))


def test_who_is_absent_is_passed_over() -> None:
    scene(
        """
       0 | m is absent         |                                               | none
       0 | A arrives for sales | A plan: desk; bell ringer                     | A alerting
        """,
        new_desk(guide=guide()),
    )
