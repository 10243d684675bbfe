"""A receptionist's work in a real browser, with a real seat, through real SIP calls on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from phoneetiquette import events as e
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import Behaviour, SipCaller

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANNA = "+436641234567"
PLAN = """\
dialplan: 1
name: Hotel Aurora
country: AT
timezone: Europe/Vienna
languages: [en, de]
callers_speak: {{de: "+43*"}}
desk: {{rings: 2, transfer: announced}}
people:
  maria: {{name: Maria Huber, call: "{maria}", skills: [booking]}}
  paul: {{name: Paul Porter, call: "{paul}"}}
  guard: {{name: Security, call: "{guard}"}}
services:
  office: {{name: Reservations, email: office@hotel.example}}
topics:
  change: {{label: {{en: Change a booking, de: Buchung ändern}}, to: [maria], otherwise: {{message: office}}}}
  danger: {{label: Emergency, emergency: yes, to: [guard]}}
lines:
  main:
    greeting: {{en: "Hotel Aurora, {{agent}} speaking.", de: "Hotel Aurora, mein Name ist {{agent}}."}}
    rules: [{{do: {{ring: desk}}}}]
    on_deadline: [{{connect: desk}}, {{message: office}}]
"""
GUESTS = "name,number,room,say,email\nAnna Berger,0664 1234567,214,BER-ger,anna@berger.example\n"
NAMES = (
    "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "=HYPERLINK(0;0)+cmd|calc",
    "{{7*7}}${7*7} %n %s",
    "\u202eevil\u2066\u200f name",
    "W" * 1000,
)


@pytest.fixture(scope="module")
def maria() -> Iterator[SipCaller]:
    with SipCaller("maria") as phone:
        yield phone


@pytest.fixture(scope="module")
def paul() -> Iterator[SipCaller]:
    with SipCaller("paul") as phone:
        yield phone


@pytest.fixture(scope="module")
def guard() -> Iterator[SipCaller]:
    with SipCaller("guard") as phone:
        yield phone


@pytest.fixture(scope="module")
def seat(
    tmp_path_factory: pytest.TempPathFactory, maria: SipCaller, paul: SipCaller, guard: SipCaller
) -> Iterator[Seat]:
    folder = tmp_path_factory.mktemp("console")
    (folder / "plan.yaml").write_text(PLAN.format(maria=maria.contact, paul=paul.contact, guard=guard.contact))
    (folder / "guests.csv").write_text(GUESTS)
    settings = {
        "pickup": {"country": "JP"},
        "seat": {"agent": "Ada Moser", "wrap_up_s": 120, "display_name": "Hotel Aurora"},
        "site": {"address": "Hauptplatz 1, 1010 Wien"},
        "contacts": {"files": [str(folder / "guests.csv")], "country": "AT"},
        "dialplan": str(folder / "plan.yaml"),
    }
    with Seat(folder, settings) as seat:
        yield seat


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, seat: Seat, complaints: list[str]) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    page = await context.new_page()
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    await page.goto(seat.url)
    await expect(page.locator("body")).to_have_attribute("data-link", "up")
    yield page
    await asyncio.to_thread(seat.hang_up_all)
    await context.close()
    assert complaints == []


async def later(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Wait for what a phone or the seat does, while the browser goes on."""
    return await asyncio.to_thread(work, *args, **kwargs)


async def in_talk(page: Page, seat: Seat, guest: SipCaller, name: str = "ANNA B") -> tuple[str, PeerCall]:
    """The guest calls, somebody lifts at once: armed, then connected when the second ring has ended."""
    call = guest.call(seat.uri, display_name=name)
    card = page.locator(".card").first
    await expect(card.locator(".ring-bar")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(card).to_have_attribute("data-state", "talking")
    await later(call.wait, "answered")
    return str(await card.get_attribute("data-call")), call


async def test_ring_arm_connect_stages_put_through_and_wrap_up(page: Page, seat: Seat, maria: SipCaller) -> None:
    with SipCaller(ANNA) as guest:
        call = guest.call(seat.uri, display_name="ANNA B")
        card = page.locator(".card").first
        await expect(card.locator(".name")).to_have_text("Anna Berger")
        await expect(card.locator(".about")).to_contain_text("room 214")
        await expect(card.locator(".greeting-text")).to_have_text("Hotel Aurora, mein Name ist Ada Moser.")
        await expect(card.locator(".ring-count")).to_have_text("Ring 1")
        await page.keyboard.press("Enter")
        await expect(card).to_have_attribute("data-state", "armed")
        await expect(card).to_have_attribute("data-state", "talking")
        ident = str(await card.get_attribute("data-call"))

        await page.keyboard.press("n")
        await expect(card.locator("[data-stands=now] button")).to_have_attribute("data-stage", "clarify")
        await expect(card.locator(".phrase-list")).to_contain_text("Was kann ich für Sie tun?")
        await page.keyboard.press("o")
        await page.keyboard.type("Wants a quiet room")
        await page.keyboard.press("Escape")

        await page.keyboard.press("t")
        await page.keyboard.type("change")
        await expect(page.locator("[role=option]").first).to_contain_text("Maria Huber")
        await page.keyboard.press("Enter")
        at_maria = await later(maria.wait_call)
        await expect(page.locator(".card", has_text="Maria Huber").first).to_have_attribute("data-state", "talking")
        await expect(page.locator(f'.card[data-call="{ident}"]')).to_have_attribute("data-state", "held")
        await page.keyboard.press("p")
        await later(call.wait, "ended")

        form = page.locator("form.wrap-up")
        await expect(form.locator(".name")).to_have_text("Anna Berger")
        await expect(form.locator(".wrap-up-time")).to_have_text(re.compile(r"No call is connected for 1:\d\d"))
        await expect(form.locator("[name=note]")).to_have_value("Wants a quiet room")
        await page.keyboard.press("F8")
        body = await form.locator("[name=body]").input_value()
        assert body.startswith("Guten Tag, Anna Berger,")
        assert "Wants a quiet room" in body
        await expect(form.locator("[name=to]")).to_have_value("anna@berger.example")
        await form.locator("[name=outcome]").select_option("put_through")
        await page.keyboard.press("F8")
        await page.keyboard.press("F8")
        assert (await form.locator("[name=body]").input_value()).splitlines()[-1].startswith("Unsere Kollegen")
        await form.locator("[name=note]").focus()
        await page.keyboard.press("Control+Enter")
        await expect(form).to_be_hidden()
        at_maria.bye()
    record = await later(seat.wait_record, ident)
    assert record["wrap_up"]["note"] == "Wants a quiet room"
    assert record["wrap_up"]["outcome"] == "put_through"
    assert [one["stage"] for one in record["stages"]] == ["greeting", "clarify"]
    assert record["pickup"]["verdict"] == "on_time"
    assert seat.journal(e.WrapUpEnded, call=ident)[0].by == "agent"


async def test_nobody_is_free_so_a_message_is_taken_and_what_is_typed_survives_everything(
    page: Page, seat: Seat, maria: SipCaller, complaints: list[str]
) -> None:
    with SipCaller(ANNA) as guest, unwilling(maria):
        ident, call = await in_talk(page, seat, guest)
        card = page.locator(f'.card[data-call="{ident}"]')
        await page.keyboard.press("t")
        await page.keyboard.type("buchung")
        await page.keyboard.press("Enter")
        await expect(card).to_have_attribute("data-came-back", "true")
        await expect(card.locator(".news")).to_contain_text("Maria Huber was busy")
        await page.keyboard.press("e")
        form = card.locator(".message")
        await expect(form.locator("[name=service]")).to_have_value("office")
        await expect(form.locator("[name=phone]")).to_have_value(ANNA)
        await page.keyboard.type("A quiet room, from")
        await asyncio.sleep(1)  # the page sends it when one stops typing

        await page.reload()
        await expect(form.locator("[name=matter]")).to_have_value("A quiet room, from")
        await later(seat.kill)
        await expect(page.locator("#link-lost")).to_be_visible()
        await later(seat.start_again)
        await page.goto(seat.url)
        await expect(form.locator("[name=matter]")).to_have_value("A quiet room, from")

        await form.locator("[name=matter]").press("End")
        await page.keyboard.type(" Friday")
        await form.locator("[name=phone]").fill("by night")
        await form.locator("[name=email]").fill("")
        await page.keyboard.press("Control+Enter")
        await expect(form.locator("[name=phone]")).to_have_attribute("aria-invalid", "true")
        await expect(form.locator("[name=phone]")).to_be_focused()
        await form.locator("[name=phone]").fill("0664 1234567")
        await form.locator("[name=read_back]").check()
        await form.locator("[name=matter]").focus()
        await page.keyboard.press("Control+Enter")
        await expect(form).to_be_hidden()
        (taken,) = seat.journal(e.AgentTookMessage, call=ident)
        assert (taken.name, taken.matter, taken.service) == ("Anna Berger", "A quiet room, from Friday", "office")
        assert (taken.phone, taken.language, taken.read_back) == (ANNA, "de", True)
        call.bye()
        await expect(page.locator("form.wrap-up [name=outcome]")).to_have_value("message")
        await page.keyboard.press("w")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#idle")).to_be_visible()

    with SipCaller(ANNA) as guest:  # who calls again is told of the open answer
        again = guest.call(seat.uri, display_name="ANNA B")
        await expect(page.locator(".known .owed")).to_contain_text("A quiet room, from Friday")
        await expect(page.locator(".known")).to_contain_text("message taken")
        again.cancel()
        await later(seat.wait_idle)


@contextlib.contextmanager
def unwilling(phone: SipCaller) -> Iterator[None]:
    """The phone is busy for as long as the block runs."""
    phone.behaviour = Behaviour(refuse=486)
    try:
        yield
    finally:
        phone.behaviour = Behaviour()


async def test_security_joins_the_talk_by_one_key(page: Page, seat: Seat, guard: SipCaller) -> None:
    with SipCaller(ANNA) as guest:
        ident, _ = await in_talk(page, seat, guest)
        await page.keyboard.press("F9")
        at_guard = await later(guard.wait_call)
        await expect(page.locator('.card[data-state="conference"]')).to_have_count(2)
        assert seat.state()["calls"]
        at_guard.bye()
        await expect(page.locator(f'.card[data-call="{ident}"]')).to_have_attribute("data-state", "talking")
        await page.keyboard.press("End")
        await expect(page.locator("form.wrap-up")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("#idle")).to_be_visible()


async def test_our_own_call_asks_first_whether_it_is_convenient(page: Page, seat: Seat, paul: SipCaller) -> None:
    await page.keyboard.press("d")
    await page.keyboard.type("porter")
    await expect(page.locator("[role=option]").first).to_contain_text("Paul Porter")
    await page.keyboard.press("Enter")
    at_paul = await later(paul.wait_call)
    card = page.locator(".card")
    await expect(card).to_have_attribute("data-state", "talking")
    await expect(card.locator(".phrase-list")).to_contain_text("this is Ada Moser from Hotel Aurora")
    await page.keyboard.press("n")
    await expect(card.locator(".phrase-list")).to_contain_text("Is it convenient for you to talk now?")
    await page.keyboard.press("End")
    await later(at_paul.wait, "ended")
    await expect(page.locator("form.wrap-up")).to_be_visible()
    await page.keyboard.press("Escape")
    record = await later(seat.wait_record, "paul")
    assert [one["stage"] for one in record["stages"]] == ["greeting", "permission"]


async def test_names_from_the_network_are_harmless(page: Page, seat: Seat) -> None:
    for name in NAMES:
        with SipCaller("stranger") as guest:
            call = guest.call(seat.uri, display_name=name)
            shown = page.locator(".card .name")
            await expect(shown).to_be_visible()
            text = await shown.inner_text()
            assert not re.search(r"[\x00-\x1f\u202a-\u202e\u2066-\u2069\u200f]", text)
            assert len(text) <= 121
            assert await page.locator(".card img, .card script, .card a").count() == 0
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0
            call.cancel()
            await expect(page.locator(".card")).to_have_count(0)
            await later(seat.wait_idle)
