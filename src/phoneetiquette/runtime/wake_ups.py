"""The wake-up calls of a running seat: set at the desk, made when their time has come, by the wall clock.

What is to be done is worked out from the histories alone, again at every start, so nothing depends on this process
staying alive: an attempt is journalled before it leaves, and one that has no call any more is over.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from phoneetiquette import events as e
from phoneetiquette.audio import sound_cache
from phoneetiquette.config import Config
from phoneetiquette.config.wake_up_schema import ROOM
from phoneetiquette.directory.contacts import Contact
from phoneetiquette.errors import CallError
from phoneetiquette.followups.form import Site
from phoneetiquette.followups.parcel import Parcel, one_line
from phoneetiquette.ivr import wake_up_words
from phoneetiquette.records.entry import Entry
from phoneetiquette.wakeups.book import WakeUpBook
from phoneetiquette.wakeups.form import ReadBack, WakeUpForm, WakeUpFormError, chosen, read_back
from phoneetiquette.wakeups.rules import Rules, due, next_moment
from phoneetiquette.wakeups.wake_up import WakeUp, wake_up_object

log = logging.getLogger(__name__)

LONGEST_SLEEP_S = 30.0
"""The wall clock may be set, and a laptop sleeps: it is looked at so often at least."""
BLOCKED_S = 1.0
"""So soon it is tried again when no line was free, or no engine ready."""
AFTER_FAULT_S = 10.0
PREPARED = timedelta(minutes=10)
"""So long before it is due, what is said is made, if it is not there."""

Speak = Callable[[Iterable[tuple[str, str]]], Awaitable[None]]
"""Makes the sounds of texts, each with its language, and the beep."""


class Desk(Protocol):
    """What is asked of the seat."""

    async def submit(self, event: e.Event) -> None: ...

    def has_call(self, call: e.CallId) -> bool:
        """Whether the desk has this call, over or not."""

    def sound_alarm(self, on: bool) -> None:
        """Ring at the desk, for a guest whom nobody could wake."""

    def now_ns(self) -> int: ...

    def new_call_id(self) -> e.CallId: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUpSettings:
    """What the configuration says of wake-up calls."""

    rules: Rules
    rings_s: float
    target: Callable[[str], str]
    """The SIP URI of a room's telephone; raises ``PhoneEtiquetteError``."""
    mail_to: str = ""
    webhook: bool = False


def wake_up_settings(config: Config) -> WakeUpSettings | None:
    """``None``: there are no wake-up calls."""
    wakeups = config.wakeups
    pattern = wakeups.call
    if pattern is None:
        return None
    mail_to = wakeups.mail_to if wakeups.mail_to and config.messages.smtp else ""
    tells = bool(mail_to) or config.messages.webhook is not None
    return WakeUpSettings(
        rules=Rules(
            attempts=wakeups.attempts,
            apart=timedelta(seconds=wakeups.apart_s),
            grace=timedelta(seconds=wakeups.grace_s),
            at_once=wakeups.at_once,
            tell_after=timedelta(seconds=wakeups.tell_after_s) if tells else None,
        ),
        rings_s=wakeups.ring_s,
        target=lambda room: config.dial(pattern.replace(ROOM, room)),
        mail_to=mail_to or "",
        webhook=config.messages.webhook is not None,
    )


def hotel_zone(config: Config, site: Site) -> tzinfo:
    """The time zone in which guests mean their times."""
    if config.wakeups.timezone:
        return ZoneInfo(config.wakeups.timezone)
    return site.zone or machine_zone()


def machine_zone() -> tzinfo:
    """The machine's own, with its changes; without one it keeps to UTC."""
    try:
        with Path("/etc/localtime").open("rb") as file:
            return ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return UTC


class WakeUpDesk:
    """Every method runs on the seat's loop."""

    def __init__(
        self,
        settings: WakeUpSettings,
        *,
        rate_hz: int,
        sounds: Path,
        speak: Speak,
        zone: Callable[[], tzinfo],
        guest: Callable[[str], Contact | None],
        put: Callable[[Parcel], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        """What is said is of ``rate_hz`` and lies in ``sounds``; ``guest`` knows who is in a room; ``put`` hands over
        what is to be sent to others; ``now`` is the wall clock."""
        self.book = WakeUpBook()
        self._settings = settings
        self._rate, self._sounds, self._speak = rate_hz, sounds, speak
        self._zone, self._guest, self._put, self._now = zone, guest, put, now
        self._desk: Desk | None = None
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._speaking: set[asyncio.Task[None]] = set()
        self._asked: set[tuple[str, str]] = set()
        """Texts whose sounds are being made, or could not be: one that cannot be made is asked for once."""
        self._counts: tuple[int, dict[str, Any]] = (-1, {})

    def attach(self, desk: Desk) -> None:
        """The seat; before anything is asked."""
        self._desk = desk

    def start(self) -> None:
        """Begin to look after them."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End. What is due after that is done, or told to be late, at the next start."""
        tasks = [*self._speaking, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ------------------------------------------------------------------------------------------- what the seat tells

    def take_in(self, entry: Entry) -> None:
        """An entry was journalled, or has been read at the start."""
        if self.book.feed(entry):
            self._news.set()

    def merge(self, wake_ups: Iterable[WakeUp]) -> None:
        """What the store knows of them."""
        for wake_up in wake_ups:
            self.book.merge(wake_up)
        self._news.set()

    def as_snapshot(self) -> dict[str, Any]:
        """How many are open, being called and escalated; ``version`` is another one whenever there is news."""
        if self._counts[0] != self.book.version:  # the page asks with every event of a call
            wake_ups = self.book.wake_ups(only_open=True)
            self._counts = (
                self.book.version,
                {
                    "open": len(wake_ups),
                    "calling": sum(one.state == "calling" for one in wake_ups),
                    "escalated": [one.room for one in wake_ups if one.state == "escalated"],
                    "version": self.book.version,
                },
            )
        return dict(self._counts[1])

    # --------------------------------------------------------------------------------------------- what people do

    def read_back(self, form: WakeUpForm) -> dict[str, Any]:
        """What a form means, to be read back: ``ReadBack.as_object``, with how many others are due ``at_that_time``.

        Raises:
            WakeUpFormError: says what is wrong with which field.
        """
        told = self._read_back(form)
        at_once = [one for one in self.book.wake_ups(only_open=True) if one.due in told.moments]
        return told.as_object() | {"at_that_time": len(at_once)}

    async def set(self, form: WakeUpForm, who: str) -> str:
        """Wake a guest; the id.

        Raises:
            WakeUpFormError: it cannot be set as it is.
        """
        told = self._read_back(form)
        at = chosen(told, form.which)
        for one in self.book.wake_ups(only_open=True):
            if one.room == told.room and one.due == at:
                raise WakeUpFormError({"clock": f"room {one.room} is to be woken then already"})
        name = uuid.uuid4().hex
        event = e.WakeUpSet(
            at_ns=self._seat.now_ns(),
            wake_up=name,
            room=told.room,
            target=told.target,
            due=at.isoformat(timespec="seconds"),
            name=told.name,
            say=told.say,
            language=told.language,
            who=who,
        )
        await self._seat.submit(event)
        found = self.book.get(name)
        if found is not None:
            self._prepare([found])
        return name

    async def cancel(self, wake_up: str, who: str) -> None:
        """It is not wanted any more.

        Raises:
            CallError: there is none, or it is over.
        """
        self._open(wake_up)
        await self._note(wake_up, "cancelled", who)

    async def settle(self, wake_up: str, who: str, text: str) -> None:
        """Somebody has seen to it that the guest is awake.

        Raises:
            CallError: there is none, or it is over.
        """
        self._open(wake_up)
        await self._note(wake_up, "settled", who, text)

    def get(self, wake_up: str) -> dict[str, Any] | None:
        """As :func:`wake_up_object` gives it; ``None``: there is none."""
        found = self.book.get(wake_up)
        return None if found is None else wake_up_object(found)

    def wake_ups(self, *, only_open: bool, limit: int) -> list[dict[str, Any]]:
        """By when they are due."""
        return [wake_up_object(one) for one in self.book.wake_ups(only_open=only_open)[:limit]]

    # ------------------------------------------------------------------------------------------- what the machine does

    async def look(self) -> float:
        """Do what is due; seconds until there may be more."""
        for one in self.book.wake_ups(only_open=True):
            if one.calling and not self._seat.has_call(one.calling):
                lost = e.WakeUpTried(at_ns=self._seat.now_ns(), wake_up=one.id, result="lost", call=one.calling)
                await self._seat.submit(lost)
        now = self._now()
        rules = self._settings.rules
        blocked = False
        for wake_up, step in due(self.book.wake_ups(only_open=True), rules, now):
            match step.what:
                case "call":
                    blocked = blocked or not await self._call(wake_up)
                case "escalate":
                    await self._note(wake_up.id, "escalated")
                case "tell":
                    await self._tell(wake_up)
        left = self.book.wake_ups(only_open=True)
        self._seat.sound_alarm(any(one.state == "escalated" for one in left))
        self._prepare(one for one in left if one.due <= now + PREPARED)
        wait = timedelta(seconds=BLOCKED_S if blocked else LONGEST_SLEEP_S)
        following = next_moment(left, rules, now)
        preparing = min((one.due - PREPARED for one in left if one.due > now + PREPARED), default=None)
        for at in (following, preparing):
            if at is not None:
                wait = min(wait, at - now)
        return max(0.0, wait.total_seconds())

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                wait_s = await self.look()
            except Exception:  # no guest must be forgotten because of another
                log.exception("wake-up calls could not be looked after; trying again")
                wait_s = AFTER_FAULT_S
            try:
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            except TimeoutError:
                pass

    async def _call(self, wake_up: WakeUp) -> bool:
        """Begin an attempt; whether that could be had."""
        said, thanks = self._texts(wake_up)
        self._prepare([wake_up])
        if self._speaking and not self._made(said):
            return False  # what is to be said is being made: that takes a second or two
        called = e.WakeUpCalled(
            at_ns=self._seat.now_ns(),
            call=self._seat.new_call_id(),
            wake_up=wake_up.id,
            target=wake_up.target,
            room=wake_up.room,
            rings_s=self._settings.rings_s,
            sounds=self._made(said) or self._beep(),
            thanks=self._made(thanks),
        )
        try:
            await self._seat.submit(called)
        except CallError as error:
            log.info("room %s is not called yet: %s", wake_up.room, error)
            return False
        return True

    def _texts(self, wake_up: WakeUp) -> tuple[tuple[str, str], tuple[str, str]]:
        """What is said to the guest, and to the key, each with its language."""
        greeting = wake_up_words.greeting(wake_up.due, wake_up.say or wake_up.name, wake_up.language)
        return greeting, wake_up_words.thanks(wake_up.language)

    def _made(self, text: tuple[str, str]) -> tuple[str, ...]:
        """The sound of a text, if it is there: a guest is woken by a tone rather than not at all."""
        file = self._file(text)
        return (str(file),) if file.exists() else ()

    def _beep(self) -> tuple[str, ...]:
        file = sound_cache.of_beep(self._rate, self._sounds)
        return (str(file),) if file.exists() else ()

    def _file(self, text: tuple[str, str]) -> Path:
        return sound_cache.of_text(*text, self._rate, self._sounds)

    def _prepare(self, wake_ups: Iterable[WakeUp]) -> None:
        """Have the sounds made that are not there, beside everything else."""
        wanted = {text for one in wake_ups for text in self._texts(one)}
        missing = {text for text in wanted - self._asked if not self._file(text).exists()}
        self._asked |= missing
        if missing:
            task = asyncio.get_running_loop().create_task(self._make(missing))
            self._speaking.add(task)
            task.add_done_callback(self._speaking.discard)

    async def _make(self, texts: Collection[tuple[str, str]]) -> None:
        await self._speak(texts)
        # Only what could not be made is not asked for again: what was made may go with a new dialplan's sounds.
        self._asked -= {text for text in texts if self._file(text).exists()}

    async def _tell(self, wake_up: WakeUp) -> None:
        """Tell who is responsible that the desk has not seen to it."""
        if self._settings.mail_to:
            await self._put(_mail(wake_up, self._settings.mail_to))
        if self._settings.webhook:
            await self._put(_webhook(wake_up))
        await self._note(wake_up.id, "told")

    # -------------------------------------------------------------------------------------------------------- within

    @property
    def _seat(self) -> Desk:
        assert self._desk is not None, "attached before anything is asked"
        return self._desk

    def _read_back(self, form: WakeUpForm) -> ReadBack:
        return read_back(form, self._now(), self._zone(), self._guest, self._settings.target)

    def _open(self, wake_up: str) -> WakeUp:
        found = self.book.get(wake_up)
        if found is None:
            raise CallError("there is no such wake-up call", "phoneetiquette wakeup list shows them")
        if not found.is_open:
            raise CallError(f"the wake-up call is {found.state} already")
        return found

    async def _note(self, wake_up: str, what: e.WakeUpHappened, who: str = "", text: str = "") -> None:
        now = self._seat.now_ns()
        await self._seat.submit(e.WakeUpNoted(at_ns=now, wake_up=wake_up, what=what, who=who, text=text))


def _mail(wake_up: WakeUp, to: str) -> Parcel:
    guest = one_line(wake_up.name, 80)
    who = f"room {wake_up.room}" + (f", {guest}" if guest else "")
    results = ", ".join(
        note.what.replace("_", " ") for note in wake_up.history if note.what not in ("called", "escalated")
    )
    lines = [
        f"The guest in {who} was to be woken on {wake_up.due:%a %d %b %Y at %H:%M} and has not confirmed it.",
        f"Attempts: {wake_up.attempts}" + (f" ({results})" if results else ""),
        "Nobody at the desk has seen to it yet.",
        "",
        f"Wake-up call {wake_up.id}",
    ]
    return Parcel(
        id=f"{wake_up.id}-wake-up-mail",
        channel="mail",
        purpose="wake_up",
        to=to,
        subject=f"Not woken: {who}, {wake_up.due:%H:%M}",
        text="\n".join(lines) + "\n",
    )


def _webhook(wake_up: WakeUp) -> Parcel:
    return Parcel(
        id=f"{wake_up.id}-wake-up-webhook",
        channel="webhook",
        purpose="wake_up",
        data={"event": "wake_up_escalated", "wake_up": wake_up_object(wake_up)},
    )
