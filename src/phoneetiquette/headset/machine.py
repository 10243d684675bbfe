"""One headset between its reports and its lamps: what was pressed, and which reports light what the seat wants. Pure.

Used by one thread::

    presses = machine.report(report, now)      # bytes that the headset sent
    machine.want({Lamp.RING}, now)             # what the seat wants shown
    machine.advance(now)                       # at machine.deadline()
    for report in machine.take_reports():      # after any of these: bytes to send
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from phoneetiquette.headset.agreement import Agreement, Decision
from phoneetiquette.headset.controls import SWITCHES, Button, Control, Controls, Lamp, Style
from phoneetiquette.headset.profile import Profile
from phoneetiquette.units import ms

_LAMP_OF = {Button.HOOK: Lamp.OFF_HOOK, Button.MUTE: Lamp.MUTE}


@dataclass(frozen=True, slots=True)
class Press:
    """The user did something. ``on``: the state that a switch was brought to; ``True`` for other buttons."""

    button: Button
    on: bool = True


class Machine:
    """The state of one plugged-in headset. All moments are ``CLOCK_MONOTONIC`` nanoseconds."""

    def __init__(self, controls: Controls, profile: Profile, now_ns: int) -> None:
        self.controls = controls
        self.profile = profile
        turned = {one.button for one in controls.buttons if one.style is Style.TOGGLE}
        answer_ns = ms(profile.acknowledge_ms)
        self._switches = {
            Button.HOOK: Agreement(
                answers=profile.acknowledges, answer_ns=answer_ns, now_ns=now_ns, turns=Button.HOOK in turned
            ),
            Button.MUTE: Agreement(
                answers=True,
                answer_ns=ms(profile.mute_echo_ms) if Button.MUTE in turned else answer_ns,
                now_ns=now_ns,
                turns=Button.MUTE in turned,
            ),
        }
        self._values = [0] * len(controls.buttons)
        """Last value of each control."""
        self._pressed_ns: dict[Button, int] = {}
        self._lit: frozenset[Lamp] = frozenset()
        self._sent: tuple[bytes, ...] = ()
        """As the lamps were told last; empty: not yet, or they are to be told again."""

    # ------------------------------------------------------------------------------------------------- from the headset

    def report(self, data: bytes, now_ns: int) -> list[Press]:
        """What the user did, by this input report (with its id, where the device numbers them)."""
        report_id, payload = self.controls.split(data)
        told: list[tuple[Control, int, int]] = []
        for number, control in enumerate(self.controls.buttons):
            if control.field.report_id == report_id and (value := control.pressed(payload)) is not None:
                told.append((control, self._values[number], value))
                self._values[number] = value
        presses: list[Press] = []
        for control, before, value in told:
            others = any(old != new for other, old, new in told if other is not control)
            press = self._told(control, before, value, now_ns, alone=not others)
            if press:
                presses.append(press)
        return presses

    def _told(self, control: Control, before: int, value: int, now_ns: int, *, alone: bool) -> Press | None:
        button = control.button
        went_down = value != 0 and value != before
        if button not in SWITCHES:
            return Press(button) if went_down and not self._just_told(button, now_ns) else None
        switch = self._switches[button]
        match control.style:
            case Style.STATE:
                decision = switch.report(value != 0, now_ns, alone=alone)
            case Style.ON_OFF if went_down:
                decision = switch.report(value > 0, now_ns, alone=True)
            case Style.TOGGLE if went_down and not self._just_told(button, now_ns):
                decision = switch.turned(now_ns)
            case _:
                return None
        return Press(button, switch.said) if decision is Decision.PRESS else None

    def _just_told(self, button: Button, now_ns: int) -> bool:
        """Whether the same button was told a moment ago, by another report for the same press."""
        last = self._pressed_ns.get(button)
        self._pressed_ns[button] = now_ns
        return last is not None and now_ns - last < ms(self.profile.repeat_ms)

    # --------------------------------------------------------------------------------------------------- to the headset

    def want(self, lit: Iterable[Lamp], now_ns: int) -> None:
        """The seat wants these lamps lit, and no others."""
        self._lit = frozenset(lit)
        self._switches[Button.HOOK].want(Lamp.OFF_HOOK in self._lit, now_ns)
        self._switches[Button.MUTE].want(Lamp.MUTE in self._lit, now_ns)

    def deadline(self) -> int | None:
        """When :meth:`advance` will have something to do, or ``None``."""
        return min((d for one in self._switches.values() if (d := one.deadline()) is not None), default=None)

    def advance(self, now_ns: int) -> None:
        """Time has passed."""
        for button, switch in self._switches.items():
            if switch.advance(now_ns) is Decision.REPEAT:
                again = {field.report_id for lamp, field in self.controls.lamps if lamp is _LAMP_OF[button]}
                self._sent = tuple(report for report in self._sent if report[0] not in again)

    def take_reports(self) -> tuple[bytes, ...]:
        """Output reports to send now, because the lamps were told something else, or nothing, before."""
        wanted = self.controls.reports(self._lit)
        due = tuple(one for one in wanted if one not in self._sent)
        self._sent = wanted
        return due
