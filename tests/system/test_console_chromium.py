"""The reception page worked in a real browser, by keyboard and by mouse, against a scripted desk over real HTTP."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, expect

from phoneetiquette import events as e
from phoneetiquette.console.app import create_app
from phoneetiquette.console.server import ConsoleServer
from phoneetiquette.errors import CallError
from phoneetiquette.units import to_ms
from tests.peers.scripted_desk import ScriptedDesk

pytestmark = pytest.mark.asyncio(loop_scope="module")

BRISK = (500, 2000)
"""A cadence whose window is 3.0 to 5.5 s."""


async def forgive(complaints: list[str], text: str) -> None:
    """Take back the browser's own note of an answer that was meant, once it is there."""
    async with asyncio.timeout(20):
        while not any(text in complaint for complaint in complaints):  # noqa: ASYNC110 - playwright tells of no list
            await asyncio.sleep(0.01)
    complaints.remove(next(complaint for complaint in complaints if text in complaint))


async def last_event(desk: ScriptedDesk, count: int) -> e.Event:
    """The ``count``-th event the desk was given, once it has come."""
    async with asyncio.timeout(20):
        while len(desk.events) < count:  # noqa: ASYNC110 - the desk tells its listeners of states, not of events
            await asyncio.sleep(0.01)
    assert len(desk.events) == count
    return desk.events[-1]


async def test_an_early_lift_is_armed_taken_back_armed_again_and_connected_by_itself(
    page: Page, desk: ScriptedDesk
) -> None:
    card = page.locator(".card")
    await expect(page.locator("#idle")).to_be_visible()
    call = desk.ring("Anna Berger", "+43 664 1234567", BRISK)
    await expect(card.locator(".name")).to_have_text("Anna Berger")
    await expect(card.locator(".number")).to_have_text("+43 664 1234567")
    await expect(card.locator(".ring-count")).to_have_text("Ring 1")
    await expect(page).to_have_title("Anna Berger · Ringing for reception")

    await page.keyboard.press("Enter")
    armed = card.locator(".armed")
    await expect(armed).to_be_visible()
    text = await armed.inner_text()
    told = re.search(r"the guest is connected in (\d\.\d) s", text)
    assert told, text
    left_s = (desk.call(call)["ring"]["opens_ms"] - to_ms(desk.now_ns())) / 1e3
    assert abs(float(told[1]) - left_s) < 0.4
    await expect(page.locator("#said")).to_have_text("Armed: will be connected after the second ring: Anna Berger")

    await page.keyboard.press("Escape")
    await expect(card).to_have_attribute("data-state", "alerting")
    await page.keyboard.press("Enter")
    await expect(card).to_have_attribute("data-state", "armed")
    await page.keyboard.press("Backspace")
    await expect(card).to_have_attribute("data-state", "alerting")
    await page.keyboard.press("Enter")
    await expect(card).to_have_attribute("data-state", "talking")
    assert desk.call(call)["answered_ms"] >= desk.call(call)["ring"]["opens_ms"]
    assert [type(event) for event in desk.events] == [
        *(e.AgentLifted, e.AgentPutDown, e.AgentLifted, e.AgentPutDown, e.AgentLifted)
    ]
    await expect(card.locator(".clock-time")).to_have_text(re.compile("0:0[0-9]"))


async def test_every_key_of_a_call_in_talk(page: Page, desk: ScriptedDesk) -> None:
    call = desk.ring("Anna Berger")
    desk.answer(call)
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")
    keyboard = page.keyboard

    await keyboard.press("m")
    assert isinstance(await last_event(desk, 1), e.AgentMuted)
    await expect(page.locator('[data-do="mute"]')).to_have_attribute("aria-pressed", "true")

    await keyboard.press("k")
    await keyboard.press("4")
    await expect(page.locator(".sent")).to_have_text("4")
    await keyboard.press("#")
    await expect(page.locator(".sent")).to_have_text("4#")
    await keyboard.press("k")
    digits = [event for event in desk.events if isinstance(event, e.AgentSentDigits)]
    assert [(event.call, event.digits) for event in digits] == [(call, "4"), (call, "#")]

    await keyboard.press("h")
    assert isinstance(await last_event(desk, 4), e.AgentHeld)
    await expect(page.locator(".card")).to_have_attribute("data-state", "held")
    await keyboard.press("h")
    assert isinstance(await last_event(desk, 5), e.AgentResumed)
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")

    await keyboard.press("End")
    hung_up = await last_event(desk, 6)
    assert isinstance(hung_up, e.AgentHungUp)
    assert hung_up.call == call
    await expect(page.locator("form.wrap-up")).to_be_visible()
    await keyboard.press("Escape")  # nothing to note
    await expect(page.locator("#idle")).to_be_visible()


async def test_blind_transfer_by_keyboard(page: Page, desk: ScriptedDesk) -> None:
    call = desk.ring("Anna Berger")
    desk.answer(call)
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")
    await page.keyboard.press("t")
    await page.keyboard.type("201")
    await page.keyboard.press("Enter")
    event = await last_event(desk, 1)
    assert isinstance(event, e.AgentTransferred)
    assert (event.call, event.target, event.to_call) == (call, "201", None)
    await expect(page.locator(".news")).to_have_text("Putting through to 201")
    desk.call(call).update(state="held", transfer={"target": "sip:201@pbx", "code": 486, "reason": "Busy Here"})
    desk.changed()
    await expect(page.locator(".news")).to_have_text("201 did not take the call: 486 Busy Here")


async def test_consultation_swap_conference_and_put_through_by_keyboard(page: Page, desk: ScriptedDesk) -> None:
    guest = desk.ring("Anna Berger")
    desk.answer(guest)
    held = page.locator(f'.card[data-call="{guest}"]')
    await expect(held).to_have_attribute("data-state", "talking")
    await page.keyboard.press("t")
    await page.keyboard.type("weiss")
    await page.keyboard.press("Shift+Enter")
    dialled = await last_event(desk, 1)
    assert isinstance(dialled, e.AgentDialled)
    await expect(held).to_have_attribute("data-state", "held")
    desk.answer(dialled.call)
    await expect(held.locator('[data-do="resume"]')).to_have_text(re.compile("Swap"))
    await expect(held.locator('[data-do="put_through"]')).to_have_text(re.compile("Put through to weiss"))

    await page.keyboard.press("s")
    await expect(held).to_have_attribute("data-state", "talking")
    await page.keyboard.press("s")
    await expect(held).to_have_attribute("data-state", "held")
    await page.keyboard.press("p")
    event = await last_event(desk, 4)
    assert isinstance(event, e.AgentTransferred)
    assert (event.call, event.target, event.to_call) == (guest, "", dialled.call)

    desk.call(guest)["state"] = "held"
    desk.changed()
    await expect(held).to_have_attribute("data-state", "held")
    await page.keyboard.press("c")
    conference = await last_event(desk, 5)
    assert isinstance(conference, e.AgentConferenced)
    assert conference.call == guest
    await expect(page.locator('.card[data-state="conference"]')).to_have_count(2)


async def test_a_chosen_card_gets_the_keys(page: Page, desk: ScriptedDesk) -> None:
    first, second = desk.ring("Anna Berger"), desk.ring("Marco Rossi")
    await expect(page.locator(".card")).to_have_count(2)
    await expect(page.locator(".lift kbd:not([hidden])")).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Delete")
    declined = await last_event(desk, 1)
    assert isinstance(declined, e.AgentHungUp)
    assert declined.call == second
    await expect(page.locator(".card")).to_have_count(1)
    await page.keyboard.press("Delete")
    declined = await last_event(desk, 2)
    assert isinstance(declined, e.AgentHungUp)
    assert declined.call == first


async def test_dial_and_redial(page: Page, desk: ScriptedDesk) -> None:
    await page.keyboard.press("d")
    await page.keyboard.type("+43 1 555")
    await page.keyboard.press("Enter")
    dialled = await last_event(desk, 1)
    assert isinstance(dialled, e.AgentDialled)
    assert dialled.target == "+43 1 555"
    await expect(page.locator(".card .name")).to_have_text("+43 1 555")
    await page.keyboard.press("End")
    await last_event(desk, 2)
    await expect(page.locator("#recent li")).to_have_count(1)
    await page.keyboard.press("r")
    again = await last_event(desk, 3)
    assert isinstance(again, e.AgentDialled)
    assert "+43 1 555" in again.target


async def test_the_next_key_is_meant_for_the_call_before_the_seat_has_answered(
    page: Page, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The news of a call may be on the page before the answer to the request that placed it."""
    submit, answering = desk.submit, asyncio.Event()

    async def submit_and_answer_late(event: e.Event) -> None:
        await submit(event)
        await answering.wait()

    monkeypatch.setattr(desk, "submit", submit_and_answer_late)
    await page.keyboard.press("d")
    await page.keyboard.type("201")
    await page.keyboard.press("Enter")
    dialled = await last_event(desk, 1)
    assert isinstance(dialled, e.AgentDialled)
    desk.answer(dialled.call)
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")
    await page.keyboard.press("t")
    await page.keyboard.type("202")
    await page.keyboard.press("Enter")
    assert isinstance(await last_event(desk, 2), e.AgentTransferred)
    await expect(page.locator(".card")).to_have_attribute("data-state", "transferring")
    await page.keyboard.press("End")
    hung_up = await last_event(desk, 3)
    assert isinstance(hung_up, e.AgentHungUp)
    assert hung_up.call == dialled.call
    answering.set()
    await expect(page.locator("#dial-target")).to_have_value("")


async def test_a_number_that_is_refused_can_be_corrected(
    page: Page, desk: ScriptedDesk, complaints: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = desk.ring("Anna Berger")
    desk.answer(call)
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")

    async def refuse(_event: e.Event) -> None:
        raise CallError("there is nobody of that name", "see the directory")

    monkeypatch.setattr(desk, "submit", refuse)
    await page.keyboard.press("d")
    await page.keyboard.type("nobdy")
    await page.keyboard.press("Enter")
    await expect(page.locator("#refused")).to_contain_text("there is nobody of that name")
    await expect(page.locator("#dial-target")).to_have_value("nobdy")
    await page.keyboard.press("t")
    await page.keyboard.type("wiess")
    await page.keyboard.press("Enter")
    await expect(page.locator(".through")).to_be_visible()
    await expect(page.locator(".through input")).to_have_value("wiess")
    await forgive(complaints, "409")
    await forgive(complaints, "409")


async def test_typed_digits_go_to_the_number_field_and_enter_still_lifts_when_it_is_empty(
    page: Page, desk: ScriptedDesk
) -> None:
    await page.keyboard.type("20")
    field = page.locator("#dial-target")
    await expect(field).to_have_value("20")
    await field.fill("")
    desk.ring("Anna Berger", since_s=8)
    await expect(page.locator(".card")).to_be_visible()
    await page.keyboard.press("Enter")
    assert isinstance(await last_event(desk, 1), e.AgentLifted)


async def test_by_mouse_alone_and_enter_lifts_after_a_click_elsewhere(page: Page, desk: ScriptedDesk) -> None:
    first = desk.ring("Anna Berger", since_s=8)
    await page.locator(".lift").click()
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")
    await page.locator('[data-do="mute"]').click()
    assert isinstance(await last_event(desk, 2), e.AgentMuted)
    second = desk.ring("Marco Rossi", since_s=8)
    await expect(page.locator(".card")).to_have_count(2)
    await page.keyboard.press("Enter")
    lifted = await last_event(desk, 3)
    assert isinstance(lifted, e.AgentLifted)
    assert lifted.call == second
    await expect(page.locator(f'.card[data-call="{first}"]')).to_have_attribute("data-state", "held")


async def test_presence_and_troubles(page: Page, desk: ScriptedDesk) -> None:
    await page.keyboard.press("a")
    changed = await last_event(desk, 1)
    assert isinstance(changed, e.PresenceChanged)
    assert changed.presence == "absent"
    await expect(page.locator(".presence")).to_have_attribute("aria-checked", "false")
    desk.seat["troubles"] = [{"key": "x", "what": "The headset was unplugged", "advice": "plug it in again"}]
    desk.seat["registration"] |= {"state": "failing", "code": 403, "reason": "Forbidden"}
    desk.changed()
    await expect(page.locator("#troubles")).to_contain_text("The headset was unplugged")
    await expect(page.locator("#fact-registration")).to_have_text("Not registered: 403 Forbidden")


async def test_letter_keys_can_be_switched_off(page: Page, desk: ScriptedDesk) -> None:
    desk.answer(desk.ring("Anna Berger"))
    await expect(page.locator(".card")).to_have_attribute("data-state", "talking")
    await page.locator("#letter-keys").click()
    await expect(page.locator('[data-do="hold"] kbd')).to_be_hidden()
    await page.keyboard.press("h")
    await page.keyboard.press("End")
    assert isinstance(await last_event(desk, 1), e.AgentHungUp)


async def test_a_refusal_is_told_with_its_advice(
    page: Page, desk: ScriptedDesk, complaints: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_event: e.Event) -> None:
        raise CallError("that call is over", "look at the last calls")

    desk.ring("Anna Berger", since_s=8)
    await expect(page.locator(".card")).to_be_visible()
    monkeypatch.setattr(desk, "submit", refuse)
    await page.keyboard.press("Enter")
    await expect(page.locator("#refused")).to_contain_text("that call is over")
    await expect(page.locator("#refused")).to_contain_text("look at the last calls")
    await forgive(complaints, "409")


async def test_a_lost_connection_is_told_and_comes_back(browser: Browser, desk: ScriptedDesk) -> None:
    call = desk.ring("Anna Berger")
    context = await browser.new_context()
    page = await context.new_page()
    async with ConsoleServer(create_app(desk), "127.0.0.1", 0) as server:
        await page.goto(server.url)
        await expect(page.locator(".card")).to_be_visible()
        await expect(page.locator("#link-lost")).to_be_hidden()
    await expect(page.locator("#link-lost")).to_be_visible()
    await expect(page.locator(".lift")).to_be_disabled()
    assert len(desk.listeners) == 0
    desk.leave(call)
    desk.ring("Marco Rossi", since_s=8)
    async with ConsoleServer(create_app(desk), "127.0.0.1", server.port):
        await expect(page.locator(".card .name")).to_have_text("Marco Rossi", timeout=8000)
        await expect(page.locator("#link-lost")).to_be_hidden()
        await expect(page.locator(".lift")).to_be_enabled()
        await page.keyboard.press("Enter")
        assert isinstance(await last_event(desk, 1), e.AgentLifted)
        await context.close()
