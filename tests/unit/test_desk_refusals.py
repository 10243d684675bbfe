"""Wishes that cannot be had: every kind of wish in every state of a call. And how the desk shows a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from phoneetiquette import events as e
from phoneetiquette.calls.desk import Desk
from phoneetiquette.calls.states import ACTIONS, ALLOWED, TRANSITIONS, State, Trigger, actions, after
from phoneetiquette.errors import CallError
from tests.unit.desk_script import OVERFLOW, event, moment, new_desk, remembered
from tests.unit.topic_scenes import guide

RINGING = ["0 A arrives", "0 A rings"]
TALKING = [*RINGING, "8 lift", "8 A answered", "8 A has sound"]
HELD = [*TALKING, "9 hold", "9 A held"]
TRANSFERRING = [*TALKING, "9 refer to specialist"]
IN_MENU = ["0 A arrives for night", "0 A rings", "7 wait", "7 A answered"]
WAYS: dict[State, list[str]] = {
    State.ALERTING: RINGING,
    State.ARMED: [*RINGING, "1 lift"],
    State.ANSWERING: [*RINGING, "8 lift"],
    State.DIVERTED: [*RINGING, "13 wait"],
    State.MESSAGE: [*RINGING, "13 wait", "14 A-1 refuses 486"],
    State.MENU: IN_MENU,
    State.WAITING: [*IN_MENU, "8 A presses 1"],
    State.DIALLING: ["0 dial A"],
    State.RINGING: ["0 dial A", "1 A rings there"],
    State.TALKING: TALKING,
    State.HELD: HELD,
    State.CONFERENCE: [*HELD, "10 dial B", "11 B answered", "12 confer A", "12 A and B conferring"],
    State.TRANSFERRING: TRANSFERRING,
    State.SEEKING: [*TALKING, "9 topic change"],
    State.JOINED: [*RINGING, "13 wait", "14 A-1 answered"],
    State.ENDED: [*TALKING, "9 A leaves"],
}
"""A way into every state for call A."""

NOW = moment("15")
WISHES: dict[type[e.Event], dict[str, Any]] = {
    e.AgentLifted: {},
    e.AgentPutDown: {},
    e.AgentHungUp: {},
    e.AgentHeld: {},
    e.AgentResumed: {},
    e.AgentTransferred: {"target": "sip:specialist@pbx"},
    e.AgentChoseTopic: {"topic": "change"},
    e.AgentLeftToMachine: {},
    e.AgentConferenced: {},
    e.AgentSentDigits: {"digits": "1"},
    e.AgentMarkedStage: {"stage": "clarify"},
}


def desk_with_a(state: State) -> Desk:
    desk = new_desk(deadline=OVERFLOW, guide=guide())
    for row in WAYS[state]:
        at, _, what = row.partition(" ")
        if what == "wait":
            desk.advance(moment(at))
        else:
            happened = event(moment(at), what)
            desk.before(happened)
            desk.handle(happened)
    assert desk.sessions["A"].state is state
    return desk


def refused(desk: Desk, wish: e.Event) -> str:
    """Why the desk refuses; and that nothing has changed."""
    desk.before(wish)
    before = remembered(desk)
    with pytest.raises(CallError) as refusal:
        desk.handle(wish)
    assert remembered(desk) == before
    return refusal.value.what


def test_there_is_a_way_into_every_state() -> None:
    assert set(WAYS) == set(State)
    assert set(WISHES) == set(ALLOWED)


@pytest.mark.parametrize("kind", WISHES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", State)
def test_wish_is_had_where_the_table_allows_it_and_refused_elsewhere(state: State, kind: Any) -> None:
    desk = desk_with_a(state)
    wish = kind(at_ns=NOW, call="A", **WISHES[kind])
    if state in ALLOWED[kind] and kind is not e.AgentConferenced:
        desk.before(wish)
        desk.handle(wish)
    else:
        refused(desk, wish)


def test_ended_call_is_over() -> None:
    assert refused(desk_with_a(State.ENDED), event(moment("10"), "hold A")) == "that call is over"


def test_conference_needs_a_call_in_talk() -> None:
    assert refused(desk_with_a(State.HELD), event(NOW, "confer")) == "a conference needs a call in talk and one on hold"


@pytest.mark.parametrize("kind", WISHES, ids=lambda kind: kind.__name__)
def test_wish_about_nothing_is_refused(kind: Any) -> None:
    assert refused(new_desk(), kind(at_ns=NOW, call="nobody", **WISHES[kind]))
    if kind is not e.AgentPutDown:
        assert refused(new_desk(), kind(at_ns=NOW, call=None, **WISHES[kind]))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("put through", "there is no call on hold to put through"),
        ("put through A", "there is no second call to put it through to"),
        ("put through A to A", "there is no second call to put it through to"),
        ("put through A to nobody", "there is no second call to put it through to"),
        ("confer", "a conference needs a call in talk and one on hold"),
        ("confer A", "this cannot be done with a call that is talking"),
    ],
)
def test_transfer_and_conference_need_two_calls(words: str, why: str) -> None:
    assert refused(desk_with_a(State.TALKING), event(NOW, words)) == why


def test_put_through_to_a_number_or_to_a_call_but_not_both() -> None:
    wish = e.AgentTransferred(at_ns=NOW, call="A", target="sip:specialist@pbx", to_call="B")
    assert refused(desk_with_a(State.TALKING), wish) == "put through to a number or to a call, not both"


def test_put_through_to_a_far_leg_is_refused() -> None:
    desk = desk_with_a(State.DIVERTED)
    for row in ("14 dial B", "14 B answered"):
        at, _, what = row.partition(" ")
        desk.handle(event(moment(at), what))
    assert refused(desk, event(NOW, "put through B to A-1")) == "there is no second call to put it through to"


# ------------------------------------------------------------------------------------------------------- the tables


def test_every_state_can_be_reached_and_left() -> None:
    reached = set(TRANSITIONS.values())
    assert set(State) - reached == {State.ALERTING, State.DIALLING} - reached
    assert {state for state, _ in TRANSITIONS} == set(State) - {State.ENDED}
    assert {trigger for _, trigger in TRANSITIONS} == set(Trigger)


@pytest.mark.parametrize("state", State)
def test_trigger_without_an_entry_raises(state: State) -> None:
    for trigger in Trigger:
        if (state, trigger) in TRANSITIONS:
            assert after(state, trigger) is TRANSITIONS[state, trigger]
        else:
            with pytest.raises(CallError, match=f"a call that is {state} cannot be {trigger}"):
                after(state, trigger)


def test_actions_of_a_call_are_what_the_table_allows() -> None:
    assert actions(State.ALERTING) == ("lift", "hangup")
    assert actions(State.ARMED) == ("put_down", "hangup")
    assert actions(State.TALKING) == ("hangup", "hold", "transfer", "topic", "machine", "digits", "stage")
    assert actions(State.HELD) == ("hangup", "resume", "transfer", "topic", "machine", "conference", "stage")
    assert actions(State.ENDED) == ()
    assert set(ACTIONS.values()) == set(ALLOWED)


# ----------------------------------------------------------------------------------------------------- the snapshot


@pytest.mark.parametrize("state", State)
def test_snapshot_is_json_and_tells_the_state(state: State) -> None:
    snapshot = desk_with_a(state).as_snapshot()
    assert json.loads(json.dumps(snapshot)) == snapshot
    shown = next(call for call in snapshot["calls"] if call["id"] == "A")
    assert shown["state"] == state
    assert shown["actions"] == list(actions(state))


def test_snapshot_of_a_ringing_call() -> None:
    (call,) = desk_with_a(State.ARMED).as_snapshot()["calls"]
    start_ms = moment("0") / 1e6
    assert call["ring"] == {
        "country": "AT",
        "cadence_ms": [1000, 5000],
        "started_ms": start_ms,
        "opens_ms": start_ms + 7000,
        "closes_ms": start_ms + 13000,
        "exempt": "",
    }
    assert (call["armed"], call["answered_ms"], call["verdict"]) == (True, None, None)
    assert call["party"] == {"uri": "sip:A@pbx", "number": "A", "name": ""}


def test_far_leg_is_shown_without_actions() -> None:
    far = next(call for call in desk_with_a(State.DIVERTED).as_snapshot()["calls"] if call["id"] == "A-1")
    assert (far["direction"], far["state"], far["actions"]) == ("out", "dialling", [])
