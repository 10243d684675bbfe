"""The login of the pages: who gets in, with what, for how long, and that nobody else does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from phoneetiquette.access.passwords import hashed
from phoneetiquette.access.users import Permission, Role, User
from phoneetiquette.access.users_file import UsersFile, changing
from phoneetiquette.cli.seat import NoSeatError, Seat
from phoneetiquette.console.app import create_app
from phoneetiquette.console.catalogues import LANGUAGES, catalogue
from phoneetiquette.console.feed import Feeds
from phoneetiquette.console.gate import Gate
from phoneetiquette.console.login import is_open, next_page
from phoneetiquette.console.server import ConsoleServer
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.office.app import Office, create_office
from phoneetiquette.records.store import open_store
from phoneetiquette.units import NS_PER_S
from tests.peers.certificates import self_signed
from tests.peers.scripted_desk import ScriptedDesk

PASSWORD = "korb lampe wiese vier"
HASH = hashed(PASSWORD)
HERE = "http://127.0.0.1:8470"
TOKEN = "token-of-the-command-line"
PAGE = {"Accept": "text/html"}


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> int:
        return round(self.now_s * NS_PER_S)


@dataclass
class Site:
    """A seat's page and the office, with users."""

    file: Path
    database: Path
    clock: Clock
    desk: ScriptedDesk
    open: Callable[..., httpx.AsyncClient]

    def put(self, name: str, role: Role, seats: tuple[str, ...] = ()) -> None:
        with changing(self.file) as users:
            users[name] = User(name=name, role=role, password=HASH, seats=seats)

    def gate(self, name: str = "seat-desk", seat: str = "desk", **more: object) -> Gate:
        return Gate(UsersFile(self.file), name=name, seat=seat, token=TOKEN, clock=self.clock, **more)  # type: ignore[arg-type]

    def seat(self, gate: Gate | None = None, source: str = "127.0.0.1", base: str = HERE) -> httpx.AsyncClient:
        app = create_app(self.desk, gate=gate or self.gate(), hosts=["desk.example"])
        return self.open(app, source, base)

    def office(self) -> httpx.AsyncClient:
        gate = self.gate("office", "")
        url = f"sqlite:///{self.database}"
        site = Office(database=url, zone=UTC, name="Hotel", change=lambda *_: {}, gate=gate)
        return self.open(create_office(site), "127.0.0.1", "http://127.0.0.1:8480")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("login") / "records.sqlite"
    open_store(f"sqlite:///{path}", UTC).close()
    return path


@pytest.fixture
async def site(tmp_path: Path, database: Path) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:

        def opened(app: object, source: str, base: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app, client=(source, 50000))  # type: ignore[arg-type]
            client = httpx.AsyncClient(transport=transport, base_url=base, headers={"Origin": base})
            stack.push_async_callback(client.aclose)
            return client

        yield Site(tmp_path / "users.json", database, Clock(), ScriptedDesk(), opened)


@pytest.fixture
def users(site: Site) -> Site:
    site.put("anna", Role.RECEPTIONIST)
    site.put("mara", Role.OFFICE_MANAGER)
    site.put("root", Role.ADMINISTRATOR)
    return site


async def log_in(http: httpx.AsyncClient, name: str = "anna", password: str = PASSWORD) -> httpx.Response:
    return await http.post("/login", json={"name": name, "password": password})


async def status(http: httpx.AsyncClient, path: str = "/api/state", **more: object) -> int:
    return (await http.get(path, **more)).status_code  # type: ignore[arg-type]


async def test_without_users_the_desk_needs_no_login(site: Site) -> None:
    http = site.seat()
    assert await status(http) == 200
    assert await status(http, "/", headers=PAGE) == 200
    assert (await http.post("/api/mute", json={"muted": True})).status_code == 200
    assert (await http.get("/login", headers=PAGE)).headers["Location"] == "/"
    assert 'id="log-out"' not in (await http.get("/")).text


async def test_with_the_first_user_the_desk_needs_a_login_at_once(site: Site) -> None:
    http = site.seat()
    assert await status(http) == 200
    site.put("anna", Role.RECEPTIONIST)
    answer = await http.get("/api/state")
    assert (answer.status_code, answer.json()["advice"]) == (401, "log in at /login")
    assert (await http.get("/?x=1", headers=PAGE)).headers["Location"] == "/login?next=%2F%3Fx%3D1"
    assert (await http.get("/", headers=PAGE)).headers["Location"] == "/login"


async def test_beyond_loopback_a_login_is_needed_though_there_are_no_users(site: Site) -> None:
    http = site.seat(site.gate(always=True))
    assert await status(http) == 401
    assert (await log_in(http)).status_code == 401


async def test_every_route_of_both_pages_is_behind_the_login_but_the_few_that_are_for_everybody(users: Site) -> None:
    async def ask(app_of: httpx.AsyncClient) -> set[str]:
        transport = app_of._transport
        assert isinstance(transport, httpx.ASGITransport)
        routes = [route for route in transport.app.routes if isinstance(route, APIRoute)]  # type: ignore[attr-defined]
        assert len(routes) > 10
        let_in = set()
        for route in routes:
            path = re.sub(r"\{.*?\}", "x", route.path)
            for method in route.methods or ():
                answer = await app_of.request(method, path, json={} if method not in ("GET", "HEAD") else None)
                if answer.status_code != 401:
                    let_in.add(f"{method} {path}")
        return let_in

    # An empty login is no login; its answer is about the body.
    assert await ask(users.seat()) == {"GET /login", "POST /login", "GET /healthz"}
    assert await ask(users.office()) == {"GET /login", "POST /login"}
    assert not is_open("/statically")
    assert await status(users.seat(), "/static/../api/state") in (401, 404)
    assert await status(users.seat(), "/static/%2e%2e/templates/login.html") == 404


async def test_a_login_opens_the_page_and_a_logout_closes_it(users: Site) -> None:
    http = users.seat()
    answer = await log_in(http)
    cookie = answer.headers["Set-Cookie"]
    assert answer.json() == {"ok": True}
    assert cookie.startswith("phoneetiquette-seat-desk=")
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert len(cookie.partition("=")[2].partition(";")[0]) == 43  # 256 bits
    page = await http.get("/", headers=PAGE)
    assert 'id="log-out"' in page.text
    assert "<bdi>anna</bdi>" in page.text
    kept = dict(http.cookies)
    assert (await http.post("/logout", json={})).status_code == 200
    assert not http.cookies
    http.cookies.update(kept)
    assert await status(http) == 401


async def test_each_login_has_a_token_of_its_own(users: Site) -> None:
    http = users.seat()
    tokens = set()
    for _ in range(3):
        await log_in(http)
        tokens.add(http.cookies["phoneetiquette-seat-desk"])
    assert len(tokens) == 3


@pytest.mark.parametrize("base", ["https://desk.example", "http://desk.example", "https://127.0.0.1:8470"])
async def test_beyond_this_machine_the_cookie_travels_by_https_only(users: Site, base: str) -> None:
    http = users.seat(base=base)
    cookie = (await log_in(http)).headers["Set-Cookie"]
    assert cookie.startswith("__Host-phoneetiquette-seat-desk=")
    assert "Secure" in cookie.split("; ")
    assert await status(http) == (200 if base.startswith("https:") else 401)


@pytest.mark.parametrize(
    ("name", "password"), [("anna", PASSWORD + "x"), ("anna", ""), ("nobody", PASSWORD), ("", ""), ("anna", "x" * 200)]
)
async def test_a_wrong_name_or_password_is_told_in_the_same_words(users: Site, name: str, password: str) -> None:
    answer = await log_in(users.seat(), name, password)
    assert (answer.status_code, answer.json()["error"]) == (401, "the name or the password is wrong")
    assert "Set-Cookie" not in answer.headers


async def test_a_login_that_makes_no_sense_is_refused(users: Site) -> None:
    http = users.seat()
    bad: list[Any] = [
        {},
        [],
        {"name": "anna"},
        {"name": 1, "password": []},
        {"name": "a", "password": "b", "role": "c"},
    ]
    for body in bad:
        assert (await http.post("/login", json=body)).status_code == 422
    for password in ("x" * 300, "\ud800" * 20):
        content = json.dumps({"name": "anna", "password": password})
        answer = await http.post("/login", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code in (401, 422)
    assert (await http.post("/login", data={"name": "anna", "password": PASSWORD})).status_code == 415


async def test_guesses_have_to_wait_by_source(users: Site) -> None:
    http = users.seat()
    for n in range(5):
        assert (await log_in(http, f"user{n}", "x")).status_code == 401
    answer = await log_in(http)
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["wait_s"]) == (429, "5", 5)
    users.clock.now_s += 4.9
    assert (await log_in(http)).status_code == 429
    users.clock.now_s += 0.2
    assert (await log_in(http)).status_code == 200


async def test_guesses_have_to_wait_by_user(users: Site) -> None:
    gate = users.gate()
    for n in range(5):
        assert (await log_in(users.seat(gate, f"192.0.2.{n}"), password="x")).status_code == 401
    assert (await log_in(users.seat(gate, "192.0.2.99"))).status_code == 429
    assert (await log_in(users.seat(gate, "192.0.2.99"), "root")).status_code == 200


async def test_guesses_that_come_together_are_counted_one_by_one(users: Site) -> None:
    http = users.seat()
    answers = await asyncio.gather(*(log_in(http, password="x") for _ in range(30)))
    assert [answer.status_code for answer in answers].count(401) == 5
    assert {answer.status_code for answer in answers} == {401, 429}


async def test_a_session_idles_out_and_has_a_longest_time(users: Site) -> None:
    http = users.seat()
    await log_in(http)
    users.clock.now_s += 29 * 60
    assert await status(http) == 200
    users.clock.now_s += 30 * 60
    assert await status(http) == 401
    await log_in(http)
    for _ in range(12 * 60 // 20 - 1):
        users.clock.now_s += 20 * 60
        assert await status(http) == 200
    users.clock.now_s += 20 * 60
    assert await status(http) == 401


async def test_another_password_or_a_removal_ends_the_sessions(users: Site) -> None:
    http, other = users.seat(), users.seat()
    await log_in(http)
    await log_in(other, "root")
    with changing(users.file) as known:
        known["anna"] = replace(known["anna"], password=hashed("ein anderes passwort"))
        del known["root"]
    assert await status(http) == 401
    assert await status(other) == 401


async def test_another_role_counts_at_once(users: Site) -> None:
    http = users.seat()
    await log_in(http)
    with changing(users.file) as known:
        known["anna"] = replace(known["anna"], role=Role.OFFICE_MANAGER)
    assert await status(http) == 403


async def test_who_may_open_which_page(users: Site) -> None:
    users.put("bar", Role.RECEPTIONIST, seats=("bar",))
    seen = {}
    for name in ("anna", "bar", "mara", "root"):
        seat, office = users.seat(), users.office()
        await log_in(seat, name)
        await log_in(office, name)
        seen[name] = (
            await status(seat),
            (await seat.post("/api/mute", json={"muted": True})).status_code,
            await status(office, "/reports.json"),
            await status(office, "/messages.csv"),
            await status(office, "/dialplan", headers={"Accept": "*/*"}),
        )
    assert seen["anna"] == (200, 200, 403, 403, 403)
    assert seen["bar"] == (403, 403, 403, 403, 403)
    assert seen["mara"] == (403, 403, 200, 200, 403)
    assert seen["root"][:4] == (200, 200, 200, 200)
    assert seen["root"][4] not in (401, 403)


async def test_a_page_that_is_not_permitted_is_told_on_the_login(users: Site) -> None:
    http = users.office()
    await log_in(http)
    answer = await http.get("/reports", headers=PAGE, follow_redirects=True)
    assert "anna may not open this page." in answer.text
    await log_in(http, "mara")
    assert (await http.get("/login?next=%2Freports", headers=PAGE)).headers["Location"] == "/reports"


async def test_a_request_with_a_session_has_to_come_from_the_page_itself(users: Site) -> None:
    http = users.seat()
    await log_in(http)
    asked = {"json": {"muted": True}}
    assert (await http.post("/api/mute", **asked)).status_code == 200  # type: ignore[arg-type]
    for origin in ("http://evil.example", "null", "http://127.0.0.1:8480", "http://localhost:8470"):
        answer = await http.post("/api/mute", headers={"Origin": origin}, **asked)  # type: ignore[arg-type]
        assert answer.status_code == 403
    del http.headers["Origin"]
    answer = await http.post("/api/mute", **asked)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["advice"]) == (403, "send Origin")


async def test_the_command_line_needs_no_login_but_its_token(users: Site) -> None:
    http = users.seat()
    assert await status(http, headers={"Authorization": f"Bearer {TOKEN}"}) == 200
    assert await status(http, headers={"Authorization": f"bearer  {TOKEN}"}) == 200
    for wrong in (TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", "Bearer ", "Bearer \xe4".encode("latin-1")):
        assert await status(http, headers={"Authorization": wrong}) == 401
    open_to_nobody = users.seat(Gate(UsersFile(users.file), name="seat-desk", token=""))
    assert await status(open_to_nobody, headers={"Authorization": "Bearer "}) == 401


@pytest.mark.parametrize(
    "cookie", ["x", "phoneetiquette-seat-desk=", "phoneetiquette-seat-desk=\x7f; =;", '"', "a=" * 999]
)
async def test_a_cookie_that_is_none_is_no_session(users: Site, cookie: str) -> None:
    assert await status(users.seat(), headers={"Cookie": cookie}) == 401


async def test_a_session_of_the_office_is_none_of_the_seat(users: Site) -> None:
    office, seat = users.office(), users.seat()
    await log_in(office, "root")
    seat.cookies.update(office.cookies)
    assert await status(seat) == 401


async def test_while_the_file_of_the_users_is_broken_nobody_gets_in_but_the_command_line(users: Site) -> None:
    http = users.seat()
    await log_in(http)
    users.file.write_text("{")
    answer = await http.get("/api/state")
    assert answer.status_code == 503
    assert "is no file of users" in answer.json()["error"]
    assert (await log_in(users.seat())).status_code == 503
    assert await status(http, "/healthz") == 200
    assert await status(http, headers={"Authorization": f"Bearer {TOKEN}"}) == 200


async def test_sessions_outlive_a_restart_of_the_program(users: Site, tmp_path: Path) -> None:
    kept = tmp_path / "sessions.json"
    http = users.seat(users.gate(kept_in=kept))
    await log_in(http)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert http.cookies["phoneetiquette-seat-desk"] not in kept.read_text()
    restarted = users.seat(users.gate(kept_in=kept))
    restarted.cookies.update(http.cookies)
    assert await status(restarted) == 200
    users.clock.now_s += 12 * 3600
    restarted = users.seat(users.gate(kept_in=kept))
    restarted.cookies.update(http.cookies)
    assert await status(restarted) == 401


async def test_a_restart_revives_no_session_that_idled_out(users: Site, tmp_path: Path) -> None:
    kept = tmp_path / "sessions.json"
    http = users.seat(users.gate(kept_in=kept))
    await log_in(http)
    users.clock.now_s += 25 * 60
    assert await status(http) == 200
    users.clock.now_s += 25 * 60
    used = users.seat(users.gate(kept_in=kept))
    used.cookies.update(http.cookies)
    assert await status(used) == 200, "it was used 25 minutes ago"
    users.clock.now_s += 31 * 60
    idle = users.seat(users.gate(kept_in=kept))
    idle.cookies.update(http.cookies)
    assert await status(idle) == 401


async def test_a_second_login_ends_the_first_session_of_the_browser(users: Site) -> None:
    gate = users.gate()
    http, other = users.seat(gate), users.seat(gate)
    await log_in(http)
    first = dict(http.cookies)
    await log_in(http, "root", "wrong")
    assert await status(http) == 200
    await log_in(http, "root")
    assert await status(http) == 200
    other.cookies.update(first)
    assert await status(other) == 401


async def test_strangers_see_no_page_of_the_office(users: Site) -> None:
    http = users.office()
    for path in ("/static/none", "/healthz", f"/login?next={'x' * 3000}"):
        answer = await http.get(path, headers=PAGE)
        assert answer.headers["Content-Type"] == "application/json"
        assert set(answer.json()) == {"error", "advice"}
    await log_in(http, "mara")
    assert "phoneetiquette" in (await http.get("/static/none", headers=PAGE)).text


@pytest.mark.parametrize("content", ["{", "[]", '{"boot": "another"}', '{"boot": 1, "sessions": 2}', ""])
async def test_sessions_that_cannot_be_read_are_none(users: Site, tmp_path: Path, content: str) -> None:
    kept = tmp_path / "sessions.json"
    kept.write_text(content)
    http = users.seat(users.gate(kept_in=kept))
    assert await status(http) == 401
    assert (await log_in(http)).status_code == 200


async def following(gate: Gate, http: httpx.AsyncClient) -> tuple[asyncio.Task[list[bytes]], asyncio.Event]:
    """The live events of a page that has a session, until they end; and when the first has come."""
    visitor = gate.visitor(http.cookies["phoneetiquette-seat-desk"], "")
    assert visitor is not None
    begun = asyncio.Event()
    transport = http._transport
    assert isinstance(transport, httpx.ASGITransport)
    feeds: Feeds = transport.app.state.feeds  # type: ignore[attr-defined]

    async def follow() -> list[bytes]:
        pieces = []
        async for piece in feeds.stream(lambda: gate.holds(visitor, Permission.DESK)):
            pieces.append(piece)
            if len(pieces) == 2:
                begun.set()
        return pieces

    return asyncio.create_task(follow()), begun


async def test_live_events_end_with_the_session(users: Site) -> None:
    gate = users.gate()
    http = users.seat(gate)
    await log_in(http)
    logged_out, begun = await following(gate, http)
    async with asyncio.timeout(10):
        await begun.wait()
        users.desk.ring("Anna Berger")
        await http.post("/logout", json={})
        assert b"Anna Berger" not in b"".join(await logged_out)
    await log_in(http)
    outlived, begun = await following(gate, http)
    async with asyncio.timeout(10):
        await begun.wait()
        users.clock.now_s += 12 * 3600
        users.desk.ring("Bert Huber")
        assert b"Bert Huber" not in b"".join(await outlived)


async def test_an_open_live_page_keeps_its_session_through_a_quiet_night(users: Site) -> None:
    gate = users.gate()
    http = users.seat(gate)
    await log_in(http)
    task, begun = await following(gate, http)
    async with asyncio.timeout(10):
        await begun.wait()
        for _ in range(20):
            users.clock.now_s += 29 * 60
            users.desk.changed()
            await asyncio.sleep(0.01)
        assert not task.done()
        assert await status(http) == 200
        await http.post("/logout", json={})
        await task


async def test_a_page_opened_before_there_were_users_ends_with_the_first_of_them(site: Site) -> None:
    gate = site.gate()
    visitor = gate.visitor("", "")
    assert visitor is not None
    assert gate.holds(visitor, Permission.DESK)
    site.put("anna", Role.RECEPTIONIST)
    assert not gate.holds(visitor, Permission.DESK)


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("/reports?span=month&by=seat", "/reports?span=month&by=seat"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\tx", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("/login?next=/", "/"),
        ("", "/"),
    ],
)
def test_the_login_leads_to_a_page_of_this_server(asked: str, page: str) -> None:
    assert next_page(asked) == page


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_login_speaks_every_language(users: Site, language: str) -> None:
    answer = await users.seat().get(f"/login?language={language}&next=%2F%3Ca%3E", headers=PAGE)
    assert f'<html lang="{language}" dir="{catalogue(language).direction}">' in answer.text
    assert catalogue(language).gettext("Password") in answer.text
    assert "<a>" not in answer.text
    assert f"language={language}" in answer.headers["Set-Cookie"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_the_log_tells_of_logins_and_never_a_password(users: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="phoneetiquette")
    http = users.seat(source="192.0.2.9")
    await log_in(http, "an\nna\x1b[31m", "secret one")
    await log_in(http)
    await http.post("/logout", json={})
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "login failed: user 'an\\nna\\x1b[31m' from 192.0.2.9",
        "login: user anna from 192.0.2.9",
        "logout: user anna",
    ]


async def test_what_a_role_does_not_permit_is_logged(users: Site, caplog: pytest.LogCaptureFixture) -> None:
    http = users.office()
    await log_in(http)
    assert await status(http, "/reports.json") == 403
    assert caplog.records[-1].getMessage() == "refused: user anna from 127.0.0.1, GET '/reports.json'"


async def test_the_command_line_trusts_the_very_certificate_of_the_page_and_no_other(
    users: Site, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    certificate, key, _ = self_signed(tmp_path, "DNS:desk.example", "/CN=desk.example")
    other, _, _ = self_signed(tmp_path / "other", "DNS:desk.example", "/CN=desk.example")
    app = create_app(users.desk, gate=users.gate(), encrypted=True)
    async with ConsoleServer(app, "127.0.0.1", 0, certificate=certificate, key=key) as server:
        assert server.url.startswith("https://127.0.0.1:")
        seat = Seat("desk", server.url.rstrip("/"), TOKEN, certificate.read_text())
        assert (await asyncio.to_thread(seat.get, "/api/state"))["seat"] == "desk"
        with pytest.raises(PhoneEtiquetteError, match="wants a login"):
            await asyncio.to_thread(replace(seat, token="").get, "/api/state")
        with pytest.raises(NoSeatError, match="CERTIFICATE_VERIFY_FAILED"):
            await asyncio.to_thread(replace(seat, certificate=other.read_text()).get, "/api/state")
