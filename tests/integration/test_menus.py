"""Menus, announcements and messages on real calls: keys in every form, barge-in, silence, hang-up at any point."""

from __future__ import annotations

import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from phoneetiquette import events as e
from phoneetiquette.ivr import phrases
from phoneetiquette.speech.dtmf import HIGH_HZ, KEYS, LOW_HZ
from tests.integration.conftest import Phones
from tests.peers.g711 import Samples
from tests.peers.hearing import tone, wait_heard
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import Behaviour, SipCaller

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
    for name, hz, seconds in (("night", NIGHT, 8), ("deeper", DEEPER, 60), ("said", SAID, 1), ("wrong", WRONG, 2)):
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
        wait_spoken(seat)
        yield seat


def wait_spoken(seat: Seat) -> None:
    """Until the machine has its voice: four sound files, the beep, and its phrases in two languages."""
    sounds, deadline = seat.folder / "records" / "sounds", time.monotonic() + 60
    while len(list(sounds.glob("*.wav"))) < 5 + 2 * len(phrases.names()):
        assert time.monotonic() < deadline, seat.log()
        time.sleep(0.1)


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


def _sleep_while_recorded(seconds: float) -> None:
    """A caller who speaks."""
    time.sleep(seconds)


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


def test_phone_that_sends_a_key_and_its_tone_presses_it_once(seat: Seat, phones: Phones) -> None:
    call, guest = in_menu(seat, phones("guest"))
    guest.play(key_tone("2"))
    guest.send_digits("2")
    wait_heard(guest, DEEPER, among=ALL)
    guest.send_digits("*")
    wait_heard(guest, NIGHT, among=ALL)
    guest.play(key_tone("2"))  # only the tone: this phone has sent packets before
    guest.send_digits("#")
    wait_heard(guest, WRONG, among=ALL)
    decided = seat.journal(e.RouteDecided, call=call)
    assert [(one.key, one.menu) for one in decided] == [("", "night"), ("2", "deeper"), ("*", "night"), ("#", "night")]


def test_silence_says_the_menu_again_and_then_ends_as_the_plan_says(seat: Seat, phones: Phones) -> None:
    call, guest = in_menu(seat, phones("guest"))
    seat.wait_event(e.MenuOpened, 20, call=call, heard=2)
    wait_heard(guest, SAID, among=ALL, timeout_s=15)
    guest.wait("ended", 10)
    (_, first), (_, second) = ((one.prompt, one.at_ns) for one in seat.journal(e.PromptEnded, call=call)[:2])
    assert second - first > 10e9  # two seconds of patience, eight seconds of menu
    record = seat.wait_record("guest")
    assert record["ended_by"] == "desk"
    assert [mark["text"] for mark in record["timeline"] if mark["kind"] == "menu"] == [
        "hears the menu night in en",
        "presses nothing in the menu night",
        "hears the menu night in en, for the 2. time",
        "presses nothing in the menu night",
        "hears an announcement",
    ]


def test_wrong_keys(seat: Seat, phones: Phones) -> None:
    _, guest = in_menu(seat, phones("guest"))
    guest.send_digits("8")
    wait_heard(guest, WRONG, among=ALL)
    wait_heard(guest, NIGHT, among=ALL)
    guest.send_digits("8")
    guest.wait("ended")


def test_announcement_in_place_of_an_answer(seat: Seat, phones: Phones) -> None:
    guest = phones("guest").call(seat.uri_of("closed"))
    guest.wait("answered", 15)
    wait_heard(guest, SAID, among=ALL)
    guest.wait("ended", 10)
    assert guest.span_ms("180", "answered") >= WINDOW_S * 1000


def test_menu_at_the_deadline(seat: Seat, phones: Phones) -> None:
    call, guest = in_menu(seat, phones("guest"), "late")
    assert guest.span_ms("180", "answered") >= 7000 - 20
    assert seat.journal(e.DeadlinePassed, call=call)[0].action == "menu"


def test_receptionist_lifts_a_caller_from_the_menu(seat: Seat, phones: Phones) -> None:
    call, guest = in_menu(seat, phones("guest"))
    seat.post("lift", call=call)
    seat.wait_call(call, state="talking")
    wait_heard(guest, among=(NIGHT, DEEPER, SAID))
    guest.send_digits("1")
    seat.wait_event(e.DigitReceived, call=call, digit="*")  # not for the machine: not kept
    assert seat.wait_call(call)["state"] == "talking"


def test_desk_rings_for_a_caller_who_waits_with_the_music(seat: Seat, phones: Phones) -> None:
    call, guest = in_menu(seat, phones("guest"))
    guest.send_digits("3")
    seat.wait_call(call, state="alerting")
    wait_heard(guest, 523.0, among=(*ALL, 523.0), timeout_s=8)
    seat.post("lift", call=call)
    seat.wait_call(call, state="talking")
    wait_heard(guest, among=(*ALL, 523.0))


def test_message_is_recorded_and_the_number_confirmed(seat: Seat, phones: Phones) -> None:
    call, guest = in_menu(seat, phones("4315550123"))
    guest.send_digits("9")
    seat.wait_call(call, state="message")
    guest.send_digits("#")  # no need to hear it all
    seat.wait_event(e.PromptEnded, call=call, prompt=3)
    wait_heard(guest, among=ALL)  # the recording goes on
    guest.send_digits("#")
    recorded = seat.wait_event(e.RecordingFinished, call=call)
    guest.send_digits("1")
    guest.wait("ended", 20)
    taken = seat.wait_event(e.MessageTaken, call=call)
    assert (taken.service, taken.phone, taken.read_back, taken.by) == ("office", "4315550123", True, "caller")
    file = Path(recorded.file)
    assert (taken.file, taken.duration_s) == (file.name, recorded.duration_s)
    with wave.open(str(file)) as sound:
        heard = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        assert len(heard) / sound.getframerate() == pytest.approx(recorded.duration_s, abs=0.1)
    assert np.abs(heard).max() > 3000  # the caller


def test_caller_hangs_up_in_the_middle_of_the_message(seat: Seat, phones: Phones) -> None:
    call, guest = in_menu(seat, phones("guest"))
    guest.send_digits("99")
    seat.wait_event(e.PromptEnded, call=call, prompt=3)
    wait_heard(guest, among=ALL, timeout_s=8)
    seat.wait_call(call, state="message")
    guest.wait("answered")
    _sleep_while_recorded(1.5)
    guest.bye()
    taken = seat.wait_event(e.MessageTaken, call=call)
    assert (taken.service, taken.read_back) == ("office", False)
    assert taken.duration_s > 1.0


def test_receptionist_leaves_a_held_customer_to_the_machine(seat: Seat, phones: Phones, maria: SipCaller) -> None:
    maria.behaviour = Behaviour(answer_after_s=None)
    guest = phones("guest").call(seat.uri_of("main"))
    call = str(seat.wait_call("guest")["id"])
    seat.post("lift", call=call)
    guest.wait("answered", 15)
    seat.wait_call(call, state="talking")
    seat.post("topic", topic="change")
    maria.wait_call().refuse(486)
    seat.wait_call(call, state="held")
    seat.post("machine", call=call)
    guest.wait("resumed")
    seat.wait_call(call, state="message")
    seat.wait_event(e.PromptEnded, 20, call=call)
    _sleep_while_recorded(1.5)
    guest.bye()
    taken = seat.wait_event(e.MessageTaken, call=call)
    assert (taken.service, taken.topic) == ("office", "change")


def test_program_that_is_started_anew_goes_on_with_the_menu(seat: Seat, phones: Phones, maria: SipCaller) -> None:
    """The engine speaks on meanwhile; the caller hears nothing of it."""
    maria.behaviour = Behaviour()
    call, guest = in_menu(seat, phones("guest"))
    guest.send_digits("2")
    wait_heard(guest, DEEPER, among=ALL)
    seat.kill()
    seat.start_again()
    wait_heard(guest, DEEPER, among=ALL)
    guest.send_digits("*")
    wait_heard(guest, NIGHT, among=ALL)
    guest.send_digits("1")
    maria.wait_call().wait("got_ack")
    seat.wait_call(call, state="joined")
    assert "ended" not in guest.moments


def test_machine_that_has_lost_its_voice_takes_a_message(seat: Seat, phones: Phones) -> None:
    sounds = seat.folder / "records" / "sounds"
    hidden = sounds.with_name("hidden")
    sounds.rename(hidden)
    try:
        guest = phones("guest").call(seat.uri_of(NOW))
        guest.wait("answered")
        call = seat.wait_call("guest", state="message")["id"]
        assert seat.journal(e.CommandFailed, call=call)[0].command == "Speak"
        guest.bye()
        seat.wait_gone("guest")
    finally:
        hidden.rename(sounds)


def test_held_customer_is_no_longer_held_where_the_machine_has_no_voice(seat: Seat, phones: Phones) -> None:
    guest = phones("guest").call(seat.uri_of("main"))
    call = str(seat.wait_call("guest")["id"])
    seat.post("lift", call=call)
    guest.wait("answered", 15)
    seat.wait_call(call, state="talking")
    seat.post("hold")
    seat.wait_call(call, state="held")
    sounds = seat.folder / "records" / "sounds"
    hidden = sounds.with_name("hidden")
    sounds.rename(hidden)
    try:
        seat.post("machine", call=call)
        guest.wait("resumed")
        seat.wait_call(call, state="message")
        assert seat.journal(e.CommandFailed, call=call)[0].command == "Speak"
        guest.bye()
        seat.wait_gone("guest")
    finally:
        hidden.rename(sounds)
