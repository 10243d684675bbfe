"""A stranger who floods a seat with INVITEs does not move the moment at which a ringing caller is answered."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from phoneetiquette import events as e
from tests.integration.conftest import Phones
from tests.integration.ringing import check_pickup, rings, sleep_until
from tests.peers.seat import Seat

STRANGER = "127.0.0.2"
OPENS_S = 4.0
"""After the second burst of the Japanese ring."""
LATE_MS = 20.0
RATE_HZ = 40
BURST_BEFORE_S = 0.05
CONNECTIONS = 6
AT_ONCE = 13
"""INVITEs in one segment: what the library takes in at one look at a connection, and one less than closes the gate."""


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    settings = {"sip": {"peers": ["127.0.0.1"], "transports": ["udp", "tcp"]}}
    with Seat(tmp_path_factory.mktemp("flood"), settings) as seat:
        yield seat


def invite(seat: Seat, transport: str, name: str) -> bytes:
    return (
        f"INVITE {seat.uri} SIP/2.0\r\nv: SIP/2.0/{transport} {STRANGER};branch=z9hG4bK{name};rport\r\n"
        f"f: <sip:stranger@{STRANGER}>;tag={name}\r\nt: <{seat.uri}>\r\nm: <sip:{STRANGER}>\r\n"
        f"i: {name}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 9\r\nl: 0\r\n\r\n"
    ).encode()


def check_edge(seat: Seat, name: str) -> None:
    """Once its caller was answered: on the edge, and the strangers were turned away."""
    call = seat.wait_call(name, state="talking")["id"]
    seat.post("hangup", call=call)
    record = seat.wait_record(call)
    check_pickup(record, "on_time", 2)
    assert 0 <= record["pickup"]["after_open_ms"] < LATE_MS
    assert seat.journal(e.CallRefused, reason="stranger", code=403)
    seat.wait_idle()


def test_steady_flood(seat: Seat, phones: Phones) -> None:
    caller = phones("anna").call(seat.uri)
    engine = seat.engine_pid
    seat.post("lift", call=rings(seat, caller))
    answered = threading.Event()

    def flood() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((STRANGER, 0))
            number = 0
            while not answered.wait(1 / RATE_HZ):
                sock.sendto(invite(seat, "UDP", f"steady{number}"), seat.address)
                number += 1

    stranger = threading.Thread(target=flood)
    stranger.start()
    try:
        caller.wait("answered")
    finally:
        answered.set()
        stranger.join()
    check_edge(seat, "anna")
    assert seat.engine_pid == engine


def test_burst_just_before_the_edge(seat: Seat, phones: Phones) -> None:
    """More INVITEs at one look than there is room for, so that the library has to be held inside it."""
    caller = phones("bert").call(seat.uri)
    engine = seat.engine_pid
    seat.post("lift", call=rings(seat, caller))
    connections = [socket.create_connection(seat.address, source_address=(STRANGER, 0)) for _ in range(CONNECTIONS)]
    sleep_until(caller, OPENS_S - BURST_BEFORE_S)
    for number, connection in enumerate(connections):
        connection.sendall(b"".join(invite(seat, "TCP", f"b{number}x{one}") for one in range(AT_ONCE)))
    began = time.monotonic()
    caller.wait("answered")
    assert time.monotonic() - began < 0.5
    for connection in connections:
        connection.close()
    check_edge(seat, "bert")
    assert seat.engine_pid == engine
