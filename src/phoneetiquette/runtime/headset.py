"""The headset as a face of the seat: its buttons ask what the page's ask, its lamps show what the page shows."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from phoneetiquette import events as e
from phoneetiquette.errors import CallError, DeviceError, PhoneEtiquetteError
from phoneetiquette.headset import found, mixer
from phoneetiquette.headset.controls import Button
from phoneetiquette.headset.found import Headset
from phoneetiquette.headset.hid import Hid, HidrawDevice
from phoneetiquette.headset.link import HeadsetLink
from phoneetiquette.headset.machine import Machine, Press
from phoneetiquette.headset.meaning import Do, Situation, lamps, meaning, situation
from phoneetiquette.headset.settings import ButtonSettings
from phoneetiquette.units import NS_PER_S

log = logging.getLogger(__name__)

TROUBLE = "headset.buttons"
BY = "headset"
VOLUME = {Button.VOLUME_UP: 1, Button.VOLUME_DOWN: -1}


class SeatPort(Protocol):
    """What the headset needs of the seat. Every method is called on the loop."""

    def snapshot(self) -> dict[str, Any]: ...

    async def submit(self, event: e.Event) -> None: ...

    def trouble(self, key: str, error: PhoneEtiquetteError | None) -> None: ...

    def last_dialled(self) -> str: ...

    def subscribe(self, listener: Any) -> None: ...

    def unsubscribe(self, listener: Any) -> None: ...

    def new_call_id(self) -> e.CallId: ...


class HeadsetFace:
    """The buttons and lamps of one seat's headset. Everything runs on the loop but :class:`_Bridge`."""

    def __init__(
        self,
        seat: SeatPort,
        settings: ButtonSettings,
        *,
        look: Callable[[], tuple[Headset, ...]] = found.headsets,
        open_device: Callable[[str], Hid] = HidrawDevice,
        nodes: Callable[[], frozenset[str]] = found.nodes,
    ) -> None:
        self._seat = seat
        self._settings = settings
        self._headset: Headset | None = None
        self._machine: Machine | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._presses: asyncio.Queue[tuple[Press, int]] = asyncio.Queue()
        self._acting: asyncio.Task[None] | None = None
        self._turning: asyncio.Task[None] | None = None
        self._steps = 0
        """By how much the volume is still to be turned."""
        self._leaving: set[e.CallId] = set()
        """Calls that a button told to end, and that are not over yet."""
        self._look = look
        self._loop = asyncio.get_running_loop()
        self._link = HeadsetLink(self._choose, open_device, _Bridge(self, self._loop), nodes)

    def start(self) -> None:
        self._seat.subscribe(self)
        self._acting = asyncio.create_task(self._act())
        self._link.start()

    async def stop(self) -> None:
        """Turn the lamps off and let the headset go."""
        self._seat.unsubscribe(self)
        if self._acting:
            self._acting.cancel()
        if self._machine:
            self._machine.want((), time.monotonic_ns())
            self._send()
        self._set_timer(None)
        await asyncio.to_thread(self._link.stop)

    # ------------------------------------------------------------------------------------------ the seat has changed

    def state_changed(self) -> None:
        """As :class:`~phoneetiquette.runtime.seat.SeatListener`."""
        self._show()

    def measures_taken(self, call: e.CallId, measures: dict[str, Any]) -> None:
        pass

    def _situation(self) -> Situation:
        snapshot = self._seat.snapshot()
        self._leaving &= {one["id"] for one in snapshot["calls"]}
        return situation(snapshot, self._leaving)

    def _show(self) -> None:
        if self._machine:
            self._machine.want(lamps(self._situation(), self._machine.profile), time.monotonic_ns())
            self._send()

    def _send(self) -> None:
        if self._machine:
            for report in self._machine.take_reports():
                self._link.write(report)
            self._set_timer(self._machine.deadline())

    def _set_timer(self, deadline: int | None) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            delay = max(0, deadline - time.monotonic_ns()) / NS_PER_S
            self._timer = self._loop.call_later(delay, self._time_passed)

    def _time_passed(self) -> None:
        if self._machine:
            self._machine.advance(time.monotonic_ns())
            self._send()

    # --------------------------------------------------------------------------------------- the headset has changed

    def _choose(self) -> Headset | None:
        """In the link's thread."""
        settings = self._settings
        headset = found.choose(self._look(), settings.device, settings.sound)
        return dataclasses.replace(headset, profile=settings.over(headset.profile)) if headset else None

    def opened(self, headset: Headset) -> None:
        assert headset.controls is not None
        log.info("headset: the buttons of %s are in use", headset.name)
        self._headset = headset
        controls = headset.controls.styled(headset.profile.styles)
        self._machine = Machine(controls, headset.profile, time.monotonic_ns())
        self._show()

    def gone(self, headset: Headset) -> None:
        log.info("headset: %s has gone", headset.name)
        self._headset = self._machine = None
        self._set_timer(None)

    def troubled(self, error: DeviceError | None) -> None:
        self._seat.trouble(TROUBLE, error)

    def came(self, report: bytes, at_ns: int) -> None:
        if self._machine:
            for press in self._machine.report(report, at_ns):
                if press.button in VOLUME:
                    self._turn(VOLUME[press.button])
                else:
                    self._presses.put_nowait((press, at_ns))
            self._send()

    def _turn(self, steps: int) -> None:
        """A volume button was pressed. Where there is a desktop, that has seen it as well and turns the volume."""
        card = self._headset.card if self._headset else None
        if card and self._settings.volume == "card":
            self._steps += steps
            if self._turning is None or self._turning.done():
                self._turning = asyncio.create_task(self._turn_card(f"hw:{card.number}"))

    async def _turn_card(self, card: str) -> None:
        """One turn after the other, in a thread: a sound server may hold a card for a while."""
        while self._steps:
            steps, self._steps = self._steps, 0
            try:
                await asyncio.to_thread(mixer.turn, card, steps)
            except DeviceError as error:
                log.warning("headset: %s", error)

    # -------------------------------------------------------------------------------------------------- what is asked

    async def _act(self) -> None:
        """One press after the other: what it means depends on what became of those before."""
        while True:
            press, at_ns = await self._presses.get()
            try:
                await self._carry_out(press, at_ns)
            except Exception:
                # The next press must find somebody here, or the receptionist has lost the headset in a call.
                log.exception("headset: %s could not be carried out", press)

    async def _carry_out(self, press: Press, at_ns: int) -> None:
        if self._machine is None:
            return
        now = self._situation()
        do = meaning(press, now, self._machine.profile)
        log.debug("headset: %s %s means %s", press.button, "on" if press.on else "off", do)
        try:
            for event in self._events(do, now, at_ns):
                await self._seat.submit(event)
                if isinstance(event, e.AgentHungUp):
                    self._leaving |= {event.call} if event.call else set(now.in_line)
        except CallError as error:
            log.info("headset: %s cannot be had: %s", do, error)
        self._show()

    def _events(self, do: Do, now: Situation, at_ns: int) -> list[e.Event]:
        in_line = now.in_line[0] if len(now.in_line) == 1 else None  # a conference is left as a whole
        hang_up = e.AgentHungUp(at_ns=at_ns, call=in_line if now.in_line else now.on_hold)
        lift = e.AgentLifted(at_ns=at_ns, call=now.that_waits, by=BY)
        match do:
            case Do.LIFT:
                return [lift]
            case Do.PUT_DOWN:
                return [e.AgentPutDown(at_ns=at_ns, call=now.that_waits)]
            case Do.HANG_UP:
                return [hang_up]
            case Do.HANG_UP_AND_LIFT:
                return [hang_up, lift]
            case Do.HOLD:
                return [e.AgentHeld(at_ns=at_ns)]
            case Do.RESUME:
                return [e.AgentResumed(at_ns=at_ns, call=now.on_hold)]
            case Do.DECLINE:
                return [e.AgentHungUp(at_ns=at_ns, call=now.that_waits)]
            case Do.MUTE | Do.UNMUTE:
                return [e.AgentMuted(at_ns=at_ns, muted=do is Do.MUTE)]
            case Do.REDIAL if target := self._seat.last_dialled():
                return [e.AgentDialled(at_ns=at_ns, call=self._seat.new_call_id(), target=target)]
            case _:
                return []


class _Bridge:
    """Takes what the link's thread tells over to the loop, in order."""

    def __init__(self, face: HeadsetFace, loop: asyncio.AbstractEventLoop) -> None:
        self._face = face
        self._loop = loop

    def _over(self, call: Callable[..., None], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(functools.partial(call, *arguments))

    def opened(self, headset: Headset) -> None:
        self._over(self._face.opened, headset)

    def came(self, report: bytes, at_ns: int) -> None:
        self._over(self._face.came, report, at_ns)

    def gone(self, headset: Headset) -> None:
        self._over(self._face.gone, headset)

    def troubled(self, error: DeviceError | None) -> None:
        self._over(self._face.troubled, error)
