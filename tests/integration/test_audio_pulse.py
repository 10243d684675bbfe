"""The headset and the bell on a real sound server. The seat runs in a process of its own, as PortAudio reads its
environment only once; the test speaks into the mouth sink and listens at the ear sink."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.peers.pulse import RATE_HZ, Pulse

SOURCE = Path(__file__).parents[2] / "src"

SEAT = textwrap.dedent('''
    """Ticks as the bridge does: says ear.npy to the ear, keeps what the microphone gave; commands on standard input."""
    import json, select, sys, time
    import numpy as np
    from phoneetiquette.audio import portaudio
    from phoneetiquette.audio.backends import make_headset, make_ringer
    from phoneetiquette.audio.settings import AudioSettings
    from phoneetiquette.errors import DeviceError

    settings = AudioSettings(**json.loads(sys.argv[1]))
    say = lambda **what: print(json.dumps(what), flush=True)
    told = lambda change: say(role=change.role, state=change.state, device=change.device, what=change.what,
                              backend=change.backend)
    headset, bell = make_headset(settings, told), make_ringer(settings, told)
    rate = settings.rate_hz
    ear, mic = np.load("ear.npy"), []
    frame = rate // 50
    due, at, longest = time.monotonic(), 0, 0.0
    while True:
        if select.select([sys.stdin], [], [], 0)[0]:
            word, *rest = sys.stdin.readline().split() or ["end"]
            if word == "open":
                headset.open()
            elif word == "close":
                headset.close()
            elif word == "stall":
                time.sleep(float(rest[0]))
            elif word == "ring":
                bell.start(np.load("bell.npy"), rate)
            elif word == "quiet":
                bell.stop()
            elif word == "keep":
                np.save("mic.npy", np.concatenate(mic))
                say(kept=True)
            elif word == "count":
                counters = headset.counters
                say(holes=counters.mic_holes + counters.ear_holes, losses=counters.losses, longest=longest, at=at)
            elif word == "find":
                try:
                    say(found=portaudio.find_device(rest[0], rest[1]).name)
                except DeviceError as error:
                    say(error=str(error))
            else:
                sys.exit()
        time.sleep(max(0.0, due - time.monotonic()))
        due += 0.02
        began = time.monotonic()
        while (said := headset.read_mic()) is None:
            time.sleep(0.001)
        mic.append(said.copy())
        headset.write_ear(ear[at : at + frame])
        longest = max(longest, time.monotonic() - began)
        at = (at + frame) % len(ear)
''')


class Seat:
    """The process that owns the headset."""

    def __init__(self, directory: Path, pulse: Pulse | None, **audio: Any) -> None:
        self.directory = directory
        (directory / "seat.py").write_text(SEAT)
        if not (directory / "ear.npy").exists():
            np.save(directory / "ear.npy", np.zeros(audio["rate_hz"], np.int16))
        self.process = subprocess.Popen(
            [sys.executable, "seat.py", json.dumps(audio)],
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(SOURCE), "PATH": "/usr/bin:/bin", **(pulse.environment if pulse else {})},
        )
        self.news: list[dict[str, Any]] = []

    def do(self, command: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def next(self) -> dict[str, Any]:
        """The next thing the seat says."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the seat has ended"
        said: dict[str, Any] = json.loads(line)
        return said

    def wait_for(self, **wanted: Any) -> dict[str, Any]:
        """Read on until the seat says something of this kind."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            said = self.next()
            self.news.append(said)
            if all(said.get(key) == value for key, value in wanted.items()):
                return said
        raise AssertionError(f"never said: {wanted}; but: {self.news}")

    def ask(self, command: str, key: str) -> dict[str, Any]:
        self.do(command)
        while key not in (said := self.next()):
            self.news.append(said)
        return said

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    with Pulse() as server:
        yield server


TRIES = 3
HEADSET = {"input": "headset_in", "output": "headset_out"}


def babble(rate_hz: int, seconds: int) -> npt.NDArray[np.int16]:
    """Never the same twice, so that every moment can be told from every other; and low, so that neither the resampling
    nor half a sample makes it unlike itself."""
    rng = np.random.default_rng(5)
    spectrum = np.fft.rfft(rng.standard_normal(seconds * rate_hz))
    frequency = np.fft.rfftfreq(seconds * rate_hz, 1 / rate_hz)
    spectrum[(frequency < 200) | (frequency > 1000)] = 0
    sound = np.fft.irfft(spectrum, seconds * rate_hz)
    loud: npt.NDArray[np.float64] = sound / sound.std() * 4000
    return np.round(loud).astype(np.int16)


def delays_ms(
    said: npt.NDArray[np.int16], heard: npt.NDArray[np.int16], rate_hz: int
) -> tuple[list[float], list[float]]:
    """Every 50 ms: by how much what was heard lags behind what was said, and how like it is (1: the same)."""
    window, reach = rate_hz // 20, rate_hz // 4
    whole = np.fft.irfft(
        np.fft.rfft(heard.astype(float), 1 << 19) * np.conj(np.fft.rfft(said.astype(float)[: rate_hz // 4], 1 << 19))
    )
    start = int(np.argmax(whole[: len(heard) - len(said)]))  # the first of several, and heard to its end
    delays, likeness = [], []
    for at in range(rate_hz // 2, len(said) - window, rate_hz // 20):
        piece = said[at : at + window].astype(float)
        low = start + at - reach
        around = heard[max(0, low) : start + at + window + reach].astype(float)
        if low < 0 or len(around) < window + 2 * reach:
            break
        products = np.correlate(around, piece, "valid")
        best = int(np.argmax(products))
        there = around[best : best + window]
        delays.append((best - reach) / rate_hz * 1000)
        likeness.append(float(products[best] / np.sqrt((piece**2).sum() * (there**2).sum() + 1)))
    return delays, likeness


def down(sound: npt.NDArray[np.int16], to_hz: int) -> npt.NDArray[np.int16]:
    """From the sound server's rate, keeping the time line: the probe has nothing above 1 kHz."""
    fewer: npt.NDArray[np.int16] = sound[:: RATE_HZ // to_hz]
    return fewer


def up(sound: npt.NDArray[np.int16], from_hz: int) -> npt.NDArray[np.int16]:
    """To the sound server's rate, exactly."""
    spectrum = np.fft.rfft(sound.astype(float))
    more = RATE_HZ // from_hz
    longer = np.zeros(len(sound) * more // 2 + 1, complex)
    longer[: len(spectrum)] = spectrum
    louder: npt.NDArray[np.float64] = np.fft.irfft(longer, len(sound) * more) * more
    return np.round(louder).astype(np.int16)


@pytest.mark.parametrize("rate_hz", [16000, 8000])
def test_sound_passes_whole_both_ways(pulse: Pulse, tmp_path: Path, rate_hz: int) -> None:
    """The exact proof is made in virtual time. Here any process, PulseAudio above all, may be kept from running: such
    a moment may tear a hole. But what is heard is what was said, and the delay stays near, in one of a few tries."""
    tries = []
    for number in range(TRIES):
        (tmp_path / f"{number}").mkdir()
        tries.append(_faults_both_ways(pulse, tmp_path / f"{number}", rate_hz))
        if not any(tries[-1]):
            break
    assert not any(tries[-1]), tries


def _faults_both_ways(pulse: Pulse, tmp_path: Path, rate_hz: int) -> list[str]:
    """What is wrong with what was heard at either end."""
    seconds = 4
    np.save(tmp_path / "ear.npy", said := babble(rate_hz, seconds))
    tap = pulse.listen("ear")
    tap.wait_until_running()
    seat = Seat(tmp_path, pulse, backend="portaudio", rate_hz=rate_hz, headset=HEADSET)
    try:
        seat.do("open")
        seat.wait_for(state="open", device="headset_in, headset_out", backend="portaudio")
        time.sleep(3)
        speaker = pulse.speak(up(babble(rate_hz, seconds), rate_hz))
        assert speaker.wait(20) == 0
        time.sleep(1)
        seat.ask("keep", "kept")
        counted = seat.ask("count", "holes")
    finally:
        seat.end()
    ear = down(tap.stop(), rate_hz)
    found = [f"{counted['losses']} losses of the device"] if counted["losses"] else []
    for heard in (np.load(tmp_path / "mic.npy"), ear[-2 * seconds * rate_hz :]):
        delays, likeness = delays_ms(said, heard, rate_hz)
        whole = np.array(likeness) > 0.9
        share, span_ms = float(np.mean(whole)), float(np.ptp(np.array(delays)[whole])) if whole.any() else 0.0
        if len(likeness) < 10 * seconds or share <= 0.85 or span_ms >= 120:
            found.append(f"{len(likeness)} pieces, {share:.2f} of them whole, delays within {span_ms:.0f} ms")
    return found


def test_an_ambiguous_or_unknown_name_lists_the_candidates(pulse: Pulse, tmp_path: Path) -> None:
    seat = Seat(tmp_path, pulse, backend="null", rate_hz=16000)
    try:
        assert seat.ask("find RINGER output", "found")["found"] == "ringer_out"
        assert seat.ask("find headset_IN input", "found")["found"] == "headset_in"
        several = seat.ask("find _out output", "error")["error"]
        assert "3 devices fit" in several
        assert all(name in several for name in ("'headset_out'", "'spare_out'", "'ringer_out'"))
        unknown = seat.ask("find jabra input", "error")["error"]
        assert "there is none of that name" in unknown
        assert all(name in unknown for name in ("'headset_in'", "'spare_in'"))
    finally:
        seat.end()


def test_an_unknown_device_is_told_and_the_ticks_go_on(pulse: Pulse, tmp_path: Path) -> None:
    headset = {"input": "jabra", "output": "headset_out"}
    seat = Seat(tmp_path, pulse, backend="portaudio", rate_hz=16000, headset=headset)
    try:
        seat.do("open")
        told = seat.wait_for(state="lost")
        assert told["device"] == "headset_out"
        assert "sound device 'jabra' for input" in told["what"]
        assert seat.ask("count", "at")["at"] > 0
    finally:
        seat.end()


def test_a_device_that_is_unplugged_gives_way_to_the_spare_and_comes_back(pulse: Pulse, tmp_path: Path) -> None:
    headset = {**HEADSET, "spare_input": "spare_in", "spare_output": "spare_out"}
    seat = Seat(tmp_path, pulse, backend="portaudio", rate_hz=16000, headset=headset)
    try:
        seat.do("open")
        seat.wait_for(state="open")
        time.sleep(2)
        pulse.unplug("ear")
        assert seat.wait_for(state="spare")["device"] == "headset_in, spare_out"
        pulse.plug("ear")
        assert seat.wait_for(state="open")["device"] == "headset_in, headset_out"
    finally:
        seat.end()


def test_the_sound_server_dies_in_a_call_and_the_headset_comes_back_with_it(pulse: Pulse, tmp_path: Path) -> None:
    seat = Seat(tmp_path, pulse, backend="portaudio", rate_hz=16000, headset=HEADSET)
    try:
        seat.do("open")
        seat.wait_for(state="open")
        time.sleep(2)
        pulse.kill()
        told = seat.wait_for(state="lost")
        assert told["what"]
        before = seat.ask("count", "at")["at"]
        time.sleep(1)
        assert seat.ask("count", "at")["at"] != before
        pulse.start()
        seat.wait_for(state="open")
        assert seat.ask("count", "losses")["losses"] >= 1
    finally:
        seat.end()


def test_a_sound_server_that_hangs_does_not_hold_up_the_ticks(pulse: Pulse, tmp_path: Path) -> None:
    seat = Seat(tmp_path, pulse, backend="portaudio", rate_hz=16000, headset=HEADSET)
    try:
        seat.do("open")
        seat.wait_for(state="open")
        time.sleep(2)
        pulse.signal(signal.SIGSTOP)
        try:
            began, first = time.monotonic(), seat.ask("count", "at")["at"]
            time.sleep(1.5)
            ticked = (seat.ask("count", "at")["at"] - first) % 16000 / 320
            due = (time.monotonic() - began) * 50
        finally:
            pulse.signal(signal.SIGCONT)
        assert abs((ticked - due + 25) % 50 - 25) <= 15  # the count begins anew every 50 ticks
    finally:
        seat.end()


def test_without_a_sound_server_auto_is_silent_and_says_why(tmp_path: Path) -> None:
    seat = Seat(tmp_path, None, backend="auto", rate_hz=16000)
    try:
        seat.do("open")
        told = seat.wait_for(role="headset", backend="null")
        assert told["state"] == "none"
        assert told["what"]
        assert seat.ask("count", "at")["at"] > 0
    finally:
        seat.end()


def test_the_bell_loops_without_a_seam_and_stops_at_once(pulse: Pulse, tmp_path: Path) -> None:
    rate_hz = 16000
    pattern = np.round(8000 * np.sin(2 * np.pi * 425 * np.arange(rate_hz) / rate_hz)).astype(np.int16)
    pattern[rate_hz // 2 :] = 0
    np.save(tmp_path / "bell.npy", pattern)
    tap = pulse.listen("ringer")
    tap.wait_until_running()
    seat = Seat(tmp_path, pulse, backend="portaudio", rate_hz=rate_hz, ringer={"output": "ringer_out"})
    try:
        seat.do("ring")
        seat.wait_for(role="ringer", state="open", device="ringer_out")
        time.sleep(5.3)
        rung = len(tap.so_far())
        seat.do("quiet")
        time.sleep(1.0)
    finally:
        seat.end()
    heard = tap.stop()
    loud = np.flatnonzero(np.abs(heard) > 800)
    edges = [0, *(np.flatnonzero(np.diff(loud) > RATE_HZ // 10) + 1)]
    begins = loud[edges] / RATE_HZ
    assert len(begins) >= 5
    assert np.abs(np.diff(begins) - 1.0).max() < 0.002
    assert loud[-1] < rung + 0.35 * RATE_HZ


def test_a_bell_that_cannot_be_opened_is_told_and_tried_again(pulse: Pulse, tmp_path: Path) -> None:
    np.save(tmp_path / "bell.npy", np.full(1600, 4000, np.int16))
    pulse.unplug("ringer")
    seat = Seat(tmp_path, pulse, backend="portaudio", rate_hz=16000, ringer={"output": "ringer_out"})
    try:
        seat.do("ring")
        told = seat.wait_for(role="ringer", state="lost")
        assert "'ringer_out' cannot be opened for output" in told["what"]
        pulse.plug("ringer")
        seat.wait_for(role="ringer", state="open")
        seat.do("quiet")
    finally:
        seat.end()


def test_a_closed_headset_costs_nothing(pulse: Pulse, tmp_path: Path) -> None:
    """After a call nothing of the sound is left but a thread that sleeps."""
    seat = Seat(tmp_path, pulse, backend="portaudio", rate_hz=16000, headset=HEADSET)
    try:
        seat.do("open")
        seat.wait_for(state="open")
        time.sleep(1)
        seat.do("close")
        time.sleep(1)
        tasks = list(Path(f"/proc/{seat.process.pid}/task").iterdir())
        names = {(task / "comm").read_text().strip() for task in tasks}
        assert "threaded-ml" not in names
        children = Path(f"/proc/{seat.process.pid}/task/{seat.process.pid}/children").read_text()
        assert not children
    finally:
        seat.end()
