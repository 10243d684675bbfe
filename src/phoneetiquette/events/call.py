"""What the engine reports of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.events.base import CallEvent, CallId, EndedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(CallEvent):
    """An INVITE for us came in."""

    caller: str
    """Caller's SIP URI as sent, without parameters."""
    caller_name: str
    called: str
    """Request URI, without parameters."""
    peer: str
    """Address and port the INVITE came from."""
    sip_call_id: str
    auto_answer: bool = False
    """The INVITE asks to be answered at once and its peer is one whose request we honour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRefused(CallEvent):
    """An INVITE was refused by the engine itself, before any ringing."""

    caller: str
    caller_name: str
    called: str
    peer: str
    sip_call_id: str
    code: int
    reason: Literal["no_free_line", "stranger", "replaces_by_stranger", "not_acceptable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertingStarted(CallEvent):
    """The caller hears ringing from this moment: our 180 left, or the first burst of our own ringback did."""

    ringback: Literal["remote", "early_media"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDialled(CallEvent):
    """We placed a call."""

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAlerting(CallEvent):
    """The phone we called rings (18x)."""

    code: int
    early_media: bool
    allows_talk: bool = False
    """It can be told to answer (``talk`` in its Allow-Events)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(CallEvent):
    """Our 200 left (incoming) or the peer's 200 came (outgoing)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStarted(CallEvent):
    """Sound flows in this call (again)."""

    codec: str
    rate_hz: int
    encrypted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChanged(CallEvent):
    """Who holds whom now."""

    by_us: bool
    by_peer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitReceived(CallEvent):
    digit: str
    method: Literal["rfc4733", "info", "inband"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferProgressed(CallEvent):
    """News of a transfer we asked for. ``final`` with a 2xx code: the peer has taken the call."""

    target: str
    code: int
    reason: str
    final: bool
    refused: bool = False
    """The peer does not take REFER at all: the calls have to be joined inside the seat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsJoined(CallEvent):
    """Two calls were joined inside the seat (the peer refused REFER, or a conference was asked for)."""

    other: CallId
    with_agent: bool
    """True: a three-party conference; False: the two parties talk and the agent has left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptEnded(CallEvent):
    """The caller has heard all that :class:`~phoneetiquette.commands.Speak` number ``prompt`` asked to be said."""

    prompt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFinished(CallEvent):
    """A voice message was recorded to ``file``."""

    file: str
    duration_s: float
    prompt_s: float = 0.0
    """For so long at its beginning the caller was still being spoken to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerLost(CallEvent):
    """The other side of a call that is joined with another says nothing any more, and does not know the call or does
    not answer (``code`` 0): its program has died, or its network."""

    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """The dialog is over. Nothing of this call comes after it but measures."""

    by: EndedBy
    code: int
    reason: str
