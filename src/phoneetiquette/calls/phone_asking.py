"""Making a phone answer by itself: at the deadline, or because the receptionist asked for it on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.phone_leg import PhoneLeg
from phoneetiquette.calls.phone_states import LegState
from phoneetiquette.calls.session import Session
from phoneetiquette.calls.states import State
from phoneetiquette.errors import CallError
from phoneetiquette.units import ms

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk
    from phoneetiquette.calls.phone import DeskPhone

TIME_NS: dict[e.Asking, int] = {"talk": ms(400), "vendor": ms(400), "auto_answer": ms(600)}
"""How long each way is given, where the third ring is long enough. On a local network a phone answers a NOTIFY or a
command within a tenth of a second and a new INVITE within two; what does not work by then has not worked in time."""


class PhoneAsking:
    """The ways are tried one after another; each is an event of the call, and so is what came of it."""

    def __init__(self, desk: Desk, phones: DeskPhone) -> None:
        self._desk = desk
        self._phones = phones

    def begin(self, leg: PhoneLeg, now_ns: int, until_ns: int | None = None) -> None:
        """Ask a ringing phone now. All ways together may take until ``until_ns``.

        Raises:
            CallError: there is no way.
        """
        if leg.asking or leg.asks:
            return
        leg.untried = self._ways(leg)
        if not leg.untried:
            raise CallError("the phone cannot be made to answer", "lift it")
        leg.began_asking = True
        total_ns = sum(TIME_NS[way] for way in leg.untried)
        leg.patience = 1.0 if until_ns is None else min(1.0, (until_ns - now_ns) / total_ns)
        self._next(leg, now_ns)

    def _ways(self, leg: PhoneLeg) -> tuple[e.Asking, ...]:
        if leg.asks:
            return ()
        ways: list[e.Asking] = []
        if leg.allows_talk:
            ways.append("talk")
        if leg.phone.vendor_command:
            ways.append("vendor")
        if leg.phone.auto_answer_headers:
            ways.append("auto_answer")
        return tuple(ways)

    def _next(self, leg: PhoneLeg, now_ns: int) -> None:
        if not leg.untried:
            leg.asking = None
            return
        leg.asking, *rest = leg.untried
        leg.untried = tuple(rest)
        leg.asked_until_ns = now_ns + round(TIME_NS[leg.asking] * leg.patience)
        self._desk.emit(e.PhoneAsked(at_ns=now_ns, call=leg.call, leg=leg.leg, how=leg.asking))
        match leg.asking:
            case "talk":
                self._desk.do(c.AskPhone(call=leg.leg))
            case "vendor":
                self._desk.do(c.PressPhone(call=leg.leg, phone=leg.phone.address))
            case "auto_answer":
                self._phones.end(leg)  # and when it is gone, it is called anew: see :meth:`leg_gone`

    def _over(
        self, leg: PhoneLeg, result: Literal["answered", "unknown", "silent", "withdrawn"], now_ns: int, code: int = 0
    ) -> None:
        if leg.asking:
            self._desk.emit(
                e.PhoneAskEnded(at_ns=now_ns, call=leg.call, leg=leg.leg, how=leg.asking, result=result, code=code)
            )
            leg.asking = None

    # ------------------------------------------------------------------------------------------------------- facts

    def succeeded(self, leg: PhoneLeg, now_ns: int) -> None:
        """It is lifted, whoever did it."""
        self._over(leg, "answered", now_ns)
        leg.untried = ()

    def replied(self, event: e.PhoneReplied, leg: PhoneLeg) -> None:
        """The phone takes or refuses what was asked; that it answers is another matter."""
        if leg.asking == event.asked and not 200 <= event.code < 300 and leg.awaited:
            self._over(leg, "unknown", event.at_ns, event.code)
            self._next(leg, event.at_ns)

    def command_failed(self, event: e.CommandFailed, leg: PhoneLeg) -> None:
        if event.command == "AskPhone" and leg.asking == "talk" and leg.awaited:
            self._over(leg, "unknown", event.at_ns)
            self._next(leg, event.at_ns)

    def leg_gone(self, leg: PhoneLeg, now_ns: int) -> None:
        """The phone has stopped ringing at our wish: to be called anew, if that was the reason."""
        session = self._desk.sessions.get(leg.call)
        if leg.asking != "auto_answer" or session is None:
            return
        if session.state is State.ALERTING and not self._phones.occupied:
            new = self._phones.begin(session, leg.phone, now_ns, asks=True)
            new.asking, new.asked_until_ns, new.began_asking = "auto_answer", leg.asked_until_ns, True
        else:
            self._over(leg, "withdrawn", now_ns)

    def failed(self, leg: PhoneLeg, now_ns: int, code: int) -> None:
        """The leg was refused or failed."""
        self._over(leg, "unknown", now_ns, code)

    # -------------------------------------------------------------------------------------------------------- time

    def next_deadline(self) -> int | None:
        moments = [leg.asked_until_ns for leg in self._phones.legs.values() if leg.asking]
        moments += [at for _, at, _ in self._to_begin()]
        return min(moments, default=None)

    def _to_begin(self) -> list[tuple[PhoneLeg, int, int]]:
        """Phones that ring for a call that is to be connected at its deadline, when to begin to ask, and that deadline.

        Not before the third ring begins: until then the receptionist has every right to lift.
        """
        found: list[tuple[PhoneLeg, int, int]] = []
        for session in self._desk.sessions.values():
            leg = self._phone_for(session)
            deadline_ns = self._desk.pickup.deadline(session)
            if leg is None or deadline_ns is None or session.window is None:
                continue
            time_ns = sum(TIME_NS[way] for way in self._ways(leg))
            if time_ns and self._desk.pickup.is_to_connect(session):
                third_ring_ns = session.window.started_ns + 2 * session.window.cadence.cycle_ns
                found.append((leg, max(deadline_ns - time_ns, third_ring_ns), deadline_ns))
        return found

    def _phone_for(self, session: Session) -> PhoneLeg | None:
        """The first of the phones that ring for this call; one of them is asked, once."""
        mine = [leg for leg in self._phones.legs.values() if leg.call == session.call]
        if session.state is not State.ALERTING or any(leg.began_asking or leg.asks for leg in mine):
            return None
        return next((leg for leg in mine if leg.awaited), None)

    def deadline_passed(self, now_ns: int) -> None:
        for leg, at_ns, until_ns in self._to_begin():
            if at_ns <= now_ns:
                self.begin(leg, now_ns, until_ns)
        for leg in list(self._phones.legs.values()):
            if leg.asking and leg.asked_until_ns <= now_ns:
                self._over(leg, "silent", now_ns)
                if leg.awaited and leg.state is not LegState.OVER:
                    self._next(leg, now_ns)
