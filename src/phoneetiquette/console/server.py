"""The console's HTTP server, inside the seat's own asyncio loop."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from phoneetiquette.console.feed import Feeds
from phoneetiquette.errors import PhoneEtiquetteError

CONNECTIONS = 128
FROM_ELSEWHERE = 96
"""So many of them at most are for other machines: whatever those do, this one's command line gets through."""
REQUEST_S = 30
"""How long a request may take to come, from the connection or the answer before it; then the connection is closed."""
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2; those of TLS 1.3 are all good."""
GRACE_S = 1
"""How long a request under way may take to finish when the console stops."""


class _Connection(H11Protocol):
    """One that is closed when it keeps its place without asking for anything."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.call_later(REQUEST_S, self._close_waiting)
        self.is_here = is_same_machine(self.client, self.server)
        others = (one.is_here for one in self.connections if isinstance(one, _Connection) and one is not self)
        if not has_room(self.is_here, others):
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._deadline.cancel()
        self._deadline = self.loop.call_later(REQUEST_S, self._close_waiting)
        super().on_response_complete()

    def _close_waiting(self) -> None:
        cycle = self.cycle
        if cycle is None or cycle.more_body or cycle.response_complete:
            self.transport.close()


def is_same_machine(client: tuple[str, int] | None, server: tuple[str, int | None] | None) -> bool:
    """Whether both ends of a connection are on this machine."""
    if client is None or server is None:
        return False
    return ip_address(client[0]).is_loopback or client[0] == server[0]


def has_room(is_here: bool, others: Iterable[bool]) -> bool:
    """Whether a connection from here or elsewhere may be had besides ``others``, which are from here or not."""
    return is_here or sum(not other for other in others) < FROM_ELSEWHERE


class ConsoleServer:
    """Serves ``app`` while the ``async with`` block runs.

    Uvicorn is started and stopped by its two halves, not by ``serve()``: that would take the process's signal handlers
    from the seat and wake the loop ten times a second for nothing.
    """

    def __init__(
        self,
        app: FastAPI,
        host: str,
        port: int,
        name: str = "console",
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> None:
        """``port`` 0: any free one, told by :attr:`port` once started; ``name`` is its section of the configuration.
        With ``certificate`` and ``key`` (PEM) it is HTTPS."""
        self._app = app
        self._name = name
        self._certificate = certificate
        self._key = key
        self.host = host
        self.port = port

    @property
    def url(self) -> str:
        """Its root as it is asked for on this machine."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - not listened at
        host = f"[{here}]" if ":" in here else here
        return f"{'https' if self._certificate else 'http'}://{host}:{self.port}/"

    async def __aenter__(self) -> Self:
        """
        Raises:
            PhoneEtiquetteError: the address cannot be listened at.
        """
        self._socket = _listening_socket(self.host, self.port, self._name)
        self.port = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            http=_Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=self._certificate,
            ssl_keyfile=self._key,
            ssl_ciphers=CIPHERS,
        )
        config.load()
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup(sockets=[self._socket])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        feeds: Feeds | None = getattr(self._app.state, "feeds", None)
        if feeds is not None:
            feeds.close()
        await self._server.shutdown(sockets=[self._socket])


def _listening_socket(host: str, port: int, name: str) -> socket.socket:
    advice = f"choose another {name}.port in the configuration"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise PhoneEtiquetteError(f"{name}: {host!r} is no address: {error.strerror}", f"see {name}.listen") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # restart while old connections fade
        listener.bind(address)
        listener.listen()
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            what = f"{name}: port {port} of {host} is taken"
            raise PhoneEtiquetteError(what, f"is another one running? else {advice}") from error
        raise PhoneEtiquetteError(f"{name}: cannot listen at {host} port {port}: {error.strerror}", advice) from error
    return listener
