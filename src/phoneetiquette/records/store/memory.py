"""A store in memory, for tests and for looking at a journal without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, tzinfo

from phoneetiquette.events import CallId
from phoneetiquette.figures.counting import Tally, Where, holds, tally, total
from phoneetiquette.figures.facts import CallFacts, answers, facts_of
from phoneetiquette.figures.report import FollowUps, Part
from phoneetiquette.followups.message import Message, Note
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.store import CLAIM_HOLDS, MessageQuery, Query, WakeUpQuery
from phoneetiquette.wakeups.wake_up import Note as WakeUpNote
from phoneetiquette.wakeups.wake_up import WakeUp, in_order


class MemoryStore:
    """Honours :class:`phoneetiquette.records.store.Store`."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone
        self._records: dict[CallId, CallRecord] = {}
        self._checkpoints: dict[str, int] = {}
        self._messages: dict[str, Message] = {}
        self._notes: dict[str, dict[str, Note]] = {}
        self._wake_ups: dict[str, WakeUp] = {}
        self._duties: dict[str, tuple[str, datetime]] = {}

    def put(self, record: CallRecord) -> None:
        self._records[record.call] = record

    def get(self, call: CallId) -> CallRecord | None:
        return self._records.get(call)

    def find(self, prefix: str, limit: int = 10) -> list[CallRecord]:
        return [self._records[call] for call in sorted(self._records) if call.startswith(prefix)][:limit]

    def query(self, query: Query) -> list[CallRecord]:
        found = [record for record in self._records.values() if query.matches(record)]
        found.sort(key=lambda record: (record.arrived, record.call), reverse=True)
        return found[: query.limit]

    def put_message(self, message: Message) -> None:
        self._messages.setdefault(message.id, message)

    def add_note(self, message: str, note: Note) -> None:
        self._notes.setdefault(message, {})[note.id] = note

    def replace_message(self, message: Message) -> None:
        self._messages[message.id] = replace(message, history=())
        self._notes[message.id] = {note.id: note for note in message.history}

    def calls_of(self, is_party: Callable[[str], bool]) -> list[CallId]:
        return [row.call for row in self._facts() if row.party and is_party(row.party)]

    def find_messages(self, prefix: str, limit: int = 10) -> list[Message]:
        return [self._whole(name) for name in sorted(self._messages) if name.startswith(prefix)][:limit]

    def messages(self, query: MessageQuery) -> list[Message]:
        found = [one for one in map(self._whole, self._messages) if query.matches(one)]
        if query.is_open:
            found.sort(key=lambda one: (one.due, one.id))
        else:
            found.sort(key=lambda one: (one.taken, one.id), reverse=True)
        return found[: query.limit]

    def _whole(self, name: str) -> Message:
        notes = sorted(self._notes.get(name, {}).values(), key=lambda note: (note.at, note.id))
        return replace(self._messages[name], history=tuple(notes))

    def put_wake_up(self, wake_up: WakeUp) -> None:
        known = self._wake_ups.get(wake_up.id, wake_up)
        self._wake_ups[wake_up.id] = _with_notes(wake_up, known.history)

    def replace_wake_up(self, wake_up: WakeUp) -> None:
        self._wake_ups[wake_up.id] = wake_up

    def add_wake_up_note(self, wake_up: str, note: WakeUpNote) -> bool:
        known = self._wake_ups.get(wake_up)
        if known is not None:
            self._wake_ups[wake_up] = _with_notes(known, (note,))
        return known is not None

    def wake_ups(self, query: WakeUpQuery) -> list[WakeUp]:
        found = [one for one in self._wake_ups.values() if query.matches(one)]
        return sorted(found, key=lambda one: (one.due, one.id))[: query.limit]

    def claim(self, duty: str, seat: str, now: datetime) -> bool:
        holder, since = self._duties.get(duty, (seat, now))
        if holder != seat and since >= now - CLAIM_HOLDS:
            return False
        self._duties[duty] = seat, now
        return True

    def tallies(
        self,
        first: date,
        last: date,
        part: Part | None = None,
        value: str | None = None,
        *,
        by_day: bool = False,  # noqa: ARG002 - here they always are
    ) -> list[tuple[date, str, Tally]]:
        gathered: dict[tuple[date, str], list[Tally]] = {}
        for row in self._facts():
            name = getattr(row, part) if part else ""
            if first <= row.day <= last and (name or not part) and value in (None, name):
                gathered.setdefault((row.day, name), []).append(tally(row))
        return [(day, name, total(tallies)) for (day, name), tallies in sorted(gathered.items())]

    def facts(
        self,
        where: Where,
        first: date,
        last: date,
        part: Part | None = None,
        value: str | None = None,
        limit: int = 200,
    ) -> list[CallFacts]:
        found = [
            row
            for row in self._facts()
            if first <= row.day <= last and holds(where, row) and (part is None or value in (None, getattr(row, part)))
        ]
        return sorted(found, key=lambda row: (row.day, row.arrived, row.call), reverse=True)[:limit]

    def followups(
        self, since: datetime, until: datetime, now: datetime, part: Part | None = None, value: str | None = None
    ) -> FollowUps:
        if part in ("line", "agent") and value is not None:
            return FollowUps()
        found = [
            one
            for one in self.messages(MessageQuery(since=since, until=until))
            if part is None or value in (None, getattr(one, part))
        ]
        late = [one for one in found if one.in_time is False]
        overdue = [one for one in found if one.is_overdue(now)]
        return FollowUps(
            taken=len(found),
            in_time=sum(one.in_time is True for one in found),
            late=len(late),
            overdue=len(overdue),
            open=sum(one.is_open for one in found) - len(overdue),
            delay_told=sum(any(note.what == "delay_told" for note in one.history) for one in late + overdue),
        )

    def forget(self, before: datetime) -> int:
        """Here the sums go with the calls they are made of."""
        old = [record.call for record in self._records.values() if record.arrived < before]
        for call in old:
            del self._records[call]
        for message in self.messages(MessageQuery(is_open=False)):
            if message.settled and message.settled < before:
                del self._messages[message.id]
                self._notes.pop(message.id, None)
        for wake_up in self.wake_ups(WakeUpQuery(is_open=False, until=before)):
            del self._wake_ups[wake_up.id]
        return len(old)

    def count_earlier(self, limit: int) -> int:  # noqa: ARG002
        return 0

    def _facts(self) -> list[CallFacts]:
        ended = [one for one in self._records.values() if one.ended is not None and not one.wake_up]
        rows = [facts_of(record, lambda moment: moment.astimezone(self._zone).date()) for record in ended]
        rows.sort(key=lambda row: row.arrived)
        return [
            replace(row, called_back=next((later.call for later in rows if answers(later, row)), "")) for row in rows
        ]

    def checkpoint(self, seat: str) -> int:
        return self._checkpoints.get(seat, 0)

    def set_checkpoint(self, seat: str, seq: int) -> None:
        self._checkpoints[seat] = seq

    def close(self) -> None:
        """Nothing to let go of."""


def _with_notes(wake_up: WakeUp, notes: tuple[WakeUpNote, ...]) -> WakeUp:
    every = {note.id: note for note in (*wake_up.history, *notes)}
    return replace(wake_up, history=tuple(sorted(every.values(), key=in_order)))
