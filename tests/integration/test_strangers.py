"""What a stranger asks of a seat is not done: no call placed for him, none taken over, none sent on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from phoneetiquette import events as e
from tests.integration.conftest import Phones, Seats
from tests.peers.hearing import tone
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import SipCaller
from tests.peers.sip_message import Header

ALARM = "alarm"
ANNA = 1000.0


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    with Seat(tmp_path_factory.mktemp("strangers"), {"pickup": {"emergency_lines": [ALARM]}}) as seat:
        yield seat


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    """A seat whose peers may move calls."""
    settings = {"pickup": {"emergency_lines": [ALARM]}, "sip": {"refer_from": ["127.0.0.1"]}}
    with Seat(tmp_path_factory.mktemp("trusting"), settings) as seat:
        yield seat


def talking(seat: Seat, phone: SipCaller) -> tuple[str, PeerCall]:
    """A call of this phone that the receptionist has answered."""
    other = phone.call(seat.uri_of(ALARM))
    call = seat.wait_call(phone.user)["id"]
    seat.post("lift", call=call)
    other.wait("answered")
    seat.wait_call(call, state="talking")
    return call, other


def test_refer_makes_nobody_call(seat: Seat, phones: Phones) -> None:
    victim = phones("victim")
    call, anna = talking(seat, phones("anna"))
    anna.refer(victim.uri)
    anna.wait("refer_603")
    seat.wait_call(call, state="talking")
    outside = phones("outside").ask("REFER", seat.uri, [("Refer-To", f"<{victim.uri}>"), ("Event", "refer")])
    assert outside is None or outside.code >= 400
    assert not victim.calls
    assert not seat.journal(e.CallDialled)
    anna.bye()
    seat.wait_idle()


def test_invite_with_replaces_takes_nothing_over(seat: Seat, phones: Phones) -> None:
    call, anna = talking(seat, phones("anna"))
    replaces = f"{anna.call_id};to-tag={anna.remote_tag};from-tag={anna.local_tag}"
    headers: list[Header] = [("Replaces", replaces), ("Require", "replaces")]
    thief = phones("thief").call(seat.uri, headers=headers)
    thief.wait("ended")
    assert thief.final_code >= 400
    assert not thief.answered
    assert not anna.ended
    seat.wait_call(call, state="talking")
    record = seat.wait_record("thief")
    assert (record["refused"], record["answered"]) == ("replaces_by_stranger", None)
    anna.bye()
    assert seat.wait_record(call)["ended_by"] == "customer"


def test_replaces_of_an_unknown_call_is_refused(seat: Seat, phones: Phones) -> None:
    guess = phones("guess").call(seat.uri, headers=[("Replaces", "nothing;to-tag=a;from-tag=b")])
    guess.wait("ended")
    assert guess.final_code >= 400
    seat.wait_idle()


def test_diversion_of_a_called_party_is_not_followed(seat: Seat, phones: Phones) -> None:
    victim, diverting = phones("victim"), phones("diverting", refuse=302)
    call = seat.dial(diverting.contact)
    record = seat.wait_record(call)
    assert (record["ended_by"], record["code"], record["answered"]) == ("peer", 302, None)
    assert not victim.calls


def test_trusted_peer_may_move_a_call(trusting: Seat, phones: Phones) -> None:
    """Its REFER is followed, and so is its INVITE with Replaces."""
    _, anna = talking(trusting, phones("anna"))
    bert = phones("bert")
    anna.refer(bert.uri)
    anna.wait("refer_202")
    at_bert = bert.wait_call()
    at_bert.wait("got_ack")
    trusting.wait_call("bert", state="talking", direction="out")
    anna.wait("got_notify")
    anna.bye()
    trusting.wait_gone("anna")

    replaces = f"{at_bert.call_id};to-tag={at_bert.remote_tag};from-tag={at_bert.local_tag}"
    carl = phones("carl").call(trusting.uri, headers=[("Replaces", replaces)])
    carl.play(tone(ANNA), repeat=True)
    carl.wait("answered")
    assert "180" not in carl.moments
    at_bert.wait("got_bye")
    trusting.wait_call("carl", state="talking")
    trusting.wait_gone("bert")
    trusting.post("hold")
    carl.wait("held")
    trusting.wait_call("carl", state="held")
    trusting.post("resume")
    carl.wait("resumed")
    trusting.post("hangup")
    carl.wait("got_bye")
    assert trusting.wait_record("carl")["ended_by"] == "agent"
    kinds = [type(event).__name__ for event in trusting.journal(e.CallEvent, call=trusting.wait_record("bert")["call"])]
    assert kinds[0] == "CallDialled"


def test_trusted_peer_takes_no_call_that_the_receptionist_is_not_in(trusting: Seat, phones: Phones) -> None:
    call, anna = talking(trusting, phones("anna"))
    trusting.post("hold")
    anna.wait("held")
    trusting.wait_call(call, state="held")
    anna.refer("sip:bert@127.0.0.1:9")
    anna.wait("refer_603")
    anna.request("REFER", [("Refer-To", "<>")])
    replaces = f"{anna.call_id};to-tag={anna.remote_tag};from-tag={anna.local_tag}"
    carl = phones("carl").call(trusting.uri, headers=[("Replaces", replaces)])
    carl.wait("ended")
    assert not carl.answered
    trusting.wait_call(call, state="held")
    anna.bye()
    trusting.wait_idle()


def test_stranger_is_refused(seats: Seats, phones: Phones) -> None:
    (seat,) = seats({"sip": {"peers": ["127.0.0.9", "192.0.2.0/24"]}})
    stranger = phones("stranger").call(seat.uri)
    stranger.wait("ended")
    assert stranger.final_code == 403
    assert "180" not in stranger.moments
    record = seat.wait_record("stranger")
    assert (record["refused"], record["code"], record["pickup"]) == ("stranger", 403, None)
    assert record["peer"] == f"127.0.0.1:{stranger.agent.port}"
