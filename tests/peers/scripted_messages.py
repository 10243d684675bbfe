"""Messages for a scripted desk: the seat's own part for them, without a journal behind it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from phoneetiquette import events as e
from phoneetiquette.followups.form import Service, Site
from phoneetiquette.followups.promise import Promise
from phoneetiquette.records.entry import Entry
from phoneetiquette.runtime.messages import MessageDesk
from tests.peers.scripted_desk import ScriptedDesk

HOTEL = Site(
    country="AT",
    services={
        "reservations": Service(name="Reservations", email="reservations@hotel.example"),
        "house": Service(name="Housekeeping", email="house@hotel.example"),
    },
    topics={"booking": "reservations", "lost_property": "house"},
)


class ScriptedMessages(MessageDesk):
    """Honours ``MessagePort``; drafts are kept beneath ``directory``."""

    def __init__(self, desk: ScriptedDesk, directory: Path, site: Site = HOTEL) -> None:
        super().__init__(directory, lambda: site, Promise)
        self._scripted = desk
        desk.counts = self.as_snapshot
        self.attach(self)

    async def submit(self, event: e.Event) -> None:
        await self._scripted.submit(event)
        if isinstance(event, e.AgentTookMessage):
            facts = {
                name: getattr(event, name)
                for name in ("message", "service", "topic", "name", "phone", "email", "matter", "language", "read_back")
            }
            event = e.MessageTaken(at_ns=event.at_ns, call=event.call or "", by="agent", **facts)
        self.take_in(Entry(len(self._scripted.events), datetime.now(UTC), "scripted", self.dated(event), "desk"))
        self._scripted.changed()

    def now_ns(self) -> int:
        return self._scripted.now_ns()

    def new_call_id(self) -> str:
        return self._scripted.new_call_id()
