"""The headset on real sound cards: opened while a call is there, kept alive when devices come and go.

A thread of its own opens, watches and closes; it sleeps without waking while no call is there. The ticks get silence as
long as a direction has no device.
"""

from __future__ import annotations

import logging
import threading
import time

from phoneetiquette.audio import portaudio
from phoneetiquette.audio.card_lines import EarLine, MicLine
from phoneetiquette.audio.device_seeker import DeviceSeeker
from phoneetiquette.audio.drift import Phase, PollTimes
from phoneetiquette.audio.headset import OnChange, Samples, SoundChange, SoundCounters, State, silence
from phoneetiquette.audio.plugging import PlugWatch
from phoneetiquette.audio.settings import AudioSettings
from phoneetiquette.audio.streams import open_capture, open_playback
from phoneetiquette.errors import DeviceError
from phoneetiquette.units import NS_PER_S

log = logging.getLogger(__name__)

PLUG_CHECK_S = 1.0
RESCAN_EVERY = 4
"""Tries between two looks for devices, which take half a second of processor time each."""


class CardHeadset:
    """See :class:`phoneetiquette.audio.headset.HeadsetSound`. ``optional``: no device at all is no loss (``auto``)."""

    def __init__(self, settings: AudioSettings, on_change: OnChange, *, optional: bool) -> None:
        rate, names = settings.rate_hz, settings.headset
        self._on_change = on_change
        self._optional = optional
        self._silence = silence(rate)
        self._mic = DeviceSeeker(
            names.input,
            names.spare_input,
            lambda name: MicLine(open_capture(name, rate), rate, time.monotonic_ns()),
        )
        self._ear = DeviceSeeker(
            names.output,
            names.spare_output,
            lambda name: EarLine(open_playback(name, rate), rate, time.monotonic_ns()),
        )
        self._told = SoundChange(at_ns=0, role="headset", state="none", device="", backend="portaudio")
        self._wanted = self._trial = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._plugs = PlugWatch()
        self._plug_check_ns = 0
        self._tries = 0

    # ------------------------------------------------------------------------------------------------- any thread

    @property
    def state(self) -> State:
        return self._told.state

    @property
    def counters(self) -> SoundCounters:
        mic, ear = self._mic, self._ear
        mic_line, ear_line = mic.line, ear.line
        return SoundCounters(
            mic_holes=mic.holes,
            ear_holes=ear.holes,
            cut_ms=1000 * (mic.cut_s + ear.cut_s),
            ticks_locked_out=mic.locked_out + ear.locked_out,
            losses=mic.losses + ear.losses,
            mic_ppm=1e6 * mic_line.matcher.control.clock_error if mic_line else 0.0,
            ear_ppm=-1e6 * ear_line.matcher.control.clock_error if ear_line else 0.0,
        )

    def prepare(self) -> None:
        self._trial = True
        self._start()

    def open(self) -> None:
        self._wanted = True
        self._start()

    def talk_began(self) -> None:
        pass

    def close(self) -> None:
        self._wanted = False
        self._wake.set()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="headset", daemon=True)
            self._thread.start()
        self._wake.set()

    # ------------------------------------------------------------------------------------------------ tick thread

    def read_mic(self) -> Samples | None:
        line = self._mic.line
        return self._silence if line is None else line.read(time.monotonic_ns())

    def write_ear(self, frame: Samples) -> None:
        line = self._ear.line
        if line is not None:
            line.write(time.monotonic_ns(), frame)

    # --------------------------------------------------------------------------------------------- headset thread

    def _work(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._wanted or self._trial:
                try:
                    self._serve()
                except Exception:
                    log.exception("the headset's thread stumbled; it begins again")
                    time.sleep(PLUG_CHECK_S)
                    self._wake.set()

    def _serve(self) -> None:
        """From open to close."""
        polls = PollTimes()
        self._tries = 0
        self._mic.hurry()
        self._ear.hurry()
        self._plugs.start()
        try:
            while self._wanted or self._trial:
                self._trial = False
                self._look_after()
                self._wake.wait(self._wait_s(polls))
                self._wake.clear()
        finally:
            self._plugs.stop()
            self._mic.drop()
            self._ear.drop()

    def _wait_s(self, polls: PollTimes) -> float:
        matchers = [line.matcher for line in (self._mic.line, self._ear.line) if line is not None]
        settling = any(matcher.phase is Phase.SETTLING for matcher in matchers)
        calm = all(matcher.control.calm for matcher in matchers)
        return polls.wait_s(Phase.SETTLING if settling else Phase.RUNNING, calm=calm)

    def _look_after(self) -> None:
        now_ns = time.monotonic_ns()
        sides = (self._mic, self._ear)
        tell = False
        if now_ns >= self._plug_check_ns:
            self._plug_check_ns = now_ns + round(PLUG_CHECK_S * NS_PER_S)
            if self._plugs.changed():
                self._tries = 0
                for side in sides:
                    side.test()
                    side.hurry()
        for side in sides:
            side.keep()
            if side.due(now_ns):
                self._rescan_sometimes()
                side.seek(now_ns)
                tell = True
        if tell:
            self._tell()

    def _rescan_sometimes(self) -> None:
        """Not at the first try: mostly the devices are where they were. PortAudio refuses while a stream is open."""
        self._tries += 1
        if self._tries % RESCAN_EVERY == 0:
            try:
                portaudio.rescan()
            except DeviceError as error:
                log.debug("%s", error)

    def _tell(self) -> None:
        now = self._news()
        if (now.state, now.device, now.what) != (self._told.state, self._told.device, self._told.what):
            self._told = now
            self._on_change(now)

    def _news(self) -> SoundChange:
        sides = (self._mic, self._ear)
        lines = [side.line for side in sides if side.line is not None]
        trouble = next((side.trouble for side in sides if side.trouble), None)
        state: State = "open"
        if self._optional and not lines:
            state = "none"
        elif len(lines) < len(sides):
            state = "lost"
        elif any(side.on_spare for side in sides):
            state = "spare"
        return SoundChange(
            at_ns=time.monotonic_ns(),
            role="headset",
            state=state,
            device=", ".join(dict.fromkeys(line.device for line in lines)),
            backend="null" if state == "none" else "portaudio",
            what=trouble.what if trouble else "",
            advice=trouble.advice if trouble else "",
        )
