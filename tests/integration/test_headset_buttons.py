"""A real seat with a virtual USB headset: presses and lamps in real calls, devices that come and go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import Phones
from tests.integration.ringing import LATE_MS, check_pickup, rings, sleep_until
from tests.peers.seat import Seat
from tests.peers.virtual_headset import Model, Plugged, VirtualHeadsets, recorded

JABRA = Model(
    vendor=0x0B0E,
    product_id=0x0307,
    maker="GN Netcom A/S",
    product="Jabra EVOLVE LINK MS",
    descriptor=recorded("jabra_evolve_link_ms"),
)
OFF_HOOK, ON_HOOK, MUTE_DOWN, FLASH_DOWN, REDIAL_DOWN = "020100", "020000", "020500", "020900", "021100"
"""Its input reports; mute, flash and redial as they are while it is off-hook."""
DARK, TALK, RING, MUTED, RING_TALK, HELD = "020000", "020100", "020400", "020300", "020500", "020900"
"""Its output reports."""


@pytest.fixture(scope="module")
def headsets() -> Iterator[VirtualHeadsets]:
    with VirtualHeadsets() as headsets:
        yield headsets


@pytest.fixture(scope="module")
def seat(headsets: VirtualHeadsets, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    """A window from 4 to 7 seconds."""
    settings = {"seat": {"hardware": "headset"}}
    with Seat(tmp_path_factory.mktemp("headset"), settings, headsets.environment) as seat:
        yield seat


@pytest.fixture
def jabra(headsets: VirtualHeadsets, seat: Seat) -> Iterator[Plugged]:
    """Plugged in, in use, and past its first second, in which presses do not count."""
    headset = headsets.plug(JABRA)
    headset.wait_lamps(DARK)
    yield headset
    seat.hang_up_all()
    headset.unplug()


def test_lifted_in_ring_1_and_connected_when_the_window_opens(seat: Seat, jabra: Plugged, phones: Phones) -> None:
    guest = phones("guest").call(seat.uri)
    call = rings(seat, guest)
    jabra.wait_lamps(RING)
    sleep_until(guest, 2.7)
    pressed_ns = jabra.send(OFF_HOOK)
    (lit_ns,) = jabra.wait_lamps(TALK)
    assert seat.wait_call(call)["state"] == "armed"
    guest.wait("answered")
    assert 4000 <= guest.span_ms("180", "answered") < 4000 + LATE_MS
    jabra.send(MUTE_DOWN)
    jabra.send(OFF_HOOK)
    jabra.wait_lamps(MUTED)
    assert seat.state()["muted"]
    seat.post("mute", muted=False)
    jabra.wait_lamps(TALK)
    jabra.send(ON_HOOK)
    guest.wait("ended")
    jabra.wait_lamps(DARK)
    record = seat.wait_record(guest.call_id)
    check_pickup(record, "on_time", 2)
    assert record["ended_by"] == "agent"
    assert lit_ns > pressed_ns
