"""Engines that die, mains that start anew, and how calls are closed. See ``desk_script`` for the notation."""

from __future__ import annotations

from phoneetiquette import events as e
from phoneetiquette.calls.desk import MEASURES_GRACE_NS, Desk
from tests.unit.desk_script import MESSAGE, OVERFLOW, event, moment, new_desk, remembered, scene, told

BUSY_DESK = """
      0    | A arrives  | bell ringer                                    | A alerting
      0    | A rings    | A window 7..13; answer A at 13 warning if free |
      8    | lift       | answer A; bell off                             | A answering
      8    | A answered | A on_time in ring 2 +1000/+5000 ms             | A talking
      8    | A has sound |                                               |
      9    | mute       | mute                                           |
      10   | B arrives  | bell ear                                       | A talking, B alerting
      10   | B rings    | B window 17..23                                |
      11   | lift       | B armed for 17; answer B at 17; bell off       | A talking, B armed
"""


def play(before: str, after: str, desk: Desk | None = None) -> Desk:
    return scene(before + after, desk)


# --------------------------------------------------------------------------------------------------- engine and main


def test_engine_lost_ends_every_call_at_once() -> None:
    play(
        BUSY_DESK,
        """
      12 | engine lost   | A ended by crash; B ended by crash;                        | none
         |               | B unanswered in ring 1 -5000/+11000 ms; A closed; B closed |
      13 | engine starts | mute; bell off                                                             | none
        """,
    )


def test_engine_lost_while_a_call_rings_silences_the_bell() -> None:
    play(
        BUSY_DESK.split("      8    |")[0],
        """
      12 | engine lost   | A ended by crash; A unanswered in ring 3 +5000/+1000 ms; A closed; bell off | none
        """,
    )


def test_main_attaches_to_an_engine_in_which_all_is_up_and_tells_it_what_it_may_have_missed() -> None:
    play(BUSY_DESK, "12 | engine starts A B | mute; bell off; answer B at 17 |")


def test_main_attaches_to_an_engine_in_which_some_calls_are_still_up() -> None:
    play(
        BUSY_DESK,
        """
      12 | engine starts A | B ended by crash; B unanswered in ring 1 -5000/+11000 ms; | A talking
         |                 | B closed; mute; bell off                                  |
        """,
    )


def test_far_leg_is_lost_with_main_so_a_message_is_taken() -> None:
    scene(
        """
      0  | A arrives       | bell ringer       | A alerting
      0  | A rings         | A window 7..13    |
      13 | wait            | A deadline: overflow sip:night@pbx;    | A diverted, A-1 dialling
         |                 | dial A-1 sip:night@pbx apart; bell off |
      14 | engine starts A | A-1 ended by crash; A diverted in ring 3 +7000/-1000 ms; | A message
         |                 | A-1 closed; message A; unmute; bell off                  |
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_far_leg_that_a_new_main_has_just_asked_for_is_not_taken_for_lost() -> None:
    """The engine reports after what waited for a main: by then what was due is under way to it."""
    scene(
        """
      0  | engine starts     | unmute; bell off                         |
      0  | A arrives         | bell ringer                              | A alerting
      0  | A rings           | A window 7..13                           |
      14 | B arrives         | A deadline: overflow sip:night@pbx;      | A diverted, A-1 dialling, B alerting
         |                   | dial A-1 sip:night@pbx apart; bell off;  |
         |                   | bell ringer                              |
      14 | engine starts A B | unmute; bell ringer                      |
      14 | A-1 placed        |                                          |
      15 | engine starts A B | A-1 ended by crash;                      | A message, B alerting
         |                   | A diverted in ring 3 +8000/-2000 ms;     |
         |                   | A-1 closed; message A;                   |
         |                   | unmute; bell ringer                      |
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_engine_that_reports_is_heard_before_what_is_due_is_done() -> None:
    """Main was away at the deadline: only now is there an engine that can call the overflow target."""
    scene(
        """
      0  | A arrives       | bell ringer       | A alerting
      0  | A rings         | A window 7..13    |
      15 | engine starts A | A deadline: overflow sip:night@pbx; unmute;         | A diverted, A-1 dialling
         |                 | bell ringer; dial A-1 sip:night@pbx apart; bell off |
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_overflow_target_rings_from_when_there_is_a_main_to_call_it() -> None:
    scene(
        """
       0     | A arrives       | bell ringer       | A alerting
       0     | A rings         | A window 7..13    |
      99     | engine starts A | A deadline: overflow sip:night@pbx; unmute;         | A diverted, A-1 dialling
             |                 | bell ringer; dial A-1 sip:night@pbx apart; bell off |
      99     | A-1 placed      |                                                     |
     128.999 | wait            |                                                     |
     129     | wait            | A diverted in ring 22 +122000/-116000 ms;           | A message, A-1 dialling
             |                 | hang up A-1 by desk; message A                      |
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_call_that_the_engine_cannot_place_is_not_waited_for() -> None:
    scene(
        """
      0  | A arrives       | bell ringer       | A alerting
      0  | A rings         | A window 7..13    |
      13 | wait            | A deadline: overflow sip:night@pbx;    | A diverted, A-1 dialling
         |                 | dial A-1 sip:night@pbx apart; bell off |
      13 | A-1 cannot Dial | A-1 ended by crash; A diverted in ring 3 +6000/+0 ms; | A message
         |                 | A-1 closed; message A                                 |
        """,
        new_desk(deadline=OVERFLOW),
    )


def test_new_engine_after_main_and_engine_died_together() -> None:
    play(
        BUSY_DESK,
        """
      60 | engine starts | A ended by crash; B ended by crash;                                         | none
         |               | B unanswered in ring 9 +43000/-37000 ms; A closed; B closed; mute; bell off |
        """,
    )


def test_what_was_due_while_nobody_was_there_happens_at_its_own_moment_in_order() -> None:
    desk = new_desk(deadline=MESSAGE)
    scene(
        """
      0  | A arrives | bell ringer                        | A alerting
      0  | A rings   | A window 7..13                     |
      1  | B arrives |                                    | A alerting, B alerting
      1  | B rings   | B window 8..14                     |
      99 | wait      | A deadline: message; A diverted in ring 3 +6000/+0 ms; B deadline: message; | A message,
         |           | B diverted in ring 3 +6000/+0 ms; message A; message B; bell off            | B message
        """,
        desk,
    )


def test_advancing_in_steps_or_at_once_is_the_same() -> None:
    begun = [
        event(moment(at), what)
        for at, what in [("0", "A arrives"), ("0", "A rings"), ("1", "B arrives"), ("1", "B rings")]
    ]
    desks = []
    for steps in (["99"], ["12.999", "13", "13.5", "14", "14", "99"]):
        desk = new_desk()
        for happened in begun:
            desk.handle(happened)
        made = [one for step in steps for one in desk.advance(moment(step)).events]
        desks.append((made, remembered(desk)))
    assert desks[0] == desks[1]
    assert [type(one) for one in desks[0][0]] == [e.DeadlinePassed, e.DeadlinePassed, e.PickupJudged]


# ------------------------------------------------------------------------------------------------------------ replay


def test_replay_of_a_journal_makes_the_same_desk() -> None:
    """Scenes are replayed by ``desk_script``; here the journal holds a wish that was refused, too."""
    desk, journal = new_desk(), []
    for at, what in [("0", "A arrives"), ("0", "A rings"), ("1", "lift"), ("7", "A answered"), ("8", "hold")]:
        happened = event(moment(at), what)
        journal += [*desk.before(happened).events, happened, *desk.handle(happened).events]
    refused = event(moment("9"), "lift")
    twin = new_desk()
    twin.replay([*journal, refused])
    assert remembered(twin) == remembered(desk)


def test_what_a_replay_leaves_out_comes_with_the_next_moment() -> None:
    desk, twin = new_desk(), new_desk()
    journal = [event(moment("0"), "A arrives"), event(moment("0"), "A rings")]
    for happened in journal:
        desk.handle(happened)
    twin.replay(journal)
    assert told(twin.advance(moment("14"))) == told(desk.advance(moment("14"))) == "A deadline: connect; bell off"


# --------------------------------------------------------------------------------------------------- closing a call


def test_call_with_sound_waits_for_its_last_measures() -> None:
    play(
        BUSY_DESK.split("      9    |")[0],
        """
      20   | A leaves           |          | A ended
      20   | A leaves           |          |
      20.1 | A measured         |          |
      20.2 | A measured finally | A closed | none
        """,
    )


def test_call_whose_last_measures_came_first_is_closed_at_once() -> None:
    play(
        BUSY_DESK.split("      9    |")[0],
        """
      20 | A measured finally |          |
      20 | A leaves           | A closed | none
        """,
    )


def test_call_whose_last_measures_do_not_come_is_closed_without_them() -> None:
    assert MEASURES_GRACE_NS == 3_000_000_000
    play(
        BUSY_DESK.split("      9    |")[0],
        """
      20     | A leaves           |          | A ended
      22.999 | wait               |          |
      23     | wait               | A closed | none
      24     | A measured finally |          |
        """,
    )


def test_main_is_late_but_the_call_is_closed_at_its_moment() -> None:
    desk = play(BUSY_DESK.split("      9    |")[0], "20 | A leaves | | A ended")
    (closed,) = desk.advance(moment("60")).events
    assert (type(closed), closed.at_ns) == (e.CallClosed, moment("23"))


def test_call_without_sound_is_closed_at_once() -> None:
    scene(
        """
      0 | dial A        | dial A sip:A@pbx | A dialling
      1 | A refuses 404 | A closed         | none
        """
    )


def test_measures_are_shown_while_the_call_lasts() -> None:
    desk = play(BUSY_DESK.split("      9    |")[0], "20 | A measured | |")
    (call,) = desk.as_snapshot()["calls"]
    assert call["measures"] == {"duration_s": 1.0}
