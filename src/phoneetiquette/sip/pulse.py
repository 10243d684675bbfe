"""Whether the other side of a call is still there: by its packets, and by asking when none come. Pure.

It knows nothing of the call that has it: a call within a circle would be let go at the wrong time (``Graveyard``).
"""

from __future__ import annotations

from typing import Literal

from phoneetiquette.units import seconds

SILENT_NS = seconds(4)
"""After so long without a packet the other side is asked whether it is there: it may only be suppressing silence."""
PATIENCE_NS = seconds(4)
"""How long it may take to say so."""
NOT_THERE = frozenset({404, 408, 410, 480, 481, 503})


class Pulse:
    """Of one call."""

    def __init__(self) -> None:
        self._packets = -1
        self._heard_ns = 0
        self._asked_ns = 0
        self._gone = False

    def rest(self, now_ns: int) -> None:
        """Nothing is expected to come now."""
        self._heard_ns, self._asked_ns = now_ns, 0

    def look(self, now_ns: int, packets: int) -> Literal["", "ask", "gone"]:
        """What follows from how many packets have come in all: nothing, that the other side is to be asked, or (told
        once) that it is gone."""
        if packets != self._packets:
            self._packets = packets
            self.rest(now_ns)
        elif self._asked_ns and now_ns - self._asked_ns > PATIENCE_NS:
            return self._is_gone()
        elif not self._asked_ns and now_ns - self._heard_ns > SILENT_NS:
            self._asked_ns = now_ns
            return "ask"
        return ""

    def replied(self, now_ns: int, code: int) -> Literal["", "gone"]:
        """The answer to the question has come."""
        if code in NOT_THERE:
            return self._is_gone()
        self.rest(now_ns)
        return ""

    def _is_gone(self) -> Literal["", "gone"]:
        gone, self._gone = self._gone, True
        return "" if gone else "gone"
