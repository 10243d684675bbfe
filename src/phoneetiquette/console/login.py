"""The login: the page for it, its cookie, and the middleware that asks for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie
from typing import Annotated
from urllib.parse import quote

import jinja2
from fastapi import Cookie, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from phoneetiquette.access.users import Permission
from phoneetiquette.console import bodies
from phoneetiquette.console.catalogues import LANGUAGES, catalogue
from phoneetiquette.console.gate import Gate, LoginError, Visitor
from phoneetiquette.console.guard import harmless, is_loopback, refuse
from phoneetiquette.errors import PhoneEtiquetteError

log = logging.getLogger(__name__)

SAFE = ("GET", "HEAD")
_OPEN = ("/login", "/healthz")

_visitor: ContextVar[Visitor | None] = ContextVar("visitor", default=None)

PermissionOf = Callable[[str], Permission]
"""The permission that a path needs."""


def visitor() -> Visitor | None:
    """Who asks for what is being answered; ``None``: a page without a gate, or somebody who has not logged in."""
    return _visitor.get()


def is_open(path: str) -> bool:
    """Whether a path is for everybody: the login itself, what it is made of, and whether the program is well."""
    return path in _OPEN or path.startswith("/static/")


class Wall:
    """ASGI middleware behind :class:`Guard`: lets nobody past who has not logged in, where a login is needed, and knows
    who it is: :func:`visitor`."""

    def __init__(self, app: ASGIApp, gate: Gate, permission_of: PermissionOf) -> None:
        self._app = app
        self._gate = gate
        self._permission_of = permission_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, method, headers = str(scope["path"]), str(scope["method"]), Headers(scope=scope)
        try:
            asks = self._gate.visitor(*_tokens(self._gate, scope, headers))
        except PhoneEtiquetteError as error:
            if path == "/login" or not is_open(path):
                await refuse(send, 503, error.what, error.advice)
                return
            asks = None
        before = _visitor.set(asks)
        try:
            await self._pass(scope, receive, send, path, method, headers, asks)
        finally:
            _visitor.reset(before)

    async def _pass(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        path: str,
        method: str,
        headers: Headers,
        asks: Visitor | None,
    ) -> None:
        if is_open(path):
            await self._app(scope, receive, send)
        elif asks is None:
            await _ask_for_login(scope, receive, send, headers)
        elif asks.session and method not in SAFE and "origin" not in headers:
            await refuse(send, 403, "who asks with a session has to say from which page", "send Origin")
        elif not (path == "/logout" or self._gate.permits(asks, self._permission_of(path))):
            source = (scope.get("client") or ("",))[0]
            log.warning("refused: user %s from %s, %s %s", asks.name, source, method, harmless(path))
            if _wants_page(scope, headers):
                await RedirectResponse(_login_address(scope), 303)(scope, receive, send)
            else:
                await refuse(send, 403, f"{asks.name} may not do that", "ask the administrator for another role")
        else:
            await self._app(scope, receive, send)


async def _ask_for_login(scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
    if _wants_page(scope, headers):
        await RedirectResponse(_login_address(scope), 303)(scope, receive, send)
        return
    told = {"error": "a login is needed", "advice": "log in at /login"}
    await JSONResponse(told, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)


def _wants_page(scope: Scope, headers: Headers) -> bool:
    return scope["method"] in SAFE and "text/html" in headers.get("accept", "")


def _login_address(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    asked = str(scope["path"]) + (f"?{query}" if query else "")
    return "/login" if asked == "/" else f"/login?next={quote(asked, safe='')}"


def _tokens(gate: Gate, scope: Scope, headers: Headers) -> tuple[str, str]:
    """What a session's cookie and the header of the command line say."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load("; ".join(headers.getlist("cookie")))
    except CookieError:
        cookies.clear()
    name = _cookie_name(gate, scope)
    return cookies[name].value if name in cookies else "", bearer.strip() if scheme.lower() == "bearer" else ""


def _cookie_name(gate: Gate, scope: Scope) -> str:
    prefix = "__Host-" if _is_secure(scope) else ""
    return f"{prefix}phoneetiquette-{gate.name}"


def _is_secure(scope: Scope) -> bool:
    """Whether the cookie may travel by HTTPS only: everywhere but on this machine, and there where it is spoken."""
    return scope.get("scheme") == "https" or not is_loopback(Headers(scope=scope).get("host", ""))


def add_login(
    app: FastAPI, gate: Gate, permission_of: PermissionOf, *, title: Callable[[], str], language: str
) -> None:
    """Serve ``/login`` and ``/logout``, and put up the :class:`Wall`. ``title`` is whose page it is."""
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("phoneetiquette.console"), autoescape=True, auto_reload=False
    )
    app.add_middleware(Wall, gate=gate, permission_of=permission_of)

    def end(asks: Visitor) -> None:
        gate.logout(asks)
        if feeds := getattr(app.state, "feeds", None):
            feeds.look_again()

    @app.get("/login", response_class=HTMLResponse, include_in_schema=False)
    async def page(
        next: Annotated[str, Query(max_length=2000)] = "/",
        chosen: Annotated[str, Query(alias="language", max_length=8)] = "",
        kept: Annotated[str, Cookie(alias="language")] = "",
    ) -> Response:
        wanted = next_page(next)
        asks, refused = visitor(), ""
        if asks is not None:
            if gate.permits(asks, permission_of(wanted.partition("?")[0])):
                return RedirectResponse(wanted, 303)
            refused = asks.name
        words = catalogue(next_of(LANGUAGES, chosen, kept, language))
        answer = HTMLResponse(
            templates.get_template("login.html").render(
                _=words.gettext,
                title=title(),
                language=words.language,
                direction=words.direction,
                languages=LANGUAGES,
                next=wanted,
                next_quoted=quote(wanted, safe=""),
                refused=refused,
            )
        )
        if chosen in LANGUAGES:
            answer.set_cookie("language", chosen, max_age=31536000, samesite="strict")
        return answer

    @app.post("/login", tags=["login"], summary="Log in: begins a session, kept by a cookie")
    async def login(request: Request, body: bodies.Login) -> Response:
        """After some failures further tries have to wait (429, `Retry-After`), by user and by where they come from."""
        source = request.client.host if request.client else ""
        try:
            token = await gate.login(body.name, body.password, source)
        except LoginError as error:
            told = {"error": error.what, "advice": error.advice, "wait_s": error.wait_s}
            if error.wait_s:
                return JSONResponse(told, 429, {"Retry-After": str(error.wait_s)})
            return JSONResponse(told, 401)
        if before := visitor():  # its cookie is replaced: nobody could log it out any more
            end(before)
        answer = JSONResponse({"ok": True})
        answer.set_cookie(
            _cookie_name(gate, request.scope),
            token,
            max_age=gate.longest_s,
            path="/",
            secure=_is_secure(request.scope),
            httponly=True,
            samesite="strict",
        )
        return answer

    @app.post("/logout", tags=["login"], summary="Log out: the session ends, and every live page of it")
    async def logout(request: Request, _body: bodies.Body) -> Response:
        asks = visitor()
        assert asks is not None, "the wall lets nobody else here"
        end(asks)
        answer = JSONResponse({"ok": True}, headers={"Clear-Site-Data": '"cache"'})
        answer.delete_cookie(
            _cookie_name(gate, request.scope), secure=_is_secure(request.scope), httponly=True, samesite="strict"
        )
        return answer


def next_page(asked: str) -> str:
    """Where to go after the login: a page of this server, whatever was asked for."""
    plain = asked.startswith("/") and asked.isascii() and asked.isprintable() and "\\" not in asked
    return asked if plain and not asked.startswith(("//", "/login", "/logout")) else "/"


def next_of(known: dict[str, str], *wanted: str) -> str:
    """The first that is known."""
    return next((one for one in wanted if one in known), "en")
