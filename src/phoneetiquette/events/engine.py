"""What the engine reports of itself and of what it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.events.base import CallId, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStarted(Event):
    """The engine is ready for calls."""

    pid: int
    listening: tuple[str, ...]
    """SIP URIs this seat can be called at."""
    build: str
    """Which pjsua2 build this is."""
    calls: tuple[str, ...] = ()
    """Calls that are up in it: not empty when a restarted main attaches to a living engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAlive(Event):
    """The engine's SIP thread answers a ``Ping``. Never journalled: it is no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLost(Event):
    """The engine process ended unexpectedly or stopped answering (told by main)."""

    pid: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationChanged(Event):
    """State of the registration at the PBX."""

    account: str
    state: Literal["none", "registering", "registered", "failing"]
    code: int = 0
    reason: str = ""
    expires_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeen(Event):
    """The PBX has told whether somebody of the dialplan is in a call (told by main)."""

    who: str
    state: Literal["available", "busy", "away", "unknown"]
    """``away``: not to be reached. ``unknown``: it has not told, or does not; ``why`` says which."""
    package: Literal["dialog", "presence", ""] = ""
    """The event package (RFC 6665) by which it was told."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleNoticed(Event):
    """Something the receptionist or administrator should know; ``cleared`` takes an earlier one of the key back."""

    key: str
    """Stable name, e.g. ``audio.headset.lost`` or ``sip.registration``."""
    what: str
    advice: str = ""
    cleared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFailed(Event):
    """A command could not be carried out."""

    command: str
    call: CallId | None
    what: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioChanged(Event):
    """State of a sound device. ``role`` is ``headset`` or ``ringer``."""

    role: Literal["headset", "ringer"]
    state: Literal["open", "spare", "lost", "none"]
    device: str
    backend: Literal["portaudio", "wav", "null"]
