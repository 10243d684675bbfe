"""Keys that arrive in several ways at once are pressed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.units import seconds

Method = Literal["rfc4733", "info", "inband"]

TWICE_NS = seconds(0.5)
"""A key that comes by another way within this time is the same press."""


@dataclass(slots=True)
class Keypad:
    """What a caller has pressed in one call."""

    key: str = ""
    at_ns: int = 0
    method: Method | None = None
    signals: bool = False
    """The phone has sent a key in a packet of its own: then a tone in its sound is none of its own."""

    def press(self, key: str, method: Method, at_ns: int) -> bool:
        """Whether this is a press of its own."""
        again = key == self.key and method != self.method and at_ns - self.at_ns < TWICE_NS
        leaked = method == "inband" and self.signals
        self.signals = self.signals or method != "inband"
        if again or leaked:
            return False
        self.key, self.at_ns, self.method = key, at_ns, method
        return True
