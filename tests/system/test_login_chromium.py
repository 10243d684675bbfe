"""The login in a real browser: by keyboard, in every language, without barriers; the page comes and goes with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from phoneetiquette.access.passwords import hashed
from phoneetiquette.access.users import Role, User
from phoneetiquette.access.users_file import UsersFile, changing
from phoneetiquette.console.app import create_app
from phoneetiquette.console.gate import Gate
from phoneetiquette.console.server import ConsoleServer
from tests.peers.scripted_desk import ScriptedDesk
from tests.system.conftest import _note_foreign

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "korb lampe wiese vier"
EXPECTED = ("401", "403", "429")
"""What the browser complains of by itself: a refused login, a page that is not for the user."""


@dataclass
class Door:
    page: Page
    desk: ScriptedDesk
    users: Path


@pytest_asyncio.fixture(loop_scope="module")
async def door(browser: Browser, desk: ScriptedDesk, complaints: list[str], tmp_path: Path) -> AsyncIterator[Door]:
    users = tmp_path / "users.json"
    with changing(users) as known:
        known["anna"] = User(name="anna", role=Role.RECEPTIONIST, password=hashed(PASSWORD))
        known["mara"] = User(name="mara", role=Role.OFFICE_MANAGER, password=hashed(PASSWORD))
    gate = Gate(UsersFile(users), name="seat-desk", seat="desk")
    async with ConsoleServer(create_app(desk, gate=gate), "127.0.0.1", 0) as server:
        context = await browser.new_context(viewport={"width": 1280, "height": 720}, base_url=server.url)
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: _note_foreign(request.url, complaints))
        await page.goto("/")
        yield Door(page, desk, users)
        await context.close()
    assert [one for one in complaints if not any(f"status of {status}" in one for status in EXPECTED)] == []


async def log_in(page: Page, name: str = "anna", password: str = PASSWORD) -> None:
    """By keyboard alone: the name has the focus."""
    await expect(page.locator("[name=name]")).to_be_focused()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(password)
    await page.keyboard.press("Enter")


async def test_by_keyboard_in_and_out_again(door: Door) -> None:
    page = door.page
    await expect(page).to_have_title("Log in · Reception")
    await log_in(page, password="not the password")
    await expect(page.locator("#refused")).to_have_text("The name or the password is wrong.")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("body")).to_have_attribute("data-link", "up")
    assert "HttpOnly" not in await page.evaluate("document.cookie")
    assert "phoneetiquette" not in await page.evaluate("document.cookie")
    door.desk.ring("Berger")
    await expect(page.locator(".card")).to_have_count(1)
    await page.locator("#log-out").press("Space")
    await expect(page.locator("#login")).to_be_visible()
    await page.go_back()
    await expect(page.locator("#login")).to_be_visible()


async def test_a_page_whose_user_is_removed_gives_way_to_the_login(door: Door) -> None:
    page = door.page
    await log_in(page)
    await expect(page.locator("body")).to_have_attribute("data-link", "up")
    with changing(door.users) as known:
        del known["anna"]
    door.desk.ring("Berger")
    await expect(page.locator("#login")).to_be_visible()


async def test_a_page_whose_user_has_another_role_gives_way_to_the_login(door: Door) -> None:
    page = door.page
    await log_in(page)
    await expect(page.locator("body")).to_have_attribute("data-link", "up")
    with changing(door.users) as known:
        known["anna"] = replace(known["anna"], role=Role.OFFICE_MANAGER)
    door.desk.ring("Berger")
    await expect(page.locator("main > p")).to_have_text("anna may not open this page.")


async def test_who_may_not_open_the_page_is_told(door: Door) -> None:
    await log_in(door.page, "mara")
    await expect(door.page.locator("main > p")).to_have_text("mara may not open this page.")


async def test_guesses_have_to_wait(door: Door) -> None:
    await log_in(door.page, password="a wrong password")
    refused = door.page.locator("#refused")
    for _ in range(5):
        await expect(refused).not_to_be_empty()
        await door.page.get_by_role("button").press("Enter")
    await expect(refused).to_contain_text("It was tried too often.")


@pytest.mark.parametrize("language", ["en", "ar", "uk"])
async def test_no_language_has_a_barrier(door: Door, language: str) -> None:
    page = door.page
    await page.locator(f".languages a[lang={language}]").click()
    await expect(page.locator("html")).to_have_attribute("lang", language)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    await page.set_viewport_size({"width": 360, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
