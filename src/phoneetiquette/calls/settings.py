"""What the desk has to know of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.calls.phone_settings import PhoneSettings
from phoneetiquette.etiquette.cadence import Country
from phoneetiquette.etiquette.policy import PickupPolicy, Presence


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """Values of one seat.

    ``auto_lift`` stands for a receptionist who always lifts in time: at once (so the call is connected when the window
    opens, ``second_ring``) or never before the last moment (``third_ring``).
    """

    country: Country
    pickup: PickupPolicy
    presence: Presence = "present"
    auto_lift: Literal["off", "second_ring", "third_ring"] = "off"
    wrap_up_ns: int = 0
    """For how long after a call of the agent's no other is connected by itself."""
    agent: str = ""
    """Who sits at the desk; empty: nobody says so."""
    lines: int = 4
    """So many calls the seat can have at a time."""
    phones: tuple[PhoneSettings, ...] = ()
    """Desk phones: with one, the receptionist has no headset."""
