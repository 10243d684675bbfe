"""Who hears what: the headset, the bell, prompts, hold music and recordings of a seat. SIP thread only."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pjsua2 as pj
from numpy.typing import NDArray

from phoneetiquette import events as e
from phoneetiquette.audio import tones
from phoneetiquette.audio.headset import HeadsetSound
from phoneetiquette.audio.prompts import hold_music, message_prompt
from phoneetiquette.audio.ringer import RingerSound
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.etiquette.cadence import country
from phoneetiquette.sip import key_ear
from phoneetiquette.sip.bridge import EAR_SLOT, Bridge
from phoneetiquette.sip.call import SipCall
from phoneetiquette.sip.key_ear import KeyEar
from phoneetiquette.sip.media_clock import MediaClock, PhoneClock
from phoneetiquette.sip.patchbay import Cord, Patchbay
from phoneetiquette.sip.phone_call import PhoneCall
from phoneetiquette.sip.realtime import prefer_this_thread
from phoneetiquette.sip.settings import EngineSettings
from phoneetiquette.sip.speaking import Speaking, port_of
from phoneetiquette.units import NS_PER_S

log = logging.getLogger(__name__)

WAV_HEADER = 44
WHOLE_WITHIN_NS = NS_PER_S
"""How long the file of a recording may take to be completed."""

ANNOUNCED_AFTER_MS = 400
"""Who calls is not said before the handset is at the ear."""

Samples = NDArray[np.int16]

EAR, MIC, HOLD, AGENT = "ear", "mic", "hold", "agent"
RINGBACK_S = 60
"""Least length of the ringback file: the library's player pauses for a frame whenever it begins a file anew."""


def _begin_clock_thread(library: pj.Endpoint) -> None:
    library.libRegisterThread("media-clock")
    prefer_this_thread()


class Recording(NamedTuple):
    """A voice message: how long it took, and how much of that is in the file."""

    file: Path
    took_s: float
    stored_s: float
    prompt_s: float
    """For so long the caller was still being spoken to."""


class Sounds:
    """All sound of a seat. Made after the endpoint has started."""

    def __init__(
        self,
        settings: EngineSettings,
        library: pj.Endpoint,
        *,
        headset: HeadsetSound,
        ringer: RingerSound,
        on_tick: Callable[[Samples, Samples], None],
        on_key: Callable[[e.Event], None],
    ) -> None:
        self._settings = settings
        self._rate = settings.audio.rate_hz
        self._headset = headset
        self._ringer = ringer
        self._country = country(settings.country)
        bridge = Bridge(library, self._rate)
        self.bay = Patchbay()
        self.bay.add(EAR, EAR_SLOT)
        self.bay.add(MIC, bridge.mic_slot)
        self.speaking = Speaking(self.bay, self._rate)
        self._keys = KeyEar(bridge, self.bay, self._rate, on_key)
        self.read_packets: Callable[[], object] = bridge.sockets.read
        """Take in what has come by RTP; the clock does so at every tick."""
        self._players: dict[str, pj.AudioMediaPlayer] = {}
        self._recorders: dict[e.CallId, tuple[pj.AudioMediaRecorder, Path, int, float]] = {}
        self._recorded: dict[e.CallId, tuple[Path, float, int, float]] = {}
        clock: Callable[..., MediaClock] = MediaClock
        self._phone = bool(settings.phones)
        if self._phone:
            self.bay.add(AGENT, bridge.add_tap())
            clock = functools.partial(PhoneClock, agent=bridge.tapped)
        self.clock = clock(
            sound=headset,
            exchange=bridge.exchange,
            register_thread=lambda: _begin_clock_thread(library),
            on_tick=on_tick,
            frame_samples=self._rate // 50,
        )
        cache = Path(settings.cache_dir)
        self._ringback_file = cache / f"ringback-{self._country.code}-{self._rate}.wav"
        self._ringback = tones.ringback_cycle(self._country, self._rate)
        self._ringing = np.tile(self._ringback, RINGBACK_S * self._rate // len(self._ringback) + 1)
        self._write(self._ringback_file, self._ringing)
        self._hold_file = cache / f"hold-{self._rate}.wav"
        self._write(self._hold_file, tones.hold_tone(self._rate))
        self._cache = cache
        self._waits = False
        """The waiting tone of an early lift is playing."""
        # Made now, because each takes tens of milliseconds, in which a ringing call would wait for its answer.
        self._bell = tones.bell(self._country, self._rate)
        self._soft_bell = tones.soft_bell(self._country, self._rate)
        self.clock.start()

    # --------------------------------------------------------------------------------------------- waking, resting

    def wake(self) -> None:
        """A call is here: open the headset (in the background) and tick."""
        if not self.clock.ticking:
            self._headset.open()
            self.clock.resume()

    def talk_began(self) -> None:
        """The agent was connected with somebody."""
        self.clock.tones["caller"].stop()
        self._headset.talk_began()

    def rest(self) -> None:
        """No call is left: stop ticking, close the headset."""
        if self.clock.ticking:
            self.clock.pause()
            self._headset.close()

    def end(self) -> None:
        for call in list(self._recorders):
            self.end_message(call)
        self._players.clear()
        self.bay = Patchbay()
        self.clock.end()
        self._keys.end()
        self._ringer.stop()
        self._headset.close()

    # ------------------------------------------------------------------------------------------------- the cords

    def call_media(self, call: SipCall, media: pj.AudioMedia | None) -> None:
        """The sound of a call is (again, no longer) there."""
        self.bay.drop(call.call)
        if media is not None:
            self.bay.add(call.call, media.getPortId())

    def patch(self, calls: Iterable[SipCall]) -> None:
        """Bring the cords in line with the roles of the calls."""
        calls = tuple(calls)
        wanted: set[Cord] = set()
        conference = [c.call for c in calls if c.role == "conference"]
        phones = [c.call for c in calls if isinstance(c, PhoneCall) and c.listens]
        agent = self._phone_cords if self._phone else self._headset_cords
        self._keys.listen_to([c.call for c in calls if c.role == "machine" and c.media_up and not c.music])
        for call in calls:
            name, (by_us, _) = call.call, call.held
            if by_us:
                self._play_hold()
                wanted.add((HOLD, name))
            elif call.role in ("agent", "conference"):
                wanted |= agent(name, phones)
            elif call.role == "phone":
                wanted |= {(MIC, name), (name, AGENT)} if name in phones else set()
            elif call.role == "machine":
                wanted |= {(port_of(name), name), (name, f"record:{name}"), (name, key_ear.port_of(name))}
                if call.music:
                    self._play_hold()
                    wanted.add((HOLD, name))
            elif call.role == "message":
                wanted |= {(f"message:{name}", name), (name, f"record:{name}")}
            elif call.role == "none" and call.incoming:
                wanted.add((f"ringback:{name}", name))
            elif call.role == "none":
                wanted |= {(name, phone) for phone in phones} if self._phone else {(name, EAR)}
            if call.joined_to:
                wanted.add((name, call.joined_to))
        wanted |= {(a, b) for a in conference for b in conference if a != b}
        self.bay.patch(wanted)

    def _headset_cords(self, call: e.CallId, phones: Iterable[e.CallId]) -> set[Cord]:
        del phones
        return {(call, EAR), (MIC, call)}

    def _phone_cords(self, call: e.CallId, phones: Iterable[e.CallId]) -> set[Cord]:
        """The customer's call with the phone's; the ear is measured as the customer's side."""
        hear = {(call, phone) for phone in phones}
        return {(call, EAR), *hear, *(set() if self.clock.muted else {(phone, call) for phone in phones})}

    def _player(self, name: str, file: Path, *, loop: bool) -> pj.AudioMediaPlayer:
        if name not in self._players:
            player = pj.AudioMediaPlayer()
            player.createPlayer(str(file), 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)
            self._players[name] = player
            self.bay.add(name, player.getPortId())
        return self._players[name]

    def _play_hold(self) -> None:
        """The configured music, or where there is none that can be played, gentle notes."""
        if HOLD in self._players:
            return
        file = self._hold_file
        if self._settings.hold_music:
            try:
                file = hold_music(Path(self._settings.hold_music), self._rate, self._cache)
            except ConfigurationError as error:
                log.warning("no hold music: %s", error)
        try:
            if not file.exists():
                self._write(file, tones.hold_tone(self._rate))
            self._player(HOLD, file, loop=True)
        except (OSError, pj.Error) as error:
            log.warning("held parties hear nothing: %s cannot be played: %s", file, _why(error))

    def forget(self, call: e.CallId) -> None:
        """A call is over."""
        self.bay.drop(call)
        self.speaking.be_quiet(call)
        for name in (f"message:{call}", f"ringback:{call}"):
            if name in self._players:
                self.bay.remove(name)
                del self._players[name]

    # -------------------------------------------------------------------------------------------- bell and signals

    def bell(self, where: Literal["ringer", "ear", "armed", "off"]) -> None:
        """Ring aloud, softly in the ear, play the waiting tone of an early lift, or be quiet."""
        ear = self.clock.tones["bell"]
        self._waits = where == "armed"
        self.clock.tones["caller"].stop()
        if where == "ringer":
            self._ringer.start(self._bell, self._rate)
        else:
            self._ringer.stop()
        if where == "ear":
            ear.play(self._soft_bell)
        elif where == "armed":
            ear.play(tones.armed_tone(self._rate))
        else:
            ear.stop()

    def announce(self, sound: Path) -> None:
        """Say who is calling over the waiting tone; its end is that of the waiting.

        Raises:
            OSError: the file cannot be read.
        """
        if self._waits:
            before = np.zeros(ANNOUNCED_AFTER_MS * self._rate // 1000, np.int16)
            self.clock.tones["caller"].play(np.concatenate([before, tones.read_wav(sound)]), once=True)

    def warn(self) -> None:
        """The headset has opened by itself: say so in the ear."""
        self.clock.tones["signal"].play(tones.warning_tone(self._rate), once=True)

    def remote_ringing(self, ringing: bool) -> None:
        """What the agent hears while a called phone rings without sound of its own."""
        tone = self.clock.tones["ringback"]
        if ringing and not tone.playing:
            tone.play(self._ringback)
        elif not ringing:
            tone.stop()

    # -------------------------------------------------------------------------------- ringback and messages, our own

    def begin_ringback(self, call: e.CallId) -> int | None:
        """Play the national ringback to a caller from the next tick on; the moment of its first sample.

        ``None``: its file is gone and cannot be made anew.
        """
        try:
            if not self._ringback_file.exists():
                self._write(self._ringback_file, self._ringing)
            self._player(f"ringback:{call}", self._ringback_file, loop=True)
        except (OSError, pj.Error) as error:
            log.error("callers hear no ringing of ours: %s: %s", self._ringback_file, _why(error))
            return None
        return max(self.clock.next_tick_ns, time.monotonic_ns())

    def _write(self, file: Path, samples: Samples) -> None:
        """A sound of our own; again, where somebody has tidied it away.

        Raises:
            OSError: it cannot be written.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        tones.write_wav(file, samples, self._rate)

    def begin_message(self, call: e.CallId, prompt: str, file: Path) -> float:
        """Play the prompt (a sound file, or empty for the built-in one), record to ``file``; the prompt's seconds."""
        spoken = self._spoken(prompt)
        player = self._player(f"message:{call}", spoken, loop=False)
        prompt_s = float(player.getInfo().sizeSamples) / self._rate
        self.record(call, file, prompt_s)
        return prompt_s

    def record(self, call: e.CallId, file: Path, prompt_s: float = 0.0) -> None:
        """Record the caller to ``file``; for ``prompt_s`` the caller is still being spoken to."""
        recorder = pj.AudioMediaRecorder()
        recorder.createRecorder(str(file))
        self.bay.add(f"record:{call}", recorder.getPortId())
        self._recorders[call] = (recorder, file, time.monotonic_ns(), prompt_s)

    def _spoken(self, prompt: str) -> Path:
        """The prompt, or where it cannot be played, the built-in one."""
        if prompt:
            try:
                return message_prompt(Path(prompt), self._rate, self._cache)
            except ConfigurationError as error:
                log.warning("the built-in prompt is played: %s", error)
        return message_prompt(None, self._rate, self._cache)

    def end_message(self, call: e.CallId) -> None:
        """Stop recording. The library completes the file in one of the next ticks: see :meth:`message_is_whole`."""
        entry = self._recorders.pop(call, None)
        if entry:
            recorder, file, began_ns, prompt_s = entry
            now = time.monotonic_ns()
            self._recorded[call] = file, (now - began_ns) / NS_PER_S, now + WHOLE_WITHIN_NS, prompt_s
            self.bay.remove(f"record:{call}")
            del recorder

    def message_is_whole(self, call: e.CallId) -> bool:
        """False while the file of an ended recording is not complete yet."""
        if call not in self._recorded:
            return True
        file, _, deadline_ns, _ = self._recorded[call]
        return _is_whole(file) or time.monotonic_ns() > deadline_ns

    def take_recording(self, call: e.CallId) -> Recording | None:
        """An ended recording, once."""
        entry = self._recorded.pop(call, None)
        if entry is None:
            return None
        file, took_s, _, prompt_s = entry
        try:
            stored_s = max(0, file.stat().st_size - WAV_HEADER) / (2 * self._rate)
        except OSError:
            stored_s = 0.0
        return Recording(file, took_s, stored_s, prompt_s)


def _why(error: OSError | pj.Error) -> str:
    return str(error.reason if isinstance(error, pj.Error) else error.strerror)


def _is_whole(wav: Path) -> bool:
    """Whether the header tells the length that the file has: it is written last."""
    try:
        with wav.open("rb") as file:
            head = file.read(8)
        return head[:4] == b"RIFF" and int.from_bytes(head[4:], "little") + 8 == wav.stat().st_size
    except OSError:
        return True  # somebody has taken it away
