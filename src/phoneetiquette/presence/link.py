"""The way to one PBX for subscriptions: a socket that hears that PBX alone, or a connection to it. On the loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from phoneetiquette.presence.message import MAX_HEAD, content_length
from phoneetiquette.sip.network import address_toward

log = logging.getLogger(__name__)

KEEP_OPEN_S = 25.0
"""A packet as often keeps the way back through routers and firewalls open."""
CONNECT_WITHIN_S = 5.0
_KEEP_OPEN = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a PBX is. ``ca``: a file of authorities for TLS, empty: those of the system."""

    host: str
    port: int
    transport: Literal["udp", "tcp", "tls"]
    ca: str = ""
    verify: bool = True


class Link:
    """``received`` is given each message, ``over`` is called when a connection has ended; all on the loop."""

    def __init__(
        self, to: Destination, received: Callable[[bytes], None], over: Callable[[], None], bind: str = ""
    ) -> None:
        """``bind``: our own address; empty: the one that leads there."""
        self._to, self._received, self._over, self._bind = to, received, over, bind
        self._datagrams: asyncio.DatagramTransport | None = None
        self._stream: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self.local = ""
        """Our ``host:port``; empty while there is no way."""

    async def open(self) -> None:
        """Find a way.

        Raises:
            OSError: there is none.
        """
        self.close()
        bind = (self._bind, 0) if self._bind else None
        async with asyncio.timeout(CONNECT_WITHIN_S):
            if self._to.transport == "udp":
                loop = asyncio.get_running_loop()
                # Connected: the kernel lets nothing through that comes from anywhere else.
                self._datagrams, _ = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(self._received),
                    local_addr=bind,
                    remote_addr=(self._to.host, self._to.port),
                )
                self._name(self._datagrams)
            else:
                reader, self._stream = await asyncio.open_connection(
                    self._to.host,
                    self._to.port,
                    ssl=self._tls() if self._to.transport == "tls" else None,
                    local_addr=bind,
                    limit=MAX_HEAD,
                )
                self._name(self._stream.transport)
                self._reading = asyncio.create_task(self._read(reader))

    def _name(self, transport: asyncio.BaseTransport) -> None:
        host, port = transport.get_extra_info("sockname")[:2]
        self.local = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._to.ca or None)
        if not self._to.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                head = await reader.readuntil(_KEEP_OPEN)
                if head.strip(b"\r\n"):
                    self._received(head.lstrip(b"\r\n") + await reader.readexactly(content_length(head)))
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.info("%s:%d: the connection for presence is over: %s", self._to.host, self._to.port, error)
        except Exception:
            log.exception("in the connection for presence to %s:%d", self._to.host, self._to.port)
        self.close()
        self._over()

    def send(self, message: bytes) -> None:
        """Send it if there is a way; what is lost is sent again by who needs it."""
        if self._datagrams:
            self._datagrams.sendto(message)
        elif self._stream:
            self._stream.write(message)

    def keep_open(self) -> bool:
        """Keep the way open; whether there still is one, from the address we have."""
        transport = self._datagrams or (self._stream.transport if self._stream else None)
        if transport is None or transport.is_closing():
            return False
        self.send(_KEEP_OPEN)
        peer = transport.get_extra_info("peername")[0]
        with contextlib.suppress(OSError):
            return bool(self._bind) or address_toward(peer) == transport.get_extra_info("sockname")[0]
        return False

    def close(self) -> None:
        self.local = ""
        if self._reading and self._reading is not asyncio.current_task():
            self._reading.cancel()
        for transport in (self._datagrams, self._stream):
            if transport:
                transport.close()
        self._datagrams = self._stream = self._reading = None


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes], None]) -> None:
        self._received = received

    def datagram_received(self, data: bytes, _address: object) -> None:
        self._received(data)

    def error_received(self, exc: Exception) -> None:
        log.debug("presence: %s", exc)  # a PBX that is not there is noticed by its silence
