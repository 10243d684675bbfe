"""Every button and every lamp in every state of the desk, as one table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from phoneetiquette.calls.states import State, actions
from phoneetiquette.headset.controls import Button, Lamp
from phoneetiquette.headset.machine import Press
from phoneetiquette.headset.meaning import Do, Line, Situation, Waiting, lamps, meaning, situation
from phoneetiquette.headset.profile import GENERIC, Profile

COLUMNS = ("lift", "put down", "flash", "hold", "drop", "redial", "programmable")
PRESSES = {
    "lift": Press(Button.HOOK, True),
    "put down": Press(Button.HOOK, False),
    "flash": Press(Button.FLASH),
    "hold": Press(Button.HOLD),
    "drop": Press(Button.DROP),
    "redial": Press(Button.REDIAL),
    "programmable": Press(Button.PROGRAMMABLE),
}
TABLE = """
in the line | waiting  | held | lamps          | lift   | put down | flash  | hold   | drop     | redial | programmable
free        | nothing  | no   | -              | -      | -        | -      | -      | -        | redial | -
free        | nothing  | yes  | off-hook, hold | resume | resume   | resume | resume | -        | -      | -
free        | diverted | no   | -              | lift   | -        | -      | -      | -        | -      | -
free        | diverted | yes  | off-hook, hold | lift   | lift     | resume | resume | -        | -      | -
free        | ringing  | no   | ring           | lift   | -        | -      | -      | decline  | -      | decline
free        | ringing  | yes  | off-hook, ring, hold | lift | lift    | resume | resume | decline | -    | decline
free        | armed    | no   | off-hook       | -      | put down | -      | -      | put down | -      | decline
free        | armed    | yes  | off-hook, hold | -      | put down | -      | -      | put down | -      | decline
outgoing    | nothing  | no   | off-hook       | -      | hang up  | -      | -      | hang up  | -      | -
outgoing    | nothing  | yes  | off-hook       | -      | hang up  | -      | -      | hang up  | -      | -
outgoing    | diverted | no   | off-hook       | -      | hang up  | -      | -      | hang up  | -      | -
outgoing    | diverted | yes  | off-hook       | -      | hang up  | -      | -      | hang up  | -      | -
outgoing    | ringing  | no   | off-hook, ring | -      | hang up  | -      | -      | hang up  | -      | decline
outgoing    | ringing  | yes  | off-hook, ring | -      | hang up  | -      | -      | hang up  | -      | decline
outgoing    | armed    | no   | off-hook       | -      | hang up  | -      | -      | hang up  | -      | decline
outgoing    | armed    | yes  | off-hook       | -      | hang up  | -      | -      | hang up  | -      | decline
answering   | nothing  | no   | off-hook       | -      | hang up  | -      | -      | hang up  | -      | -
answering   | nothing  | yes  | off-hook       | -      | hang up  | -      | -      | hang up  | -      | -
answering   | diverted | no   | off-hook       | -      | hang up  | -      | -      | hang up  | -      | -
answering   | diverted | yes  | off-hook       | -      | hang up  | -      | -      | hang up  | -      | -
answering   | ringing  | no   | off-hook, ring | -      | hang up  | -      | -      | hang up  | -      | decline
answering   | ringing  | yes  | off-hook, ring | -      | hang up  | -      | -      | hang up  | -      | decline
answering   | armed    | no   | off-hook       | -      | hang up  | -      | -      | hang up  | -      | decline
answering   | armed    | yes  | off-hook       | -      | hang up  | -      | -      | hang up  | -      | decline
talk        | nothing  | no   | off-hook       | -      | hang up  | hold   | hold   | hang up  | -      | -
talk        | nothing  | yes  | off-hook       | -      | hang up  | resume | resume | hang up  | -      | -
talk        | diverted | no   | off-hook       | -      | hang up  | hold   | hold   | hang up  | -      | -
talk        | diverted | yes  | off-hook       | -      | hang up  | resume | resume | hang up  | -      | -
talk        | ringing  | no   | off-hook, ring | -      | hang up  | lift   | hold   | hang up  | -      | decline
talk        | ringing  | yes  | off-hook, ring | -      | hang up  | lift   | resume | hang up  | -      | decline
talk        | armed    | no   | off-hook       | -      | hang up  | hold   | hold   | hang up  | -      | decline
talk        | armed    | yes  | off-hook       | -      | hang up  | resume | resume | hang up  | -      | decline
"""


def rows() -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]


def test_the_table_holds_for_a_headset_without_habits() -> None:
    head, *expected = rows()
    assert tuple(head[4:]) == COLUMNS
    made = []
    for line in Line:
        for waiting in Waiting:
            for held in (False, True):
                now = Situation(line=line, waiting=waiting, held=held)
                burning = lamps(now, GENERIC)
                shown = ", ".join(lamp for lamp in Lamp if lamp in burning) or "-"
                does = [meaning(PRESSES[column], now, GENERIC) for column in COLUMNS]
                words = ["-" if do is Do.NOTHING else str(do) for do in does]
                made.append([str(line), str(waiting), "yes" if held else "no", shown, *words])
    assert made == expected


@pytest.mark.parametrize("line", Line)
@pytest.mark.parametrize("waiting", Waiting)
def test_mute_and_its_lamp_are_one_in_every_state(line: Line, waiting: Waiting) -> None:
    now = Situation(line=line, waiting=waiting)
    assert meaning(Press(Button.MUTE, True), now, GENERIC) is Do.MUTE
    assert meaning(Press(Button.MUTE, False), replace(now, muted=True), GENERIC) is Do.UNMUTE
    assert lamps(replace(now, muted=True), GENERIC) - lamps(now, GENERIC) == {Lamp.MUTE}


@pytest.mark.parametrize("button", [Button.VOLUME_UP, Button.VOLUME_DOWN])
def test_the_volume_is_not_the_desks_business(button: Button) -> None:
    assert meaning(Press(button), Situation(line=Line.TALK), GENERIC) is Do.NOTHING


@pytest.mark.parametrize(
    ("profile", "does"),
    [
        (Profile(second_call="end"), Do.HANG_UP),
        (Profile(second_call="end_and_answer"), Do.HANG_UP_AND_LIFT),
        (Profile(second_call="hold_and_answer"), Do.LIFT),
    ],
)
def test_a_second_call_by_the_custom_of_the_vendor(profile: Profile, does: Do) -> None:
    now = Situation(line=Line.TALK, waiting=Waiting.RINGING)
    assert meaning(Press(Button.HOOK, False), now, profile) is does
    assert meaning(Press(Button.HOOK, False), replace(now, waiting=Waiting.NOTHING), profile) is Do.HANG_UP


def test_other_habits_of_vendors() -> None:
    held = Situation(held=True)
    assert lamps(held, Profile(held_off_hook=False)) == {Lamp.HOLD}
    ringing = Situation(waiting=Waiting.RINGING)
    assert meaning(Press(Button.PROGRAMMABLE), ringing, Profile(programmable="none")) is Do.NOTHING


def snapshot(*calls: tuple[str, State], muted: bool = False, placed: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "muted": muted,
        "calls": [
            {"id": call, "state": str(state), "actions": [] if call in placed else list(actions(state))}
            for call, state in calls
        ],
    }


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([], Situation()),
        ([("a", State.ALERTING)], Situation(waiting=Waiting.RINGING, that_waits="a")),
        ([("a", State.ALERTING), ("b", State.ARMED)], Situation(waiting=Waiting.ARMED, that_waits="b")),
        ([("a", State.ALERTING), ("b", State.ALERTING)], Situation(waiting=Waiting.RINGING, that_waits="a")),
        ([("a", State.DIVERTED)], Situation(waiting=Waiting.DIVERTED, that_waits="a")),
        ([("a", State.ANSWERING)], Situation(line=Line.ANSWERING, in_line=("a",))),
        ([("a", State.DIALLING)], Situation(line=Line.OUTGOING, in_line=("a",))),
        ([("a", State.RINGING)], Situation(line=Line.OUTGOING, in_line=("a",))),
        ([("a", State.TALKING)], Situation(line=Line.TALK, in_line=("a",))),
        ([("a", State.CONFERENCE), ("b", State.CONFERENCE)], Situation(line=Line.TALK, in_line=("a", "b"))),
        (
            [("a", State.HELD), ("b", State.TALKING), ("c", State.ALERTING)],
            Situation(line=Line.TALK, waiting=Waiting.RINGING, held=True, in_line=("b",), that_waits="c", on_hold="a"),
        ),
        ([("a", State.MESSAGE)], Situation()),
        ([("a", State.JOINED)], Situation()),
        ([("a", State.TRANSFERRING)], Situation()),
        ([("a", State.ENDED)], Situation()),
    ],
)
def test_the_desk_as_a_headset_sees_it(calls: list[tuple[str, State]], expected: Situation) -> None:
    assert situation(snapshot(*calls)) == expected


def test_calls_that_are_not_the_receptionists_and_those_about_to_end_do_not_count() -> None:
    calls = snapshot(("far", State.RINGING), ("a", State.TALKING), ("b", State.HELD), placed=("far",), muted=True)
    assert situation(calls, {"a"}) == Situation(held=True, on_hold="b", muted=True)


def test_every_state_is_one_of_these() -> None:
    for state in State:
        situation(snapshot(("a", state)))
