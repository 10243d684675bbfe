"""The door of the pages: what every answer bears, a fault too, and which methods there are."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from phoneetiquette.console.app import create_app
from phoneetiquette.console.guard import HEADERS, Guard
from phoneetiquette.console.server import ConsoleServer
from tests.peers.certificates import self_signed
from tests.peers.scripted_desk import ScriptedDesk

BASE = "http://127.0.0.1:8470"


class BrokenDesk(ScriptedDesk):
    """Its calls cannot be told."""

    def calls(self, limit: int) -> list[dict[str, Any]]:
        raise ZeroDivisionError("a secret of the program")


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)


async def test_a_fault_is_logged_and_told_without_a_word_of_it(caplog: pytest.LogCaptureFixture) -> None:
    async with client(create_app(BrokenDesk())) as http:
        answer = await http.get("/api/calls")
    assert (answer.status_code, answer.json()["error"]) == (500, "the program has a fault")
    assert "secret" not in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    (record,) = caplog.records
    assert record.getMessage() == "GET '/api/calls' failed"
    assert record.exc_info


async def test_an_answer_as_json_is_no_page_for_a_browser() -> None:
    async with client(create_app(ScriptedDesk())) as http:
        answer = await http.get("/api/state")
        page = await http.get("/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="answer.json"'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Disposition" not in page.headers
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for told in (answer, page):
        assert "uvicorn" not in str(told.headers).lower()
        assert "Access-Control-Allow-Origin" not in told.headers


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "CONNECT", "BREW"])
async def test_methods_that_nobody_needs_are_none(method: str) -> None:
    async with client(create_app(ScriptedDesk())) as http:
        headers = {"Content-Type": "application/json", "Content-Length": "0"}
        answer = await http.request(method, "/api/state", headers=headers)
    assert answer.status_code == 405


async def test_no_body_is_longer_than_its_length() -> None:
    """Where a length and chunks are both told, the chunks would count (RFC 9112, 6.3)."""
    chunk = b"%x\r\n" % 100_000 + b" " * 100_000 + b"\r\n0\r\n\r\n"
    head = b"POST /api/mute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 5\r\n"
    async with ConsoleServer(create_app(ScriptedDesk()), "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
        async with asyncio.timeout(30):
            assert b" 411 " in await reader.readline()
        writer.close()


async def test_parameters_are_taken_once_and_unknown_keys_not_at_all() -> None:
    desk = ScriptedDesk()
    async with client(create_app(desk)) as http:
        assert (await http.post("/api/mute", json={"muted": True, "role": "administrator"})).status_code == 422
        assert (await http.get("/api/calls?limit=1&limit=x")).status_code == 422
    assert desk.events == []


async def test_https_is_asked_for_from_then_on(tmp_path: Any) -> None:
    async with client(Guard(create_app(ScriptedDesk()), encrypted=True)) as http:
        assert (await http.get("/healthz")).headers["Strict-Transport-Security"] == "max-age=31536000"
    async with client(create_app(ScriptedDesk())) as http:
        assert "Strict-Transport-Security" not in (await http.get("/healthz")).headers


async def test_only_tls_1_2_and_later_are_spoken(tmp_path: Any) -> None:
    certificate, key, _ = self_signed(tmp_path)
    async with ConsoleServer(create_app(ScriptedDesk()), "127.0.0.1", 0, certificate=certificate, key=key) as server:
        context = server._server.config.ssl
        assert context is not None
        assert context.minimum_version.name == "TLSv1_2"
        weak = [one["name"] for one in context.get_ciphers() if one["strength_bits"] < 128 or not one["aead"]]
        assert weak == []
