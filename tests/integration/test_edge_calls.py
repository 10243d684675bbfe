"""Calls through the edge, a real Kamailio: everything as without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as e
from tests.integration.conftest import Phones
from tests.peers.baresip import Baresip
from tests.peers.certificates import self_signed
from tests.peers.edge import EdgedSeat
from tests.peers.kamailio import Kamailio
from tests.peers.ports import LOOPBACK
from tests.peers.raw_sip import RawSip

NOW = "alarm"
PASSWORD = "very secret"


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kamailio, Path]]:
    certificate, key, _ = self_signed(tmp_path_factory.mktemp("certificates"))
    with Kamailio(PASSWORD, (certificate, key)) as pbx:
        yield pbx, certificate


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    settings = {"pickup": {"emergency_lines": [NOW]}, "sip": {"refer_from": ["127.0.0.1"]}}
    with EdgedSeat(tmp_path_factory.mktemp("edge"), settings) as seat:
        yield seat


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_called(seat: EdgedSeat, phones: Phones, transport: str) -> None:
    anna = phones("anna", transport=transport)
    call = anna.call(seat.edge.uri(NOW))
    call.wait("180")
    at_desk = seat.wait_call("anna")["id"]
    seat.post("lift", call=at_desk)
    call.wait("answered")
    seat.wait_call(at_desk, state="talking")
    call.hold()
    call.wait("reinvite_200")
    call.resume()
    call.request("UPDATE")
    call.wait("update_200")
    call.send_info_digit("5")
    call.wait("info_200")
    assert seat.wait_event(e.DigitReceived, call=at_desk).digit == "5"
    seat.post("hold")
    call.wait("held")
    seat.wait_call(at_desk, state="held")
    seat.post("resume")
    call.wait("resumed")
    call.bye()
    call.wait("bye_200")
    record = seat.wait_record(at_desk)
    assert record["ended_by"] == "customer"
    assert record["peer"] == f"127.0.0.1:{anna.port}" or transport == "tcp"


def test_calling_a_phone_and_putting_a_call_through(seat: EdgedSeat, phones: Phones) -> None:
    """A consultation, then REFER with Replaces (attended) through the edge."""
    anna, bert = phones("anna").call(seat.edge.uri(NOW)), phones("bert")
    first = seat.wait_call("anna")["id"]
    seat.post("lift", call=first)
    anna.wait("answered")
    second = seat.dial(bert.uri)
    at_bert = bert.wait_call()
    at_bert.wait("got_ack")
    assert at_bert.routes, "the edge stays in the way"
    seat.wait_call(second, state="talking")
    seat.post("transfer", call=first, to_call=second)
    anna.wait("got_refer")
    moved = bert.wait_call()
    moved.wait("got_ack")
    at_bert.wait("ended")
    anna.wait("ended")
    assert seat.wait_record(first)["ended_by"] == "transfer"


def test_refer_of_a_peer_is_followed_and_replaces_too(seat: EdgedSeat, phones: Phones) -> None:
    anna = phones("anna").call(seat.edge.uri(NOW))
    seat.post("lift", call=seat.wait_call("anna")["id"])
    anna.wait("answered")
    bert = phones("bert")
    anna.refer(bert.uri)
    anna.wait("refer_202")
    at_bert = bert.wait_call()
    at_bert.wait("got_ack")
    anna.bye()
    seat.wait_gone("anna")
    replaces = f"{at_bert.call_id};to-tag={at_bert.remote_tag};from-tag={at_bert.local_tag}"
    carl = phones("carl").call(seat.outside, headers=[("Replaces", replaces)])
    carl.wait("answered")
    at_bert.wait("got_bye")
    carl.bye()
    seat.wait_idle()


def test_early_media_and_reliable_provisional_answers(seat: EdgedSeat, phones: Phones) -> None:
    call = phones("anna").call(seat.outside, headers=[("Require", "100rel")])
    call.wait("180")
    ringing = next(message for message in call.messages if message.code == 180)
    sequence = ringing.get("RSeq")
    assert sequence
    call.request("PRACK", [("RAck", f"{sequence} 1 INVITE")])
    call.wait("prack_200")
    call.cancel()
    call.wait("487")
    seat.wait_idle()


def test_cancel_and_refusal(seat: EdgedSeat, phones: Phones) -> None:
    call = phones("anna").call(seat.outside)
    call.wait("180")
    call.cancel()
    call.wait("cancel_200")
    call.wait("487")
    seat.wait_idle()
    nobody = phones("nobody", refuse=404)
    assert seat.wait_record(seat.dial(nobody.uri))["code"] == 404


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_registered_at_a_pbx_through_the_edge(
    pbx: tuple[Kamailio, Path], tmp_path: Path, transport: str, phones: Phones
) -> None:
    """The PBX calls back, and is called, by the transport of the account; nobody is listed as peer."""
    kamailio, certificate = pbx
    account = {
        "registrar": kamailio.uri(transport=transport),
        "user": NOW,
        "password": PASSWORD,
        "transport": transport,
    }
    settings: dict[str, dict[str, Any]] = {
        "sip": {"account": account, "peers": ["192.0.2.7"]},
        "edge": {"media": "direct", "tls": {"ca": str(certificate)}},
        "pickup": {"emergency_lines": [NOW]},
    }
    with EdgedSeat(tmp_path, settings) as seat, Baresip("anna") as anna:
        seat.wait_state(
            lambda state: bool(state["registration"]) and state["registration"]["state"] == "registered", 20
        )
        anna.dial(kamailio.uri(NOW))
        call = seat.wait_call("anna")["id"]
        seat.post("lift", call=call)
        anna.wait("CALL_ESTABLISHED")
        seat.wait_call(call, state="talking")
        seat.post("hangup")
        anna.wait("CALL_CLOSED")
        refused = seat.wait_record(seat.dial("nobody"))
        assert refused["code"] == 404, "the PBX knows nobody of this name, and says so"
        with RawSip(seat.edge.address) as forged:
            code = forged.ask(forged.request())
        assert code == (487 if transport == "udp" else 403), "its address is believed as it registered us, or better"


@pytest.mark.parametrize(("names", "state"), [([], "failing"), (["voip.example"], "registered")])
def test_certificate_of_another_host(tmp_path: Path, names: list[str], state: str) -> None:
    """Signed by a trusted authority, but not for this PBX: nothing that it answers is believed."""
    certificate, key, _ = self_signed(tmp_path, "DNS:voip.example", "/CN=voip.example")
    with Kamailio(PASSWORD, (certificate, key)) as kamailio:
        account = {"registrar": kamailio.uri(transport="tls"), "user": NOW, "password": PASSWORD, "transport": "tls"}
        settings: dict[str, dict[str, Any]] = {
            "sip": {"account": account, "peers": ["192.0.2.7"]},
            "edge": {"media": "direct", "tls": {"ca": str(certificate), "names": names}},
        }
        with EdgedSeat(tmp_path, settings) as seat:
            told = seat.wait_state(lambda now: bool(now["registration"]) and now["registration"]["state"] == state, 20)[
                "registration"
            ]
            assert names or "Certificate" in str(told), told


def test_edge_at_an_address_of_its_own(tmp_path: Path, phones: Phones) -> None:
    """Others see its address only, and all that it sends them comes from there."""
    settings: dict[str, dict[str, Any]] = {
        "pickup": {"emergency_lines": [NOW]},
        "edge": {"listen": ["127.0.0.5"]},
        "sip": {"peers": [LOOPBACK]},
    }
    with EdgedSeat(tmp_path, settings) as seat:
        where = f"127.0.0.5:{seat.edge.port}"
        anna = phones("anna").call(f"sip:{NOW}@{where}")
        call = seat.wait_call("anna")["id"]
        seat.post("lift", call=call)
        anna.wait("answered")
        assert anna.audio
        assert anna.audio.address == "127.0.0.5"
        answer = next(message for message in anna.messages if message.code == 200)
        assert f"@{where}" in answer.get("Contact")
        anna.bye()
        anna.wait("bye_200")
        bert = phones("bert")
        seat.dial(bert.uri)
        at_bert = bert.wait_call()
        at_bert.wait("got_ack")
        assert at_bert.invite
        assert at_bert.invite.get("Via").startswith(f"SIP/2.0/UDP {where}")
        assert f"@{where}" in at_bert.invite.get("Contact")
        assert where in at_bert.routes[0]
        at_bert.hold()
        at_bert.wait("reinvite_200")
        at_bert.bye()
        at_bert.wait("bye_200")
