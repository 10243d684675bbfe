"""Server-sent events: each open page has a mailbox in which the latest news replaces older news.

What waits in a mailbox is at most one mark "the state has changed" and one set of measures per call, so a page that
has stopped reading costs nothing more with time; when it reads again it gets the state of that moment.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from phoneetiquette.console.desk_port import DeskPort
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.events import CallId

HEARTBEAT_S = 15.0
RETRY_MS = 1000
PAGES = 32
"""Open pages at a time; more than this is a program gone wrong."""


class Mailbox:
    """A :class:`~phoneetiquette.console.desk_port.DeskListener` that keeps the latest news only. Loop's thread."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._measures: dict[CallId, dict[str, Any]] = {}
        self._state_due = False
        self.closed = False
        self.state_changed()

    def state_changed(self) -> None:
        self._state_due = True
        self._measures.clear()  # the snapshot holds them, and calls that have gone
        self._news.set()

    def measures_taken(self, call: CallId, measures: dict[str, Any]) -> None:
        if not self._state_due:
            self._measures[call] = measures
        self._news.set()

    def close(self) -> None:
        self.closed = True
        self._news.set()

    def wake(self) -> None:
        """Let the page's stream look whether it may go on."""
        self._news.set()

    async def wait(self) -> None:
        """Until there is something to take, or the mailbox is closed."""
        await self._news.wait()

    def take(self, desk: DeskPort) -> bytes:
        """Everything that waits, as it goes over the wire."""
        self._news.clear()
        if self._state_due:
            self._state_due = False
            return _event("state", desk.snapshot())
        waiting, self._measures = self._measures, {}
        return b"".join(_event("measures", {"call": call, "measures": taken}) for call, taken in waiting.items())


class Feeds:
    """The open pages of one console."""

    def __init__(self, desk: DeskPort, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._desk = desk
        self._heartbeat_s = heartbeat_s
        self._open: set[Mailbox] = set()

    def __len__(self) -> int:
        return len(self._open)

    def close(self) -> None:
        """End all streams, so that the server can stop."""
        for mailbox in self._open:
            mailbox.close()

    def look_again(self) -> None:
        """Somebody has logged out: streams that may not go on end now."""
        for mailbox in self._open:
            mailbox.wake()

    def check_room(self) -> None:
        """
        Raises:
            PhoneEtiquetteError: too many pages are open.
        """
        if len(self._open) >= PAGES:
            raise PhoneEtiquetteError(f"{PAGES} pages are connected already", "close some of them")

    async def stream(self, may_go_on: Callable[[], bool] = lambda: True) -> AsyncGenerator[bytes, None]:
        """One page's events, the whole state first, until the page leaves or :meth:`close`, or ``may_go_on`` denies it,
        which is asked before each event and with each heartbeat."""
        mailbox = Mailbox()
        self._open.add(mailbox)
        self._desk.subscribe(mailbox)
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            while not mailbox.closed:
                try:
                    async with asyncio.timeout(self._heartbeat_s):
                        await mailbox.wait()
                except TimeoutError:
                    if may_go_on():
                        yield b": here\n\n"
                        continue
                if not may_go_on():
                    return
                if not mailbox.closed:
                    yield mailbox.take(self._desk)
        finally:
            self._desk.unsubscribe(mailbox)
            self._open.discard(mailbox)


def as_json(value: object) -> bytes:
    """ASCII on one line: a caller's name may hold anything, lone surrogates and line separators included."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def _event(kind: str, data: dict[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), as_json(data))
