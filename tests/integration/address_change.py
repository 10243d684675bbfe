"""The machine's address changes, the network goes away and comes back: run in a network namespace of its own::

unshare --map-root-user --net python -m tests.integration.address_change FOLDER
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from phoneetiquette import events as e
from tests.peers.registrar import Registrar
from tests.peers.seat import Seat, State
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


def main(folder: Path) -> None:
    ip("link set lo up")
    for address in (PBX, FIRST, SECOND):
        ip(f"addr add {address}/32 dev lo")
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


if __name__ == "__main__":
    main(Path(sys.argv[1]))
