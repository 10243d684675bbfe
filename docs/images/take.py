"""Take the pictures of the reception page from a running seat: ``python docs/images/take.py http://127.0.0.1:8470/``.

Needs Chromium and the Python package ``playwright``, and somebody who calls the seat: the pictures are taken as the
states come along. Without a phone, ``python -m tests.peers.scripted_desk --port 8471`` plays a seat with a guest.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
SIZE = ViewportSize(width=1280, height=720)
PATIENCE_MS = 120_000


def take(page: Page, directory: Path) -> None:
    def shot(name: str) -> None:
        file = directory / f"{name}.png"
        page.screenshot(path=file)
        print(f"{file}: {file.stat().st_size // 1024} kB")

    page.wait_for_selector("#idle", state="visible", timeout=PATIENCE_MS)
    shot("idle")
    page.wait_for_selector('.card[data-state="alerting"] .ring', timeout=PATIENCE_MS)
    page.wait_for_timeout(1500)
    shot("ringing")
    if page.query_selector('.card[data-state="alerting"]'):
        page.keyboard.press("Enter")
    page.wait_for_selector('.card[data-state="armed"]', timeout=PATIENCE_MS)
    page.wait_for_timeout(300)
    shot("armed")
    page.wait_for_selector('.card[data-state="talking"] .balance-bar[data-known="true"]', timeout=PATIENCE_MS)
    page.wait_for_timeout(21_000)
    shot("talking")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="address of the seat's console")
    parser.add_argument("--directory", type=Path, default=Path(__file__).parent, help="where the pictures go")
    parser.add_argument("--dark", action="store_true", help="as on a desktop with a dark theme")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser to use")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, color_scheme="dark" if arguments.dark else "light")
        page.goto(arguments.url)
        take(page, arguments.directory)
        browser.close()


if __name__ == "__main__":
    main()
