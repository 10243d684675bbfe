"""What is known so far of one SIP dialog, gathered event by event. Pure; used by :mod:`.build` only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from phoneetiquette import events as ev
from phoneetiquette.dialplan.questions import RESULT_WORDS
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import (
    Attempt,
    CallRecord,
    Deadline,
    Hold,
    Interruption,
    Leg,
    LegKind,
    Mark,
    Pickup,
    Ring,
    Segments,
    StageMark,
    Transfer,
    WrapUp,
)
from phoneetiquette.units import NS_PER_MS

_HELD_APART = ("segments", "interruptions", "speaking", "talking_over")
"""Keys of the measures that the record keeps in fields of its own, or that mean nothing once the call is over.

So does ``segments`` of each party."""


def _without_held_apart(measures: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in measures.items() if key not in _HELD_APART}
    if isinstance(parties := kept.get("parties"), dict):
        kept["parties"] = {
            name: {key: value for key, value in party.items() if key != "segments"} for name, party in parties.items()
        }
    return kept


_ATTEMPT_ENDED = RESULT_WORDS | {"answered": "answered", "withdrawn": "was not needed any more"}
_PHONE_BEGUN = {
    "rings": "the phone {} is rung",
    "asked": "the phone {} is called and asked to answer by itself",
    "called": "dialled at the phone {}",
}
_PHONE_ASKED = {
    "answered": "it answered",
    "unknown": "it does not know that",
    "silent": "it did nothing",
    "withdrawn": "it was not needed any more",
}
_SEARCH_ENDED = {
    "consulting": "the receptionist talks with who answered, the customer waits",
    "connected": "the customer was connected with who answered",
    "nobody": "nobody else is called",
    "taken_back": "the receptionist took the customer back",
    "left": "the customer left while specialists were called",
}


def wrap_up_of(event: ev.AgentWrappedUp, written: datetime) -> WrapUp:
    return WrapUp(written=written, note=event.note, topic=event.topic, outcome=event.outcome)


class Draft:
    """One dialog. Moments are nanoseconds of the boot it happened in; :meth:`record` turns them into offsets."""

    def __init__(self, entry: Entry, direction: ev.Direction, kind: LegKind) -> None:
        assert isinstance(entry.event, ev.CallEvent)
        self.call = entry.event.call
        self.direction: ev.Direction = direction
        self.kind: LegKind = kind
        self.seat = entry.seat
        self.boot = entry.boot
        self.arrived: datetime = entry.wall
        self.first_seq = self.last_seq = entry.seq
        self.first_ns = self.last_ns = entry.event.at_ns
        self.main: Draft | None = None
        self.legs: list[Draft] = []
        self.related: list[ev.CallId] = []
        self.apart = False
        """Not, or no longer, the agent's: overflow, message, or connected to somebody else."""
        self.closed = False
        self.dialled = True
        """False: an outgoing call that waits for the receptionist's phone to be lifted."""
        self.dead_since: int | None = None
        """Entry that told that its engine is gone: nothing but the desk's closing words can follow."""
        self._told: set[ev.Event] = set()
        self.alerting_ns: int | None = None
        self.answered_ns: int | None = None
        self.ended_ns: int | None = None
        self.ended_by: ev.EndedBy | None = None
        self.code = 0
        self.reason = ""
        self.deadline: ev.DeadlinePassed | None = None
        self.transfers: list[tuple[int, Transfer]] = []
        self.dialplan = ""
        self.wake_up = ""
        self.agent = ""
        self.phone_legs: set[ev.CallId] = set()
        """Calls of the seat with the receptionist's own phone."""
        self.attempts: dict[ev.CallId, tuple[ev.AttemptBegun, ev.AttemptEnded | None]] = {}
        """By the leg that was, or was to be, placed."""
        self._identity: dict[str, str] = {"caller": "", "caller_name": "", "called": ""}
        self._media: ev.MediaStarted | None = None
        self._codec: ev.MediaStarted | None = None
        self._ringback = ""
        self._plan: ev.RingPlanned | None = None
        self._judged: ev.PickupJudged | None = None
        self._armed: list[ev.CallArmed] = []
        self._lifted_ns: list[int] = []
        self._hold_changes: list[ev.HoldChanged] = []
        self._stages: list[ev.AgentMarkedStage] = []
        self._digits_received = 0
        self._digits_sent = 0
        self._segments: list[ev.SpeechSegmentEnded] = []
        self._interruptions: list[ev.InterruptionNoticed] = []
        self._measures: dict[str, Any] | None = None
        self._measures_final = False
        self._message: ev.RecordingFinished | None = None
        self._wrap_up: WrapUp | None = None
        self._notes: tuple[str, ...] = ()
        self._menu_left = False
        """What was pressed in the last menu has been told: the plan may be asked about it several times."""
        self._marks: list[tuple[int, str, str]] = []

    @property
    def root(self) -> Draft:
        return self.main or self

    @property
    def party(self) -> str:
        return self._identity["caller"] if self.direction == "in" else self._identity["called"]

    @property
    def alerting(self) -> bool:
        """Rings at the desk."""
        return self.direction == "in" and self.kind != "phone" and self.answered_ns is None and self.ended_ns is None

    @property
    def with_agent(self) -> bool:
        """Alive and the agent's to handle, on the headset or on hold."""
        return self.ended_ns is None and not self.apart and not self.alerting

    @property
    def held(self) -> bool:
        return bool(self._hold_changes) and self._hold_changes[-1].by_us

    def told_before(self, event: ev.Event) -> bool:
        """Whether an engine that main attached to anew tells this once more, not knowing that main had heard it."""
        if event.source != "engine" or isinstance(event, ev.MeasuresTaken):
            return False
        if event in self._told:
            return True
        self._told.add(event)
        return False

    def crash(self, seq: int, at_ns: int | None, reason: str) -> None:
        """The call ended with its engine: at a known moment, or (``None``) at the last one it was heard of."""
        self.dead_since = seq if self.dead_since is None else self.dead_since
        if self.ended_ns is None:
            self._end(self.last_ns if at_ns is None else max(at_ns, self.last_ns), "crash", 0, reason)

    def apply(self, entry: Entry) -> None:
        """Take one event that concerns this call; those that name no call have been resolved to it by the caller."""
        event = entry.event
        same_boot = entry.boot == self.boot
        match event:
            case ev.AgentWrappedUp():
                self.last_seq = entry.seq
                self._wrap_up = wrap_up_of(event, entry.wall)
            case ev.CallEnded(by="crash"):
                self.last_seq = entry.seq
                self.crash(entry.seq, None, event.reason)
            case ev.CallEnded():
                self.touch(entry)
                if self.ended_ns is None:
                    at_ns = event.at_ns if same_boot else self.last_ns
                    self._end(at_ns, event.by, event.code, event.reason)
                self.closed = self.closed or self.kind == "phone"  # the desk has no closing words for it
            case ev.CallClosed():
                self.last_seq = entry.seq
                self.closed, self._notes = True, event.notes
                if self.ended_ns is None:
                    self._end(self.last_ns, "crash", 0, "its end was not told")
            case ev.PickupJudged():
                self.last_seq = entry.seq
                self._judged = event
            case _ if same_boot:
                self.touch(entry)
                self._engine_event(event)
                self._people_event(event)

    def wants_far_leg(self, target: str) -> bool:
        """Whether the seat has reason to call ``target`` for this caller, and has not done it yet."""
        if any(leg.ended_ns is None for leg in self.legs):
            return False
        if self.deadline is not None and self.deadline.action == "overflow":
            return self.deadline.target == target
        return bool(self.transfers) and self.transfers[-1][1].target == target

    def touch(self, entry: Entry) -> None:
        """The call was still known at this entry."""
        self.last_seq = entry.seq
        if entry.boot == self.boot:
            self.last_ns = max(self.last_ns, entry.event.at_ns)

    def mark(self, at_ns: int, kind: str, text: str) -> None:
        self._marks.append((at_ns, kind, text))

    def begin_transfer(self, at_ns: int, kind: Literal["blind", "attended"], target: str) -> None:
        self.transfers.append((at_ns, Transfer(at_ms=0.0, kind=kind, target=target)))
        self.mark(at_ns, "transfer", f"{kind} transfer to {target} asked for")

    def amend_transfer(self, **changes: Any) -> None:
        at_ns, attempt = self.transfers[-1]
        self.transfers[-1] = (at_ns, replace(attempt, **changes))

    # ---------------------------------------------------------------------------------------- events

    def _end(self, at_ns: int, by: ev.EndedBy, code: int, reason: str) -> None:
        self.ended_ns, self.ended_by, self.code, self.reason = at_ns, by, code, reason
        if by == "transfer" and self.transfers and self.transfers[-1][1].result == "pending":
            self.amend_transfer(result="succeeded")
        because = " ".join(filter(None, [str(code) if code >= 300 else "", reason]))
        self.mark(at_ns, "ended", f"ended by {by}" + (f" ({because})" if because else ""))

    def _engine_event(self, event: ev.Event) -> None:
        at = event.at_ns
        match event:
            case ev.CallArrived() | ev.CallRefused():
                self._identity = {
                    name: getattr(event, name) for name in ("caller", "caller_name", "called", "peer", "sip_call_id")
                }
                self.mark(at, "arrived", f"call from {event.caller} for {event.called}")
                if isinstance(event, ev.CallRefused):
                    self._identity["refused"] = event.reason
                    self._end(at, "desk", event.code, event.reason.replace("_", " "))
                    self.closed = True
            case ev.PhoneCalled():
                self._identity = {"caller": event.phone, "caller_name": "", "called": event.target}
                self._identity |= {"peer": event.peer, "sip_call_id": event.sip_call_id}
                self.mark(at, "arrived", f"dialled {event.dialled}")
            case ev.CallDialled():
                self.dialled = True
                self._identity["called"] = event.target
                self.mark(at, "dialled", f"dialled {event.target}")
            case ev.WakeUpCalled():
                self._identity["called"] = event.target
                self.mark(at, "wake_up", f"wake-up call for room {event.room}")
            case ev.WakeUpTried():
                self.mark(at, "wake_up", f"wake-up call: {event.result.replace('_', ' ')}")
            case ev.AlertingStarted():
                self.alerting_ns, self._ringback = at, event.ringback
                self.mark(at, "alerting", f"the caller hears ringing ({event.ringback.replace('_', ' ')})")
            case ev.PeerAlerting():
                if self.alerting_ns is None:
                    self.alerting_ns = at
                    self.mark(at, "alerting", f"the other phone rings ({event.code})")
            case ev.CallAnswered():
                self.answered_ns = at
                self.mark(at, "answered", "connected")
            case ev.MediaStarted():
                self._media = self._media or event
                self._codec = event
                self.mark(at, "media", f"sound flows: {event.codec}" + (", encrypted" if event.encrypted else ""))
            case ev.HoldChanged():
                self._hold_changes.append(event)
                who = " and ".join(n for n, held in (("us", event.by_us), ("the peer", event.by_peer)) if held)
                self.mark(at, "hold", f"held by {who}" if who else "talking again")
            case ev.PeerLost():
                self.mark(at, "lost", "the other side was lost: no sound comes, and no answer")
                self.root.apart = self.root is self  # the customer is the desk's again
            case ev.DigitReceived():
                self._digits_received += 1
                if not self._marks or self._marks[-1][1] != "digits":
                    self.mark(at, "digits", "digits received")
            case ev.RecordingFinished():
                self._message = event
                self.mark(at, "message", f"message of {event.duration_s:.1f} s recorded")
            case ev.SpeechSegmentEnded():
                self._segments.append(event)
            case ev.InterruptionNoticed():
                self._interruptions.append(event)
            case ev.MeasuresTaken():
                if event.final or not self._measures_final:
                    self._measures, self._measures_final = event.measures, event.final
            case ev.CommandFailed():
                if event.command.startswith("Transfer") and self.transfers:
                    self.amend_transfer(result="failed", reason=event.what)
                self.mark(at, "trouble", f"{event.command} failed: {event.what}")

    def _people_event(self, event: ev.Event) -> None:
        at = event.at_ns
        match event:
            case ev.AgentLifted():
                self._lifted_ns.append(at)
                self.apart = False
                self.mark(at, "lifted", f"lifted ({event.by})")
            case ev.AgentPutDown():
                self.mark(at, "put_down", "early lift taken back")
            case ev.AgentHungUp():
                self.mark(at, "hung_up", "declined by the receptionist" if self.alerting else "receptionist hung up")
            case ev.AgentMuted():
                self.mark(at, "muted", "microphone muted" if event.muted else "microphone open again")
            case ev.AgentSentDigits():
                self._digits_sent += len(event.digits)
                self.mark(at, "digits", "digits sent")
            case ev.AgentMarkedStage():
                self._stages.append(event)
                self.mark(at, "stage", f"stage: {event.stage}")
            case ev.RingPlanned():
                self._plan = event
                if event.exempt:
                    self.mark(at, "exempt", f"exempt from the window: {event.exempt.replace('_', ' ')}")
            case ev.CallArmed():
                self._armed.append(event)
                self.mark(at, "armed", "lifted early: waits for the window")
            case ev.RouteDecided():
                self.dialplan = self.dialplan or event.plan
                if event.in_menu and not self._menu_left:
                    self._menu_left = True
                    self.mark(at, "menu", f"presses {event.key or 'nothing'} in the menu {event.in_menu}")
                if event.kind == "desk" and event.asked == "topic":
                    offer = f"; the dialplan says: {' or '.join(event.offer)}" if event.offer else ""
                    self.mark(at, "topic", f"nobody takes {event.topic}{offer}")
                elif event.kind == "say":
                    self.mark(at, "menu", "hears an announcement")
            case ev.MenuOpened():
                self.apart, self._menu_left = True, False
                again = f", for the {event.heard}. time" if event.heard > 1 else ""
                self.mark(at, "menu", f"hears the menu {event.menu} in {event.language}{again}")
            case ev.MessageBegun():
                self.apart = True
                self.mark(at, "message", f"is asked for a message for {event.service or 'the desk'}")
            case ev.AgentLeftToMachine():
                self.mark(at, "message", "left to the machine by the receptionist")
            case ev.AgentChoseTopic():
                escalated = ", its supervisor" if event.escalate else ""
                self.mark(at, "topic", f"topic {event.topic}{escalated}")
            case ev.AttemptBegun():
                self.attempts[event.leg] = (event, None)
                how = "to be asked first" if event.announced else "to be connected"
                self.mark(at, "attempt", f"{event.who} is called at {event.target or 'no address'}, {how}")
            case ev.AttemptEnded():
                self._attempt_ended(event)
            case ev.SearchEnded():
                self.mark(at, "topic", _SEARCH_ENDED[event.result])
            case ev.AgentNamed():
                self.agent = event.agent
            case ev.MessageTaken():
                self.mark(at, "message", "a message was taken")
            case ev.MessageNoted(what="called"):
                self.mark(at, "message", "dialled to answer a message")
            case ev.PhoneLegBegun():
                self.phone_legs.add(event.leg)
                self._identity["called"] = self._identity["called"] or event.dials
                self.mark(at, "phone", _PHONE_BEGUN[event.how].format(event.phone))
            case ev.PhoneActed():
                if event.what in ("lifted", "answered_itself"):
                    self._lifted_ns.append(at)
                    self.apart = False
                self.mark(at, "phone", f"the phone: {event.what.replace('_', ' ')}")
            case ev.PhoneAsked():
                self.mark(at, "phone", f"the phone is told to answer ({event.how.replace('_', '-')})")
            case ev.PhoneAskEnded():
                code = f" ({event.code})" if event.code else ""
                self.mark(at, "phone", f"{event.how.replace('_', '-')}: {_PHONE_ASKED[event.result]}{code}")
            case ev.PhoneUnavailable():
                code = f" ({event.code})" if event.code else ""
                self.mark(at, "phone", f"the phone {event.phone} does not ring: {event.state}{code}")
            case ev.DeadlinePassed():
                self.deadline = event
                self.apart = event.action in ("overflow", "message", "menu")
                to = f" to {event.target}" if event.target else ""
                self.mark(at, "deadline", f"not lifted by the end of the third ring: {event.action}{to}")

    def _attempt_ended(self, event: ev.AttemptEnded) -> None:
        begun, before = self.attempts.get(event.leg, (None, None))
        if begun is None or (before and before.result == "answered" and event.result == "withdrawn"):
            return
        self.attempts[event.leg] = (begun, event)
        code = f" ({event.code})" if event.code >= 300 else ""
        self.mark(event.at_ns, "attempt", f"{event.who} {_ATTEMPT_ENDED[event.result]}{code}")

    def _attempts(self) -> tuple[Attempt, ...]:
        return tuple(
            Attempt(
                at_ms=self._offset(begun.at_ns),
                who=begun.who,
                target=begun.target,
                topic=begun.topic,
                rings=begun.rings,
                announced=begun.announced,
                leg=begun.leg,
                result=ended.result if ended else None,
                ended_ms=self._offset(ended.at_ns) if ended else None,
                code=ended.code if ended else 0,
            )
            for begun, ended in self.attempts.values()
        )

    # ---------------------------------------------------------------------------------------- the record

    def record(self) -> CallRecord:
        """The call as known now, its legs inside."""
        final = self._measures or {}
        message = self._message
        return CallRecord(
            call=self.call,
            seat=self.seat,
            direction=self.direction,
            arrived=self.arrived,
            alerting=self._wall(self.alerting_ns),
            answered=self._wall(self.answered_ns),
            ended=self._wall(self.ended_ns),
            ended_by=self.ended_by,
            code=self.code,
            reason=self.reason,
            ring=self._ring(),
            pickup=self._pickup(),
            lifted_ms=tuple(map(self._offset, self._lifted_ns)),
            armed_ms=tuple(self._offset(e.at_ns) for e in self._armed),
            connects_ms=self._offset(self._armed[-1].connects_ns) if self._armed else None,
            deadline=self._deadline(),
            holds=self._holds(),
            transfers=tuple(replace(t, at_ms=self._offset(at)) for at, t in self.transfers),
            dialplan=self.dialplan,
            attempts=self._attempts(),
            stages=tuple(StageMark(at_ms=self._offset(e.at_ns), stage=e.stage) for e in self._stages),
            digits_received=self._digits_received,
            digits_sent=self._digits_sent,
            codec=self._codec.codec if self._codec else "",
            encrypted=self._codec is not None and self._codec.encrypted,
            media_ms=self._offset(self._media.at_ns) if self._media else None,
            definitions=str(final.get("definitions", "")),
            measures=_without_held_apart(final) if self._measures is not None else None,
            measures_final=self._measures_final,
            agent_segments=self._spoken("agent"),
            customer_segments=self._spoken("customer"),
            interruptions=self._interrupted(),
            message_file=message.file if message else "",
            message_s=message.duration_s if message else None,
            legs=tuple(leg.as_leg(self) for leg in [self, *self.legs]),
            related=tuple(self.related),
            wrap_up=self._wrap_up,
            agent=self.agent,
            wake_up=self.wake_up,
            notes=self._notes,
            timeline=self._timeline(),
            first_seq=self.first_seq,
            last_seq=max(draft.last_seq for draft in [self, *self.legs]),
            **self._identity,
        )

    def as_leg(self, main: Draft) -> Leg:
        """This dialog inside the record of ``main``."""
        return Leg(
            call=self.call,
            kind=self.kind,
            party=self.party,
            began_ms=main._offset(self.first_ns),
            alerting_ms=main._offset_or_none(self.alerting_ns),
            answered_ms=main._offset_or_none(self.answered_ns),
            ended_ms=main._offset_or_none(self.ended_ns),
            ended_by=self.ended_by,
            code=self.code,
            reason=self.reason,
        )

    def _offset(self, at_ns: int) -> float:
        return round((at_ns - self.first_ns) / NS_PER_MS, 3)

    def _offset_or_none(self, at_ns: int | None) -> float | None:
        return None if at_ns is None else self._offset(at_ns)

    def _wall(self, at_ns: int | None) -> datetime | None:
        return None if at_ns is None else self.arrived + timedelta(microseconds=round((at_ns - self.first_ns) / 1000))

    def _pickup(self) -> Pickup | None:
        judged = self._judged
        if judged is None:
            return None
        return Pickup(
            verdict=judged.verdict,
            ring=judged.ring,
            after_open_ms=judged.after_open_ms,
            before_close_ms=judged.before_close_ms,
            exempt=judged.exempt,
        )

    def _deadline(self) -> Deadline | None:
        passed = self.deadline
        if passed is None:
            return None
        return Deadline(at_ms=self._offset(passed.at_ns), action=passed.action, target=passed.target)

    def _ring(self) -> Ring | None:
        plan = self._plan
        if plan is None:
            return None
        start = self.alerting_ns if self.alerting_ns is not None else self.first_ns
        return Ring(
            country=plan.country,
            cadence_ms=plan.cadence_ms,
            opens_ms=round((plan.opens_ns - start) / NS_PER_MS, 3),
            closes_ms=round((plan.closes_ns - start) / NS_PER_MS, 3),
            ringback=self._ringback,
            exempt=plan.exempt,
        )

    def _holds(self) -> tuple[Hold, ...]:
        spans: list[Hold] = []
        by: Literal["us", "peer"]
        for by in ("us", "peer"):
            since: int | None = None
            for change in self._hold_changes:
                held = change.by_us if by == "us" else change.by_peer
                if held and since is None:
                    since = change.at_ns
                elif not held and since is not None:
                    spans.append(Hold(by=by, start_ms=self._offset(since), end_ms=self._offset(change.at_ns)))
                    since = None
            if since is not None:
                spans.append(Hold(by=by, start_ms=self._offset(since), end_ms=None))
        return tuple(sorted(spans, key=lambda hold: hold.start_ms))

    def _spoken(self, party: ev.Party) -> Segments:
        """From the final measures; from the single events where the call did not live to see them."""
        measures = self._measures or {}
        taken = measures.get("parties", {}).get(party, {}).get("segments")
        if taken is None and "segments" in measures:  # definitions 1
            taken = measures["segments"].get(party, ())
        if taken is not None:
            return tuple((float(start), float(end)) for start, end in taken)
        return tuple(sorted((e.start_s, e.end_s) for e in self._segments if e.party == party))

    def _interrupted(self) -> tuple[Interruption, ...]:
        if (self._measures or {}).get("reliable") is False:
            return ()
        taken = (self._measures or {}).get("interruptions") if self._measures_final else None
        if taken is not None:
            return tuple(Interruption(**{k: i[k] for k in ("by", "start_s", "end_s", "outcome")}) for i in taken)
        return tuple(
            Interruption(by=e.by, start_s=e.start_s, end_s=e.end_s, outcome=e.outcome) for e in self._interruptions
        )

    def _timeline(self) -> tuple[Mark, ...]:
        marks = [(at, kind, text) for at, kind, text in self._marks]
        for leg in self.legs:
            marks += [(at, kind, f"{leg.kind} leg: {text}") for at, kind, text in leg._marks]
        marks.sort(key=lambda mark: mark[0])
        return tuple(Mark(at_ms=self._offset(at), kind=kind, text=text) for at, kind, text in marks)
