"""Presses and echoes told apart: the table, and headsets of several kinds with a seat that changes its mind."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoneetiquette.headset.agreement import FOLLOW_NS, QUIET_NS, TABLE, Agreement, Decision, Happening, Phase
from phoneetiquette.units import ms

ANSWER_NS = ms(2500)


def agreed(*, answers: bool = True) -> Agreement:
    """One whose start is over."""
    agreement = Agreement(answers=answers, answer_ns=ANSWER_NS, now_ns=0)
    agreement.advance(ANSWER_NS)
    assert agreement.phase is Phase.AGREED
    return agreement


def test_every_phase_can_be_left_and_every_happening_counts_somewhere() -> None:
    assert {phase for phase, _ in TABLE} == set(Phase)
    assert {happening for _, happening in TABLE} == set(Happening)
    assert {phase for phase, _ in TABLE.values()} == set(Phase)


def test_a_press_is_followed_by_the_seat() -> None:
    one = agreed()
    assert one.report(True, ms(3000), alone=True) is Decision.PRESS
    assert one.report(True, ms(3001), alone=True) is Decision.NOTHING
    one.want(True, ms(3002))
    assert (one.phase, one.deadline()) == (Phase.AGREED, None)


def test_the_answer_to_a_lamp_is_no_press() -> None:
    one = agreed()
    one.want(True, ms(3000))
    assert one.report(False, ms(3010), alone=True) is Decision.NOTHING, "sent before the lamp had arrived"
    assert one.report(True, ms(3050), alone=True) is Decision.NOTHING
    assert one.report(False, ms(3100), alone=True) is Decision.PRESS, "and this was the user"


def test_a_press_that_the_seat_does_not_follow_is_taken_back() -> None:
    one = agreed()
    assert one.report(True, ms(3000), alone=True) is Decision.PRESS
    assert one.deadline() == ms(3000) + FOLLOW_NS
    assert one.advance(ms(3000) + FOLLOW_NS) is Decision.REPEAT, "the lamp is told again, dark as it was"
    assert one.report(False, ms(3500), alone=True) is Decision.NOTHING, "the headset went back"
    assert one.phase is Phase.AGREED


def test_two_lamps_in_a_row_have_two_answers() -> None:
    one = agreed()
    one.want(True, ms(3000))
    one.want(False, ms(3005))
    answers = [one.report(True, ms(3050), alone=True), one.report(False, ms(3060), alone=True)]
    assert answers == [Decision.NOTHING, Decision.NOTHING]
    one.advance(ms(3060) + QUIET_NS)
    assert one.phase is Phase.AGREED


def test_a_headset_left_behind_by_crossing_is_told_once_more() -> None:
    one = agreed()
    one.want(True, ms(3000))
    one.want(False, ms(3005))
    one.report(True, ms(3050), alone=True)
    deadline = one.deadline()
    assert deadline is not None
    assert one.advance(deadline) is Decision.REPEAT


def test_pressed_and_taken_back_before_the_seat_followed_are_two_presses() -> None:
    one = agreed()
    presses = [one.report(True, ms(3000), alone=True), one.report(False, ms(3001), alone=True)]
    assert (presses, one.phase) == ([Decision.PRESS, Decision.PRESS], Phase.AGREED)


def test_a_headset_that_never_answers_ends_a_call_lifted_on_the_page() -> None:
    """Its report has the value that it had before, and nothing else in it has changed: a press. Mute is none."""
    one = agreed(answers=False)
    one.want(True, ms(3000))
    assert one.phase is Phase.ASSUMED
    assert one.report(False, ms(4000), alone=False) is Decision.NOTHING, "the mute button was pressed"
    assert one.report(False, ms(4000), alone=True) is Decision.PRESS


def test_an_answer_that_comes_too_late_is_none_the_less_no_press() -> None:
    one = agreed()
    one.want(True, ms(3000))
    one.advance(ms(3000) + ANSWER_NS)
    assert one.deadline() is None, "it is taken to have done it"
    assert one.report(True, ms(9000), alone=True) is Decision.NOTHING
    assert one.phase is Phase.AGREED


def test_a_button_that_turns_over_is_an_echo_only_right_after_the_lamp() -> None:
    one = agreed()
    one.want(True, ms(3000))
    assert one.turned(ms(3050)) is Decision.NOTHING
    assert one.turned(ms(3100)) is Decision.PRESS
    assert one.said is False, "it was on, so it is to be off"
    one.want(False, ms(3101))
    one.advance(ms(3101) + QUIET_NS)
    assert one.turned(ms(4200)) is Decision.PRESS, "the seat's reply to a press is not echoed"


def test_what_a_headset_says_in_its_first_moments_is_old() -> None:
    one = Agreement(answers=True, answer_ns=ANSWER_NS, now_ns=0)
    assert one.report(True, ms(10), alone=True) is Decision.NOTHING
    assert one.advance(ms(10) + QUIET_NS) is Decision.REPEAT


def test_a_headset_that_was_off_hook_before_we_came_can_end_the_call() -> None:
    one = Agreement(answers=True, answer_ns=ANSWER_NS, now_ns=0)
    one.want(True, ms(300))
    one.advance(ms(300) + QUIET_NS)
    assert one.phase is Phase.AGREED
    assert one.report(False, ms(1400), alone=True) is Decision.PRESS


@dataclass(order=True)
class Due:
    at_ns: int
    number: int
    act: Callable[[int], None] = field(compare=False)


class World:
    """A headset that answers after a while, a seat that follows presses after a while, and time."""

    def __init__(self, *, answers: bool, latency_ns: int) -> None:
        self.agreement = agreed(answers=answers)
        self.presses: list[tuple[int, bool]] = []
        self._answers = answers
        self._latency_ns = latency_ns
        self._lamp = self._hook = False
        self._due: list[Due] = []
        self._numbers = itertools.count()

    def at(self, at_ns: int, act: Callable[[int], None]) -> None:
        heapq.heappush(self._due, Due(at_ns, next(self._numbers), act))

    def run(self) -> None:
        """Until a minute has passed; by then all is quiet, unless they go on for ever."""
        while self._due and self._due[0].at_ns <= ms(60_000):
            due = heapq.heappop(self._due)
            while (deadline := self.agreement.deadline()) is not None and deadline <= due.at_ns:
                if self.agreement.advance(deadline) is Decision.REPEAT:
                    self._show(deadline)
            due.act(due.at_ns)

    def want(self, value: bool) -> Callable[[int], None]:
        """The seat opens or ends a call by itself."""

        def act(now_ns: int) -> None:
            if value != self.agreement.wanted:
                self.agreement.want(value, now_ns)
                self._show(now_ns)

        return act

    def press(self, now_ns: int) -> None:
        """The user presses: the headset says that it is the other way round now."""
        self._hook = not self._hook
        self._say(now_ns, self._hook)

    def _show(self, now_ns: int) -> None:
        wanted = self.agreement.wanted

        def shown(at_ns: int) -> None:
            changed = wanted != self._hook
            self._hook = wanted
            if changed and self._answers:
                self._say(at_ns, wanted)

        self.at(now_ns + self._latency_ns, shown)

    def _say(self, now_ns: int, value: bool) -> None:
        def came(at_ns: int) -> None:
            if self.agreement.report(value, at_ns, alone=True) is Decision.PRESS:
                self.presses.append((at_ns, self.agreement.said))
                self.at(at_ns + ms(1), self.want(self.agreement.said))

        self.at(now_ns + self._latency_ns, came)

    @property
    def settled(self) -> bool:
        return self._hook == self.agreement.wanted and not self._due


wishes = st.lists(st.tuples(st.integers(3_000, 20_000), st.booleans()), max_size=12)
latencies = st.integers(1, 100).map(ms)


@given(wishes=wishes, latency_ns=latencies, answers=st.booleans())
def test_a_seat_alone_never_hears_of_a_press(wishes: list[tuple[int, bool]], latency_ns: int, answers: bool) -> None:
    world = World(answers=answers, latency_ns=latency_ns)
    for at_ms, value in wishes:
        world.at(ms(at_ms), world.want(value))
    world.at(ms(60_000), lambda _: None)
    world.run()
    assert world.presses == []
    assert world.settled


@given(wishes=wishes, latency_ns=latencies, pressed=st.lists(st.integers(3_000, 20_000), max_size=6))
def test_whatever_happens_they_agree_in_the_end(
    wishes: list[tuple[int, bool]], latency_ns: int, pressed: list[int]
) -> None:
    world = World(answers=True, latency_ns=latency_ns)
    for at_ms, value in wishes:
        world.at(ms(at_ms), world.want(value))
    for at_ms in pressed:
        world.at(ms(at_ms), world.press)
    world.at(ms(60_000), lambda _: None)
    world.run()
    assert world.settled
    assert world.agreement.deadline() is None


@pytest.mark.parametrize("answers", [True, False])
@given(wishes=wishes, latency_ns=latencies)
def test_a_press_in_quiet_times_always_counts_once(
    answers: bool, wishes: list[tuple[int, bool]], latency_ns: int
) -> None:
    world = World(answers=answers, latency_ns=latency_ns)
    for at_ms, value in wishes:
        world.at(ms(at_ms), world.want(value))
    for at_s in (40, 50):
        world.at(ms(1000 * at_s), world.press)
    world.at(ms(60_000), lambda _: None)
    world.run()
    assert [at_ns // ms(1000) for at_ns, _ in world.presses] == [40, 50]
    assert [value for _, value in world.presses] in ([True, False], [False, True])
    assert world.settled
