"""Whether the other side of a call is still there."""

from __future__ import annotations

import pytest

from phoneetiquette.sip.pulse import NOT_THERE, Pulse
from phoneetiquette.units import seconds


def looks(pulse: Pulse, *packets: int, since_s: int = 0) -> list[str]:
    """One a second."""
    return [pulse.look(seconds(since_s + at), came) for at, came in enumerate(packets)]


def test_who_sends_is_there() -> None:
    assert looks(Pulse(), *range(0, 1000, 50)) == [""] * 20


def test_who_has_fallen_silent_is_asked_and_who_says_nothing_is_gone_once() -> None:
    assert looks(Pulse(), *[9] * 12) == ["", "", "", "", "", "ask", "", "", "", "", "gone", ""]


def test_who_answers_is_there_and_asked_again_later() -> None:
    pulse = Pulse()
    assert looks(pulse, *[9] * 6)[-1] == "ask"
    assert pulse.replied(seconds(6), 405) == ""
    assert looks(pulse, *[9] * 6, since_s=6) == ["", "", "", "", "", "ask"]


@pytest.mark.parametrize("code", sorted(NOT_THERE))
def test_who_does_not_know_the_call_is_gone(code: int) -> None:
    pulse = Pulse()
    looks(pulse, *[9] * 6)
    assert [pulse.replied(seconds(6), code), pulse.replied(seconds(7), code)] == ["gone", ""]


def test_nothing_is_expected_of_who_is_on_hold() -> None:
    pulse = Pulse()
    looks(pulse, *[9] * 6)
    pulse.rest(seconds(100))
    assert looks(pulse, *[9] * 4, since_s=100) == [""] * 4
