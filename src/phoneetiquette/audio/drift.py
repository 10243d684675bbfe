"""Match the clock of a sound card to the clock of the bridge, both ways, without cutting or repeating anything.

The card and the bridge each keep their own 20 ms. Between them lies a little sound, and how much there is tells which
clock runs faster. What is controlled is the *slack*: how much sound would be left over if the side that takes it took
it as an even flow. Slack below zero is a hole in somebody's sentence, slack above what is needed is delay.

* The slack is looked at eleven times a second at first and four times later, at moments spread evenly
  (:class:`PollTimes`). Cards hand sound over in blocks, so a look at the ticks alone would see a block more or less
  depending on how the two happen to lie, and would follow that instead of the clock.
* What is controlled is the slack at its highest, right when the card has handed over a block. Most looks come later in
  the block; by how much is known, because the moments at which blocks come soonest lie on a straight line
  (:class:`CardLine`). So a look is exact to a fraction of a millisecond, whenever it is taken.
* A proportional-integral loop (:class:`SpeedControl`) turns the highest slack into a speed, at most half a percent, and
  whenever that has come to a whole sample, one frame is stretched by it (:mod:`phoneetiquette.audio.stretch`). The
  least safe one is learnt from how far the looks lie below it.

Pure: no thread, no clock, no device. Moments come in as ``CLOCK_MONOTONIC`` nanoseconds, sound as one-dimensional int16
arrays. Not thread-safe: the owner holds a lock around every call.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from enum import Enum

import numpy as np

from phoneetiquette.audio.stretch import RateConverter, Samples, Waiting, stretched
from phoneetiquette.units import NS_PER_MS, NS_PER_S

TICKS_PER_S = 50
_TICK_S = 1 / TICKS_PER_S

_FASTEST = 0.005
"""Largest speed correction. Half a percent is 9 cents of pitch: nobody notices, and 80 ms are caught up in 16 s."""
_QUICK_LOOK_EVERY_S, _CALM_LOOK_EVERY_S = 0.090, 0.240
_STARTING_S = 10.0
"""So long the loop is quick, to learn the clock error while the call still rings; after that it is calm."""
_QUICK_GAIN, _CALM_GAIN = 0.6, 0.4
"""Per second. The integral gain is a quarter of the square: critically damped. A clock ``e`` off moves the slack by
0.74 * e / gain before that is known: 2.5 ms for 2000 ppm, as long as the loop is quick."""
_QUICK_MEAN_S, _CALM_MEAN_S = 0.5, 1.0
_LARGEST_CLOCK_ERROR = 0.003
_LEARN_WITHIN_S = 0.010
"""Farther off than this it was a stall, and no news about the clocks."""

_MIC_MARGIN_S = -0.0035
"""Slack kept above the worst that was seen. Below zero: a frame that falls right before a block waits for it, so that
one packet in five is later than the others, by up to 3 ms. Any network does more than that to a jitter buffer."""
_MIC_LONGEST_WAIT_NS = 6 * NS_PER_MS
_EAR_MARGIN_S = 0.006
"""A tick that comes late tears a hole in the ear and nowhere else, and even a quiet machine keeps a thread waiting for
10 ms now and then."""
_MARGIN_SHARE = 0.05
"""And for the wobble of the loop, which grows with what is seen."""
_SPREAD_LOOKS = 83
_SPREAD_IGNORED = 1
_SPREAD_LARGEST_S = 0.060
_SPREAD_UP_PER_S = 0.002
_SPREAD_DOWN_PER_S = 0.0002
_SPREAD_DOWN_AT_START_PER_S = 0.0005
"""What the start of a card looked like says little about how it goes on."""
_AFTER_HOLE_S = 0.003
_AFTER_HOLES_LARGEST_S = 0.012
_AT_START_S = 0.005
"""More slack as long as the clock error is not known."""
_START_OVER_PER_S = 0.0007
_FORGET_HOLE_PER_S = 0.0001

_LINE_PIECES, _LINE_PIECE_NS = 8, NS_PER_S // 4
"""The line remembers two seconds."""
_LINE_OFF_S = 0.010
"""What is farther behind the line than was seen before, by more than this, is not late: the card has lost time, and its
line begins anew."""

_SETTLE_S = 0.6
_SETTLE_LOOKS = 40
_STARTING_SLACK_S = 0.015
_BACKLOG_S = 0.150
"""Delay above the wanted one that is cut off rather than caught up: half a minute's worth of catching up."""
_EMPTY_S = 0.0005
_STRETCHES_PER_S = 8000
"""Of one sample; at 16 kHz a frame is stretched by two at a time, which sounds the same and is done half as often."""
_LARGEST_STRETCH = 8
"""Samples that a frame of the microphone may be short of and still be stretched to its length."""
_LATE_S = 1.25 * _TICK_S
_TICKS_STOPPED_S = 0.060

_GOLDEN = (math.sqrt(5) - 1) / 2


class Phase(Enum):
    WAITING = "waiting"
    """The card has not begun to move."""
    SETTLING = "settling"
    """It moves; the slack is being measured and then set once."""
    RUNNING = "running"


class PollTimes:
    """Moments to look at the slack, spread evenly over the tick, and over the blocks of any card.

    The looks are ``n * n * golden mod 1`` of a tick late. A constant step would be more even, but beats with blocks of
    some lengths and then shows a drift that is not there.
    """

    def __init__(self) -> None:
        self._number = 0

    def wait_s(self, phase: Phase, *, calm: bool) -> float:
        """Seconds to wait until the next look: on average 10 ms while settling, 90 ms then, 240 ms when calm."""
        before = self._number**2 * _GOLDEN % 1
        self._number += 1
        more = self._number**2 * _GOLDEN % 1 - before
        if phase is Phase.SETTLING:
            return (1 + more) * 0.010
        return (_CALM_LOOK_EVERY_S if calm else _QUICK_LOOK_EVERY_S) + more * _TICK_S


class CardLine:
    """How much the card has handed over, told as if it did so evenly: the line through the soonest of two seconds."""

    def __init__(self) -> None:
        self.value_s = math.inf
        """Least of the last pieces of time."""
        self.least_s = math.inf
        """Of the present piece."""
        self.ends_ns = 0
        """When that is over."""
        self._pieces: deque[float] = deque(maxlen=_LINE_PIECES)

    def see(self, now_ns: int, value_s: float) -> None:
        """``value_s``: the moment less the sound that has come, or the sound that was taken less the moment.

        It changes nothing while it is no less than ``least_s`` and the piece is not over.
        """
        if now_ns >= self.ends_ns:
            self._pieces.append(self.least_s)
            self.ends_ns = now_ns + _LINE_PIECE_NS
            self.least_s = value_s
        self.least_s = min(self.least_s, value_s)
        self.value_s = min(self.least_s, *self._pieces)


class SpeedControl:
    """Slack in, speed out. ``correction`` > 0: there is too much slack, so use up the sound that much faster."""

    def __init__(self, margin_s: float) -> None:
        self._margin_s = margin_s
        self.correction = 0.0
        self.clock_error = 0.0
        """How much faster than the taking side's the giving side's clock runs, as far as it is known (1e-6 = 1 ppm)."""
        self.wanted_s = _STARTING_SLACK_S
        self._spread_s = 0.0
        self._at_start_s = _AT_START_S
        self._after_holes_s = 0.0
        self._mean_s = 0.0
        """Of the highest slack."""
        self._drift_s = 0.0
        """By how much the clocks have gone apart, as far as it is known: the line is straightened by it."""
        self._line = CardLine()
        self._age_s = 0.0
        self._last_ns = 0
        self._below: deque[float] = deque(maxlen=_SPREAD_LOOKS)

    @property
    def calm(self) -> bool:
        """Whether the clock error is known."""
        return self._age_s >= _STARTING_S

    def see(self, now_ns: int, value_s: float) -> None:
        """What the card has handed over by now; see :meth:`CardLine.see`. The oftener the better."""
        line = self._line
        value_s += self._drift_s
        if value_s < line.least_s or now_ns >= line.ends_ns:
            line.see(now_ns, value_s)

    def start(self, now_ns: int, looks: list[tuple[float, float]]) -> float:
        """Take the looks of the settling time, as :meth:`observe` does; returns the slack there is."""
        line_s = self._line.value_s
        tops = [slack + value - line_s for slack, value in looks]
        mean = sum(tops) / len(tops)
        self._below.extend(mean - slack for slack, _ in looks)
        self._spread_s = self._seen_spread_s()
        self._last_ns = now_ns
        self._want(0.0)
        self._mean_s = self.wanted_s
        self.correction = self.clock_error
        return mean

    def observe(self, now_ns: int, slack_s: float, value_s: float) -> None:
        """A look at the slack, and at what the card has handed over (see :meth:`see`)."""
        elapsed = min((now_ns - self._last_ns) / NS_PER_S, 1.0)
        self._last_ns = now_ns
        self._drift_s += self.clock_error * elapsed
        self.see(now_ns, value_s)
        behind_s = value_s + self._drift_s - self._line.value_s
        if behind_s > self._spread_s + _LINE_OFF_S:
            self._line = CardLine()
            self.see(now_ns, value_s)
            behind_s = 0.0
        self._age_s += elapsed
        gain, mean_over_s = (_CALM_GAIN, _CALM_MEAN_S) if self.calm else (_QUICK_GAIN, _QUICK_MEAN_S)
        lag_s = (self.correction - self.clock_error) * mean_over_s  # of the mean, while a backlog is worked off
        self._below.append(self._mean_s - lag_s - slack_s)
        self._mean_s += (slack_s + behind_s - self._mean_s) * -math.expm1(-elapsed / mean_over_s)
        self._want(elapsed)
        excess = self._mean_s - self.wanted_s
        if abs(excess) < _LEARN_WITHIN_S:
            self.clock_error += gain**2 / 4 * excess * elapsed
            self.clock_error = max(-_LARGEST_CLOCK_ERROR, min(_LARGEST_CLOCK_ERROR, self.clock_error))
        self.correction = max(-_FASTEST, min(_FASTEST, self.clock_error + gain * excess))

    def hole_heard(self) -> None:
        """The slack did run out: keep more of it for some minutes."""
        self._after_holes_s = min(self._after_holes_s + _AFTER_HOLE_S, _AFTER_HOLES_LARGEST_S)

    def filled_up(self) -> None:
        """The owner has just made the slack what is wanted."""
        self._mean_s = self.wanted_s

    def _want(self, elapsed: float) -> None:
        step = self._seen_spread_s() - self._spread_s
        down_per_s = _SPREAD_DOWN_PER_S if self.calm else _SPREAD_DOWN_AT_START_PER_S
        self._spread_s += max(-down_per_s * elapsed, min(_SPREAD_UP_PER_S * elapsed, step))
        self._at_start_s = max(0.0, self._at_start_s - _START_OVER_PER_S * elapsed)
        self._after_holes_s = max(0.0, self._after_holes_s - _FORGET_HOLE_PER_S * elapsed)
        extra_s = self._margin_s + self._at_start_s + self._after_holes_s
        self.wanted_s = self._spread_s * (1 + _MARGIN_SHARE) + extra_s

    def _seen_spread_s(self) -> float:
        """How far a look falls below the highest, but for the few worst (a stall is no reason to wait for the next)."""
        worst = heapq.nlargest(1 + _SPREAD_IGNORED, self._below)[-1]
        return max(0.0, min(_SPREAD_LARGEST_S, worst))


class _Matcher:
    """What both directions share: the control, the phases, the sound between card and bridge, and the counters."""

    def __init__(self, from_hz: int, to_hz: int, level_hz: int, margin_s: float) -> None:
        self.phase = Phase.WAITING
        self.control = SpeedControl(margin_s)
        self.holes = 0
        """Times the slack ran out while running."""
        self.cut_s = 0.0
        """Sound thrown away because far too much had piled up."""
        self._converted = RateConverter(from_hz, to_hz) if from_hz != to_hz else None
        self._level_hz = level_hz
        self._waiting = Waiting(level_hz)
        self._apart = 0.0
        """Samples that the clocks are apart and that were not made up for yet."""
        self._stretch = max(1, min(from_hz, to_hz) // _STRETCHES_PER_S)
        self._surplus = 0
        """Samples that are too many, and not there yet to be dropped."""
        self._tick_ns = 0
        self._settling_since_ns = 0
        self._looks: list[tuple[float, float]] = []
        self._empty = False

    def _faster_by(self, samples: int) -> int:
        """By how many samples the next ``samples`` are to be shortened."""
        self._apart += samples * self.control.correction
        if -self._stretch < self._apart < self._stretch:
            return 0
        whole = int(self._apart)
        self._apart -= whole
        return whole

    def _moves(self, now_ns: int) -> None:
        self.phase = Phase.SETTLING
        self._settling_since_ns = now_ns

    def _look(self, now_ns: int, slack_s: float, value_s: float) -> float | None:
        """A look at the slack. At the end of settling: by how much it must be raised, in seconds."""
        if self.phase is Phase.RUNNING:
            self.control.observe(now_ns, slack_s, value_s)
            return None
        self.control.see(now_ns, value_s)
        self._looks.append((slack_s, value_s))
        if now_ns - self._settling_since_ns < _SETTLE_S * NS_PER_S or len(self._looks) < _SETTLE_LOOKS:
            return None
        # The first third saw the card still starting.
        mean = self.control.start(now_ns, self._looks[_SETTLE_LOOKS // 3 :])
        self._looks.clear()
        self.phase = Phase.RUNNING
        return self.control.wanted_s - mean

    def _ran_out(self) -> None:
        if not self._empty and self.phase is Phase.RUNNING:
            self.holes += 1
            self.control.hole_heard()
        self._empty = True

    def _drop_surplus(self) -> None:
        self._surplus -= len(self._waiting.take(self._surplus))


class MicMatcher(_Matcher):
    """From the card's microphone to the bridge."""

    def __init__(self, card_hz: int, bridge_hz: int) -> None:
        super().__init__(card_hz, bridge_hz, bridge_hz, _MIC_MARGIN_S)
        self.frame_samples = bridge_hz // TICKS_PER_S
        self._card_hz = card_hz
        self._silence: Samples = np.zeros(self.frame_samples, np.int16)
        self._came = 0
        self._asked_ns = 0
        """Since when a frame is asked for that is not whole; 0: there is none."""
        self._wanted = 0
        """Samples that it will be made of."""

    def supply(self, now_ns: int, sound: Samples) -> None:
        """Sound that the card has recorded since the last call, any length."""
        if not len(sound):
            return
        if self.phase is Phase.WAITING:
            self._moves(now_ns)
        self._came += len(sound)
        self.control.see(now_ns, now_ns / NS_PER_S - self._came / self._card_hz)
        self._waiting.add(self._converted(sound) if self._converted else sound)

    def take(self, now_ns: int) -> Samples | None:
        """The next ``frame_samples`` for the bridge; silence where nothing came. Once a tick, after :meth:`supply`.

        ``None``: its end is on its way. The tick waits a moment, supplies what has come by then, and asks again; how
        long that makes sense is decided here. Good until the next :meth:`supply`.
        """
        waiting, size = self._waiting, self.frame_samples
        if self._surplus:
            self._drop_surplus()
        if self.phase is not Phase.RUNNING:
            self._tick_ns = now_ns
            waiting.take(size)
            return self._silence
        if not self._asked_ns:
            self._asked_ns, self._wanted = now_ns, size + self._faster_by(size)
        if waiting.end - waiting.begin < self._wanted and self._waits(now_ns):
            return None
        # Sound is taken as an even flow, however long this frame had to wait.
        self._tick_ns, self._asked_ns = self._asked_ns, 0
        sound = waiting.take(self._wanted)
        if len(sound) < size - _LARGEST_STRETCH:
            self._ran_out()
            return np.concatenate((sound, np.zeros(size - len(sound), np.int16)))
        self._empty = False
        left_s, wanted_s = (waiting.end - waiting.begin) / self._level_hz, self.control.wanted_s
        if left_s > wanted_s + _BACKLOG_S:
            too_much = round((left_s - wanted_s) * self._level_hz)
            waiting.take(too_much)
            self.cut_s += too_much / self._level_hz
        return sound if len(sound) == size else stretched(sound, size)

    def _waits(self, now_ns: int) -> bool:
        """Whether a frame that is not whole is worth waiting for: not, when the card has stopped to bring anything."""
        return not self._empty and now_ns - self._asked_ns < _MIC_LONGEST_WAIT_NS

    def observe(self, now_ns: int, waiting: int) -> None:
        """A look at the slack: ``waiting`` samples lie in the card, not yet supplied."""
        elapsed_s = (now_ns - self._tick_ns) / NS_PER_S
        if self.phase is Phase.WAITING or elapsed_s > _TICKS_STOPPED_S:
            return
        slack_s = len(self._waiting) / self._level_hz + waiting / self._card_hz - elapsed_s
        raise_s = self._look(now_ns, slack_s, now_ns / NS_PER_S - (self._came + waiting) / self._card_hz)
        if raise_s is None:
            return
        samples = round(raise_s * self._level_hz)
        if samples > 0:
            self._waiting.put_silence_first(samples)
        else:
            self._surplus = -samples


class EarMatcher(_Matcher):
    """From the bridge to the card's ear. ``unseen_s``: so much may have been taken that is still told as queued."""

    def __init__(self, card_hz: int, bridge_hz: int, unseen_s: float = 0.0) -> None:
        super().__init__(bridge_hz, card_hz, card_hz, _EAR_MARGIN_S + unseen_s)
        self.frame_samples = bridge_hz // TICKS_PER_S
        self._waiting.add_silence(round(2 * _TICK_S * card_hz))
        self._given = 0
        """Samples given to the card so far."""

    @property
    def staged(self) -> int:
        """Samples made but not yet given to the card."""
        return len(self._waiting)

    def push(self, now_ns: int, frame: Samples, queued: int) -> None:
        """The next frame from the bridge; ``queued`` samples are still in the card. Once a tick."""
        late = now_ns - self._tick_ns > _LATE_S * NS_PER_S
        self._tick_ns = now_ns
        if self.phase is Phase.WAITING:
            return
        waiting, control = self._waiting, self.control
        control.see(now_ns, (self._given - queued) / self._level_hz - now_ns / NS_PER_S)
        level_s = (queued + waiting.end - waiting.begin) / self._level_hz
        if level_s > _EMPTY_S:
            self._empty = False
        else:
            self._ran_out()
            if not late:  # after a late tick more will follow at once
                waiting.add_silence(round(control.wanted_s * self._level_hz))
                control.filled_up()
        shorter = self._faster_by(len(frame))
        sound = stretched(frame, len(frame) - shorter) if shorter else frame
        waiting.add(self._converted(sound) if self._converted else sound)
        if level_s > control.wanted_s + _BACKLOG_S and self.phase is Phase.RUNNING:
            too_much = min(round((level_s - control.wanted_s) * self._level_hz), len(waiting))
            self._surplus += too_much
            self.cut_s += too_much / self._level_hz

    def pull(self, at_most: int) -> Samples:
        """Samples for the card, oldest first. Good until the next :meth:`push`."""
        if self._surplus:
            self._drop_surplus()
        sound = self._waiting.take(at_most)
        self._given += len(sound)
        return sound

    def card_moved(self, now_ns: int) -> None:
        """The card has begun to play."""
        if self.phase is Phase.WAITING:
            self._moves(now_ns)

    def observe(self, now_ns: int, queued: int) -> None:
        """A look at the slack: ``queued`` samples were given to the card and have not been taken by it."""
        elapsed_s = (now_ns - self._tick_ns) / NS_PER_S
        if self.phase is Phase.WAITING or elapsed_s > _TICKS_STOPPED_S:
            return
        slack_s = (queued + self.staged) / self._level_hz - _TICK_S + elapsed_s
        raise_s = self._look(now_ns, slack_s, (self._given - queued) / self._level_hz - now_ns / NS_PER_S)
        if raise_s is None:
            return
        samples = round(raise_s * self._level_hz)
        if samples > 0:
            self._waiting.add_silence(samples)
        else:
            self._surplus = -samples
