"""The desk phone: the part of the desk for a receptionist whose sound is a telephone.

The phone is not in the customer's call. The seat calls the phone, the phone's leg is answered when it is lifted, and
the engine joins the sound of both; so the customer goes on hearing ringing for as long as the ring window asks for it,
whatever is done at the phone. What happens at the phone is a wish of the receptionist (:data:`.phone_states.MEANING`);
whether the phone has to ring, or may be hung up, follows from the calls (:meth:`DeskPhone.settle`).

Nobody lifts: a little before the end of the third ring, when there is just time for it, the phone is made to answer, in
the ways that are known to work with it, one after another (:class:`.phone_asking.Asking`).
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TYPE_CHECKING, Any, Literal, cast

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.phone_asking import PhoneAsking
from phoneetiquette.calls.phone_leg import PhoneLeg
from phoneetiquette.calls.phone_ringing import PhoneRinging
from phoneetiquette.calls.phone_settings import PhoneSettings
from phoneetiquette.calls.phone_states import (
    COMES_BACK,
    FETCHABLE,
    MEANING,
    NEEDS,
    UNAVAILABLE,
    LegState,
    LegTrigger,
    Wish,
)
from phoneetiquette.calls.session import Session
from phoneetiquette.calls.states import WITH_AGENT, State
from phoneetiquette.errors import CallError
from phoneetiquette.units import ms, seconds

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk

SILENT_NS = seconds(3)
"""A phone that has not said anything to an INVITE by then is told to be unreachable. It is called on, all the same."""
CODE_TONE_NS = ms(800)
"""How long the phone is connected to hear that a code was carried out."""

Unavailable = Literal["busy", "dnd", "off", "unsuited", "unreachable"]


class DeskPhone:
    """Without phones in the settings it does nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.phones = {phone.address: phone for phone in desk.settings.phones}
        self.legs: dict[e.CallId, PhoneLeg] = {}
        self.asking = PhoneAsking(desk, self)
        self.ringing = PhoneRinging(desk, self)
        self._state: dict[str, Unavailable] = {}
        """Address -> why that phone does not ring, as last told."""
        self._leaving: set[e.CallId] = set()
        """Calls that were told to end, and that are not over yet."""
        self._on: dict[type[e.Event], Callable[[Any, PhoneLeg], None]] = {
            e.CallDialled: self._placed,
            e.PeerAlerting: self._rings,
            e.CallAnswered: self._lifted,
            e.HoldChanged: self._hold_changed,
            e.CallEnded: self._ended,
            e.DigitReceived: self._digit,
            e.PhoneCodeCarriedOut: self._code_carried_out,
            e.PhoneReplied: self.asking.replied,
            e.PhoneReferred: self._referred,
            e.PhoneLost: self._lost,
            e.CommandFailed: self.asking.command_failed,
        }

    def __bool__(self) -> bool:
        return bool(self.phones)

    def handler(self, event: e.Event) -> Callable[[Any], None] | None:
        """What is to be done about an event of a phone leg; ``None``: it is none."""
        if isinstance(event, e.PhoneCalled):
            return self._called
        leg = self.legs.get(getattr(event, "call", None) or "")
        if leg is None:
            return None
        method = self._on.get(type(event))
        return lambda event: method(event, leg) if method else None

    # ------------------------------------------------------------------------------------------ for the other parts

    @property
    def listens(self) -> bool:
        """Whether the receptionist is at a lifted phone."""
        return any(leg.listens for leg in self.legs.values())

    @property
    def occupied(self) -> bool:
        """Whether a phone is lifted, or calls somebody. While a code is dialled, what rings goes on ringing."""
        return any(leg.lifted or self._calls(leg) for leg in self.legs.values() if not leg.leaving)

    def _calls(self, leg: PhoneLeg) -> bool:
        return leg.state is LegState.DIALLED and leg.call in self._desk.sessions

    def check_may_dial(self) -> None:
        """A call that is dialled on the page is placed when the phone is lifted for it.

        Raises:
            CallError: the phone cannot be lifted for it now.
        """
        if any(s.state is State.DIALLING and not s.asked_for for s in self._desk.sessions.values()):
            raise CallError("the phone rings for another call that was dialled", "lift it")
        if self.occupied and not self.listens:
            raise CallError("the phone is in use", "dial at the phone")

    def fetch(self, session: Session, now_ns: int) -> None:
        """Make a phone answer for a call at once: the receptionist asked for it, or its caller may.

        Raises:
            CallError: no phone can be made to.
        """
        awaited = next((leg for leg in self.legs.values() if leg.awaited and leg.call == session.call), None)
        if awaited:
            self.asking.begin(awaited, now_ns)
            return
        phone = next((one for one in self.phones.values() if one.auto_answer_headers and self.is_free(one)), None)
        if phone is None:
            raise CallError("the phone cannot be made to answer", "lift it")
        self.begin(session, phone, now_ns, asks=True).fetched = session.state in FETCHABLE

    def begin(self, session: Session, phone: PhoneSettings, now_ns: int, *, asks: bool = False) -> PhoneLeg:
        """Call a phone for a call of a customer's, or for one that is to be placed."""
        session.phone_legs += 1
        name = f"{session.call}-phone{session.phone_legs}"
        leg = PhoneLeg(name, phone, session.call, LegState.CALLING, asks=asks, silent_from_ns=now_ns + SILENT_NS)
        self.legs[leg.leg] = leg
        self._desk.emit(
            e.PhoneLegBegun(
                at_ns=now_ns,
                call=session.call,
                leg=leg.leg,
                phone=phone.address,
                how="asked" if asks else "rings",
                dials=session.party if session.state is State.DIALLING else "",
            )
        )
        self._desk.do(
            c.RingPhone(
                call=leg.leg,
                target=phone.address,
                caller=session.party,
                caller_name=session.party_name,
                headers=phone.auto_answer_headers if asks else phone.ring_headers,
            )
        )
        return leg

    def end(self, leg: PhoneLeg) -> None:
        if not leg.leaving:
            leg.leaving = True
            self._desk.do(c.Hangup(call=leg.leg, by="desk"))

    def resume_at_phone(self, session: Session, now_ns: int) -> None:
        """The receptionist wants to talk in this call, and no phone is lifted for it."""
        held_there = next((leg for leg in self.legs.values() if session.call in leg.holds), None)
        if held_there is None:
            self.ringing.recall(session.call, now_ns)
        elif held_there.allows_talk:
            self._desk.do(c.AskPhone(call=held_there.leg))
        else:
            raise CallError("the phone holds that call", "take it back at the phone")

    def lose(self, engine_has: Container[e.CallId], *, on_their_way: bool) -> None:
        """Another engine, which has these calls; ``on_their_way``: the same, that may still have to tell of some."""
        self.legs = {
            name: leg for name, leg in self.legs.items() if name in engine_has or (on_their_way and not leg.placed)
        }

    def customer_ended(self, session: Session, event: e.CallEnded) -> None:
        """Whom the phone has dialled does not answer: it is told the same."""
        for leg in self.legs.values():
            if leg.state is LegState.DIALLED and leg.call == session.call and not leg.leaving:
                leg.leaving = True
                code = event.code if 400 <= event.code < 700 else 480
                self._desk.do(c.Reject(call=leg.leg, code=code, by="desk"))

    def forget(self, call: e.CallId) -> None:
        """A call is closed."""
        self.ringing.forget(call)
        self._leaving.discard(call)

    # ------------------------------------------------------------------------------------------------ leg's facts

    def _placed(self, _event: e.CallDialled, leg: PhoneLeg) -> None:
        leg.placed = True

    def _rings(self, event: e.PeerAlerting, leg: PhoneLeg) -> None:
        leg.moved(LegTrigger.RINGS)
        leg.silent_told = False
        leg.allows_talk = leg.allows_talk or event.allows_talk
        self._state.pop(leg.phone.address, None)

    def _lifted(self, event: e.CallAnswered, leg: PhoneLeg) -> None:
        if leg.leaving or not leg.moved(LegTrigger.LIFTED):
            return
        self._state.pop(leg.phone.address, None)
        itself = leg.asks or leg.asking is not None
        self.asking.succeeded(leg, event.at_ns)
        session = self._desk.sessions.get(leg.call)
        if session is None or (itself and session.state in FETCHABLE and not leg.fetched):
            return
        wish = MEANING.get((LegTrigger.LIFTED, session.state))
        if wish is None or (wish is Wish.RESUME and not self.ringing.recalls(session.call)):
            return
        self._acted(session, leg, "answered_itself" if itself else "lifted", event.at_ns)
        self._desk.wrap_up.end("agent", event.at_ns)
        self._carry_out(wish, session, event.at_ns)

    def _hold_changed(self, event: e.HoldChanged, leg: PhoneLeg) -> None:
        if event.by_peer and leg.moved(LegTrigger.HOLDS):
            if not self.listens:
                held = [s for s in self._desk.with_agent() if not s.holding]
                leg.holds = tuple(s.call for s in held)
                for session in held:
                    self._acted(session, leg, "held", event.at_ns)
                    self._carry_out(Wish.HOLD, session, event.at_ns)
        elif not event.by_peer and leg.moved(LegTrigger.RELEASES):
            waiting, leg.holds = self._held_by(leg), ()
            for session in waiting[:1]:
                self._acted(session, leg, "resumed", event.at_ns)
                self._carry_out(Wish.RESUME, session, event.at_ns)

    def _held_by(self, leg: PhoneLeg) -> list[Session]:
        """Calls that were put on hold at this leg and still are."""
        return [s for s in map(self._desk.sessions.get, leg.holds) if s and (s.state is State.HELD or s.holding)]

    def _ended(self, event: e.CallEnded, leg: PhoneLeg) -> None:
        del self.legs[leg.leg]
        if leg.leaving:
            self.asking.leg_gone(leg, event.at_ns)
        elif leg.lifted:
            self._put_down(leg, LegTrigger.LOST if event.by == "peer" else LegTrigger.HUNG_UP, event.at_ns)
        elif leg.state is LegState.DIALLED:
            session = self._desk.sessions.get(leg.call)
            if session and session.live:
                self._carry_out(Wish.HANG_UP, session, event.at_ns)
        else:
            self._did_not_ring(leg, event)

    def _lost(self, event: e.PhoneLost, leg: PhoneLeg) -> None:
        """It is not there any more. What it leaves to be ended is over for us now."""
        del self.legs[leg.leg]
        self._state[leg.phone.address] = "unreachable"
        self._desk.do(c.Hangup(call=leg.leg, by="peer"))
        self._put_down(leg, LegTrigger.LOST, event.at_ns)

    def _put_down(self, leg: PhoneLeg, trigger: LegTrigger, now_ns: int) -> None:
        """The phone's part in its calls is over."""
        lost = trigger is LegTrigger.LOST
        held = self._held_by(leg)
        theirs = [] if self.listens or not leg.listens else self._with_phone()
        leg.moved(trigger)
        for session in held:
            self._acted(session, leg, "lost" if lost else "hung_up", now_ns)
            if lost:
                self.ringing.recall(session.call, now_ns)
            else:
                self._carry_out(Wish.HANG_UP, session, now_ns)
        for session in theirs:
            wish = MEANING.get((trigger, session.state))
            if wish is not None:
                put_down = wish is Wish.PUT_DOWN
                self._acted(session, leg, "lost" if lost else "put_down" if put_down else "hung_up", now_ns)
                self._carry_out(wish, session, now_ns)

    def _with_phone(self) -> list[Session]:
        """The calls for which the phone is lifted."""
        return [s for s in self._desk.sessions.values() if s.to_agent and s.live and s.state in NEEDS]

    def _did_not_ring(self, leg: PhoneLeg, event: e.CallEnded) -> None:
        self.asking.failed(leg, event.at_ns, event.code)
        state = cast("Unavailable", UNAVAILABLE.get(event.code, "unreachable"))
        session = self._desk.sessions.get(leg.call)
        self.ringing.did_not_ring(leg, session, event.at_ns, comes_back=state in COMES_BACK)
        self._unavailable(leg, state, event.at_ns, event.code)
        if (
            session
            and session.state is State.DIALLING
            and not any(one.awaited and one.call == leg.call for one in self.legs.values())
        ):
            self._desk.not_placed(session, event.at_ns)

    def _unavailable(self, leg: PhoneLeg, state: Unavailable, now_ns: int, code: int = 0) -> None:
        if self._state.get(leg.phone.address) != state or code:
            self._desk.emit(
                e.PhoneUnavailable(
                    at_ns=now_ns, call=leg.call, leg=leg.leg, phone=leg.phone.address, state=state, code=code
                )
            )
        self._state[leg.phone.address] = state

    def _acted(self, session: Session, leg: PhoneLeg, what: Any, now_ns: int) -> None:
        self._desk.emit(e.PhoneActed(at_ns=now_ns, call=session.call, leg=leg.leg, what=what))

    # ------------------------------------------------------------------------------------------------- what it means

    def _carry_out(self, wish: Wish, session: Session, now_ns: int) -> None:
        desk = self._desk
        match wish:
            case Wish.LIFT:
                desk.pickup.lifted_at_phone(session, now_ns)
            case Wish.PUT_DOWN:
                desk.pickup.put_down(e.AgentPutDown(at_ns=now_ns, call=session.call))
            case Wish.HOLD:
                desk.hold(session)
            case Wish.KEEP:
                self._keep(session, now_ns)
            case Wish.RESUME:
                self.ringing.no_recall(session.call)
                desk.transfers.forget_wish(session)
                session.resuming = True
                desk.resume(session)
            case Wish.DIAL:
                desk.place(session)
            case Wish.HANG_UP if session.state is State.DIALLING and not session.asked_for:
                desk.not_placed(session, now_ns)
            case Wish.HANG_UP:
                self._leaving.add(session.call)
                desk.do(c.Hangup(call=session.call))

    def _keep(self, session: Session, now_ns: int) -> None:
        """Nobody is there to talk to this customer any more: music, and the phones ring."""
        self.ringing.recall(session.call, now_ns)
        if session.state in WITH_AGENT and not session.holding:
            self._desk.hold(session)

    def _referred(self, event: e.PhoneReferred, leg: PhoneLeg) -> None:
        """The transfer key: a wish as any other, and refused where any other would be."""
        desk = self._desk
        first = next(iter(leg.holds), None) or next((s.call for s in desk.with_agent()), None)
        session = desk.sessions.get(first or "")
        if session is None:
            return
        to = self.legs.get(event.to_leg or "")
        target, to_call = ("", to.call) if to else (event.target, None)
        self._desk.emit(
            e.PhoneActed(
                at_ns=event.at_ns,
                call=session.call,
                leg=leg.leg,
                what="transferred",
                target="" if event.topic else target,
                to_call=to_call,
            )
        )
        try:
            if event.topic:
                desk.routing.chosen(e.AgentChoseTopic(at_ns=event.at_ns, call=session.call, topic=event.topic))
            elif target or to_call:
                desk.transfers.asked(
                    e.AgentTransferred(at_ns=event.at_ns, call=session.call, target=target, to_call=to_call)
                )
            else:
                raise CallError(f"{event.dialled} cannot be dialled", "put through to a number or a topic's code")
        except CallError:
            # The phone was told that the seat sees to it and hangs up now: that is not meant for the customer.
            self._keep(session, event.at_ns)
            self.end(leg)

    def _called(self, event: e.PhoneCalled) -> None:
        """The phone dials through the seat."""
        phone = self.phones.get(event.phone)
        if phone is None or event.call in self.legs:
            return
        leg = PhoneLeg(event.call, phone, f"{event.call}-out", LegState.DIALLED, placed=True)
        self.legs[leg.leg] = leg
        self._state.pop(phone.address, None)
        if event.asks:
            return  # what becomes of it is told
        if not event.target:
            leg.leaving = True
            self._desk.do(c.Reject(call=leg.leg, code=404, by="desk"))
            return
        self._desk.wrap_up.end("agent", event.at_ns)
        session = self._desk.open_outgoing(leg.call, event.target, event.at_ns)
        self._desk.emit(
            e.PhoneLegBegun(
                at_ns=event.at_ns,
                call=session.call,
                leg=leg.leg,
                phone=phone.address,
                how="called",
                dials=event.target,
            )
        )
        self._desk.place(session)

    def _code_carried_out(self, event: e.PhoneCodeCarriedOut, leg: PhoneLeg) -> None:
        """A tone says that it was done; a refusal, what the phone makes of one."""
        if leg.leaving:
            return
        leg.leaving = True
        if event.done:
            self._desk.do(c.Answer(call=leg.leg, warn=True))
            self._desk.do(c.Hangup(call=leg.leg, by="desk", not_before_ns=event.at_ns + CODE_TONE_NS, slot="code"))
        else:
            self._desk.do(c.Reject(call=leg.leg, code=603, by="desk"))

    def _digit(self, event: e.DigitReceived, leg: PhoneLeg) -> None:
        """A key of the phone in a call is for the other party; it does not cross the bridge as sound."""
        if leg.listens:
            for session in self._desk.with_agent():
                self._desk.do(c.SendDigits(call=session.call, digits=event.digit))

    # ------------------------------------------------------------------------------- what the calls need of the phone

    def settle(self, now_ns: int) -> None:
        """Bring the phones in line with the calls. Called after every change."""
        if not self.phones:
            return
        mine = [s for s in self._desk.sessions.values() if s.to_agent and s.live and s.call not in self._leaving]
        for session in mine:
            if session.rings_once_more:
                session.rings_once_more = False
                session.rings_until_ns = now_ns + self._desk.settings.country.ringback.cadence.cycle_ns
        self._answer_dialled()
        if not any(s.state in NEEDS for s in mine):
            for leg in [one for one in self.legs.values() if one.lifted]:
                self.end(leg)
        if not self.occupied:
            self._nobody_is_there(mine, now_ns)
        self.ringing.settle(mine, now_ns)

    def _answer_dialled(self) -> None:
        for leg in self.legs.values():
            session = self._desk.sessions.get(leg.call)
            if leg.state is LegState.DIALLED and session and session.answered and not leg.answering:
                leg.answering = True
                self._desk.do(c.Answer(call=leg.leg))

    def _nobody_is_there(self, mine: list[Session], now_ns: int) -> None:
        """A call that is the agent's again, or still, without a lifted phone."""
        for session in mine:
            if session.state in WITH_AGENT and not session.holding:
                self._keep(session, now_ns)
            elif session.state is State.HELD:
                self.ringing.recall_in_time(session, now_ns)

    def is_free(self, phone: PhoneSettings) -> bool:
        """Whether it is neither rung nor in use by us."""
        return all(leg.phone is not phone for leg in self.legs.values())

    # --------------------------------------------------------------------------------------------------------- time

    def next_deadline(self) -> int | None:
        """The next moment at which a phone is to be asked, or rung again."""
        if not self.phones:
            return None
        moments = [self.asking.next_deadline(), *(leg.silent_from_ns for leg in self._silent())]
        if not self.occupied:
            mine = [s for s in self._desk.sessions.values() if s.to_agent and s.call not in self._leaving]
            moments += self.ringing.moments(mine)
        return min((moment for moment in moments if moment is not None), default=None)

    def deadline_passed(self, now_ns: int) -> None:
        """Ask the phones that are to be asked; that they ring again is seen to by :meth:`settle`."""
        self.asking.deadline_passed(now_ns)
        for leg in [one for one in self._silent() if one.silent_from_ns <= now_ns]:
            leg.silent_told = True
            self._unavailable(leg, "unreachable", now_ns)

    def _silent(self) -> list[PhoneLeg]:
        """Called, and not heard of yet."""
        return [leg for leg in self.legs.values() if leg.state is LegState.CALLING and not leg.silent_told]

    def as_snapshot(self) -> list[dict[str, Any]]:
        """Each phone and what it is doing (JSON-able)."""
        found = []
        for address in self.phones:
            leg = next((one for one in self.legs.values() if one.phone.address == address), None)
            state = str(leg.state) if leg and not leg.silent_told else self._state.get(address, "free")
            found.append({"address": address, "state": state, "leg": leg.as_snapshot() if leg else None})
        return found
