"""After a call: time to write it up, in which no other is connected by itself; breaks. See ``desk_script``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phoneetiquette.calls.desk import Desk
from phoneetiquette.units import seconds
from tests.unit.desk_script import moment, new_desk, scene
from tests.unit.topic_scenes import play

TALKED = """
      0  | A arrives  | bell ringer                                        | A alerting
      0  | A rings    | A window 7..13; answer A at 13 warning if free     |
      8  | lift       | answer A; bell off                                 | A answering
      8  | A answered | A on_time in ring 2 +1000/+5000 ms                 | A talking
      20 | A leaves   | A closed                                           | none
"""


def desk(wrap_up_s: int = 30, **policy: object) -> Desk:
    return Desk(replace(new_desk(**policy).settings, wrap_up_ns=seconds(wrap_up_s)))  # type: ignore[arg-type]


def test_a_call_that_comes_while_one_is_written_up_is_one_of_a_busy_receptionist() -> None:
    at_desk = scene(
        TALKED
        + """
      25 | B arrives  | bell ringer                                        | B alerting
      25 | B rings    | B window 32..38                                    |
      38 | wait       | B deadline: message; B diverted in ring 3 +6000/+0 ms; message B; bell off | B message
        """,
        desk(),
    )
    assert at_desk.as_snapshot()["wrap_up"] == {"call": "A", "until_ms": moment("50") / 1e6}


def test_when_the_time_is_over_before_the_third_ring_the_call_is_connected() -> None:
    scene(
        TALKED
        + """
      45 | B arrives  | bell ringer                                        | B alerting
      45 | B rings    | B window 52..58                                    |
      50 | wait       | A written up by time; answer B at 58 warning if free |
      58 | wait       | B deadline: connect; bell off                      | B answering
        """,
        desk(),
    )


@pytest.mark.parametrize("what", ["wrap up A", "present", "break", "absent"])
def test_who_has_written_it_up_or_says_where_one_is_ends_the_time(what: str) -> None:
    at_desk = scene(TALKED + f"\n      25 | {what} | A written up by agent | none", desk())
    assert not at_desk.wrap_up


def test_who_lifts_ends_it_and_an_early_lift_is_armed_as_ever() -> None:
    scene(
        TALKED
        + """
      25 | B arrives  | bell ringer                                        | B alerting
      25 | B rings    | B window 32..38                                    |
      26 | lift       | B armed for 32; A written up by agent; answer B at 32; bell armed | B armed
        """,
        desk(),
    )


def test_without_the_setting_and_after_calls_that_were_not_talked_in_there_is_none() -> None:
    assert not scene(TALKED, desk(0)).wrap_up
    rung = """
      0  | A arrives  | bell ringer                                        | A alerting
      0  | A rings    | A window 7..13; answer A at 13 warning if free     |
      3  | A leaves   | A short_abandon in ring 1 -4000/+10000 ms; A closed; bell off | none
    """
    assert not scene(rung, desk()).wrap_up


def test_on_a_break_nothing_is_connected() -> None:
    scene(
        """
      0  | break      |                                                    | none
      1  | A arrives  | bell ringer                                        | A alerting
      1  | A rings    | A window 8..14                                     |
      14 | wait       | A deadline: message; A diverted in ring 3 +6000/+0 ms; message A; bell off | A message
        """,
        new_desk(),
    )


def test_security_is_announced_to_nobody_and_joins_the_talk_at_once() -> None:
    play(
        """
       9 | topic danger+      | A plan: guard; A tries guard first; hold A;   | A seeking, A-1 dialling
         |                    | dial A-1 sip:guard@pbx                        |
       9 | A held             |                                               |
      10 | A-1 rings there    |                                               | A seeking, A-1 ringing
      12 | A-1 answered       | A guard: answered; A search: consulting;      | A held, A-1 talking
         |                    | join A-1 and A with agent                     |
      12 | A-1 and A conferring |                                             | A conference, A-1 conference
        """
    )
