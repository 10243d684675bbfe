"""Wake-up calls for a scripted desk: the seat's own part for them, without a journal or a telephone behind it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from phoneetiquette import events as e
from phoneetiquette.directory.contacts import Contact, Directory
from phoneetiquette.records.entry import Entry
from phoneetiquette.runtime.wake_ups import WakeUpDesk, WakeUpSettings
from phoneetiquette.wakeups.rules import Rules
from tests.peers.scripted_desk import ScriptedDesk

GUESTS = Directory(
    [
        Contact(name="Anna Nováková", room="12", language="de"),
        Contact(name="Lena Šimić", room="214", language="uk"),
    ]
)


class ScriptedWakeUps(WakeUpDesk):
    """Honours ``WakeUpPort``; nobody is called. ``clock`` is what the hotel goes by."""

    def __init__(self, desk: ScriptedDesk, folder: Path, clock: datetime | None = None) -> None:
        self._scripted = desk
        self.clock = clock
        super().__init__(
            WakeUpSettings(rules=Rules(), rings_s=40, target=lambda room: f"sip:2{room}@pbx.hotel.example"),
            rate_hz=16000,
            sounds=folder,
            speak=lambda _texts: asyncio.sleep(0),
            zone=lambda: ZoneInfo("Europe/Vienna"),
            guest=GUESTS.in_room,
            put=lambda _parcel: asyncio.sleep(0),
            now=lambda: self.clock or datetime.now(UTC),
        )
        desk.wake_ups = self.as_snapshot
        self.attach(self)

    async def submit(self, event: e.Event) -> None:
        await self._scripted.submit(event)
        self.take_in(Entry(len(self._scripted.events), datetime.now(UTC), "scripted", event, "desk"))
        self._scripted.changed()

    async def escalate(self, room: str, name: str, minutes_ago: int = 9, attempts: int = 3) -> str:
        """A guest could not be woken; the id."""
        due = (datetime.now(ZoneInfo("Europe/Vienna")) - timedelta(minutes=minutes_ago)).replace(
            second=0, microsecond=0
        )
        wake_up, now = f"w{room}", self.now_ns()
        set_ = e.WakeUpSet(at_ns=now, wake_up=wake_up, room=room, target="", due=due.isoformat(), name=name)
        await self.submit(set_)
        for attempt in range(attempts):
            call = f"{wake_up}-{attempt}"
            await self.submit(e.WakeUpCalled(at_ns=now, call=call, wake_up=wake_up, target="", rings_s=40, sounds=()))
            await self.submit(e.WakeUpTried(at_ns=now, wake_up=wake_up, result="no_answer", call=call))
        await self.submit(e.WakeUpNoted(at_ns=now, wake_up=wake_up, what="escalated"))
        return wake_up

    def has_call(self, call: str) -> bool:
        del call
        return False

    def sound_alarm(self, on: bool) -> None:
        del on

    def now_ns(self) -> int:
        return self._scripted.now_ns()

    def new_call_id(self) -> str:
        return self._scripted.new_call_id()
