"""Pacing the bridge by the far end's clock. Pure: observations come in, the length of a tick goes out.

The far end sends a packet every 20 ms of *its* clock, mostly; we take one out of the jitter buffer every tick of
*ours*. If the two differ by 100 ppm, the buffer gains or loses a packet every 200 s, and a plain phone then cuts or
inserts 20 ms of sound. Here the tick follows the far end instead, and what stands between bridge and sound card, where
two clocks have to be matched anyway, takes up the difference. A desk phone is a second far end, and the tick can only
follow one: its stream is taken a little faster or slower than it comes (:class:`StreamPacer`, :mod:`.tempo`).

What is controlled is the delay in the jitter buffer: ``sound waiting + (last tick - last arrival)``, which is the same
whenever one looks. The library does not tell when a packet arrived, only how many have; but whoever looks at the count
at odd moments catches some packet soon after its arrival, so the smallest ``moment - packets * length`` of three
seconds is the far end's time line, free of jitter, which only makes packets late. A critically damped PI loop does the
rest.

How much sound is in a packet is the sender's choice (RFC 3551 section 4.2) and is not announced; it shows in how often
packets come. Until it is known, nothing is paced.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from phoneetiquette.units import NS_PER_MS, NS_PER_S

TICK_NS = 20 * NS_PER_MS
PACKETS_NS = tuple(length * NS_PER_MS for length in (10, 20, 30, 40, 60))
"""The lengths of packets that are known; of a far end that sends others nothing is paced."""
LENGTH_TOLERANCE = 0.15
"""Share by which packets may come more or less often than their length says."""
MEASURED_NS = NS_PER_S
"""How often they come is counted for so long, and for half a second at first."""
WINDOW_NS = 3 * NS_PER_S
SETTLE_NS = NS_PER_S // 2
LOOK_EVERY_NS = 120 * NS_PER_MS
LOOK_SETTLING_NS = 50 * NS_PER_MS
MOST_SILENCE_NS = 5 * TICK_NS
"""Without packets for longer than this the far end is silent on purpose; its time line begins anew."""
PROPORTIONAL = 0.4
"""Per second: share of the delay error that is worked off in a second."""
INTEGRAL = PROPORTIONAL**2 / 4
LIMIT = 0.004
"""Largest slew: 0.4 % is 7 cents of pitch, which no ear notices in speech, and drains 80 ms in 20 s."""
MOST_EXCESS_NS = 140 * NS_PER_MS
"""What is more than this over the target is cut out: at 0.4 % it would be heard as delay for half a minute."""
LEAST_TARGET_NS = 16 * NS_PER_MS
"""Room for a tick or a packet that comes late because the machine had something else to do, with packets of a tick."""
LARGEST_TARGET_NS = 200 * NS_PER_MS
RAISE_NS = 10 * NS_PER_MS
"""How much deeper the buffer gets each time it ran dry."""
LOWER_AFTER_NS = 20 * NS_PER_S
LOWER_NS = 2 * NS_PER_MS
SLACK_NS = 12 * NS_PER_MS
"""A stream that is corrected by whole frames is left alone so far below its target, and a frame more above it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """State of a stream at one moment (nanoseconds of ``CLOCK_MONOTONIC``)."""

    now_ns: int
    waiting_ns: int
    """Sound in the jitter buffer."""
    packets: int
    """Packets the far end has sent so far: received and lost."""
    last_tick_ns: int
    dry: int
    """How often a tick found the buffer empty so far."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the clock is to do: the length of a tick, a one-off shift of the next, ticks to be skipped at once."""

    period_ns: int
    shift_ns: int = 0
    skip: int = 0
    """Ticks whose sound is thrown away: after a stall too long to be worked off unheard."""


class _Delay:
    """What the sound of one stream waits in its jitter buffer, and what it should."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque()
        """(moment, packets) of the last three seconds."""
        self._packet_ns = 0
        """Sound in a packet; 0: not known yet."""
        self._last: Observation | None = None
        self._raised_ns = 0
        self._heard_ns = 0
        self._found_empty = False
        self.goes_on = False
        """Packets have come since the look before: a far end that has just fallen silent looks as if its sound waited
        longer and longer."""
        self._ran_dry = False
        """A packet came too late: who falls silent on purpose leaves the buffer empty, too, but sends nothing then."""
        self._room_ns = LEAST_TARGET_NS
        self.now_ns = 0
        """The delay as last seen."""

    @property
    def target_ns(self) -> int:
        """A packet that is no whole number of ticks, or of several, waits longer for the last tick that needs it."""
        return self._room_ns + self._packet_ns - math.gcd(self._packet_ns, TICK_NS)

    def take_in(self, seen: Observation) -> bool:
        """Whether the far end is sending packets of a known length, so that the delay is known."""
        last, self._last = self._last, seen
        self.goes_on = last is None or seen.packets != last.packets
        if self.goes_on:
            self._heard_ns = seen.now_ns
        if last is None or seen.now_ns - self._heard_ns > MOST_SILENCE_NS:
            self._seen.clear()
            self._found_empty = self._ran_dry = False
            return False
        self._ran_dry = self.goes_on and self._found_empty
        self._found_empty = seen.dry > last.dry or (self._found_empty and not self.goes_on)
        self._seen.append((seen.now_ns, seen.packets))
        while seen.now_ns - self._seen[0][0] > WINDOW_NS:
            self._seen.popleft()
        if not self._packets_are_known():
            return False
        origin_ns = min(moment - packets * self._packet_ns for moment, packets in self._seen)
        self.now_ns = seen.waiting_ns + seen.last_tick_ns - origin_ns - seen.packets * self._packet_ns
        return True

    def _packets_are_known(self) -> bool:
        """Whether packets come as often as their length says; takes another length for theirs if that agrees."""
        now_ns, packets = self._seen[-1]
        first_ns, first = next(one for one in self._seen if now_ns - one[0] <= MEASURED_NS)
        if now_ns - first_ns < SETTLE_NS:
            return self._packet_ns > 0
        apart_ns = (now_ns - first_ns) / max(1, packets - first)
        length_ns = min(PACKETS_NS, key=lambda known_ns: abs(known_ns - apart_ns))
        if abs(apart_ns - length_ns) > LENGTH_TOLERANCE * length_ns:
            return False
        if self._packet_ns and length_ns != self._packet_ns:
            self._seen = deque([self._seen[-1]])
        self._packet_ns = length_ns
        return True

    def adapt_target(self, now_ns: int) -> None:
        if self._ran_dry:
            self._room_ns = min(LARGEST_TARGET_NS, self._room_ns + RAISE_NS)
            self._raised_ns = now_ns
        elif self._room_ns > LEAST_TARGET_NS and now_ns - self._raised_ns > LOWER_AFTER_NS:
            self._room_ns = max(LEAST_TARGET_NS, self._room_ns - LOWER_NS)
            self._raised_ns = now_ns - LOWER_AFTER_NS + NS_PER_S


class FarEndPacer:
    """Follows one far end. Made anew for each call that the agent talks in."""

    def __init__(self, nominal_ns: int = TICK_NS) -> None:
        self._nominal_ns = nominal_ns
        self._delay = _Delay()
        self._integral = 0.0
        self._last_ns = 0
        self._began_ns: int | None = None
        self._settled = False

    def __str__(self) -> str:
        delay = self._delay
        return f"delay {delay.now_ns / NS_PER_MS:.1f} ms, target {delay.target_ns / NS_PER_MS:.0f} ms"

    @property
    def look_every_ns(self) -> int:
        """How long to wait for the next observation, on average: the moments shall be spread evenly."""
        return LOOK_EVERY_NS if self._settled else LOOK_SETTLING_NS

    def observe(self, seen: Observation) -> Pace:
        """Take in one observation. While the far end sends nothing the pace is left as it is."""
        last_ns, self._last_ns = self._last_ns, seen.now_ns
        if self._began_ns is None:
            self._began_ns = seen.now_ns
        delay = self._delay
        if not delay.take_in(seen):
            return Pace(self._period(self._integral))
        if not self._settled:
            return self._settle(seen.now_ns - self._began_ns)
        delay.adapt_target(seen.now_ns)
        error_ns = delay.now_ns - delay.target_ns
        if error_ns > MOST_EXCESS_NS:
            return Pace(self._period(self._integral), skip=error_ns // TICK_NS)
        error_s = error_ns / NS_PER_S
        wanted = PROPORTIONAL * error_s + self._integral
        if abs(wanted) < LIMIT:
            self._integral += INTEGRAL * error_s * (seen.now_ns - last_ns) / NS_PER_S
        return Pace(self._period(wanted))

    def _settle(self, looked_ns: int) -> Pace:
        """After half a second of looking, put the tick just behind the arrivals, in one step that nobody hears."""
        if looked_ns < SETTLE_NS:
            return Pace(self._nominal_ns)
        self._settled = True
        error_ns = self._delay.now_ns - self._delay.target_ns
        skip = max(0, error_ns // TICK_NS)
        return Pace(self._nominal_ns, shift_ns=skip * TICK_NS - error_ns, skip=skip)

    def _period(self, faster_by: float) -> int:
        return round(self._nominal_ns * (1 - max(-LIMIT, min(LIMIT, faster_by))))


class StreamPacer:
    """Keeps the delay of a stream that the tick does not follow, by frames that are to be gained or lost in time."""

    def __init__(self, frame_ns: int) -> None:
        """``frame_ns``: of the sound that is taken from the stream at once."""
        self._frame_ns = frame_ns
        self._delay = _Delay()
        self._steady_ns: int | None = None
        self._error_ns = 0

    def __str__(self) -> str:
        return f"delay {self._delay.now_ns / NS_PER_MS:.1f} ms"

    def observe(self, seen: Observation, *, busy: bool) -> int:
        """How many frames' worth of sound is to be taken faster (positive) or slower (negative) than it comes.

        ``seen.waiting_ns`` counts what waits outside the jitter buffer, too; ``busy``: what was said last is still
        being done. Nothing is said of a stream that has sent for less than half a second, nor of one that may just have
        fallen silent: what counts is what two looks agree in, between which packets came.
        """
        delay = self._delay
        if not delay.take_in(seen) or busy:
            self._steady_ns = None
            return 0
        if self._steady_ns is None:
            self._steady_ns = seen.now_ns
        before_ns, self._error_ns = self._error_ns, delay.now_ns - delay.target_ns
        if seen.now_ns - self._steady_ns < SETTLE_NS or not delay.goes_on:
            return 0
        delay.adapt_target(seen.now_ns)
        least_ns, most_ns = sorted((before_ns, self._error_ns))
        if least_ns > self._frame_ns + SLACK_NS:
            return least_ns // self._frame_ns
        return -1 if most_ns < -SLACK_NS else 0
