"""A whole seat with a headset on a sound server: what is said on either side is heard on the other, whole."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from phoneetiquette.etiquette.cadence import country
from tests.integration.conftest import Phones
from tests.peers.hearing import AUDIBLE, amplitude, tone, wait_heard
from tests.peers.pulse import RATE_HZ, Pulse, Tap
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall, PeerTimeoutError
from tests.peers.sip_caller import SipCaller

Sound = npt.NDArray[np.int16]

NOW = "alarm"
"""A called user that no ring rule holds back: tests of what comes after the pickup need not wait for it."""
COUNTRY = "JP"
AGENT, ANNA, ARMED, HOLD = 700.0, 1600.0, 440.0, 523.0
HEADSET: dict[str, Any] = {"backend": "portaudio", "headset": {"input": "headset_in", "output": "headset_out"}}
SETTINGS: dict[str, dict[str, Any]] = {
    "pickup": {"country": COUNTRY, "emergency_lines": [NOW]},
    "audio": {**HEADSET, "ringer": {"output": "ringer_out"}},
}

SPEECH_HZ = 16000
TELEPHONE_HZ = 8000
SPEECH_S = 10
WINDOW, REACH = SPEECH_HZ // 40, SPEECH_HZ // 20
MOST_JUMP = SPEECH_HZ // 1000
ALIKE = 0.8
"""A piece that is played half a percent faster or slower, as clocks are matched, is about 0.95 like."""
TRIES = 3
"""The exact proof is made in virtual time. Here any process may be kept from running for a while, PulseAudio above all:
then there is a hole that is not of our making. But one of a few tries is all but whole."""
MOST_FAULTS = 10
"""Of 400 pieces each way."""


@pytest.fixture(scope="module")
def pulse() -> Iterator[Pulse]:
    with Pulse() as server:
        yield server


@pytest.fixture(scope="module")
def desk(pulse: Pulse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    with Seat(tmp_path_factory.mktemp("headset"), SETTINGS, pulse.environment) as seat:
        yield seat


@pytest.fixture
def seat(desk: Seat, phones: Phones) -> Iterator[Seat]:
    """No test leaves a call to the next; the phones are still there to hear the goodbye."""
    yield desk
    for call in desk.state()["calls"]:
        if call["state"] != "ended":
            desk.post("hangup", call=call["id"])
    desk.wait_idle()


@contextmanager
def tapped(pulse: Pulse, sink: str) -> Iterator[Tap]:
    tap = pulse.listen(sink)
    try:
        tap.wait_until_running()
        yield tap
    finally:
        tap.stop()


@contextmanager
def speaking(pulse: Pulse, hz: float) -> Iterator[None]:
    """The agent says this tone all the time."""
    voice = pulse.speak(tone(hz, 120, RATE_HZ))
    try:
        yield
    finally:
        end(voice)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def talking(seat: Seat, phone: SipCaller, sound: Sound) -> PeerCall:
    call = phone.call(seat.uri_of(NOW))
    call.play(sound, repeat=True)
    seat.wait_state(lambda state: any(one["ring"] for one in state["calls"]))
    seat.post("lift")
    call.wait("answered")
    seat.wait_state(lambda state: state["audio"]["headset"]["state"] == "open")
    return call


def wait_in_ear(tap: Tap, *wanted: float, among: tuple[float, ...], timeout_s: float = 8.0) -> None:
    """Blocks until exactly the ``wanted`` of the tones ``among`` have been in the ear for 0.4 s from now on."""
    started = len(tap.so_far())
    deadline = time.monotonic() + timeout_s
    while True:
        sound = tap.so_far()[started:][-RATE_HZ * 2 // 5 :]
        levels = {hz: amplitude(sound, hz, RATE_HZ) for hz in among}
        if len(sound) == RATE_HZ * 2 // 5 and {hz for hz, level in levels.items() if level > AUDIBLE} == set(wanted):
            return
        if time.monotonic() > deadline:
            raise PeerTimeoutError(
                f"the agent should hear {wanted}, hears { {hz: round(x) for hz, x in levels.items()} }"
            )
        time.sleep(0.05)


# ------------------------------------------------------------------------------------------------ whole or not


def speech(seed: int) -> Sound:
    """Like noise, never the same twice: what is missing, repeated or in another place is seen at once.

    The band is narrow for the rate, so that a delay by half a sample does not make it unlike itself.
    """
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(SPEECH_S * SPEECH_HZ))
    hz = np.fft.rfftfreq(SPEECH_S * SPEECH_HZ, 1 / SPEECH_HZ)
    spectrum[(hz < 300) | (hz > 2000)] = 0
    sound = np.fft.irfft(spectrum, SPEECH_S * SPEECH_HZ)
    return np.asarray(np.round(sound / sound.std() * 3000), np.int16)


def at_rate(sound: Sound, rate_hz: int, wanted_hz: int) -> Sound:
    """The same at another rate, exactly."""
    spectrum = np.fft.rfft(sound.astype(float))
    length = len(sound) * wanted_hz // rate_hz
    other = np.zeros(length // 2 + 1, complex)
    count = min(len(spectrum), len(other))
    other[:count] = spectrum[:count]
    converted = np.clip(np.fft.irfft(other, length) * wanted_hz / rate_hz, -32768, 32767)
    return np.asarray(np.round(converted), np.int16)


def faults(said: Sound, heard: Sound) -> list[str]:
    """What is wrong with what was heard: pieces of 25 ms that are not there, and jumps of the delay."""
    heard = np.pad(heard, (REACH, len(said)))
    size = 1 << (len(said) + len(heard)).bit_length()
    beginning = said[: 4 * WINDOW].astype(float)  # more would not be like itself any more at another speed
    products = np.fft.irfft(np.fft.rfft(heard.astype(float), size) * np.conj(np.fft.rfft(beginning, size)))
    delay = int(np.argmax(products[: len(heard)]))
    found = []
    for at in range(0, len(said) - WINDOW + 1, WINDOW):
        first = max(0, min(at + delay - REACH, len(heard) - WINDOW - 2 * REACH))
        piece = said[at : at + WINDOW].astype(float)
        around = heard[first : first + WINDOW + 2 * REACH].astype(float)
        products = np.correlate(around, piece, "valid")
        best = int(np.argmax(products))
        likeness = products[best] / np.sqrt((piece**2).sum() * (around[best : best + WINDOW] ** 2).sum() + 1)
        if likeness < ALIKE:
            found.append(f"likeness {likeness:.2f} at {at / SPEECH_HZ:.2f} s")
            continue
        if at and abs(first + best - at - delay) > MOST_JUMP:
            found.append(f"a jump by {1000 * (first + best - at - delay) / SPEECH_HZ:.1f} ms at {at / SPEECH_HZ:.2f} s")
        delay = first + best - at
    return found


def whole(ways: tuple[list[str], list[str]]) -> bool:
    return all(len(way) <= MOST_FAULTS for way in ways)


def test_ten_seconds_pass_whole_both_ways_at_once(seat: Seat, pulse: Pulse, phones: Phones) -> None:
    of_anna, of_the_agent = speech(1), speech(2)
    tries = []
    for _ in range(TRIES):
        with tapped(pulse, "ear") as tap:
            anna = talking(seat, phones("anna"), np.zeros(160, np.int16))
            time.sleep(3)  # the clocks find each other
            anna.play(at_rate(of_anna, SPEECH_HZ, TELEPHONE_HZ))
            voice = pulse.speak(at_rate(of_the_agent, SPEECH_HZ, RATE_HZ))
            time.sleep(SPEECH_S + 1.5)
            end(voice)
            in_the_ear, at_annas = at_rate(tap.so_far(), RATE_HZ, SPEECH_HZ), anna.rtp.heard()
        anna.bye()
        seat.wait_gone("anna")
        at_annas = at_rate(at_annas, TELEPHONE_HZ, SPEECH_HZ)
        tries.append((faults(of_anna, in_the_ear), faults(of_the_agent, at_annas)))
        if whole(tries[-1]):
            break
    assert whole(tries[-1]), tries


# ------------------------------------------------------------------------------------------------ from ring to hold


def bursts_s(sound: Sound) -> list[tuple[float, float]]:
    """Beginning and end of each stretch of sound, to 10 ms; a pause is at least 100 ms."""
    frame = RATE_HZ // 100
    level = np.abs(sound[: len(sound) // frame * frame].reshape(-1, frame).astype(int)).max(axis=1)
    loud = np.flatnonzero(level > AUDIBLE)
    if not len(loud):
        return []
    cuts = np.flatnonzero(np.diff(loud) > 10)
    firsts, lasts = loud[[0, *(cuts + 1)]], loud[[*cuts, -1]]
    return [(float(first) / 100, float(last + 1) / 100) for first, last in zip(firsts, lasts, strict=True)]


def test_the_bell_rings_in_the_national_cadence_until_the_caller_leaves(
    seat: Seat, pulse: Pulse, phones: Phones
) -> None:
    ring_s, pause_s = (part / 1000 for part in country(COUNTRY).alerting.on_off_ms)
    with tapped(pulse, "ringer") as ringer:
        anna = phones("anna").call(seat.uri)
        seat.wait_call("anna", state="alerting")
        wait_for_bursts(ringer, 2)
        anna.cancel()
        anna.wait("ended")
        left_s = len(ringer.so_far()) / RATE_HZ
        time.sleep(ring_s + pause_s)
        (first, end_of_first), (second, end_of_second) = bursts_s(ringer.so_far())
    assert end_of_first - first == pytest.approx(ring_s, abs=0.05)
    assert second - first == pytest.approx(ring_s + pause_s, abs=0.05)
    assert end_of_second < left_s + 0.6


def wait_for_bursts(tap: Tap, number: int) -> None:
    deadline = time.monotonic() + 12
    while len(bursts_s(tap.so_far())) < number:
        assert time.monotonic() < deadline, "the bell does not ring"
        time.sleep(0.1)


def test_an_early_lift_quiets_the_bell_and_is_told_in_the_ear(seat: Seat, pulse: Pulse, phones: Phones) -> None:
    with tapped(pulse, "ringer") as ringer, tapped(pulse, "ear") as ear:
        anna = phones("anna").call(seat.uri)
        anna.play(tone(ANNA), repeat=True)
        wait_for_bursts(ringer, 1)
        seat.post("lift")
        lifted_s = len(ringer.so_far()) / RATE_HZ
        wait_in_ear(ear, ARMED, among=(ARMED, ANNA))
        anna.wait("answered")
        wait_in_ear(ear, ANNA, among=(ARMED, ANNA))
        assert bursts_s(ringer.so_far())[-1][1] < lifted_s + 0.6
        between = ear.so_far()
        assert amplitude(between[: -2 * RATE_HZ], ANNA, RATE_HZ) < AUDIBLE / 10


def test_mute_and_hold(seat: Seat, pulse: Pulse, phones: Phones) -> None:
    everything = (AGENT, ANNA, HOLD)
    with tapped(pulse, "ear") as ear, speaking(pulse, AGENT):
        anna = talking(seat, phones("anna"), tone(ANNA))
        wait_heard(anna, AGENT, among=everything)
        wait_in_ear(ear, ANNA, among=everything)
        seat.post("mute", muted=True)
        wait_heard(anna, among=everything)
        seat.post("mute", muted=False)
        wait_heard(anna, AGENT, among=everything)
        seat.post("hold")
        wait_heard(anna, HOLD, among=everything, timeout_s=8)
        wait_in_ear(ear, among=everything)
        seat.post("resume")
        wait_heard(anna, AGENT, among=everything)
        wait_in_ear(ear, ANNA, among=everything)


# ------------------------------------------------------------------------------------------------ no sound


def test_the_sound_server_goes_in_a_call_and_comes_back(pulse: Pulse, seat: Seat, phones: Phones) -> None:
    with speaking(pulse, AGENT):
        anna = talking(seat, phones("anna"), tone(ANNA))
        wait_heard(anna, AGENT, among=(AGENT,))
        pulse.kill()
    state = seat.wait_state(lambda state: state["audio"]["headset"]["state"] == "lost" and state["troubles"])
    assert any(trouble["key"] == "audio.headset" and trouble["what"] for trouble in state["troubles"])
    wait_heard(anna, among=(AGENT,))
    pulse.start()
    seat.wait_state(lambda state: state["audio"]["headset"]["state"] == "open" and not state["troubles"], timeout_s=20)
    with speaking(pulse, AGENT), tapped(pulse, "ear") as ear:
        wait_heard(anna, AGENT, among=(AGENT,))
        wait_in_ear(ear, ANNA, among=(ANNA,))
    assert seat.wait_call("anna")["state"] == "talking"


@pytest.mark.parametrize("alsa", ["/usr/share/alsa/alsa.conf", "/nonexistent"], ids=["plain ALSA", "ALSA broken"])
@pytest.mark.parametrize(("backend", "state"), [("portaudio", "lost"), ("auto", "none")])
def test_without_a_sound_server_the_seat_is_up_and_says_so(
    tmp_path: Path, phones: Phones, backend: str, state: str, alsa: str
) -> None:
    nobody_there = {"PULSE_RUNTIME_PATH": str(tmp_path), "HOME": str(tmp_path), "ALSA_CONFIG_PATH": alsa}
    with Seat(tmp_path, {**SETTINGS, "audio": {"backend": backend}}, nobody_there) as seat:
        anna = phones("anna").call(seat.uri_of(NOW))
        told = seat.wait_state(lambda found: any(one["key"] == "audio.headset" for one in found["troubles"]))
        assert told["audio"]["headset"]["state"] == state
        assert all(trouble["what"] and trouble["advice"] for trouble in told["troubles"])
        seat.wait_state(lambda found: any(one["ring"] for one in found["calls"]))
        seat.post("lift")
        anna.wait("answered")
        seat.wait_call("anna", state="talking")
        anna.bye()
        seat.wait_idle()
