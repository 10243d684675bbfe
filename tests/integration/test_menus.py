"""Menus, announcements and messages on real calls: keys in every form, barge-in, silence, hang-up at any point."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from phoneetiquette import events as e
from phoneetiquette.speech.dtmf import HIGH_HZ, KEYS, LOW_HZ
from tests.integration.conftest import Phones
from tests.peers.g711 import Samples
from tests.peers.hearing import tone, wait_heard
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import SipCaller

GUEST, MARIA, AGENT = 1000.0, 1600.0, 700.0
NIGHT, DEEPER, SAID, WRONG = 500.0, 600.0, 820.0, 2300.0
ALL = (GUEST, MARIA, AGENT, NIGHT, DEEPER, SAID, WRONG)
NOW = "alarm"
WINDOW_S = 4.0
"""End of the second ring in Japan."""
PLAN = """\
dialplan: 1
name: Test
country: AT
timezone: Europe/Vienna
languages: [en, de]
desk: {{rings: 1, transfer: direct}}
people:
  maria: {{call: "{maria}", skills: [booking]}}
services:
  office: {{email: office@hotel.example}}
topics:
  change: {{label: Change a booking, to: [maria], otherwise: {{message: office}}}}
lines:
  night: {{called: [night, alarm], rules: [{{do: {{menu: night}}}}]}}
  closed: {{called: [closed], rules: [{{do: {{say: {{file: said.wav}}}}}}]}}
  late: {{called: [late], rules: [{{do: {{ring: desk}}}}], on_deadline: [{{menu: night}}]}}
  main: {{rules: [{{do: {{ring: desk}}}}], on_deadline: [{{message: office}}]}}
menus:
  night:
    say: {{en: {{file: night.wav}}, de: {{file: night.wav}}}}
    keys:
      1: {{topic: change}}
      2: {{menu: deeper, language: de}}
      3: [{{ring: desk}}, {{message: office}}]
      4: {{refuse: busy}}
      9: {{message: office}}
    no_key: {{after: 2s, repeat: 2, then: {{say: {{en: {{file: said.wav}}, de: {{file: said.wav}}}}}}}}
    wrong_key: {{say: {{en: {{file: wrong.wav}}, de: {{file: wrong.wav}}}}, tries: 2, then: {{refuse: busy}}}}
  deeper:
    say: {{en: {{file: deeper.wav}}, de: {{file: deeper.wav}}}}
    keys: {{"*": {{back: yes}}, "#": {{repeat: yes}}}}
    no_key: {{then: {{message: office}}}}
"""


def write_sound(file: Path, hz: float, seconds: float) -> None:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(np.tile(tone(hz), int(seconds)).tobytes())


def write_plan(folder: Path, maria: str) -> Path:
    for name, hz, seconds in (("night", NIGHT, 8), ("deeper", DEEPER, 8), ("said", SAID, 1), ("wrong", WRONG, 2)):
        write_sound(folder / f"{name}.wav", hz, seconds)
    file = folder / "plan.yaml"
    file.write_text(PLAN.format(maria=maria))
    return file


@pytest.fixture(scope="module")
def maria() -> Iterator[SipCaller]:
    with SipCaller("maria") as maria:
        yield maria


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory, maria: SipCaller) -> Iterator[Seat]:
    folder = tmp_path_factory.mktemp("menus")
    plan = write_plan(folder, maria.contact)
    settings = {"pickup": {"country": "JP", "emergency_lines": [NOW]}, "dialplan": str(plan)}
    with Seat(folder, settings) as seat:
        yield seat


@pytest.fixture(autouse=True)
def _ends_idle(seat: Seat, phones: Phones) -> Iterator[None]:
    yield
    seat.hang_up_all()


def in_menu(seat: Seat, phone: SipCaller, line: str = NOW) -> tuple[str, PeerCall]:
    """A caller who hears the night's menu, at once."""
    guest = phone.call(seat.uri_of(line))
    guest.play(tone(GUEST), repeat=True)
    guest.wait("answered", 15)
    call = seat.wait_call(phone.user, state="menu")["id"]
    wait_heard(guest, NIGHT, among=ALL)
    return str(call), guest


def key_tone(key: str, seconds: float = 0.1) -> Samples:
    row = next(number for number, keys in enumerate(KEYS) if key in keys)
    hz = LOW_HZ[row], HIGH_HZ[KEYS[row].index(key)]
    at = np.arange(int(seconds * 8000)) / 8000
    pair = sum(np.sin(2 * np.pi * one * at) for one in hz)
    return np.round(6000 * np.concatenate([pair, np.zeros(800)])).astype(np.int16)


def press(guest: PeerCall, key: str, method: str) -> None:
    if method == "rfc4733":
        guest.send_digits(key)
    elif method == "info":
        guest.send_info_digit(key)
    else:
        guest.play(key_tone(key))


def test_menu_answers_in_the_window_as_a_person_would(seat: Seat, phones: Phones) -> None:
    call, guest = in_menu(seat, phones("guest"), "night")
    assert WINDOW_S * 1000 <= guest.span_ms("180", "answered") < 7000
    (judged,) = seat.journal(e.PickupJudged, call=call)
    assert judged.verdict == "diverted"


@pytest.mark.parametrize("method", ["rfc4733", "info", "inband"])
def test_key_stops_the_menu_and_leads_to_the_specialist(
    seat: Seat, phones: Phones, maria: SipCaller, method: str
) -> None:
    call, guest = in_menu(seat, phones("guest"))
    press(guest, "1", method)
    at_maria = maria.wait_call()
    at_maria.play(tone(MARIA), repeat=True)
    seat.wait_call(call, state="joined")
    wait_heard(guest, MARIA, among=ALL)
    digits = seat.journal(e.DigitReceived, call=call)
    assert [(one.digit, one.method) for one in digits] == [("1", method)]
    decided = seat.journal(e.RouteDecided, call=call)
    assert [(one.asked, one.kind, one.key) for one in decided] == [("arrival", "menu", ""), ("key", "call", "1")]
