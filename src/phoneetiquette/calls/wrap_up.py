"""The time in which the receptionist writes up a call: no other is connected by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from phoneetiquette import events as e
from phoneetiquette.units import to_ms

if TYPE_CHECKING:
    from phoneetiquette.calls.desk import Desk

ENDED_BY = (e.AgentLifted, e.AgentDialled, e.AgentResumed, e.PresenceChanged)
"""Who does one of these has done with writing."""


class WrapUp:
    """The part of the desk that gives the receptionist this time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._call: e.CallId = ""
        self.until_ns: int | None = None
        """The moment at which it is over; ``None``: there is none."""

    def __bool__(self) -> bool:
        return self.until_ns is not None

    def begin(self, call: e.CallId, now_ns: int) -> None:
        """A call of the agent's is over; nothing where the seat gives no time for it."""
        if self._desk.settings.wrap_up_ns:
            self._call, self.until_ns = call, now_ns + self._desk.settings.wrap_up_ns

    def written(self, event: e.AgentWrappedUp) -> None:
        """The receptionist has noted what a call was about."""
        if event.call == self._call:
            self.end("agent", event.at_ns)

    def end(self, by: Literal["agent", "time"], now_ns: int) -> None:
        """It is over, if there was any."""
        if self.until_ns is not None:
            self.until_ns = None
            self._desk.emit(e.WrapUpEnded(at_ns=now_ns, call=self._call, by=by))

    def as_snapshot(self) -> dict[str, Any] | None:
        return {"call": self._call, "until_ms": to_ms(self.until_ns)} if self.until_ns is not None else None
