"""Take the pictures of the reception page, in the project's folder: ``PYTHONPATH=. python docs/images/take.py``.

Needs Chromium, and what the tests need. A scripted desk plays the seat, so that every state is there at once.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from phoneetiquette.console.app import create_app
from phoneetiquette.console.server import ConsoleServer
from phoneetiquette.followups.form import MessageForm
from phoneetiquette.wakeups.form import WakeUpForm
from tests.peers.scripted_desk import ScriptedDesk, measures
from tests.peers.scripted_messages import ScriptedMessages
from tests.peers.scripted_wake_ups import ScriptedWakeUps
from tests.system.conftest import ARGUMENTS
from tests.system.reception_scenes import furnish

COLOURS = 96
"""A page has few; so the pictures are small."""
SETTLED_MS = 300
CADENCE = (1000, 4000)


class Camera:
    def __init__(self, page: Page, directory: Path, prefix: str = "") -> None:
        self._page, self._directory, self._prefix = page, directory, prefix

    async def __call__(self, name: str) -> None:
        await self._page.wait_for_timeout(SETTLED_MS)
        picture = Image.open(io.BytesIO(await self._page.screenshot()))
        file = self._directory / f"{self._prefix}{name}.png"
        picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            file, optimize=True
        )
        print(f"{file}: {file.stat().st_size // 1024} kB")


async def take_all(page: Page, desk: ScriptedDesk, shot: Camera) -> None:
    press = page.keyboard.press
    await shot("idle")
    call = desk.ring("BERGER A", cadence=CADENCE, since_s=2)
    await expect(page.locator(".ring-bar")).to_be_visible()
    await shot("ringing")
    await press("Enter")
    await expect(page.locator(".armed")).to_be_visible()
    await shot("armed")
    await talk(desk, call)
    await shot("talking")
    await press("n")
    await press("n")
    await press("o")
    await page.keyboard.type("Would like a quiet room from Friday")
    await press("Escape")
    await press("n")
    await shot("close")
    await press("t")
    await page.keyboard.type("ma")
    await expect(page.locator(".through [role=option]")).to_have_count(4)
    await press("ArrowDown")
    await shot("put-through")
    await press("Escape")
    desk.call(call).update(
        state="held",
        search={
            "topic": "booking",
            "state": "nobody",
            "calling": [],
            "tried": [{"who": "Maria Huber", "result": "busy"}, {"who": "Jonas Berger", "result": "no_answer"}],
        },
    )
    desk.changed()
    await press("e")
    await page.keyboard.type("A quiet room from Friday to Sunday")
    await shot("message")
    await press("Escape")
    second = desk.ring("Marco Rossi", "+39 06 12345", cadence=CADENCE, since_s=3)
    await expect(page.locator(".card")).to_have_count(2)
    await shot("come-back")
    desk.leave(second)
    await press("?")
    await shot("keys")
    await press("Escape")
    desk.call(call).update(state="talking", search=None)
    desk.changed()
    desk.leave(call)
    await expect(page.locator("form.wrap-up")).to_be_visible()
    await page.locator("form.wrap-up [name=outcome]").select_option("call_back")
    await press("F8")
    await shot("wrap-up")
    await page.locator("form.wrap-up [name=note]").press("Control+Enter")
    await expect(page.locator("form.wrap-up")).to_have_count(0)


async def talk(desk: ScriptedDesk, call: str) -> None:
    desk.answer(call, talked_s=22)
    taken = measures(22, 9, 11, agent_interrupted=1, last_by_agent_s=20)
    taken["opening"] = {
        "complete": False,
        "greeting_delay_s": 1.2,
        "first_turn_s": 4.0,
        "agent_talk_share": 0.45,
        "interruptions": 1,
        "silence_s": 2.1,
    }
    desk.measure(call, taken)


async def wake(browser: Browser, directory: Path) -> None:
    """A hotel's page: a wake-up call that is being read back, and a guest who could not be woken."""
    desk = ScriptedDesk()
    furnish(desk)
    with tempfile.TemporaryDirectory() as sounds:
        wake_ups = ScriptedWakeUps(desk, Path(sounds))
        async with ConsoleServer(create_app(desk, wake_ups=wake_ups), "127.0.0.1", 0) as at:
            page = await opened(browser, at.url, "en", "light", (1280, 720))
            for room, clock in (("214", "7:15"), ("31", "8:00")):
                await wake_ups.set(WakeUpForm(room=room, clock=clock), "Ada")
            await wake_ups.escalate("208", "Marco Rossi")
            await page.keyboard.press("v")
            await page.fill("[name=room]", "12")
            await page.fill("#wake-ups [name=clock]", "6:30")
            await page.click("#wake-ups [type=submit]")
            await expect(page.locator(".to-read-back")).to_be_visible()
            await Camera(page, directory)("wake-up")
            await page.context.close()


async def opened(browser: Browser, url: str, language: str, scheme: str, size: tuple[int, int]) -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    await context.add_cookies([{"name": "language", "value": language, "url": url}])
    page = await context.new_page()
    await page.goto(url)
    await expect(page.locator("body")).to_have_attribute("data-link", "up")
    return page


async def main(directory: Path, chromium: str) -> None:
    desk = ScriptedDesk()
    furnish(desk)
    with tempfile.TemporaryDirectory() as drafts:
        messages = ScriptedMessages(desk, Path(drafts))
        lost = MessageForm(name="Anna Berger", phone="+43 664 1234567", matter="Lost a black umbrella", read_back=True)
        await messages.take(lost, None)
        for name, number in (("Eva Klein", "+49 30 1234567"), ("Marco Rossi", "+39 06 12345")):
            call = desk.ring(name, number)
            desk.answer(call, talked_s=100)
            desk.leave(call)
        async with (
            async_playwright() as playwright,
            ConsoleServer(create_app(desk, messages=messages), "127.0.0.1", 0) as at,
        ):
            browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            page = await opened(browser, at.url, "en", "light", (1280, 720))
            await take_all(page, desk, Camera(page, directory))
            await page.context.close()
            page = await opened(browser, at.url, "de", "dark", (1280, 720))
            call = desk.ring("BERGER A", since_s=8)
            await talk(desk, call)
            await Camera(page, directory)("dark-german")
            await page.context.close()
            desk.leave(call)
            page = await opened(browser, at.url, "ar", "light", (1280, 720))
            call = desk.ring("BERGER A", cadence=CADENCE, since_s=3)
            await Camera(page, directory)("arabic")
            await page.context.close()
            page = await opened(browser, at.url, "en", "light", (820, 1180))
            await talk(desk, call)
            await Camera(page, directory)("tablet")
            await wake(browser, directory)
            await browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, default=Path(__file__).parent, help="where the pictures go")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser to use")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.directory, arguments.chromium))
