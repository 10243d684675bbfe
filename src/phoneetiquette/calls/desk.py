"""The desk: all calls of a seat under the etiquette rules. Pure: events come in, events and commands go out.

One instance lives in the main process, on its asyncio loop. Time comes first: before an event is handed in, the desk
is told of the time that has passed until then, so that what is due is done in the order of the clock::

    carry_out(desk.before(event))
    carry_out(desk.handle(event))

That is also why a restarted main can learn from the journal what is going on (:meth:`Desk.replay`).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls import wrap_up
from phoneetiquette.calls.guide import Guide
from phoneetiquette.calls.machine import Machine
from phoneetiquette.calls.phone import DeskPhone
from phoneetiquette.calls.pickup import Pickup
from phoneetiquette.calls.routing import Routing
from phoneetiquette.calls.seen import Seen
from phoneetiquette.calls.session import Session
from phoneetiquette.calls.settings import DeskSettings
from phoneetiquette.calls.states import ALLOWED, AWAY, UNNAMED_NEVER, WITH_AGENT, State, Trigger
from phoneetiquette.calls.switches import Switches
from phoneetiquette.calls.transfers import Transfers
from phoneetiquette.calls.wake_ups import WakeUps
from phoneetiquette.calls.wrap_up import WrapUp
from phoneetiquette.errors import CallError
from phoneetiquette.etiquette.policy import Presence
from phoneetiquette.units import seconds

MEASURES_GRACE_NS = seconds(3)
"""How long an ended call waits for its last measures before it is closed without them."""

_NONE_SUCH: dict[type[e.Event], str] = {
    e.AgentLifted: "nothing rings",
    e.AgentHungUp: "there is no call",
    e.AgentHeld: "there is no call in talk",
    e.AgentResumed: "there is no call on hold",
    e.AgentTransferred: "there is no call to put through",
    e.AgentChoseTopic: "there is no call to put through",
    e.AgentLeftToMachine: "there is no call to leave to the machine",
    e.AgentConferenced: "a conference needs a call in talk and one on hold",
    e.AgentSentDigits: "there is no call to send digits in",
    e.AgentMarkedStage: "there is no call in talk",
}

_TAKEN_UP = frozenset({State.ALERTING, State.ANSWERING})
"""States of a call that the machine has answered, in which it may be answered once more: for the agent."""


_TIMELESS = e.EngineStarted | e.TroubleNoticed | e.MessageNoted | e.WakeUpSet | e.WakeUpNoted | e.WakeUpTried


@dataclass(slots=True)
class Effects:
    """What the desk wants done: events to journal and publish, then commands for the engine."""

    events: list[e.Event] = field(default_factory=list)
    commands: list[c.Command] = field(default_factory=list)


class Desk:
    """All calls of a seat. Not thread-safe: every method is called from one thread."""

    def __init__(self, settings: DeskSettings, guide: Guide | None = None) -> None:
        """``guide`` is the dialplan it follows; ``None``: it has none."""
        self.settings = settings
        self.presence: Presence = settings.presence
        self.muted = False
        self.headset: e.CallId | None = None
        """The call that the engine gave the agent's voice to last."""
        self._engine_pid = 0
        self.sessions: dict[e.CallId, Session] = {}
        self.pickup = Pickup(self)
        self.transfers = Transfers(self)
        self.routing = Routing(self, guide)
        self.phone = DeskPhone(self)
        self.machine = Machine(self)
        self.wake_ups = WakeUps(self)
        self.wrap_up = WrapUp(self)
        self.switches = Switches(lambda: self.routing.guide)
        self.seen = Seen(lambda: self.routing.guide)
        self._effects = Effects()
        self._on: dict[type[e.Event], Callable[[Any], None]] = {
            e.EngineStarted: self._engine_started,
            e.EngineLost: self._engine_lost,
            e.CallArrived: self.pickup.arrived,
            e.AlertingStarted: self.pickup.alerting,
            e.CallDialled: self._placed,
            e.PeerAlerting: self._peer_alerting,
            e.CallAnswered: self._answered,
            e.MediaStarted: self._media_started,
            e.HoldChanged: self._hold_changed,
            e.DigitReceived: self.machine.digit,
            e.PromptEnded: self.machine.prompt_ended,
            e.RecordingFinished: self.machine.recorded,
            e.TransferProgressed: self.transfers.progressed,
            e.PeerLost: self.transfers.peer_lost,
            e.CallsJoined: self._joined,
            e.CommandFailed: self._command_failed,
            e.MeasuresTaken: self._measures_taken,
            e.CallEnded: self._ended,
            e.AgentLifted: self.pickup.lifted,
            e.AgentPutDown: self.pickup.put_down,
            e.AgentHungUp: self._hung_up,
            e.AgentHeld: self._hold,
            e.AgentResumed: self._resume,
            e.AgentMuted: self._mute,
            e.AgentDialled: self._dialled,
            e.AgentSentDigits: self._send_digits,
            e.AgentTransferred: self.transfers.asked,
            e.AgentChoseTopic: self.routing.chosen,
            e.AgentLeftToMachine: self.machine.left,
            e.AgentConferenced: self.transfers.conference_asked,
            e.AgentMarkedStage: self._mark_stage,
            e.AgentTookMessage: self._took_message,
            e.PresenceChanged: self._presence_changed,
            e.AgentWrappedUp: self.wrap_up.written,
            e.SwitchTurned: self.switches.turned,
            e.PersonMarked: self.switches.marked,
            e.PersonSeen: self.seen.told,
            e.WakeUpCalled: self.wake_ups.call,
            e.WakeUpNoted: self.wake_ups.noted,
        }

    def handle(self, event: e.Event) -> Effects:
        """Take in one event; :meth:`before` comes first.

        A fact that fits nothing any more is ignored. The desk's own events are ignored as well: it made them.

        Raises:
            CallError: the agent asked for something that cannot be had now; nothing has changed.
        """
        self._effects = Effects()
        handler = self.phone.handler(event) or self._on.get(type(event))
        if handler:
            handler(event)
            if isinstance(event, wrap_up.ENDED_BY):
                self.wrap_up.end("agent", event.at_ns)
            self._settle(event.at_ns)
            self._do_what_is_due(event.at_ns)
        return self._effects

    def before(self, event: e.Event) -> Effects:
        """Take in that time has passed until ``event``.

        An engine that reports is heard first, for what is due can be done only by an engine, and for calls it has. A
        trouble of the seat, which may come up before that, is nothing to the desk, nor what becomes of a message or
        is asked for another day.
        """
        if isinstance(event, _TIMELESS):
            return Effects()
        return self.advance(event.at_ns)

    def advance(self, now_ns: int) -> Effects:
        """Take in that time has passed: what is due happens one after another, in the order of the clock."""
        self._effects = Effects()
        self._do_what_is_due(now_ns)
        return self._effects

    def _do_what_is_due(self, now_ns: int) -> None:
        while (deadline := self.next_deadline()) is not None and deadline <= now_ns:
            session = next((s for s in self.sessions.values() if self._deadline(s) == deadline), None)
            if self.wrap_up.until_ns == deadline:
                self.wrap_up.end("time", deadline)
            elif session is None:
                self.phone.deadline_passed(deadline)
            elif not session.live:
                self._close(session, deadline)
            elif session.state is State.ALERTING:
                self.pickup.deadline_passed(session, deadline)
            elif self.routing.searches(session):
                self.routing.deadline_passed(session, deadline)
            elif session.state in (State.MENU, State.MESSAGE):
                self.machine.deadline_passed(session, deadline)
            elif session.wake_up:
                self.wake_ups.deadline_passed(session, deadline)
            else:
                self.transfers.deadline_passed(session, deadline)
            self._settle(deadline)

    def _settle(self, now_ns: int) -> None:
        self.pickup.settle()
        self.phone.settle(now_ns)

    def replay(self, events: Iterable[e.Event]) -> None:
        """Bring a new desk to where another one was, from all that the other took in and made, in the journal's order.

        What is to be done about it was done then; what the engine may have missed is told anew when it reports
        (``EngineStarted``). A wish that was refused then is refused again. What the dialplan said then counts, whatever
        it says now.
        """
        events = list(events)
        self.routing.remember(event for event in events if isinstance(event, e.RouteDecided))
        for event in events:
            self.before(event)
            with suppress(CallError):
                self.handle(event)
        self.routing.remember(None)

    def next_deadline(self) -> int | None:
        """The moment at which :meth:`advance` will have something to do, or ``None``."""
        moments = [self.phone.next_deadline(), self.wrap_up.until_ns, *map(self._deadline, self.sessions.values())]
        return min((moment for moment in moments if moment is not None), default=None)

    def _deadline(self, session: Session) -> int | None:
        if session.ended_ns is not None:
            return session.ended_ns + MEASURES_GRACE_NS
        if session.state is State.ALERTING:
            return self.pickup.deadline(session)
        if self.routing.searches(session):
            return self.routing.deadline(session)
        if session.state in (State.MENU, State.MESSAGE):
            return self.machine.deadline(session)
        if session.wake_up:
            return self.wake_ups.deadline(session)
        return self.transfers.deadline(session)

    # -------------------------------------------------------------------------------------------- for the parts

    def find(self, call: e.CallId | None, intent: type[e.Event]) -> Session:
        """The call an intent is about: the named one, or (``None``) the only sensible one.

        Raises:
            CallError: there is none, or its state does not allow it.
        """
        allowed = ALLOWED[intent]
        if call is not None:
            session = self.sessions.get(call)
            if session is None or not session.live:
                raise CallError("that call is over")
            if not session.to_agent:
                raise CallError("that call was placed for a customer", "name the customer's call")
            if session.state not in allowed:
                raise CallError(f"this cannot be done with a call that is {session.state}")
            return session
        sensible = allowed - AWAY - UNNAMED_NEVER.get(intent, frozenset())
        candidates = sorted(
            (s for s in self.sessions.values() if s.state in sensible and s.to_agent),
            key=lambda s: (s.state not in WITH_AGENT or s.holding, s.began_ns),
        )
        if not candidates:
            raise CallError(_NONE_SUCH[intent])
        return candidates[0]

    @property
    def ring_ns(self) -> int:
        """How long one ring takes here."""
        return self.settings.country.ringback.cadence.cycle_ns

    @property
    def lines_in_use(self) -> int:
        """Calls that the engine has or is about to have, those with the desk's own phones among them."""
        return sum(s.live for s in self.sessions.values()) + len(self.phone.legs)

    def with_agent(self) -> list[Session]:
        """Calls the agent talks in."""
        return [s for s in self.sessions.values() if s.state in WITH_AGENT]

    def unsettled(self, now_ns: int) -> bool:
        """Whether the engine is about to report what becomes of a call: a wish that cannot be had now may be then."""
        return any(
            s.holding
            or s.resuming
            or s.state is State.ANSWERING
            or (s.state is State.ALERTING and s.window is None)
            or (s.state is State.ARMED and s.window is not None and s.window.opens_ns <= now_ns)
            for s in self.sessions.values()
        )

    def busy(self, *, apart_from: Container[e.CallId | None] = ()) -> bool:
        """Whether the agent is in a call, apart from these, or about to be."""
        occupied = WITH_AGENT | {State.ANSWERING, State.DIALLING, State.RINGING}
        return any(
            s.state in occupied or (s.state in (State.TRANSFERRING, State.SEEKING) and not s.held_by_us)
            for s in self.sessions.values()
            if s.to_agent and s.call not in apart_from
        )

    def emit(self, event: e.Event) -> None:
        self._effects.events.append(event)

    def do(self, command: c.Command) -> None:
        self._effects.commands.append(command)

    def open_session(self, session: Session) -> None:
        session.plan = self.routing.version
        self.sessions[session.call] = session

    def hold(self, session: Session) -> None:
        session.holding, session.resuming = True, False
        self.do(c.Hold(call=session.call))

    def talk_only_in(self, *sessions: Session) -> None:
        """The agent is in these calls now: hold the others."""
        self.headset = sessions[0].call
        for other in self.with_agent():
            if other not in sessions and not other.holding:
                self.hold(other)

    def resume(self, session: Session) -> None:
        session.holding = False
        self.talk_only_in(session)
        self.do(c.Resume(call=session.call))

    # --------------------------------------------------------------------------------------------- engine's facts

    def _engine_started(self, event: e.EngineStarted) -> None:
        """Calls we thought were up and the engine does not know ended with an earlier engine.

        A far leg that the same engine has not told of yet is on its way to it: what was due before its report came is
        done already. The engine is told anew what it may have missed while there was no main, or no engine.
        """
        on_their_way = {
            s.call
            for s in self.sessions.values()
            if s.direction == "out"
            and not s.placed
            and not s.wake_up  # asked for of an engine that was ready: it knows of it, or never will
            and (s.sought_for or not s.to_agent or self.phone)
        }
        same = event.pid == self._engine_pid
        self._engine_pid = event.pid
        self.phone.lose(event.calls, on_their_way=same)
        self._lose(event.at_ns, apart_from={*event.calls, *(on_their_way if same else ())})
        self.do(c.SetMute(muted=self.muted))
        self.do(c.SetBell(where=self.pickup.bell))
        for session in self.sessions.values():
            if session.kept:
                self.do(session.kept)
            if session.call in on_their_way:
                self._asked_for(session, event.at_ns)

    def _engine_lost(self, event: e.EngineLost) -> None:
        self.phone.lose((), on_their_way=False)
        self._lose(event.at_ns)

    def _lose(self, now_ns: int, apart_from: Container[e.CallId] = ()) -> None:
        lost = [s for s in self.sessions.values() if s.call not in apart_from]
        ends = [
            e.CallEnded(at_ns=now_ns, call=s.call, by="crash", code=0, reason="the SIP engine was lost")
            for s in lost
            if s.live
        ]
        for end in ends:
            self.emit(end)
            self._end(self.sessions[end.call], end)
        for end in ends:
            self.wake_ups.ended(self.sessions[end.call], end)
            self.transfers.ended(self.sessions[end.call], end)
            self.routing.ended(self.sessions[end.call], end)
            self.machine.ended(self.sessions[end.call], end)
        for session in lost:
            self._close(session, now_ns)

    def _placed(self, event: e.CallDialled) -> None:
        """We know of those we asked for. Another one the engine placed at the wish of a trusted peer (REFER)."""
        session = self.sessions.get(event.call) or self.open_outgoing(event.call, event.target, event.at_ns)
        session.placed = True
        self._asked_for(session, event.at_ns)

    def _asked_for(self, session: Session, now_ns: int) -> None:
        session.asked_ns = now_ns
        self.routing.count_rings(session, now_ns)

    def _peer_alerting(self, event: e.PeerAlerting) -> None:
        session = self.sessions.get(event.call)
        if session and session.may(Trigger.PEER_ALERTING):
            session.move(Trigger.PEER_ALERTING)
            self.routing.count_rings(session, event.at_ns)

    def _answered(self, event: e.CallAnswered) -> None:
        session = self.sessions.get(event.call)
        if session is None or not session.live or (session.answered and session.state not in _TAKEN_UP):
            return
        session.answered_ns = event.at_ns
        session.kept = None
        if session.sought_for and not self.routing.answered(session, event.at_ns):
            return
        if session.wake_up:
            self.wake_ups.answered(session, event.at_ns)
        elif not session.to_agent:
            session.move(Trigger.ANSWERED_APART)
            self.transfers.far_leg_answered(session, event.at_ns)
        elif session.may(Trigger.ANSWERED):
            if session.state is State.DIVERTED or session.with_machine:
                self.routing.lifted(session, event.at_ns)
                self.transfers.take_back(session)
            session.move(Trigger.ANSWERED)
            session.talked = True
            if self.settings.agent:
                self.emit(e.AgentNamed(at_ns=event.at_ns, call=session.call, agent=self.settings.agent))
            self.pickup.judge(session, event.at_ns, "answered")
            self.headset = session.call
            if len(self.with_agent()) > 1:
                self.resume(session)  # after the others are on hold, whatever else is on its way to the engine
            self.transfers.consultation_answered(session, event.at_ns)

    def _media_started(self, event: e.MediaStarted) -> None:
        session = self.sessions.get(event.call)
        if session:
            session.codec, session.encrypted, session.has_media = event.codec, event.encrypted, True

    def _hold_changed(self, event: e.HoldChanged) -> None:
        session = self.sessions.get(event.call)
        if session is None:
            return
        if event.by_us != session.held_by_us:  # ours, but perhaps not yet what was asked for last
            session.holding = session.holding and not event.by_us
            session.resuming = session.resuming and event.by_us
        session.held_by_us, session.held_by_peer = event.by_us, event.by_peer
        if event.by_us and session.may(Trigger.HELD):
            self.transfers.leave_conference(session)
            session.move(Trigger.HELD)
        elif not event.by_us:
            if session.may(Trigger.RESUMED):
                session.move(Trigger.RESUMED)
            self._seat_unheld(session)

    def _seat_unheld(self, session: Session) -> None:
        """A call that is not on hold is the agent's, unless another got the agent since that was asked."""
        if session.state not in WITH_AGENT or session.holding:
            return
        together = {session.call, session.partner} if session.state is State.CONFERENCE else {session.call}
        if self.headset in together:
            return
        if self.busy(apart_from=together):
            self.hold(session)
            wanted = self.sessions.get(self.headset or "")
            if wanted and wanted.state is State.TALKING:
                self.resume(wanted)  # the engine may have got these two the other way round
        elif session.state is State.TALKING:
            self.resume(session)

    def _command_failed(self, event: e.CommandFailed) -> None:
        session = self.sessions.get(event.call or "")
        if session is None:
            return
        match event.command:
            case "Dial" | "Hangup" | "Speak" if session.wake_up:
                self.wake_ups.cannot(session, event)
            case "Dial" if session.live and not session.placed:
                self.lost(session, event.at_ns, event.what)
            case "Answer":
                self.pickup.not_connected(session, event.at_ns)
            case "Speak":
                self.machine.cannot_speak(session, event)
            case "Record":
                self.machine.cannot_record(session)
            case "TakeMessage" if session.state is State.MESSAGE:
                self.do(c.Hangup(call=session.call, by="desk"))
            case "Hold" | "Resume":
                session.holding = session.resuming = False
            case "TransferBlind" | "TransferAttended" | "Join":
                self.transfers.not_done(session, event)
                self.routing.not_joined(session, event)
            case _:
                pass

    def _joined(self, event: e.CallsJoined) -> None:
        self.transfers.joined(event)
        self.routing.joined(event)

    def _measures_taken(self, event: e.MeasuresTaken) -> None:
        session = self.sessions.get(event.call)
        if session is None:
            return
        session.measures = event.measures
        if event.final:
            session.has_media = False
            if not session.live:
                self._close(session, event.at_ns)

    def _ended(self, event: e.CallEnded) -> None:
        session = self.sessions.get(event.call)
        if session is None or not session.live:
            return
        self._end(session, event)
        self.wake_ups.ended(session, event)
        self.transfers.ended(session, event)
        self.routing.ended(session, event)
        if session.talked and not session.consultation:
            self.wrap_up.begin(session.call, event.at_ns)
        self.phone.customer_ended(session, event)
        self.machine.ended(session, event)
        if not (session.has_media and session.talked):
            self._close(session, event.at_ns)

    def _end(self, session: Session, event: e.CallEnded) -> None:
        session.move(Trigger.ENDED)
        session.ended_ns = event.at_ns
        self.pickup.judge(session, event.at_ns, "caller_left" if event.by == "customer" else "unanswered")

    def _close(self, session: Session, now_ns: int) -> None:
        self.emit(e.CallClosed(at_ns=now_ns, call=session.call, notes=session.notes))
        self.phone.forget(session.call)
        del self.sessions[session.call]

    # --------------------------------------------------------------------------------------------- agent's wishes

    def _hung_up(self, event: e.AgentHungUp) -> None:
        session = self.find(event.call, e.AgentHungUp)
        leaving = [session]
        if event.call is None and session.state is State.CONFERENCE:
            leaving = self.with_agent()
        for one in leaving:
            if one.asked_for:
                self.do(c.Hangup(call=one.call))
            else:
                self.not_placed(one, event.at_ns)

    def _hold(self, event: e.AgentHeld) -> None:
        session = self.find(event.call, e.AgentHeld)
        for one in [session] if event.call else self.with_agent():
            self.hold(one)

    def _resume(self, event: e.AgentResumed) -> None:
        session = self.find(event.call, e.AgentResumed)
        self.transfers.forget_wish(session)
        self.routing.taken_back(session, event.at_ns)
        if self.phone and not self.phone.listens:
            self.phone.resume_at_phone(session, event.at_ns)
            return
        session.resuming = True
        self.resume(session)

    def _mute(self, event: e.AgentMuted) -> None:
        self.muted = event.muted
        self.do(c.SetMute(muted=event.muted))

    def _dialled(self, event: e.AgentDialled) -> None:
        if event.call in self.sessions:
            raise CallError("that call exists already")
        if self.phone:
            self.phone.check_may_dial()
        session = self.open_outgoing(event.call, event.target, event.at_ns)
        if self.phone and not self.phone.listens:
            session.asked_for = False  # the phone rings first, and it is placed when that is lifted
        else:
            self.place(session)

    def place(self, session: Session) -> None:
        """Call the party of an outgoing call."""
        session.asked_for = True
        self.talk_only_in(session)
        self.do(c.Dial(call=session.call, target=session.party))

    def not_placed(self, session: Session, now_ns: int) -> None:
        """Give up an outgoing call that the engine knows nothing of."""
        self._end_unasked(session, now_ns, "agent", "the desk phone was not lifted")

    def lost(self, session: Session, now_ns: int, reason: str) -> None:
        """Give up a call that the engine does not know any more."""
        self._end_unasked(session, now_ns, "crash", reason)

    def _end_unasked(self, session: Session, now_ns: int, by: e.EndedBy, reason: str) -> None:
        end = e.CallEnded(at_ns=now_ns, call=session.call, by=by, code=0, reason=reason)
        self.emit(end)
        self._ended(end)

    def open_outgoing(self, call: e.CallId, target: str, now_ns: int) -> Session:
        session = Session(
            call=call,
            direction="out",
            party=target,
            party_name="",
            called=target,
            began_ns=now_ns,
            state=State.DIALLING,
        )
        self.open_session(session)
        return session

    def _send_digits(self, event: e.AgentSentDigits) -> None:
        self.do(c.SendDigits(call=self.find(event.call, e.AgentSentDigits).call, digits=event.digits))

    def _mark_stage(self, event: e.AgentMarkedStage) -> None:
        self.find(event.call, e.AgentMarkedStage).stage = event.stage

    def _took_message(self, event: e.AgentTookMessage) -> None:
        taken = e.MessageTaken(
            at_ns=event.at_ns,
            call=event.call or "",
            message=event.message,
            by="agent",
            service=event.service,
            topic=event.topic,
            name=event.name,
            phone=event.phone,
            email=event.email,
            matter=event.matter,
            language=event.language,
            read_back=event.read_back,
        )
        self.emit(taken)

    def _presence_changed(self, event: e.PresenceChanged) -> None:
        self.presence = event.presence

    def sound_alarm(self, on: bool) -> Effects:
        """Ring at the desk, or ring no more, for a guest whom nobody could wake."""
        self._effects = Effects()
        self.wake_ups.alarm = on
        self.pickup.settle()
        return self._effects

    def as_snapshot(self) -> dict[str, Any]:
        """The calls and switches of the desk (JSON-able)."""
        return {
            "presence": self.presence,
            "muted": self.muted,
            "bell": self.pickup.bell,
            "wrap_up": self.wrap_up.as_snapshot(),
            "phones": self.phone.as_snapshot(),
            "switches": sorted(self.switches.on),
            "people": dict(sorted(self.switches.people.items())),
            "seen": self.seen.as_snapshot(),
            "calls": [s.as_snapshot() for s in self.sessions.values() if not s.wake_up],
        }
