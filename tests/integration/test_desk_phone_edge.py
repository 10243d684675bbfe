"""The desk phone registered at the edge: it is rung, lifted early, told to answer; it dials, and transfers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as e
from tests.integration.conftest import Phones
from tests.integration.ringing import LATE_MS, check_pickup, rings, wait_until
from tests.integration.test_edge_phones import PASSWORDS, register
from tests.peers.baresip import Baresip
from tests.peers.certificates import self_signed
from tests.peers.digest import digest
from tests.peers.edge import EdgedSeat
from tests.peers.hearing import LOUD, amplitude, tone, wait_heard
from tests.peers.ports import LOOPBACK
from tests.peers.raw_sip import RawSip
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import SipCaller

NOW = "alarm"
"""A line without a ring window."""
AGENT, CUSTOMER = 700.0, 1000.0
SETTINGS: dict[str, dict[str, Any]] = {
    "seat": {"hardware": "desk_phone"},
    "desk_phone": {"address": f"sip:301@{LOOPBACK}"},
    "pickup": {"country": "JP", "deadline": {"action": "connect"}},
}


def edged(folder: Path, **more: dict[str, Any]) -> EdgedSeat:
    passwords = folder / "passwords"
    passwords.write_text("".join(f"{user}: {secret}\n" for user, secret in PASSWORDS.items()))
    passwords.chmod(0o600)
    return EdgedSeat(folder, {"edge": {"phones": [*PASSWORDS], "phone_passwords": str(passwords)}, **SETTINGS, **more})


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    """Callers are at the same address as the phone, and come from the PBX."""
    with edged(tmp_path_factory.mktemp("desk")) as seat:
        yield seat


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    """Whoever is here and no registered phone is a stranger."""
    with edged(tmp_path_factory.mktemp("guarded"), sip={"peers": ["192.0.2.7"], "domain": LOOPBACK}) as seat:
        yield seat


@pytest.fixture(scope="module")
def open_seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    """Strangers may call the desk."""
    folder = tmp_path_factory.mktemp("open")
    edge = {"phones": [*PASSWORDS], "phone_passwords": str(folder / "passwords"), "strangers": "desk"}
    with edged(folder, sip={"peers": ["192.0.2.7"], "domain": LOOPBACK}, edge=edge) as seat:
        yield seat


@pytest.fixture
def phone(seat: EdgedSeat, phones: Phones) -> Iterator[SipCaller]:
    phone = phones("301", answer_after_s=None, talk=True)
    assert register(seat, phone, PASSWORDS["301"]).code == 200
    yield phone
    register(seat, phone, PASSWORDS["301"], expires_s=0)


def dial(seat: EdgedSeat, phone: SipCaller, user: str) -> PeerCall:
    """The phone calls somebody at the edge, and tells its password when it is asked."""
    uri = seat.edge.uri(user)
    refused = phone.call(uri)
    refused.wait("407")
    (challenge,) = [message for message in refused.messages if message.code == 407]
    credentials = digest(challenge.get("Proxy-Authenticate"), "INVITE", uri, phone.user, PASSWORDS[phone.user])
    return phone.call(uri, headers=[("Proxy-Authorization", credentials)])


def test_lifted_early(seat: EdgedSeat, phone: SipCaller, phones: Phones) -> None:
    guest = phones("anna").call(seat.outside)
    leg = phone.wait_call()
    rings(seat, guest)
    leg.answer()
    seat.wait_call("anna", state="armed")
    guest.wait("answered")
    # To the millisecond it is the seat's, which its record tells; the edge may have passed the 180 on late.
    assert 4000 - LATE_MS < guest.span_ms("180", "answered") < 4500
    leg.bye()
    guest.wait("ended")
    check_pickup(seat.wait_record("anna"), "on_time", 2)
    seat.wait_idle()


def test_told_to_answer(seat: EdgedSeat, phone: SipCaller, phones: Phones) -> None:
    guest = phones("bert").call(seat.outside)
    leg = phone.wait_call()
    guest.wait("answered", 12)
    assert "got_notify" in leg.moments
    assert 6000 < guest.span_ms("180", "answered") < 7100
    guest.bye()
    leg.wait("got_bye")
    check_pickup(seat.wait_record("bert"), "on_time", 3)
    seat.wait_idle()


def test_registered_by_tls_with_its_sound_encrypted(tmp_path: Path, phones: Phones) -> None:
    """A real telephone, with its password by TLS; the customer is neither registered nor encrypted."""
    certificate, key, both = self_signed(tmp_path)
    passwords = tmp_path / "passwords"
    passwords.write_text("301: three-oh-one\n")
    passwords.chmod(0o600)
    edge: dict[str, Any] = {
        "phones": ["301"],
        "phone_passwords": str(passwords),
        "tls": {"certificate": str(certificate), "key": str(key), "ca": str(certificate)},
    }
    more: dict[str, dict[str, Any]] = {
        "edge": edge,
        "sip": {"srtp": "optional"},
        "pickup": {"country": "JP", "emergency_lines": [NOW]},
    }
    with (
        EdgedSeat(tmp_path, {**SETTINGS, **more}) as seat,
        Baresip(
            "301",
            transport="tls",
            answers=False,
            certificate=both,
            media_encryption="srtp",
            speech=tone(AGENT, 30),
            registrar=f"{LOOPBACK}:{seat.edge.port + 1}",
            account_parameters="regint=60;auth_user=301;auth_pass=three-oh-one",
        ) as phone,
    ):
        wait_until(lambda: bool(seat.edge.running.phones()), 20)
        guest = phones("anna").call(seat.edge.uri(NOW))
        guest.play(tone(CUSTOMER), repeat=True)
        phone.wait("CALL_INCOMING")
        phone.answer()
        guest.wait("answered")
        wait_heard(guest, AGENT, among=(AGENT, CUSTOMER), timeout_s=20)
        time.sleep(1.5)
        guest.bye()
        phone.wait("CALL_CLOSED")
        record = seat.wait_record("anna")
        assert amplitude(phone.heard()[-8000:], CUSTOMER) > LOUD / 4
        assert {one.call == record["call"]: one.encrypted for one in seat.journal(e.MediaStarted)} == {
            True: False,
            False: True,
        }


def test_dials_with_its_password(guarded: EdgedSeat, phones: Phones) -> None:
    phone = phones("301")
    assert register(guarded, phone, PASSWORDS["301"]).code == 200
    dial(guarded, phone, "*40").wait("got_bye")
    assert guarded.state()["presence"] == "absent"
    dial(guarded, phone, "*41").wait("got_bye")
    assert guarded.state()["presence"] == "present"
    guarded.wait_idle()


def test_transfer_key(guarded: EdgedSeat, phones: Phones) -> None:
    """A registered phone may transfer within its calls, and nobody else."""
    phone, specialist = phones("301", answer_after_s=None), phones("302")
    assert register(guarded, phone, PASSWORDS["301"]).code == 200
    assert register(guarded, specialist, PASSWORDS["302"]).code == 200
    call = guarded.dial(guarded.edge.uri("302"))
    leg = phone.wait_call()
    leg.answer()
    guarded.wait_call(call, state="talking")
    leg.refer(f"sip:303@{LOOPBACK}")
    leg.wait("refer_202")
    leg.wait("got_bye")
    specialist.wait_call().wait("got_refer")
    guarded.hang_up_all()


@pytest.mark.parametrize(("said", "host"), [(None, "127.0.1.251"), ("301", "127.0.1.252")])
def test_stranger_with_the_phones_name_is_a_customer(open_seat: EdgedSeat, said: str | None, host: str) -> None:
    """Whatever he dials, and whatever he says of himself: his name with another domain is asked for no password."""
    with RawSip(open_seat.edge.address, host) as stranger:
        headers = {"From": "<sip:301@attacker.example>;tag=1", "X-Edge-Phone": said}
        for dialled in ("*40", "0312345678"):
            uri = open_seat.edge.uri(dialled)
            assert stranger.ask(stranger.request(uri=uri, headers=headers), 10) == 487, "it rang"
    open_seat.wait_idle()
    assert open_seat.state()["presence"] == "present"
    assert not open_seat.journal(e.PhoneCalled)
    assert not any(one.target.startswith("sip:0312345678") for one in open_seat.journal(e.CallDialled))
    assert {one.caller for one in open_seat.journal(e.CallArrived)} == {"sip:301@attacker.example"}


def test_registered_phone_dials_where_strangers_may_call(open_seat: EdgedSeat, phones: Phones) -> None:
    phone = phones("301")
    assert register(open_seat, phone, PASSWORDS["301"]).code == 200
    dial(open_seat, phone, "*40").wait("got_bye")
    assert open_seat.state()["presence"] == "absent"
    dial(open_seat, phone, "*41").wait("got_bye")
    assert open_seat.state()["presence"] == "present"
    register(open_seat, phone, PASSWORDS["301"], expires_s=0)
