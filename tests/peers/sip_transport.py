"""Sockets of a test peer: every received packet carries the kernel's receive time, moved to the monotonic clock.

So 180 -> 200 as measured here does not contain this process's own scheduling.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Protocol

from tests.peers.ports import LOOPBACK

Address = tuple[str, int]
SO_TIMESTAMPNS = 35
NS_PER_S = 1_000_000_000


def start_loop(name: str) -> asyncio.AbstractEventLoop:
    """A running event loop in a daemon thread of its own.

    It waits with ``select``: ``epoll`` would round every timer up to the next millisecond.
    """
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    threading.Thread(target=loop.run_forever, name=name, daemon=True).start()
    return loop


def stop_loop(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_soon_threadsafe(loop.stop)
    while loop.is_running():
        time.sleep(0.001)
    loop.close()


def _wall_minus_monotonic() -> int:
    """Offset of the two clocks; the reading that was interrupted least counts."""
    best = (NS_PER_S, 0)
    for _ in range(4):
        before, wall, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        best = min(best, (after - before, wall - (before + after) // 2))
        if best[0] < 5_000:
            break
    return best[1]


def receive_stamped(sock: socket.socket) -> tuple[bytes, int, Address]:
    """One read: data, kernel receive time in monotonic ns (now, when the kernel gave none), and the sender.

    Raises ``BlockingIOError`` when nothing is there.
    """
    data, ancillary, _, sender = sock.recvmsg(65536, 128)
    at_ns = time.monotonic_ns()
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("qq", value[:16])
            if seconds:
                at_ns = min(at_ns, seconds * NS_PER_S + nanoseconds - _wall_minus_monotonic())
    return data, at_ns, sender


def stamped_udp(port: int) -> socket.socket:
    """A non-blocking UDP socket on loopback whose packets are stamped by the kernel."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.setblocking(False)
    sock.bind((LOOPBACK, port))
    return sock


class Channel(Protocol):
    """Where a message came from and where its answer goes."""

    transport: str

    def send(self, data: bytes) -> int:
        """Sends; returns the monotonic ns just before."""


Received = Callable[[bytes, int, Channel], None]
"""Called in the loop's thread with one whole message, its receive time and its channel."""


class UdpChannel:
    transport = "udp"

    def __init__(self, sock: socket.socket, remote: Address) -> None:
        self._sock, self._remote = sock, remote

    def send(self, data: bytes) -> int:
        at_ns = time.monotonic_ns()
        with contextlib.suppress(OSError):  # ICMP "port unreachable" of a peer that is not up: retransmission copes
            self._sock.sendto(data, self._remote)
        return at_ns


class TcpChannel:
    """One connection; messages are cut at Content-Length."""

    transport = "tcp"

    def __init__(self, loop: asyncio.AbstractEventLoop, sock: socket.socket, received: Received) -> None:
        self._loop, self._sock, self._received = loop, sock, received
        self._buffer = b""
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        loop.add_reader(sock, self._read)

    def send(self, data: bytes) -> int:
        at_ns = time.monotonic_ns()
        with contextlib.suppress(OSError):  # the peer closed: the transaction times out
            self._sock.sendall(data)
        return at_ns

    def _read(self) -> None:
        try:
            data, at_ns, _ = receive_stamped(self._sock)
        except BlockingIOError:
            return
        except OSError:
            data, at_ns = b"", 0
        if not data:
            self.close()
            return
        self._buffer += data
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            length = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", head)
            size = int(length.group(1)) if length else 0
            if not separator or len(rest) < size:
                return
            self._buffer = rest[size:]
            self._received(head + separator + rest[:size], at_ns, self)

    @property
    def closed(self) -> bool:
        return self._sock.fileno() < 0

    def close(self) -> None:
        if not self.closed:
            self._loop.remove_reader(self._sock)
            self._sock.close()


class SipSockets:
    """UDP socket and TCP listener on one loopback port, and the TCP connections made or taken."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: int, received: Received) -> None:
        self._loop, self._received = loop, received
        self._udp = stamped_udp(port)
        self._listener = socket.create_server((LOOPBACK, port))
        self._listener.setblocking(False)
        self._connections: dict[Address, TcpChannel] = {}
        loop.call_soon_threadsafe(loop.add_reader, self._udp, self._read_udp)
        loop.call_soon_threadsafe(loop.add_reader, self._listener, self._accept)

    def channel(self, transport: str, remote: Address) -> Channel:
        """The way to ``remote``; a TCP connection is made on first use (loop's thread)."""
        if transport == "udp":
            return UdpChannel(self._udp, remote)
        connection = self._connections.get(remote)
        if connection is None or connection.closed:
            connection = TcpChannel(self._loop, socket.create_connection(remote, timeout=2), self._received)
            self._connections[remote] = connection
        return connection

    def _read_udp(self) -> None:
        while True:
            try:
                data, at_ns, sender = receive_stamped(self._udp)
            except BlockingIOError:
                return
            except OSError:
                continue
            if data.strip():
                self._received(data, at_ns, UdpChannel(self._udp, sender))

    def _accept(self) -> None:
        sock, remote = self._listener.accept()
        self._connections[remote] = TcpChannel(self._loop, sock, self._received)

    def close(self) -> None:
        """Loop's thread."""
        for sock in (self._udp, self._listener):
            self._loop.remove_reader(sock)
            sock.close()
        for connection in self._connections.values():
            connection.close()
