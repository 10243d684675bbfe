"""What the desk asks of the engine, as frozen values that travel as JSON.

Every command may carry ``not_before_ns``: the engine keeps it and carries it out at that moment, to the tenth of a
millisecond, whatever the other processes are doing. That is how the ring window holds while the console is busy, and
even when main is gone. A later command with the same ``slot`` and call replaces a kept one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.events import CallId, EndedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Base. ``not_before_ns`` 0 means at once."""

    not_before_ns: int = 0
    slot: str = ""
    """Name under which a kept command of a call can be replaced or taken back; empty: it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCommand(Command):
    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(CallCommand):
    """Connect the customer (200). ``to_agent`` False: answered by the seat itself (a prompt or a message)."""

    to_agent: bool = True
    warn: bool = False
    """Play the warning tone in the ear: the headset opens without a lift."""
    only_if_free: bool = False
    """Do nothing when another call is in talk at that moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(CallCommand):
    code: int = 486
    by: EndedBy = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(CallCommand):
    """End the call, whatever its state; ``by`` comes back in its ``CallEnded``."""

    by: EndedBy = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial(CallCommand):
    target: str
    to_agent: bool = True
    """False: the call is not put on the headset (the far leg of an overflow)."""
    to_machine: bool = False
    """The machine speaks to who answers: nobody at the desk hears anything of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPhone(CallCommand):
    """Call the receptionist's desk phone: ``call`` is the phone's leg. Once lifted, the phone is the agent's sound."""

    target: str
    caller: str
    """SIP URI that the phone shows as the caller's."""
    caller_name: str
    headers: tuple[str, ...] = ()
    """More header fields of the INVITE, ``Name: value``: a ring of its own, or the wish to be answered by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPhone(CallCommand):
    """Tell the phone of this leg to answer (or resume) by itself: ``NOTIFY`` with ``Event: talk`` inside the dialog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PressPhone(CallCommand):
    """Have the phone of this leg answer by its vendor's own command. Carried out by main, which knows the way."""

    phone: str
    """Address of the phone, as configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(CallCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(CallCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigits(CallCommand):
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferBlind(CallCommand):
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAttended(CallCommand):
    """REFER ``call`` to the party of ``to_call`` (Replaces); where that is refused, join them inside the seat."""

    to_call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(CallCommand):
    """Connect the sound of two calls inside the seat, with or without the agent."""

    other: CallId
    with_agent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMessage(CallCommand):
    """Answer if needed, play the prompt, record until the caller hangs up or ``limit_s`` is over; then hang up."""

    limit_s: float
    prompt: str = ""
    """Sound file; empty: the built-in prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak(CallCommand):
    """Answer if needed, and say to the caller what is in these sound files (mono 16-bit WAV at the rate of the bridge),
    one after the other, instead of what is being said; its end is told with the number ``prompt``. From the first word
    on keys are listened for. Without files: be quiet, nothing is told."""

    prompt: int
    sounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayMusic(CallCommand):
    """The caller, whom the machine has answered, waits with the music; no key is listened for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(CallCommand):
    """Record the caller; ``RecordingFinished`` comes when that is stopped, or with the call's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecording(CallCommand):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMute(Command):
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBell(Command):
    """What rings where: ``ringer`` aloud, ``ear`` softly while talking, ``armed`` the waiting tone, ``off``."""

    where: Literal["ringer", "ear", "armed", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceCaller(CallCommand):
    """Tell the receptionist, who has lifted early, who is calling. Nothing unless the waiting tone is playing."""

    sound: str
    """A file: mono 16-bit WAV at the rate of the bridge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelKept(CallCommand):
    """Forget the kept commands of this call (all, or those of ``slot``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(Command):
    """The engine's events up to number ``upto`` are in the journal: it need not keep them."""

    upto: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Command):
    """Say that you are alive (``EngineAlive``): main has heard nothing for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown(Command):
    """End all calls politely and stop."""
