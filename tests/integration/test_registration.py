"""A real seat registers: at registrars of several tempers, through a proxy, and at Kamailio."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as e
from tests.integration.conftest import Phones
from tests.peers.baresip import Baresip
from tests.peers.certificates import self_signed
from tests.peers.kamailio import Kamailio
from tests.peers.registrar import Registrar
from tests.peers.seat import Seat, State
from tests.peers.sip_call import PeerTimeoutError
from tests.peers.sipp import Sipp

USER, PASSWORD = "desk", "very secret"
NOW = "alarm"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def registrar() -> Iterator[Registrar]:
    with Registrar({USER: PASSWORD}) as registrar:
        yield registrar


def seat_with(folder: Path, account: Mapping[str, object], **sip: object) -> Seat:
    return Seat(folder, {"sip": {"account": account, **sip}, "pickup": {"country": "JP", "emergency_lines": [NOW]}})


@contextmanager
def registered(folder: Path, account: Mapping[str, object], **sip: object) -> Iterator[Seat]:
    with seat_with(folder, account, **sip) as seat:
        wait_registration(seat, "registered")
        yield seat


def wait_registration(seat: Seat, state: str, timeout_s: float = 10.0) -> State:
    def there(snapshot: State) -> bool:
        return bool(snapshot["registration"]) and snapshot["registration"]["state"] == state

    return seat.wait_state(there, timeout_s)


def wait_trouble(seat: Seat, text: str, timeout_s: float = 10.0) -> State:
    def there(snapshot: State) -> bool:
        return any(text in trouble["what"] for trouble in snapshot["troubles"])

    return seat.wait_state(there, timeout_s)


def test_registered_with_digest_and_taken_back_at_the_end(registrar: Registrar, tmp_path: Path) -> None:
    with registered(tmp_path, registrar.account(USER, PASSWORD)) as seat:
        state = seat.state()
        assert registrar.contacts == {USER: f"sip:{USER}@127.0.0.1:{seat.port};ob"}
        assert state["registration"] == {
            "account": registrar.uri,
            "state": "registered",
            "code": 200,
            "reason": "OK",
        }
        assert state["troubles"] == []
    assert registrar.contacts == {}


def test_registered_at_sipp(tmp_path: Path) -> None:
    with Sipp("registrar", keys={"account": USER, "password": PASSWORD}, calls=2, timeout_s=20) as sipp:
        account = {"registrar": sipp.uri, "user": USER, "password": PASSWORD}
        with registered(tmp_path, account):
            pass


def test_auth_user_may_differ(tmp_path: Path) -> None:
    with (
        Registrar({"desk-205": PASSWORD}) as registrar,
        registered(tmp_path, registrar.account(USER, PASSWORD, auth_user="desk-205")),
    ):
        assert list(registrar.contacts) == [USER]


def test_wrong_password_is_told_and_not_tried_again_and_again(registrar: Registrar, tmp_path: Path) -> None:
    with seat_with(tmp_path, registrar.account(USER, "wrong")) as seat:
        state = wait_trouble(seat, "refuses our user name or password (403 Forbidden)")
        assert [trouble["key"] for trouble in state["troubles"]] == ["sip.registration"]
        assert "incoming calls cannot reach us" in state["troubles"][0]["what"]
        assert "sip.account" in state["troubles"][0]["advice"]
        assert state["registration"]["state"] == "failing"
        time.sleep(4)
        assert len(registrar.seen) == 2
        assert len(seat.journal(e.TroubleNoticed)) == 1
        assert PASSWORD not in seat.log()
        assert "wrong" not in (seat.folder / "log").read_text()


def test_silent_registrar_is_told_before_it_is_given_up(registrar: Registrar, tmp_path: Path) -> None:
    registrar.silent = True
    with seat_with(tmp_path, registrar.account(USER, PASSWORD)) as seat:
        assert wait_registration(seat, "registering")["troubles"] == []
        wait_trouble(seat, "does not answer")
        registrar.silent = False
        state = wait_registration(seat, "registered")
        assert state["troubles"] == []


def test_registrar_with_a_fault_is_asked_again(registrar: Registrar, tmp_path: Path) -> None:
    registrar.refuse = 503
    with seat_with(tmp_path, registrar.account(USER, PASSWORD)) as seat:
        state = wait_trouble(seat, "(503 ")
        assert state["registration"]["code"] == 503
        registrar.refuse = 0
        state = wait_registration(seat, "registered", 15)
        assert state["troubles"] == []
        cleared = [event.cleared for event in seat.journal(e.TroubleNoticed)]
        assert cleared == [False, True]


def test_renewed_before_it_expires(registrar: Registrar, tmp_path: Path) -> None:
    registrar.expires_s = 8
    with registered(tmp_path, registrar.account(USER, PASSWORD)) as seat:
        registrar.wait(lambda one: len(one.seen) >= 3)
        first, again = registrar.seen[1][0], registrar.seen[2][0]
        assert 1 < again - first < 8
        registrar.silent = True
        seen = len(registrar.seen)
        registrar.wait(lambda one: len(one.seen) > seen)
        wait_trouble(seat, "does not answer")
        registrar.silent = False
        registrar.wait(lambda one: USER in one.contacts)
        assert wait_registration(seat, "registered")["registration"]["code"] == 200
        seat.wait_state(lambda state: not state["troubles"])
        assert seat.journal(e.EngineLost) == []  # it was silent for longer than main is patient, but answers when asked
        # Renewals are no news.
        assert [event.state for event in seat.journal(e.RegistrationChanged)] == ["registering", "registered"]


def test_wished_lifetime_is_asked_for(registrar: Registrar, tmp_path: Path) -> None:
    with registered(tmp_path, registrar.account(USER, PASSWORD, expires_s=77)):
        assert registrar.seen[-1][1].get("Expires") == "77"


def test_everything_goes_through_the_proxy(registrar: Registrar, tmp_path: Path) -> None:
    account = {"registrar": "sip:pbx.invalid", "user": USER, "password": PASSWORD, "proxy": registrar.uri}
    with registered(tmp_path, account) as seat:
        request = registrar.seen[-1][1]
        assert request.start == "REGISTER sip:pbx.invalid SIP/2.0"
        assert request.get("Route") == f"<{registrar.uri};lr>"
        seat.dial("100")
        registrar.wait(lambda one: any(request.method == "INVITE" for _, request in one.seen))
        invite = next(request for _, request in registrar.seen if request.method == "INVITE")
        assert invite.start == "INVITE sip:100@pbx.invalid SIP/2.0"
        assert invite.get("Route") == f"<{registrar.uri};lr>"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_registrar_may_call_without_being_listed(
    registrar: Registrar, tmp_path: Path, phones: Phones, host: str
) -> None:
    account = registrar.account(USER, PASSWORD, registrar=f"sip:{host}:{registrar.port}")
    with registered(tmp_path, account, peers=["192.0.2.7"]) as seat:
        call = phones("anna").call(seat.uri)
        call.wait("180")
        call.cancel()
        call.wait("ended")


def test_name_without_an_address_is_told_and_holds_nothing_up(tmp_path: Path, phones: Phones) -> None:
    account = {"registrar": "sip:pbx.invalid", "user": USER, "password": PASSWORD}
    with seat_with(tmp_path, account) as seat:
        anna = phones("anna")
        deadline, slowest_s = time.monotonic() + 4, 0.0
        while time.monotonic() < deadline:
            asked = time.monotonic()
            assert anna.ask("OPTIONS", seat.uri)
            slowest_s = max(slowest_s, time.monotonic() - asked)
            time.sleep(0.05)
        assert slowest_s < 0.5
        wait_trouble(seat, "incoming calls cannot reach us: sip:pbx.invalid", 40)


def test_address_of_this_machine_changes(tmp_path: Path) -> None:
    """In a network namespace of its own, where addresses can come and go."""
    command = ["unshare", "--map-root-user", "--net", sys.executable, "-m", "tests.integration.address_change"]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, text=True, capture_output=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr


# ------------------------------------------------------------------------------------------------ Kamailio


@pytest.fixture(scope="module")
def kamailio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kamailio, Path]]:
    certificate, key, _ = self_signed(tmp_path_factory.mktemp("certificates"))
    with Kamailio(PASSWORD, (certificate, key)) as pbx:
        yield pbx, certificate


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_called_through_kamailio(kamailio: tuple[Kamailio, Path], tmp_path: Path, transport: str) -> None:
    """TCP and TLS are used to call only, and the calls come back the same way."""
    pbx, certificate = kamailio
    account: dict[str, Any] = {
        "registrar": pbx.uri(transport=transport),
        "user": NOW,
        "password": PASSWORD,
        "transport": transport,
    }
    with registered(tmp_path, account, tls={"ca": str(certificate)}) as seat, Baresip("anna") as anna:
        anna.dial(pbx.uri(NOW))
        call = seat.wait_call("anna")["id"]
        seat.post("lift", call=call)
        anna.wait("CALL_ESTABLISHED")
        seat.wait_call(call, state="talking")
        seat.post("hangup")
        anna.wait("CALL_CLOSED")


def test_certificate_of_the_wrong_authority_is_refused(kamailio: tuple[Kamailio, Path], tmp_path: Path) -> None:
    pbx, _ = kamailio
    (tmp_path / "other").mkdir()
    other, _, _ = self_signed(tmp_path / "other")
    account: dict[str, Any] = {
        "registrar": pbx.uri(transport="tls"),
        "user": NOW,
        "password": PASSWORD,
        "transport": "tls",
    }
    with seat_with(tmp_path, account, tls={"ca": str(other)}) as seat:
        state = wait_trouble(seat, "certificate of the other side is refused")
        wait_trouble(seat, "incoming calls cannot reach us")
        assert state["engine"]["state"] == "ready"
        with pytest.raises(PeerTimeoutError):
            wait_registration(seat, "registered", 2)
