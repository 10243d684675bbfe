"""The machine's address changes, the network goes away and comes back: run in a network namespace of its own::

unshare --map-root-user --net python -m tests.integration.address_change FOLDER
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

from phoneetiquette import events as e
from tests.peers.registrar import Registrar
from tests.peers.seat import Seat, State
from tests.peers.sip_caller import SipCaller
from tests.peers.sip_message import host_port_of

PBX, FIRST, SECOND = "10.9.0.1", "10.9.0.2", "10.9.0.3"


def ip(command: str) -> None:
    subprocess.run(["ip", *command.split()], check=True)


def come_from(address: str) -> None:
    """Which of our addresses the PBX sees from now on."""
    ip(f"route replace local {PBX} dev lo src {address} table local")


def registered_as(registrar: Registrar, address: str) -> None:
    def there(one: Registrar) -> bool:
        return "desk" in one.contacts and host_port_of(one.contacts["desk"])[0] == address

    registrar.wait(there, 15)


def troubled(state: State) -> bool:
    return any(trouble["key"] == "sip.network" for trouble in state["troubles"])


def address(folder: Path) -> None:
    """The machine's address changes, the network goes away and comes back."""
    for one in (PBX, FIRST, SECOND):
        ip(f"addr add {one}/32 dev lo")
    come_from(FIRST)
    with Registrar({"desk": "secret"}, host=PBX) as registrar:
        sip = {"listen": "0.0.0.0", "account": registrar.account("desk", "secret")}  # noqa: S104
        with Seat(folder, {"sip": sip}) as seat:
            registered_as(registrar, FIRST)
            assert not troubled(seat.state())

            come_from(SECOND)
            registered_as(registrar, SECOND)
            assert not troubled(seat.state())

            ip(f"route replace unreachable {PBX} table local")
            state = seat.wait_state(troubled)
            assert f"there is no network to {PBX}" in str(state["troubles"])
            registrar.contacts.clear()
            ip(f"route delete unreachable {PBX} table local")
            come_from(SECOND)
            registered_as(registrar, SECOND)
            seat.wait_state(lambda state: not state["troubles"])
            assert seat.journal(e.EngineLost) == []


def names(folder: Path) -> None:
    """The name servers take every question and answer none."""
    servers = [line.split()[1] for line in Path("/etc/resolv.conf").read_text().splitlines() if "nameserver" in line]
    silent = []
    for server in servers:
        if server not in ("127.0.0.1", "::1"):
            ip(f"addr add {server} dev lo")
        silent.append(socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM))
        silent[-1].bind((server, 53))
    account = {"registrar": "sip:pbx.example", "user": "desk", "password": "secret"}
    with Seat(folder, {"sip": {"account": account}}) as seat, SipCaller("anna") as anna:
        began, slowest_s = time.monotonic(), 0.0
        while time.monotonic() - began < 7:
            asked = time.monotonic()
            assert anna.ask("OPTIONS", seat.uri)
            slowest_s = max(slowest_s, time.monotonic() - asked)
            time.sleep(0.02)
        assert slowest_s < 0.5, slowest_s
        (trouble,) = seat.state()["troubles"]
        assert trouble["what"] == "incoming calls cannot reach us: sip:pbx.example does not answer"
        assert seat.journal(e.EngineLost) == []
    for one in silent:
        one.close()


if __name__ == "__main__":
    ip("link set lo up")
    {"address": address, "names": names}[sys.argv[1]](Path(sys.argv[2]))
