"""A hotel in virtual time: the real desk and the real wake-up calls, with rooms that do what the test says.

Its journal is a list; :meth:`Hotel.restart` begins anew from it, as a seat that was killed does.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.audio import sound_cache
from phoneetiquette.calls.desk import Desk, Effects
from phoneetiquette.calls.settings import DeskSettings
from phoneetiquette.directory.contacts import Contact, Directory
from phoneetiquette.errors import CallError
from phoneetiquette.etiquette.cadence import country
from phoneetiquette.etiquette.policy import PickupPolicy
from phoneetiquette.followups.parcel import Parcel
from phoneetiquette.records.entry import Entry
from phoneetiquette.runtime.wake_ups import WakeUpDesk, WakeUpSettings
from phoneetiquette.units import NS_PER_S
from phoneetiquette.wakeups.form import WakeUpForm
from phoneetiquette.wakeups.rules import Rules
from phoneetiquette.wakeups.wake_up import WakeUp

VIENNA = ZoneInfo("Europe/Vienna")
RATE_HZ = 16000
GUESTS = Directory(
    [
        Contact(name="Anna Nováková", room="12", say="Frau Nowakowa", language="de"),
        Contact(name="Bo", room="13", language="sv"),
    ]
)
Answer = Callable[["Hotel", c.Dial], None]


@dataclass
class Hotel:
    """The moments are nanoseconds of a monotonic clock that stands still unless :meth:`wait` moves it."""

    folder: Path
    rules: Rules = field(default_factory=lambda: Rules(tell_after=timedelta(minutes=2)))
    lines: int = 4
    answer: Answer | None = None
    """What a room does when it is called; ``None``: it rings."""
    zone: tzinfo = VIENNA

    def __post_init__(self) -> None:
        self.journal: list[Entry] = []
        self.commands: list[c.Command] = []
        self.parcels: list[Parcel] = []
        self.spoken: list[tuple[str, str]] = []
        self.up: set[str] = set()
        """Calls that the engine has."""
        self.most_up = 0
        self.engine_ready = True
        self.has_voice = True
        self.stuck_language = ""
        """What is said in it is never made."""
        self.goodbyes_take_long = False
        """The engine has been told to hang up, and nothing has come of it yet."""
        self._apart_ns = time.time_ns() - time.monotonic_ns()
        self._now_ns = time.monotonic_ns()
        self.restart()

    # ------------------------------------------------------------------------------------------------ its clock

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp((self._now_ns + self._apart_ns) / NS_PER_S, UTC)

    def set_clock(self, moment: datetime) -> None:
        """Before anything is asked for."""
        self._now_ns = round(moment.timestamp() * NS_PER_S) - self._apart_ns

    async def wait(self, seconds: float) -> None:
        """Let time pass; the seat looks as often as it wants to."""
        end_ns = self._now_ns + round(seconds * NS_PER_S)
        while True:
            await asyncio.sleep(0)  # what is to be said is made beside everything else
            looked = self._now_ns + round(await self.desk_of_wake_ups.look() * NS_PER_S)
            deadline = self.desk.next_deadline()
            at_ns = min(looked, end_ns, end_ns if deadline is None else deadline)
            if at_ns >= end_ns and (deadline is None or deadline > end_ns):
                break
            self._now_ns = max(at_ns, self._now_ns + NS_PER_S // 100)
            self.carry_out(self.desk.advance(self._now_ns))
        self._now_ns = max(end_ns, self._now_ns)

    # ------------------------------------------------------------------------------------------------ the seat

    def restart(self, *, engine_too: bool = False) -> None:
        """A new main process; the engine goes on, or is another one."""
        settings = DeskSettings(country("AT"), PickupPolicy(country="AT"), lines=self.lines)
        self.desk = Desk(settings)
        self.desk_of_wake_ups = WakeUpDesk(
            WakeUpSettings(
                rules=self.rules,
                rings_s=40,
                target=lambda room: f"sip:2{room}@pbx",
                mail_to="night@hotel.example",
                webhook=True,
            ),
            rate_hz=RATE_HZ,
            sounds=self.folder,
            speak=self._speak,
            zone=lambda: self.zone,
            guest=GUESTS.in_room,
            put=self._put,
            now=lambda: self.now,
        )
        self.desk_of_wake_ups.attach(self)
        for entry in self.journal:
            self.desk_of_wake_ups.take_in(entry)
        self.desk.replay([entry.event for entry in self.journal])
        if engine_too:
            self.up.clear()
        self.happen(
            e.EngineStarted(
                at_ns=self._now_ns, pid=2 if engine_too else 1, listening=(), build="", calls=tuple(self.up)
            )
        )

    async def _speak(self, texts: object) -> None:
        assert isinstance(texts, frozenset)
        self.spoken += sorted(texts)
        if self.stuck_language in {language for _, language in texts}:
            await asyncio.Event().wait()
        sound_cache.of_beep(RATE_HZ, self.folder).touch()
        for text in texts if self.has_voice else ():
            sound_cache.of_text(text[0], text[1], RATE_HZ, self.folder).touch()

    async def _put(self, parcel: Parcel) -> None:
        self.parcels.append(parcel)

    async def submit(self, event: e.Event) -> None:
        if not self.engine_ready and isinstance(event, e.WakeUpCalled):
            raise CallError("the telephone engine is not ready")
        self.happen(event)

    def happen(self, event: e.Event) -> None:
        due = self.desk.before(event)
        effects = self.desk.handle(event)
        for one in (*due.events, event, *effects.events):
            self.write(one)
        self.carry_out(Effects([], [*due.commands, *effects.commands]))

    def carry_out(self, effects: Effects) -> None:
        for one in effects.events:
            self.write(one)
        for command in effects.commands:
            self.commands.append(command)
            match command:
                case c.Dial(to_machine=True):
                    self.up.add(command.call)
                    self.most_up = max(self.most_up, len(self.up))
                    self.happen(e.CallDialled(at_ns=self._now_ns, call=command.call, target=command.target))
                    if self.answer:
                        self.answer(self, command)
                case c.Hangup() if self.goodbyes_take_long:
                    pass
                case c.Hangup() if command.call in self.up:
                    self.end(command.call, by=command.by, code=487)
                case c.Hangup():
                    self.happen(e.CommandFailed(at_ns=self._now_ns, command="Hangup", call=command.call, what="over"))
                case c.Speak() if command.sounds and command.call in self.up:
                    assert all(Path(sound).exists() for sound in command.sounds)
                    self.happen(e.PromptEnded(at_ns=self._now_ns, call=command.call, prompt=command.prompt))
                case _:
                    pass

    def write(self, event: e.Event) -> None:
        entry = Entry(len(self.journal) + 1, self.now, "boot", event, "desk")
        self.journal.append(entry)
        self.desk_of_wake_ups.take_in(entry)

    def sounds(self) -> list[Path]:
        """Those that have been made."""
        return list(self.folder.glob("*.wav"))

    def has_call(self, call: str) -> bool:
        return call in self.desk.sessions

    def sound_alarm(self, on: bool) -> None:
        self.carry_out(self.desk.sound_alarm(on))

    def now_ns(self) -> int:
        return self._now_ns

    def new_call_id(self) -> str:
        return uuid.uuid4().hex

    # ------------------------------------------------------------------------------------------------ rooms

    def take_up(self, call: str) -> None:
        """The guest answers."""
        self.happen(e.CallAnswered(at_ns=self._now_ns, call=call))

    def press(self, call: str, key: str = "1") -> None:
        self.happen(e.DigitReceived(at_ns=self._now_ns, call=call, digit=key, method="rfc4733"))

    def end(self, call: str, by: e.EndedBy = "customer", code: int = 200) -> None:
        self.up.discard(call)
        self.happen(e.CallEnded(at_ns=self._now_ns, call=call, by=by, code=code, reason=""))

    # ------------------------------------------------------------------------------------------------ asking

    async def set(self, room: str = "12", clock: str = "6:30", day: str = "") -> str:
        return await self.desk_of_wake_ups.set(WakeUpForm(room=room, clock=clock, day=day), "Eva")

    def get(self, wake_up: str) -> WakeUp:
        found = self.desk_of_wake_ups.book.get(wake_up)
        assert found is not None
        return found

    def told(self, wake_up: str) -> list[str]:
        """The history in words."""
        return [note.what for note in self.get(wake_up).history]

    def bell(self) -> str:
        return next((one.where for one in reversed(self.commands) if isinstance(one, c.SetBell)), "off")


def answers_and_presses(hotel: Hotel, dial: c.Dial) -> None:
    hotel.take_up(dial.call)
    hotel.press(dial.call)


def is_busy(hotel: Hotel, dial: c.Dial) -> None:
    hotel.end(dial.call, by="peer", code=486)


def answers_and_sleeps_on(hotel: Hotel, dial: c.Dial) -> None:
    hotel.take_up(dial.call)


def hangs_up(hotel: Hotel, dial: c.Dial) -> None:
    hotel.take_up(dial.call)
    hotel.end(dial.call)
