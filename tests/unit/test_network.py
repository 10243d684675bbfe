"""Addresses, names and ports around the seat."""

from __future__ import annotations

import socket
from contextlib import closing
from errno import EADDRINUSE, EADDRNOTAVAIL
from pathlib import Path

import pytest

from phoneetiquette.sip.network import Names, address_toward, check_free, first_outside, name_servers
from phoneetiquette.sip.peers import PeerList


@pytest.mark.parametrize(
    ("peers", "found"),
    [
        (["127.0.0.1", "192.0.2.0/24", "192.0.2.7", "192.0.2.8"], "192.0.2.7"),
        (["::1", "2001:db8::7"], "2001:db8::7"),
        (["127.0.0.1", "10.0.0.0/8"], None),
        ([], None),
    ],
)
def test_first_peer_on_another_machine(peers: list[str], found: str | None) -> None:
    assert first_outside(peers) == found


def test_the_system_is_asked_for_names_that_this_machine_knows_itself(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n192.0.2.7 pbx pbx.example # old: pabx.example\n")
    for known in ("pbx.example", "pbx", "localhost", "phone.local"):
        assert name_servers([known], hosts) == []
    usual = name_servers(["elsewhere.example"], hosts)
    assert usual == name_servers(["pabx.example"], hosts) == name_servers([], tmp_path / "none")


def test_our_address_depends_on_who_looks() -> None:
    assert address_toward("127.0.0.1") == "127.0.0.1"
    assert address_toward("127.1.2.3") == "127.0.0.1"
    assert address_toward("::1") == "::1"


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_ports_that_are_taken_and_addresses_that_are_not_ours(kind: socket.SocketKind) -> None:
    with closing(socket.socket(socket.AF_INET, kind)) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use") as refused:
            check_free(kind, "127.0.0.1", port)
        assert refused.value.errno == EADDRINUSE
    check_free(kind, "127.0.0.1", port)
    with pytest.raises(OSError, match="assign") as refused:
        check_free(kind, "192.0.2.1", port)
    assert refused.value.errno == EADDRNOTAVAIL


def test_addresses_need_no_looking_up() -> None:
    names = Names(["192.0.2.7", "2001:db8::7", "pbx.invalid"])
    assert names.addresses == {"192.0.2.7", "2001:db8::7"}


def test_further_peers_may_come_and_go() -> None:
    more: set[str] = set()
    peers = PeerList(["192.0.2.0/28"], lambda: more)
    assert "192.0.2.3:5060" in peers
    assert "198.51.100.7:5060" not in peers
    more.add("198.51.100.7")
    assert "198.51.100.7:5060" in peers
    assert "[::ffff:198.51.100.7]:5060" in peers
    assert "198.51.100.8" not in peers
