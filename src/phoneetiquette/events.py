"""Everything that can happen in a seat, as frozen values.

An event is a fact in the past tense. It carries the moment it happened (``at_ns``, ``CLOCK_MONOTONIC``), is written to
the journal before anything else is done with it, travels between the processes of a seat as JSON, and is all that call
records are made of. Adding a field needs a default, so that old journals stay readable; a field never changes meaning.

Three families, told apart by who speaks:

* ``engine`` - what SIP, sound and measurement report;
* ``agent`` - what the receptionist did;
* ``desk`` - what the rules made of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

CallId = str
"""Our own name of a call: unique over all seats and restarts (``uuid4().hex``), never a SIP Call-ID."""

Direction = Literal["in", "out"]
Party = Literal["agent", "customer"]
EndedBy = Literal["customer", "agent", "peer", "transfer", "desk", "engine", "crash"]
"""Who ended a call. ``peer``: refused or failed on the network; ``desk``: a rule did; ``engine``: the seat stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base: the moment it happened."""

    source: ClassVar[str] = "engine"
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(Event):
    """An event of one call."""

    call: CallId


# ------------------------------------------------------------------------------------------------ engine: the seat


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


# ------------------------------------------------------------------------------------------------ engine: a call


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
    method: Literal["rfc4733", "info"]


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
class RecordingFinished(CallEvent):
    """A voice message was recorded to ``file``."""

    file: str
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """The dialog is over. Nothing of this call comes after it but measures."""

    by: EndedBy
    code: int
    reason: str


# ------------------------------------------------------------------------------------------------ engine: measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSegmentEnded(CallEvent):
    """A party spoke from ``start_s`` to ``end_s``, in seconds of measured talk time of this call."""

    party: Party
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptionNoticed(CallEvent):
    """``by`` spoke over the other. ``outcome``: ``taken`` if the other gave way, ``attempt`` if not."""

    by: Party
    start_s: float
    end_s: float
    outcome: Literal["taken", "attempt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkingOverNoticed(CallEvent):
    """A hint, half a second after ``start_s``: ``by`` is talking over the other right now. It may turn out harmless."""

    by: Party
    start_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapJudged(CallEvent):
    """What it is that ``by`` began at ``start_s`` while the other spoke, a second and a half after that.

    An interruption, once it is over, comes as ``InterruptionNoticed`` too.
    """

    by: Party
    start_s: float
    kind: Literal["interruption", "encouragement", "early_reply", "simultaneous_start"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresTaken(CallEvent):
    """The measures of the call so far (about once a second, and ``final`` at its end).

    ``measures`` is the object that ``phoneetiquette.speech.measures`` documents.
    """

    measures: dict[str, Any]
    final: bool = False


# ------------------------------------------------------------------------------------------------ agent


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent(Event):
    source: ClassVar[str] = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLifted(AgentEvent):
    """The receptionist lifted: this call, or (``None``) whichever rings longest. ``by``: key, button, command, auto."""

    call: CallId | None = None
    by: str = "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPutDown(AgentEvent):
    """The receptionist took an early lift back: the call goes on ringing."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHungUp(AgentEvent):
    """End this call (``None``: the one in talk). A ringing call is declined."""

    call: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHeld(AgentEvent):
    call: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResumed(AgentEvent):
    """Talk to this held call again; the call in talk is held (swap)."""

    call: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMuted(AgentEvent):
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDialled(AgentEvent):
    """Place a call; the call in talk is held. ``call`` is the new call's id, chosen by who asks."""

    call: CallId
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSentDigits(AgentEvent):
    call: CallId | None
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTransferred(AgentEvent):
    """Put ``call`` (``None``: the one in talk) through: blind to ``target``, or to the party of ``to_call``."""

    call: CallId | None = None
    target: str = ""
    to_call: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChoseTopic(AgentEvent):
    """What ``call`` (``None``: the one in talk) is about is for others: put it through as the dialplan says for
    ``topic``; ``escalate`` asks for the topic's supervisor."""

    call: CallId | None = None
    topic: str
    escalate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConferenced(AgentEvent):
    """All three: the call in talk and ``call`` (``None``: the held one)."""

    call: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMarkedStage(AgentEvent):
    """A stage of the conversation begins: greeting, clarify, check, close (rule ``stages.four``)."""

    call: CallId | None
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(AgentEvent):
    """``present``: calls may be connected at the deadline; ``absent``: they may not."""

    presence: Literal["present", "absent"]


# ---------------------------------------------------------------------------------- desk: what the rules made of it


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEvent(CallEvent):
    source: ClassVar[str] = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPlanned(DeskEvent):
    """The pickup window of this call. ``opens_ns`` and ``closes_ns`` are moments; the first is the end of ring 2."""

    country: str
    cadence_ms: tuple[int, ...]
    opens_ns: int
    closes_ns: int
    exempt: str = ""
    """Why the window does not apply: ``emergency_line``, ``auto_answer``; empty when it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArmed(DeskEvent):
    """Lifted before the window: will be connected at ``connects_ns``."""

    connects_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDisarmed(DeskEvent):
    """The early lift was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed(DeskEvent):
    """Nobody lifted by the end of ring 3; ``action`` was taken."""

    action: Literal["connect", "overflow", "message", "none"]
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupJudged(DeskEvent):
    """The verdict of the ring rules on this call (rules ``pickup.*``)."""

    verdict: Literal["on_time", "late", "early", "unanswered", "abandoned", "short_abandon", "diverted", "exempt"]
    ring: int
    """Number of the ring during which it was decided, from 1."""
    after_open_ms: float | None
    """Decision minus window's opening: negative is too early."""
    before_close_ms: float | None
    """Window's end minus decision: negative is too late."""
    exempt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecided(DeskEvent):
    """What the dialplan says about this call now. A desk that is brought up to date from the journal goes by it."""

    plan: str
    """Version of the dialplan: its hash."""
    asked: Literal["arrival", "deadline", "topic"]
    kind: Literal["call", "desk", "connect", "message", "refuse", "seat"]
    """``call``: ``attempts`` are made, all at once; ``desk``: the desk rings, or (of a topic) nobody is left to try and
    the receptionist has the call; ``connect``: the headset opens; ``seat``: the seat's own configuration counts."""
    topic: str = ""
    skill: str = ""
    attempts: tuple[dict[str, Any], ...] = ()
    """``who`` in the plan, ``target`` as a SIP URI (empty: it cannot be dialled), ``rings``, ``transfer``."""
    until_answered: bool = False
    """They ring for as long as it takes: an emergency."""
    offer: tuple[str, ...] = ()
    """What the plan does when nobody takes the topic, such as ``message reservations``."""
    emergency: bool = False
    """The ring rules do not hold for this call."""
    rings: int = 0
    """How often the desk rings; 0: until the end of the third ring."""
    code: int = 0
    """The SIP status of a refusal."""
    instead_of: str = ""
    """What the plan says and a seat cannot do yet: a message is taken in its place."""
    place: str = ""
    """Where the plan says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptBegun(DeskEvent):
    """The seat calls somebody for this call. ``leg`` is the call it places, ``rings`` how long it waits."""

    leg: CallId
    who: str
    target: str
    rings: int
    announced: bool
    """The receptionist talks to them first; otherwise they are connected with the customer at once."""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded(DeskEvent):
    """What came of it. ``withdrawn``: somebody else took the call, or it was not needed any more."""

    leg: CallId
    who: str
    result: Literal["answered", "no_answer", "busy", "refused", "unreachable", "vanished", "withdrawn"]
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchEnded(DeskEvent):
    """The end of a transfer by topic. ``consulting``: the receptionist talks with who answered, the customer waits;
    ``connected``: the customer talks with them; ``nobody``, ``taken_back``: the customer is the receptionist's again;
    ``left``: the customer has gone."""

    topic: str
    result: Literal["consulting", "connected", "nobody", "taken_back", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallClosed(DeskEvent):
    """The last entry of a call in the journal: its record can be completed."""

    notes: tuple[str, ...] = field(default=())
