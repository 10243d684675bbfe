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
from phoneetiquette.units import seconds

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk

NEWS_PATIENCE_NS = seconds(32)
"""How long a transfer may be without news: as long as SIP waits for the answer to a request (64 T1, RFC 3261)."""

NO_ANSWER = 408
"""The code of a transfer that we gave up waiting for."""

ALL_OTHERS = "in the conference all others together were measured as the customer"
"""Note in the records of a conference: the agent hears them as one."""

_UNANSWERED = frozenset({State.DIALLING, State.RINGING})


class Transfers:
    """The part of the desk that brings two other parties together."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # ---------------------------------------------------------------------------------------------------- wishes

    def asked(self, event: e.AgentTransferred) -> None:
        if event.target and event.to_call:
            raise CallError("put through to a number or to a call, not both")
        if event.target:
            self._blind(self._desk.find(event.call, e.AgentTransferred), event.target, event.at_ns)
            return
        session, other = self._pair(event)
        if other.state in _UNANSWERED:
            other.transfer_when_answered = session.call
            session.transfer = _news(other.party)
        else:
            self._attended(session, other, event.at_ns)

    def _pair(self, event: e.AgentTransferred) -> tuple[Session, Session]:
        """The customer on hold and the specialist in talk, named or found."""
        calls = [s for s in self._desk.sessions.values() if s.to_agent]
        if event.call:
            session = self._desk.find(event.call, e.AgentTransferred)
        else:
            held = (s for s in calls if s.state is State.HELD and s.call != event.to_call)
            found = next(held, None)
            if found is None:
                raise CallError("there is no call on hold to put through", "call the specialist first")
            session = found
        ready = _UNANSWERED | {State.TALKING} | ({State.HELD} if event.to_call else set())
        calls = [s for s in calls if s is not session and s.state in ready and not s.sought_for]
        others = (s for s in calls if event.to_call in (None, s.call))
        other = next(others, None)
        if other is None:
            raise CallError("there is no second call to put it through to", "call the specialist first")
        return session, other

    def _blind(self, session: Session, target: str, now_ns: int) -> None:
        self.forget_wish(session)
        session.move(Trigger.TRANSFER_BEGUN)
        session.transfer, session.transfer_news_ns, session.transfer_overdue = _news(target), now_ns, False
        self._desk.do(c.TransferBlind(call=session.call, target=target))

    def _attended(self, session: Session, other: Session, now_ns: int) -> None:
        for one, its_partner in ((session, other), (other, session)):
            self.forget_wish(one)
            one.move(Trigger.TRANSFER_BEGUN)
            one.partner = its_partner.call
        session.transfer, other.transfer = _news(other.party), None
        other.consultation = True
        session.transfer_news_ns, session.transfer_overdue = now_ns, False
        self._desk.do(c.TransferAttended(call=session.call, to_call=other.call))

    def forget_wish(self, customer: Session) -> None:
        """The agent wants something else with this call than to put it through as soon as a specialist answers."""
        for other in self._desk.sessions.values():
            if other.transfer_when_answered == customer.call:
                other.transfer_when_answered = customer.transfer = None

    def conference_asked(self, event: e.AgentConferenced) -> None:
        talking = next((s for s in self._desk.with_agent() if s.state is State.TALKING and not s.holding), None)
        if talking is None:
            raise CallError("a conference needs a call in talk and one on hold")
        other = self._desk.find(event.call, e.AgentConferenced)
        self._desk.do(c.Join(call=talking.call, other=other.call, with_agent=True))

    # ----------------------------------------------------------------------------------------------------- facts

    def consultation_answered(self, other: Session, now_ns: int) -> None:
        """The specialist answered after the agent had already said to put through."""
        waiting = self._desk.sessions.get(other.transfer_when_answered or "")
        if waiting and waiting.may(Trigger.TRANSFER_BEGUN):
            self._attended(waiting, other, now_ns)

    def progressed(self, event: e.TransferProgressed) -> None:
        session = self._desk.sessions.get(event.call)
        if session is None:
            return
        if session.state is not State.TRANSFERRING:
            self._progressed_late(session, event)
            return
        session.transfer = _news(event.target, event.code, event.reason)
        if not event.final:
            session.transfer_news_ns = event.at_ns
            return
        session.transfer_news_ns = None
        other = self._partner(session)
        if 200 <= event.code < 300:
            for leg in filter(None, (session, other)):
                self._desk.do(c.Hangup(call=leg.call, by="transfer"))
        elif event.refused and session.partner is None:
            if not session.stays_held:
                self._desk.hold(session)
            self._place_far_leg(session, event.target, event.at_ns)
        elif other and other.to_agent:
            self._join(session, other)
        elif not (event.refused and other):  # told once more, it changes nothing: the target is being called
            self._give_back(session, other)

    def _progressed_late(self, session: Session, event: e.TransferProgressed) -> None:
        """News of a transfer that was not waited for any longer: if it came to something after all, the other side is
        with the target now, and our call with it has no purpose unless the agent talks in it."""
        if not (session.transfer_overdue and session.live and event.final and 200 <= event.code < 300):
            return
        session.transfer_overdue = False
        session.transfer = _news(event.target, event.code, event.reason)
        if session.state not in (State.HELD, State.JOINED):
            return
        self.forget_wish(session)
        for leg in filter(None, (session, self._partner(session))):
            self._desk.do(c.Hangup(call=leg.call, by="transfer"))

    def _join(self, session: Session, other: Session) -> None:
        """Whatever keeps the phones from doing it themselves (no REFER, no Replaces, not allowed), the seat can."""
        self._desk.do(c.Join(call=session.call, other=other.call, with_agent=False))

    def deadline(self, session: Session) -> int | None:
        """The moment at which this call will have waited long enough for the other side, or ``None``."""
        if session.state is State.TRANSFERRING and session.transfer_news_ns is not None:
            return session.transfer_news_ns + NEWS_PATIENCE_NS
        if session.state in _UNANSWERED and not session.to_agent and session.partner and session.asked_ns is not None:
            return session.asked_ns + self._desk.settings.pickup.overflow_rings * self._desk.ring_ns
        return None

    def deadline_passed(self, session: Session, now_ns: int) -> None:
        """No news of a transfer, or nobody answers a far leg: the customer is not left waiting."""
        if session.state is State.TRANSFERRING:
            session.transfer_overdue = True
            self._failed(session, "no answer about the transfer", now_ns)
            return
        customer = self._partner(session)
        session.partner = None
        if customer and customer.state is State.TRANSFERRING:
            self._failed(customer, "nobody answered", now_ns)
        elif customer and customer.state is State.DIVERTED:
            self.take_back(customer)
            self._desk.pickup.overflow_failed(customer, now_ns)

    def _failed(self, session: Session, why: str, now_ns: int) -> None:
        """Take it as news, so that the journal and the call's record know as well."""
        target = session.transfer["target"] if session.transfer else ""
        news = e.TransferProgressed(
            at_ns=now_ns, call=session.call, target=target, code=NO_ANSWER, reason=why, final=True
        )
        self._desk.emit(news)
        self.progressed(news)

    def joined(self, event: e.CallsJoined) -> None:
        pair = [s for s in map(self._desk.sessions.get, (event.call, event.other)) if s and s.live]
        if len(pair) < 2:
            return
        trigger = Trigger.CONFERENCED if event.with_agent else Trigger.JOINED
        for session, other in (pair, pair[::-1]):
            if session.may(trigger):
                session.move(trigger)
                session.partner = other.call
                if event.with_agent:
                    session.notes = (ALL_OTHERS,)
                elif session.transfer:
                    session.transfer = _news(other.party, 200, "joined in the seat")
        if all(session.state is State.CONFERENCE for session in pair):
            since = self._desk.sessions.get(self._desk.headset or "")
            if since and since not in pair and since.state is State.TALKING:
                self._desk.resume(since)  # the agent got another call while the conference was on its way
            else:
                self._desk.talk_only_in(*pair)
        elif event.with_agent:
            for session in pair:
                if session.may(Trigger.LEFT_ALONE):  # of the other, the agent wanted something else meanwhile
                    session.move(Trigger.LEFT_ALONE)
                    session.partner = None
                    self._desk.talk_only_in(session)

    def leave_conference(self, session: Session) -> None:
        """Whoever was in conference with this call is alone with the agent now."""
        partner = self._partner(session)
        if partner:
            partner.move(Trigger.LEFT_ALONE)
            session.partner = partner.partner = None

    def not_done(self, session: Session, event: e.CommandFailed) -> None:
        """The engine could not transfer or join."""
        other = self._partner(session)
        if session.state is not State.TRANSFERRING:
            return
        if session.transfer:
            session.transfer = _news(session.transfer["target"], reason=event.what)
        if event.command == "TransferAttended" and other:
            session.transfer_news_ns = None
            self._join(session, other)
        else:
            self._give_back(session, other)

    def ended(self, session: Session, event: e.CallEnded) -> None:
        """Look after whoever was connected with a call that is over."""
        waiting = self._desk.sessions.get(session.transfer_when_answered or "")
        if waiting:
            waiting.transfer = _news(session.party, event.code, event.reason)
        partner = self._partner(session)
        if partner is None:
            return
        match partner.state:
            case State.CONFERENCE:
                self.leave_conference(session)
            case State.DIVERTED:
                self._desk.pickup.overflow_failed(partner, event.at_ns)
            case State.TRANSFERRING if event.by == "transfer" or self._may_be_replaced(session, partner, event):
                pass  # the news of the transfer will tell
            case State.TRANSFERRING:
                if not session.to_agent:
                    partner.transfer = _news(session.party, event.code, event.reason)
                self._back_to_agent(partner)
            case State.JOINED | State.DIALLING | State.RINGING:
                self._dismiss(partner)
            case _:
                pass

    def peer_lost(self, event: e.PeerLost) -> None:
        """One of two who were joined has vanished without a word: its call is given up now, and the customer, if that
        is the other one, is looked after."""
        lost = self._desk.sessions.get(event.call)
        if lost is None or lost.state is not State.JOINED:
            return
        customer = self._partner(lost)
        lost.partner = None
        self._desk.do(c.Hangup(call=lost.call, by="peer"))
        if customer is None or customer.state is not State.JOINED:
            return
        if not customer.to_agent or customer.consultation:
            self._dismiss(customer)
            return
        customer.partner = None
        self._desk.routing.lost(customer, lost, event.at_ns)
        if customer.talked:
            self._return(customer, lost, event.code)
        elif not self._desk.routing.goes_on(customer, event.at_ns):
            self._desk.pickup.overflow_failed(customer, event.at_ns)

    def _return(self, customer: Session, lost: Session, code: int) -> None:
        """On hold at the desk again, which rings for it."""
        customer.move(Trigger.OTHER_LOST)
        customer.returned = True
        if customer.transfer:
            customer.transfer = _news(lost.party, code or NO_ANSWER, "vanished")
        self._desk.hold(customer)

    def _may_be_replaced(self, session: Session, partner: Session, event: e.CallEnded) -> bool:
        """The specialist's phone ends our call with it as soon as it has taken the customer's (RFC 3891)."""
        return session.to_agent and partner.transfer is not None and event.by in ("customer", "peer")

    def _partner(self, session: Session) -> Session | None:
        partner = self._desk.sessions.get(session.partner or "")
        return partner if partner and partner.live else None

    def _give_back(self, session: Session, other: Session | None) -> None:
        """The transfer came to nothing, for the customer and for the other party of it."""
        self._back_to_agent(session)
        if other and other.to_agent:
            self._back_to_agent(other)
        elif other:
            self._dismiss(other)

    def _back_to_agent(self, session: Session) -> None:
        if session.state is not State.TRANSFERRING:
            return
        session.partner = session.transfer_news_ns = None
        session.move(Trigger.TRANSFER_FAILED)
        if session.held_by_us or session.holding:
            return
        if self._desk.busy():
            self._desk.hold(session)
        else:
            session.move(Trigger.RESUMED)
            self._desk.resume(session)

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
            partner=session.call,
        )
        session.partner = far.call
        self._desk.open_session(far)
        self._desk.do(c.Dial(call=far.call, target=target, to_agent=False))

    def far_leg_answered(self, far: Session, now_ns: int) -> None:
        """Connect the customer with whom the seat has called for them."""
        caller = self._partner(far)
        if caller is None:
            return
        if caller.state is State.DIVERTED:
            self._desk.pickup.judge(caller, now_ns, "diverted")
            caller.move(Trigger.JOINED)
            self._desk.do(c.Answer(call=caller.call, to_agent=False))
        self._desk.do(c.Join(call=caller.call, other=far.call, with_agent=False))

    def take_back(self, caller: Session) -> None:
        """The agent lifted after all: the far leg is not needed."""
        far = self._partner(caller)
        caller.partner = None
        if far:
            self._dismiss(far)

    def _dismiss(self, session: Session) -> None:
        session.partner = None
        self._desk.do(c.Hangup(call=session.call, by="desk"))


def _news(target: str, code: int = 0, reason: str = "") -> dict[str, object]:
    return {"target": target, "code": code, "reason": reason}
