"""Attacks on an edge with a call up: mutated SIP, SDP, RTP and RTCP, and messages that are cut short. All of it seeded.

What is sent has been read when a method returns: after each batch the edge is asked something that it answers.
"""

from __future__ import annotations

import random
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from tests.peers.edge import EdgedSeat
from tests.peers.edge_watch import NOW, Watch
from tests.peers.ports import LOOPBACK
from tests.peers.raw_sip import SDP, RawSip
from tests.peers.sip_call import PeerCall, PeerTimeoutError
from tests.peers.sip_caller import SipCaller

BATCH = 40
"""Packets that fit into the buffer of the edge's socket."""
LOOK_EVERY = 1000
DISCARD = 9
BUSY_S = 20.0
"""For how long lines may be held after what a peer has sent: he may hold them all, until it shows that he is gone."""
STRANGERS_HZ = 250
"""Of more, the edge looks at none."""
STRANGER_SENDS = 20
"""Fewer than get an address banned."""
PIECES = (
    *(b"[]", b"[::", b"@", b"<", b">", b'"', b";", b",", b"\0", b"\r\n", b"\r\n\r\n", b"%00", b"\xff", b"\t"),
    *(b" " * 40, b"a" * 300, b"0" * 30, b"-1", b"4294967296", b":99999", b"sip:", b"sips:@", b";tag=", b"?"),
    *(b"IN IP6 []", b"m=audio ", b"c=IN IP4 " + b"x" * 260, b"=", b"Signal=", b"\x00\x01", b"<sip:a@[]>", b"[v1.x]"),
    *(b"\xc3\x28", b"Replaces: x\r\n", b"Content-Length: 0\r\n", b"v=0\r\n", b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 "),
)
OUTSIDE = ("INVITE", "INVITE", "OPTIONS", "REGISTER", "BYE", "CANCEL", "ACK", "NOTIFY", "REFER", "XYZ")
INSIDE = ("INFO", "INVITE", "UPDATE", "NOTIFY", "REFER", "PRACK", "OPTIONS", "ACK")
BODIES = {
    "INFO": ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"),
    "INVITE": ("application/sdp", SDP.format(host=LOOPBACK)),
    "UPDATE": ("application/sdp", SDP.format(host=LOOPBACK)),
    "NOTIFY": ("message/sipfrag", "SIP/2.0 200 OK\r\n"),
}


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


class Attack:
    """On the edge of ``seat``, over which ``watch`` watches. The desk ends what rings, as a receptionist would."""

    def __init__(self, seat: EdgedSeat, watch: Watch, seed: int) -> None:
        self.seat, self.watch = seat, watch
        self._chance = random.Random(seed)  # noqa: S311
        self._strangers = 0
        self.kinds: Mapping[str, Callable[[int], None]] = {
            "requests": self.requests,
            "session descriptions": self.descriptions,
            "requests of strangers": self.strangers,
            "requests within a call": self.within_a_call,
            "responses": self.responses,
            "RTP": self.rtp,
            "RTCP": self.rtcp,
        }
        """By name: sends so many."""

    def send(self, kind: str, count: int) -> None:
        """Send so many, with everything watched over, and have a normal call ring afterwards."""
        with self.watch.over(0.0 if "strangers" in kind else BUSY_S):
            self.kinds[kind](count)
            self.watch.clear()

    def requests(self, count: int) -> None:
        """By a peer, whose messages go furthest."""
        with RawSip(self.seat.edge.address) as raw:
            self._send(raw, (mutated(self._request(raw), self._chance) for _ in range(count)))

    def descriptions(self, count: int) -> None:
        """INVITEs of a peer, nothing but their body mutated."""
        with RawSip(self.seat.edge.address) as raw:
            body = SDP.format(host=LOOPBACK).encode()
            self._send(raw, (raw.request(body=mutated(body, self._chance)) for _ in range(count)))

    def strangers(self, count: int) -> None:
        """By many, each from an address of his own."""
        while count > 0:
            self._strangers += 1
            host = f"127.2.{self._strangers // 250 % 250}.{1 + self._strangers % 250}"
            with RawSip(self.seat.edge.address, host) as stranger, RawSip(self.seat.edge.address) as raw:
                many = min(count, STRANGER_SENDS)
                for _ in range(many):
                    stranger.send(mutated(self._request(stranger), self._chance))
                self._send(raw, [])
                count -= many
            time.sleep(STRANGER_SENDS / STRANGERS_HZ)

    def within_a_call(self, count: int) -> None:
        """By somebody who is in a call; these reach the seat, but for what the edge takes out."""
        with SipCaller("anna") as phone, RawSip(self.seat.edge.address) as raw:
            call = self._talk(phone)
            for start in range(0, count, BATCH):
                if call.ended:
                    call = self._talk(phone)
                batch = range(start, min(start + BATCH, count))
                self._send(raw, [self._inside(raw, call, 100 + number) for number in batch], keep=call)
            call.hang_up()

    def responses(self, count: int) -> None:
        """That belong to requests of nobody, to calls of ours, and to transactions that are just open."""
        with RawSip(self.seat.edge.address) as raw:
            port, behind = self.seat.edge.port, self.seat.port
            lines = [f"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {LOOPBACK}:{port};branch=z9hG4bKx"]
            lines += [f"Via: SIP/2.0/UDP {LOOPBACK}:{behind};branch=z9hG4bKy;rport"]
            lines += [f"From: <sip:a@{LOOPBACK}>;tag=1", f"To: <sip:b@{LOOPBACK}>;tag=2"]
            lines += [f"Call-ID: {self.watch.call.call_id}", "CSeq: 1 INVITE", f"Contact: <sip:b@{LOOPBACK}>"]
            lines += ["Content-Type: application/sdp", "", SDP.format(host=LOOPBACK)]
            data = "\r\n".join(lines).encode()
            self._send(raw, (mutated(data, self._chance) for _ in range(count)))

    def rtp(self, count: int) -> None:
        """At the port of the call that is up, from its own address and from another."""
        self._sound(count, 0, (0x80,), (8, 0, 101, 13))

    def rtcp(self, count: int) -> None:
        self._sound(count, 1, (0x81, 0x80, 0x82), (200, 201, 202, 203, 204, 205, 206))

    def cut(self, *messages: bytes) -> None:
        """Messages of a peer, cut short at every byte, watched over as in :meth:`send`."""
        with self.watch.over(BUSY_S), RawSip(self.seat.edge.address) as raw:
            for data in messages:
                self._send(raw, (data[:end] for end in range(1, len(data))))
            self.watch.clear()

    def cut_connections(self, cuts: int, *messages: bytes) -> None:
        """As :meth:`cut`, at ``cuts`` bytes of each, and over a TCP connection that is closed after the piece."""
        with self.watch.over(BUSY_S), RawSip(self.seat.edge.address) as raw:
            for data in messages:
                ends = range(1, len(data)) if cuts >= len(data) - 1 else self._chance.sample(range(1, len(data)), cuts)
                for end in ends:
                    with socket.create_connection(self.seat.edge.address, timeout=5) as stream:
                        stream.sendall(data[:end])
                self._send(raw, [])
            self.watch.clear()

    def _request(self, raw: RawSip) -> bytes:
        return raw.request(self._chance.choice(OUTSIDE), more=[("Refer-To", "<sip:a@b>"), ("Event", "refer")])

    def _inside(self, raw: RawSip, call: PeerCall, number: int) -> bytes:
        method = self._chance.choice(INSIDE)
        kind, body = BODIES.get(method, ("", ""))
        fields = {
            "From": f"<{call.agent.uri}>;tag={call.local_tag}",
            "To": f"<{call.remote_uri}>;tag={call.remote_tag}",
            "Call-ID": call.call_id,
            "CSeq": f"{number} {method}",
            "Route": ", ".join(call.routes),
            "Content-Type": kind or None,
            "Refer-To": "<sip:a@127.0.0.1:9>" if method == "REFER" else None,
            "Event": "refer" if method == "NOTIFY" else None,
            "RAck": "1 1 INVITE" if method == "PRACK" else None,
        }
        data = raw.request(method, call.target, headers=fields, body=body)
        start = data.index(b"\r\nCSeq") if self._chance.random() < 0.7 else 0  # the call is found more often so
        return data[:start] + mutated(data[start:], self._chance)

    def _talk(self, phone: SipCaller) -> PeerCall:
        self.watch.end_others()
        call = phone.call(self.seat.edge.uri(NOW))
        self.seat.post("lift", call=self.seat.wait_call(phone.user)["id"])
        call.wait("answered")
        return call

    def _sound(self, count: int, offset: int, first: tuple[int, ...], second: tuple[int, ...]) -> None:
        audio = self.watch.call.audio
        assert audio
        with RawSip(self.seat.edge.address) as raw:
            for host in (LOOPBACK, "127.0.0.9"):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    sock.bind((host, 0))
                    for number in range(count // 2):
                        head = bytes([self._chance.choice(first), self._chance.choice(second)])
                        data = mutated(head + self._chance.randbytes(self._chance.randrange(200)), self._chance)
                        sock.sendto(data, (LOOPBACK, audio.port + offset))
                        if number % BATCH == 0:
                            self._send(raw, [])

    def _send(self, raw: RawSip, packets: Iterable[bytes], keep: PeerCall | None = None) -> None:
        """Batch by batch, and wait until the edge has read each; look after the call that is up now and then."""
        sent = 0
        for batch in _batches(packets):
            for data in batch:
                raw.send(data)
            wait_read(raw)
            if keep is None:
                self.watch.end_others()
            before, sent = sent, sent + len(batch)
            if before // LOOK_EVERY != sent // LOOK_EVERY:
                self.watch.check_alive()
        if not sent:
            wait_read(raw)


def to_loopback(data: bytes, port: int = DISCARD) -> bytes:
    """A message of an RFC as it stands there, but for where its example hosts are and where an answer goes."""
    data = data.replace(b"192.0.2.", b"127.0.0.")
    sent_by = rb"(?im)^((?:via|v)\s*:\s*SIP\s*/\s*2\.0\s*/\s*\w+\s+)[^\s;,]+(?:\s*:\s*\d+)?"
    return re.sub(sent_by, rb"\g<1>%s:%d;rport" % (LOOPBACK.encode(), port), data, count=1)


def wait_read(raw: RawSip) -> None:
    """Blocks until the edge has read what was sent: it answers a plain OPTIONS.

    Raises:
        PeerTimeoutError: it does not.
    """
    for _ in range(10):
        if raw.ask(raw.request("OPTIONS"), 1.0):
            return
    raise PeerTimeoutError("the edge answers nothing any more")


def _batches(packets: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for data in packets:
        batch.append(data)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
