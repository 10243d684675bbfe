"""What of the dialplan is set by hand: its switches, and who of its people is there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal

from phoneetiquette import events as e
from phoneetiquette.calls.guide import Guide
from phoneetiquette.errors import CallError
from phoneetiquette.problems import did_you_mean


class Switches:
    """The part of the desk that knows it. ``guide`` gives the dialplan in force."""

    def __init__(self, guide: Callable[[], Guide | None]) -> None:
        self._guide = guide
        self.on: set[str] = set()
        """Switches that are on."""
        self.people: dict[str, Literal["absent", "do_not_disturb"]] = {}
        """Who is not there, or does not want to be disturbed."""

    def marked_as(self, presence: Literal["absent", "do_not_disturb"]) -> frozenset[str]:
        return frozenset(who for who, marked in self.people.items() if marked == presence)

    def turned(self, event: e.SwitchTurned) -> None:
        guide = self._guide()
        _know("switch", event.name, guide.switches if guide else ())
        if event.on:
            self.on.add(event.name)
        else:
            self.on.discard(event.name)

    def marked(self, event: e.PersonMarked) -> None:
        guide = self._guide()
        _know("person", event.who, guide.people if guide else ())
        if event.presence == "present":
            self.people.pop(event.who, None)
        else:
            self.people[event.who] = event.presence


def _know(kind: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        advice = did_you_mean(name, known) if known else "it has none"
        raise CallError(f"the dialplan has no {kind} {name!r}", advice)
