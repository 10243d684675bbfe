"""The desk phone as the receptionist uses it: calls of its own, codes, transfer, second calls, two phones, its keys."""

from __future__ import annotations

import http.server
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phoneetiquette import events as e
from tests.integration.conftest import Phones, Seats
from tests.integration.ringing import check_pickup, rings, sleep_until, wait_until
from tests.peers import g711
from tests.peers.g711 import PCMA, PCMU, Samples
from tests.peers.hearing import amplitude
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.seat import Seat, SeatRefusedError
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import SipCaller

ALARM = "alarm"
"""A line without a ring window: most of these tests are about something else."""


def seat_for(seats: Seats, phone: SipCaller, **more: Any) -> Seat:
    settings: dict[str, Any] = {
        "seat": {"hardware": "desk_phone"},
        "desk_phone": {"address": phone.uri},
        "pickup": {"country": "JP", "emergency_lines": [ALARM]},
        **more,
    }
    (seat,) = seats(settings)
    return seat


def in_talk(seat: Seat, phone: SipCaller, guest: SipCaller) -> tuple[PeerCall, PeerCall]:
    """A guest in talk with the receptionist, and the phone's leg of it."""
    call = guest.call(seat.uri_of(ALARM))
    leg = phone.wait_call()
    seat.wait_call(guest.user, state="alerting")
    leg.answer()
    call.wait("answered")
    seat.wait_call(guest.user, state="talking")
    return call, leg


@pytest.fixture
def phone(phones: Phones) -> SipCaller:
    return phones("201", answer_after_s=None)


def test_the_phone_dials_through_the_seat(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    specialist = phones("205", answer_after_s=0.5)
    seat = seat_for(seats, phone, sip={"domain": f"{LOOPBACK}:{specialist.port}"})
    leg = phone.call(seat.uri_of("205"))
    called = specialist.wait_call()
    leg.wait("answered")
    assert leg.moments["answered"] > called.moments["answered"]
    leg.bye()
    called.wait("got_bye")
    record = seat.wait_record("205")
    assert [(one["kind"], one["party"].partition("@")[0]) for one in record["legs"]] == [
        ("outgoing", "sip:205"),
        ("phone", "sip:201"),
    ]
    assert record["direction"] == "out"
    assert record["ended_by"] == "agent"
    assert record["measures"] is not None


def test_the_phone_hears_that_nobody_can_be_called(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    busy = phones("205", refuse=486)
    seat = seat_for(seats, phone, sip={"domain": f"{LOOPBACK}:{busy.port}"})
    leg = phone.call(seat.uri_of("205"))
    leg.wait("ended")
    assert leg.final_code == 486
    seat.wait_idle()


def test_dialled_on_the_page(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    specialist = phones("205", answer_after_s=0.1)
    seat = seat_for(seats, phone)
    call = seat.dial(specialist.uri)
    leg = phone.wait_call()
    leg.answer()
    called = specialist.wait_call()
    assert called.moments["got_invite"] > leg.moments["answered"]
    seat.wait_call(call, state="talking")
    called.bye()
    leg.wait("got_bye")
    record = seat.wait_record(call)
    assert [one["kind"] for one in record["legs"]] == ["outgoing", "phone"]


def test_codes(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    """A stage in a call that the phone holds for it; presence; what cannot be had is refused."""
    seat = seat_for(seats, phone)
    guest, leg = in_talk(seat, phone, phones("anna"))
    leg.hold()
    guest.wait("held")
    code = phone.call(seat.uri_of("*12"))
    code.wait("answered")
    code.wait("got_bye")
    assert np.abs(code.rtp.heard().astype(int)).max() > 500  # a tone says that it was done
    leg.resume()
    guest.wait("resumed")
    seat.wait_call("anna", state="talking")
    assert seat.state()["calls"][0]["stage"] == "clarify"
    leg.bye()
    guest.wait("ended")
    assert [one["stage"] for one in seat.wait_record("anna")["stages"]] == ["clarify"]
    absent = phone.call(seat.uri_of("*40"))
    absent.wait("got_bye")
    assert seat.state()["presence"] == "absent"
    nothing = phone.call(seat.uri_of("*21"))
    nothing.wait("ended")
    assert nothing.final_code == 603


PLAN = """\
dialplan: 1
name: Test
country: JP
timezone: Asia/Tokyo
desk: {{rings: 3, transfer: direct}}
people:
  maria: {{call: "{maria}"}}
services:
  office: {{email: office@hotel.example}}
switches:
  closed: {{code: "*41"}}
topics:
  booking: {{label: A booking, to: [maria], otherwise: {{message: office}}}}
lines:
  main: {{rules: [{{do: {{ring: desk}}}}], on_deadline: [{{connect: desk}}, {{message: office}}]}}
"""


def planned(seats: Seats, phone: SipCaller, maria: SipCaller, folder: Path) -> Seat:
    """A seat that follows a dialplan with one topic, whose code is *21."""
    plan = folder / "plan.yaml"
    plan.write_text(PLAN.format(maria=maria.uri))
    return seat_for(seats, phone, dialplan=str(plan))


def test_a_topic_by_a_code(seats: Seats, phones: Phones, phone: SipCaller, tmp_path: Path) -> None:
    maria = phones("maria", answer_after_s=0.1)
    seat = planned(seats, phone, maria, tmp_path)
    guest, leg = in_talk(seat, phone, phones("anna"))
    leg.hold()
    guest.wait("held")
    phone.call(seat.uri_of("*21")).wait("got_bye")
    maria.wait_call()
    seat.wait_call("anna", state="joined")
    leg.wait("got_bye")
    guest.bye()
    assert seat.wait_record("anna")["attempts"][0]["result"] == "answered"


def test_a_topic_by_the_transfer_key(seats: Seats, phones: Phones, phone: SipCaller, tmp_path: Path) -> None:
    """The dialplan says who takes it, and who does when nobody answers: here the receptionist, whose phone rings."""
    maria = phones("maria", refuse=486)
    seat = planned(seats, phone, maria, tmp_path)
    guest, leg = in_talk(seat, phone, phones("anna"))
    leg.refer(seat.uri_of("*21"))
    leg.wait("refer_202")
    leg.bye()
    again = phone.wait_call()
    again.answer()
    seat.wait_call("anna", state="talking")
    guest.bye()
    again.wait("got_bye")


def test_a_switch_by_the_code_of_the_dialplan(seats: Seats, phones: Phones, phone: SipCaller, tmp_path: Path) -> None:
    """It comes before what the code usually does."""
    seat = planned(seats, phone, phones("maria"), tmp_path)
    phone.call(seat.uri_of("*40")).wait("got_bye")
    for on in (["closed"], []):
        phone.call(seat.uri_of("*41")).wait("got_bye")
        assert (seat.state()["switches"], seat.state()["presence"]) == (on, "absent")


def test_a_message_by_a_code(seats: Seats, phones: Phones, phone: SipCaller, tmp_path: Path) -> None:
    seat = planned(seats, phone, phones("maria"), tmp_path)
    guest, leg = in_talk(seat, phone, phones("anna"))
    leg.hold()
    guest.wait("held")
    phone.call(seat.uri_of("*31")).wait("got_bye")
    seat.wait_call("anna", state="message")
    leg.wait("got_bye")
    guest.bye()
    seat.wait_record("anna")


def test_transfer_after_asking_at_the_phone(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    """The phone holds, calls the specialist, and transfers the one call to the other (Replaces)."""
    specialist = phones("205", answer_after_s=0.1)
    seat = seat_for(seats, phone, sip={"domain": f"{LOOPBACK}:{specialist.port}"})
    guest, leg = in_talk(seat, phone, phones("anna"))
    leg.hold()
    guest.wait("held")
    asking = phone.call(seat.uri_of("205"))
    asking.wait("answered")
    replaced = f"{asking.call_id};to-tag={asking.remote_tag};from-tag={asking.local_tag}"
    target = f"{specialist.uri}?Replaces=" + replaced.replace(";", "%3B").replace("=", "%3D")
    leg.refer(target)
    leg.wait("refer_202")
    leg.wait("got_bye")
    asking.wait("got_bye")
    guest.wait("got_refer")
    guest.wait("got_bye")
    record = seat.wait_record("anna")
    assert record["transfers"][0]["kind"] == "attended"
    assert record["transfers"][0]["result"] == "succeeded"


def test_a_second_call_is_taken_by_hanging_up(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    seat = seat_for(seats, phone)
    guest, leg = in_talk(seat, phone, phones("anna"))
    second = phones("bert").call(seat.uri_of(ALARM))
    seat.wait_state(lambda state: state["bell"] == "ear")
    leg.bye()
    guest.wait("ended")
    leg = phone.wait_call()
    leg.answer()
    second.wait("answered")
    second.bye()
    leg.wait("got_bye")


def test_lines_are_kept_for_the_phone(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    seat = seat_for(seats, phone)
    first, second, third = (phones(name).call(seat.uri) for name in ("anna", "bert", "carl"))
    rings(seat, first)
    rings(seat, second)
    third.wait("ended")
    assert third.final_code == 486
    for call in (first, second):
        call.cancel()


def test_two_phones_ring_together(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    cordless = phones("202", answer_after_s=None)
    seat = seat_for(seats, phone, desk_phone={"address": phone.uri, "also": [cordless.uri]})
    guest = phones("anna").call(seat.uri_of(ALARM))
    desk_leg, cordless_leg = phone.wait_call(), cordless.wait_call()
    seat.wait_call("anna", state="alerting")
    cordless_leg.answer()
    guest.wait("answered")
    desk_leg.wait("got_cancel")
    cordless_leg.bye()
    guest.wait("ended")
    assert [one["kind"] for one in seat.wait_record("anna")["legs"]] == ["incoming", "phone", "phone"]


def test_digits_of_the_phone_reach_the_other_party(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    seat = seat_for(seats, phone)
    guest, leg = in_talk(seat, phone, phones("anna"))
    leg.send_digits("42")
    wait_until(lambda: guest.rtp.digits == ["4", "2"])
    leg.bye()


class _Web:
    """The web server of a Yealink: a GET with the right password answers the call that rings."""

    def __init__(self, password: str, answer: Callable[[], None]) -> None:
        wanted = "Basic " + b64encode(f"admin:{password}".encode()).decode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                allowed = self.headers.get("Authorization") == wanted and self.path == "/servlet?key=ASW"
                self.send_response(200 if allowed else 401)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if allowed:
                    answer()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.address = f"{LOOPBACK}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.mark.parametrize("password", ["right", "wrong"])
def test_the_vendors_command(seats: Seats, phones: Phones, phone: SipCaller, tmp_path: Path, password: str) -> None:
    """Nobody lifts, the phone does not know talk: it is commanded by HTTP, and if that fails, called anew."""
    legs: list[PeerCall] = []
    web = _Web("right", lambda: legs[0].answer())
    secret = tmp_path / "admin"
    secret.write_text(password + "\n")
    secret.chmod(0o600)
    (tmp_path / "records").mkdir()
    proved = f'{{"{phone.uri}": "http://{{address}}/servlet?key=ASW"}}'
    (tmp_path / "records" / "phone-commands.json").write_text(proved)
    section = {"profile": "yealink", "user": "201", "address": web.address, "admin_password_file": str(secret)}
    seat = seat_for(
        seats,
        phone,
        pickup={"country": "JP", "deadline": {"action": "connect"}},
        phones={"reception": section},
        records={"directory": str(tmp_path / "records")},
        provisioning={"address": LOOPBACK},
    )
    try:
        guest = phones("anna").call(seat.uri)
        legs.append(phone.wait_call())
        if password == "wrong":
            again = phone.wait_call(12)
            assert again.invite
            assert "alert-autoanswer" in again.invite.get("Alert-Info")
            again.answer()
        guest.wait("answered", 12)
        guest.bye()
        seat.wait_idle()
        check_pickup(seat.records()[0], "on_time", 3)
        how = [mark["text"] for mark in seat.records()[0]["timeline"] if mark["kind"] == "phone"]
        assert any("(vendor)" in text for text in how), how
    finally:
        web.close()


@pytest.fixture
def reports() -> str:
    return f"http://{LOOPBACK}:{free_port()}/phones/8wq2x"


def test_action_urls(seats: Seats, phones: Phones, phone: SipCaller, reports: str) -> None:
    seat = seat_for(seats, phone, provisioning={"events": reports})

    def ask(rest: str, begin: str = reports) -> int:
        try:
            with urllib.request.urlopen(f"{begin}/{rest}", timeout=5) as answer:  # noqa: S310 - our own server
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    guest, _leg = in_talk(seat, phone, phones("anna"))
    assert ask("reception?code=*11") == 200
    assert seat.state()["calls"][0]["stage"] == "greeting"
    assert ask("reception?event=dnd_on&remote=17") == 200
    assert seat.state()["presence"] == "absent"
    assert ask("reception?event=muted") == 200
    assert seat.state()["muted"]
    assert ask("reception?event=unmuted") == 200
    assert ask("reception?event=off_hook") == 200
    assert ask("reception?code=*29") == 409
    assert ask("reception?event=muted", reports.replace("8wq2x", "8wq2y")) == 404
    assert ask("reception?event=started") == 200  # it has restarted in the call
    guest.wait("held")
    assert phone.wait_call()
    guest.bye()
    seat.wait_idle()
    with pytest.raises(SeatRefusedError):
        seat.post("hold")
    assert [one.what for one in seat.journal(e.PhoneActed)] == ["lifted", "lost"]


def heard_between(call: PeerCall, from_ns: int, to_ns: int) -> Samples:
    """What came by RTP in that time."""
    packets = [p for p in call.rtp.received if from_ns <= p.at_ns < to_ns and p.payload_type in (PCMA, PCMU)]
    return np.concatenate([g711.decode(p.payload, p.payload_type) for p in packets])


def beside(sound: Samples, *hz: float) -> float:
    """How loud (RMS) the typical 50 ms are without these tones."""
    blocks = sound[: len(sound) // 400 * 400].reshape(-1, 400).astype(float)
    swings = np.exp(2j * np.pi * np.outer(hz, np.arange(400)) / 8000)
    tones = np.concatenate([swings.real, swings.imag])
    rest = blocks - blocks @ np.linalg.pinv(tones) @ tones
    return float(np.median(np.sqrt(np.mean(rest**2, axis=1))))


def test_what_is_heard_and_measured(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    """An early lifter hears a tone, who is calling, and nobody; then each hears the other, and the measures know who is
    who. The customer hears ringing and no more, and it is the end of the second ring that ends the announcement."""
    second = np.arange(8000) / 8000
    low, high = ((9000 * np.sin(2 * np.pi * hz * second)).astype(np.int16) for hz in (440, 1320))
    seat = seat_for(
        seats,
        phone,
        seat={"hardware": "desk_phone", "announce_caller": True},
        pickup={"country": "US", "ringback": "early_media"},
    )
    guest = phones("anna").call(seat.uri, display_name="Mississippi Missouri Massachusetts Mozambique Madagascar")
    leg = phone.wait_call()
    guest.wait("183")
    seat.wait_call("anna", state="alerting")
    sleep_until(guest, 4.5, "183")  # what is to be said is made by then, and goes on until the window opens at 8 s
    leg.play(low, repeat=True)
    leg.answer()
    seat.wait_call("anna", state="armed")
    guest.play(high, repeat=True)
    answered_ns = guest.wait("answered")
    time.sleep(2.0)
    half_ns = 500_000_000
    assert beside(heard_between(leg, answered_ns - half_ns, answered_ns), 440) > 500, (
        "a voice, besides the waiting tone"
    )
    assert beside(heard_between(guest, 0, answered_ns), 440, 480) < 100, "ringing alone"
    assert beside(heard_between(leg, answered_ns + half_ns // 5, answered_ns + 2 * half_ns), 1320) < 250, "no voice"
    # Short enough for a tone that goes a hundredth faster while something is worked off.
    heard_there, heard_here = leg.rtp.heard()[-1000:], guest.rtp.heard()[-1000:]
    assert amplitude(heard_there, 1320) > 3000
    assert amplitude(heard_here, 440) > 3000
    assert amplitude(heard_here, 1320) < 300
    guest.bye()
    assert seat.wait_record("anna")["measures"]["duration_s"] > 1.5


def test_what_has_piled_up_of_the_phones_sound_is_worked_off(seats: Seats, phones: Phones, phone: SipCaller) -> None:
    """The network delivers nothing of the phone's for a moment, and then everything: it does not stay late."""
    knock = np.zeros(4000, np.int16)
    knock[:160] = 9000 * np.sin(2 * np.pi * 1000 * np.arange(160) / 8000)
    seat = seat_for(seats, phone)
    guest, leg = in_talk(seat, phone, phones("anna"))
    leg.play(knock, repeat=True)

    def late() -> int:
        """Where in its half second the last knock came, in samples."""
        sound = guest.rtp.heard()
        loud = np.flatnonzero(np.abs(sound.astype(int)) > 2000)
        return int(loud[np.flatnonzero(np.diff(loud, prepend=-1000) > 500)[-1]])

    time.sleep(2.0)  # it has settled
    usual = late()
    leg.rtp.stall(0.15)
    wait_until(lambda: 900 <= (late() - usual) % 4000 <= 2000)
    # What is left is a reserve, the deeper the later packets come.
    wait_until(lambda: (late() - usual) % 4000 <= 640, 40)
    leg.bye()
