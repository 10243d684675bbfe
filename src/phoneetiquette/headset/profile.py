"""What a vendor's headsets do that their report descriptors do not say. Values; ``profiles.py`` reads the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from phoneetiquette.headset.controls import Button, Style

SecondCall = Literal["end", "end_and_answer", "hold_and_answer"]
"""What the hook does in a call while another rings: end the call and let the other ring on; end it and answer the
other; hold it and answer the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The habits of one vendor's headsets. The defaults are those of a headset that keeps to the HID Usage Tables."""

    name: str = "generic"
    vendor: str = "Headset"
    """As people call the vendor."""
    vendor_ids: frozenset[int] = frozenset()
    hook_style: Style | None = None
    """In place of what the descriptor says."""
    mute_style: Style | None = None
    acknowledges: bool = True
    """It answers a change of the off-hook lamp with a hook report of the same value, which is no press."""
    acknowledge_ms: int = 2500
    """How long that may take."""
    mute_echo_ms: int = 250
    """How long after a change of the mute lamp a mute report is taken for the echo of it."""
    repeat_ms: int = 50
    """A button that is told twice within this was pressed once."""
    held_off_hook: bool = True
    """The off-hook lamp burns on while the only call is on hold."""
    second_call: SecondCall = "end"
    programmable: Literal["decline", "none"] = "decline"
    """What its programmable button is for."""
    without_buttons: Mapping[int, str] = field(default_factory=dict)
    """Product id -> name, of headsets known to have no call buttons."""

    @property
    def styles(self) -> dict[Button, Style]:
        given = {Button.HOOK: self.hook_style, Button.MUTE: self.mute_style}
        return {button: style for button, style in given.items() if style is not None}


GENERIC = Profile()
