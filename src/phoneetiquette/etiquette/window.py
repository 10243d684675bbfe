"""The pickup window of a ringing call, and the verdict on what became of it (rules ``pickup.*``).

Pure: moments come in as ``CLOCK_MONOTONIC`` nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.etiquette.cadence import Cadence
from phoneetiquette.units import Ns, ms, to_ms

RingEnd = Literal["burst", "cycle"]
"""Where a ring ends: with the last ``burst`` of its pattern, or with the silence after it (``cycle``)."""

Phase = Literal["wait", "now", "past"]
Outcome = Literal["answered", "caller_left", "diverted", "unanswered"]
Verdict = Literal["on_time", "late", "early", "unanswered", "abandoned", "short_abandon", "diverted", "exempt"]

CLOSING_TOLERANCE_NS = ms(20)
"""How far past the closing edge an answer still counts as on time.

The ``connect`` action is carried out *at* the end of ring 3, so its 200 OK leaves a little later: a few milliseconds on
a busy machine. Without a tolerance the product would call its own punctual answers late; 20 ms is one packet of sound,
which no caller can tell. The opening edge has none: an answer is sent at it or after it, never before.
"""


@dataclass(frozen=True, slots=True)
class PickupWindow:
    """From the end of ring 2 to the end of ring 3, edges included, for alerting that began at ``started_ns``.

    ``cadence`` is that of the *ringback*: what the customer hears decides, not our own bell.
    """

    started_ns: int
    cadence: Cadence
    ring_end: RingEnd = "burst"

    @property
    def opens_ns(self) -> Ns:
        """End of ring 2: the earliest polite moment."""
        return self._end_of_ring(2)

    @property
    def closes_ns(self) -> Ns:
        """End of ring 3: the latest polite moment."""
        return self._end_of_ring(3)

    def _end_of_ring(self, number: int) -> Ns:
        last = self.cadence.burst_end_ns if self.ring_end == "burst" else self.cadence.cycle_ns
        return Ns(self.started_ns + (number - 1) * self.cadence.cycle_ns + last)

    def phase(self, now_ns: int) -> Phase:
        """``wait`` before the window, ``now`` inside it (edges included), ``past`` after it."""
        if now_ns < self.opens_ns:
            return "wait"
        return "now" if now_ns <= self.closes_ns else "past"

    def ring_number(self, now_ns: int) -> int:
        """Number of the ring at this moment, from 1."""
        return self.cadence.ring_number(now_ns - self.started_ns)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a pickup. Margins are signed and honest: the tolerance is in the verdict, not in them."""

    verdict: Verdict
    ring: int
    """Number of the ring during which it was decided, from 1."""
    after_open_ms: float
    """Decision minus the window's opening: negative is before it."""
    before_close_ms: float
    """The window's end minus decision: negative is after it."""
    exempt: str = ""
    """Why the window did not apply: ``emergency_line``, ``auto_answer``; empty when it did."""


def judge(window: PickupWindow, *, decided_ns: int, outcome: Outcome, exempt: str = "") -> Judgement:
    """The verdict on a call that was decided at ``decided_ns``.

    ``outcome``: ``answered`` (our 200 left for the receptionist's headset), ``caller_left`` (cancelled before that),
    ``diverted`` (the deadline action took the call away) or ``unanswered`` (the ringing ended on our side).
    """
    return Judgement(
        verdict="exempt" if exempt else _verdict(window, decided_ns, outcome),
        ring=window.ring_number(decided_ns),
        after_open_ms=to_ms(decided_ns - window.opens_ns),
        before_close_ms=to_ms(window.closes_ns - decided_ns),
        exempt=exempt,
    )


def _verdict(window: PickupWindow, decided_ns: int, outcome: Outcome) -> Verdict:
    match outcome:
        case "answered":
            if decided_ns < window.opens_ns:
                return "early"
            return "on_time" if decided_ns <= window.closes_ns + CLOSING_TOLERANCE_NS else "late"
        case "caller_left":
            return "short_abandon" if decided_ns < window.opens_ns else "abandoned"
        case "diverted" | "unanswered":
            return outcome
