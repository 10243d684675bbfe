"""Mutated SIP inside and outside of a call, RTP and RTCP: seeded and bounded, with a call up, and one afterwards."""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.conftest import Phones
from tests.integration.edge_watch import NOW, Watch
from tests.peers.edge import EdgedSeat
from tests.peers.ports import LOOPBACK
from tests.peers.raw_sip import SDP, RawSip

COUNT = int(os.environ.get("EDGE_MUTATIONS", "1500"))
"""Packets of each kind; more for a long run by hand."""
PIECES = [
    *(
        b"[]",
        b"[::",
        b"@",
        b"<",
        b">",
        b'"',
        b";",
        b",",
        b"\0",
        b"\r\n",
        b"\r\n\r\n",
        b"%00",
        b"\xff",
        b"\t",
        b" " * 40,
    ),
    *(
        b"a" * 300,
        b"0" * 30,
        b"-1",
        b"4294967296",
        b":99999",
        b"sip:",
        b"sips:@",
        b";tag=",
        b"?",
        b"IN IP6 []",
        b"m=audio ",
    ),
    *(b"c=IN IP4 " + b"x" * 260, b"=", b"Signal=", b"\x00\x01", b"<sip:a@[]>", b"[v1.x]", b"\xc3\x28"),
]


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    settings: dict[str, dict[str, Any]] = {"pickup": {"emergency_lines": [NOW]}}
    with EdgedSeat(tmp_path_factory.mktemp("mutations"), settings) as seat:
        yield seat


@pytest.fixture(scope="module")
def watch(seat: EdgedSeat) -> Iterator[Watch]:
    watch = Watch(seat)
    yield watch
    watch.close()


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to three changes: a byte, a piece cut out or doubled, something put in, the end cut off."""
    for _ in range(chance.randint(1, 3)):
        at, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        end = min(end, at + 30)
        match chance.randrange(6):
            case 0:
                data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[end:]
            case 2:
                data = data[:end] + data[at:]
            case 3:
                data = data[:at] + chance.choice(PIECES) + data[at:]
            case 4:
                data = data[:at] + chance.choice(PIECES) + data[end:]
            case _:
                data = data[:at] if chance.random() < 0.1 else data
        data = data or b"x"
    return data


@pytest.mark.parametrize("seed", [1, 2])
def test_requests(seat: EdgedSeat, watch: Watch, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    with watch.over(), RawSip(seat.edge.address) as raw:
        for number in range(COUNT):
            method = chance.choice(
                ["INVITE", "INVITE", "OPTIONS", "REGISTER", "BYE", "CANCEL", "ACK", "NOTIFY", "REFER"]
            )
            raw.send(mutated(raw.request(method, more=[("Refer-To", "<sip:a@b>"), ("Event", "refer")]), chance))
            if number % 20 == 0:
                raw.answers(0.02)
        watch.clear()


@pytest.mark.parametrize("seed", [3, 4])
def test_requests_within_a_call(seat: EdgedSeat, watch: Watch, phones: Phones, seed: int) -> None:
    """These reach the seat, but for what the edge takes out."""
    chance = random.Random(seed)  # noqa: S311
    anna = phones("anna").call(seat.edge.uri(NOW))
    seat.post("lift", call=seat.wait_call("anna")["id"])
    anna.wait("answered")
    bodies = {
        "INFO": ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"),
        "INVITE": ("application/sdp", SDP.format(host=LOOPBACK)),
        "UPDATE": ("application/sdp", SDP.format(host=LOOPBACK)),
        "NOTIFY": ("message/sipfrag", "SIP/2.0 200 OK\r\n"),
    }
    with watch.over(), RawSip(seat.edge.address) as raw:
        for number in range(COUNT):
            method = chance.choice(["INFO", "INVITE", "UPDATE", "NOTIFY", "REFER", "PRACK", "OPTIONS", "ACK"])
            kind, body = bodies.get(method, ("", ""))
            fields = {
                "From": f"<{anna.agent.uri}>;tag={anna.local_tag}",
                "To": f"<{anna.remote_uri}>;tag={anna.remote_tag}",
                "Call-ID": anna.call_id,
                "CSeq": f"{100 + number} {method}",
                "Route": ", ".join(anna.routes),
                "Content-Type": kind or None,
                "Refer-To": "<sip:a@127.0.0.1:9>" if method == "REFER" else None,
                "Event": "refer" if method == "NOTIFY" else None,
                "RAck": "1 1 INVITE" if method == "PRACK" else None,
            }
            data = raw.request(method, anna._target, headers=fields, body=body)
            start = data.index(b"\r\nCSeq") if chance.random() < 0.7 else 0  # the call is found more often so
            raw.send(data[:start] + mutated(data[start:], chance))
            if number % 20 == 0:
                raw.answers(0.02)
        watch.clear()


def test_sound(seat: EdgedSeat, watch: Watch) -> None:
    """At the ports of the call that is up, from its own address and from another."""
    assert watch.call.audio
    chance = random.Random(5)  # noqa: S311
    with watch.over():
        for host in (LOOPBACK, "127.0.0.9"):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind((host, 0))
                for number in range(COUNT):
                    rtcp = number % 3 == 0
                    first = bytes([0x81 if rtcp else 0x80, chance.choice([200, 201, 202, 203, 204]) if rtcp else 8])
                    data = mutated(first + chance.randbytes(chance.randrange(0, 200)), chance)
                    sock.sendto(data, (LOOPBACK, watch.call.audio.port + rtcp))
                    if number % 50 == 0:
                        time.sleep(0.01)
