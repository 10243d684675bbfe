"""The console's server inside a running loop: real sockets on loopback."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time

import httpx
import pytest
from fastapi import FastAPI

from phoneetiquette.console import server as server_module
from phoneetiquette.console.app import create_app
from phoneetiquette.console.server import ConsoleServer, has_room, is_same_machine
from phoneetiquette.errors import PhoneEtiquetteError
from tests.peers.scripted_desk import ScriptedDesk, measures


async def test_it_serves_at_the_port_it_tells_and_leaves_it_free() -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with ConsoleServer(create_app(ScriptedDesk()), "127.0.0.1", 0) as server:
        assert server.port > 0
        assert server.url == f"http://127.0.0.1:{server.port}/"
        assert signal.getsignal(signal.SIGTERM) is before
        async with httpx.AsyncClient(base_url=server.url) as http:
            assert (await http.get("/healthz")).json()["status"] == "ok"
    async with ConsoleServer(create_app(ScriptedDesk()), "127.0.0.1", server.port) as again:
        assert again.port == server.port


async def test_ipv6_loopback() -> None:
    async with ConsoleServer(create_app(ScriptedDesk()), "::1", 0) as server, httpx.AsyncClient() as http:
        assert server.url == f"http://[::1]:{server.port}/"
        assert (await http.get(server.url)).status_code == 200


async def test_a_taken_port_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PhoneEtiquetteError, match=f"port {port} of 127.0.0.1 is taken") as refused:
            async with ConsoleServer(create_app(ScriptedDesk()), "127.0.0.1", port):
                pass
    assert refused.value.advice


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
async def test_an_address_that_is_not_ours_is_told_in_one_line(host: str) -> None:
    with pytest.raises(PhoneEtiquetteError, match=host):
        async with ConsoleServer(create_app(ScriptedDesk()), host, 0):
            pass


async def test_it_stops_at_once_although_pages_are_open(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "GRACE_S", 60)
    caplog.set_level(logging.INFO)
    desk = ScriptedDesk()
    async with httpx.AsyncClient(timeout=5) as http:
        async with ConsoleServer(create_app(desk), "127.0.0.1", 0) as server:
            request = http.build_request("GET", f"{server.url}api/events")
            answer = await http.send(request, stream=True)
            lines = answer.aiter_lines()
            while not (await anext(lines)).startswith("data: "):
                pass
            started = time.monotonic()
        assert time.monotonic() - started < 30, "without waiting for them to leave"
        rest = [line async for line in lines]
    assert all(not line for line in rest)
    assert not desk.listeners
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"]
)
async def test_who_asks_for_nothing_loses_the_connection(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(server_module, "REQUEST_S", 0.05)
    app = FastAPI()

    @app.post("/login")
    async def login(body: dict[str, str]) -> dict[str, str]:
        return body

    async with ConsoleServer(app, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        async with asyncio.timeout(30):
            assert b" 200 " not in await reader.read()
        writer.close()


async def test_an_answer_may_take_as_long_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "REQUEST_S", 0.05)
    app = FastAPI()

    @app.get("/")
    async def slow() -> str:
        await asyncio.sleep(0.2)
        return "done"

    async with ConsoleServer(app, "127.0.0.1", 0) as server, httpx.AsyncClient(timeout=30) as http:
        assert (await http.get(server.url)).json() == "done"


def test_other_machines_leave_room_for_this_one() -> None:
    others = [True] * 20 + [False] * (server_module.FROM_ELSEWHERE - 1)
    assert has_room(False, others)
    others.append(False)
    assert not has_room(False, others)
    assert has_room(True, others)


@pytest.mark.parametrize(
    ("client", "server", "here"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("192.0.2.10", "192.0.2.10", True),
        ("192.0.2.11", "192.0.2.10", False),
        ("fe80::1%eth0", "fe80::2%eth0", False),
    ],
)
def test_who_is_at_this_machine(client: str, server: str, here: bool) -> None:
    assert is_same_machine((client, 50000), (server, 8470)) is here


async def test_a_page_that_stops_reading_costs_no_memory_and_is_forgotten() -> None:
    """A raw client asks for events and never reads: what waits for it stays bounded while the state changes."""
    desk = ScriptedDesk()
    call = desk.ring("Anna Berger " + "x" * 1000)
    desk.answer(call)
    app = create_app(desk)
    async with ConsoleServer(app, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
        writer.write(b"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        async with asyncio.timeout(2):
            await reader.readuntil(b"\r\n\r\n")
        snapshots = 0
        taken = desk.snapshot

        def counted() -> dict[str, object]:
            nonlocal snapshots
            snapshots += 1
            return taken()

        desk.snapshot = counted  # type: ignore[method-assign]
        blocked_at = -1
        for _ in range(400):
            for _ in range(20):
                desk.measure(call, measures(1, 0.4, 0.5))
                desk.changed()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            if snapshots == blocked_at:
                break
            blocked_at = snapshots
        else:
            pytest.fail("the stream was never held back")
        for _ in range(200):
            desk.changed()
            await asyncio.sleep(0)
        assert snapshots == blocked_at
        writer.close()
        for _ in range(200):
            if not desk.listeners:
                break
            await asyncio.sleep(0.01)
        assert (len(app.state.feeds), len(desk.listeners)) == (0, 0)
