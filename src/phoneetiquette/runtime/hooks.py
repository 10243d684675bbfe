"""Hooks: programs that are told what has happened in a seat. A call never waits for them, nor for the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from phoneetiquette import events as e
from phoneetiquette.errors import PhoneEtiquetteError, StoreError
from phoneetiquette.followups.book import taken_message
from phoneetiquette.followups.message import message_object, moment_text
from phoneetiquette.followups.parcel import Channel, Parcel
from phoneetiquette.notify.outbox import Outbox
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.record_json import record_object

TROUBLE = "hooks"


@dataclass(frozen=True, slots=True)
class _Call:
    direction: e.Direction
    caller: str
    caller_name: str
    called: str


class Hooks:
    """Told of every entry on the loop; puts parcels into the outbox from a thread of its own, in order."""

    def __init__(
        self,
        seat: str,
        wanted: frozenset[str],
        channels: tuple[Channel, ...],
        outbox: Outbox,
        *,
        trouble: Callable[[str, PhoneEtiquetteError | None], object],
    ) -> None:
        """``trouble`` is called from the thread."""
        self._seat = seat
        self._wanted = wanted
        self._channels = channels
        self._outbox = outbox
        self._trouble = trouble
        self._is_troubled = False
        """Of the thread."""
        self._calls: dict[e.CallId, _Call] = {}
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hooks")

    def take_in(self, entry: Entry, complete: Iterable[CallRecord]) -> None:
        """An entry was journalled, and these records became complete with it. Returns at once."""
        event = entry.event
        match event:
            case e.CallArrived():
                self._calls[event.call] = _Call("in", event.caller, event.caller_name, event.called)
            case e.CallDialled():
                self._calls[event.call] = _Call("out", "", "", event.target)
            case e.AlertingStarted() if event.call in self._calls:
                self._tell(entry, "ringing", self._of(event.call))
            case e.CallAnswered() if event.call in self._calls:
                self._tell(entry, "answered", self._of(event.call))
            case e.MessageTaken():
                self._tell(entry, "message", {"message": message_object(taken_message(entry, event), entry.wall)})

        for record in complete:
            if record.call in self._calls:  # one is told again when more is known of it
                self._tell(entry, "ended", self._of(record.call) | {"record": record_object(record)}, record.call)
                for leg in record.legs:
                    self._calls.pop(leg.call, None)
                self._calls.pop(record.call, None)

    def close(self) -> None:
        """Everything told is in the outbox when this returns."""
        self._writer.shutdown()

    def _of(self, call: e.CallId) -> dict[str, Any]:
        known = self._calls[call]
        return {
            "call": call,
            "direction": known.direction,
            "caller": known.caller,
            "caller_name": known.caller_name,
            "called": known.called,
        }

    def _tell(self, entry: Entry, what: str, data: dict[str, Any], about: str = "") -> None:
        if what not in self._wanted:
            return
        told = {"event": what, "seat": self._seat, "at": moment_text(entry.wall), **data}
        for channel in self._channels:
            name = "-".join(filter(None, ("hook", entry.boot[:8], f"{entry.seq:012d}", about, channel)))
            self._writer.submit(self._put, Parcel(id=name, channel=channel, purpose="hook", data=told))

    def _put(self, parcel: Parcel) -> None:
        try:
            self._outbox.put(parcel)
        except StoreError as error:
            self._is_troubled = True
            self._trouble(TROUBLE, error)
        else:
            if self._is_troubled:
                self._is_troubled = False
                self._trouble(TROUBLE, None)
