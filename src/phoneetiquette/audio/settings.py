"""What the sound adapters have to know of the configuration; same names as under ``audio:`` there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsetSettings:
    """Devices by a part of their name; ``None`` is the default device, and for a spare: there is none."""

    input: str | None = None
    output: str | None = None
    spare_input: str | None = None
    spare_output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RingerSettings:
    output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WavSettings:
    """Files in place of the headset: what the receptionist says, and where to store what the receptionist hears."""

    play: str | None = None
    store: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSettings:
    """The parts may be given as mappings, as they come from JSON."""

    backend: Literal["auto", "portaudio", "wav", "null"] = "auto"
    headset: HeadsetSettings = field(default_factory=HeadsetSettings)
    ringer: RingerSettings = field(default_factory=RingerSettings)
    rate_hz: int = 16000
    wav: WavSettings = field(default_factory=WavSettings)

    def __post_init__(self) -> None:
        parts: dict[str, type[Any]] = {"headset": HeadsetSettings, "ringer": RingerSettings, "wav": WavSettings}
        for name, kind in parts.items():
            given = getattr(self, name)
            if isinstance(given, Mapping):
                object.__setattr__(self, name, kind(**given))
