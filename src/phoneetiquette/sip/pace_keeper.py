"""Keeping the bridge in step with the far end that the agent talks with. SIP thread."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pjsua2 as pj

from phoneetiquette.sip.call import SipCall
from phoneetiquette.sip.media_clock import TICK_NS, MediaClock
from phoneetiquette.sip.pacing import FarEndPacer, Observation
from phoneetiquette.units import NS_PER_MS, NS_PER_S

EVERY_NS = 100 * NS_PER_MS


class PaceKeeper:
    """Reads the jitter buffer of the call in talk ten times a second and sets the clock's pace by it."""

    def __init__(self, clock: MediaClock) -> None:
        self._clock = clock
        self._call: str | None = None
        self._pacer = FarEndPacer()
        self._next_ns = 0

    def keep(self, now_ns: int, calls: Sequence[SipCall]) -> None:
        """Called in every turn of the SIP loop while calls are up."""
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + EVERY_NS
        call = next((one for one in calls if one.role in ("agent", "conference") and not any(one.held)), None)
        if call is None:
            self._call = None
            self._clock.period_ns = TICK_NS
            return
        if call.call != self._call:
            self._call, self._pacer = call.call, FarEndPacer()
        seen = self._look(call)
        if seen:
            self._clock.period_ns, shift = self._pacer.observe(seen)
            if shift:
                self._clock.shift_ns = shift

    def _look(self, call: SipCall) -> Observation | None:
        try:
            stat = call.getStreamStat(call.audio_index)
        except pj.Error:
            return None  # the media is being replaced at this very moment
        received = stat.rtcp.rxStat
        if not received.pkt:
            return None
        wall_ns = received.update.sec * NS_PER_S + received.update.msec * NS_PER_MS
        now_ns = time.monotonic_ns()
        arrival_ns = wall_ns - time.time_ns() + now_ns
        period = self._clock.period_ns
        return Observation(
            now_ns=now_ns,
            waiting=stat.jbuf.size,
            arrivals=received.pkt,
            last_arrival_ns=arrival_ns,
            last_tick_ns=self._clock.next_tick_ns - period,
            dry=stat.jbuf.empty,
        )
