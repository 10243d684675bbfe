"""What the codes of the desk phone ask for, and what its action URLs mean."""

from __future__ import annotations

import pytest

from phoneetiquette import events as e
from phoneetiquette.calls.phone_codes import DEFAULT_CODES, checked, reported, wished
from phoneetiquette.errors import CallError, PhoneEtiquetteError

WISHES: list[tuple[str, e.Event]] = [
    ("*11", e.AgentMarkedStage(at_ns=1, call=None, stage="greeting")),
    ("*14", e.AgentMarkedStage(at_ns=1, call=None, stage="close")),
    ("*22", e.AgentChoseTopic(at_ns=1, topic="taxi")),
    ("*31", e.AgentLeftToMachine(at_ns=1)),
    ("*40", e.PresenceChanged(at_ns=1, presence="absent")),
    ("*41", e.PresenceChanged(at_ns=1, presence="present")),
    ("*51", e.AgentLifted(at_ns=1, by="phone")),
]


@pytest.mark.parametrize(("code", "wish"), WISHES)
def test_usual_codes(code: str, wish: e.Event) -> None:
    assert wished(DEFAULT_CODES[code], ["rooms", "taxi"], 1) == wish


@pytest.mark.parametrize(("on", "turned"), [((), True), (("night",), False)])
def test_a_switch_is_turned_over(on: tuple[str, ...], turned: bool) -> None:
    assert wished("switch night", [], 1, on) == e.SwitchTurned(at_ns=1, name="night", on=turned)


def test_every_usual_code_is_a_good_line_of_the_table() -> None:
    for code, asks in DEFAULT_CODES.items():
        checked(code, asks)


def test_a_topic_that_is_not_there() -> None:
    with pytest.raises(CallError, match="no topic number 3"):
        wished("topic 3", ["rooms", "taxi"], 1)


@pytest.mark.parametrize(
    ("code", "asks", "what"),
    [
        ("12", "present", "no code"),
        ("*x", "present", "no code"),
        ("*1", "tea", "not known"),
        ("*1", "stage tea", "tea"),
    ],
)
def test_lines_that_make_no_sense(code: str, asks: str, what: str) -> None:
    with pytest.raises(PhoneEtiquetteError, match=what):
        checked(code, asks)


def test_reports() -> None:
    assert reported("dnd_on", 1) == e.PresenceChanged(at_ns=1, presence="absent")
    assert reported("unmuted", 1) == e.AgentMuted(at_ns=1, muted=False)
    assert reported("off_hook", 1) is None
