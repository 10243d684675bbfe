"""Phones are told to read their configuration again: through the edge where they are registered, else by UDP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.integration.conftest import Phones
from tests.integration.test_edge_phones import register
from tests.peers.edge import Edge, EdgedSeat
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.sip_caller import SipCaller

PASSWORDS = {"301": "three-oh-one", "302": "three-oh-two"}


class Desk:
    """An edge without a seat, and the configuration of both."""

    def __init__(self, folder: Path) -> None:
        passwords = folder / "passwords"
        passwords.write_text("".join(f"{user}: {secret}\n" for user, secret in PASSWORDS.items()))
        passwords.chmod(0o600)
        keys: dict[str, Any] = {"media": "direct", "transports": ["udp", "tcp"], "phone_passwords": str(passwords)}
        self.edge = Edge(folder, phones=[*PASSWORDS], **keys)
        self.file = folder / "phoneetiquette.yaml"

    def configure(self, phones: dict[str, dict[str, Any]]) -> None:
        sip = {"port": self.edge.port + 9, "peers": ["192.0.2.7"]}
        self.file.write_text(json.dumps({"sip": sip, "edge": self.edge.section, "phones": phones}))

    def resync(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "phoneetiquette", "provision", "--config", str(self.file), "--resync", *words]
        environment = {**os.environ, "RUNTIME_DIRECTORY": str(self.edge.folder / "edge")}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("resync"))
    desk.configure({})
    with desk.edge as edge:
        edge.start(desk.file)
        yield desk


@contextmanager
def registered(desk: Desk, phones: Phones, user: str, **behaviour: Any) -> Iterator[SipCaller]:
    """A phone that leaves the edge afterwards, which keeps but a few places for each."""
    phone = phones(user, **behaviour)
    seat = cast(EdgedSeat, SimpleNamespace(edge=desk.edge))  # all of a seat that registering needs
    assert register(seat, phone, PASSWORDS[user]).code == 200
    yield phone
    assert register(seat, phone, PASSWORDS[user], expires_s=0).code == 200


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("profile", "words", "event"),
    [
        ("snom", [], "check-sync;reboot=false"),
        ("snom", ["--reboot"], "check-sync;reboot=true"),
        ("cisco-spa", [], "resync"),
        ("yealink", [], "check-sync"),
    ],
)
def test_a_registered_phone_is_told_through_the_edge(
    desk: Desk, phones: Phones, transport: str, profile: str, words: list[str], event: str
) -> None:
    desk.configure({"desk": {"profile": profile, "user": "301", "transport": transport}})
    with registered(desk, phones, "301", transport=transport, takes=("NOTIFY",)) as phone:
        told = desk.resync(*words)
    assert (told.returncode, told.stdout) == (0, f"desk: told by Event: {event}, and has answered 200\n"), told.stderr
    (notify,) = phone.strangers
    assert (notify.method, notify.get("Event"), notify.get("Subscription-State")) == ("NOTIFY", event, "active")
    assert notify.get("Content-Length") == "0"
    assert f"/{transport.upper()} {LOOPBACK}:{desk.edge.port}" in notify.get("Via"), "it comes from where it registers"


def test_a_phone_that_refuses_and_one_that_is_off(desk: Desk, phones: Phones) -> None:
    desk.configure(
        {
            "refuses": {"profile": "yealink", "user": "302"},
            "off": {"profile": "yealink", "user": "309", "registrar": "sip:192.0.2.9", "password": "x"},
        }
    )
    desk.file.chmod(0o600)
    with registered(desk, phones, "302", takes=("OPTIONS",)):
        told = desk.resync()
    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        "refuses: it has answered 405 Not Allowed to Event: check-sync",
        "off: nothing says where the phone is (write its address)",
    ]
    assert [one["done"] for one in json.loads(desk.resync("--json").stdout)] == [False, False]


def test_the_latest_registration_of_a_phone_counts(desk: Desk, phones: Phones) -> None:
    desk.configure({"desk": {"profile": "yealink", "user": "301"}})
    with registered(desk, phones, "301") as before:
        time.sleep(1.1)  # the edge dates them by the second
        with registered(desk, phones, "301", takes=("NOTIFY",)) as now:
            assert desk.resync().returncode == 0
    assert (len(before.strangers), len(now.strangers)) == (0, 1)


def test_a_phone_at_its_address_is_told_by_udp(desk: Desk, phones: Phones) -> None:
    phone = phones("777", takes=("NOTIFY",))
    account = {"profile": "mitel", "user": "777", "registrar": "sip:192.0.2.9", "password": "x"}
    desk.configure({"hall": {**account, "address": f"{LOOPBACK}:{phone.port}"}})
    desk.file.chmod(0o600)
    told = desk.resync()
    assert (told.returncode, told.stdout) == (0, "hall: told by Event: check-sync, and has answered 200\n"), told.stderr
    (notify,) = phone.strangers
    assert notify.get("To") == f"<sip:777@{LOOPBACK}:{phone.port}>"
    nobody = free_port()
    desk.configure({"hall": {**account, "address": f"{LOOPBACK}:{nobody}"}})
    told = desk.resync()
    assert told.returncode == 1
    assert told.stderr.startswith(f"hall: {LOOPBACK} port {nobody} cannot be reached: Connection refused")


def test_without_an_edge_that_runs(desk: Desk, tmp_path: Path) -> None:
    desk.configure({"desk": {"profile": "yealink", "user": "301"}})
    command = [sys.executable, "-m", "phoneetiquette", "provision", "--config", str(desk.file), "--resync"]
    environment = {**os.environ, "RUNTIME_DIRECTORY": str(tmp_path)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 1
    assert "desk: the edge does not run" in told.stderr


def test_what_no_notify_is_known_for(desk: Desk) -> None:
    desk.configure({"desk": {"profile": "generic", "user": "301"}, "hall": {"profile": "poly", "user": "302"}})
    assert "desk: no NOTIFY is known by which SIP phone reads anew (restart the phone)" in desk.resync().stderr
    assert "hall: no NOTIFY is known by which Poly reads anew with a reboot" in desk.resync("--reboot").stderr
    assert desk.resync("--phone", "nobody").stderr == "no phone is called 'nobody' (known are desk, hall)\n"
