"""Desk phones register at the edge, are called by the desk, and call it; nobody else registers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.conftest import Phones
from tests.peers.digest import digest
from tests.peers.edge import EdgedSeat
from tests.peers.sip_caller import SipCaller
from tests.peers.sip_message import Message

NOW = "alarm"
PASSWORDS = {"301": "three-oh-one", "302": "three oh two"}


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    folder = tmp_path_factory.mktemp("phones")
    passwords = folder / "passwords"
    passwords.write_text("# who: what\n" + "".join(f"{user}: {secret}\n" for user, secret in PASSWORDS.items()))
    passwords.chmod(0o600)
    settings: dict[str, dict[str, Any]] = {
        "pickup": {"emergency_lines": [NOW]},
        "sip": {"peers": ["192.0.2.7"]},
        "edge": {"phones": [*PASSWORDS], "phone_passwords": str(passwords)},
    }
    with EdgedSeat(folder, settings) as seat:
        yield seat


def register(seat: EdgedSeat, phone: SipCaller, password: str, expires_s: int = 60, user: str = "") -> Message:
    """The final answer to a REGISTER with this password."""
    uri = seat.edge.uri(user or phone.user)
    headers = [("Expires", str(expires_s))]
    first = phone.ask("REGISTER", uri, headers)
    assert first
    if first.code != 401:
        return first
    credentials = digest(first.get("WWW-Authenticate"), "REGISTER", uri, phone.user, password)
    second = phone.ask("REGISTER", uri, [*headers, ("Authorization", credentials)])
    assert second
    return second


def test_phone_is_called_by_the_desk(seat: EdgedSeat, phones: Phones) -> None:
    phone = phones("301")
    answer = register(seat, phone, PASSWORDS["301"])
    assert answer.code == 200
    assert "expires=60" in answer.get("Contact")
    assert [one["user"] for one in seat.edge.running.phones()] == ["301"]
    call = seat.dial(seat.edge.uri("301"))
    at_phone = phone.wait_call()
    at_phone.wait("got_ack")
    seat.wait_call(call, state="talking")
    seat.post("hangup")
    at_phone.wait("got_bye")
    assert register(seat, phone, PASSWORDS["301"], expires_s=0).code == 200
    assert seat.edge.running.phones() == []
    assert seat.wait_record(seat.dial(seat.edge.uri("301")))["code"] == 480


def test_phone_with_several_contacts_rings_everywhere(seat: EdgedSeat, phones: Phones) -> None:
    here, there = phones("302", answer_after_s=None), phones("302", answer_after_s=None)
    assert register(seat, here, PASSWORDS["302"]).code == 200
    assert register(seat, there, PASSWORDS["302"]).code == 200
    call = seat.dial(seat.edge.uri("302"))
    at_here, at_there = here.wait_call(), there.wait_call()
    at_there.answer()
    seat.wait_call(call, state="talking")
    at_here.wait("got_cancel")
    at_there.hang_up()
    seat.wait_idle()


def test_phone_calls_the_desk_with_its_password(seat: EdgedSeat, phones: Phones) -> None:
    phone = phones("301")
    refused = phone.call(seat.edge.uri(NOW))
    refused.wait("407")
    (challenge,) = [message for message in refused.messages if message.code == 407]
    uri = seat.edge.uri(NOW)
    credentials = digest(challenge.get("Proxy-Authenticate"), "INVITE", uri, "301", PASSWORDS["301"])
    call = phone.call(uri, headers=[("Proxy-Authorization", credentials)])
    seat.post("lift", call=seat.wait_call("301")["id"])
    call.wait("answered")
    call.bye()
    call.wait("bye_200")
    seat.wait_idle()
    stranger = phones("guest").call(uri)
    stranger.wait("403")


def test_nobody_else_registers(seat: EdgedSeat, phones: Phones) -> None:
    assert register(seat, phones("301"), "wrong").code == 401
    assert register(seat, phones("303"), "any").code == 403
    assert register(seat, phones("302"), PASSWORDS["302"], user="301").code in (401, 403)
    assert "303" not in [one["user"] for one in seat.edge.running.phones()]


def test_registrations_outlive_a_restart_of_the_edge(seat: EdgedSeat, phones: Phones) -> None:
    phone = phones("301")
    assert register(seat, phone, PASSWORDS["301"]).code == 200
    seat.edge.stop_signalling()
    seat.edge.start_signalling()
    call = seat.dial(seat.edge.uri("301"))
    phone.wait_call().wait("got_ack")
    seat.wait_call(call, state="talking")
    seat.hang_up_all()


def test_registered_phones_are_not_banned(seat: EdgedSeat, phones: Phones) -> None:
    phone = phones("301")
    assert register(seat, phone, PASSWORDS["301"]).code == 200
    for _ in range(60):
        phone.send_raw(b"INVITE nonsense SIP/2.0\r\n\r\n", seat.edge.address)
        phone.call(seat.edge.uri("302", "udp"))
    time.sleep(0.5)
    assert seat.edge.running.bans() == []
    assert register(seat, phone, PASSWORDS["301"]).code == 200
