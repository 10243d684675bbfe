"""One headset of each vendor profile: what it says and what it is told, written down by hand from its descriptor.

An output report for each lamp that is told one by one; where a report holds several lamps, the reports for each
combination that the tests need.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.peers.virtual_headset import Model, recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A headset and its language, in hexadecimal digits."""

    model: Model
    lift: tuple[str, ...]
    """Input reports of a press of the call button while it is on-hook."""
    end: tuple[str, ...]
    """... while it is off-hook."""
    mute: tuple[str, ...]
    """Input reports of a press of the mute button in a call."""
    dark: tuple[str, ...]
    """Output reports that turn all lamps off."""
    ring: tuple[str, ...]
    """What changes when a call rings."""
    lifted: tuple[str, ...]
    """What changes when it is lifted."""
    muted: tuple[str, ...]
    """What changes when it is muted."""
    unmuted: tuple[str, ...]
    ended: tuple[str, ...]
    """What changes when the call is over."""
    answers: bool = True
    """It says by a hook report what the off-hook lamp made of it."""


def model(name: str, vendor: int, product_id: int, maker: str, product: str) -> Model:
    return Model(vendor=vendor, product_id=product_id, maker=maker, product=product, descriptor=recorded(name))


JABRA = Spoken(
    model=model("jabra_evolve_link_ms", 0x0B0E, 0x0307, "GN Netcom A/S", "Jabra EVOLVE LINK MS"),
    lift=("020100", "020300"),  # hook, then line busy with it
    end=("020200", "020000"),
    mute=("020700", "020300"),
    dark=("020000",),
    ring=("020400",),
    lifted=("020100",),
    muted=("020300",),
    unmuted=("020100",),
    ended=("020000",),
)
POLY = Spoken(
    model=model("poly_bt700", 0x047F, 0x02E6, "Plantronics", "Poly BT700"),
    lift=("2001",),
    end=("2000",),
    mute=("2003", "2001"),
    dark=("2100", "2300", "2400", "2500"),
    ring=("2101",),
    lifted=("2100", "2401"),
    muted=("2301",),
    unmuted=("2300",),
    ended=("2400",),
)
EPOS = Spoken(
    model=model("epos_impact_d1", 0x1395, 0x009C, "EPOS", "EPOS IMPACT D1"),
    lift=("0201",),
    end=("0200",),
    mute=("0209", "0201"),
    dark=("0300",),
    ring=("0304",),
    lifted=("0301",),
    muted=("0309",),
    unmuted=("0301",),
    ended=("0300",),
)
YEALINK = Spoken(
    model=model("yealink_wh66", 0x6993, 0xB02B, "Yealink", "Yealink WH66"),
    lift=("020100",),
    end=("020000",),
    mute=("020500", "020100"),
    dark=("020000",),
    ring=("020400",),
    lifted=("020100",),
    muted=("020300",),
    unmuted=("020100",),
    ended=("020000",),
    answers=False,
)
LOGITECH = Spoken(
    model=model("built_logitech", 0x046D, 0x0A90, "Logitech", "Logi Zone"),
    lift=("01",),
    end=("00",),
    mute=("03", "01"),
    dark=("0000",),
    ring=("0001",),
    lifted=("0002",),
    muted=("0006",),
    unmuted=("0002",),
    ended=("0000",),
)
MICROSOFT = Spoken(
    model=model("built_microsoft", 0x045E, 0x0001, "Microsoft", "Microsoft Modern USB Headset"),
    lift=("0b01", "0b00"),
    end=("0b01", "0b00"),
    mute=("0b02", "0b00"),
    dark=("0c00",),
    ring=("0c02",),
    lifted=("0c01",),
    muted=("0c05",),
    unmuted=("0c01",),
    ended=("0c00",),
    answers=False,
)
LENOVO = Spoken(
    model=model("built_lenovo", 0x17EF, 0x0001, "Lenovo", "Lenovo Wired ANC Headset"),
    lift=("0101", "0100"),
    end=("0107", "0104"),  # -1, and mute is on meanwhile
    mute=("0104",),
    dark=("0200",),
    ring=("0204",),
    lifted=("0201",),
    muted=("0203",),
    unmuted=("0201",),
    ended=("0200",),
    answers=False,
)
GENERIC = Spoken(
    model=model("built_generic", 0x0D8C, 0x0001, "Nobody", "USB Headset"),
    lift=("0101",),
    end=("0100",),
    mute=("0105", "0101"),
    dark=("0200",),
    ring=("0202",),
    lifted=("0201",),
    muted=("0205",),
    unmuted=("0201",),
    ended=("0200",),
)
PLAIN = model("logitech_g535", 0x046D, 0x0AC4, "Logitech", "G535 Wireless Gaming Headset")

ALL = {
    "jabra": JABRA,
    "poly": POLY,
    "epos": EPOS,
    "yealink": YEALINK,
    "logitech": LOGITECH,
    "microsoft": MICROSOFT,
    "lenovo": LENOVO,
    "generic": GENERIC,
}
"""By profile."""
