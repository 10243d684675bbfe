"""The door of the pages: with or without a login, they must not obey other web sites.

A browser on this machine reaches loopback for any page it shows. So a foreign page must neither read (a name that
resolves to 127.0.0.1, hence the check of ``Host``) nor act (hence ``Origin`` and the JSON content type, which a plain
form cannot send), nor show the console in a frame.
"""

from __future__ import annotations

import ipaddress
import json
import logging
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

BODY_LIMIT = 16 * 1024
"""Bytes; the largest honest request has a few hundred."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """ASGI middleware: refuses what does not come from this console's own page or a program, and marks every answer.

    ``hosts``: names and addresses besides the loopback ones under which the console may be asked for. ``forms``: pages
    may hold forms that ask the same server. ``limits``: paths whose bodies may be longer than :data:`BODY_LIMIT`.
    ``encrypted``: the page is served by HTTPS, and browsers are told to ask for it in no other way.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str] = (),
        *,
        forms: bool = False,
        limits: Mapping[str, int] | None = None,
        encrypted: bool = False,
    ) -> None:
        self._app = app
        self._limits = limits or {}
        self._marks = dict(HEADERS)
        if forms:
            policy = HEADERS["Content-Security-Policy"]
            self._marks["Content-Security-Policy"] = policy.replace("form-action 'none'", "form-action 'self'")
        if encrypted:
            self._marks["Strict-Transport-Security"] = "max-age=31536000"
        self._hosts = frozenset({"localhost"} | {host.lower() for host in hosts})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._marks.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                if headers.get("content-type", "").startswith("application/json"):
                    headers.setdefault("Content-Disposition", 'attachment; filename="answer.json"')
            await send(message)

        if scope["type"] != "http":
            return
        method, path = str(scope["method"]), str(scope["path"])
        if refusal := self._refusal(method, path, Headers(scope=scope)):
            await refuse(marked, *refusal)
            return
        try:
            await self._app(scope, receive, marked)
        except Exception:
            if started:
                raise
            log.exception("%s %s failed", method, harmless(path))
            await refuse(marked, 500, "the program has a fault", "what it was stands in its log")

    def _refusal(self, method: str, path: str, headers: Headers) -> tuple[int, str, str] | None:
        """Status, error and advice, or None when the request may pass."""
        host = headers.get("host", "")
        if not self._is_ours(host):
            return (
                403,
                f"this console is not called {host[:80]!r}",
                "open it by its loopback address or configured name",
            )
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
            return 403, f"requests from {origin[:80]!r} are not obeyed", "use the console's own page"
        if method in ("GET", "HEAD"):
            return None
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return 415, "the body must be JSON", "send Content-Type: application/json"
        length = headers.get("content-length", "")
        if not length.isdecimal() or "transfer-encoding" in headers:  # which would count, not the length
            return 411, "the length of the body must be told", "send Content-Length"
        limit = self._limits.get(path, BODY_LIMIT)
        if int(length) > limit:
            return 413, f"the body is longer than {limit} bytes", "send less"
        return None

    def _is_ours(self, host: str) -> bool:
        return _name_in(host) in self._hosts or is_loopback(host)


def is_loopback(host: str) -> bool:
    """Whether a ``Host`` header names this machine by a name that means it everywhere."""
    name = _name_in(host)
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _name_in(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def harmless(text: str) -> str:
    """What a stranger sent, short and without anything that steers a terminal or begins a line of a log."""
    return repr(text[:80]).encode("ascii", "backslashreplace").decode()


async def refuse(send: Send, status: int, error: str, advice: str) -> None:
    """Answer with an error in the form that every refusal of the pages has."""
    body = json.dumps({"error": error, "advice": advice}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
