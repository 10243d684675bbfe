"""A store in memory, for tests and for looking at a journal without a database."""

from __future__ import annotations

from phoneetiquette.events import CallId
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.store import Query


class MemoryStore:
    """Honours :class:`phoneetiquette.records.store.Store`."""

    def __init__(self) -> None:
        self._records: dict[CallId, CallRecord] = {}
        self._checkpoints: dict[str, int] = {}

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

    def checkpoint(self, seat: str) -> int:
        return self._checkpoints.get(seat, 0)

    def set_checkpoint(self, seat: str, seq: int) -> None:
        self._checkpoints[seat] = seq

    def close(self) -> None:
        """Nothing to let go of."""
