"""The machine's own states: what each table allows, what is refused, and that nothing goes on for ever."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoneetiquette.dialplan.questions import MenuKey, MenuSilence
from phoneetiquette.errors import CallError
from phoneetiquette.ivr import menu, message, phrases
from phoneetiquette.ivr.keys import Keypad
from phoneetiquette.ivr.menu import Menu, MenuState
from phoneetiquette.ivr.message import HangUp, MessageState, MessageTaking, Record, Say, StopRecording
from phoneetiquette.units import seconds


def new_menu() -> Menu:
    return Menu("night", ("main",), heard=2, wrong=1, after_ns=seconds(5))


def new_message(phone: str = "205") -> MessageTaking:
    return MessageTaking("office", "change", "en", seconds(60), phone)


def test_menu_asks_what_the_router_is_asked() -> None:
    one = new_menu()
    one.said(seconds(3))
    assert one.deadline_ns == seconds(8)
    assert one.silent() == MenuSilence("night", 2, ("main",))
    assert new_menu().pressed("5") == MenuKey("night", "5", ("main",), 1)


@pytest.mark.parametrize("state", MenuState)
def test_menu_does_only_what_its_table_allows(state: MenuState) -> None:
    deeds = {"said": lambda one: one.said(0), "pressed": lambda one: one.pressed("1"), "silent": Menu.silent}
    for trigger, deed in deeds.items():
        one = new_menu()
        one.state = state
        before = copy.copy(one)
        if (state, menu.MenuTrigger(trigger)) in menu.TRANSITIONS:
            deed(one)
        else:
            with pytest.raises(CallError):
                deed(one)
            assert one == before


def test_message_from_greeting_to_goodbye() -> None:
    one = new_message()
    assert one.begin() == [Say(("leave_message", "beep"))]
    assert one.said(0) == [Record()]
    assert one.deadline_ns == seconds(60)
    assert one.pressed("5", seconds(1)) == []  # only the hash key ends it
    assert one.pressed("#", seconds(9)) == [StopRecording(), Say(("your_number", "2", "0", "5", "confirm_number"))]
    assert one.said(seconds(15)) == []
    assert one.pressed("1", seconds(16)) == [Say(("thanks",))]
    assert one.said(seconds(20)) == [HangUp()]
    assert (one.state, one.read_back) == (MessageState.DONE, True)


def test_star_begins_the_number_anew_and_a_pause_ends_it() -> None:
    one = new_message("")
    one.said(0)
    assert one.pressed("#", 1) == [StopRecording(), Say(("enter_number",))]
    assert one.pressed("9", 2) == [Say()]
    for key in "9*0664":
        one.pressed(key, 3)
    assert one.given == "0664"
    assert one.time_passed() == [Say(("your_number", *"0664", "confirm_number"))]


@given(st.lists(st.sampled_from([*"0123456789*#A", "said", "time"]), max_size=60), st.sampled_from(["", "205"]))
def test_whatever_a_caller_does_comes_to_an_end(deeds: list[str], phone: str) -> None:
    """And then, when nothing is pressed any more, the machine hangs up."""
    one = new_message(phone)
    one.begin()
    now = 0

    def speaking() -> bool:
        return (one.state, message.MessageTrigger.SAID) in message.TRANSITIONS

    for deed in [*deeds, *["said", "time"] * 12]:
        now += seconds(1)
        if deed == "said":
            turns = one.said(now) if speaking() else []
        elif deed == "time":
            turns = one.time_passed() if one.deadline_ns is not None else []
        else:
            turns = one.pressed(deed, now)
        assert len(one.entered) <= message.MOST_DIGITS
        assert all(isinstance(turn, Say | Record | StopRecording | HangUp) for turn in turns)
    assert one.state is MessageState.DONE


def test_what_is_not_being_said_cannot_have_been_said() -> None:
    one = new_message()
    one.said(0)
    with pytest.raises(CallError, match="recording"):
        one.said(1)


def test_one_press_in_three_ways() -> None:
    pad = Keypad()
    assert pad.press("1", "inband", 0)
    assert not pad.press("1", "rfc4733", seconds(0.1))
    assert not pad.press("1", "info", seconds(0.2))
    assert pad.press("1", "rfc4733", seconds(0.8))
    assert pad.press("1", "rfc4733", seconds(0.9))  # pressed twice, quickly
    assert not pad.press("2", "inband", seconds(3))  # a leak: this phone sends packets


def test_phrases_are_there_in_every_language() -> None:
    assert set(phrases.PHRASES) == {"en", "de", "uk", "nl", "ar", "kk", "ru"}
    assert {frozenset(said) for said in phrases.PHRASES.values()} == {frozenset(phrases.PHRASES["en"])}
    assert phrases.phrase("7", "kk") == ("7", "kk")
    assert phrases.phrase("thanks", "de-AT")[1] == "de"
    assert phrases.phrase("thanks", "fi") == (phrases.PHRASES["en"]["thanks"], "en")
