"""What ends the SIP library when it reads it: each through the edge, with a call up, and a normal call afterwards.

It is sent as the PBX would (a peer, whose messages go furthest), much of it also by a stranger who may call the desk.
"""

from __future__ import annotations

import itertools
import random
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from phoneetiquette import events as e
from tests.integration.conftest import Phones
from tests.peers.edge import EdgedSeat
from tests.peers.edge_watch import NOW, Watch
from tests.peers.ports import LOOPBACK
from tests.peers.raw_sip import SDP, RawSip

STRANGER = "127.0.0.2"
HOSTS = ("[]", "[:]", "[::1", "::1]", "[:::]", "[zz]", "[1]", "[1.2.3.4]", "[[::1]]", "[%00]", "[::1%25lo]")
"""Empty and odd IPv6 hosts."""
FIELDS = (
    *("From", "To", "Contact", "Route", "Record-Route", "Refer-To", "Referred-By", "P-Asserted-Identity"),
    *("P-Preferred-Identity", "Remote-Party-ID", "Diversion", "History-Info", "Reply-To", "f", "t", "m", "r", "b"),
    *("Service-Route", "Path", "Call-Info", "Alert-Info", "Target-Dialog", "Warning"),
)
"""Header fields that carry an address."""


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    settings: dict[str, dict[str, Any]] = {
        "pickup": {"emergency_lines": [NOW]},
        "edge": {"strangers": "desk"},
        "sip": {"refer_from": [LOOPBACK]},
    }
    with EdgedSeat(tmp_path_factory.mktemp("killers"), settings) as seat:
        yield seat


@pytest.fixture(scope="module")
def watch(seat: EdgedSeat) -> Iterator[Watch]:
    watch = Watch(seat)
    yield watch
    watch.close()


@pytest.fixture(autouse=True)
def tidy(seat: EdgedSeat, watch: Watch, phones: Phones) -> Iterator[None]:
    """No test leaves calls to the next one."""
    yield
    watch.clear()


@pytest.fixture(params=[LOOPBACK, STRANGER], ids=["peer", "stranger"])
def raw(request: pytest.FixtureRequest, seat: EdgedSeat) -> Iterator[RawSip]:
    seat.edge.running.unban(STRANGER)
    with RawSip(seat.edge.address, request.param) as raw:
        yield raw
    seat.edge.running.unban(STRANGER)


@pytest.fixture
def as_peer(seat: EdgedSeat) -> Iterator[RawSip]:
    with RawSip(seat.edge.address) as raw:
        yield raw


def shapes(host: str) -> list[str]:
    """A host as it can stand in an address."""
    return [f"<sip:a@{host}>", f"<sip:{host}>", f'"x" <sip:a@{host}:5060;lr>', f"sip:a@{host}", f"<sips:a@{host}>"]


@pytest.mark.parametrize("field", FIELDS)
def test_odd_ipv6_host_in_a_header_field(watch: Watch, as_peer: RawSip, field: str) -> None:
    raw = as_peer
    with watch.over():
        for host, method in itertools.product(
            HOSTS, ("INVITE", "OPTIONS", "BYE", "REGISTER", "NOTIFY", "REFER", "ACK")
        ):
            for shape in shapes(host)[:3]:
                tag = ";tag=1" if field in ("From", "f", "To", "t") else ""
                own: dict[str, str | None] = {"From": None} if field == "f" else {"To": None} if field == "t" else {}
                own |= {"Contact": None} if field == "m" else {}
                request = raw.request(method, headers={**own, field: shape + tag})
                if method == "INVITE":
                    raw.ask(request, 0.5)
                else:
                    raw.send(request)
        raw.answers(0.2)


def test_odd_ipv6_host_in_the_request_uri(seat: EdgedSeat, watch: Watch, as_peer: RawSip) -> None:
    raw = as_peer
    with watch.over():
        for host, method in itertools.product(HOSTS, ("INVITE", "OPTIONS", "BYE", "CANCEL", "ACK", "UPDATE")):
            raw.send(raw.request(method, f"sip:desk@{host}"))
            raw.send(raw.request(method, f"sip:{host}:{seat.edge.port}"))
        raw.answers(0.2)


def test_odd_ipv6_host_inside_a_call(seat: EdgedSeat, watch: Watch, phones: Phones) -> None:
    """By somebody who is in a call and so knows how to reach into it."""
    anna = phones("anna").call(seat.outside)
    anna.wait("180")
    with watch.over():
        for host, field in itertools.product(HOSTS, ("Contact", "P-Asserted-Identity", "Refer-To", "Referred-By")):
            for method in ("UPDATE", "NOTIFY", "REFER", "INFO", "PRACK"):
                anna.request(method, [(field, f"<sip:a@{host}>"), ("Event", "refer"), ("RAck", "1 1 INVITE")])
        time.sleep(0.5)
    anna.cancel()
    anna.wait("487")


def test_hidden_behind_a_nul(watch: Watch, raw: RawSip) -> None:
    """What compares text stops at a NUL, and the SIP library does not."""
    with watch.over():
        for value in ("\0<sip:a@[]>", '"a\0" <sip:a@[]>', "<sip:a\0@[]>", "<sip:a@[\0]>", "<sip:a@b>\0;x=<sip:a@[]>"):
            assert raw.ask(raw.request(headers={"From": value + ";tag=1"}), 1) in (400, 0)
            assert raw.ask(raw.request(headers={"P-Asserted-Identity": value}), 1) in (400, 0)
        assert raw.ask(raw.request(body=SDP.format(host="1.2.3.4\0" + 300 * "a"))) == 400


@pytest.mark.parametrize("length", [65, 128, 253, 254, 255, 256, 300, 512, 1023, 2000])
def test_long_host_in_a_session_description(watch: Watch, raw: RawSip, length: int) -> None:
    host = length * "a"
    media_level = SDP.format(host="127.0.0.1") + f"c=IN IP4 {host}\r\n"
    origin = SDP.format(host="127.0.0.1").replace("o=- 1 1 IN IP4 127.0.0.1", f"o=- 1 1 IN IP4 {host}")
    with watch.over():
        for body in (SDP.format(host=host), media_level, origin, SDP.format(host=host).replace("IP4", "IP6")):
            assert raw.ask(raw.request(body=body)) in (400, 503, 513), "503: strangers call seldom"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_digit_that_ends_too_soon(seat: EdgedSeat, watch: Watch, phones: Phones, transport: str) -> None:
    """INFO bodies as real phones send them, and as nobody should; a digit that can be read is one."""
    anna = phones(f"anna-{transport}", transport=transport).call(seat.edge.uri(NOW, transport))
    call = seat.wait_call(f"anna-{transport}")["id"]
    seat.post("lift", call=call)
    anna.wait("answered")
    kind = [("Content-Type", "application/dtmf-relay")]
    with watch.over():
        for body in ("Signal=5", "Signal=6\r\n", "Signal= 7\nDuration=160", "signal = 8"):
            anna.request("INFO", [*kind], body)
        for body in (
            "Signal",
            "Signal=",
            "Signal=\r\n",
            "\0",
            "Signal=\0",
            "=",
            "Duration=160\r\n",
            "Signal=Z",
            "Signal=9\0\0",
        ):
            anna.request("INFO", [*kind], body)
        anna.request("INFO", [("Content-Type", "application/dtmf")], "1")
        anna.request("INFO", [("Content-Type", "application/broadsoft")], "x")
        anna.request("INFO")
        time.sleep(1.0)
    digits = [event.digit for event in seat.journal(e.DigitReceived, call=call)]
    assert set("56781") <= set(digits)
    assert set(digits) <= set("56781")


def test_many_invites_called_off_at_once(watch: Watch, raw: RawSip) -> None:
    with watch.over():
        for _ in range(3):
            invites = [raw.request() for _ in range(40)]
            for invite in invites:
                raw.send(invite)
                raw.send(raw.cancel(invite))
            raw.answers(1.2)
        time.sleep(1.1)


def test_many_media_lines(watch: Watch, raw: RawSip) -> None:
    line = "m=audio {} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
    start = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    with watch.over():
        for _ in range(6):
            body = start + "".join(line.format(20000 + 2 * n) for n in range(16))
            assert raw.ask(raw.request(body=body)) in (400, 488, 503)
        for count in (2, 3, 5, 17, 40, 100):
            body = start + "".join(f"m=video {20000 + 2 * n} RTP/AVP 99\r\n" for n in range(count))
            raw.ask(raw.request(body=body), 1)


def test_many_connections_that_say_nothing(seat: EdgedSeat, watch: Watch, phones: Phones) -> None:
    connections = []
    with watch.over():
        for number in range(300):
            one = socket.create_connection(seat.edge.address, source_address=(STRANGER, 0))
            connections.append(one)
            if number % 3 == 0:
                one.sendall(b"INVITE sip:desk@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.2")
        by_tcp = phones("anna", transport="tcp").call(seat.edge.uri("desk", "tcp"))
        by_tcp.wait("180", 5)
        by_tcp.cancel()
        by_tcp.wait("487")
    for one in connections:
        one.close()


def test_garbage_where_tls_is_spoken(seat: EdgedSeat, watch: Watch) -> None:
    """Bytes of chance, a handshake that stops, a heartbeat that asks for too much, SIP in the clear."""
    chance = random.Random(7)  # noqa: S311
    hello = bytes.fromhex("16030100c8010000c40303") + chance.randbytes(190)
    pieces = [hello, hello[:60], b"\x18\x03\x02\x00\x03\x01\x40\x00", b"\x16\x03\x01\xff\xff" + chance.randbytes(3000)]
    pieces += [b"OPTIONS sip:a@b SIP/2.0\r\n\r\n", *(chance.randbytes(chance.randint(1, 5000)) for _ in range(60))]
    where = (LOOPBACK, seat.edge.port + 1)
    with watch.over(), ExitStack() as open_ones:
        for piece in pieces:
            one = open_ones.enter_context(socket.create_connection(where, source_address=(STRANGER, 0)))
            with suppress(ConnectionError):
                one.sendall(piece)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(where, timeout=5) as plain, context.wrap_socket(plain) as secret:
            assert secret.version() in ("TLSv1.2", "TLSv1.3")
            secret.sendall(RawSip.over_stream("OPTIONS", seat.edge.uri(transport="tls"), "TLS"))
            assert secret.recv(4000).startswith(b"SIP/2.0 200")


def test_who_sends_byte_by_byte(seat: EdgedSeat, watch: Watch, phones: Phones) -> None:
    """Slowly, and with a body that never comes; others are heard meanwhile."""
    slow = RawSip.over_stream("INVITE", seat.edge.uri(transport="tcp"), "TCP", "Content-Length: 15000")
    with watch.over(), ExitStack() as open_ones:
        connections = [
            open_ones.enter_context(socket.create_connection(seat.edge.address, source_address=(STRANGER, 0)))
            for _ in range(60)
        ]
        for at in range(120):
            for one in connections:
                with suppress(ConnectionError):
                    one.sendall(slow[at : at + 1])
            if at == 60:
                call = phones("anna", transport="tcp").call(seat.edge.uri("desk", "tcp"))
                call.wait("180", 5)
                call.cancel()
                call.wait("487")
            time.sleep(0.02)


@pytest.mark.parametrize("value", ["", "<>", "<sip:>", "sip:", "<sip:@>", "<tel:1>", "x", "<sip:a@>", '"', "<", ",,"])
def test_refer_that_names_nobody(seat: EdgedSeat, watch: Watch, phones: Phones, value: str) -> None:
    """By a peer that may move calls, in the call that the receptionist is in."""
    anna = phones("anna").call(seat.edge.uri(NOW))
    seat.post("lift", call=seat.wait_call("anna")["id"])
    anna.wait("answered")
    anna.request("REFER", [("Refer-To", value)])
    time.sleep(0.3)
    assert "refer_202" not in anna.moments
    watch.check_alive()


def test_responses_that_nobody_asked_for(seat: EdgedSeat, watch: Watch, raw: RawSip) -> None:
    """A response is passed on by its Via; a stranger could write the seat's there."""
    via = f"SIP/2.0/UDP {LOOPBACK}:{seat.edge.port};branch=z9hG4bKx"
    behind = f"SIP/2.0/UDP {LOOPBACK}:{seat.port};branch=z9hG4bKy"
    with watch.over():
        for host, code in itertools.product(HOSTS, ("180", "200", "486", "99", "700", "4294967301", "")):
            lines = [f"SIP/2.0 {code} x", f"Via: {via}", f"Via: {behind}", f"From: <sip:a@{host}>;tag=1"]
            lines += [f"To: <sip:a@{host}>;tag=2", "Call-ID: x", "CSeq: 1 INVITE", f"Contact: <sip:a@{host}>"]
            raw.send("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode())


def test_oversized(watch: Watch, raw: RawSip) -> None:
    with watch.over():
        for size in (1000, 3000, 3500, 3900, 4100, 8000, 20000, 60000):
            for field in ("Subject", "From", "P-Asserted-Identity", "Contact", "Call-ID", "X-Long"):
                value = f'"{size * "a"}" <sip:a@b.invalid>' if field in ("From", "Contact") else size * "a"
                raw.ask(raw.request(headers={field: value}), 0.3)
            raw.ask(raw.request(body=SDP.format(host="127.0.0.1") + size // 20 * "a=x-long:12345678\r\n"), 0.3)
            for more in (
                ("X-Field", "x"),
                ("Via", "SIP/2.0/UDP a.invalid;branch=z9hG4bK1"),
                ("Record-Route", "<sip:a;lr>"),
            ):
                raw.ask(raw.request(more=[more] * (size // (sum(map(len, more)) + 4))), 0.3)
