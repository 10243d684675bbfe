"""A store in memory, for tests and for looking at a journal without a database."""

from __future__ import annotations

from dataclasses import replace

from phoneetiquette.events import CallId
from phoneetiquette.followups.message import Message, Note
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.store import MessageQuery, Query


class MemoryStore:
    """Honours :class:`phoneetiquette.records.store.Store`."""

    def __init__(self) -> None:
        self._records: dict[CallId, CallRecord] = {}
        self._checkpoints: dict[str, int] = {}
        self._messages: dict[str, Message] = {}
        self._notes: dict[str, dict[str, Note]] = {}

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

    def checkpoint(self, seat: str) -> int:
        return self._checkpoints.get(seat, 0)

    def set_checkpoint(self, seat: str, seq: int) -> None:
        self._checkpoints[seat] = seq

    def close(self) -> None:
        """Nothing to let go of."""
