"""The office's pages in a real browser: worked by keyboard, accessible, and nothing asked for elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from phoneetiquette.console.server import ConsoleServer
from phoneetiquette.errors import CallError
from phoneetiquette.followups.message import Message, Note, message_object
from phoneetiquette.office.app import Office, create_office
from tests.peers.office_store import fill
from tests.system.conftest import _note_foreign

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGES = (
    "/coaching",
    "/coaching?agent=Ada+Moser",
    "/reports?span=month&by=seat",
    "/calls?figure=left",
    "/followups",
    "/messages",
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("office") / "records.sqlite"
    fill(path, datetime.now(UTC))
    return path


@pytest.fixture
def done() -> list[tuple[str, dict[str, Any]]]:
    """What was handed to the seat."""
    return []


@pytest_asyncio.fixture(loop_scope="module", params=["light", "dark"])
async def office(
    request: pytest.FixtureRequest, browser: Browser, database: Path, complaints: list[str], done: list[Any]
) -> AsyncIterator[Page]:
    def change(_seat: str, message: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        if what == "delay":
            raise CallError("no seat 'reception' is running", "start it")
        done.append((what, body))
        note = Note(id=what, at=datetime.now(UTC), what="claimed", who=body["who"])
        found = Message(id=message, seat="reception", taken=note.at, due=note.at, history=(note,))
        return message_object(found, note.at)

    app = create_office(Office(database=f"sqlite:///{database}", zone=UTC, name="Hotel Post", change=change))
    async with ConsoleServer(app, "127.0.0.1", 0, "office") as server:
        context = await browser.new_context(
            viewport={"width": 1280, "height": 720}, color_scheme=request.param, base_url=server.url
        )
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: _note_foreign(asked.url, complaints))
        yield page
        await context.close()
    assert complaints == []


async def test_no_page_has_a_barrier(office: Page) -> None:
    await office.goto("/reports?span=month")
    message = "/messages/m0" + "0" * 30
    call = f"/calls/{5:032x}"
    for path in (*PAGES, message, call):
        await office.goto(path)
        found = await Axe().run(office)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
        width = await office.evaluate("document.documentElement.scrollWidth")
        assert width <= 1280, path


async def test_a_figure_opens_to_its_calls_and_a_call_to_its_picture(office: Page) -> None:
    await office.goto("/reports?span=month")
    figure = office.locator("a[href^='/calls?figure=verdict_on_time']").first
    count = int(await figure.inner_text())
    assert count > 0
    await figure.focus()
    await office.keyboard.press("Enter")
    await expect(office.locator("h1")).to_have_text("Pickup: on time")
    await expect(office.locator("tbody tr")).to_have_count(count)
    await office.locator("tbody a").first.click()
    picture = office.locator("figure img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


async def test_another_time_and_its_parts_by_keyboard(office: Page) -> None:
    await office.goto("/reports?from=2020-01-01&to=2020-01-31")
    await expect(office.locator("h1")).to_have_text("2020-01-01 to 2020-01-31")
    await office.locator("input[name=to]").fill("2020-01-15")
    await office.locator("select[name=by]").select_option("seat")
    await office.locator("button").press("Enter")
    await expect(office.locator("h1")).to_have_text("2020-01-01 to 2020-01-15")
    await office.get_by_role("link", name="Earlier").press("Enter")
    await expect(office.locator("h1")).to_have_text("2019-12-17 to 2019-12-31")
    await office.get_by_role("link", name="This week").press("Enter")
    await expect(office.get_by_role("link", name="This week")).to_have_attribute("aria-current", "true")


async def test_a_message_is_claimed_and_a_refusal_is_shown(office: Page, done: list[Any]) -> None:
    await office.goto("/followups")
    await office.locator("tbody a").first.click()
    await office.get_by_label("Your name").fill("Eva")
    await office.get_by_role("button", name="Customer told of delay").press("Enter")
    await expect(office.locator("#refusal")).to_have_text("no seat 'reception' is running (start it)")
    assert done == []
    async with office.expect_navigation():
        await office.get_by_role("button", name="I take care of it").press("Enter")
    assert done == [("claim", {"who": "Eva"})]
    await expect(office.locator(".history li").last).to_contain_text("claimed by Eva")
