"""A guest asks to be woken: at the desk, by keyboard, in a real browser; and who could not be woken."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, expect

from phoneetiquette import events as e
from phoneetiquette.console.app import create_app
from phoneetiquette.console.server import ConsoleServer
from tests.peers.scripted_desk import ScriptedDesk
from tests.peers.scripted_wake_ups import ScriptedWakeUps

pytestmark = pytest.mark.asyncio(loop_scope="module")

SET = "#wake-ups [type=submit]"


@pytest.fixture
def wake_ups(desk: ScriptedDesk, tmp_path: Path) -> ScriptedWakeUps:
    return ScriptedWakeUps(desk, tmp_path)


@pytest_asyncio.fixture(loop_scope="module")
async def page(
    browser: Browser, desk: ScriptedDesk, wake_ups: ScriptedWakeUps, complaints: list[str]
) -> AsyncIterator[Page]:
    async with ConsoleServer(create_app(desk, wake_ups=wake_ups), "127.0.0.1", 0) as server:
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        page = await context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(server.url)
        await expect(page.locator("body")).to_have_attribute("data-link", "up")
        yield page
        await context.close()
    assert complaints == []


async def check_axe(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def test_by_keyboard_alone_it_is_read_back_in_the_guest_s_language_and_set(
    page: Page, desk: ScriptedDesk
) -> None:
    await page.keyboard.press("v")
    await page.keyboard.type("12")
    await page.keyboard.press("Tab")
    await page.keyboard.type("6:30")
    await page.keyboard.press("Enter")
    told = page.locator(".to-read-back")
    await expect(told.locator("bdi")).to_have_text(re.compile(r"Zimmer 12, Weckruf: .+, 06:30 Uhr\. Ist das richtig\?"))
    await expect(told.locator("bdi")).to_have_attribute("lang", "de")
    await expect(told).to_contain_text("Guest: Anna Nováková")
    assert not [one for one in desk.events if isinstance(one, e.WakeUpSet)]
    await expect(page.locator(SET)).to_be_focused()
    await check_axe(page)
    await page.keyboard.press("Enter")
    await expect(page.locator(".wake-up")).to_contain_text("Anna Nováková")
    (asked,) = [one for one in desk.events if isinstance(one, e.WakeUpSet)]
    assert (asked.room, asked.target, asked.language) == ("12", "sip:212@pbx.hotel.example", "de")
    await expect(page.locator("#said")).to_have_text(re.compile(r"Room 12 will be woken: .+, 06:30"))
    await expect(page.locator("#wake-ups form")).to_be_hidden()


async def test_what_is_typed_after_the_reading_back_is_read_back_again(page: Page, desk: ScriptedDesk) -> None:
    await page.keyboard.press("v")
    await page.fill("[name=room]", "99")
    await page.fill("#wake-ups [name=clock]", "7:00")
    await page.click(SET)
    await expect(page.locator(".to-read-back")).to_contain_text("The guest list knows nobody in this room.")
    await page.fill("[name=room]", "214")
    await expect(page.locator(".to-read-back")).to_be_hidden()
    await expect(page.locator(SET)).to_contain_text("Read back")
    await page.click(SET)
    await expect(page.locator(".to-read-back bdi")).to_have_text(re.compile("^Кімната 214, дзвінок-будильник: "))
    await page.locator("[name=room]").focus()
    await page.keyboard.press("Escape")
    await page.keyboard.press("v")
    await expect(page.locator("[name=room]")).to_have_value("")
    assert desk.events == []


async def test_what_was_read_back_is_what_is_set_though_its_time_has_passed(
    page: Page, desk: ScriptedDesk, wake_ups: ScriptedWakeUps
) -> None:
    wake_ups.clock = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
    await page.keyboard.press("v")
    await page.fill("[name=room]", "12")
    await page.fill("#wake-ups [name=clock]", "6:30")
    await page.click(SET)
    await expect(page.locator(".to-read-back")).to_contain_text("06:30")
    wake_ups.clock += timedelta(minutes=31)
    await page.click(SET)
    await expect(page.locator("#wake-up-problem-clock")).to_have_text("06:30 on 2026-11-28 is past")
    assert desk.events == []


async def test_what_is_wrong_stands_with_its_field(page: Page, desk: ScriptedDesk) -> None:
    await page.keyboard.press("v")
    await page.fill("#wake-ups [name=clock]", "25:00")
    await page.click(SET)
    await expect(page.locator("#wake-up-problem-room")).to_have_text("the room is missing")
    await expect(page.locator("#wake-up-problem-clock")).to_have_text("a time is hours and minutes: 6:30")
    await expect(page.locator("[name=room]")).to_be_focused()
    await expect(page.locator("[name=room]")).to_have_attribute("aria-invalid", "true")
    await check_axe(page)
    assert desk.events == []


async def test_a_time_that_is_shown_twice_is_chosen(page: Page, desk: ScriptedDesk) -> None:
    day = _next_change_back()
    await page.keyboard.press("v")
    await page.fill("[name=room]", "12")
    await page.fill("#wake-ups [name=clock]", "2:30")
    await page.fill("[name=day]", day)
    await page.click(SET)
    await expect(page.locator(".to-read-back")).to_contain_text("The clocks show this time twice. Which is meant?")
    await page.check("[name=which][value=second]")
    await check_axe(page)
    await page.click(SET)
    await expect(page.locator(".wake-up")).to_have_count(1)
    (asked,) = [one for one in desk.events if isinstance(one, e.WakeUpSet)]
    assert asked.due == f"{day}T02:30:00+01:00"


async def test_who_could_not_be_woken_stands_above_all_until_somebody_has_seen_to_it(
    page: Page, desk: ScriptedDesk, wake_ups: ScriptedWakeUps
) -> None:
    wake_up = await wake_ups.escalate("12", "<b>Anna</b>")
    notice = page.locator("#not-woken .notice")
    await expect(notice).to_contain_text("Room 12 is not awake")
    await expect(notice).to_contain_text("called 3 times")
    await expect(notice).to_contain_text("<b>Anna</b>")
    await check_axe(page)
    await page.keyboard.press("y")
    await expect(notice).to_have_count(0)
    (noted,) = [one for one in desk.events if isinstance(one, e.WakeUpNoted) and one.what == "settled"]
    assert noted.wake_up == wake_up


async def test_who_could_not_be_woken_is_shown_though_the_first_reading_fails(
    page: Page, wake_ups: ScriptedWakeUps
) -> None:
    failed = asyncio.Event()

    async def fail(route: Route) -> None:
        await (route.continue_() if failed.is_set() else route.abort())
        failed.set()

    await page.route("**/api/wake_ups?**", fail)
    await wake_ups.escalate("12", "Anna")
    await expect(page.locator("#not-woken .notice")).to_contain_text("Room 12 is not awake")
    assert failed.is_set()


async def test_a_call_rings_while_one_writes_and_is_lifted_by_its_key(page: Page, desk: ScriptedDesk) -> None:
    await page.keyboard.press("v")
    await page.keyboard.type("12")
    call = desk.ring("Anna Berger")
    await expect(page.locator(".card")).to_have_count(1)
    await page.keyboard.press("F2")
    await expect(page.locator(".card")).to_have_attribute("data-state", "armed")
    assert desk.call(call)["state"] == "armed"
    await expect(page.locator("[name=room]")).to_have_value("12")


async def test_a_list_of_many_stays_short_and_one_is_cancelled(
    page: Page, desk: ScriptedDesk, wake_ups: ScriptedWakeUps
) -> None:
    for room in range(20, 29):
        event = e.WakeUpSet(
            at_ns=0, wake_up=f"w{room}", room=str(room), target="", due=f"2030-01-{room}T07:00:00+01:00", name="W" * 300
        )
        await wake_ups.submit(event)
    await expect(page.locator(".wake-up")).to_have_count(6)
    await expect(page.locator("#wake-ups ol")).to_contain_text("3 more")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="Cancel the wake-up call for room 20").click()
    await expect(page.locator("#wake-ups ol")).to_contain_text("2 more")
    assert [one.what for one in desk.events if isinstance(one, e.WakeUpNoted)] == ["cancelled"]


def _next_change_back() -> str:
    """The next day on which Vienna's clocks are put back."""
    zone = ZoneInfo("Europe/Vienna")
    noon = datetime.now(zone).replace(hour=12, minute=0, second=0, microsecond=0)
    while (noon + timedelta(days=1)).utcoffset() == noon.utcoffset() or (noon + timedelta(days=1)).dst():
        noon += timedelta(days=1)
    return f"{noon + timedelta(days=1):%Y-%m-%d}"
