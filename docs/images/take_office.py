"""Takes the pictures of the office's pages: ``python docs/images/take_office.py``, from the top directory."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import async_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from phoneetiquette.console.server import ConsoleServer  # noqa: E402
from phoneetiquette.office.app import Office, create_office  # noqa: E402
from tests.peers.office_store import fill  # noqa: E402

PAGES = {
    "office-reports": "/reports?span=month&by=seat",
    "office-followups": "/followups",
    "office-message": "/messages/m1" + "0" * 30,
}


async def take() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "records.sqlite"
        fill(database, datetime.now(UTC))
        app = create_office(Office(database=database, zone=UTC, name="Hotel Post", change=lambda *_: {}))
        async with ConsoleServer(app, "127.0.0.1", 0, "office") as server, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1280, "height": 900}, base_url=server.url)
            for name, path in PAGES.items():
                await page.goto(path)
                await page.screenshot(path=HERE / f"{name}.png")
            await browser.close()


if __name__ == "__main__":
    asyncio.run(take())
