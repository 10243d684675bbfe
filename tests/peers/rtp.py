"""RTP with G.711 (RFC 3550, 3551) and telephone events (RFC 4733) of a test peer."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import struct
import time
from dataclasses import dataclass

import numpy as np

from tests.peers import g711
from tests.peers.g711 import PCMA, PCMU, Samples
from tests.peers.ports import free_port
from tests.peers.sip_transport import Address, receive_stamped, stamped_udp

PACKET = 160
"""Samples in 20 ms."""
PACKET_NS = 20_000_000
DIGITS = "0123456789*#ABCD"
DIGIT_PACKETS = 8
"""A digit lasts 160 ms."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A received RTP packet; ``at_ns`` is the kernel's receive time on the monotonic clock."""

    at_ns: int
    sequence: int
    timestamp: int
    payload_type: int
    ssrc: int
    payload: bytes


class RtpSession:
    """Sends 20 ms packets, or :meth:`send_packets_of`, on an absolute schedule and keeps what comes back. Everything
    belongs to the loop's thread but :meth:`play`, :meth:`stall`, :meth:`send_digits`, :meth:`heard` and the plain
    attributes: any thread may use those.

    ``clock_ppm``: our crystal is slow by so much (positive: packets are further apart than 20 ms).
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, clock_ppm: float = 0.0) -> None:
        self._loop, self._step_ns = loop, PACKET_NS * (1 + clock_ppm * 1e-6)
        self._packet = PACKET
        """Samples in a packet that is sent."""
        self.port = free_port()
        self._sock = stamped_udp(self.port)
        self.received: list[Packet] = []
        self.digits: list[str] = []
        """RFC 4733 digits received, each once."""
        self.late_ns: list[int] = []
        """How much later than planned each packet left."""
        self.sending = True
        """False while held: the schedule goes on, nothing leaves."""
        self._stalled_until_ns = 0
        self._stalled: list[bytes] = []
        self._payload_type, self._event_type = PCMA, 101
        self._destination: Address | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._pending_digits: list[str] = []
        self._digit_step = 0
        self._last_event = -1
        self._samples, self._first, self._repeat = np.zeros(0, np.int16), 0, False
        self._count, self._start_ns = 0, 0
        self._ssrc, self._base = secrets.randbits(32), secrets.randbits(16)
        loop.add_reader(self._sock, self._read)

    def send_packets_of(self, length_ms: int) -> None:
        """Before the first is sent. Digits are of 20 ms packets only."""
        self._step_ns *= length_ms * 1_000_000 / PACKET_NS
        self._packet = PACKET * length_ms // 20

    def play(self, samples: Samples, *, repeat: bool = False) -> None:
        """From the next packet on, send these 8 kHz samples; silence before and after."""
        whole = -len(samples) % self._packet
        self._repeat, self._first = repeat, self._count
        self._samples = np.concatenate([samples, np.zeros(whole, np.int16)])

    def stall(self, length_s: float) -> None:
        """As if the network delivered nothing for so long, and then everything at once."""
        self._stalled_until_ns = time.monotonic_ns() + round(length_s * 1e9)

    @property
    def played_from_ns(self) -> int:
        """When the first sample given to :meth:`play` was (to be) sent."""
        return self._due_ns(self._first)

    def start(self, destination: Address, payload_type: int, event_type: int) -> None:
        """Begin to send, or go on to another destination."""
        self._destination, self._payload_type, self._event_type = destination, payload_type, event_type
        if self._timer is None:
            self._start_ns = time.monotonic_ns() + 2_000_000
            self._plan()

    def send_digits(self, digits: str) -> None:
        """RFC 4733, one after the other, 160 ms each and 40 ms apart."""
        self._pending_digits += digits

    def heard(self) -> Samples:
        """What came back on the RTP time line: missing packets are silence."""
        packets = [p for p in list(self.received) if p.payload_type in (PCMA, PCMU)]
        if not packets:
            return np.zeros(0, np.int16)
        first = packets[0].timestamp
        places = [(p.timestamp - first + (1 << 31)) % (1 << 32) - (1 << 31) for p in packets]
        sound = np.zeros(max(places) + PACKET, np.int16)
        for place, packet in zip(places, packets, strict=True):
            if place >= 0:
                samples = g711.decode(packet.payload, packet.payload_type)
                sound[place : place + len(samples)] = samples[: len(sound) - place]
        return sound

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock)
            self._sock.close()

    def _due_ns(self, count: int) -> int:
        return self._start_ns + round(count * self._step_ns)

    def _plan(self) -> None:
        self._timer = self._loop.call_at(self._due_ns(self._count) / 1e9, self._send_packet)

    def _send_packet(self) -> None:
        if self._pending_digits and self.sending:
            payload_type, timestamp, payload = self._digit_packet(self._pending_digits[0])
        else:
            payload_type, timestamp, payload = self._payload_type, self._count * self._packet, self._sound_packet()
        if self.sending and payload and self._destination:
            head = struct.pack(
                "!BBHII", 0x80, payload_type, (self._base + self._count) & 0xFFFF, timestamp & 0xFFFFFFFF, self._ssrc
            )
            self.late_ns.append(time.monotonic_ns() - self._due_ns(self._count))
            self._stalled.append(head + payload)
            if time.monotonic_ns() >= self._stalled_until_ns:
                for packet in self._stalled:
                    with contextlib.suppress(OSError):  # ICMP of a peer that closed its port
                        self._sock.sendto(packet, self._destination)
                self._stalled.clear()
        self._count += 1
        self._plan()

    def _sound_packet(self) -> bytes:
        place = (self._count - self._first) * self._packet
        if self._repeat and len(self._samples):
            place %= len(self._samples)
        samples = self._samples[place : place + self._packet] if place >= 0 else self._samples[:0]
        return g711.encode(samples, self._payload_type) or g711.SILENCE[self._payload_type] * self._packet

    def _digit_packet(self, digit: str) -> tuple[int, int, bytes]:
        """Packets 0-7 report the growing digit, the last three carry the end bit; then two packets of pause."""
        step = self._digit_step
        timestamp = (self._count - step) * PACKET
        self._digit_step += 1
        if step == DIGIT_PACKETS + 1:
            self._pending_digits.pop(0)
            self._digit_step = 0
        if step >= DIGIT_PACKETS:
            return self._event_type, timestamp, b""
        end = step >= DIGIT_PACKETS - 3
        duration = PACKET * min(step + 1, DIGIT_PACKETS - 2)
        marker = 0x80 if step == 0 else 0
        event = struct.pack("!BBH", DIGITS.index(digit), (0x80 if end else 0) | 10, duration)
        return self._event_type | marker, timestamp, event

    def _read(self) -> None:
        while True:
            try:
                data, at_ns, _ = receive_stamped(self._sock)
            except BlockingIOError:
                return
            except OSError:
                continue
            if len(data) < 12 or data[0] >> 6 != 2 or 72 <= data[1] & 0x7F <= 76:
                continue  # RTCP, or no RTP at all
            sequence, timestamp, ssrc = struct.unpack("!HII", data[2:12])
            start = 12 + 4 * (data[0] & 15)
            packet = Packet(at_ns, sequence, timestamp, data[1] & 0x7F, ssrc, data[start:])
            self.received.append(packet)
            if packet.payload_type == self._event_type and timestamp != self._last_event:
                self._last_event = timestamp
                self.digits.append(DIGITS[packet.payload[0]])
