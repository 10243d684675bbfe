"""Measuring the calls of the seat while they last: frames from the clock thread, facts to the desk."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from phoneetiquette import events as e
from phoneetiquette.speech import CallMeasurement
from phoneetiquette.speech.cues import BLOCK_FRAMES
from phoneetiquette.speech.facts import Fact, Interruption, Overlap, OverlapJudged, SpeechSegment, TalkingOver

log = logging.getLogger(__name__)

Samples = NDArray[np.int16]

TURN_FRAMES, CALM_TURN_FRAMES = 3 * BLOCK_FRAMES, 5 * BLOCK_FRAMES
"""The analysis works once in so many frames: seldom enough to cost little, and often enough for a live hint while both
parties speak. While one does at most, it is enough to find out in time that both do: a hint needs half a second of it.
It works right when a block is whole."""
IDLE_S = 1.0
"""After so long it works on what there is: nobody is measured any more, or has not been for that long."""
LAST_FRAME_S = 0.02
"""A tick that has begun may bring a frame of a call that is over: it must not come after the final measures."""
REPORT_S = 1.0


class Measuring:
    """The analysis thread. :meth:`tick` is the only method called on the clock thread, and does next to nothing."""

    def __init__(self, rate_hz: int, vad_mode: int, emit: Callable[[e.Event], None]) -> None:
        self._rate = rate_hz
        self._vad_mode = vad_mode
        self._emit = emit
        self._frames: deque[tuple[tuple[e.CallId, ...], Samples, Samples]] = deque()
        self._over: deque[tuple[e.CallId, bool]] = deque()
        self._work = threading.Event()
        self._talk: tuple[e.CallId, ...] = ()
        self._ticks = 0
        """Frames since the present talk began."""
        self._worked_at = 0
        """How many there were when the analysis was last asked to work."""
        self._turn_frames = TURN_FRAMES
        self._ended = False
        self._measurements: dict[e.CallId, CallMeasurement] = {}
        self._reported: dict[e.CallId, float] = {}
        self._thread = threading.Thread(target=self._loop, name="analysis", daemon=True)
        self._thread.start()

    def tick(self, calls: tuple[e.CallId, ...], mic: Samples, ear: Samples) -> None:
        """Frames of the agent (``mic`` is copied) and of what the agent hears, for the calls in talk."""
        if calls:
            self._frames.append((calls, mic.copy(), ear))
            if calls is not self._talk:
                self._talk, self._ticks, self._worked_at = calls, 0, 0
            self._ticks += 1
            if self._ticks - self._worked_at >= self._turn_frames and self._ticks % BLOCK_FRAMES == 0:
                self._worked_at = self._ticks
                self._work.set()

    def call_over(self, call: e.CallId, *, talked: bool) -> None:
        """Finish the measurement of a call that has ended. SIP thread.

        ``talked``: the agent was in it, so final measures are waited for, be the talk too short for a single frame.
        """
        self._over.append((call, talked))
        self._work.set()

    def end(self) -> None:
        """Finish everything and stop."""
        self._ended = True
        self._work.set()
        self._thread.join(2.0)

    def _loop(self) -> None:
        while not self._ended:
            self._work.wait(IDLE_S if self._frames or self._measurements else None)
            self._work.clear()
            if self._over:
                time.sleep(LAST_FRAME_S)
            try:
                self._turn()
            except Exception:
                log.exception("in the measurement")
        self._over.extend((call, True) for call in self._measurements)
        self._turn()

    def _turn(self) -> None:
        batches: dict[e.CallId, list[tuple[Samples, Samples]]] = {}
        while self._frames:
            calls, mic, ear = self._frames.popleft()
            for call in calls:
                batches.setdefault(call, []).append((mic, ear))
        for call, frames in batches.items():
            if call not in self._measurements:
                self._measurements[call] = CallMeasurement(self._rate, vad_mode=self._vad_mode)
            measurement = self._measurements[call]
            mic, ear = (np.concatenate(part) for part in zip(*frames, strict=True))
            facts = measurement.feed(mic, ear)
            self._tell(call, measurement, facts)
            hint = any(isinstance(fact, TalkingOver) for fact in facts)
            now = time.monotonic()
            if hint or now - self._reported.get(call, 0.0) >= REPORT_S:
                self._reported[call] = now
                self._report(call, measurement, final=False)
        both = any(measurement.both_speaking for measurement in self._measurements.values())
        self._turn_frames = TURN_FRAMES if both else CALM_TURN_FRAMES
        while self._over:
            call, talked = self._over.popleft()
            done = self._measurements.pop(call, None)
            self._reported.pop(call, None)
            if done is None and talked:
                done = CallMeasurement(self._rate, vad_mode=self._vad_mode)
            if done:
                self._tell(call, done, done.finish())
                self._report(call, done, final=True)

    def _tell(self, call: e.CallId, measurement: CallMeasurement, facts: list[Fact]) -> None:
        """Who talks over whom is not told where the two legs cannot be told apart."""
        now = time.monotonic_ns()
        reliable = not facts or measurement.reliable
        for fact in facts:
            event = self._event(now, call, fact)
            if event and (reliable or isinstance(event, e.SpeechSegmentEnded)):
                self._emit(event)

    def _event(self, at_ns: int, call: e.CallId, fact: Fact) -> e.Event | None:
        """None: what a harmless overlap was in the end is only in the measures."""
        start_s = round(fact.start / self._rate, 3)
        match fact:
            case SpeechSegment(party=party, end=end):
                end_s = round(end / self._rate, 3)
                return e.SpeechSegmentEnded(at_ns=at_ns, call=call, party=party, start_s=start_s, end_s=end_s)
            case TalkingOver(by=by):
                return e.TalkingOverNoticed(at_ns=at_ns, call=call, by=by, start_s=start_s)
            case OverlapJudged(by=by, kind=kind):
                return e.OverlapJudged(at_ns=at_ns, call=call, by=by, start_s=start_s, kind=kind)
            case Interruption(by=by, end=end, outcome=outcome):
                end_s = round(end / self._rate, 3)
                return e.InterruptionNoticed(
                    at_ns=at_ns, call=call, by=by, start_s=start_s, end_s=end_s, outcome=outcome
                )
            case Overlap():
                return None

    def _report(self, call: e.CallId, measurement: CallMeasurement, *, final: bool) -> None:
        measures = measurement.measures(final=final)
        self._emit(e.MeasuresTaken(at_ns=time.monotonic_ns(), call=call, measures=measures, final=final))
