"""What the headset's buttons have to know of the configuration; same names as under ``headset:`` there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from phoneetiquette.headset.controls import Style
from phoneetiquette.headset.profile import Profile, SecondCall


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonSettings:
    """``None`` where the vendor's profile decides."""

    device: str | None = None
    """Part of the name of the headset whose buttons are used."""
    sound: tuple[str, ...] = ()
    """Names of the sound devices that the seat is configured to use, the best first."""
    hook_style: Literal["state", "toggle"] | None = None
    mute_style: Literal["state", "toggle"] | None = None
    second_call: SecondCall | None = None
    programmable: Literal["decline", "none"] | None = None
    volume: Literal["desktop", "card"] = "desktop"
    """Who obeys the volume buttons."""

    def over(self, profile: Profile) -> Profile:
        """The profile with what is configured laid over it."""
        return replace(
            profile,
            hook_style=Style(self.hook_style) if self.hook_style else profile.hook_style,
            mute_style=Style(self.mute_style) if self.mute_style else profile.mute_style,
            second_call=self.second_call or profile.second_call,
            programmable=self.programmable or profile.programmable,
        )
