"""Keeping the bridge in step with the far end that the agent talks with. SIP thread."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pjsua2 as pj

from phoneetiquette.sip.call import SipCall
from phoneetiquette.sip.media_clock import TICK_NS, MediaClock
from phoneetiquette.sip.pacing import FarEndPacer, Observation
from phoneetiquette.sip.phone_call import PhoneCall
from phoneetiquette.units import NS_PER_MS, NS_PER_S

log = logging.getLogger(__name__)

TELL_EVERY_NS = 5 * NS_PER_S


class PaceKeeper:
    """Looks at the stream of the call in talk some eight times a second and sets the clock's pace by it; at that of the
    desk phone, and has it taken faster or slower."""

    def __init__(self, clock: MediaClock, read_packets: Callable[[], object]) -> None:
        self._clock = clock
        self._read_packets = read_packets
        self._call: str | None = None
        self._pacer = FarEndPacer()
        self.next_ns = 0
        """When it wants to look again."""
        self._tell_ns = 0

    def keep(self, now_ns: int, calls: Sequence[SipCall]) -> None:
        """Called in every turn of the SIP loop while calls are up."""
        if now_ns < self.next_ns:
            return
        # Spread evenly, so that no packet rhythm hides between the looks.
        self.next_ns = now_ns + int(self._pacer.look_every_ns * (0.5 + random.random()))  # noqa: S311 - no secret
        call = next((one for one in calls if one.role in ("agent", "conference") and not any(one.held)), None)
        if call is None:
            self._call = None
            self._clock.pace(TICK_NS)
            return
        if call.call != self._call:
            self._call, self._pacer = call.call, FarEndPacer()
        seen = self._look(call)
        self._keep_phones(calls)
        if seen:
            pace = self._pacer.observe(seen)
            self._clock.pace(pace.period_ns, pace.shift_ns, pace.skip)
            if now_ns > self._tell_ns:
                self._tell_ns = now_ns + TELL_EVERY_NS
                log.debug("%s, pace %+.0f ppm", self._pacer, (TICK_NS / pace.period_ns - 1) * 1e6)

    def _keep_phones(self, calls: Sequence[SipCall]) -> None:
        """A desk phone's stream is the other half of the talk, and has a clock of its own."""
        for phone in calls:
            if not isinstance(phone, PhoneCall) or not phone.listens or phone.tempo is None:
                continue
            tempo, waiting_ns = phone.tempo, phone.tempo.waiting_ns
            if seen := self._look(phone):
                seen = replace(seen, waiting_ns=seen.waiting_ns + waiting_ns)
                if frames := phone.pacer.observe(seen, busy=tempo.busy):
                    tempo.hurry(frames)
                    log.debug("of the phone: %s, %+d frames", phone.pacer, -frames)

    def _look(self, call: SipCall) -> Observation | None:
        next_tick_ns = self._clock.next_tick_ns
        self._read_packets()  # the clock reads them at its ticks, when it is too late to tell when they came
        try:
            stat = call.getStreamStat(call.audio_index)
        except pj.Error:
            return None  # the media is being replaced at this very moment
        now_ns = time.monotonic_ns()
        if self._clock.next_tick_ns != next_tick_ns:
            return None  # a tick came in between: the figures are of two moments
        received = stat.rtcp.rxStat
        if not received.pkt:
            return None
        return Observation(
            now_ns=now_ns,
            waiting_ns=stat.jbuf.size * call.frame_ms * NS_PER_MS,
            packets=received.pkt + received.loss,
            last_tick_ns=next_tick_ns - self._clock.period_ns,
            dry=stat.jbuf.empty,
        )
