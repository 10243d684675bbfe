"""Where desk phones report what happens at them: a small web server for their action URLs.

It answers nothing but ``GET`` below one path, to the phones' own addresses. The path holds whatever secret word the
administrator has put into ``provisioning.events``.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Protocol, Self
from urllib.parse import parse_qs, unquote, urlsplit

from phoneetiquette import events as e
from phoneetiquette.calls.phone_codes import reported
from phoneetiquette.errors import CallError, PhoneEtiquetteError

log = logging.getLogger(__name__)

REQUEST_LIMIT = 4096
"""Bytes of a request that are read; the phones' own URLs have at most 511 characters."""
PATIENCE_S = 5.0


class SeatPort(Protocol):
    """What is needed of the seat. Every method is called on the loop."""

    def snapshot(self) -> dict[str, Any]: ...

    async def submit(self, event: e.Event) -> None: ...

    def engine_event(self, event: e.Event) -> None: ...

    def now_ns(self) -> int: ...


class PhoneReports:
    """Serves while it is entered.

    Args:
        code: carries out a code; whether that could be had.
        url: what the phones' action URLs begin with, ``http://ADDRESS:PORT/PATH``.
        phones: addresses that may report, each with the SIP URIs of the phones there.
    """

    def __init__(
        self,
        seat: SeatPort,
        code: Callable[[str], Awaitable[bool]],
        url: str,
        phones: Mapping[str, Collection[str]],
    ) -> None:
        parts = urlsplit(url)
        self._seat = seat
        self._code = code
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._path = parts.path.rstrip("/") + "/"
        self._phones = phones
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """
        Raises:
            PhoneEtiquetteError: the address cannot be listened at.
        """
        try:
            self._server = await asyncio.start_server(self._serve, self._host, self._port, limit=REQUEST_LIMIT)
        except OSError as error:
            what = f"cannot take the phones' reports at {self._host}:{self._port}: {error.strerror}"
            raise PhoneEtiquetteError(what, "see provisioning.events") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status = "400 Bad Request"
        try:
            async with asyncio.timeout(PATIENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
            status = await self._answer(str(writer.get_extra_info("peername")[0]), head)
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            # Aastra phones want XML in return; to the others it is all the same.
            body = b'<?xml version="1.0"?><Ok/>\n'
            kind = f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\nConnection: close"
            writer.write(f"HTTP/1.1 {status}\r\n{kind}\r\n\r\n".encode() + body)
            writer.close()

    async def _answer(self, sender: str, head: bytes) -> str:
        if sender not in self._phones:
            return "403 Forbidden"
        method, _, rest = head.decode("latin-1").partition(" ")
        try:
            target = urlsplit(rest.partition(" ")[0])
        except ValueError:
            return "400 Bad Request"
        path = unquote(target.path)
        if not hmac.compare_digest(path[: len(self._path)].encode(), self._path.encode()):
            return "404 Not Found"
        if method != "GET":
            return "405 Method Not Allowed"
        asked = {name: values[0] for name, values in parse_qs(target.query).items()}
        return "200 OK" if await self._happen(asked, sender) else "409 Conflict"

    async def _happen(self, asked: dict[str, str], sender: str) -> bool:
        """Do what the report, or the key, means; false: it cannot be had now."""
        if "code" in asked:
            return await self._code(asked["code"])
        event = asked.get("event", "")
        if event == "started":
            self._restarted(self._phones[sender])
            return True
        wish = reported(event, self._seat.now_ns())
        if wish is None:
            return True
        try:
            await self._seat.submit(wish)
        except CallError as error:
            log.info("the desk phone reports %s: %s", event, error)
            return False
        return True

    def _restarted(self, phones: Collection[str]) -> None:
        """A phone that has just started knows of no call, whatever it was in before. ``phones``: which it may be."""
        for phone in self._seat.snapshot()["phones"]:
            if phone["address"] in phones and phone["leg"] and phone["leg"]["state"] in ("up", "holding"):
                self._seat.engine_event(e.PhoneLost(at_ns=self._seat.now_ns(), call=phone["leg"]["leg"]))
