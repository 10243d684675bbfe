"""The reception page for everybody: WCAG by axe-core in every state, by keyboard alone, from right to left."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from phoneetiquette import events as e
from phoneetiquette.console.app import create_app
from phoneetiquette.console.catalogues import LANGUAGES, catalogue
from phoneetiquette.console.server import ConsoleServer
from phoneetiquette.followups.form import MessageForm
from tests.peers.scripted_desk import ScriptedDesk, measures
from tests.peers.scripted_messages import ScriptedMessages
from tests.system.reception_scenes import furnish

pytestmark = pytest.mark.asyncio(loop_scope="module")

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}}
Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(browser: Browser, desk: ScriptedDesk, tmp_path: Path, complaints: list[str]) -> AsyncIterator[Open]:
    """Opens the page of a furnished desk in a language and a colour scheme; no complaint may be left at the end."""
    furnish(desk)
    messages = ScriptedMessages(desk, tmp_path)
    lost = MessageForm(name="Anna Berger", phone="+43 664 1234567", matter="An umbrella", topic="lost_property")
    await messages.take(lost, None)
    async with ConsoleServer(create_app(desk, messages=messages), "127.0.0.1", 0) as server:
        contexts = []

        async def opened(language: str = "en", scheme: str = "light", width: int = 1280, height: int = 720) -> Page:
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            contexts.append(context)
            await context.add_cookies([{"name": "language", "value": language, "url": server.url}])
            page = await context.new_page()
            page.set_default_timeout(8000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
            await page.goto(server.url)
            await expect(page.locator("body")).to_have_attribute("data-link", "up")
            return page

        yield opened
        for context in contexts:
            await context.close()
    assert complaints == []


async def no_violation(page: Page, state: str) -> None:
    found = await Axe().run(page, options=RULES)
    told = [
        f"{state}: {one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes']]}"
        for one in found.response["violations"]
    ]
    assert told == []
    assert len(found.response["passes"]) > 15


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_any_state(open_page: Open, desk: ScriptedDesk, scheme: str) -> None:
    page = await open_page(scheme=scheme)
    await no_violation(page, "idle")
    call = desk.ring("BERGER A", since_s=2)
    await expect(page.locator(".ring-bar")).to_be_visible()
    await no_violation(page, "ringing")
    await page.keyboard.press("Enter")
    await expect(page.locator(".armed")).to_be_visible()
    await no_violation(page, "armed")
    desk.answer(call, talked_s=630)
    desk.measure(call, measures(600, 90, 30, agent_interrupted=2, last_by_agent_s=595))
    await expect(page.locator(".guide")).to_be_visible()
    await no_violation(page, "talking")
    await page.keyboard.press("t")
    await page.keyboard.type("ma")
    await expect(page.locator(".found [role=option]").first).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await no_violation(page, "putting through")
    await page.keyboard.press("Escape")
    await page.keyboard.press("e")
    await page.locator(".message [name=name]").fill("")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".problem").first).not_to_be_empty()
    await no_violation(page, "message")
    await page.keyboard.press("Escape")
    await page.keyboard.press("k")
    await no_violation(page, "keypad")
    await page.keyboard.press("k")
    desk.call(call).update(state="held", search={"topic": "booking", "state": "nobody", "calling": [], "tried": []})
    other = desk.ring("Marco Rossi", "+39 06 12345")
    await expect(page.locator(".card")).to_have_count(2)
    await no_violation(page, "come back, another rings")
    desk.leave(other)
    desk.call(call)["state"] = "talking"
    desk.changed()
    desk.leave(call)
    await expect(page.locator("form.wrap-up [name=outcome]")).to_be_visible()
    await no_violation(page, "wrap-up, and a message that is not saved yet")
    await page.keyboard.press("x")
    await expect(page.locator(".card")).to_have_count(0)
    await no_violation(page, "wrap-up")
    await page.keyboard.press("F8")
    await expect(page.locator(".mail")).to_be_visible()
    await no_violation(page, "confirmation")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await no_violation(page, "help")
    await page.keyboard.press("Escape")
    desk.seat["troubles"] = [{"key": "x", "what": "The headset was unplugged", "advice": "plug it in again"}]
    desk.seat["presence"] = "absent"
    desk.changed()
    await expect(page.locator("#troubles li")).to_be_visible()
    await no_violation(page, "troubles, absent")


async def test_by_keyboard_alone_from_the_ring_to_the_note(open_page: Open, desk: ScriptedDesk) -> None:
    """No mouse, and no test's hand inside the page."""
    page = await open_page()
    press = page.keyboard.press
    call = desk.ring("BERGER A", since_s=8)
    await expect(page.locator(".card")).to_be_visible()
    await press("Enter")
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")
    for stage in ("clarify", "check"):
        await press("n")
        await expect(page.locator("[data-stands=now] button")).to_have_attribute("data-stage", stage)
    await press("Shift+N")
    await expect(page.locator("[data-stands=now] button")).to_have_attribute("data-stage", "clarify")
    await press("o")
    await page.keyboard.type("Wants a quiet room, ask Maria")
    await press("Escape")
    await press("e")
    await press("Control+Enter")  # the matter is missing
    await expect(page.locator(".message [name=matter]")).to_be_focused()
    await page.keyboard.type("A quiet room from Friday")
    await press("Control+Enter")
    await expect(page.locator(".message")).to_be_hidden()
    await press("h")
    await expect(page.locator(".card")).to_have_attribute("data-state", "held")
    await press("h")
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")
    await press("End")
    await expect(page.locator("form.wrap-up")).to_be_visible()
    await press("w")
    await expect(page.locator("form.wrap-up [name=note]")).to_be_focused()
    await expect(page.locator("form.wrap-up [name=note]")).to_have_value("Wants a quiet room, ask Maria")
    await expect(page.locator("form.wrap-up [name=outcome]")).to_have_value("message")
    await press("Control+Enter")
    await expect(page.locator("#idle")).to_be_visible()
    noted = [event for event in desk.events if isinstance(event, e.AgentWrappedUp)]
    assert [(one.call, one.note, one.outcome) for one in noted] == [(call, "Wants a quiet room, ask Maria", "message")]
    taken = [event for event in desk.events if isinstance(event, e.AgentTookMessage) and event.call]
    assert [(one.call, one.name, one.matter) for one in taken] == [(call, "Anna Berger", "A quiet room from Friday")]
    stages = [(one.stage) for one in desk.events if isinstance(one, e.AgentMarkedStage)]
    assert stages == ["greeting", "clarify", "check", "clarify"]


async def test_every_key_of_the_page_stands_in_the_help(open_page: Open, desk: ScriptedDesk) -> None:
    page = await open_page()
    keys = await page.evaluate(
        """() => { const templates = [...document.querySelectorAll("template")].map((one) => one.content);
            return [document, ...templates].flatMap((root) => [...root.querySelectorAll("[data-key],[data-focus-key]")])
              .flatMap((node) => (node.dataset.key ?? node.dataset.focusKey).split(" ")) }"""
    )
    await page.keyboard.press("?")
    shown = set(await page.locator("#help-keys kbd").all_inner_texts())
    names = {"Escape": "Esc", "Delete": "Del", "Backspace": "Esc"}
    wanted = {names.get(key, key.upper() if len(key) == 1 else key) for key in keys if key not in "0123456789*#"}
    assert wanted <= shown, wanted - shown


async def test_letter_keys_can_be_switched_off_and_stay_off(open_page: Open, desk: ScriptedDesk) -> None:
    """WCAG 2.1.4: somebody who dictates must not end a call with a word."""
    page = await open_page()
    desk.answer(desk.ring("Anna Berger"))
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")
    await page.locator("#letter-keys").click()
    await page.keyboard.press("m")
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_be_hidden()
    await expect(page.locator('.keys [data-do="mute"] kbd')).to_be_hidden()
    await page.reload()
    await expect(page.locator("#letter-keys")).to_have_attribute("aria-checked", "false")
    assert not any(isinstance(one, e.AgentMuted) for one in desk.events)


async def test_in_arabic_everything_runs_from_right_to_left(open_page: Open, desk: ScriptedDesk) -> None:
    page = await open_page("ar")
    assert await page.evaluate("[document.dir, document.documentElement.lang]") == ["rtl", "ar"]
    desk.ring("BERGER A", since_s=2.0, cadence=(1000, 4000))
    words = catalogue("ar")
    await expect(page.locator(".lift-word")).to_have_text(words.gettext("Lift"))
    bar, zone = [await page.locator(where).bounding_box() for where in (".ring-bar", ".zone.now")]
    assert bar
    assert zone
    assert bar["x"] + bar["width"] - (zone["x"] + zone["width"]) == pytest.approx(6 / (11 * 1.06) * bar["width"], abs=2)
    hand = """bar => (bar.getBoundingClientRect().right - bar.querySelector(".hand").getBoundingClientRect().left)
                     / bar.clientWidth * 11 * 1.06"""
    assert 2.0 < await page.locator(".ring-bar").evaluate(hand) < 5.0
    greeting = page.locator(".greeting-text")
    await expect(greeting).to_have_attribute("dir", "ltr")  # it is said in German
    lift, name = [await page.locator(where).bounding_box() for where in (".lift", ".name")]
    assert lift
    assert name
    assert lift["x"] < name["x"]
    await no_violation(page, "ringing in Arabic")
    await page.keyboard.press("Enter")
    await no_violation(page, "armed in Arabic")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_fits_a_screen_of_1280_by_720(open_page: Open, desk: ScriptedDesk, language: str) -> None:
    page = await open_page(language)
    call = desk.ring("BERGER A", since_s=2)
    await expect(page.locator(".ring-bar")).to_be_visible()
    await fits(page, f"ringing in {language}")
    desk.answer(call, talked_s=25)
    desk.measure(call, measures(22, 9, 11, agent_interrupted=3, customer_interrupted=2, last_by_agent_s=20))
    for stage in ("greeting", "clarify", "check", "close"):
        desk.call(call)["stage"] = stage
        desk.changed()
        await expect(page.locator("[data-stands=now] button")).to_have_attribute("data-stage", stage)
        await fits(page, f"{stage} in {language}")
    rows = await page.locator(".keys button:visible").evaluate_all(
        "keys => new Set(keys.map(key => key.getBoundingClientRect().top)).size"
    )
    assert rows == 1
    for state in ("through", "message"):
        await page.keyboard.press({"through": "t", "message": "e"}[state])
        await fits(page, f"{state} in {language}")
        await page.keyboard.press("Escape")


async def test_a_tablet_shows_everything_in_one_column(open_page: Open, desk: ScriptedDesk) -> None:
    page = await open_page(width=820, height=1180)
    call = desk.ring("BERGER A", since_s=2)
    await expect(page.locator(".ring-bar")).to_be_visible()
    await fits(page, "ringing on a tablet", height=1180)
    desk.answer(call, talked_s=25)
    await expect(page.locator(".guide")).to_be_visible()
    await fits(page, "talking on a tablet", height=1180)


async def fits(page: Page, state: str, height: int = 720) -> None:
    """The card is on the screen as a whole, and nothing runs out at the side."""
    box = await page.locator(".card").first.bounding_box()
    assert box
    assert box["y"] + box["height"] <= height, state
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, state
    cut = await page.locator(".keys button:visible, .stage-list button:visible").evaluate_all(
        "nodes => nodes.filter(node => node.scrollWidth > node.clientWidth + 1).map(node => node.textContent)"
    )
    assert cut == [], f"{state}: {json.dumps(cut)}"
