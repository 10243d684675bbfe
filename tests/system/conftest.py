"""A real browser, and the reception page of a scripted desk in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from phoneetiquette.console.app import create_app
from phoneetiquette.console.server import ConsoleServer
from tests.peers.scripted_desk import ScriptedDesk

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def desk() -> ScriptedDesk:
    return ScriptedDesk()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about: script errors, refused content, foreign addresses."""
    return []


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, desk: ScriptedDesk, complaints: list[str]) -> AsyncIterator[Page]:
    """The page of the desk at 1280x720; no complaint may be left when the test is over."""
    async with ConsoleServer(create_app(desk), "127.0.0.1", 0) as server:
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        page = await context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: _note_foreign(request.url, complaints))
        await page.goto(server.url)
        await expect(page.locator("body")).to_have_attribute("data-link", "up")
        yield page
        await context.close()
    assert complaints == []


def _note_foreign(url: str, complaints: list[str]) -> None:
    if urlsplit(url).hostname != "127.0.0.1":
        complaints.append(f"asked for {url}")
