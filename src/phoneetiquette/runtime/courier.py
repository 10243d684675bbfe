"""Sees to it that messages reach who is responsible, and that nobody forgets them: deliveries, reminders, escalation.

What is owed is worked out from the messages' histories, again at every start, so nothing depends on this process
staying alive. Runs on the seat's loop; the sending is done in threads of :mod:`phoneetiquette.notify`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from phoneetiquette import events as e
from phoneetiquette.errors import PhoneEtiquetteError, StoreError
from phoneetiquette.followups.book import Book
from phoneetiquette.followups.deadlines import OVERDUE, next_step, step_due, steps
from phoneetiquette.followups.form import Site
from phoneetiquette.followups.message import Message
from phoneetiquette.followups.parcel import (
    Channel,
    Parcel,
    delivery_mail,
    delivery_webhook,
    escalation_mail,
    reminder_mail,
    step_webhook,
)
from phoneetiquette.followups.promise import Promise
from phoneetiquette.notify.delivery import Delivery, Result, Send
from phoneetiquette.notify.outbox import Outbox

log = logging.getLogger(__name__)

TROUBLE = "messages.delivery"
AFTER_FAULT_S = 60.0
LONGEST_SLEEP_S = 600.0
"""The wall clock may be set, and a laptop sleeps: it is looked at so often at least."""

TAKE_OVER = timedelta(minutes=30)
"""So late, a step of another seat's message is taken: that seat does not run. A seat itself asks from half of that on
whether another has; what it does sooner the others know in time."""

Claim = Callable[[str], Awaitable[bool]]
"""Whether this seat is the one to do something that any seat may do; raises ``StoreError``."""

Note = Callable[[str, e.Happened, str], Awaitable[None]]
"""Adds to a message's history: id, what, text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Where messages are sent, besides the address of the responsible service."""

    mail: bool = False
    """There is a mail server."""
    to: str = ""
    """For messages whose service has no address."""
    escalate_to: str = ""
    webhook: bool = False


class Courier:
    """Delivers the seat's own messages; of the reminders of others it takes those that their seats leave undone."""

    def __init__(
        self,
        seat: str,
        book: Book,
        outbox: Outbox,
        ways: Mapping[Channel, Send],
        routes: Routes,
        *,
        site: Callable[[], Site],
        promise: Callable[[], Promise],
        note: Note,
        trouble: Callable[[str, PhoneEtiquetteError | None], None],
        now: Callable[[], datetime],
        refresh: Callable[[], None] = lambda: None,
        claim: Claim | None = None,
    ) -> None:
        """``refresh`` asks for what other seats have done about messages; the book has it soon after. ``claim`` says
        who is to do what several could; ``None``: there is but this seat."""
        self._claim = claim
        self._refresh = refresh
        self._seat = seat
        self._book = book
        self.outbox = outbox
        self._routes = routes
        self._site, self._promise = site, promise
        self._note, self._trouble, self._now = note, trouble, now
        self._delivery = Delivery(outbox, ways, self._told)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._results: set[asyncio.Task[None]] = set()
        self._told_trouble: str | None = None

    def start(self) -> None:
        """Take up what was left, and begin."""
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run())

    async def stop(self) -> None:
        """End. What is not delivered by now waits for the next start."""
        if self._task:
            self._task.cancel()
        await asyncio.to_thread(self._delivery.stop)
        await asyncio.gather(*self._results, return_exceptions=True)

    def look_again(self) -> None:
        """Something has happened to a message. Returns at once."""
        self._news.set()

    async def look(self) -> float:
        """Put what is owed now into the outbox; seconds until there may be more."""
        now = self._now()
        promise = self._promise()
        wait = timedelta(seconds=LONGEST_SLEEP_S)
        for message in self._book.messages("open", now):
            if message.is_anonymous:
                continue
            for parcel in self._undelivered(message, now) if message.seat == self._seat else ():
                await self.put(parcel)
            step = step_due(message, promise, now)
            if step and await self._is_ours(message, step, now - dict(steps(message, promise))[step]):
                for parcel in self._step(message, step, now):
                    await self.put(parcel)
                await self._note(message.id, "escalated" if step == OVERDUE else "reminded", step)
            following = next_step(message, promise, now)
            if following is not None:
                wait = min(wait, following - now)
        await self._forget_settled()
        return max(0.0, wait.total_seconds())

    async def _is_ours(self, message: Message, step: str, late: timedelta) -> bool:
        """Whether this seat takes a step that is due."""
        own = message.seat == self._seat
        if own and late < TAKE_OVER / 2:
            return True
        if self._claim is None or (late < TAKE_OVER and not own):
            return own
        try:
            return await self._claim(f"{message.id}-{step.replace(' ', '')}")
        except StoreError as error:
            log.warning("%s", error)
            return own  # no other seat can have asked

    async def _forget_settled(self) -> None:
        """What nobody needs any more: of a settled message all but a delivery that is still tried, and old hooks."""
        forgotten = await asyncio.to_thread(self.outbox.remove_old_hooks)
        for waiting in self.outbox.all():
            purpose = waiting.parcel.purpose
            if purpose in ("reminder", "escalation") or (purpose == "delivery" and waiting.dead):
                settled = self._book.get(waiting.parcel.message)
                if settled is not None and not settled.is_open:
                    await asyncio.to_thread(self.outbox.remove, waiting.parcel.id)
                    forgotten += 1
        if forgotten:
            self._tell_trouble()

    async def _run(self) -> None:
        await asyncio.to_thread(self._promise().due, self._now())  # loads what knows holidays, outside the loop
        await self._forget_delivered()
        first = True
        while True:
            self._news.clear()
            try:
                wait_s = await self.look()
            except Exception:  # nobody must be forgotten because of one message
                log.exception("messages could not be looked after; trying again")
                wait_s = AFTER_FAULT_S
            if first:
                self._delivery.start()
                self._tell_trouble()
                first = False
            try:
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            except TimeoutError:
                self._refresh()

    async def _forget_delivered(self) -> None:
        """What was journalled as delivered, and not removed any more before the end."""
        for waiting in self.outbox.all():
            message = self._book.get(waiting.parcel.message)
            if message and waiting.parcel.purpose == "delivery" and _is_delivered(message, waiting.parcel.channel):
                await asyncio.to_thread(self.outbox.remove, waiting.parcel.id)

    def _undelivered(self, message: Message, now: datetime) -> list[Parcel]:
        parcels = []
        to = self._address(message)
        if self._routes.mail and to and not _is_delivered(message, "mail"):
            parcels.append(delivery_mail(message, to, self._site().zone))
        if self._routes.webhook and not _is_delivered(message, "webhook"):
            parcels.append(delivery_webhook(message, now))
        return [parcel for parcel in parcels if parcel.id not in self.outbox]

    def _step(self, message: Message, step: str, now: datetime) -> list[Parcel]:
        parcels = []
        to = self._address(message)
        zone = self._site().zone
        if self._routes.mail and step == OVERDUE and (self._routes.escalate_to or to):
            parcels.append(escalation_mail(message, self._routes.escalate_to or to, zone))
        elif self._routes.mail and to:
            parcels.append(reminder_mail(message, to, zone, step))
        if self._routes.webhook:
            parcels.append(step_webhook(message, step, now))
        return parcels

    def _address(self, message: Message) -> str:
        service = self._site().services.get(message.service)
        return (service.email if service else "") or self._routes.to

    async def put(self, parcel: Parcel) -> None:
        """Hand over something to be delivered, about a message or not; that it cannot be kept is told."""
        try:
            await asyncio.to_thread(self.outbox.put, parcel)
        except StoreError as error:
            self._tell(error)

    # ---------------------------------------------------------------------------------------- how deliveries went

    def _told(self, result: Result) -> None:
        """Called from the threads that deliver."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._begin, result)

    def _begin(self, result: Result) -> None:
        task = asyncio.get_running_loop().create_task(self._take_result(result))
        self._results.add(task)
        task.add_done_callback(self._results.discard)

    async def _take_result(self, result: Result) -> None:
        parcel = result.parcel
        if result.error is None:
            if parcel.purpose == "delivery":
                where = f"mail to {parcel.to}" if parcel.channel == "mail" else parcel.channel
                await self._note(parcel.message, "delivered", where)
            await asyncio.to_thread(self.outbox.remove, parcel.id)
        elif result.dead and parcel.purpose == "delivery":
            await self._note(parcel.message, "undelivered", f"{parcel.channel}: {result.error}")
        self._tell_trouble()

    def _tell_trouble(self) -> None:
        failing = [waiting for waiting in self.outbox.all() if waiting.attempts]
        if not failing:
            self._tell(None)
            return
        dead = sum(waiting.dead for waiting in failing)
        many = "1 delivery waits" if len(failing) == 1 else f"{len(failing)} deliveries wait"
        many += f", {dead} given up" if dead else ""
        advice = "phoneetiquette messages undelivered shows them"
        self._tell(PhoneEtiquetteError(f"{many}: {failing[-1].error}", advice))

    def _tell(self, trouble: PhoneEtiquetteError | None) -> None:
        """Only what is another one: each is journalled."""
        told = str(trouble or "")
        if told != self._told_trouble:
            self._told_trouble = told
            self._trouble(TROUBLE, trouble)


def _is_delivered(message: Message, channel: Channel) -> bool:
    return any(note.what == "delivered" and note.text.startswith(channel) for note in message.history)
