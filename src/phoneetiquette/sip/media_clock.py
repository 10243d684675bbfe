"""The clock of the conference bridge: one thread that ticks every 20 ms while there is anything to hear.

Idle it sleeps without waking. Its pace can be slewed to follow the far end's clock (see
:mod:`phoneetiquette.sip.pacing`), so that the jitter buffer neither runs dry nor fills up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from phoneetiquette.units import NS_PER_MS, NS_PER_S

log = logging.getLogger(__name__)

Samples = NDArray[np.int16]

TICK_NS = 20 * NS_PER_MS
MIC_LOOK_S = 0.001
"""A frame of the microphone whose end has not come yet is asked for again after so long."""
CATCH_UP_NS = 100 * NS_PER_MS
"""A stall of up to this long is made up for tick by tick; after a longer one the clock starts afresh."""


class Sound(Protocol):
    """The headset, or what stands for it."""

    def read_mic(self) -> Samples | None:
        """``None``: ask again in a moment."""
        ...

    def write_ear(self, samples: Samples) -> None: ...


class EarTone:
    """A tone mixed into the ear after the bridge: the customer never hears it. Set by any thread."""

    def __init__(self) -> None:
        self.playing: tuple[Samples, bool] | None = None
        """The samples, and whether once: replaced as a whole, so that the clock thread never sees half of it."""
        self._mixed: tuple[Samples, bool] | None = None
        self._at = 0

    def play(self, samples: Samples, *, once: bool = False) -> None:
        """Begin ``samples`` from their start, in a loop or once."""
        self.playing = (samples, once)

    def stop(self) -> None:
        self.playing = None

    def mix(self, ear: Samples) -> Samples:
        """The ear with the tone in it. Clock thread."""
        playing = self.playing
        if playing is None:
            return ear
        if playing is not self._mixed:
            self._mixed, self._at = playing, 0
        samples, once = playing
        if once and self._at >= len(samples):
            return ear
        place = np.arange(self._at, self._at + len(ear))
        self._at += len(ear)
        if once:
            tone = np.where(place < len(samples), samples[np.minimum(place, len(samples) - 1)], 0)
        else:
            tone = samples[place % len(samples)]
        mixed: Samples = np.clip(ear.astype(np.int32) + tone, -32768, 32767).astype(np.int16)
        return mixed


class MediaClock:
    """Ticks the bridge. ``exchange`` and ``on_tick`` run on the clock thread and must not block."""

    def __init__(
        self,
        *,
        sound: Sound,
        exchange: Callable[[Samples], Samples],
        register_thread: Callable[[], None],
        on_tick: Callable[[Samples, Samples], None],
        frame_samples: int,
    ) -> None:
        self._sound = sound
        self._exchange = exchange
        self._register_thread = register_thread
        self._on_tick = on_tick
        self._silence: Samples = np.zeros(frame_samples, np.int16)
        self._run = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._loop, name="media-clock", daemon=True)
        self.tones: dict[str, EarTone] = {name: EarTone() for name in ("bell", "signal", "ringback", "caller")}
        self._tones = tuple(self.tones.values())
        self.muted = False
        self.period_ns = TICK_NS
        """Present length of a tick."""
        self._adjustments: deque[tuple[int, int]] = deque()
        self.next_tick_ns = 0
        self.fresh_starts = 0
        """Stalls that were too long to be made up for."""
        self.faults = 0
        """Ticks that ended with an exception."""

    def start(self) -> None:
        self._thread.start()

    def resume(self) -> None:
        """Tick from now on."""
        self._run.set()

    def pace(self, period_ns: int, shift_ns: int = 0, skip: int = 0) -> None:
        """Set the length of a tick, shift the next one, and skip the sound of some at once. SIP thread."""
        self.period_ns = period_ns
        if shift_ns or skip:
            self._adjustments.append((shift_ns, skip))

    def pause(self) -> None:
        """Stop ticking after the present tick."""
        self._run.clear()

    def end(self) -> None:
        self._ended = True
        self._run.set()
        self._thread.join(1.0)

    @property
    def ticking(self) -> bool:
        return self._run.is_set()

    def _loop(self) -> None:
        self._register_thread()
        due = time.monotonic_ns()
        while not self._ended:
            if not self._run.is_set():
                self._run.wait()
                due = time.monotonic_ns()
                continue
            late = time.monotonic_ns() - due
            if late < 0:
                time.sleep(-late / NS_PER_S)
            elif late > CATCH_UP_NS:
                due += late
                self.fresh_starts += 1
            try:
                self._tick()
            except Exception:
                # A fault in one frame must not take the sound of all calls; told once, for there may be many.
                if not self.faults:
                    log.exception("in a tick of the bridge")
                self.faults += 1
            due += self.period_ns
            if self._adjustments:
                shift_ns, skip = self._adjustments.popleft()
                due += shift_ns
                for _ in range(skip):
                    self._exchange(self._silence)
            self.next_tick_ns = due

    def _tick(self) -> None:
        mic = self._sound.read_mic()
        while mic is None:
            time.sleep(MIC_LOOK_S)
            mic = self._sound.read_mic()
        if self.muted:
            mic = self._silence
        ear = self._exchange(mic)
        self._on_tick(mic, ear)
        for tone in self._tones:
            if tone.playing is not None:
                ear = tone.mix(ear)
        self._sound.write_ear(ear)


class PhoneClock(MediaClock):
    """The clock of a seat whose agent is a call in the bridge, too: a desk phone.

    What is given to the bridge as the microphone are our tones, which the phone alone hears; ``agent`` is asked for
    what came from the phone in a tick.
    """

    def __init__(self, *, agent: Callable[[], Samples], **rest: Any) -> None:
        super().__init__(**rest)
        self._agent = agent

    def _tick(self) -> None:
        signal = self._silence
        for tone in self._tones:
            if tone.playing is not None:
                signal = tone.mix(signal)
        ear = self._exchange(signal)
        self._on_tick(self._silence if self.muted else self._agent(), ear)
