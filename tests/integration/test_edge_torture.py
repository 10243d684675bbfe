"""The messages of RFC 4475 and RFC 5118 at the edge, with a call up: the reactions that the RFCs ask for."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.peers.edge import EdgedSeat
from tests.peers.edge_attack import Attack, to_loopback
from tests.peers.edge_watch import NOW, Watch
from tests.peers.ports import LOOPBACK
from tests.peers.sip_message import Message

DATA = Path(__file__).parents[1] / "data" / "sip"
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "torture.json").read_text())


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    with EdgedSeat(tmp_path_factory.mktemp("torture"), {"pickup": {"emergency_lines": [NOW]}}) as seat:
        yield seat


@pytest.fixture(scope="module")
def watch(seat: EdgedSeat) -> Iterator[Watch]:
    watch = Watch(seat)
    yield watch
    watch.close()


def fits(code: int | str, allowed: list[int | str]) -> bool:
    return code in allowed or (isinstance(code, int) and 200 <= code < 300 and "2xx" in allowed)


@pytest.mark.parametrize("name", EXPECTED)
def test_reaction(seat: EdgedSeat, watch: Watch, name: str) -> None:
    wanted = EXPECTED[name]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((LOOPBACK, 0))
        sock.settimeout(0.3)
        data = to_loopback((DATA / wanted["file"]).read_bytes(), sock.getsockname()[1])
        sock.sendto(data, seat.edge.address)
        codes: list[int] = []
        deadline = time.monotonic() + (5.0 if "silence" not in wanted["must"] + wanted["may"] else 1.0)
        while time.monotonic() < deadline and (not codes or codes[-1] < 200):
            with suppress(TimeoutError):
                answer = Message.parse(sock.recv(65536))
                codes.append(answer.code)
            if codes[-1:] == [180]:
                deadline = time.monotonic() + 5.0
                watch.end_others()
    reaction: int | str = codes[-1] if codes else "silence"
    assert fits(reaction, [*wanted["must"], *wanted["may"]]), codes
    if reaction == 420:
        assert answer.get("Unsupported")
    watch.clear()
    watch.check_alive()


def test_every_message_cut_short(seat: EdgedSeat, watch: Watch) -> None:
    """At every byte; what is cut is still a datagram."""
    attack = Attack(seat, watch, seed=0)
    attack.cut(*(to_loopback((DATA / wanted["file"]).read_bytes()) for wanted in EXPECTED.values()))


def test_every_message_cut_short_over_connections(seat: EdgedSeat, watch: Watch) -> None:
    """At some bytes of each, and then the connection is closed."""
    attack = Attack(seat, watch, seed=0)
    attack.cut_connections(8, *(to_loopback((DATA / wanted["file"]).read_bytes()) for wanted in EXPECTED.values()))


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_folded_in_the_middle_of_cseq_over_a_connection(seat: EdgedSeat, watch: Watch, transport: str) -> None:
    """``wsinv``: Kamailio's parser does not take it, and the answer comes by the connection all the same."""
    data = to_loopback((DATA / EXPECTED["wsinv"]["file"]).read_bytes()).replace(b"UDP", transport.upper().encode(), 1)
    host, port = seat.edge.address
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with ExitStack() as stack:
        stream = stack.enter_context(socket.create_connection((host, port + (transport == "tls")), timeout=5))
        if transport == "tls":
            stream = stack.enter_context(context.wrap_socket(stream))
        stream.sendall(data)
        assert Message.parse(stream.recv(65536)).code == 481, "it has a tag in To"
    watch.check_alive()
