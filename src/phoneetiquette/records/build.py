"""Call records out of journal entries: which events belong to which call, and when a record is complete. Pure."""

from __future__ import annotations

from typing import Literal

from phoneetiquette import events as ev
from phoneetiquette.records.draft import Draft
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import CallRecord


class RecordBuilder:
    """Feed it the entries of one seat in order; take out the records that became complete.

    A record is complete when ``CallClosed`` was read. Calls whose engine is gone are completed without it, as ended by
    ``crash``: at the moment ``EngineLost`` tells, otherwise (another engine or another start of the machine speaks, or
    the desk says ``CallEnded(by="crash")``) at the last moment the call was heard of. A refused call is so at once.

    A leg stays inside the record of the call it belongs to: an overflow, and a call dialled by us as soon as it is
    joined with that call or named as the target of its transfer. Two incoming calls that are joined keep a record each.

    A record may be handed out again with more in it; the later one replaces the earlier.
    """

    def __init__(self) -> None:
        self._drafts: dict[ev.CallId, Draft] = {}
        self._asked: set[ev.CallId] = set()
        """Calls the receptionist wants dialled and that are not dialled yet; one dialled unasked is an overflow."""
        self._ready: dict[ev.CallId, CallRecord] = {}
        self._engine: tuple[str, int] | None = None
        self._last_seq = 0

    def feed(self, entry: Entry) -> None:
        """Take the next entry. One that fits no known call (its beginning was not read) changes nothing."""
        self._last_seq = entry.seq
        self._bury_calls_of_other_boots(entry.boot)
        event = entry.event
        match event:
            case ev.CallArrived() | ev.CallRefused() | ev.CallDialled() if event.call in self._drafts:
                pass  # told again by an engine that main attached to anew
            case ev.CallArrived() | ev.CallRefused():
                self._begin(Draft(entry, "in", "incoming"), entry)
            case ev.CallDialled():
                self._dialled(entry, event)
            case ev.AgentDialled():
                self._asked.add(event.call)
            case ev.EngineStarted():
                self._engine_started(entry.boot, event.pid)
            case ev.EngineLost():
                self._engine_lost(event.at_ns, event.status)
            case ev.AgentTransferred():
                self._transfer_asked(entry, event)
            case ev.TransferProgressed():
                self._transfer_progressed(entry, event)
            case ev.CallsJoined():
                self._joined(entry, event)
            case ev.AgentConferenced():
                pass  # what came of it is told by CallsJoined
            case _:
                draft = self._concerned(event)
                if draft is not None:
                    draft.apply(entry)
                    self._settle(draft)

    def completed(self) -> list[CallRecord]:
        """Records that became complete, or more complete, since the last call of this."""
        ready, self._ready = list(self._ready.values()), {}
        return ready

    def open_calls(self) -> list[CallRecord]:
        """Calls that have no ``CallClosed`` yet, as far as they got. Their open legs have ``ended_ms`` ``None``."""
        return [draft.record() for draft in self._drafts.values() if draft.main is None and not draft.closed]

    @property
    def settled_seq(self) -> int:
        """Everything up to this entry is in completed records: reading can start anew after it."""
        return min((draft.first_seq - 1 for draft in self._drafts.values()), default=self._last_seq)

    # ---------------------------------------------------------------------------------------- begin and end

    def _begin(self, draft: Draft, entry: Entry) -> None:
        self._drafts[draft.call] = draft
        draft.apply(entry)
        self._settle(draft)

    def _dialled(self, entry: Entry, event: ev.CallDialled) -> None:
        main = None if event.call in self._asked else self._waiting_for_overflow(event.target)
        self._asked.discard(event.call)
        draft = Draft(entry, "out", "outgoing")
        if main is not None:
            self._adopt(main, draft, "overflow")
        self._begin(draft, entry)

    def _waiting_for_overflow(self, target: str) -> Draft | None:
        waiting = [
            draft
            for draft in self._drafts.values()
            if draft.deadline is not None and draft.deadline.action == "overflow" and draft.ended_ns is None
        ]
        return next((d for d in waiting if d.deadline and d.deadline.target == target), waiting[0] if waiting else None)

    def _settle(self, draft: Draft) -> None:
        main = draft.root
        if not main.closed:
            return
        self._ready[main.call] = main.record()
        if all(member.closed for member in main.legs):
            self._forget(main)

    def _forget(self, main: Draft) -> None:
        for member in [main, *main.legs]:
            self._drafts.pop(member.call, None)

    # ---------------------------------------------------------------------------------------- engines come and go

    def _engine_lost(self, at_ns: int, status: str) -> None:
        for draft in self._drafts.values():
            draft.crash(at_ns, f"engine lost: {status}")
        self._hand_out_dead()

    def _engine_started(self, boot: str, pid: int) -> None:
        another = self._engine is not None and self._engine != (boot, pid)
        self._engine = (boot, pid)
        for draft in self._drafts.values():
            if another:
                draft.crash(None, "another engine took over")
        self._hand_out_dead()
        for draft in [d for d in self._drafts.values() if d.dead and d.main is None]:
            self._forget(draft)
        self._asked.clear()

    def _bury_calls_of_other_boots(self, boot: str) -> None:
        others = [draft for draft in self._drafts.values() if draft.boot != boot and not draft.dead]
        for draft in others:
            draft.crash(None, "the machine was started anew")
        if others:
            self._hand_out_dead()

    def _hand_out_dead(self) -> None:
        for draft in self._drafts.values():
            if draft.dead and draft.main is None:
                self._ready[draft.call] = draft.record()

    # ---------------------------------------------------------------------------------------- which call is meant

    def _concerned(self, event: ev.Event) -> Draft | None:
        call: ev.CallId | None = getattr(event, "call", None)
        if call is not None:
            return self._drafts.get(call)
        match event:
            case ev.AgentLifted():
                return next((draft for draft in self._drafts.values() if draft.alerting), None)
            case ev.AgentHungUp() | ev.AgentMuted() | ev.AgentSentDigits() | ev.AgentMarkedStage():
                return self._in_talk()
            case _:
                return None

    def _in_talk(self) -> Draft | None:
        talking = [draft for draft in self._drafts.values() if draft.talking]
        return max(talking, key=lambda draft: draft.answered_ns or 0, default=None)

    # ---------------------------------------------------------------------------------------- calls that meet

    def _adopt(self, main: Draft, leg: Draft, kind: Literal["consultation", "overflow", "conference"]) -> None:
        leg.main, leg.kind = main, kind
        main.legs.append(leg)

    def _tie(self, one: Draft, other: Draft, kind: Literal["consultation", "conference"]) -> Draft:
        """Make the call that we dialled a leg of the other. Returns the call whose record tells of the meeting."""
        if one.root is other.root:
            return one.root
        one, other = one.root, other.root
        if one.direction == other.direction == "in":
            one.related.append(other.call)
            other.related.append(one.call)
            return one
        main, leg = sorted((one, other), key=lambda draft: (draft.direction != "in", draft.first_seq))
        for member in leg.legs:
            self._adopt(main, member, "consultation")
        leg.legs.clear()
        self._adopt(main, leg, kind)
        return main

    def _transfer_asked(self, entry: Entry, event: ev.AgentTransferred) -> None:
        draft = self._drafts.get(event.call) if event.call is not None else self._in_talk()
        if draft is None:
            return
        draft.touch(entry)
        if event.to_call is None:
            draft.root.begin_transfer(event.at_ns, "blind", event.target)
            return
        other = self._drafts.get(event.to_call)
        if other is not None:
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
        main.mark(event.at_ns, "joined", f"connected to {partner.party} inside the seat")
        if partner.kind != "overflow":
            if not main.transfers or main.transfers[-1][1].result == "succeeded":
                main.begin_transfer(event.at_ns, "attended", partner.party)
            main.amend_transfer(result="joined")
