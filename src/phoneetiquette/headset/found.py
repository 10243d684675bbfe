"""The headsets that are plugged in, from what the kernel says of its devices in ``/sys``. Nothing is opened.

A headset is one USB device with two faces: a sound card and, if it has call buttons, a HID device. Both hang below the
same USB device, which is how they are known to belong together. Everything read here may be read by everybody, so a
headset that we are not allowed to use is seen as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from phoneetiquette.headset.controls import Controls, controls_of
from phoneetiquette.headset.descriptor import DescriptorError, parse
from phoneetiquette.headset.profile import Profile
from phoneetiquette.headset.profiles import profile_of

HIDRAW = Path("/sys/class/hidraw")
SOUND = Path("/sys/class/sound")
DEVICES = Path("/dev")


@dataclass(frozen=True, slots=True)
class Card:
    """A sound card of a USB device."""

    number: int
    has_microphone: bool
    has_ear: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Headset:
    """One plugged-in headset, or the dongle of a wireless one."""

    name: str
    vendor_id: int
    product_id: int
    serial: str
    usb: str
    """Its USB device in ``/sys``; for a headset on Bluetooth, its HID device."""
    profile: Profile
    card: Card | None = None
    node: str = ""
    """Where its buttons are read and its lamps written; empty: it has none."""
    controls: Controls | None = None

    @property
    def may_use(self) -> bool:
        """Whether this user may use its buttons."""
        return bool(self.node) and os.access(self.node, os.R_OK | os.W_OK)

    def is_called(self, name: str) -> bool:
        """Whether ``name`` is a part of its name, or of its sound card's in PortAudio, or its serial number."""
        wanted, own = name.casefold(), self.name.casefold()
        card = f"{own}: usb audio (hw:{self.card.number},0)" if self.card else own
        return wanted in card or (own != "" and own in wanted) or wanted == self.serial.casefold()


def nodes() -> frozenset[str]:
    """Names of the HID and sound devices there are: what changes when one is plugged in or pulled out. Costs next to
    nothing."""
    return frozenset((*_names(HIDRAW), *_names(SOUND)))


def headsets() -> tuple[Headset, ...]:
    """What is plugged in and is a headset: USB devices with call buttons, or with a microphone and an ear.

    In the order of where they are plugged in.
    """
    cards = dict(_cards())
    found: dict[str, Headset] = {}
    for name in sorted(_names(HIDRAW), key=_number):
        headset = _with_buttons(HIDRAW / name / "device", str(DEVICES / name), cards)
        if headset and headset.usb not in found:
            found[headset.usb] = headset
    for usb, card in cards.items():
        if usb not in found and card.has_microphone and card.has_ear:
            found[usb] = _described(usb, card)
    return tuple(found[usb] for usb in sorted(found))


def _with_buttons(device: Path, node: str, cards: dict[str, Card]) -> Headset | None:
    """The headset whose buttons are at this HID device."""
    told = dict(line.partition("=")[::2] for line in _text(device / "uevent").splitlines())
    try:
        _, vendor_id, product_id = (int(part, 16) for part in told["HID_ID"].split(":"))
        profile = profile_of(vendor_id)
        controls = controls_of(parse((device / "report_descriptor").read_bytes()))
    except (KeyError, ValueError, OSError, DescriptorError):
        return None  # gone again, or no headset
    if not controls.takes_calls:
        return None
    usb = _usb_device(device)
    described = _described(usb, cards.get(usb)) if usb else None
    return Headset(
        name=(described.name if described else "") or told.get("HID_NAME", ""),
        vendor_id=vendor_id,
        product_id=product_id,
        serial=described.serial if described else told.get("HID_UNIQ", ""),
        usb=usb or str(device.resolve()),
        profile=profile,
        card=cards.get(usb),
        node=node,
        controls=controls,
    )


def _described(usb: str, card: Card | None) -> Headset:
    """What a USB device says of itself."""
    here = Path(usb)
    vendor_id, product_id = (int(_text(here / name) or "0", 16) for name in ("idVendor", "idProduct"))
    product = _text(here / "product") or f"USB device {vendor_id:04x}:{product_id:04x}"
    vendor = profile_of(vendor_id).vendor if profile_of(vendor_id).vendor_ids else ""
    name = product if not vendor or vendor.split()[0].casefold() in product.casefold() else f"{vendor} {product}"
    return Headset(
        name=name,
        vendor_id=vendor_id,
        product_id=product_id,
        serial=_text(here / "serial"),
        usb=usb,
        profile=profile_of(vendor_id),
        card=card,
    )


def _cards() -> Iterator[tuple[str, Card]]:
    """The USB device and the sound card, for each sound card that is one of USB."""
    names = _names(SOUND)
    for name in names:
        if not (name.startswith("card") and name[4:].isdecimal()):
            continue
        usb = _usb_device(SOUND / name / "device")
        if usb:
            number = int(name[4:])
            sounds = [one for one in names if one.startswith(f"pcmC{number}D")]
            yield usb, Card(number, any(s.endswith("c") for s in sounds), any(s.endswith("p") for s in sounds))


def _names(directory: Path) -> list[str]:
    """What is in it, in order; nothing where the kernel has no such devices."""
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def _usb_device(device: Path) -> str:
    """The USB device that something in ``/sys`` hangs below; empty when there is none."""
    try:
        here = Path(os.path.realpath(device))
    except OSError:
        return ""
    return next((str(one) for one in (here, *here.parents) if os.path.exists(one / "idVendor")), "")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _number(name: str) -> tuple[int, str]:
    digits = "".join(filter(str.isdecimal, name))
    return (int(digits) if digits else 0, name)


def choose(found: tuple[Headset, ...], device: str | None, sound: tuple[str, ...]) -> Headset | None:
    """The headset whose buttons a seat uses.

    ``device`` names it. Without, it is the one whose sound the seat uses (``sound``: names of sound devices, the best
    first), and when sound devices are not named either, the first one plugged in that has buttons.
    """
    able = [one for one in found if one.node]
    for name in (device,) if device else sound:
        if fitting := next((one for one in able if one.is_called(name)), None):
            return fitting
    return None if device or sound or not able else able[0]
