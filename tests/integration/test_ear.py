"""What the receptionist hears: the calls, and the tones that tell what is going on. No customer hears those."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from phoneetiquette.audio import tones
from phoneetiquette.audio.tones import Samples
from phoneetiquette.etiquette.cadence import country
from tests.integration.conftest import Phones, Seats
from tests.peers.hearing import amplitude, tone
from tests.peers.seat import Seat

RATE_HZ = 16000
ANNA = 2500.0
ARMED, WARNING, BELL, RINGBACK = 440.0, 880.0, 960.0, 400.0
PIECE = RATE_HZ // 10


def listening(folder: Path, name: str) -> dict[str, dict[str, object]]:
    """Configuration of a seat whose headset keeps what it plays."""
    return {"audio": {"backend": "wav", "wav": {"store": str(folder / f"{name}.wav")}}}


def heard(seat: Seat, folder: Path, name: str) -> Samples:
    """All of it, once the seat is at rest."""
    seat.wait_idle()
    seat.close()
    sound, rate = soundfile.read(folder / f"{name}.wav", dtype="int16")
    assert rate == RATE_HZ
    return np.asarray(sound, np.int16)


def loudest(sound: Samples, hz: float) -> float:
    """Greatest amplitude of this tone in any tenth of a second."""
    starts = range(0, len(sound) - PIECE + 1, PIECE // 5)
    return max((amplitude(sound[start : start + PIECE], hz, RATE_HZ) for start in starts), default=0.0)


def test_tones_of_pickup(seats: Seats, phones: Phones, tmp_path: Path) -> None:
    """Waiting tone while armed, the customer, the soft bell of a second call, the warning when the headset opens."""
    armed, opened = seats(listening(tmp_path, "armed"), listening(tmp_path, "opened"))
    anna = phones("anna").call(armed.uri)
    unexpected = phones("unexpected").call(opened.uri)
    anna.wait("180")
    armed.wait_call("anna", state="alerting")
    armed.post("lift")
    anna.play(tone(ANNA), repeat=True)
    anna.wait("answered")
    bert = phones("bert").call(armed.uri)
    armed.wait_state(lambda state: state["bell"] == "ear")
    time.sleep(1.2)
    bert.cancel()
    bert.wait("ended")
    armed.wait_state(lambda state: state["bell"] == "off")
    anna.bye()
    to_anna = anna.rtp.heard()
    sound = heard(armed, tmp_path, "armed")
    before, during = sound[: 3 * RATE_HZ], sound[4 * RATE_HZ :]
    assert loudest(before, ARMED) == pytest.approx(loudest(tones.armed_tone(RATE_HZ), ARMED), rel=0.3)
    assert loudest(before, ANNA) < 20
    assert loudest(during, ANNA) > 4000
    bell = tones.soft_bell(country("JP"), RATE_HZ)
    assert loudest(during, BELL) == pytest.approx(loudest(bell, BELL), rel=0.3)
    assert max(amplitude(to_anna, hz) for hz in (ARMED, BELL)) < 5

    unexpected.wait("answered", 12)
    time.sleep(0.6)
    unexpected.bye()
    sound = heard(opened, tmp_path, "opened")
    assert loudest(sound[: 6 * RATE_HZ], WARNING) < 20
    assert loudest(sound, WARNING) == pytest.approx(loudest(tones.warning_tone(RATE_HZ), WARNING), rel=0.3)


def test_caller_that_sends_longer_packets_is_heard_whole(seats: Seats, phones: Phones, tmp_path: Path) -> None:
    at_once = {"pickup": {"country": "JP", "emergency_lines": ["alarm"]}}
    (seat,) = seats({**listening(tmp_path, "long"), **at_once})
    anna = phones("anna").call(seat.uri_of("alarm"))
    anna.rtp.send_packets_of(30)
    anna.play(tone(ANNA, seconds=10))
    seat.wait_call("anna", state="alerting")
    seat.post("lift")
    anna.wait("answered")
    time.sleep(3.2)
    anna.bye()
    sound = heard(seat, tmp_path, "long")
    levels = [amplitude(sound[at : at + PIECE], ANNA, RATE_HZ) for at in range(0, len(sound) - PIECE, PIECE)]
    whole = [at for at, level in enumerate(levels) if level > 6500]
    assert len(whole) >= 26
    # A tick that came too late on a machine with much to do may cost a piece.
    assert whole[-1] - whole[0] + 1 - len(whole) <= 3


def test_ringing_of_a_dialled_phone(seats: Seats, phones: Phones, tmp_path: Path) -> None:
    """We play the national tone, unless the other side sends sound of its own before it answers."""
    plain, announced = seats(listening(tmp_path, "plain"), listening(tmp_path, "announced"))
    phone = phones("phone", answer_after_s=None)
    plain_call = plain.dial(phone.uri)
    ringing = phone.wait_call()
    plain.wait_call(plain_call, state="ringing")
    announced_call = announced.dial(phone.uri)
    announcing = phone.wait_call()
    announcing.play(tone(ANNA), repeat=True)
    announcing.progress()
    announced.wait_call(announced_call, state="ringing")
    time.sleep(1.5)
    ringing.refuse(486)
    announcing.refuse(486)
    sound = heard(plain, tmp_path, "plain")
    assert loudest(sound, RINGBACK) > 1000
    sound = heard(announced, tmp_path, "announced")
    assert loudest(sound, ANNA) > 4000
    assert loudest(sound[RATE_HZ // 2 :], RINGBACK) < 50
