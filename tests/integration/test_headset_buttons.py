"""A real seat with virtual USB headsets: presses and lamps in real calls, devices that come and go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from phoneetiquette import events as e
from phoneetiquette.headset.profiles import profiles
from tests.integration.conftest import Phones
from tests.integration.ringing import LATE_MS, check_pickup, rings, sleep_until
from tests.peers.headset_models import ALL, JABRA, POLY, Spoken
from tests.peers.seat import Seat
from tests.peers.virtual_headset import Plugged, VirtualHeadsets

ALARM = "alarm"
SETTLED_S = 1.2
"""After it was plugged in, a headset is not believed for a second."""
HAND_S = 0.25
"""Two presses within 50 ms are one that was told twice."""
DARK, TALK, RING, MUTED, TALK_RING, HELD = "020000", "020100", "020400", "020300", "020500", "020900"
"""What the Jabra is told."""
OFF_HOOK, ON_HOOK = "020300", "020000"
"""What the Jabra says, line busy included."""
FLASH = ("020b00", OFF_HOOK)
"""A longer press of its call button, in a call."""
REDIAL = ("021000", ON_HOOK)


@pytest.fixture(scope="module")
def headsets() -> Iterator[VirtualHeadsets]:
    with VirtualHeadsets() as headsets:
        yield headsets


@pytest.fixture(scope="module")
def seat(headsets: VirtualHeadsets, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    """A window from 4 to 7 seconds, and a line without one."""
    settings: dict[str, dict[str, Any]] = {
        "seat": {"hardware": "headset"},
        "pickup": {"country": "JP", "emergency_lines": [ALARM]},
    }
    with Seat(tmp_path_factory.mktemp("headset"), settings, headsets.environment) as seat:
        yield seat
        seat.wait_idle()


@contextmanager
def in_use(headsets: VirtualHeadsets, spoken: Spoken) -> Iterator[Plugged]:
    """Plugged in, used by the seat, and believed."""
    headset = headsets.plug(spoken.model)
    try:
        headset.wait_lamps(*spoken.dark)
        time.sleep(SETTLED_S)
        yield headset
    finally:
        headset.unplug()


@pytest.fixture
def jabra(headsets: VirtualHeadsets, seat: Seat) -> Iterator[Plugged]:
    with in_use(headsets, JABRA) as headset:
        yield headset


@pytest.fixture(autouse=True)
def _no_call_is_left(seat: Seat) -> Iterator[None]:
    yield
    seat.hang_up_all()


def press(headset: Plugged, *reports: str) -> int:
    """Send these reports, as late as a hand can be after it saw the lamps; when the first one left."""
    time.sleep(HAND_S)
    moments = [headset.send(report) for report in reports]
    return moments[0]


def test_lifted_in_ring_1_and_connected_when_the_window_opens(seat: Seat, jabra: Plugged, phones: Phones) -> None:
    guest = phones("guest").call(seat.uri)
    call = rings(seat, guest)
    jabra.wait_lamps(RING)
    pressed_ns = press(jabra, *JABRA.lift)
    jabra.wait_lamps(TALK)
    assert seat.wait_call(call)["state"] == "armed"
    lifted = seat.wait_event(e.AgentLifted, by="headset")
    assert 0 <= lifted.at_ns - pressed_ns < LATE_MS * 1e6
    guest.wait("answered")
    assert abs(guest.span_ms("180", "answered") - 4000) < LATE_MS
    press(jabra, *JABRA.end)
    guest.wait("ended")
    jabra.wait_lamps(DARK)
    record = seat.wait_record(guest.call_id)
    check_pickup(record, "on_time", 2)
    assert record["ended_by"] == "agent"


def test_an_early_lift_taken_back_rings_on(seat: Seat, jabra: Plugged, phones: Phones) -> None:
    guest = phones("guest").call(seat.uri)
    call = rings(seat, guest)
    jabra.wait_lamps(RING)
    press(jabra, *JABRA.lift)
    jabra.wait_lamps(TALK)
    press(jabra, *JABRA.end)
    jabra.wait_lamps(RING)
    assert seat.wait_call(call)["state"] == "alerting"
    sleep_until(guest, 4.5)
    assert not guest.answered
    press(jabra, *JABRA.lift)
    guest.wait("answered")


def test_the_deadline_lights_the_off_hook_lamp_and_the_answer_to_it_is_no_press(
    seat: Seat, jabra: Plugged, phones: Phones
) -> None:
    guest = phones("guest").call(seat.uri)
    rings(seat, guest)
    guest.wait("answered", 10)
    assert abs(guest.span_ms("180", "answered") - 7000) < LATE_MS
    jabra.wait_lamps(TALK)
    press(jabra, *JABRA.lift)
    sleep_until(guest, 0.3, "answered")
    assert seat.wait_call("guest", state="talking")
    guest.bye()
    jabra.wait_lamps(DARK)
    press(jabra, *JABRA.end)
    guest.wait("ended")
    seat.wait_idle()


@pytest.mark.parametrize("vendor", ALL)
def test_a_call_with_a_headset_of_each_vendor(
    vendor: str, headsets: VirtualHeadsets, seat: Seat, phones: Phones
) -> None:
    """Lifted, muted on the headset and on the page, ended; a second one lifted on the page and ended by the caller."""
    spoken = ALL[vendor]
    with in_use(headsets, spoken) as headset:
        guest = phones(vendor).call(seat.uri_of(ALARM))
        call = rings(seat, guest)
        headset.wait_lamps(*spoken.ring)
        press(headset, *spoken.lift)
        guest.wait("answered")
        headset.wait_lamps(*spoken.lifted)
        press(headset, *spoken.mute)
        headset.wait_lamps(*spoken.muted)
        seat.wait_state(lambda state: bool(state["muted"]))
        seat.post("mute", muted=False)
        headset.wait_lamps(*spoken.unmuted)
        seat.post("mute", muted=True)
        headset.wait_lamps(*spoken.muted)
        seat.post("mute", muted=False)
        headset.wait_lamps(*spoken.unmuted)
        press(headset, *spoken.end)
        guest.wait("ended")
        headset.wait_lamps(*spoken.ended)
        assert seat.wait_record(call)["ended_by"] == "agent"
        again = phones(f"{vendor}2").call(seat.uri_of(ALARM))
        call = rings(seat, again)
        headset.wait_lamps(*spoken.ring)
        seat.post("lift", call=call)
        headset.wait_lamps(*spoken.lifted)
        again.wait("answered")
        if spoken.answers:
            press(headset, *spoken.lift)
        again.bye()
        headset.wait_lamps(*spoken.ended)
        if spoken.answers:
            press(headset, *spoken.end)
        assert seat.wait_record(again.call_id)["ended_by"] == "customer"
        seat.wait_idle()


def test_there_is_a_headset_for_every_profile() -> None:
    assert {profile.name for profile in profiles()} == set(ALL)


def test_hold_swap_redial_and_a_second_call(seat: Seat, jabra: Plugged, phones: Phones) -> None:
    """Jabra's custom: a longer press holds for the other call, a short one ends the call for it."""
    anna = phones("anna").call(seat.uri_of(ALARM))
    rings(seat, anna)
    press(jabra, *JABRA.lift)
    anna.wait("answered")
    jabra.wait_lamps(TALK)
    press(jabra, *FLASH)
    anna.wait("held")
    jabra.wait_lamps(HELD)
    press(jabra, *FLASH)
    jabra.wait_lamps(TALK)
    bert = phones("bert").call(seat.uri_of(ALARM))
    rings(seat, bert)
    jabra.wait_lamps(TALK_RING)
    press(jabra, *FLASH)
    bert.wait("answered")
    seat.wait_call("anna", state="held")
    jabra.wait_lamps(TALK)
    press(jabra, *FLASH)
    seat.wait_call("anna", state="talking")
    seat.wait_call("bert", state="held")
    cora = phones("cora").call(seat.uri_of(ALARM))
    rings(seat, cora)
    jabra.wait_lamps(TALK_RING)
    press(jabra, *JABRA.end)
    anna.wait("ended")
    cora.wait("answered")
    seat.wait_call("cora", state="talking")
    assert seat.wait_call("bert", state="held")
    jabra.wait_lamps(TALK)


def test_redial_calls_the_last_one_called(seat: Seat, jabra: Plugged, phones: Phones) -> None:
    porter = phones("porter")
    seat.dial(porter.uri)
    seat.wait_call("porter", state="talking")
    jabra.wait_lamps(TALK)
    press(jabra, OFF_HOOK)  # its answer
    press(jabra, *JABRA.end)
    seat.wait_idle()
    jabra.wait_lamps(DARK)
    press(jabra, *REDIAL)
    seat.wait_call("porter", state="talking")


def test_a_press_that_nothing_comes_of_is_taken_back(seat: Seat, jabra: Plugged) -> None:
    assert not seat.state()["calls"]
    press(jabra, *JABRA.lift)
    deadline = time.monotonic() + 5
    while [report for _, report in jabra.lamps] != [DARK, DARK]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_ringing_call_is_declined_by_the_programmable_button(seat: Seat, jabra: Plugged, phones: Phones) -> None:
    guest = phones("guest").call(seat.uri)
    rings(seat, guest)
    press(jabra, "024000", ON_HOOK)
    guest.wait("ended")
    assert guest.final_code >= 400
    jabra.wait_lamps(DARK)


def test_plugged_in_while_it_rings_and_pulled_out_in_a_call(
    headsets: VirtualHeadsets, seat: Seat, phones: Phones
) -> None:
    guest = phones("guest").call(seat.uri)
    rings(seat, guest)
    first = headsets.plug(POLY.model)
    first.wait_lamps("2101", "2300", "2400", "2500")
    time.sleep(SETTLED_S)
    press(first, *POLY.lift)
    guest.wait("answered")
    first.unplug()
    second = headsets.plug(JABRA.model)
    second.wait_lamps(TALK)
    press(second, OFF_HOOK)  # its answer
    assert seat.wait_call("guest", state="talking")
    time.sleep(SETTLED_S)
    press(second, *JABRA.end)
    guest.wait("ended")
    second.wait_lamps(DARK)
    second.unplug()


def test_a_restarted_seat_lights_the_lamps_of_the_call_that_goes_on(
    headsets: VirtualHeadsets, seat: Seat, jabra: Plugged, phones: Phones
) -> None:
    guest = phones("guest").call(seat.uri_of(ALARM))
    rings(seat, guest)
    press(jabra, *JABRA.lift)
    guest.wait("answered")
    jabra.wait_lamps(TALK)
    told = len(jabra.lamps)
    seat.kill()
    seat.start_again()
    deadline = time.monotonic() + 10
    while len(jabra.lamps) == told or jabra.lamps[-1][1] != TALK:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(SETTLED_S)
    press(jabra, *JABRA.end)
    guest.wait("ended")
    jabra.wait_lamps(DARK)


def test_of_two_headsets_the_first_is_used_and_the_second_stands_in(
    headsets: VirtualHeadsets, seat: Seat, jabra: Plugged, phones: Phones
) -> None:
    second = headsets.plug(POLY.model)
    guest = phones("guest").call(seat.uri_of(ALARM))
    rings(seat, guest)
    jabra.wait_lamps(RING)
    assert second.lamps == []
    press(second, *POLY.lift)
    time.sleep(0.3)
    assert not guest.answered
    press(jabra, *JABRA.lift)
    guest.wait("answered")
    second.unplug()


def test_at_its_end_a_seat_turns_the_lamps_off(
    headsets: VirtualHeadsets, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with VirtualHeadsets() as bed:
        folder = tmp_path_factory.mktemp("end")
        with Seat(folder, {"seat": {"hardware": "headset"}}, bed.environment) as seat:
            headset = bed.plug(JABRA.model)
            headset.wait_lamps(DARK)
            seat.post("mute", muted=True)
            headset.wait_lamps("020200")
        headset.wait_lamps(DARK)


def test_hardware_none_leaves_headsets_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    with VirtualHeadsets() as bed:
        headset = bed.plug(JABRA.model)
        with Seat(tmp_path_factory.mktemp("none"), {"seat": {"hardware": "none"}}, bed.environment) as seat:
            seat.post("mute", muted=True)
            time.sleep(0.5)
        assert headset.lamps == []
