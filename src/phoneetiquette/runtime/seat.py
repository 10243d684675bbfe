"""A seat's main process: the desk between engine, journal and console, on one asyncio loop.

Whatever happens goes one way: an event is taken in by the desk, it and what the desk made of it are journalled, then
the commands leave for the engine and the console is told. If main is killed in between, nothing has been sent that the
journal does not know.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.desk import Desk, Effects
from phoneetiquette.calls.guide import Guide
from phoneetiquette.calls.settings import DeskSettings
from phoneetiquette.calls.status import SeatStatus
from phoneetiquette.directory.contacts import Directory
from phoneetiquette.errors import CallError, PhoneEtiquetteError, StoreError
from phoneetiquette.etiquette.score_card import Policy
from phoneetiquette.followups.form import Site
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.journal import Journal, boot_id
from phoneetiquette.records.journal_reader import JournalReader, recent_seq
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.scored import scored_object, scoring
from phoneetiquette.runtime.by_hand import ByHand
from phoneetiquette.runtime.callers import Callers
from phoneetiquette.runtime.engine_link import Engine
from phoneetiquette.runtime.history import History, told, without_digits
from phoneetiquette.units import NS_PER_S, to_ms

log = logging.getLogger(__name__)

STORE_TROUBLE = "records.journal"
DIALPLAN_TROUBLE = "dialplan"
BY_HAND_TROUBLE = "records.by_hand"
PATIENCE_S = 1.0
"""How long a wish waits for the engine's news of a call that is just being answered, held or resumed."""

_OF_SPEECH = e.SpeechSegmentEnded | e.TalkingOverNoticed | e.OverlapJudged | e.InterruptionNoticed
"""These say nothing to the page that the measures do not say, too."""

_FOR_THE_STORE = e.MessageTaken | e.MessageNoted | e.WakeUpSet | e.WakeUpCalled | e.WakeUpNoted | e.WakeUpTried
"""Besides records."""

_WITHOUT_ENGINE = (
    e.PresenceChanged
    | e.SwitchTurned
    | e.PersonMarked
    | e.AgentWrappedUp
    | e.AgentTookMessage
    | e.MessageNoted
    | e.WakeUpSet
    | e.WakeUpNoted
    | e.WakeUpTried
)
"""What can happen while there is no telephone."""


class Dialplans(Protocol):
    """Where the seat's dialplan comes from."""

    def read(self) -> Guide | None:
        """As its files are now; ``None``: the seat follows none. Blocks."""

    async def load(self) -> Guide | None:
        """As its files are now, with every sound made."""

    async def speak(self, guide: Guide | None) -> None:
        """Make the sounds of this one."""

    def forget_others(self, guides: Iterable[Guide]) -> None:
        """Remove the sounds that none of these can be asked for. Blocks."""


class SeatListener(Protocol):
    """Told of changes, on the loop; both methods return at once."""

    def state_changed(self) -> None: ...

    def measures_taken(self, call: e.CallId, measures: dict[str, Any]) -> None: ...


class PhonePort(Protocol):
    """The desk phone, as far as it is not SIP. Every method is called on the loop and returns at once."""

    def understood(
        self, event: e.PhoneCalled | e.PhoneReferred, topics: Sequence[str], codes: Mapping[str, str]
    ) -> e.PhoneCalled | e.PhoneReferred:
        """The event with what was dialled made out; ``topics`` and ``codes`` are those of the dialplan."""
        ...

    def dialled(self, call: e.CallId, asks: str) -> None:
        """A code was dialled in this leg."""
        ...

    def press(self, wish: c.PressPhone) -> None: ...


class FollowUps(Protocol):
    """What the messages of a seat are told."""

    def dated(self, event: e.Event) -> e.Event:
        """The event as it is to be journalled."""

    def take_in(self, entry: Entry) -> None:
        """An entry was journalled, or was found at the start."""

    def settle(self) -> None:
        """The record of a call is complete."""

    def as_snapshot(self) -> dict[str, Any]: ...


class GuestsToWake(Protocol):
    """What the wake-up calls of a seat are told."""

    def take_in(self, entry: Entry) -> None:
        """An entry was journalled, or was found at the start."""

    def as_snapshot(self) -> dict[str, Any]: ...


class Seat:
    """The desk alive. Every method runs on the loop."""

    def __init__(
        self,
        name: str,
        display_name: str,
        settings: DeskSettings,
        journal: Journal,
        *,
        dial_uri: Callable[[str], str],
        keep_records: int = 20,
        keep_digits: bool = False,
        score_card: Policy | None = None,
        on_record: Callable[[], None] = lambda: None,
        desk_phone: PhonePort | None = None,
        dialplans: Dialplans | None = None,
        by_hand: ByHand | None = None,
        callers: Callers | None = None,
        load_directory: Callable[[], Directory] = Directory,
        site: Mapping[str, str] | None = None,
        followups: FollowUps | None = None,
        wake_ups: GuestsToWake | None = None,
        on_entry: Callable[[Entry, list[CallRecord]], None] = lambda _entry, _complete: None,
    ) -> None:
        """``dial_uri`` makes a SIP URI of what was typed; ``keep_digits``: the journal keeps the DTMF digits that are
        not for the machine; ``on_record`` is told that there is news for the store; ``desk_phone`` is what the
        receptionist has in place of a headset; ``dialplans`` is where the dialplan comes from; ``by_hand`` keeps what
        is switched; ``callers`` knows who calls, by the directory that ``load_directory`` reads anew; ``site`` is what
        the page says of the house; ``followups`` are the messages that customers left, ``wake_ups`` the guests who
        want to be woken; ``on_entry`` is told of each entry that is journalled and of the records that became complete
        with it, and returns at once.

        Raises:
            ConfigurationError: the dialplan has errors.
        """
        self.name = name
        self.display_name = display_name
        self._journal = journal
        self._dial_uri = dial_uri
        self._phone = desk_phone
        self._as_kept = (lambda event: event) if keep_digits else without_digits
        self._on_record = on_record
        self._callers = callers or Callers(Directory(), settings.country.code, "")
        self._load_directory = load_directory
        self._site = dict(site or {})
        self._dialplans = dialplans
        self._reloading = asyncio.Lock()
        self._by_hand = by_hand
        self._desk = Desk(settings, dialplans.read() if dialplans else None)
        for turned in by_hand.events(self.now_ns()) if by_hand else ():
            with contextlib.suppress(CallError):  # the dialplan does not know it any more
                self._desk.handle(turned)
        self._status = SeatStatus()
        self._listeners: set[SeatListener] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()
        """Set, and then replaced, when anything has been taken in."""
        self._engine: Engine | None = None
        self._boot = boot_id()
        self._history = History(self._boot, keep_records)
        self._score_card = score_card or Policy()
        self._scored: dict[e.CallId, tuple[CallRecord, dict[str, Any]]] = {}
        """What :meth:`calls` has made of records: a score card takes milliseconds, in which the loop serves nobody."""
        self._followups = followups
        self._wake_ups = wake_ups
        self._on_entry = on_entry
        self._history.read(self._found())
        self._told_before = self._history.replay(self._desk)

    def attach(self, engine: Engine) -> None:
        """The engine that carries commands out; before it is started."""
        self._engine = engine

    def _found(self) -> Iterator[Entry]:
        """What the journal holds at the start."""
        directory = self._journal.directory
        for entry in JournalReader(directory, self.name, recent_seq(directory, self.name)).entries():
            if self._followups:
                self._followups.take_in(entry)
            if self._wake_ups:
                self._wake_ups.take_in(entry)
            yield entry

    # ------------------------------------------------------------------------------------------------ events come in

    def engine_event(self, event: e.Event) -> None:
        """An event of the engine. When this returns it has been journalled."""
        if self._phone and isinstance(event, e.PhoneCalled | e.PhoneReferred):
            guide = self._desk.routing.guide
            topics, codes = (tuple(guide.topics), guide.codes) if guide else ((), {})
            event = self._phone.understood(event, topics, codes)
        if self._told_before:
            for name in (told(event), told(self._as_kept(event))):
                if name in self._told_before:
                    self._told_before.discard(name)
                    return
        self._take(event)
        if self._phone and isinstance(event, e.PhoneCalled) and event.asks:
            self._phone.dialled(event.call, event.asks)

    async def submit(self, event: e.Event) -> None:
        """Let an agent event happen: at once, or as soon as the engine has told of what makes it possible.

        Who holds a call at the moment it is connected is not to be refused because the news of the connection has
        still to come.

        Raises:
            CallError: it cannot be had now; nothing has changed.
        """
        if isinstance(event, e.AgentDialled | e.AgentTransferred) and event.target:
            try:
                event = dataclasses.replace(event, target=self._dial_uri(event.target))
            except PhoneEtiquetteError as error:
                raise CallError(error.what, error.advice) from error
        if isinstance(event, e.AgentWrappedUp) and not self._knows(event.call):
            raise CallError("that call is not known here", "note it with one of the last calls")
        if self._status.engine["state"] != "ready" and not isinstance(event, _WITHOUT_ENGINE):
            raise CallError("the telephone engine is not ready", "wait a moment and try again")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_S
        while True:
            try:
                self._take(event)
                self._keep_by_hand(event)
                return
            except CallError:
                if isinstance(event, e.WakeUpCalled):
                    raise  # asked again soon, if it is wanted then
                if loop.time() >= deadline or not self._desk.unsettled(event.at_ns):
                    raise
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._news.wait()
            event = dataclasses.replace(event, at_ns=self.now_ns())

    async def reload(self) -> dict[str, Any] | None:
        """Follow the dialplan as its file is now; calls under way finish on the one they began with.

        What is in force then, as the snapshot shows it.

        Raises:
            CallError: it has errors: the one before stays in force.
        """
        async with self._reloading:
            try:
                guide = await self._dialplans.load() if self._dialplans else None
            except (PhoneEtiquetteError, OSError) as error:
                refusal = PhoneEtiquetteError(
                    f"the dialplan was not loaded anew, the one before stays in force: {error}", "mend the file"
                )
                self.trouble(DIALPLAN_TROUBLE, refusal)
                raise CallError(refusal.what, refusal.advice) from error
            self._desk.routing.follow(guide)
            if self._dialplans:
                await asyncio.to_thread(self._dialplans.forget_others, self._desk.routing.followed)
        self.trouble(DIALPLAN_TROUBLE, None)
        self._callers.directory = await asyncio.to_thread(self._load_directory)
        self._publish()
        return guide.as_snapshot() if guide else None

    def _knows(self, call: e.CallId) -> bool:
        return call in self._desk.sessions or any(record.call == call for record in self._history.records)

    @property
    def guide(self) -> Guide | None:
        """The dialplan in force."""
        return self._desk.routing.guide

    @property
    def registered(self) -> bool:
        """Whether the PBX knows this seat now."""
        registration = self._status.registration
        return bool(registration and registration["state"] == "registered")

    def person_seen(self, who: str, state: Literal["available", "busy", "away", "unknown"], **how: Any) -> None:
        """The PBX has told of somebody of the dialplan; ``how``: the other fields of :class:`PersonSeen`."""
        self._take(e.PersonSeen(at_ns=self.now_ns(), who=who, state=state, **how))

    @property
    def planned_site(self) -> Site | None:
        """What the dialplan in force says to messages."""
        guide = self._desk.routing.guide
        return guide.site if guide else None

    async def speak(self) -> None:
        """Make what the dialplan in force says to callers, as far as it is not there; what others said goes."""
        if self._dialplans:
            await self._dialplans.speak(self._desk.routing.guide)
            async with self._reloading:
                await asyncio.to_thread(self._dialplans.forget_others, self._desk.routing.followed)

    def _keep_by_hand(self, event: e.Event) -> None:
        if self._by_hand and isinstance(event, e.SwitchTurned | e.PersonMarked):
            try:
                self._by_hand.keep(self._desk.switches.on, self._desk.switches.people)
            except StoreError as error:
                self.trouble(BY_HAND_TROUBLE, error)
            else:
                self.trouble(BY_HAND_TROUBLE, None)

    def trouble(self, key: str, error: PhoneEtiquetteError | None) -> None:
        """Tell of a trouble of the seat itself, or (``None``) that it is over."""
        what, advice = (error.what, error.advice) if error else ("", "")
        if error or key in self._status.troubles:
            now = self.now_ns()
            self._take(e.TroubleNoticed(at_ns=now, key=key, what=what, advice=advice, cleared=error is None))

    def _take(self, event: e.Event) -> None:
        due = self._desk.before(event)
        self._write_and_carry_out(due)
        for_machine = isinstance(event, e.DigitReceived) and self._desk.machine.takes_keys(event.call)
        effects = self._desk.handle(event)
        self._write(event if for_machine else self._as_kept(event))
        self._write_and_carry_out(effects)
        made = bool(due.events or effects.events)
        changed = self._status.apply(event) or made
        if isinstance(event, e.MeasuresTaken) and not event.final and not made:
            for listener in self._listeners:
                listener.measures_taken(event.call, event.measures)
        elif changed or not isinstance(event, _OF_SPEECH):
            self._publish()
        self._set_timer()
        self._news.set()
        self._news = asyncio.Event()

    def _time_passed(self) -> None:
        effects = self._desk.advance(self.now_ns())
        self._write_and_carry_out(effects)
        if effects.events:
            self._publish()
        self._set_timer()

    def _write_and_carry_out(self, effects: Effects) -> None:
        for made in effects.events:
            self._write(made)
        if self._engine:
            for command in effects.commands:
                if isinstance(command, c.PressPhone) and self._phone:
                    self._phone.press(command)
                else:
                    self._engine.send(command)

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._status.engine["state"] == "starting":
            return  # what fell due while there was no main is done when the engine has told which calls it has
        deadline = self._desk.next_deadline()
        if deadline is not None:
            loop = asyncio.get_running_loop()
            delay = max(0, deadline - self.now_ns()) / NS_PER_S
            self._timer = loop.call_later(delay, self._time_passed)

    def _write(self, event: e.Event) -> None:
        if self._followups:
            event = self._followups.dated(event)
        try:
            self._journal.append(event)
        except StoreError as error:
            if STORE_TROUBLE not in self._status.troubles:
                log.error("%s", error)
            self._status.apply(
                e.TroubleNoticed(at_ns=event.at_ns, key=STORE_TROUBLE, what=error.what, advice=error.advice)
            )
        else:
            if STORE_TROUBLE in self._status.troubles and not self._journal.waiting:
                del self._status.troubles[STORE_TROUBLE]
        entry = Entry(self._journal.last_seq, datetime.now(UTC), self._boot, event, self.name)
        complete = self._history.add(entry)
        if self._followups:
            self._followups.take_in(entry)
            if complete:
                self._followups.settle()
        if self._wake_ups:
            self._wake_ups.take_in(entry)
        if complete or isinstance(event, _FOR_THE_STORE):
            self._on_record()
        self._on_entry(entry, self._history.completed)

    # --------------------------------------------------------------------------------------------------- state goes out

    def snapshot(self) -> dict[str, Any]:
        """The whole seat, JSON-able."""
        desk = self._desk.as_snapshot()
        guide = self._desk.routing.guide
        for call in desk["calls"]:
            call["known"] = self._callers.about(call, guide, self._history.records)
        self._callers.forget({call["id"] for call in desk["calls"]})
        return {
            "seat": self.name,
            "display_name": self.display_name,
            "now_ms": to_ms(self.now_ns()),
            **self._status.as_snapshot(),
            "dialplan": guide.as_snapshot() if guide else None,
            "site": self._site,
            **desk,
            "messages": self._followups.as_snapshot() if self._followups else None,
            "wake_ups": self._wake_ups.as_snapshot() if self._wake_ups else None,
        }

    def directory(self, text: str, limit: int) -> list[dict[str, Any]]:
        """Whom ``text`` may mean when a call is put through: ``GET /api/directory`` documents it."""
        now_ns = self.now_ns()
        routing = self._desk.routing
        return self._callers.search(text, limit, routing.guide, routing.occupied(now_ns), now_ns)

    def calls(self, limit: int) -> list[dict[str, Any]]:
        """Records of the last calls with their score cards, newest first."""
        records = list(self._history.records)[::-1]
        known = self._scored
        self._scored = {one.call: known[one.call] for one in records if one.call in known and known[one.call][0] is one}
        card = scoring(
            self._score_card,
            lambda record: (one for one in records if one.arrived < record.arrived),
            self._callers.unhurried,
        )
        for record in records[:limit]:
            if record.call not in self._scored:
                self._scored[record.call] = record, scored_object(record, card(record))
        return [self._scored[record.call][1] for record in records[:limit]]

    def last_dialled(self) -> str:
        """Whom the receptionist called last, of the calls that are remembered; empty: nobody."""
        return next((one.called for one in reversed(self._history.records) if one.direction == "out"), "")

    def subscribe(self, listener: SeatListener) -> None:
        self._listeners.add(listener)

    def unsubscribe(self, listener: SeatListener) -> None:
        self._listeners.discard(listener)

    def _publish(self) -> None:
        for listener in self._listeners:
            listener.state_changed()

    def has_call(self, call: e.CallId) -> bool:
        """Whether the desk has this call, over or not."""
        return call in self._desk.sessions

    def sound_alarm(self, on: bool) -> None:
        """Ring at the desk, or ring no more, for a guest whom nobody could wake."""
        self._write_and_carry_out(self._desk.sound_alarm(on))

    def new_call_id(self) -> e.CallId:
        return uuid.uuid4().hex

    def now_ns(self) -> int:
        return time.monotonic_ns()
