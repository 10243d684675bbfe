"""What every headset promises to the seat, whether it is one in memory or one of the kernel's (played by umockdev)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from phoneetiquette.errors import DeviceError
from phoneetiquette.headset.hid import Hid
from tests.peers.headset_program import Program
from tests.peers.memory_headset import MemoryHeadset
from tests.peers.virtual_headset import Model, VirtualHeadsets, recorded

MODEL = Model(
    vendor=0x047F, product_id=0x02E6, maker="Plantronics", product="Poly BT700", descriptor=recorded("poly_bt700")
)


class Rig(Protocol):
    """A headset in the hands of a test."""

    def open(self) -> Hid: ...

    def send(self, report: str) -> None: ...

    def lamps(self) -> list[str]: ...

    def unplug(self) -> None: ...

    def forbid(self) -> None: ...


class InMemory:
    def __init__(self) -> None:
        self._headset = MemoryHeadset()

    def open(self) -> Hid:
        return self._headset.open("/dev/hidraw0")

    def send(self, report: str) -> None:
        self._headset.send(report)

    def lamps(self) -> list[str]:
        return self._headset.lamps

    def unplug(self) -> None:
        self._headset.unplug()

    def forbid(self) -> None:
        self._headset.permitted = False


class OfTheKernel:
    def __init__(self, headsets: VirtualHeadsets) -> None:
        self._headsets = headsets
        self._plugged = headsets.plug(MODEL)
        self._forbidden = False

    def open(self) -> Hid:
        return Program(self._headsets, self._plugged.node, as_nobody=self._forbidden)

    def send(self, report: str) -> None:
        self._plugged.send(report)

    def lamps(self) -> list[str]:
        return [report for _, report in self._plugged.lamps]

    def unplug(self) -> None:
        self._plugged.unplug()

    def forbid(self) -> None:
        self._plugged.forbid()
        self._forbidden = True


@pytest.fixture(params=["memory", "umockdev"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    if request.param == "memory":
        yield InMemory()
    else:
        with VirtualHeadsets() as headsets:
            yield OfTheKernel(headsets)


def eventually(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_reports_come_in_order_one_at_a_time(rig: Rig) -> None:
    device = rig.open()
    rig.send("2001")
    assert device.read(5) == bytes.fromhex("2001")
    rig.send("2003")
    assert device.read(5) == bytes.fromhex("2003")
    device.close()


def test_reading_waits_only_as_long_as_told(rig: Rig) -> None:
    device = rig.open()
    began = time.monotonic()
    assert device.read(0.05) == b""
    assert time.monotonic() - began >= 0.04
    device.close()


def test_lamps_are_told_as_they_are_written(rig: Rig) -> None:
    device = rig.open()
    for report in ("2101", "2401", "2100"):
        device.write(bytes.fromhex(report))
    eventually(lambda: rig.lamps() == ["2101", "2401", "2100"])
    device.close()


def test_a_headset_that_was_unplugged_says_so(rig: Rig) -> None:
    device = rig.open()
    rig.unplug()
    with pytest.raises(DeviceError, match=r"\(plug it in again\)"):
        device.read(5)
    device.close()


def test_a_headset_that_has_gone_cannot_be_opened(rig: Rig) -> None:
    rig.unplug()
    with pytest.raises(DeviceError, match="gone"):
        rig.open()


def test_a_headset_that_may_not_be_used_says_how_to_get_leave(rig: Rig) -> None:
    rig.forbid()
    with pytest.raises(DeviceError, match=r"no permission .* \(run once: sudo "):
        rig.open()


def test_closed_and_opened_again(rig: Rig) -> None:
    rig.open().close()
    device = rig.open()
    rig.send("2001")
    assert device.read(5) == bytes.fromhex("2001")
    device.close()
