"""Calls of a real seat with real phones: dialling, hold, swap, digits, transfers, conference."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from phoneetiquette import events as e
from phoneetiquette.audio.tones import write_wav
from tests.integration.conftest import Phones, Seats
from tests.peers.baresip import Baresip
from tests.peers.hearing import amplitude, tone, wait_heard
from tests.peers.ports import free_port
from tests.peers.seat import Seat, SeatRefusedError
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import SipCaller
from tests.peers.sip_message import AudioDescription, Header
from tests.peers.sipp import Sipp

AGENT, ANNA, BERT, HOLD = 700.0, 1000.0, 1600.0, (523.0, 392.0)
ALL = (AGENT, ANNA, BERT, *HOLD)
NOW = "alarm"
"""A called user that no ring rule holds back: tests of what comes after the pickup need not wait for it."""


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    folder = tmp_path_factory.mktemp("calls")
    said = folder / "agent.wav"
    write_wav(said, tone(AGENT, 100, 16000), 16000)
    settings: dict[str, dict[str, object]] = {
        "sip": {"transports": ["udp", "tcp"]},
        "pickup": {"country": "JP", "emergency_lines": [NOW]},
        "audio": {"backend": "wav", "wav": {"play": str(said)}},
        "records": {"keep_digits": True},
    }
    with Seat(folder, settings) as seat:
        yield seat


@pytest.fixture(autouse=True)
def _ends_idle(seat: Seat, phones: Phones) -> Iterator[None]:
    """No test leaves a call to the next; the phones are still there to hear the goodbye."""
    yield
    seat.hang_up_all()


def called(seat: Seat, phone: SipCaller, hz: float) -> tuple[str, PeerCall]:
    """The seat calls a phone that answers: the call's id at the seat, and the phone's side of it."""
    call = seat.dial(phone.contact)
    other = phone.wait_call()
    other.play(tone(hz), repeat=True)
    other.wait("got_ack")
    seat.wait_call(call, state="talking")
    return call, other


def calling(seat: Seat, phone: SipCaller, hz: float) -> tuple[str, PeerCall]:
    """A phone calls the seat and is answered at once."""
    other = phone.call(seat.uri_of(NOW) + (";transport=tcp" if phone.transport == "tcp" else ""))
    other.play(tone(hz), repeat=True)
    call = seat.wait_call(phone.user)["id"]
    seat.post("lift", call=call)
    other.wait("answered")
    seat.wait_call(call, state="talking")
    return call, other


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_dialled_call_is_answered_and_hung_up_from_either_side(seat: Seat, phones: Phones, transport: str) -> None:
    anna = phones("anna", transport=transport)
    call, other = called(seat, anna, ANNA)
    wait_heard(other, AGENT, among=ALL)
    seat.post("hangup")
    other.wait("got_bye")
    record = seat.wait_record(call)
    assert (record["direction"], record["ended_by"], record["codec"]) == ("out", "agent", "PCMA")
    assert record["legs"][0]["alerting_ms"] < record["legs"][0]["answered_ms"]

    call, other = called(seat, anna, ANNA)
    other.bye()
    other.wait("bye_200")
    assert seat.wait_record(call)["ended_by"] == "customer"


@pytest.mark.parametrize("code", [486, 603, 503, 404])
def test_dialled_call_is_refused(seat: Seat, phones: Phones, code: int) -> None:
    call = seat.dial(phones("anna", refuse=code).contact)
    record = seat.wait_record(call)
    assert (record["ended_by"], record["code"], record["answered"]) == ("peer", code, None)


def test_dialled_call_that_nobody_answers_is_given_up(seat: Seat, phones: Phones) -> None:
    call = seat.dial(phones("anna", answer_after_s=None).contact)
    seat.wait_call(call, state="ringing")
    seat.post("hangup", call=call)
    record = seat.wait_record(call)
    assert (record["ended_by"], record["code"], record["answered"]) == ("agent", 487, None)


def test_hold_tone_and_resume(seat: Seat, phones: Phones) -> None:
    call, other = called(seat, phones("anna"), ANNA)
    wait_heard(other, AGENT, among=ALL)
    seat.post("hold")
    other.wait("held")
    assert other.audio
    assert other.audio.direction == "sendonly"
    seat.wait_call(call, state="held", held_by_us=True)
    wait_heard(other, HOLD[0], among=(AGENT, ANNA, HOLD[0]), timeout_s=8)
    seat.post("resume")
    other.wait("resumed")
    seat.wait_call(call, state="talking", held_by_us=False)
    wait_heard(other, AGENT, among=ALL)


def test_wishes_in_one_breath(seat: Seat, phones: Phones) -> None:
    """As a script gives them, or a quick hand: none waits for the engine's news of the one before."""
    other = phones("anna").call(seat.uri_of(NOW))
    other.wait("180")
    call = seat.wait_call("anna")["id"]
    seat.post("lift")
    seat.post("hold")
    seat.post("resume")
    seat.post("hold")
    seat.wait_call(call, state="held", held_by_us=True)
    other.wait("held")
    seat.post("resume")
    seat.post("transfer", target="sip:nobody@127.0.0.1:9")
    seat.wait_call(call, state="transferring")


def test_held_by_the_other_side(seat: Seat, phones: Phones) -> None:
    call, other = calling(seat, phones("anna"), ANNA)
    other.hold()
    other.wait("reinvite_200")
    assert other.audio
    assert other.audio.direction == "recvonly"
    seat.wait_call(call, held_by_peer=True, held_by_us=False, state="talking")
    other.moments.pop("reinvite_200")
    other.resume()
    other.wait("reinvite_200")
    seat.wait_call(call, held_by_peer=False)
    wait_heard(other, AGENT, among=ALL)


def test_swap_between_two_calls(seat: Seat, phones: Phones) -> None:
    first, anna = calling(seat, phones("anna"), ANNA)
    second, bert = called(seat, phones("bert"), BERT)
    anna.wait("held")
    wait_heard(bert, AGENT, among=ALL)
    seat.wait_call(first, state="held")
    seat.post("resume", call=first)
    bert.wait("held")
    seat.wait_call(first, state="talking")
    seat.wait_call(second, state="held")
    wait_heard(anna, AGENT, among=ALL)
    seat.post("resume")
    seat.wait_call(second, state="talking")
    seat.wait_call(first, state="held")
    wait_heard(bert, AGENT, among=ALL)


def test_mute(seat: Seat, phones: Phones) -> None:
    _, other = called(seat, phones("anna"), ANNA)
    seat.post("mute", muted=True)
    wait_heard(other, among=ALL)
    assert seat.state()["muted"]
    seat.post("mute", muted=False)
    wait_heard(other, AGENT, among=ALL)


def test_digits_both_ways(seat: Seat, phones: Phones) -> None:
    call, other = called(seat, phones("anna"), ANNA)
    seat.post("digits", digits="19*#")
    other.send_digits("42")
    seat.wait_event(e.DigitReceived, call=call, digit="2")
    other.send_info_digit("7")
    seat.wait_event(e.DigitReceived, call=call, digit="7")
    got = [(event.digit, event.method) for event in seat.journal(e.DigitReceived, call=call)]
    assert got == [("4", "rfc4733"), ("2", "rfc4733"), ("7", "info")]
    deadline = time.monotonic() + 5
    while len(other.rtp.digits) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert other.rtp.digits == ["1", "9", "*", "#"]


def test_blind_transfer(seat: Seat, phones: Phones) -> None:
    bert = phones("bert")
    call, anna = calling(seat, phones("anna"), ANNA)
    seat.post("transfer", target=bert.contact)
    at_bert = bert.wait_call()
    at_bert.wait("got_ack")
    anna.wait("ended")
    assert at_bert.invite
    assert "anna" in at_bert.invite.get("From")
    record = seat.wait_record(call)
    assert record["ended_by"] == "transfer"
    assert [(t["kind"], t["result"]) for t in record["transfers"]] == [("blind", "succeeded")]


def test_blind_transfer_to_a_busy_target_comes_back(seat: Seat, phones: Phones) -> None:
    bert = phones("bert", refuse=486)
    call, anna = calling(seat, phones("anna"), ANNA)
    seat.post("transfer", target=bert.contact)
    talking = seat.wait_call(call, state="talking")
    assert talking["transfer"]["code"] == 486
    wait_heard(anna, AGENT, among=ALL)
    seat.post("hangup")
    record = seat.wait_record(call)
    assert [(t["kind"], t["result"], t["code"]) for t in record["transfers"]] == [("blind", "failed", 486)]


def test_blind_transfer_is_joined_in_the_seat_where_refer_is_refused(seat: Seat, phones: Phones) -> None:
    bert = phones("bert")
    call, anna = calling(seat, phones("anna", accepts_refer=False), ANNA)
    seat.post("transfer", target=bert.contact)
    at_bert = bert.wait_call()
    at_bert.play(tone(BERT), repeat=True)
    at_bert.wait("got_ack")
    seat.wait_call(call, state="joined")
    wait_heard(anna, BERT, among=ALL)
    wait_heard(at_bert, ANNA, among=ALL)
    anna.bye()
    at_bert.wait("got_bye")
    record = seat.wait_record(call)
    assert [(t["kind"], t["result"]) for t in record["transfers"]] == [("blind", "joined")]


def test_attended_transfer_with_replaces(seat: Seat, phones: Phones) -> None:
    bert = phones("bert")
    first, anna = calling(seat, phones("anna"), ANNA)
    second, at_bert = called(seat, bert, BERT)
    seat.post("transfer", call=first, to_call=second)
    anna.wait("got_refer")
    joined = bert.wait_call()
    joined.wait("got_ack")
    assert joined.invite
    replaced = joined.invite.get("Replaces")
    assert replaced.partition(";")[0] == at_bert.call_id
    assert {f"to-tag={at_bert.local_tag}", f"from-tag={at_bert.remote_tag}"} <= set(replaced.split(";"))
    anna.wait("ended")
    at_bert.wait("ended")
    record = seat.wait_record(first)
    assert record["ended_by"] == "transfer"
    assert [(t["kind"], t["result"]) for t in record["transfers"]] == [("attended", "succeeded")]


def test_attended_transfer_is_joined_in_the_seat_where_refer_is_refused(seat: Seat, phones: Phones) -> None:
    first, anna = calling(seat, phones("anna", accepts_refer=False), ANNA)
    second, bert = called(seat, phones("bert"), BERT)
    seat.post("transfer", call=first, to_call=second)
    seat.wait_call(first, state="joined")
    seat.wait_call(second, state="joined")
    wait_heard(anna, BERT, among=ALL)
    wait_heard(bert, ANNA, among=ALL)
    bert.bye()
    anna.wait("got_bye")
    record = seat.wait_record(first)
    assert [(t["kind"], t["result"]) for t in record["transfers"]] == [("attended", "joined")]


def test_put_through_as_soon_as_the_specialist_answers(seat: Seat, phones: Phones) -> None:
    bert = phones("bert", answer_after_s=None)
    first, anna = calling(seat, phones("anna"), ANNA)
    second = seat.dial(bert.contact)
    at_bert = bert.wait_call()
    seat.wait_call(second, state="ringing")
    seat.post("transfer", call=first, to_call=second)
    assert not seat.journal(e.TransferProgressed, call=first)
    at_bert.answer()
    joined = bert.wait_call()
    joined.answer()
    joined.wait("got_ack")
    anna.wait("ended")
    at_bert.wait("ended")
    record = seat.wait_record(first)
    assert [(t["kind"], t["result"]) for t in record["transfers"]] == [("attended", "succeeded")]


def test_specialist_who_hangs_up_leaves_the_customer_with_us(seat: Seat, phones: Phones) -> None:
    first, anna = calling(seat, phones("anna"), ANNA)
    second, bert = called(seat, phones("bert"), BERT)
    bert.bye()
    seat.wait_gone(second)
    seat.wait_call(first, state="held")
    seat.post("resume")
    wait_heard(anna, AGENT, among=ALL)
    seat.post("hangup")
    assert seat.wait_record(first)["ended_by"] == "agent"


def test_dialled_phone_that_is_not_there(seat: Seat) -> None:
    """Nothing listens: told at once over TCP; over UDP the library goes on trying, and can be stopped."""
    gone = free_port()
    call = seat.dial(f"sip:nobody@127.0.0.1:{gone};transport=tcp")
    record = seat.wait_record(call)
    assert (record["ended_by"], record["code"], record["answered"]) == ("peer", 503, None)
    call = seat.dial(f"sip:nobody@127.0.0.1:{gone}")
    seat.wait_call(call, state="dialling")
    seat.post("hangup", call=call)
    record = seat.wait_record(call)
    assert (record["ended_by"], record["code"], record["answered"]) == ("agent", 487, None)


def test_conference_of_three(seat: Seat, phones: Phones) -> None:
    first, anna = calling(seat, phones("anna"), ANNA)
    second, bert = called(seat, phones("bert"), BERT)
    seat.wait_call(first, state="held")
    seat.post("conference")
    seat.wait_call(first, state="conference")
    seat.wait_call(second, state="conference")
    wait_heard(anna, AGENT, BERT, among=ALL)
    wait_heard(bert, AGENT, ANNA, among=ALL)
    anna.bye()
    seat.wait_call(second, state="talking")
    wait_heard(bert, AGENT, among=ALL)
    seat.post("hangup")
    (note,) = seat.wait_record(first)["notes"]
    assert "all others together were measured as the customer" in note


def test_redial(seat: Seat, phones: Phones) -> None:
    anna = phones("anna")
    call, other = called(seat, anna, ANNA)
    other.bye()
    again = seat.dial(seat.wait_record(call)["called"])
    anna.wait_call().wait("got_ack")
    seat.wait_call(again, state="talking")
    with pytest.raises(SeatRefusedError, match="hold"):
        seat.post("resume")


@pytest.mark.parametrize(
    ("offered", "codec"), [((8, 0), "PCMA"), ((0, 8), "PCMU"), ((9, 8, 0), "G722"), ((18, 0), "PCMU")]
)
def test_codec_that_the_caller_prefers(seat: Seat, phones: Phones, offered: tuple[int, ...], codec: str) -> None:
    call, other = calling(seat, phones("anna", payload_types=offered), ANNA)
    shown = seat.wait_call(call, codec=codec)
    assert not shown["encrypted"]
    assert other.audio
    assert other.audio.payload_types[0] == {"PCMA": 8, "PCMU": 0, "G722": 9}[codec]
    (started,) = seat.journal(e.MediaStarted, call=call)
    assert started.rate_hz == (16000 if codec == "G722" else 8000)


def test_codecs_are_offered_by_preference_and_no_others(seat: Seat, phones: Phones) -> None:
    _, other = called(seat, phones("anna"), ANNA)
    assert other.invite
    offer = AudioDescription.parse(other.invite.body)
    assert offer
    assert offer.payload_types[:3] == (9, 8, 0)
    assert set(offer.payload_types) == {9, 8, 0, offer.event_type}


def test_caller_without_a_common_codec_is_refused(seat: Seat, phones: Phones) -> None:
    call = phones("anna", payload_types=(18,)).call(seat.uri)
    call.wait("ended")
    assert call.final_code == 488
    assert not seat.state()["calls"]
    record = seat.wait_record(call.call_id)
    assert (record["refused"], record["code"], record["answered"]) == ("not_acceptable", 488, None)


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ([("Content-Type", "text/plain")], "a letter", 415),
        ([("Content-Type", "application/sdp")], "v=0\r\nnonsense\r\n", 400),
        ([("Content-Type", "application/sdp"), ("Require", "telepathy")], "", 420),
    ],
)
def test_invitation_that_cannot_be_taken_is_refused_and_recorded(
    seat: Seat, phones: Phones, headers: list[Header], body: str, code: int
) -> None:
    name = f"odd{code}"
    answer = phones(name).ask("INVITE", seat.uri, headers, body)
    assert answer
    assert answer.code == code
    record = seat.wait_record(name)
    assert (record["refused"], record["code"], record["answered"]) == ("not_acceptable", code, None)


def test_wideband_between_two_seats(seats: Seats, tmp_path: Path) -> None:
    """A tone that only G.722 can carry, from one receptionist's microphone to the other's ear."""
    write_wav(tmp_path / "said.wav", tone(5500.0, 20, 16000), 16000)
    said = {"backend": "wav", "wav": {"play": str(tmp_path / "said.wav")}}
    heard = {"backend": "wav", "wav": {"store": str(tmp_path / "heard.wav")}}
    one, other = seats({"audio": said}, {"audio": heard, "pickup": {"emergency_lines": [NOW]}})
    call = one.dial(other.uri_of(NOW))
    other.wait_call("desk", state="alerting")
    other.post("lift")
    one.wait_call(call, state="talking", codec="G722")
    time.sleep(1.0)
    one.post("hangup")
    other.wait_idle()
    other.close()
    sound, rate = soundfile.read(tmp_path / "heard.wav", dtype="int16")
    assert rate == 16000
    assert max(amplitude(part, 5500.0, 16000) for part in np.array_split(sound, 10)) > 4000


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_transfers_with_phones_of_others(seat: Seat, phones: Phones, transport: str) -> None:
    """baresip 1.0 follows REFER but knows no Replaces, on either side of it; SIPp refuses both: the seat joins them."""
    anna, bert = phones("anna", transport=transport), phones("bert", transport=transport)
    with Baresip("carl", transport=transport, speech=tone(BERT, 60)) as carl:
        to_seat = seat.uri_of(NOW) + (";transport=tcp" if transport == "tcp" else "")

        def carl_calls() -> str:
            carl.dial(to_seat)
            call = seat.wait_call("carl", state="alerting")["id"]
            seat.post("lift", call=call)
            seat.wait_call(call, state="talking")
            return str(call)

        call = carl_calls()
        seat.post("transfer", target=bert.contact)
        bert.wait_call().wait("got_ack")
        assert [t["result"] for t in seat.wait_record(call)["transfers"]] == ["succeeded"]
        carl.hang_up()

        first, at_anna = calling(seat, anna, ANNA)
        seat.post("transfer", call=first, target=carl.uri)
        at_anna.wait("ended")
        assert [t["result"] for t in seat.wait_record(first)["transfers"]] == ["succeeded"]
        carl.hang_up()

        first, at_anna = calling(seat, anna, ANNA)  # who asks carl's phone for the call, and is told 420
        second = seat.dial(carl.uri)
        seat.wait_call(second, state="talking")
        seat.post("transfer", call=first, to_call=second)
        seat.wait_call(first, state="joined")
        assert seat.wait_call(second, state="joined")["transfer"] is None
        wait_heard(at_anna, BERT, among=ALL)
        carl.hang_up()
        at_anna.wait("got_bye")
        (told,) = seat.wait_record(first)["transfers"]
        assert (told["kind"], told["result"], told["code"]) == ("attended", "joined", 420)

        first = carl_calls()  # whose phone would call bert's anew
        second, at_bert = called(seat, bert, BERT)
        seat.post("transfer", call=first, to_call=second)
        seat.wait_call(first, state="joined")
        wait_heard(at_bert, BERT, among=ALL)
        assert [call for call in bert.calls.values() if not call.ended] == [at_bert]
        carl.hang_up()
        at_bert.wait("got_bye")
        (told,) = seat.wait_record(first)["transfers"]
        assert (told["kind"], told["result"]) == ("attended", "joined")
        assert "take over" in told["reason"]

    with Sipp("uas_refuses_refer", transport=transport, timeout_s=20) as stubborn:
        uri = stubborn.uri + (";transport=tcp" if transport == "tcp" else "")
        call = seat.dial(uri)
        seat.wait_call(call, state="talking")
        seat.post("transfer", target=anna.contact)
        anna.wait_call().wait("got_ack")
        seat.wait_call(call, state="joined")
        seat.post("hangup", call=call)
        stubborn.finish().check()
