"""Picking up: the ring window of each incoming call, arming, the deadline, the bell, the verdict."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.session import Session
from phoneetiquette.calls.states import State, Trigger, after
from phoneetiquette.dialplan.model import DESK
from phoneetiquette.errors import CallError
from phoneetiquette.etiquette.policy import DeadlineAction, deadline_action, exemption
from phoneetiquette.etiquette.window import Outcome, PickupWindow, judge

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk

SLOT = "pickup"
"""Slot of the kept command that connects a ringing call."""


class Pickup:
    """The part of the desk that lifts. It decides ahead of time; the engine carries out to the moment."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.bell: Literal["off", "ringer", "ear", "armed"] = "off"

    @property
    def _auto(self) -> bool:
        return self._desk.settings.auto_lift != "off"

    # ---------------------------------------------------------------------------------------------------- ringing

    def arrived(self, event: e.CallArrived) -> None:
        if event.call in self._desk.sessions:
            return  # told again by an engine that main attached to anew
        self._desk.open_session(
            Session(
                call=event.call,
                direction="in",
                party=event.caller,
                party_name=event.caller_name,
                called=event.called,
                began_ns=event.at_ns,
                state=State.ALERTING,
                exempt=exemption(event.called, event.peer, event.auto_answer, self._desk.settings.pickup),
            )
        )
        self._desk.routing.arrived(self._desk.sessions[event.call], event.at_ns)

    def alerting(self, event: e.AlertingStarted) -> None:
        session = self._desk.sessions.get(event.call)
        if session is None or session.window:
            return
        settings = self._desk.settings
        cadence = settings.country.ringback.cadence
        session.country = settings.country.code
        session.window = PickupWindow(event.at_ns, cadence, settings.pickup.ring_end)
        self._desk.emit(
            e.RingPlanned(
                at_ns=event.at_ns,
                call=session.call,
                country=session.country,
                cadence_ms=cadence.on_off_ms,
                opens_ns=session.window.opens_ns,
                closes_ns=session.window.closes_ns,
                exempt=session.exempt,
            )
        )
        if session.state is not State.ALERTING:
            self._desk.routing.heard(session, event.at_ns)
        elif settings.auto_lift == "second_ring" or (session.exempt == "auto_answer" and self._is_free(session)):
            if self._desk.phone:
                with suppress(CallError):  # it rings like any other
                    self._desk.phone.fetch(session, event.at_ns)
            else:
                self._lift(session, session.window, event.at_ns)

    def _is_free(self, session: Session) -> bool:
        desk = self._desk
        return desk.presence == "present" and not desk.wrap_up and not desk.busy(apart_from={session.call})

    def lifted(self, event: e.AgentLifted) -> None:
        session = self._desk.find(event.call, e.AgentLifted)
        if session.window is None:
            raise CallError("it does not ring yet")
        if session.answered and not session.with_machine:
            raise CallError("somebody else has just taken that call")
        if self._desk.phone and not self._desk.phone.listens:
            if self._is_early(session, session.window, event.at_ns):
                after(session.state, Trigger.LIFTED_EARLY)  # refused now if at all, not when the phone has answered
            self._desk.phone.fetch(session, event.at_ns)
        else:
            self._lift(session, session.window, event.at_ns)

    def lifted_at_phone(self, session: Session, now_ns: int) -> None:
        """The desk phone was lifted for this call."""
        if session.window:
            self._lift(session, session.window, now_ns)

    def _is_early(self, session: Session, window: PickupWindow, now_ns: int) -> bool:
        return self._desk.settings.pickup.enforce and not session.exempt and now_ns < window.opens_ns

    def _lift(self, session: Session, window: PickupWindow, now_ns: int) -> None:
        if self._is_early(session, window, now_ns):
            session.move(Trigger.LIFTED_EARLY)
            self._desk.emit(e.CallArmed(at_ns=now_ns, call=session.call, connects_ns=window.opens_ns))
            self._keep(session, c.Answer(call=session.call, not_before_ns=window.opens_ns, slot=SLOT))
            return
        if session.state is State.DIVERTED or session.with_machine:
            self._desk.routing.lifted(session, now_ns)
            self._desk.transfers.take_back(session)
        session.move(Trigger.LIFTED)
        self._keep(session, c.Answer(call=session.call, slot=SLOT))

    def put_down(self, event: e.AgentPutDown) -> None:
        session = self._desk.find(event.call, e.AgentPutDown)
        session.move(Trigger.PUT_DOWN)
        self._forget(session)
        self._desk.emit(e.CallDisarmed(at_ns=event.at_ns, call=session.call))

    # --------------------------------------------------------------------------------------------------- deadline

    def deadline(self, session: Session) -> int | None:
        """The moment at which this ringing call has to be dealt with, or ``None``."""
        if session.state is State.ALERTING and session.window and not session.deadline_passed:
            return max(session.window.closes_ns, session.rings_until_ns)
        return None

    def _action(self, session: Session) -> DeadlineAction:
        """What will be done at its deadline, as things are now."""
        if self._auto:
            return DeadlineAction("connect")
        desk = self._desk
        planned = desk.routing.foreseen(session, self.deadline(session))
        if planned:
            return DeadlineAction("connect" if planned == "connect" else "none")
        return self._own_action(session)

    def _own_action(self, session: Session) -> DeadlineAction:
        """What the seat's configuration says, where there is no dialplan or it says nothing."""
        desk = self._desk
        busy = bool(desk.wrap_up) or desk.busy(apart_from={session.call})
        return deadline_action(desk.settings.pickup, desk.presence, busy)

    def deadline_passed(self, session: Session, now_ns: int) -> None:
        decided = None if self._auto else self._desk.routing.at_deadline(session, now_ns)
        if self._auto:
            self._carry_out(session, DeadlineAction("connect"), now_ns)
        elif decided is None:
            self._carry_out(session, self._own_action(session), now_ns)
        else:
            self._carry_out_plan(session, decided, now_ns)

    def _carry_out_plan(self, session: Session, decided: e.RouteDecided, now_ns: int) -> None:
        if decided.kind == "desk":
            return  # it goes on ringing: the plan's next deadline is set
        if decided.kind == "connect" and self._desk.phone:
            session.tried[DESK] = "refused"  # it was made to answer before, or could not be: the plan goes on
            self.deadline_passed(session, now_ns)
            return
        if session.with_machine:
            self._forget(session)
            session.move(Trigger.MENU_LEFT)
            self._desk.routing.follow_incoming(session, decided, now_ns)
            return
        if decided.kind == "connect":
            if session.kept is None:
                self._keep(session, c.Answer(call=session.call, slot=SLOT, warn=True, only_if_free=True))
            self._carry_out(session, DeadlineAction("connect"), now_ns)
            return
        session.deadline_passed = True
        action: Literal["overflow", "message", "menu", "none"] = "none"
        if decided.kind == "message":
            action = "message"
        elif decided.kind in ("menu", "say"):
            action = "menu"
        target = ""
        if decided.kind == "call":
            action, target = "overflow", decided.attempts[0]["target"]
        self._desk.emit(e.DeadlinePassed(at_ns=now_ns, call=session.call, action=action, target=target))
        self._forget(session)
        session.move(Trigger.ROUTED)
        self._desk.routing.follow_incoming(session, decided, now_ns)

    def connect_now(self, session: Session) -> None:
        """Open the headset, after a warning tone, if it is free. A desk phone rings, and is asked at the deadline."""
        if self._desk.phone:
            session.rings_once_more = True
            return
        session.move(Trigger.DEADLINE_CONNECT)
        self._keep(session, c.Answer(call=session.call, slot=SLOT, warn=True, only_if_free=True))

    def is_to_connect(self, session: Session) -> bool:
        """Whether it will be connected at its deadline, as things are now."""
        return self._action(session).action == "connect"

    def _carry_out(self, session: Session, wanted: DeadlineAction, now_ns: int) -> None:
        session.deadline_passed = True
        if wanted.action == "connect" and self._desk.phone:
            wanted = self._desk.settings.pickup.when_absent  # it was made to answer before, or could not be
        target = wanted.target or ""
        self._desk.emit(e.DeadlinePassed(at_ns=now_ns, call=session.call, action=wanted.action, target=target))
        if wanted.action == "connect":
            session.move(Trigger.DEADLINE_CONNECT)
            return
        self._forget(session)
        if wanted.action == "overflow":
            session.move(Trigger.DEADLINE_OVERFLOW)
            self._desk.transfers.overflow(session, target, now_ns)
        elif wanted.action == "message":
            self.take_message(session, now_ns, wanted.prompt)

    def take_message(self, session: Session, now_ns: int, prompt: str | None) -> None:
        """Have the seat answer the call itself, ask for a message and record it."""
        self.judge(session, now_ns, "diverted")
        session.move(Trigger.DEADLINE_MESSAGE)
        session.with_machine = True
        self._desk.machine.alone(session)
        self.record_message(session, prompt)

    def record_message(self, session: Session, prompt: str | None = None) -> None:
        """Have the engine ask for a message with a prompt of its own, and record it."""
        limit_s = self._desk.settings.pickup.message_limit_s
        self._desk.do(c.TakeMessage(call=session.call, limit_s=limit_s, prompt=prompt or ""))

    def overflow_failed(self, session: Session, now_ns: int) -> None:
        """Nobody took the call at the overflow target either."""
        self.take_message(session, now_ns, self._desk.settings.pickup.when_absent.prompt)

    def not_connected(self, session: Session, now_ns: int) -> None:
        """The engine could not answer. If it found the headset taken, the call is one of a busy receptionist."""
        headset_taken = session.kept is not None and session.kept.only_if_free
        if session.may(Trigger.NOT_CONNECTED):
            session.move(Trigger.NOT_CONNECTED)
        if session.state is not State.ALERTING:
            return
        session.kept = None
        if headset_taken and session.with_machine:
            session.move(Trigger.MENU_LEFT)
            self._desk.routing.desk_is_busy(session, now_ns)
        elif headset_taken:
            session.tried[DESK] = "busy"
            session.deadline_passed = False
            decided = self._desk.routing.at_deadline(session, now_ns)
            if decided is None:
                self._carry_out(session, self._desk.settings.pickup.when_absent, now_ns)
            else:
                self._carry_out_plan(session, decided, now_ns)

    def judge(self, session: Session, now_ns: int, outcome: Outcome) -> None:
        """Give the verdict on an incoming call, once."""
        if session.verdict is not None or session.window is None:
            return
        judgement = judge(session.window, decided_ns=now_ns, outcome=outcome, exempt=session.exempt)
        session.verdict = judgement.verdict
        self._desk.emit(
            e.PickupJudged(
                at_ns=now_ns,
                call=session.call,
                verdict=judgement.verdict,
                ring=judgement.ring,
                after_open_ms=round(judgement.after_open_ms, 3),
                before_close_ms=round(judgement.before_close_ms, 3),
                exempt=judgement.exempt,
            )
        )

    # ------------------------------------------------------------------------------------- what the engine keeps

    def settle(self) -> None:
        """Bring what the engine keeps, and the bell, in line with the desk. Called after every change."""
        for session in self._desk.sessions.values():
            if self.deadline(session) is None or session.window is None:
                continue
            if not self._desk.phone and self._action(session).action == "connect":
                answer = c.Answer(
                    call=session.call,
                    not_before_ns=self.deadline(session) or 0,
                    slot=SLOT,
                    warn=not self._auto,
                    only_if_free=not self._auto,
                )
                self._keep(session, answer)
            else:
                self._forget(session)
        self._ring()

    def _keep(self, session: Session, answer: c.Answer) -> None:
        if session.kept != answer:
            session.kept = answer
            self._desk.do(answer)

    def _forget(self, session: Session) -> None:
        if session.kept is not None:
            session.kept = None
            self._desk.do(c.CancelKept(call=session.call, slot=SLOT))

    def _ring(self) -> None:
        states = {s.state for s in self._desk.sessions.values()}
        talking = bool(self._desk.with_agent())
        alarm = self._desk.wake_ups.alarm
        bell: Literal["off", "ringer", "ear", "armed"] = "off"
        if State.ALERTING in states or any(s.returned and not s.resuming for s in self._desk.sessions.values()):
            bell = "ear" if talking or State.ARMED in states else "ringer"
        elif State.ARMED in states and not talking:
            bell = "armed"
        elif alarm:
            bell = "ear" if talking else "ringer"
        if bell != self.bell:
            self.bell = bell
            self._desk.do(c.SetBell(where=bell))
