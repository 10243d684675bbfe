"""Vendor profiles from YAML files, one for each vendor, shipped in ``hardware/headsets``."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from phoneetiquette.config.kinds import Flag, Kind, ListOf, Text, UnfitError, Whole, Word, shown
from phoneetiquette.config.nodes import Mapping
from phoneetiquette.config.reading import Report
from phoneetiquette.config.yaml_nodes import shipped
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.headset.controls import Style
from phoneetiquette.headset.profile import GENERIC, Profile

DIRECTORY = Path(__file__).parents[1] / "hardware" / "headsets"

_STYLE = Word(("state", "toggle"))
_PRODUCT = re.compile(r"([0-9a-f]{4}) (.+)")
KEYS: dict[str, Kind] = {
    "vendor": Text("the vendor as people call it"),
    "ids": ListOf(Text("a vendor id of four hexadecimal digits", 4, r"[0-9a-f]{4}")),
    "hook_style": _STYLE,
    "mute_style": _STYLE,
    "acknowledges": Flag(),
    "acknowledge_ms": Whole(50, 10_000),
    "mute_echo_ms": Whole(0, 2_000),
    "repeat_ms": Whole(0, 1_000),
    "held_off_hook": Flag(),
    "second_call": Word(("end", "end_and_answer", "hold_and_answer")),
    "programmable": Word(("decline", "none")),
    "without_buttons": ListOf(Text("a product id and a name, such as 0a38 H340", 64, _PRODUCT.pattern)),
    "sources": ListOf(Text("where this is known from", 300), least=1),
    "tried": Text("on which real headset this was tried, or never", 200),
}
"""Keys of a profile's file; all but ``vendor``, ``ids``, ``sources`` and ``tried`` are fields of :class:`.Profile`."""
NEEDED = ("vendor", "sources", "tried")


@functools.cache
def profiles() -> tuple[Profile, ...]:
    """All that are shipped.

    Raises:
        ConfigurationError: one of them is wrong; says where.
    """
    return tuple(read(path) for path in sorted(DIRECTORY.glob("*.yaml")))


def profile_of(vendor_id: int) -> Profile:
    """The profile of a vendor's headsets: the generic one when nothing is known of the vendor."""
    return next((one for one in profiles() if vendor_id in one.vendor_ids), GENERIC)


def read(path: Path) -> Profile:
    """The profile in a file.

    Raises:
        ConfigurationError: it cannot be read, or something in it is wrong; every problem is told.
    """
    report = Report()
    root = shipped(path, report)
    values = dict(_values(root, report)) if isinstance(root, Mapping) else {}
    if root is not None:
        for name in NEEDED:
            if not isinstance(root, Mapping) or name not in root.entries:
                report.add(root.place, f"the profile has no {name!r}", f"write {name}: {KEYS[name].meaning}")
    if report.problems:
        raise ConfigurationError("\n".join(map(str, report.finished())))
    for told in ("sources", "tried"):
        del values[told]
    for style in ("hook_style", "mute_style"):
        if style in values:
            values[style] = Style(values[style])
    products = (_PRODUCT.fullmatch(one) for one in values.pop("without_buttons", ()))
    return Profile(
        name=path.stem,
        vendor_ids=frozenset(int(one, 16) for one in values.pop("ids", ())),
        without_buttons={int(one[1], 16): one[2] for one in products if one},
        **values,
    )


def _values(root: Mapping, report: Report) -> Iterator[tuple[str, Any]]:
    for name, entry in root.entries.items():
        kind = KEYS.get(name)
        if kind is None:
            report.unknown_key(entry.key_place, f"unknown key {shown(name)}", name, iter(KEYS))
            continue
        try:
            value = kind.read(entry.value)
            yield name, tuple(map(kind.item.read, value)) if isinstance(kind, ListOf) else value
        except UnfitError as unfit:
            report.add(entry.value.place, f"{name} {unfit.what}", unfit.advice)
