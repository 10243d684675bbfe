"""The desk phone as a face of the seat: what is dialled at it, its vendor's commands, its action URLs.

Calls of the phone are the desk's and the engine's business; this is what goes past SIP.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.phone_codes import DEFAULT_CODES, DIAL, topic_named, wished
from phoneetiquette.errors import CallError
from phoneetiquette.runtime.phone_commands import PhoneCommander
from phoneetiquette.runtime.phone_reports import PhoneReports, SeatPort

log = logging.getLogger(__name__)


class PhoneFace:
    """Everything runs on the loop.

    Args:
        codes: code -> what it asks for, whatever the dialplan says of it.
        dialled_uri: the SIP URI of what was dialled; empty: it cannot be called.
        commander: gives the vendor's commands.
        reports_at: what the phones' action URLs begin with; empty: there are none.
        hosts: addresses of the phones, each with the SIP URIs of those there.
    """

    def __init__(
        self,
        *,
        codes: Mapping[str, str],
        dialled_uri: Callable[[str], str],
        commander: PhoneCommander,
        reports_at: str,
        hosts: Mapping[str, Collection[str]],
    ) -> None:
        self._codes = codes
        self._dialled_uri = dialled_uri
        self._commander = commander
        self._reports_at = reports_at
        self._hosts = hosts
        self._tasks: set[asyncio.Task[None]] = set()
        self._seat: SeatPort

    @contextlib.asynccontextmanager
    async def serving(self, seat: SeatPort) -> AsyncIterator[None]:
        """At work for this seat while the block runs.

        Raises:
            PhoneEtiquetteError: the phones' reports cannot be taken at that address.
        """
        self._seat = seat
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._commander.close)
            if self._reports_at:
                await stack.enter_async_context(PhoneReports(seat, self.code, self._reports_at, self._hosts))
            yield

    def understood(
        self, event: e.PhoneCalled | e.PhoneReferred, topics: Sequence[str], codes: Mapping[str, str]
    ) -> e.PhoneCalled | e.PhoneReferred:
        """The event with what was dialled made out: a code, or whom to call. ``codes`` are those of the dialplan."""
        asks = self._asked_by(event.dialled, codes)
        if asks and not asks.startswith(DIAL):
            if isinstance(event, e.PhoneCalled):
                return dataclasses.replace(event, asks=asks)
            if asks.startswith("topic "):
                with contextlib.suppress(CallError):
                    return dataclasses.replace(event, topic=topic_named(asks, topics))
            return event  # a customer cannot be put through to what else codes ask for
        number = asks.removeprefix(DIAL) if asks.startswith(DIAL) else event.dialled
        return dataclasses.replace(event, target=self._dialled_uri(number))

    def dialled(self, call: e.CallId, asks: str) -> None:
        """The phone has dialled a code in this leg: do as it asks, and tell the phone how that went."""
        task = asyncio.create_task(self._carry_out(call, asks))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, call: e.CallId, asks: str) -> None:
        done = await self._wish(asks)
        self._seat.engine_event(e.PhoneCodeCarriedOut(at_ns=self._seat.now_ns(), call=call, done=done))

    async def code(self, code: str) -> bool:
        """A key of the phone asks for a code by its URL; whether that could be had."""
        plan = self._seat.snapshot()["dialplan"]
        asks = self._asked_by(code, plan["codes"] if plan else {})
        return bool(asks) and not asks.startswith(DIAL) and await self._wish(asks)

    def _asked_by(self, code: str, planned: Mapping[str, str]) -> str:
        """What a code asks for; empty: it is none."""
        return self._codes.get(code) or planned.get(code) or DEFAULT_CODES.get(code, "")

    async def _wish(self, asks: str) -> bool:
        now = self._seat.snapshot()
        plan = now["dialplan"]
        topics = [topic["name"] for topic in plan["topics"]] if plan else []
        try:
            await self._seat.submit(wished(asks, topics, self._seat.now_ns(), now["switches"]))
        except CallError as error:
            log.info("the desk phone asks for %s: %s", asks, error)
            return False
        return True

    def press(self, wish: c.PressPhone) -> None:
        """Have the phone answer by its vendor's command; what it said comes back as an event."""
        task = asyncio.create_task(self._press(wish))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _press(self, wish: c.PressPhone) -> None:
        code = await asyncio.wrap_future(self._commander.press(wish.phone))
        self._seat.engine_event(e.PhoneReplied(at_ns=self._seat.now_ns(), call=wish.call, asked="vendor", code=code))
