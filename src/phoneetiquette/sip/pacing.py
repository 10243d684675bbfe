"""Pacing the bridge by the far end's clock. Pure: observations come in, the length of a tick goes out.

The far end sends a packet every 20 ms of *its* clock; we take one out of the jitter buffer every tick of *ours*. If the
two differ by 100 ppm, the buffer gains or loses a packet every 200 s, and a plain phone then cuts or inserts 20 ms of
sound. Here the tick follows the far end instead, and the resampler between bridge and sound card, which has to match
two clocks anyway, takes up the difference.

What is controlled is the delay in the jitter buffer, measured continuously: sound received but not yet played is
``packets waiting * 20 ms + (last tick - last arrival)``, whenever one looks. Jitter only ever makes an arrival late, so
the largest value within a window is the honest one. The controller is a PI loop with the usual critically damped gains.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from phoneetiquette.units import NS_PER_MS, NS_PER_S

PACKET_NS = 20 * NS_PER_MS
WINDOW_NS = NS_PER_S
PROPORTIONAL = 0.4
"""Per second: share of the delay error that is worked off in a second."""
INTEGRAL = PROPORTIONAL**2 / 4
LIMIT = 0.004
"""Largest slew: 0.4 % is 7 cents of pitch, which no ear notices in speech, and drains 80 ms in 20 s."""
LEAST_TARGET_NS = 6 * NS_PER_MS
LARGEST_TARGET_NS = 200 * NS_PER_MS
RAISE_NS = 10 * NS_PER_MS
"""How much deeper the buffer gets each time it ran dry."""
LOWER_AFTER_NS = 20 * NS_PER_S
LOWER_NS = 2 * NS_PER_MS


@dataclass(frozen=True, slots=True)
class Observation:
    """State of the jitter buffer at one moment (nanoseconds of ``CLOCK_MONOTONIC``)."""

    now_ns: int
    waiting: int
    """Packets in the jitter buffer."""
    arrivals: int
    """Packets received so far."""
    last_arrival_ns: int
    last_tick_ns: int
    dry: int
    """How often a tick found the buffer empty so far."""


class FarEndPacer:
    """Follows one far end. Made anew for each call that the agent talks in."""

    def __init__(self, nominal_ns: int = PACKET_NS) -> None:
        self._nominal_ns = nominal_ns
        self._delays: deque[tuple[int, int]] = deque()
        self._target_ns = LEAST_TARGET_NS
        self._integral = 0.0
        self._last: Observation | None = None
        self._raised_ns = 0
        self._began_ns: int | None = None
        self._settled = False

    @property
    def target_ns(self) -> int:
        """Delay in the jitter buffer that is aimed at."""
        return self._target_ns

    def observe(self, seen: Observation) -> tuple[int, int]:
        """Take in one observation; give the length of a tick and a one-off shift of the next, both in nanoseconds.

        While the far end sends nothing (silence suppression, hold) the pace is left as it is.
        """
        last, self._last = self._last, seen
        if last is None or seen.arrivals == last.arrivals:
            self._delays.clear()
            return self._period(self._integral), 0
        if self._began_ns is None:
            self._began_ns = seen.now_ns
        self._adapt_target(seen, last)
        self._delays.append((seen.now_ns, seen.waiting * PACKET_NS + seen.last_tick_ns - seen.last_arrival_ns))
        while seen.now_ns - self._delays[0][0] > WINDOW_NS:
            self._delays.popleft()
        delay = max(d for _, d in self._delays)
        error_s = (delay - self._target_ns) / NS_PER_S
        if not self._settled:
            if seen.now_ns - self._began_ns < NS_PER_S // 2:
                return self._period(0.0), 0
            self._settled = True
            self._delays.clear()
            return self._period(0.0), -(delay - self._target_ns) % PACKET_NS
        step_s = (seen.now_ns - last.now_ns) / NS_PER_S
        wanted = PROPORTIONAL * error_s + self._integral
        if abs(wanted) < LIMIT:
            self._integral += INTEGRAL * error_s * step_s
        return self._period(wanted), 0

    def _period(self, faster_by: float) -> int:
        return round(self._nominal_ns * (1 - max(-LIMIT, min(LIMIT, faster_by))))

    def _adapt_target(self, seen: Observation, last: Observation) -> None:
        if seen.dry > last.dry and self._settled:
            self._target_ns = min(LARGEST_TARGET_NS, self._target_ns + RAISE_NS)
            self._raised_ns = seen.now_ns
        elif self._target_ns > LEAST_TARGET_NS and seen.now_ns - self._raised_ns > LOWER_AFTER_NS:
            self._target_ns = max(LEAST_TARGET_NS, self._target_ns - LOWER_NS)
            self._raised_ns = seen.now_ns - LOWER_AFTER_NS + NS_PER_S
