"""Putting through: blind and attended transfer, joining inside the seat, conference, overflow.

A *far leg* is a call that the seat places for a customer and that never reaches the agent: the overflow target, or the
target of a blind transfer whose peer does not take REFER.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.session import Session
from phoneetiquette.calls.states import State, Trigger
from phoneetiquette.errors import CallError

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk


class Transfers:
    """The part of the desk that brings two other parties together."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # ---------------------------------------------------------------------------------------------------- wishes

    def asked(self, event: e.AgentTransferred) -> None:
        desk = self._desk
        if event.target and event.to_call:
            raise CallError("put through to a number or to a call, not both")
        if event.target:
            session = desk.find(event.call, e.AgentTransferred)
            session.move(Trigger.TRANSFER_BEGUN)
            session.transfer = {"target": event.target, "code": 0, "reason": ""}
            desk.do(c.TransferBlind(call=session.call, target=event.target))
            return
        session, other = self._pair(event)
        if other.state in {State.DIALLING, State.RINGING}:
            other.transfer_when_answered = session.call
            return
        self._attended(session, other)

    def _pair(self, event: e.AgentTransferred) -> tuple[Session, Session]:
        """The customer on hold and the specialist in talk, named or found."""
        desk = self._desk
        live = [s for s in desk.sessions.values() if s.live and s.to_agent]
        ready = {State.TALKING, State.HELD, State.DIALLING, State.RINGING}
        held = [s for s in live if s.state is State.HELD]
        session = desk.find(event.call, e.AgentTransferred) if event.call else next(iter(held), None)
        if session is None:
            raise CallError("there is no call on hold to put through", "call the specialist first")
        if event.to_call:
            other = desk.sessions.get(event.to_call)
        else:
            other = next((s for s in live if s is not session and s.state in ready - {State.HELD}), None)
        if other is None or other is session or other.state not in ready:
            raise CallError("there is no second call to put it through to", "call the specialist first")
        return session, other

    def _attended(self, session: Session, other: Session) -> None:
        session.move(Trigger.TRANSFER_BEGUN)
        other.move(Trigger.TRANSFER_BEGUN)
        session.partner, other.partner = other.call, session.call
        session.transfer = {"target": other.party, "code": 0, "reason": ""}
        self._desk.do(c.TransferAttended(call=session.call, to_call=other.call))

    def conference_asked(self, event: e.AgentConferenced) -> None:
        talking = next((s for s in self._desk.with_agent() if s.state is State.TALKING), None)
        if talking is None:
            raise CallError("a conference needs a call in talk and one on hold")
        other = self._desk.find(event.call, e.AgentConferenced)
        self._desk.do(c.Join(call=talking.call, other=other.call, with_agent=True))

    # ----------------------------------------------------------------------------------------------------- facts

    def consultation_answered(self, other: Session) -> None:
        """The specialist answered after the agent had already said to put through."""
        waiting = self._desk.sessions.get(other.transfer_when_answered or "")
        other.transfer_when_answered = None
        if waiting and waiting.state is State.HELD:
            self._attended(waiting, other)

    def progressed(self, event: e.TransferProgressed) -> None:
        session = self._desk.sessions.get(event.call)
        if session is None or session.state is not State.TRANSFERRING:
            return
        session.transfer = {"target": event.target, "code": event.code, "reason": event.reason}
        if not event.final:
            return
        other = self._desk.sessions.get(session.partner or "")
        if 200 <= event.code < 300:
            for leg in filter(None, (session, other)):
                self._desk.do(c.Hangup(call=leg.call, by="transfer"))
        elif event.refused and other:
            self._desk.do(c.Join(call=session.call, other=other.call, with_agent=False))
        elif event.refused:
            if not session.held_by_us:
                self._desk.do(c.Hold(call=session.call))
            self._place_far_leg(session, event.target, event.at_ns)
        else:
            self._back_to_agent(session)
            if other:
                self._back_to_agent(other)

    def joined(self, event: e.CallsJoined) -> None:
        pair = [s for s in map(self._desk.sessions.get, (event.call, event.other)) if s and s.live]
        if len(pair) < 2:
            return
        first, second = pair
        first.partner, second.partner = second.call, first.call
        trigger = Trigger.CONFERENCED if event.with_agent else Trigger.JOINED
        for session in pair:
            if session.state not in {State.CONFERENCE, State.JOINED}:
                session.move(trigger)

    def ended(self, session: Session, event: e.CallEnded) -> None:
        """Look after whoever was connected with a call that is over."""
        desk = self._desk
        caller = desk.sessions.get(session.join_when_answered or "")
        if caller and caller.live:
            self._far_leg_failed(caller, session, event)
            return
        partner = desk.sessions.get(session.partner or "")
        if partner is None or not partner.live:
            return
        match partner.state:
            case State.CONFERENCE:
                partner.move(Trigger.LEFT_ALONE)
            case State.TRANSFERRING if partner.far_leg or event.by != "transfer":
                self._back_to_agent(partner)
            case State.JOINED | State.DIALLING | State.RINGING:
                desk.do(c.Hangup(call=partner.call, by="desk"))
            case _:
                pass

    def _back_to_agent(self, session: Session) -> None:
        if session.state is not State.TRANSFERRING:
            return
        session.partner = None
        session.move(Trigger.TRANSFER_FAILED)
        if not session.held_by_us:
            session.move(Trigger.RESUMED)

    # -------------------------------------------------------------------------------------------------- far legs

    def overflow(self, session: Session, target: str, now_ns: int) -> None:
        """Call the overflow target while the customer goes on hearing ringing."""
        self._place_far_leg(session, target, now_ns)

    def _place_far_leg(self, session: Session, target: str, now_ns: int) -> None:
        session.far_legs += 1
        far = Session(
            call=f"{session.call}-{session.far_legs}",
            direction="out",
            party=target,
            party_name="",
            called=target,
            began_ns=now_ns,
            state=State.DIALLING,
            to_agent=False,
            join_when_answered=session.call,
            partner=session.call,
        )
        session.partner = far.call
        session.far_leg = far.call
        self._desk.open_session(far)
        self._desk.do(c.Dial(call=far.call, target=target, to_agent=False))

    def far_leg_answered(self, far: Session) -> None:
        caller = self._desk.sessions.get(far.join_when_answered or "")
        if caller is None:
            return
        far.join_when_answered = None
        caller.far_leg = None
        if not caller.live:
            self._desk.do(c.Hangup(call=far.call, by="desk"))
            return
        if not caller.answered:
            self._desk.do(c.Answer(call=caller.call, to_agent=False))
        self._desk.do(c.Join(call=caller.call, other=far.call, with_agent=False))

    def _far_leg_failed(self, caller: Session, far: Session, event: e.CallEnded) -> None:
        caller.far_leg = None
        caller.partner = None
        if caller.state is State.DIVERTED:
            self._desk.pickup.take_message(caller)
        elif caller.state is State.TRANSFERRING:
            caller.transfer = {"target": far.party, "code": event.code, "reason": event.reason}
            self._back_to_agent(caller)

    def take_back(self, caller: Session) -> None:
        """The agent lifted after all: the far leg is not needed."""
        far = self._desk.sessions.get(caller.far_leg or "")
        caller.far_leg = caller.partner = None
        if far and far.live:
            far.join_when_answered = far.partner = None
            self._desk.do(c.Hangup(call=far.call, by="desk"))
