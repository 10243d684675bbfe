"""The link that keeps a headset: found, opened, lost, replaced. Headsets in memory; the time is real and short."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from phoneetiquette.errors import DeviceError
from phoneetiquette.headset import link as link_module
from phoneetiquette.headset.controls import controls_of
from phoneetiquette.headset.descriptor import parse
from phoneetiquette.headset.found import Card, Headset, choose
from phoneetiquette.headset.link import HeadsetLink
from phoneetiquette.headset.profiles import profile_of
from tests.peers.memory_headset import MemoryHeadset
from tests.peers.virtual_headset import recorded


def headset(number: int, name: str = "Jabra EVOLVE LINK MS", *, buttons: bool = True, serial: str = "") -> Headset:
    return Headset(
        name=name,
        vendor_id=0x0B0E,
        product_id=0x0307,
        serial=serial,
        usb=f"/sys/devices/usb1/1-{number}",
        profile=profile_of(0x0B0E),
        card=Card(number, True, True),
        node=f"/dev/hidraw{number}" if buttons else "",
        controls=controls_of(parse(recorded("jabra_evolve_link_ms"))) if buttons else None,
    )


class Desk:
    """The devices of a machine, and what the link tells of them."""

    def __init__(self) -> None:
        self.devices: dict[str, MemoryHeadset] = {}
        self.wanted: list[Headset] = []
        """The best first."""
        self.told: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self.link = HeadsetLink(self._look, self._open, self, lambda: frozenset(self.devices))

    def _look(self) -> Headset | None:
        return next((one for one in self.wanted if one.node in self.devices), None)

    def _open(self, node: str) -> MemoryHeadset:
        if node not in self.devices:
            raise DeviceError(f"{node} has gone", "plug it in again")
        return self.devices[node].open(node)

    def plug(self, one: Headset) -> MemoryHeadset:
        device = self.devices[one.node] = MemoryHeadset()
        return device

    def unplug(self, one: Headset) -> None:
        self.devices.pop(one.node).unplug()

    def opened(self, one: Headset) -> None:
        self.told.put(("opened", one.node))

    def came(self, report: bytes, at_ns: int) -> None:
        self.told.put(("came", report.hex()))

    def gone(self, one: Headset) -> None:
        self.told.put(("gone", one.node))

    def troubled(self, error: DeviceError | None) -> None:
        self.told.put(("troubled", error and error.what))

    def next(self) -> tuple[Any, ...]:
        return self.told.get(timeout=10)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(link_module, "LOOK_S", 0.02)
    monkeypatch.setattr(link_module, "PATIENCE_S", 0.1)
    desk = Desk()
    yield desk
    desk.link.stop()


def eventually(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_plugged_in_used_and_pulled_out_at_any_time(desk: Desk) -> None:
    jabra = headset(1)
    desk.wanted = [jabra]
    desk.link.write(b"\x02\x00\x00")  # nobody is there: it is lost
    desk.link.start()
    device = desk.plug(jabra)
    assert desk.next() == ("opened", jabra.node)
    device.send("020100")
    assert desk.next() == ("came", "020100")
    desk.link.write(bytes.fromhex("020100"))
    eventually(lambda: device.lamps == ["020100"])
    desk.unplug(jabra)
    assert desk.next() == ("gone", jabra.node)
    again = desk.plug(jabra)
    assert desk.next() == ("opened", jabra.node)
    again.send("020000")
    assert desk.next() == ("came", "020000")


def test_a_better_headset_takes_over_and_the_other_one_is_let_go(desk: Desk) -> None:
    first, second = headset(1), headset(2)
    desk.wanted = [first, second]
    spare = desk.plug(second)
    desk.link.start()
    assert desk.next() == ("opened", second.node)
    desk.plug(first)
    assert [desk.next(), desk.next()] == [("gone", second.node), ("opened", first.node)]
    assert spare.closed
    desk.unplug(first)
    assert [desk.next(), desk.next()] == [("gone", first.node), ("opened", second.node)]


def test_permission_that_is_missing_is_told_after_a_while_and_taken_back(desk: Desk) -> None:
    jabra = headset(1)
    desk.wanted = [jabra]
    device = desk.plug(jabra)
    device.permitted = False
    desk.link.start()
    what, why = desk.next()
    assert what == "troubled"
    assert "no permission" in why
    device.permitted = True
    assert [desk.next(), desk.next()] == [("troubled", None), ("opened", jabra.node)]


def test_permission_that_comes_a_moment_late_is_no_trouble(desk: Desk) -> None:
    jabra = headset(1)
    desk.wanted = [jabra]
    device = desk.plug(jabra)
    device.permitted = False
    desk.link.start()
    time.sleep(0.05)
    device.permitted = True
    assert desk.next() == ("opened", jabra.node)


def test_what_was_to_be_written_is_written_before_the_end(desk: Desk) -> None:
    jabra = headset(1)
    desk.wanted = [jabra]
    device = desk.plug(jabra)
    desk.link.start()
    desk.next()
    for _ in range(20):
        desk.link.write(b"\x02\x01\x00")
    desk.link.write(b"\x02\x00\x00")
    desk.link.stop()
    assert device.lamps == ["020100"] * 20 + ["020000"]
    assert device.closed


JABRA, POLY, PLAIN = headset(1), headset(2, "Poly BT700", serial="A1B2"), headset(3, "H390", buttons=False)


@pytest.mark.parametrize(
    ("device", "sound", "chosen"),
    [
        (None, (), JABRA),
        (None, ("Poly",), POLY),
        (None, ("poly bt700: USB Audio (hw:2,0)",), POLY),
        (None, ("hw:2",), POLY),
        (None, ("H390", "Poly"), POLY),
        (None, ("H390",), None),
        (None, ("headset_in",), None),
        ("a1b2", ("Jabra",), POLY),
        ("Evolve", (), JABRA),
        ("Savi", ("Jabra",), None),
    ],
)
def test_which_of_several_headsets_is_used(device: str | None, sound: tuple[str, ...], chosen: Headset | None) -> None:
    assert choose((JABRA, POLY, PLAIN), device, sound) == chosen


def test_without_any_buttons_there_is_nothing_to_choose() -> None:
    assert choose((PLAIN,), None, ()) is None
    assert choose((), None, ()) is None
