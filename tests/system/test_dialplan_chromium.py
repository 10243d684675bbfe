"""The dialplan page in a real browser: problems at their lines, a change tried, published, and taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from phoneetiquette.console.server import ConsoleServer
from phoneetiquette.office.app import Office, create_office
from tests.system.conftest import _note_foreign
from tests.unit.dialplan_files import GOOD, changed
from tests.unit.test_dialplan_page import HOLE, LATER, WRONG, Place

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, place: Place, complaints: list[str]) -> AsyncIterator[Page]:
    office = Office(
        database=f"sqlite:///{place.directory}/none",
        zone=UTC,
        name="Hotel",
        change=lambda *_: {},
        planning=place.planning,
    )
    async with ConsoleServer(create_office(office), "127.0.0.1", 0, "office") as server:
        context = await browser.new_context(viewport={"width": 1280, "height": 720}, base_url=server.url)
        page = await context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.on("request", lambda asked: _note_foreign(asked.url, complaints))
        await page.goto("/dialplan")
        yield page
        await context.close()
    assert complaints == []


async def no_barrier(page: Page) -> None:
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 1280


async def test_a_change_is_tried_published_and_taken_back(page: Page, place: Place) -> None:
    await expect(page.locator("#numbers span")).to_have_count(GOOD.count("\n") + 1)
    await no_barrier(page)
    await page.locator("#text").fill(changed(WRONG).replace("name: Hotel", f"name: '{HOSTILE}'"))
    await page.locator("#text").press("Control+Enter")
    problem = page.locator("#problems li").filter(has_text="dsek")
    await expect(problem).to_contain_text("error")
    line = changed(WRONG)[: changed(WRONG).index("dsek")].count("\n") + 1
    await expect(page.locator("#numbers span[data-severity]").filter(has_text=f"▲ {line}")).to_have_count(1)
    await problem.get_by_role("button").press("Enter")
    await expect(page.locator("#text")).to_be_focused()
    assert await page.evaluate(
        "const t = document.getElementById('text'); t.value.slice(t.selectionStart, t.selectionEnd)"
    ) == ("      - {do: {ring: dsek}}")
    await no_barrier(page)
    await page.get_by_label("Why").fill("tries it")
    await page.get_by_role("button", name="Publish").press("Enter")
    await expect(page.locator("#refusal")).to_contain_text("the plan has errors")
    assert place.file.read_text() == GOOD

    await page.locator("#text").fill(changed(LATER))
    await page.get_by_role("button", name="Check").press("Enter")
    await expect(page.locator("#changes li").first).to_contain_text("becomes")
    picture = page.locator("#week img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    await page.locator("#ask [name=called]").fill("100")
    await page.locator("#ask [name=topic]").select_option("change")
    await page.locator("#ask [name=at]").fill("2026-03-02T17:30")
    await page.get_by_role("button", name="Explain").press("Enter")
    await expect(page.locator("#answer")).to_contain_text("17:30")
    await expect(page.locator("#answer")).to_contain_text("By the draft as it was checked last:")
    await no_barrier(page)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Publish").press("Enter")
    await expect(page.locator("#said")).to_contain_text("Seat desk follows 1234.")
    assert place.file.read_text() == changed(LATER)
    await expect(page.locator("tbody tr")).to_have_count(2)
    await expect(page.locator("tbody tr").first).to_contain_text("tries it")

    await page.locator("[data-restore]").press("Enter")
    await no_barrier(page)
    await page.locator("#back [name=why]").fill("it was better")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("tbody tr").first).to_contain_text("it was better")
    assert place.file.read_text() == GOOD


async def test_who_comes_second_keeps_the_text_and_is_told(page: Page, place: Place) -> None:
    await page.locator("#text").fill(changed(LATER))
    place.file.write_text("# another\n" + GOOD)
    await page.get_by_label("Why").fill("mine")
    await page.get_by_role("button", name="Publish").press("Enter")
    await expect(page.locator("#refusal")).to_contain_text("the dialplan has been changed meanwhile")
    await expect(page.locator("#text")).to_have_value(changed(LATER))
    assert place.file.read_text() == "# another\n" + GOOD


async def test_times_in_which_nobody_takes_calls_want_a_tick(page: Page, place: Place) -> None:
    await page.locator("#text").fill(changed(HOLE))
    await page.get_by_label("Why").fill("nights are quiet")
    await page.get_by_role("button", name="Publish").press("Enter")
    await expect(page.locator("#refusal")).to_contain_text("at some times nobody takes calls")
    await expect(page.locator("#problems li").first).to_contain_text("nobody takes calls for line main")
    await page.get_by_label("though at some times nobody takes calls").first.check()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Publish").press("Enter")
    assert place.file.read_text() == changed(HOLE)
