"""``explain`` and a seat's desk agree: the same plan, call and moment, told by one and lived by the other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.desk import Effects
from phoneetiquette.calls.guide import Guide
from phoneetiquette.config.dialplans import inspect
from phoneetiquette.dialplan.questions import Arrival, Known, Question
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.walk import Conduct, in_a_word, walk
from tests.property.dialplans import NUMBERS, as_yaml, moments, names, plans
from tests.property.test_dialplan_properties import TODAY
from tests.unit.desk_script import ZERO_NS, new_desk
from tests.unit.topic_scenes import SceneVoice

CALL = "one"


@pytest.fixture(scope="module")
def file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory) / "plan.yaml"


def _always(answer: Any) -> Any:
    """Whatever is asked."""

    def asked(_: object) -> Any:
        return answer

    return asked


class Life:
    """A call at a desk where nobody lifts, and whose caller presses ``keys``, one each time a menu speaks."""

    def __init__(self, router: Router, question: Question, keys: list[str]) -> None:
        guide = Guide(
            "1",
            router.route,
            _always(question.moment),
            "sip:{}@pbx".format,
            SceneVoice(),
            number=str,
            said_number=_always(""),
            switches={"holiday": "holiday"},
            patience_s={},
        )
        self.desk = new_desk(presence="absent" if question.known.desk == "absent" else "present", guide=guide)
        self.keys = list(keys)
        self.route: list[str] = []
        self.now_ns: int = ZERO_NS
        self.over = False
        for name in question.known.switches:
            self.desk.handle(e.SwitchTurned(at_ns=ZERO_NS, name=name, on=True))
        arrived = e.CallArrived(
            at_ns=ZERO_NS,
            call=CALL,
            caller=question.caller,
            caller_name="",
            called=question.called,
            peer="192.0.2.1:5060",
            sip_call_id=CALL,
        )
        self.happen(arrived)
        if not self.over:
            self.happen(e.AlertingStarted(at_ns=ZERO_NS, call=CALL, ringback="remote"))

    def happen(self, one: e.Event) -> None:
        self.take(self.desk.before(one))
        self.take(self.desk.handle(one))

    def take(self, effects: Effects) -> None:
        self.route += [word_of(one) for one in effects.events if isinstance(one, e.RouteDecided)]
        for command in effects.commands:
            match command:
                case c.Dial():
                    self.happen(e.CallDialled(at_ns=self.now_ns, call=command.call, target=command.target))
                case c.Speak() if self.desk.sessions[CALL].state == "menu":
                    self.heard(command.prompt)
                case c.Speak() | c.TakeMessage() | c.Reject() | c.Hangup(call="one"):
                    self.over = True
                case c.Answer(only_if_free=True, not_before_ns=0):
                    self.over = True

    def heard(self, prompt: int) -> None:
        """A menu, or an announcement, speaks."""
        if self.route[-1] == "say":
            self.over = True
        elif self.keys:
            key = self.keys.pop(0)
            self.happen(e.DigitReceived(at_ns=self.now_ns, call=CALL, digit=key, method="rfc4733"))
        else:
            self.happen(e.PromptEnded(at_ns=self.now_ns, call=CALL, prompt=prompt))

    def live(self, stops: int) -> None:
        """Until so many decisions are made, or nothing is left to decide."""
        while not self.over and len(self.route) < stops and (due_ns := self.desk.next_deadline()) is not None:
            self.now_ns = max(due_ns, self.now_ns)
            self.take(self.desk.advance(self.now_ns))


def word_of(decided: e.RouteDecided) -> str:
    """As :func:`in_a_word` says it."""
    match decided.kind:
        case "call":
            return " + ".join(one["who"] for one in decided.attempts)
        case "menu":
            return f"menu {decided.menu}"
        case "message":
            return f"message {decided.service}"
        case "refuse":
            return f"refuse {'busy' if decided.code == 486 else 'declined'}"
        case "connect":
            return "connect desk"
        case "seat":
            return "seat decides"
        case kind:
            return kind


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(plans(), st.data())
def test_what_is_explained_is_what_happens(file: Path, plan: dict[str, Any], data: st.DataObject) -> None:
    file.write_text(as_yaml(plan), encoding="utf-8")
    found = inspect(file, TODAY)
    assume(not found.failed)
    assert found.plan is not None
    router = Router(found.plan)
    for _ in range(5):
        question = Question(
            Arrival(),
            data.draw(moments),
            data.draw(names(("+43 1 5550100", "01 5550101"))),
            data.draw(names(NUMBERS)),
            known=Known(
                desk=data.draw(names(("free", "absent"))), switches=data.draw(st.frozensets(st.just("holiday")))
            ),
        )
        keys = data.draw(st.lists(st.sampled_from("0123456789*#"), max_size=6))
        stops = walk(router, question, Conduct(keys=keys, to_the_end=True))
        expected = [in_a_word(stop.decision.outcome) for stop in stops]
        event(f"{min(len(expected), 8)} decisions")
        life = Life(router, question, keys)
        life.live(len(expected))
        assert life.route == expected
