"""Honest peers of several makes at the edge: they must never notice it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from phoneetiquette import events as e
from tests.integration.conftest import Phones
from tests.peers.edge import EdgedSeat
from tests.peers.edge_watch import NOW
from tests.peers.linphone import Linphone
from tests.peers.sipp import Sipp


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    settings: dict[str, dict[str, Any]] = {"pickup": {"emergency_lines": [NOW]}}
    with EdgedSeat(tmp_path_factory.mktemp("peers"), settings) as seat:
        yield seat


def test_session_timer_is_refreshed_by_invite_and_by_update(seat: EdgedSeat) -> None:
    with Sipp("uac_session_timer", target=seat.edge.address, user=NOW, timeout_s=20) as sipp:
        call = seat.wait_call("sipp", state="alerting")["id"]
        seat.post("lift", call=call)
        sipp.finish().check()
    assert seat.wait_record(call)["ended_by"] == "customer"


def test_bare_pjsua2(seat: EdgedSeat) -> None:
    command = [sys.executable, "-m", "tests.peers.bare_pjsua2", seat.edge.uri(NOW)]
    phone = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        call = seat.wait_call("bare")["id"]
        seat.post("lift", call=call)
        said, _ = phone.communicate(timeout=60)
    finally:
        phone.kill()
    assert phone.returncode == 0, said
    record = seat.wait_record(call)
    assert (record["ended_by"], record["caller_name"], len(record["holds"])) == ("customer", "Bare", 1)
    assert [event.digit for event in seat.journal(e.DigitReceived, call=call)] == ["5"]


def test_linphone(seat: EdgedSeat) -> None:
    with Linphone("lina") as phone:
        phone.say(f"call {seat.edge.uri(NOW)}")
        call = seat.wait_call("lina")["id"]
        seat.post("lift", call=call)
        phone.wait("Media streams established")
        phone.say("pause")
        phone.wait("is now paused")
        phone.say("resume")
        seat.wait_event(e.HoldChanged, call=call, by_peer=False)
        seat.post("hangup", call=call)
        phone.wait("ended (No error)")
    record = seat.wait_record(call)
    assert (record["ended_by"], len(record["holds"])) == ("agent", 1)


def test_sound_before_the_answer_of_a_phone_that_is_called(seat: EdgedSeat, phones: Phones) -> None:
    bert = phones("bert", answer_after_s=None)
    call = seat.dial(bert.uri)
    at_bert = bert.wait_call()
    at_bert.progress()
    assert seat.wait_event(e.PeerAlerting, call=call, code=183)
    seat.wait_event(e.MediaStarted, call=call)
    assert at_bert.audio
    heard = len(at_bert.rtp.received)
    seat.wait_state(lambda _: len(at_bert.rtp.received) > heard + 5)
    at_bert.answer()
    seat.wait_call(call, state="talking")
    at_bert.bye()
    seat.wait_idle()


def test_ringing_that_we_play_ourselves(tmp_path_factory: pytest.TempPathFactory, phones: Phones) -> None:
    """183 with sound through the relay, before the answer."""
    settings: dict[str, dict[str, Any]] = {"pickup": {"ringback": "early_media"}}
    with EdgedSeat(tmp_path_factory.mktemp("early"), settings) as seat:
        call = phones("anna").call(seat.outside)
        call.wait("183")
        seat.wait_state(lambda _: len(call.rtp.received) > 20)
        assert len(call.rtp.received) > 20
        call.cancel()
        call.wait("487")


def test_provisional_answer_that_is_acknowledged(seat: EdgedSeat, phones: Phones) -> None:
    """PRACK (RFC 3262), and an UPDATE before the answer."""
    call = phones("anna").call(seat.edge.uri(NOW), headers=[("Supported", "100rel"), ("Require", "100rel")])
    call.wait("180")
    (ringing,) = [message for message in call.messages if message.code == 180][:1]
    call.request("PRACK", [("RAck", f"{ringing.get('RSeq')} 1 INVITE")])
    call.wait("prack_200")
    at_desk = seat.wait_call("anna")["id"]
    seat.post("lift", call=at_desk)
    call.wait("answered")
    call.bye()
    call.wait("bye_200")
    assert seat.wait_record(at_desk)["ended_by"] == "customer"
