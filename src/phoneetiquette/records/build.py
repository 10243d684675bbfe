"""Call records out of journal entries: which events belong to which call, and when a record is complete. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Container
from dataclasses import replace

from phoneetiquette import events as ev
from phoneetiquette.records.draft import Draft, wrap_up_of
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import CallRecord, LegKind, WrapUp

DEAD_ENTRIES = 1000
"""How long a call whose engine is gone waits for the desk's closing words, in entries."""


CLOSED_KEPT = 64
"""Records of ended calls that are kept for what the receptionist notes afterwards."""


class RecordBuilder:
    """Feed it the entries of one seat in order; take out the records that became complete.

    A record is complete when ``CallClosed`` was read. Calls whose engine is gone are completed without it, as ended by
    ``crash``: at the moment ``EngineLost`` tells, otherwise (``EngineStarted`` does not know the call, the machine was
    started anew, or the desk says ``CallEnded(by="crash")``) at the last moment the call was heard of. A refused call
    is complete at once.

    A leg stays inside the record of the call it belongs to: one that the seat placed for that call (overflow,
    transfer), and one that the agent dialled as soon as the two are joined or to be put through to each other. Two
    incoming calls that are joined keep a record each.

    A record may be handed out again with more in it; the later one replaces the earlier.
    """

    def __init__(self) -> None:
        self._drafts: dict[ev.CallId, Draft] = {}
        self._done: deque[ev.CallId] = deque(maxlen=64)
        self._asked: set[ev.CallId] = set()
        """Calls the agent wants dialled and that are not dialled yet; one dialled unasked was placed by the seat."""
        self._ready: dict[ev.CallId, CallRecord] = {}
        self._closed: dict[ev.CallId, CallRecord] = {}
        """The last records of calls that are over: what is noted afterwards still goes into them."""
        self._late: dict[ev.CallId, WrapUp] = {}
        self._settled_seq = 0

    def feed(self, entry: Entry) -> None:
        """Take the next entry. One that fits no known call (its beginning was not read) changes nothing."""
        self._bury(entry)
        self._take(entry)
        if not self._drafts:
            self._settled_seq = entry.seq

    def completed(self) -> list[CallRecord]:
        """Records that became complete, or more complete, since the last call of this."""
        ready, self._ready = list(self._ready.values()), {}
        return ready

    def late_wrap_ups(self) -> dict[ev.CallId, WrapUp]:
        """What was noted of calls whose entries were not read, since the last call of this: their records are
        elsewhere."""
        late, self._late = self._late, {}
        return late

    def open_calls(self) -> list[CallRecord]:
        """Calls that have no ``CallClosed`` yet, as far as they got. Their open legs have ``ended_ms`` ``None``."""
        return [draft.record() for draft in self._drafts.values() if draft.main is None and not draft.closed]

    @property
    def settled_seq(self) -> int:
        """Reading can start anew after this entry: no call was open then, everything before is in completed records."""
        return self._settled_seq

    def _take(self, entry: Entry) -> None:
        event = entry.event
        known = self._drafts.get(getattr(event, "call", None) or "")
        if known is not None and known.told_before(event):
            return
        match event:
            case ev.CallDialled() if known and not known.dialled:
                known.apply(entry)
            case ev.CallArrived() | ev.CallRefused() | ev.CallDialled() if known or event.call in self._done:
                pass  # a call begins once
            case ev.PhoneCalled():
                self._phone_called(entry)
            case ev.PhoneLegBegun() if event.how == "called" or event.dials:
                self._phone_dials(entry, event)
            case ev.CallArrived() | ev.CallRefused():
                self._begin(Draft(entry, "in", "incoming"), entry)
            case ev.WakeUpCalled() if known is None:
                self._begin(_wake_up(entry, event), entry)
            case ev.CallDialled():
                self._dialled(entry, event)
            case ev.AgentDialled():
                self._asked.add(event.call)
            case ev.EngineStarted():
                self._crash(entry, None, "the SIP engine was lost", apart_from=event.calls)
                self._asked.clear()
            case ev.EngineLost():
                self._crash(entry, event.at_ns, f"the SIP engine was lost: {event.status}")
            case ev.AgentWrappedUp() if known is None:
                self._wrapped_up_late(entry, event)
            case ev.AgentChoseTopic(call=None):
                draft = self._in_talk()
                if draft is not None:
                    draft.apply(entry)
            case ev.AgentTransferred():
                self._transfer_asked(entry, event)
            case ev.PhoneActed(what="transferred") if known:
                known.apply(entry)
                if event.target or event.to_call:
                    wish = ev.AgentTransferred(
                        at_ns=event.at_ns, call=event.call, target=event.target, to_call=event.to_call
                    )
                    self._transfer_asked(entry, wish)
            case ev.TransferProgressed():
                self._transfer_progressed(entry, event)
            case ev.CallsJoined():
                self._joined(entry, event)
            case _:
                draft = known or self._meant(event)
                if draft is not None:
                    draft.apply(entry)
                    self._settle(draft)

    # ---------------------------------------------------------------------------------------- begin and end

    def _begin(self, draft: Draft, entry: Entry) -> None:
        self._drafts[draft.call] = draft
        draft.told_before(entry.event)
        draft.apply(entry)
        self._settle(draft)

    def _dialled(self, entry: Entry, event: ev.CallDialled) -> None:
        draft = Draft(entry, "out", "outgoing")
        if event.call in self._asked:
            self._asked.discard(event.call)
        else:
            self._adopt_far_leg(draft, event.target)
        self._begin(draft, entry)

    def _adopt_far_leg(self, leg: Draft, target: str) -> None:
        """Find the call that the seat placed this leg for: by its name, which the desk derives, or by its target."""
        waiting = [
            d for d in self._drafts.values() if d.main is None and d.ended_ns is None and d.wants_far_leg(target)
        ]
        main = self._drafts.get(leg.call.rpartition("-")[0]) or next(iter(waiting), None)
        if main is not None:
            main = main.root
            if leg.call in main.phone_legs:
                leg.apart = True
                self._adopt(main, leg, "phone")
                return
            attempt = main.attempts.get(leg.call)
            if attempt is not None and attempt[0].announced:
                self._adopt(main, leg, "consultation")
                return
            leg.apart = True
            self._adopt(main, leg, "overflow" if main.deadline and main.deadline.action == "overflow" else "transfer")

    def _phone_called(self, entry: Entry) -> None:
        """A leg whose call is told next: whom the receptionist has dialled at the phone."""
        leg = Draft(entry, "in", "phone")
        leg.apart = True
        self._begin(leg, entry)

    def _phone_dials(self, entry: Entry, event: ev.PhoneLegBegun) -> None:
        """An outgoing call begins at the desk, with its phone; the party is dialled when that is lifted."""
        main = self._drafts.get(event.call)
        if main is None:
            main = Draft(entry, "out", "outgoing")
            main.dialled = False
            self._asked.discard(event.call)
            self._begin(main, entry)
        else:
            main.apply(entry)
        leg = self._drafts.get(event.leg)
        if leg is not None and leg.main is None:
            self._adopt(main, leg, "phone")

    def _settle(self, draft: Draft) -> None:
        main = draft.root
        if not main.closed:
            return
        if main.kind == "phone":  # it dialled what nobody can call
            self._forget(main)
            return
        self._ready[main.call] = main.record()
        if all(member.closed or member.dead_since is not None for member in main.legs):
            self._forget(main)

    def _forget(self, main: Draft) -> None:
        for member in [main, *main.legs]:
            self._drafts.pop(member.call, None)
            self._done.append(member.call)
        self._closed[main.call] = main.record()
        if len(self._closed) > CLOSED_KEPT:
            del self._closed[next(iter(self._closed))]

    def _wrapped_up_late(self, entry: Entry, event: ev.AgentWrappedUp) -> None:
        wrap_up = wrap_up_of(event, entry.wall)
        record = self._closed.get(event.call)
        if record is None:
            self._late[event.call] = wrap_up
        else:
            self._closed[event.call] = self._ready[event.call] = replace(record, wrap_up=wrap_up, last_seq=entry.seq)

    # ---------------------------------------------------------------------------------------- engines come and go

    def _crash(self, entry: Entry, at_ns: int | None, reason: str, apart_from: Container[str] = ()) -> None:
        """These calls are over. Their records are handed out now, for the desk may be gone as well."""
        for draft in self._drafts.values():
            if draft.call not in apart_from and draft.dead_since is None:
                draft.crash(entry.seq, at_ns if entry.boot == draft.boot else None, reason)
        for draft in self._drafts.values():
            if draft.main is None and draft.dead_since is not None:
                self._ready[draft.call] = draft.record()

    def _bury(self, entry: Entry) -> None:
        """Crash the calls of an earlier start of the machine, and give up waiting for the desk's closing words."""
        if any(draft.boot != entry.boot for draft in self._drafts.values()):
            same = [draft.call for draft in self._drafts.values() if draft.boot == entry.boot]
            self._crash(entry, None, "the machine was started anew", apart_from=same)
        for draft in list(self._drafts.values()):
            if draft.main is None and draft.dead_since is not None and entry.seq - draft.dead_since > DEAD_ENTRIES:
                self._ready[draft.call] = draft.record()
                self._forget(draft)

    # ---------------------------------------------------------------------------------------- which call is meant

    def _meant(self, event: ev.Event) -> Draft | None:
        """The call of an event that names none."""
        if getattr(event, "call", None) is not None:
            return None
        match event:
            case ev.AgentLifted():
                return next((draft for draft in self._drafts.values() if draft.alerting), None)
            case ev.AgentHungUp() | ev.AgentMuted() | ev.AgentSentDigits() | ev.AgentMarkedStage():
                return self._in_talk()
            case _:
                return None

    def _in_talk(self) -> Draft | None:
        mine = [draft for draft in self._drafts.values() if draft.with_agent]
        return min(mine, key=lambda draft: (draft.held, draft.answered_ns is None), default=None)

    # ---------------------------------------------------------------------------------------- calls that meet

    def _adopt(self, main: Draft, leg: Draft, kind: LegKind) -> None:
        leg.main, leg.kind = main, kind
        main.legs.append(leg)

    def _tie(self, one: Draft, other: Draft, kind: LegKind) -> Draft:
        """Make the call that we dialled a leg of the other. Returns the call whose record tells of the meeting."""
        if one.root is other.root:
            return one.root
        one, other = one.root, other.root
        if one.direction == other.direction == "in":
            for this, that in ((one, other), (other, one)):
                if that.call not in this.related:
                    this.related.append(that.call)
            return one
        main, leg = sorted((one, other), key=lambda draft: (draft.direction != "in", draft.first_seq))
        for member in leg.legs:
            self._adopt(main, member, "phone" if member.kind == "phone" else "consultation")
        leg.legs.clear()
        self._adopt(main, leg, kind)
        return main

    def _transfer_asked(self, entry: Entry, event: ev.AgentTransferred) -> None:
        if event.target:
            draft = self._drafts.get(event.call) if event.call is not None else self._in_talk()
            if draft is not None:
                draft.touch(entry)
                draft.root.begin_transfer(event.at_ns, "blind", event.target)
            return
        mine = [draft for draft in self._drafts.values() if draft.with_agent]
        named, to_call = self._drafts.get(event.call or ""), self._drafts.get(event.to_call or "")
        draft = named or next((d for d in mine if d.held), None)
        other = to_call or next((d for d in mine if d is not draft and not d.held), None)
        if draft is not None and other is not None:
            draft.touch(entry)
            main = self._tie(draft, other, "consultation")
            main.begin_transfer(event.at_ns, "attended", (draft if other is main else other).party)

    def _transfer_progressed(self, entry: Entry, event: ev.TransferProgressed) -> None:
        draft = self._drafts.get(event.call)
        if draft is None:
            return
        draft.touch(entry)
        main = draft.root
        if not main.transfers:
            main.begin_transfer(event.at_ns, "blind", event.target)
        result = "pending" if not event.final else "succeeded" if 200 <= event.code < 300 else "failed"
        main.amend_transfer(result=result, code=event.code, reason=event.reason)
        main.mark(event.at_ns, "transfer", f"transfer to {event.target}: {event.code} {event.reason}".rstrip())

    def _joined(self, entry: Entry, event: ev.CallsJoined) -> None:
        one, other = self._drafts.get(event.call), self._drafts.get(event.other)
        if one is None or other is None:
            return
        one.touch(entry)
        other.touch(entry)
        main = self._tie(one, other, "conference" if event.with_agent else "consultation")
        partner = one if other is main else other
        if event.with_agent:
            main.mark(event.at_ns, "conference", f"conference with {partner.party}")
            return
        one.apart = other.apart = True
        main.mark(event.at_ns, "joined", f"connected to {partner.party} inside the seat")
        if partner.kind != "overflow":
            if not main.transfers or main.transfers[-1][1].result == "succeeded":
                main.begin_transfer(event.at_ns, "attended", partner.party)
            main.amend_transfer(result="joined")


def _wake_up(entry: Entry, event: ev.WakeUpCalled) -> Draft:
    """A call of the machine's, which begins with the wish for it: the engine's word comes after that."""
    draft = Draft(entry, "out", "outgoing")
    draft.dialled, draft.apart, draft.wake_up = False, True, event.wake_up
    return draft
