"""Who of the dialplan is in a call elsewhere, as far as the PBX tells."""

from __future__ import annotations

from collections.abc import Callable, Collection

from phoneetiquette import events as e
from phoneetiquette.calls.guide import Guide


class Seen:
    """The part of the desk that knows it. What a plan does not ask for any more counts no longer."""

    def __init__(self, guide: Callable[[], Guide | None]) -> None:
        """``guide`` gives the dialplan in force."""
        self._guide = guide
        self._told: dict[str, e.PersonSeen] = {}

    def told(self, event: e.PersonSeen) -> None:
        self._told[event.who] = event

    def busy_since(self) -> dict[str, int]:
        """Who is in a call, and since when that is known."""
        return {who: told.at_ns for who, told in self._told.items() if told.state == "busy" and who in self._asked()}

    def away(self) -> frozenset[str]:
        """Who cannot be reached now."""
        return frozenset(who for who, told in self._told.items() if told.state == "away" and who in self._asked())

    def as_snapshot(self) -> dict[str, str]:
        """Who is asked about -> their state (JSON-able)."""
        return {who: self._told[who].state if who in self._told else "unknown" for who in sorted(self._asked())}

    def _asked(self) -> Collection[str]:
        guide = self._guide()
        return guide.watched if guide else ()
