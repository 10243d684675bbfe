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
from tests.peers.sipp import Sipp

USER, PASSWORD = "desk", "very secret"
NOW = "alarm"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def registrar() -> Iterator[Registrar]:
    with Registrar({USER: PASSWORD}) as registrar:
        yield registrar


@pytest.fixture(scope="module")
def kamailio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kamailio, Path]]:
    certificate, key, _ = self_signed(tmp_path_factory.mktemp("certificates"))
    with Kamailio(PASSWORD, (certificate, key)) as pbx:
        yield pbx, certificate


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


def test_registered_with_digest_and_taken_back_at_the_end(tmp_path: Path, phones: Phones) -> None:
    """With a user name of its own for the digest, and nobody listed as peer but somebody else."""
    with Registrar({"desk-205": PASSWORD}) as registrar:
        account = registrar.account(USER, PASSWORD, auth_user="desk-205", expires_s=77)
        with registered(tmp_path, account, peers=["192.0.2.7"]) as seat:
            assert registrar.contacts == {USER: f"sip:{USER}@127.0.0.1:{seat.port};ob"}
            assert registrar.seen[-1][1].get("Expires") == "77"
            state = seat.state()
            assert state["registration"] == {
                "account": registrar.uri,
                "state": "registered",
                "code": 200,
                "reason": "OK",
            }
            assert state["troubles"] == []
            call = phones("anna").call(seat.uri)
            call.wait("180")
            call.cancel()
            call.wait("ended")
            seat.kill()
            seat.start_again()
            assert seat.state()["registration"] == state["registration"], "a new main is told what holds"
        assert registrar.contacts == {}


def test_registered_by_name_at_sipp(tmp_path: Path, phones: Phones) -> None:
    with Sipp("registrar", keys={"account": USER, "password": PASSWORD}, calls=2, timeout_s=30) as sipp:
        account = {"registrar": f"sip:localhost:{sipp.port}", "user": USER, "password": PASSWORD}
        with registered(tmp_path, account, peers=["192.0.2.7"]) as seat:
            call = phones("anna").call(seat.uri)
            call.wait("180")
            call.cancel()
            call.wait("ended")


def test_registrar_that_is_silent_or_has_a_fault_is_told_and_asked_again(registrar: Registrar, tmp_path: Path) -> None:
    registrar.silent, registrar.expires_s = True, 6
    with seat_with(tmp_path, registrar.account(USER, PASSWORD)) as seat:
        assert wait_registration(seat, "registering")["troubles"] == []
        wait_trouble(seat, "does not answer")
        registrar.silent = False
        assert wait_registration(seat, "registered")["troubles"] == []

        # What was granted for 6 s is renewed in time, and that is no news.
        granted, seen = registrar.seen[-1][0], len(registrar.seen)
        registrar.silent = True
        registrar.wait(lambda one: len(one.seen) > seen)
        assert registrar.seen[-1][0] - granted < 6
        wait_trouble(seat, "does not answer")
        registrar.refuse, registrar.silent = 503, False
        state = wait_trouble(seat, "does not take our registration (503 Not Now)")
        assert (state["registration"]["state"], state["registration"]["code"]) == ("failing", 503)
        registrar.refuse, registrar.expires_s = 0, 3600
        assert wait_registration(seat, "registered", 15)["troubles"] == []

        told = [event.state for event in seat.journal(e.RegistrationChanged)]
        assert told == ["registering", "registered", "failing", "registered"]
        # Main heard nothing for longer than it is patient, but had its answer when it asked.
        assert seat.journal(e.EngineLost) == []


def test_those_who_will_never_register_are_told_why_and_ask_seldom(
    registrar: Registrar, kamailio: tuple[Kamailio, Path], tmp_path: Path, phones: Phones
) -> None:
    """A wrong password, a name that has no address, a certificate of an authority that is not trusted."""
    (tmp_path / "other").mkdir()
    stranger, _, _ = self_signed(tmp_path / "other")
    by_tls = {"registrar": kamailio[0].uri(transport="tls"), "user": USER, "password": PASSWORD, "transport": "tls"}
    nowhere = {"registrar": "sip:pbx.invalid", "user": USER, "password": PASSWORD}
    seats = [
        seat_with(tmp_path, registrar.account(USER, "wrong")),
        seat_with(tmp_path, nowhere),
        seat_with(tmp_path, by_tls, tls={"ca": str(stranger)}),
    ]
    try:
        for seat in seats:
            seat.wait_ready()
        refused, lost, mistrusting = seats

        state = wait_trouble(refused, "refuses our user name or password (403 Forbidden)")
        assert state["registration"]["state"] == "failing"
        (trouble,) = state["troubles"]
        assert (trouble["key"], "sip.account" in trouble["advice"]) == ("sip.registration", True)

        wait_trouble(mistrusting, "certificate of the other side is refused")
        wait_trouble(mistrusting, "incoming calls cannot reach us")

        anna, slowest_s = phones("anna"), 0.0
        for _ in range(40):
            asked = time.monotonic()
            assert anna.ask("OPTIONS", lost.uri), "looking a name up holds nothing up"
            slowest_s = max(slowest_s, time.monotonic() - asked)
            time.sleep(0.05)
        assert slowest_s < 0.5
        wait_trouble(lost, "incoming calls cannot reach us: sip:pbx.invalid", 40)

        assert len(registrar.seen) == 2
        assert len(refused.journal(e.TroubleNoticed)) == 1
        assert "wrong" not in (refused.folder / "log").read_text()
        assert mistrusting.state()["engine"]["state"] == "ready"
        assert "registered" not in [event.state for event in mistrusting.journal(e.RegistrationChanged)]
    finally:
        for seat in seats:
            seat.stop()
        for seat in seats:
            seat.close()


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


@pytest.mark.parametrize("scene", ["address", "names"])
def test_odd_networks(tmp_path: Path, scene: str) -> None:
    """In a network namespace of its own, where addresses can come and go and name servers be silent."""
    command = ["unshare", "--map-root-user", "--net", sys.executable, "-m", "tests.integration.odd_networks", scene]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, text=True, capture_output=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr


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
