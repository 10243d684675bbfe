"""Takes the pictures of the office's pages: ``python docs/images/take_office.py``, from the top directory."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from phoneetiquette.access.passwords import hashed  # noqa: E402
from phoneetiquette.access.users import Role, User  # noqa: E402
from phoneetiquette.access.users_file import UsersFile, changing  # noqa: E402
from phoneetiquette.config import load  # noqa: E402
from phoneetiquette.console.app import create_app  # noqa: E402
from phoneetiquette.console.gate import Gate  # noqa: E402
from phoneetiquette.console.server import ConsoleServer  # noqa: E402
from phoneetiquette.office.app import Office, create_office  # noqa: E402
from phoneetiquette.office.planning import Planning  # noqa: E402
from tests.peers.office_store import fill  # noqa: E402
from tests.peers.scripted_desk import ScriptedDesk  # noqa: E402

PAGES = {
    "office-reports": "/reports?span=month&by=seat",
    "office-followups": "/followups",
    "office-message": "/messages/m1" + "0" * 30,
}


async def take_login(browser: Browser, folder: Path) -> None:
    users = folder / "users.json"
    with changing(users) as known:
        known["anna"] = User(name="anna", role=Role.RECEPTIONIST, password=hashed("korb lampe wiese vier"))
    app = create_app(ScriptedDesk(), gate=Gate(UsersFile(users), name="seat-desk", seat="desk"))
    async with ConsoleServer(app, "127.0.0.1", 0) as server:
        page = await browser.new_page(viewport={"width": 900, "height": 560})
        await page.goto(server.url)
        await page.screenshot(path=HERE / "login.png")


async def take_dialplan(browser: Browser, folder: Path) -> None:
    shutil.copytree(HERE.parents[1] / "dialplans" / "hotel_front_office", folder / "plan")
    configuration = folder / "phoneetiquette.yaml"
    configuration.write_text("dialplan: plan/dialplan.yaml\nsip: {domain: pbx.example}\n")
    planning = Planning(load(configuration), list)
    for why, line in (("Christmas opening", "# Christmas is in the calendar\n"), ("New year", "# and the new year\n")):
        now = planning.current()
        text = now.files["dialplan.yaml"].decode() + line
        planning.publish(now.hash, "dialplan.yaml", text, "mara", why, with_holes=True)
    none = folder / "none.sqlite"
    office = Office(database=f"sqlite:///{none}", zone=UTC, name="Hotel Post", change=lambda *_: {}, planning=planning)
    async with ConsoleServer(create_office(office), "127.0.0.1", 0, "office") as server:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(f"{server.url}dialplan")
        text = await page.locator("#text").input_value()
        await try_out(page, text.replace("ring: desk", "ring: dsek", 1))
        await page.locator("#problems button").first.click()
        await page.screenshot(path=HERE / "dialplan-problems.png")
        await try_out(page, text.replace("22:00", "21:00", 1))
        await page.locator("#ask button").click()
        await expect(page.locator("#answer")).to_be_visible()
        await page.locator("#week img").evaluate("image => image.decode()")
        await page.screenshot(path=HERE / "dialplan.png", full_page=True)


async def try_out(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.locator("#check").click()
    await expect(page.locator("#said")).to_contain_text("Checked")


async def take() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "records.sqlite"
        fill(database, datetime.now(UTC))
        app = create_office(Office(database=f"sqlite:///{database}", zone=UTC, name="Hotel Post", change=lambda *_: {}))
        async with ConsoleServer(app, "127.0.0.1", 0, "office") as server, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1280, "height": 900}, base_url=server.url)
            for name, path in PAGES.items():
                await page.goto(path)
                await page.screenshot(path=HERE / f"{name}.png")
            await take_login(browser, Path(folder))
            await take_dialplan(browser, Path(folder))
            await browser.close()


if __name__ == "__main__":
    asyncio.run(take())
