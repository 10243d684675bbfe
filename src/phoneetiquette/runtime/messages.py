"""The messages of a running seat: taken, listed, answered. What happens to them goes the way of all events."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from phoneetiquette import events as e
from phoneetiquette.config import Config
from phoneetiquette.dialplan.public_holidays import is_working_day
from phoneetiquette.errors import CallError
from phoneetiquette.followups.book import Book, Wanted
from phoneetiquette.followups.form import MessageForm, Site, checked
from phoneetiquette.followups.message import Message, message_object
from phoneetiquette.followups.promise import Promise
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.form_drafts import FormDrafts
from phoneetiquette.runtime.dialplan import moment


def site_of(config: Config, planned: Site | None) -> Site:
    """What messages are checked against: the dialplan's site, else the country of the pickup."""
    return planned or Site(country=config.pickup.country, services={}, topics={})


def promise_of(config: Config, planned: Site | None) -> Promise:
    """By when messages are to be answered."""
    site = site_of(config, planned)
    if config.messages.days == "calendar":
        return Promise(site.zone)
    return Promise(site.zone, lambda day: is_working_day(day, site.country, site.region))


class Desk(Protocol):
    """What is asked of the seat."""

    async def submit(self, event: e.Event) -> None: ...

    def now_ns(self) -> int: ...

    def new_call_id(self) -> e.CallId: ...


class MessageDesk:
    """Every method runs on the seat's loop, but for what the drafts write."""

    def __init__(self, directory: Path, site: Callable[[], Site], promise: Callable[[], Promise]) -> None:
        """``directory`` is the seat's; ``site`` and ``promise`` tell what holds now, for the dialplan may change."""
        self.book = Book()
        self._site = site
        self._promise = promise
        self._drafts = FormDrafts(directory / "drafts")
        self._desk: Desk | None = None
        self._told: Callable[[], None] = lambda: None
        self._deliver: Callable[[str], int] = lambda _: 0
        self._noting: set[asyncio.Task[None]] = set()
        self._counts: dict[str, int] = {}
        self._counted_at = (-1, 0)

    def attach(
        self, desk: Desk, told: Callable[[], None] = lambda: None, deliver: Callable[[str], int] = lambda _: 0
    ) -> None:
        """The seat; before any message is taken. ``told`` is called whenever a message is another one, ``deliver``
        tries again what could not be delivered about one."""
        self._desk, self._told, self._deliver = desk, told, deliver

    # -------------------------------------------------------------------------------------------- what the seat tells

    def dated(self, event: e.Event) -> e.Event:
        """The event as it is journalled: a message with the moment by which it is due."""
        if isinstance(event, e.MessageTaken) and not event.due:
            due = self._promise().due(moment(event.at_ns))
            return dataclasses.replace(event, due=due.isoformat(timespec="seconds"))
        return event

    def take_in(self, entry: Entry) -> None:
        """An entry was journalled, or has been read at the start."""
        if self.book.feed(entry):
            self._told()

    def settle(self) -> None:
        """Messages that a connected call has answered are so by its record: their histories are told."""
        for message, call in self.book.answered_by_call():
            self._note_soon(message, "answered", text="by telephone", call=call)

    async def finish(self) -> None:
        """What was to be told is journalled when this returns; before the journal is closed."""
        await asyncio.gather(*self._noting)

    def merge(self, messages: Iterable[Message]) -> None:
        """What the store knows of messages, those of other seats among them."""
        for message in messages:
            self.book.merge(message)
        self._told()

    def as_snapshot(self) -> dict[str, Any]:
        """How many messages are open, due within a day, and overdue; at most a minute old."""
        now = self.now()
        at = (self.book.version, int(now.timestamp() // 60))
        if at != self._counted_at:  # the page asks with every event of a call
            wanted: tuple[Wanted, ...] = ("open", "due", "overdue")
            self._counts = {name: len(self.book.messages(name, now)) for name in wanted}
            self._counted_at = at
        return dict(self._counts)

    async def record(self, message: str, what: e.Happened, text: str) -> None:
        """Add what the program itself did to a message's history."""
        await self._note(message, what, text=text)

    def now(self) -> datetime:
        """The wall clock."""
        return moment(self._seat.now_ns())

    # ---------------------------------------------------------------------------------------------- what people do

    async def take(self, form: MessageForm, call: e.CallId | None) -> str:
        """A message was written down in ``call`` (``None``: in none); its id.

        Raises:
            FormError: it is not complete.
        """
        form = checked(form, self._site())
        name = uuid.uuid4().hex
        fields = {field.name: getattr(form, field.name) for field in dataclasses.fields(form)}
        await self._seat.submit(e.AgentTookMessage(at_ns=self._seat.now_ns(), message=name, call=call, **fields))
        return name

    def get(self, message: str) -> dict[str, Any] | None:
        """The message as :func:`message_object` gives it; ``None``: there is none."""
        found = self.book.get(message)
        return None if found is None else message_object(found, self.now())

    def messages(self, wanted: Wanted, limit: int) -> list[dict[str, Any]]:
        now = self.now()
        return [message_object(one, now) for one in self.book.messages(wanted, now)[:limit]]

    async def note(self, message: str, what: e.Happened, who: str, text: str) -> None:
        """Add to the history of an open message.

        Raises:
            CallError: there is none, or it is answered or closed.
        """
        self._open(message)
        await self._note(message, what, who, text)

    async def call(self, message: str) -> e.CallId:
        """Dial the customer of an open message back; the call's id. Once it is connected, the message is answered.

        Raises:
            CallError: there is no number, or it cannot be dialled now.
        """
        phone = self._open(message).phone
        if not phone:
            raise CallError("the message has no telephone number", "answer it by e-mail")
        call = self._seat.new_call_id()
        await self._seat.submit(e.AgentDialled(at_ns=self._seat.now_ns(), call=call, target=phone))
        await self._note(message, "called", call=call)
        return call

    def deliver(self, message: str) -> int:
        """Try again what could not be delivered about it; how many."""
        return self._deliver(message)

    # ----------------------------------------------------------------------------------------------- half-typed ones

    def drafts(self) -> dict[str, dict[str, str]]:
        """Half-typed forms by key."""
        return self._drafts.all()

    async def put_draft(self, key: str, text: dict[str, str]) -> None:
        """Keep a half-typed form; it is on disk when this returns.

        Raises:
            DraftError: it is too large, or there are too many.
            StoreError: the disk cannot be written.
        """
        await asyncio.to_thread(self._drafts.put, key, text)

    async def delete_draft(self, key: str) -> bool:
        """Forget one; whether there was one."""
        return await asyncio.to_thread(self._drafts.delete, key)

    # -------------------------------------------------------------------------------------------------------- within

    @property
    def _seat(self) -> Desk:
        assert self._desk is not None, "attached before anything is taken"
        return self._desk

    def _open(self, message: str) -> Message:
        found = self.book.get(message)
        if found is None:
            raise CallError("there is no such message", "phoneetiquette messages lists them")
        if not found.is_open:
            raise CallError(f"the message is {found.state} already")
        return found

    def _note_soon(self, message: str, what: e.Happened, who: str = "", text: str = "", call: e.CallId = "") -> None:
        task = asyncio.get_running_loop().create_task(self._note(message, what, who, text, call))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _note(self, message: str, what: e.Happened, who: str = "", text: str = "", call: e.CallId = "") -> None:
        now = self._seat.now_ns()
        await self._seat.submit(e.MessageNoted(at_ns=now, message=message, what=what, who=who, text=text, call=call))
