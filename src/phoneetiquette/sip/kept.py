"""Commands kept until their moment. Pure."""

from __future__ import annotations

import heapq

from phoneetiquette.commands import CallCommand, CancelKept, Command


class KeptCommands:
    """A timetable of commands; one with the same call and slot replaces the earlier."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Command]] = []
        self._current: dict[tuple[str, str], int] = {}
        self._serial = 0

    def keep(self, command: Command) -> None:
        """Keep ``command`` until its ``not_before_ns``."""
        self._serial += 1
        heapq.heappush(self._heap, (command.not_before_ns, self._serial, command))
        slot = _slot(command)
        if slot:
            self._current[slot] = self._serial

    def cancel(self, wish: CancelKept) -> None:
        """Forget what is kept for a call, or for one slot of it."""
        for slot in [s for s in self._current if s[0] == wish.call and wish.slot in ("", s[1])]:
            del self._current[slot]

    def replaced_by(self, command: Command) -> None:
        """``command`` is carried out now: what its slot kept is void."""
        slot = _slot(command)
        if slot:
            self._current.pop(slot, None)

    def next_ns(self) -> int | None:
        """The moment of the earliest command."""
        self._skip_void()
        return self._heap[0][0] if self._heap else None

    def due(self, now_ns: int) -> Command | None:
        """The next command whose moment has come, taken out."""
        self._skip_void()
        if not self._heap or self._heap[0][0] > now_ns:
            return None
        command = heapq.heappop(self._heap)[2]
        self.replaced_by(command)
        return command

    def _skip_void(self) -> None:
        while self._heap:
            _, serial, command = self._heap[0]
            slot = _slot(command)
            if slot is None or self._current.get(slot) == serial:
                return
            heapq.heappop(self._heap)


def _slot(command: Command) -> tuple[str, str] | None:
    return (command.call, command.slot) if isinstance(command, CallCommand) and command.slot else None
