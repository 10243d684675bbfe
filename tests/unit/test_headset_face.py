"""The headset as a face of a desk: a headset in memory, the real link, a desk without SIP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from phoneetiquette import events as e
from phoneetiquette.errors import CallError, PhoneEtiquetteError
from phoneetiquette.headset import link
from phoneetiquette.headset.controls import controls_of
from phoneetiquette.headset.descriptor import parse
from phoneetiquette.headset.found import Headset
from phoneetiquette.headset.profiles import profile_of
from phoneetiquette.headset.settings import ButtonSettings
from phoneetiquette.runtime.headset import HeadsetFace
from tests.peers.headset_models import JABRA
from tests.peers.memory_headset import MemoryHeadset
from tests.peers.scripted_desk import ScriptedDesk
from tests.peers.virtual_headset import recorded

DARK, TALK, RING = "020000", "020100", "020400"
SETTLED_S = 1.1


class Desk(ScriptedDesk):
    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[str | None] = []
        self.refuse: Exception | None = None

    def trouble(self, key: str, error: PhoneEtiquetteError | None) -> None:
        assert key == "headset.buttons"
        self.troubles.append(error.what if error else None)

    async def submit(self, event: e.Event) -> None:
        if self.refuse:
            raise self.refuse
        await super().submit(event)


class Scene:
    """A desk and its headset."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.device = MemoryHeadset()
        headset = Headset(
            name="Jabra EVOLVE LINK MS",
            vendor_id=JABRA.model.vendor,
            product_id=JABRA.model.product_id,
            serial="",
            usb="/sys/devices/usb1/1-1",
            profile=profile_of(JABRA.model.vendor),
            node="/dev/hidraw0",
            controls=controls_of(parse(recorded("jabra_evolve_link_ms"))),
        )
        self.face = HeadsetFace(
            self.desk,
            ButtonSettings(),
            look=lambda: (headset,),
            open_device=self.device.open,
            nodes=lambda: frozenset({"hidraw0"}),
        )

    async def lamps(self, *wanted: str) -> None:
        """Until the last reports that the headset was told are these."""
        await eventually(lambda: self.device.lamps[-len(wanted) :] == list(wanted))

    async def press(self, *reports: str) -> None:
        for report in reports:
            self.device.send(report)

    def asked(self, kind: type[e.Event]) -> list[Any]:
        return [event for event in self.desk.events if isinstance(event, kind)]


async def eventually(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110 - the other side is a thread
            await asyncio.sleep(0.005)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    scene.face.start()
    await scene.lamps(DARK)
    await asyncio.sleep(SETTLED_S)
    yield scene
    await scene.face.stop()
    assert scene.device.lamps[-1] == DARK
    assert scene.device.closed


async def test_a_press_lifts_and_names_its_origin(scene: Scene) -> None:
    call = scene.desk.ring("Anna", since_s=60)
    await scene.lamps(RING)
    await scene.press(*JABRA.lift)
    await scene.lamps(TALK)
    (lifted,) = scene.asked(e.AgentLifted)
    assert (lifted.call, lifted.by) == (call, "headset")
    await scene.press(*JABRA.end)
    await scene.lamps(DARK)
    assert [event.call for event in scene.asked(e.AgentHungUp)] == [call]


async def test_a_wish_that_is_refused_is_taken_back_on_the_headset(scene: Scene) -> None:
    scene.desk.ring("Anna", since_s=60)
    await scene.lamps(RING)
    scene.desk.refuse = CallError("the telephone engine is not ready", "wait a moment and try again")
    await scene.press(*JABRA.lift)
    await scene.lamps(RING, RING)
    await scene.press(*JABRA.end)  # the headset went back on-hook
    scene.desk.refuse = None
    await asyncio.sleep(0.05)
    await scene.press(*JABRA.lift)
    await scene.lamps(TALK)


async def test_a_fault_at_one_press_does_not_lose_the_next(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.desk.ring("Anna", since_s=60)
    scene.desk.refuse = RuntimeError("a fault")
    await scene.press(*JABRA.lift)
    await eventually(lambda: "could not be carried out" in caplog.text)
    scene.desk.refuse = None
    await scene.press(*JABRA.end)
    await scene.press(*JABRA.lift)
    await scene.lamps(TALK)


async def test_a_conference_is_left_as_a_whole(scene: Scene) -> None:
    calls = [scene.desk.ring(name, since_s=60) for name in ("Anna", "Bert")]
    for call in calls:
        scene.desk.call(call)["state"] = "conference"
    scene.desk.changed()
    await scene.lamps(TALK)
    await scene.press(*JABRA.lift)  # its answer
    await asyncio.sleep(0.05)
    await scene.press(*JABRA.end)
    await eventually(lambda: bool(scene.asked(e.AgentHungUp)))
    assert [event.call for event in scene.asked(e.AgentHungUp)] == [None]
    await scene.lamps(DARK)


async def test_redial_without_anybody_called_before_does_nothing(scene: Scene) -> None:
    await scene.press("021000", "020000")
    await asyncio.sleep(0.1)
    assert scene.desk.events == []
    placed = scene.desk.new_call_id()
    await scene.desk.submit(e.AgentDialled(at_ns=scene.desk.now_ns(), call=placed, target="sip:porter@hotel"))
    scene.desk.leave(placed, by="agent")
    await asyncio.sleep(0.1)
    await scene.press("021000", "020000")
    await eventually(lambda: len(scene.asked(e.AgentDialled)) == 2)
    assert {event.target for event in scene.asked(e.AgentDialled)} == {"sip:porter@hotel"}


async def test_a_headset_that_may_not_be_used_is_a_trouble_until_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "LOOK_S", 0.02)
    monkeypatch.setattr(link, "PATIENCE_S", 0.1)
    scene = Scene()
    scene.device.permitted = False
    scene.face.start()
    await eventually(lambda: len(scene.desk.troubles) == 1)
    assert "no permission" in (scene.desk.troubles[0] or "")
    scene.device.permitted = True
    await scene.lamps(DARK)
    assert scene.desk.troubles[1:] == [None]
    await scene.face.stop()


async def test_the_lamps_are_turned_off_at_the_end(scene: Scene) -> None:
    await scene.desk.submit(e.AgentMuted(at_ns=scene.desk.now_ns(), muted=True))
    await scene.lamps("020200")
