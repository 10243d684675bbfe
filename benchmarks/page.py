"""How soon an event in the seat is on the receptionist's screen, and how soon the page is there at all.

A seat is in a call; in Chromium its page is open. An event is a change of presence asked for over HTTP, so the way of
the request is in the figure. Its pixels are taken as changed when the browser begins the frame after the one in which
the page changed. Both moments are wall-clock time of one machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figures import Spread, median_of, spread, table
from benchmarks.meter import Hiccups
from tests.peers.seat import Seat
from tests.peers.sip_caller import SipCaller

AGENTS = ("phoneetiquette",)
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
FIGURES = (
    ("event_to_pixel_ms", "event in the seat -> changed pixel", "median 100, p99 250"),
    ("first_load_ms", "address entered -> the page shows the seat's state", "1000"),
)
APART_S = 0.15
WATCH = """() => {
  const shown = document.querySelector(".presence");
  window.seen = [];
  let before = shown.getAttribute("aria-checked");
  new MutationObserver(() => {
    const now = shown.getAttribute("aria-checked");
    if (now === before) return;
    before = now;
    requestAnimationFrame(() => requestAnimationFrame(
      () => window.seen.push(performance.timeOrigin + performance.now())));
  }).observe(shown, { attributes: true, attributeFilter: ["aria-checked"] });
}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--loads", type=int, default=10)
    parser.add_argument("--chromium", default="/usr/bin/chromium")


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    assert name in AGENTS, "only phoneetiquette has this page"
    from playwright.sync_api import sync_playwright

    folder = Path(tempfile.mkdtemp(prefix="benchmark-page-"))
    settings = {"pickup": {"country": "JP", "emergency_lines": ["alarm"]}}
    with (
        Hiccups() as hiccups,
        SipCaller("guest") as caller,
        Seat(folder, settings) as seat,
        sync_playwright() as driver,
    ):
        call = caller.call(seat.uri_of("alarm"))
        seat.wait_call("guest")
        seat.post("lift")
        call.wait("answered")
        browser = driver.chromium.launch(executable_path=options.chromium, args=list(ARGUMENTS))
        loads, sizes = [], 0
        for _ in range(options.loads):
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            page = context.new_page()
            finished: list[Any] = []
            page.on("requestfinished", _into(finished))
            began = time.perf_counter()
            page.goto(seat.url)
            page.wait_for_selector('body[data-link="up"] .card')
            loads.append((time.perf_counter() - began) * 1e3)
            sizes = max(sizes, sum(one.sizes()["responseBodySize"] for one in finished))
            context.close()
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(seat.url)
        page.wait_for_selector('body[data-link="up"] .card')
        page.evaluate(WATCH)
        asked: list[float] = []
        for number in range(options.events):
            asked.append(time.time() * 1e3)
            seat.post("presence", presence="present" if number % 2 else "absent")
            time.sleep(APART_S)
        page.wait_for_function(f"window.seen.length >= {options.events}")
        seen = page.evaluate("window.seen")
        browser.close()
        call.bye()
        seat.wait_idle()
    return {
        "agent": name,
        "machine": str(hiccups),
        "first_load_kb": round(sizes / 1000, 1),
        "event_to_pixel_ms": spread([at - began for began, at in zip(asked, seen, strict=True)]),
        "first_load_ms": spread(loads),
    }


def _into(finished: list[Any]) -> Callable[[Any], None]:
    """Playwright wants a function of its own for each listener."""

    def note(request: Any) -> None:
        finished.append(request)

    return note


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    return {figure.removesuffix("_ms").replace("_", " "): median_of(result[figure]) for figure, _, _ in FIGURES}


def report(results: list[dict[str, Any]]) -> str:
    rows: list[tuple[str, str, Spread | None]] = [
        (meaning, goal, result[figure]) for result in results for figure, meaning, goal in FIGURES
    ]
    notes = [f"{r['machine']}; first load {r['first_load_kb']} kB (goal 200)" for r in results]
    return "\n".join(["median / p99 / max in ms", "", table(("figure", "goal", "measured"), rows), "", *notes])
