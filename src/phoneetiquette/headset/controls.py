"""The buttons and lamps of a headset, found in its report descriptor by what they are for. Pure.

Sources: USB-IF, *HID Usage Tables 1.5*, 11 (LED page), 14 (Telephony Device page), 15 (Consumer page); 3.4.2.1 for what
the flags of a control say of how it behaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from phoneetiquette.headset.descriptor import Descriptor, Field, Kind, Usage

LED, BUTTON, TELEPHONY, CONSUMER = 0x08, 0x09, 0x0B, 0x0C

PHONES = frozenset(Usage(TELEPHONY, one) for one in (0x01, 0x04, 0x05))
"""Phone, Handset, Headset: the collections in which a headset has its call buttons."""
REMOTE = Usage(CONSUMER, 0x01)
"""Consumer Control: where most headsets have their volume buttons."""


class Button(StrEnum):
    HOOK = "hook"
    MUTE = "mute"
    FLASH = "flash"
    HOLD = "hold"
    REDIAL = "redial"
    DROP = "drop"
    PROGRAMMABLE = "programmable"
    """Without a meaning of its own; what a vendor uses it for stands in its profile."""
    VOLUME_UP = "volume up"
    VOLUME_DOWN = "volume down"


class Lamp(StrEnum):
    OFF_HOOK = "off-hook"
    """More than a lamp: it opens the link of a wireless headset, and most headsets take it as an answer."""
    RING = "ring"
    MUTE = "mute"
    HOLD = "hold"


class Style(StrEnum):
    """How a control tells what was done."""

    STATE = "state"
    """Its value is the state: a switch that stays where it is put."""
    TOGGLE = "toggle"
    """A push button that turns over what is: 1 when pressed, and the 0 that follows says nothing."""
    ON_OFF = "on-off"
    """1 for on, -1 for off."""
    PRESS = "press"
    """A push button for a thing that happens once."""


BUTTONS: Mapping[Usage, Button] = {
    Usage(TELEPHONY, 0x20): Button.HOOK,
    Usage(TELEPHONY, 0x2F): Button.MUTE,
    Usage(TELEPHONY, 0x21): Button.FLASH,
    Usage(TELEPHONY, 0x23): Button.HOLD,
    Usage(TELEPHONY, 0x24): Button.REDIAL,
    Usage(TELEPHONY, 0x26): Button.DROP,
    Usage(TELEPHONY, 0x07): Button.PROGRAMMABLE,
    Usage(CONSUMER, 0xE9): Button.VOLUME_UP,
    Usage(CONSUMER, 0xEA): Button.VOLUME_DOWN,
}
"""A numbered button (page 9) of a telephone is a programmable one as well: ``Programmable Button`` opens its group."""
LAMPS: Mapping[Usage, Lamp] = {
    Usage(LED, 0x17): Lamp.OFF_HOOK,
    Usage(LED, 0x18): Lamp.RING,
    Usage(LED, 0x09): Lamp.MUTE,
    Usage(LED, 0x20): Lamp.HOLD,
}
MICROPHONE = Usage(LED, 0x21)
"""Shows the microphone's state on headsets that have no mute lamp."""

SWITCHES = frozenset({Button.HOOK, Button.MUTE})
"""Buttons that stand for a state, which seat and headset have to agree on."""


@dataclass(frozen=True, slots=True)
class Control:
    """A button in the reports."""

    button: Button
    field: Field
    style: Style

    def pressed(self, payload: bytes) -> int | None:
        """1, 0 or -1 in a report's bytes; ``None`` when it is not in them.

        A group of numbered buttons of one bit is a button: 0 is no button, whatever the descriptor says.
        """
        value = self.field.read(payload)
        if value is None or self.field.variable or self.field.bit_size == 1:
            return value
        index = value - self.field.logical_min
        return int(0 <= index < len(self.field.usages) and _button(self.field.usages[index]) is self.button)


@dataclass(frozen=True, slots=True)
class Controls:
    """What a headset has. Made by :func:`controls_of`."""

    buttons: tuple[Control, ...]
    lamps: tuple[tuple[Lamp, Field], ...]
    numbered: bool
    lengths: Mapping[int, int]
    """Id of an output report with lamps -> its length in bytes, without the id."""

    def has(self, what: Button | Lamp) -> bool:
        if isinstance(what, Lamp):
            return any(lamp is what for lamp, _ in self.lamps)
        return any(control.button is what for control in self.buttons)

    def styled(self, styles: Mapping[Button, Style]) -> Controls:
        """The same, where these buttons behave otherwise than the descriptor says."""
        buttons = tuple(replace(one, style=styles.get(one.button, one.style)) for one in self.buttons)
        return replace(self, buttons=buttons)

    @property
    def takes_calls(self) -> bool:
        """Whether it has what makes a headset one with call buttons."""
        return self.has(Button.HOOK) or self.has(Button.MUTE)

    def split(self, report: bytes) -> tuple[int, bytes]:
        """Id and bytes of an input report as it was read."""
        return (report[0], report[1:]) if self.numbered and report else (0, report)

    def reports(self, lit: Iterable[Lamp]) -> tuple[bytes, ...]:
        """The output reports that light these lamps and no others, in order of their ids.

        A report says all its bits at once, so each holds the whole truth. The first byte is the id, 0 where reports are
        not numbered, and the length is that of the descriptor.
        """
        burning = frozenset(lit)
        values = dict.fromkeys(sorted(self.lengths), 0)
        for lamp, field in self.lamps:
            if lamp in burning:
                values[field.report_id] |= 1 << field.bit_offset
        return tuple(bytes([one]) + value.to_bytes(self.lengths[one], "little") for one, value in values.items())


def controls_of(descriptor: Descriptor) -> Controls:
    """The buttons and lamps of a descriptor."""
    buttons: list[Control] = []
    lamps: list[tuple[Lamp, Field]] = []
    microphones: list[tuple[Lamp, Field]] = []
    for field in descriptor.fields:
        home = field.collections[0] if field.collections else None
        if field.kind is Kind.INPUT and home in PHONES | {REMOTE}:
            buttons += [
                Control(button, field, _style(button, field))
                for button in dict.fromkeys(filter(None, map(_button, field.usages)))
                if home in PHONES or button in (Button.VOLUME_UP, Button.VOLUME_DOWN)
            ]
        elif field.kind is Kind.OUTPUT and field.variable and home in PHONES:
            if lamp := LAMPS.get(field.usages[0]):
                lamps.append((lamp, field))
            elif field.usages[0] == MICROPHONE:
                microphones.append((Lamp.MUTE, field))
    if not any(lamp is Lamp.MUTE for lamp, _ in lamps):
        lamps += microphones
    lengths = {field.report_id: (descriptor.report_bits[Kind.OUTPUT, field.report_id] + 7) // 8 for _, field in lamps}
    return Controls(tuple(buttons), tuple(lamps), descriptor.numbered, lengths)


def _button(usage: Usage) -> Button | None:
    return Button.PROGRAMMABLE if usage.page == BUTTON else BUTTONS.get(usage)


def _style(button: Button, field: Field) -> Style:
    if button not in SWITCHES:
        return Style.PRESS
    if field.logical_min < 0:
        return Style.ON_OFF
    return Style.TOGGLE if field.relative else Style.STATE
