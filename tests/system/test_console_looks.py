"""What the reception page shows, in a real browser."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from phoneetiquette.units import to_ms
from tests.peers.scripted_desk import ScriptedDesk, measures

pytestmark = pytest.mark.asyncio(loop_scope="module")

COLOUR = "node => getComputedStyle(node).color"
BRISK = (500, 2000)
"""A cadence whose window is 3.0 to 5.5 s."""


async def test_the_window_goes_through_its_phases(page: Page, desk: ScriptedDesk) -> None:
    ring, phase = page.locator(".ring"), page.locator(".ring-phase")
    call = desk.ring("Anna Berger", cadence=BRISK, since_s=2.0)
    await expect(ring).to_have_attribute("data-phase", "wait")
    await expect(phase).to_have_text(re.compile(r"wait [01]\.\d s"))
    await expect(page.locator(".lift-when")).to_have_text(re.compile("connected in"))
    await expect(ring).to_have_attribute("data-phase", "now")
    await expect(page.locator(".ring-count")).to_have_text("Ring 2")
    await expect(page.locator(".lift-when")).to_have_text("the guest is connected at once")
    await expect(ring).to_have_attribute("data-phase", "last")
    await expect(page.locator(".ring-count")).to_have_text("Ring 3")
    await expect(ring).to_have_attribute("data-sounding", "true")
    await expect(ring).to_have_attribute("data-phase", "past")
    assert to_ms(desk.now_ns()) >= desk.call(call)["ring"]["closes_ms"]


async def test_the_band_is_drawn_where_the_window_is(page: Page, desk: ScriptedDesk) -> None:
    desk.ring("Anna Berger", cadence=(400, 200, 400, 2000))
    bar = await page.locator(".ring-bar").bounding_box()
    now = await page.locator(".zone.now").bounding_box()
    last = await page.locator(".zone.last").bounding_box()
    assert bar
    assert now
    assert last
    per_second = bar["width"] / (7.0 * 1.06)
    assert now["x"] - bar["x"] == pytest.approx(4.0 * per_second, abs=2)
    assert last["x"] - bar["x"] == pytest.approx(6.0 * per_second, abs=2)
    assert last["x"] + last["width"] - bar["x"] == pytest.approx(7.0 * per_second, abs=2)
    assert await page.locator(".burst").count() == 6


async def test_the_hand_moves_with_the_seats_clock(page: Page, desk: ScriptedDesk) -> None:
    call = desk.ring("Anna Berger", cadence=(400, 200, 400, 2000), since_s=1.0)
    bar = page.locator(".ring-bar")
    await expect(bar).to_be_visible()
    for _ in range(3):
        told = """bar => (bar.querySelector(".hand").getBoundingClientRect().right - bar.getBoundingClientRect().left)
                         / bar.clientWidth"""
        before_s = to_ms(desk.now_ns()) / 1e3
        shown_s = await bar.evaluate(told) * 7.0 * 1.06
        after_s = to_ms(desk.now_ns()) / 1e3
        started_s = desk.call(call)["ring"]["started_ms"] / 1e3
        assert before_s - started_s - 0.15 < shown_s < after_s - started_s + 0.15
        await asyncio.sleep(0.6)


async def test_an_exempt_call_has_no_window(page: Page, desk: ScriptedDesk) -> None:
    desk.ring("Lift alarm", exempt="emergency_line")
    await expect(page.locator(".lift-when")).to_have_text("emergency line: lift at once")
    await expect(page.locator(".ring")).to_be_hidden()


async def test_talk_is_shown_as_measured(page: Page, desk: ScriptedDesk) -> None:
    call = desk.ring("Anna Berger")
    desk.answer(call, talked_s=605)
    await expect(page.locator(".party.agent .share")).to_have_text("–")
    await expect(page.locator(".interrupted.agent")).to_have_text("")
    desk.measure(call, measures(600, 90, 30, agent_interrupted=2, customer_interrupted=1, last_by_agent_s=590))
    await expect(page.locator(".party.agent .share")).to_have_text("75 %")
    await expect(page.locator(".party.guest .share")).to_have_text("25 %")
    await expect(page.locator(".party.guest")).to_have_attribute("data-speaking", "true")
    await expect(page.locator(".party.agent")).to_have_attribute("data-speaking", "false")
    await expect(page.locator(".interrupted.agent")).to_have_text("you interrupted 2 times")
    await expect(page.locator(".interrupted.guest")).to_have_text("guest interrupted once")
    await expect(page.locator(".hint")).to_have_text("Let the guest finish")
    desk.measure(call, measures(620, 90, 50, agent_interrupted=2, last_by_agent_s=590))
    await expect(page.locator(".hint")).to_have_text("10 minutes: bring the matter to its close")
    await expect(page.locator(".clock-time")).to_have_text(re.compile("10:0[5-9]"))


async def test_both_speaking_is_told_at_once_calmly_and_not_for_ever(page: Page, desk: ScriptedDesk) -> None:
    call = desk.ring("Anna Berger")
    desk.answer(call, talked_s=630)
    hint = page.locator(".hint")
    desk.measure(call, measures(60, 9, 30, talking_over="agent"))
    await expect(hint).to_have_text("The guest is still speaking")
    await expect(hint).to_have_css("color", await page.locator(".interrupted").first.evaluate(COLOUR))  # no alarm
    await expect(hint).to_have_css("animation-name", "none")

    desk.measure(call, measures(61, 10, 30))
    await expect(page.locator(".party.guest .share")).to_have_text("75 %")
    await expect(hint).to_have_text("The guest is still speaking")  # it does not come and go with every word
    await expect(hint).to_have_text("10 minutes: bring the matter to its close")

    desk.measure(call, measures(66, 14, 31, talking_over="customer"))
    await expect(hint).to_have_text("The guest wants to speak")
    desk.measure(call, measures(68, 14, 33, agent_interrupted=1, last_by_agent_s=66))
    await expect(hint).to_have_text("Let the guest finish")


HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "\u202egnp.exe\u2066\u200f\x1b[31m\x00\x07\u2028name",
    "W" * 1000,
    "Z" + "\u0351\u036b\u0353\u036a\u0302" * 150,
    "\ud800 half a letter",
    "{{ 7*7 }}${7*7}",
)


@pytest.mark.parametrize("name", HOSTILE, ids=("markup", "controls", "endless", "piled up", "broken", "template"))
async def test_a_hostile_name_is_only_text(page: Page, desk: ScriptedDesk, name: str) -> None:
    call = desk.ring(name, number="0" * 300)
    shown = page.locator(".card .name bdi")
    await expect(shown).not_to_be_empty()
    text = await shown.evaluate("node => node.textContent")
    assert len(text) <= 121
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert await page.locator(".card img, .card script").count() == 0
    await page.keyboard.press("Delete")
    await expect(page.locator("#recent li")).to_have_count(1)
    assert call not in desk
    assert await page.locator("#recent img").count() == 0
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_three_calls_fit_the_screen(page: Page, desk: ScriptedDesk) -> None:
    held, talking = desk.ring("Anna Berger"), desk.ring("Dr. Julia Weiss", "201")
    desk.answer(held)
    desk.answer(talking)
    desk.call(held)["state"] = "held"
    desk.ring("Marco Rossi")
    await expect(page.locator(".card")).to_have_count(3)
    states = await page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.state)")
    assert states == ["talking", "alerting", "held"]
    box = await page.locator(".card").last.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 720
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize(
    ("name", "uri", "number", "large", "small"),
    [
        ("", "sip:anonymous@anonymous.invalid", "", "Number withheld", ""),
        ("Anonymous", "sip:anonymous@anonymous.invalid", "", "Anonymous", "Number withheld"),
        ("", "", "", "Unknown caller", ""),
        ("Anna Berger", "sip:anna@pbx.example", "anna", "Anna Berger", "anna"),
    ],
)
async def test_who_calls(
    page: Page, desk: ScriptedDesk, name: str, uri: str, number: str, large: str, small: str
) -> None:
    call = desk.ring(name)
    desk.call(call)["party"] = {"uri": uri, "number": number, "name": name}
    desk.changed()
    await expect(page.locator(".card .name")).to_have_text(large)
    await expect(page.locator(".card .number")).to_have_text(small)


async def test_the_score_of_a_call_is_shown_with_its_parts(page: Page, desk: ScriptedDesk) -> None:
    call = desk.ring("Anna Berger")
    desk.answer(call, talked_s=40)
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")
    desk.leave(call)
    score = page.locator("#recent li small").last
    await expect(score).to_have_text("4 of 4 rules")
    title = await score.get_attribute("title")
    assert title
    assert title.startswith("Missed: none. Met: pickup.not_before_second_ring, pickup.by_third_ring, ")
    assert title.endswith("Not measured: 16.")


async def test_a_call_is_among_the_last_calls_also_when_its_last_measures_come_later(
    page: Page, desk: ScriptedDesk
) -> None:
    call = desk.ring("Anna Berger")
    desk.answer(call, talked_s=40)
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")
    desk.call(call)["state"] = "ended"
    desk.changed()
    await expect(page.locator(".card")).to_have_attribute("data-state", "ended")
    await expect(page.locator("#recent-none")).to_be_visible()
    desk.leave(call)
    await expect(page.locator("#recent li")).to_have_count(1)


async def test_a_long_day_leaves_nothing_behind(page: Page, desk: ScriptedDesk) -> None:
    async def nodes() -> int:
        count: int = await page.evaluate("document.querySelectorAll('*').length")
        return count

    async def guest(name: str) -> None:
        call = desk.ring(name)
        await expect(page.locator(".card .name")).to_have_text(name)
        desk.leave(call)
        await expect(page.locator(".card")).to_have_count(0)

    for n in range(15):
        await guest(f"Guest {n}")
    await expect(page.locator("#recent li")).to_have_count(12)
    before = await nodes()
    for n in range(30):
        await guest(f"Later guest {n}")
    await expect(page.locator("#recent li").first).to_contain_text("Later guest 29")
    assert await nodes() == before


async def test_the_first_load_is_light(page: Page) -> None:
    sizes = await page.evaluate(
        "performance.getEntries().filter(x => x.transferSize !== undefined).map(x => x.transferSize)"
    )
    assert len(sizes) >= 7
    assert sum(sizes) < 200_000
