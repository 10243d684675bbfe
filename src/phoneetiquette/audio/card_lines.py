"""One direction of a headset in use: a PortAudio stream, its drift matcher and the lock that keeps two threads apart.

The tick thread reads and writes; the headset's own thread looks at the slack ten times a second and closes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from phoneetiquette.audio.drift import EarMatcher, MicMatcher, Phase
from phoneetiquette.audio.headset import Samples, silence
from phoneetiquette.audio.streams import Capture, Playback
from phoneetiquette.errors import DeviceError
from phoneetiquette.units import NS_PER_MS, NS_PER_S

Clock = Callable[[], int]
Matcher = TypeVar("Matcher", bound=MicMatcher | EarMatcher)

PATIENCE_S = 0.003
"""How long a tick waits for the other thread, which holds the lock for some 50 us."""
STANDING_S = 0.5
"""A running card that does not move for so long is lost."""
STARTING_S = 3.0
"""An idle sound server may take its time to begin."""
TICKING_NS = 200 * NS_PER_MS
LOOK_WITHIN_NS = NS_PER_MS
"""A look that took longer was interrupted, and nobody knows of which moment it tells."""


class _Line(Generic[Matcher]):
    """``lost`` says why the line is of no use any more; empty while it is."""

    def __init__(self, device: str, matcher: Matcher, now_ns: int) -> None:
        self.device = device
        self.matcher = matcher
        self.lost = ""
        self.locked_out = 0
        self._lock = threading.Lock()
        self._closed = False
        self._tick_ns = 0
        self._moved_ns = now_ns

    def _waited(self) -> bool:
        """The tick thread has found the card locked; whether it has it now."""
        if self._lock.acquire(timeout=PATIENCE_S):
            return True
        self.locked_out += 1
        return False

    def _watch(self, now_ns: int, moved: bool) -> None:
        """Nothing can be said while nobody ticks."""
        if moved or now_ns - self._tick_ns > TICKING_NS:
            self._moved_ns = now_ns
            return
        patience_s = STANDING_S if self.matcher.phase is Phase.RUNNING else STARTING_S
        if now_ns - self._moved_ns > patience_s * NS_PER_S:
            self.lost = f"sound device {self.device!r} has stopped"


class MicLine(_Line[MicMatcher]):
    def __init__(self, capture: Capture, bridge_hz: int, now_ns: int) -> None:
        super().__init__(capture.name, MicMatcher(capture.rate_hz, bridge_hz), now_ns)
        self._capture = capture
        self._silence = silence(bridge_hz)
        self._read = self._seen = 0

    def read(self, now_ns: int) -> Samples | None:
        """Tick thread: the next frame, good until the next read; ``None``: its end is on its way, ask again soon."""
        self._tick_ns = now_ns
        if not self._lock.acquire(False) and not self._waited():
            return self._silence
        try:
            if self._closed or self.lost:
                return self._silence
            sound, matcher = self._capture.read(), self.matcher
            if len(sound):
                self._read += len(sound)
                matcher.supply(now_ns, sound)
            return matcher.take(now_ns)
        except DeviceError as error:
            self.lost = error.what
            return self._silence
        finally:
            self._lock.release()

    def look(self, clock: Clock) -> None:
        """Headset thread."""
        with self._lock:
            began_ns = clock()
            try:
                waiting = self._capture.waiting()
            except DeviceError as error:
                self.lost = error.what
                return
            now_ns = clock()
            if now_ns - began_ns < LOOK_WITHIN_NS:
                self.matcher.observe(now_ns, waiting)
            came = self._read + waiting
            self._watch(now_ns, came != self._seen)
            self._seen = came

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._capture.close()


class EarLine(_Line[EarMatcher]):
    def __init__(self, playback: Playback, bridge_hz: int, now_ns: int) -> None:
        super().__init__(playback.name, EarMatcher(playback.rate_hz, bridge_hz, playback.unseen_s), now_ns)
        self._playback = playback
        self._pending: deque[Samples] = deque(maxlen=5)
        first = self.matcher.pull(playback.capacity)
        playback.write(first)
        self._written, self._seen = len(first), 0

    def write(self, now_ns: int, frame: Samples) -> None:
        """Tick thread: the next frame. One that finds the card locked goes with the next."""
        self._tick_ns = now_ns
        if not self._lock.acquire(False) and not self._waited():
            self._pending.append(frame.copy())
            return
        try:
            if self._closed or self.lost:
                return
            queued, push = self._playback.queued(), self.matcher.push
            while self._pending:
                push(now_ns, self._pending.popleft(), queued)
            push(now_ns, frame, queued)
            sound = self.matcher.pull(self._playback.capacity - queued)
            self._playback.write(sound)
            self._written += len(sound)
        except DeviceError as error:
            self.lost = error.what
        finally:
            self._lock.release()

    def look(self, clock: Clock) -> None:
        """Headset thread."""
        with self._lock:
            began_ns = clock()
            try:
                queued = self._playback.queued()
            except DeviceError as error:
                self.lost = error.what
                return
            now_ns = clock()
            played = self._written - queued
            if played > 0:
                self.matcher.card_moved(now_ns)
            if now_ns - began_ns < LOOK_WITHIN_NS:
                self.matcher.observe(now_ns, queued)
            self._watch(now_ns, played != self._seen)
            self._seen = played

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._playback.close()
