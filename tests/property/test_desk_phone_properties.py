"""The same restless desk with telephones on it: calls and the phone's legs as joint states.

What holds of a headset's desk holds here too; and nobody talks to a phone that lies on its hook, no phone is left
ringing or lifted for nothing, and no customer is forgotten who was in talk when the phone went away.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from phoneetiquette import events as e
from phoneetiquette.calls.phone_settings import AUTO_ANSWER, PhoneSettings
from phoneetiquette.calls.phone_states import FETCHABLE, LegState
from phoneetiquette.calls.session import Session
from phoneetiquette.calls.states import WITH_AGENT, State
from tests.property.test_desk_properties import PICKS, SPECIALIST, DeskMachine

PHONES = ("sip:201@phone", "sip:202@phone")


class PhoneMachine(DeskMachine):
    @initialize(
        second=st.booleans(),
        vendor=st.booleans(),
        auto_answer=st.booleans(),
        code=st.sampled_from(["AT", "GB", "US"]),
        deadline=st.sampled_from(["connect", "connect", "overflow", "message"]),
        when_absent=st.sampled_from(["overflow", "message", "none"]),
        presence=st.sampled_from(["present", "present", "absent"]),
        plan=st.booleans(),
    )
    def open_desk(
        self,
        second: bool,
        vendor: bool,
        auto_answer: bool,
        code: str,
        deadline: str,
        when_absent: str,
        presence: Any,
        plan: bool,
    ) -> None:
        self.phones = tuple(
            PhoneSettings(
                address=address, vendor_command=vendor, auto_answer_headers=AUTO_ANSWER if auto_answer else ()
            )
            for address in PHONES[: 1 + second]
        )
        self.begin(code, "burst", deadline, when_absent, True, presence, "off", plan)

    # ------------------------------------------------------------------------------------------------ the phone

    def leg(self, pick: int, **wanted: Any) -> e.CallId | None:
        return self.picked(pick, role="phone", **wanted)

    @precondition(lambda self: any(call.role == "phone" for call in self.engine.calls.values()))
    @rule(
        pick=PICKS,
        what=st.sampled_from(["rings", "rings", "lifted", "lifted", "lifted", "486", "603", "480"]),
        talk=st.booleans(),
    )
    def phone_is_called(self, pick: int, what: str, talk: bool) -> None:
        leg = self.leg(pick, incoming=False, answered=False)
        if leg is None:
            return
        if what == "rings":
            self.engine.desk_phone_rings(leg, talk=talk)
        elif what == "lifted":
            self.engine.phone_answers(leg)
        else:
            self.engine.phone_refuses(leg, int(what))
        self.messages_pass()

    @precondition(lambda self: any(call.role == "phone" and call.answered for call in self.engine.calls.values()))
    @rule(pick=PICKS, what=st.sampled_from(["put_down", "hold", "release", "vanish", "refer", "refer_attended"]))
    def phone_is_used(self, pick: int, what: str) -> None:
        leg = self.leg(pick, answered=True)
        if leg is None:
            return
        match what:
            case "put_down":
                self.engine.hang_up(leg)
            case "hold" | "release":
                self.engine.peer_holds(leg, what == "hold")
            case "vanish":
                self.engine.desk_phone_vanishes(leg)
            case "refer":
                self.inbox.append(e.PhoneReferred(at_ns=self.now_ns, call=leg, dialled="9", target=SPECIALIST))
            case _:
                other = self.leg(pick + 1, answered=True)
                self.inbox.append(e.PhoneReferred(at_ns=self.now_ns, call=leg, dialled="9", to_leg=other))
        self.messages_pass()

    @rule(pick=PICKS, asked=st.sampled_from(["talk", "vendor"]), code=st.sampled_from([200, 489, 0]))
    def phone_replies(self, pick: int, asked: Any, code: int) -> None:
        leg = self.leg(pick, answered=False)
        if leg:
            self.inbox.append(e.PhoneReplied(at_ns=self.now_ns, call=leg, asked=asked, code=code))
        self.messages_pass()

    @rule(called=st.sampled_from([SPECIALIST, SPECIALIST, ""]))
    def phone_dials(self, called: str) -> None:
        self.started += 1
        self.engine.desk_phone_dials(f"leg{self.started}", PHONES[0], called)
        self.messages_pass()

    # ------------------------------------------------------------------------------------------------ what holds

    def check_calls(self, live: dict[e.CallId, Session]) -> None:
        placed = {call for call, session in live.items() if session.asked_for}
        legs = set(self.desk.phone.legs)
        assert placed | legs == set(self.engine.calls)
        phone = self.desk.phone
        for session in live.values():
            if session.state in WITH_AGENT and session.to_agent and not session.holding:
                assert phone.occupied
        for leg in phone.legs.values():
            if leg.leaving:
                continue
            assert leg.lifted == (leg.state in (LegState.UP, LegState.HOLDING))
            if leg.awaited:
                assert not phone.occupied
                assert leg.call in live
                states = {State.ALERTING, State.HELD, State.DIALLING} | (FETCHABLE if leg.fetched else set())
                assert live[leg.call].state in states

    def not_placed(self) -> set[e.CallId]:
        wished = {event.call for event in self.journal if isinstance(event, e.AgentDialled)}
        return {event.call for event in self.made if isinstance(event, e.CallClosed)} & wished


TestDeskPhone = PhoneMachine.TestCase
TestDeskPhone.settings = settings(
    max_examples=150, stateful_step_count=50, deadline=None, derandomize=True, print_blob=False
)
