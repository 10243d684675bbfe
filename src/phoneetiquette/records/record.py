"""The record of one call: values only. Everything in it was derived from journal entries by :mod:`.build`.

Moments a person reads are wall-clock times in UTC; everything within the call is milliseconds since the call arrived
(``*_ms``); what was measured in the talk is seconds of measured talk (``*_s``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from phoneetiquette.events import CallId, Direction, EndedBy, Party

Verdict = Literal["on_time", "late", "early", "unanswered", "abandoned", "short_abandon", "diverted", "exempt"]
LegKind = Literal["incoming", "outgoing", "consultation", "conference", "overflow", "transfer", "phone"]
"""``overflow`` and ``transfer``: placed by the seat for the customer, never on the headset."""
AttemptResult = Literal["answered", "no_answer", "busy", "refused", "unreachable", "vanished", "withdrawn"]
TransferResult = Literal["pending", "succeeded", "joined", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One SIP dialog of the call. The first leg is the customer's."""

    call: CallId
    kind: LegKind
    party: str
    """SIP URI of whoever is at the other end."""
    began_ms: float
    alerting_ms: float | None = None
    answered_ms: float | None = None
    ended_ms: float | None = None
    ended_by: EndedBy | None = None
    code: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """The ring pattern the caller heard and the pickup window, counted from the start of alerting."""

    country: str
    cadence_ms: tuple[int, ...]
    opens_ms: float
    closes_ms: float
    ringback: str = ""
    exempt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup:
    """The verdict on the pickup and its margins to both edges of the window; negative is outside."""

    verdict: Verdict
    ring: int
    after_open_ms: float | None
    before_close_ms: float | None
    exempt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What was done when nobody had lifted by the end of the third ring."""

    at_ms: float
    action: str
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """``by``: ``us`` or ``peer``. ``end_ms`` is ``None`` where the call ended on hold."""

    by: Literal["us", "peer"]
    start_ms: float
    end_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One attempt to put the customer through. ``joined``: REFER was refused, the seat connected the two itself."""

    at_ms: float
    kind: Literal["blind", "attended"]
    target: str
    result: TransferResult = "pending"
    code: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageMark:
    """A stage of the conversation began."""

    at_ms: float
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """``by`` spoke over the other; ``outcome`` ``taken`` if the other gave way, ``attempt`` if not."""

    by: Party
    start_s: float
    end_s: float
    outcome: Literal["taken", "attempt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody the seat called for a topic of the dialplan. ``result`` ``None``: the call broke off before one came."""

    at_ms: float
    who: str
    """Name in the plan, or a number of it."""
    target: str
    topic: str
    rings: int
    announced: bool
    leg: CallId
    result: AttemptResult | None = None
    ended_ms: float | None = None
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line of the call's timeline. ``kind`` is a stable name, ``text`` is for people; neither holds digits."""

    at_ms: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """What the receptionist noted of the call, during it or after its end."""

    written: datetime
    note: str
    topic: str
    outcome: str


Segments = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call: one record, its legs inside."""

    call: CallId
    seat: str
    direction: Direction
    caller: str
    caller_name: str
    called: str
    arrived: datetime
    """When the INVITE came in, or left for an outgoing call."""
    alerting: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    """``None``: the call is still going on."""
    ended_by: EndedBy | None = None
    code: int = 0
    reason: str = ""
    peer: str = ""
    sip_call_id: str = ""
    refused: str = ""
    """Why the engine refused it before any ringing (``no_free_line``, ``stranger``, ...)."""
    ring: Ring | None = None
    pickup: Pickup | None = None
    lifted_ms: tuple[float, ...] = ()
    armed_ms: tuple[float, ...] = ()
    """Lifts before the window that waited for it to open."""
    connects_ms: float | None = None
    """When the last early lift was to be connected."""
    deadline: Deadline | None = None
    holds: tuple[Hold, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    dialplan: str = ""
    """Version of the dialplan that was asked about it; empty: none was."""
    attempts: tuple[Attempt, ...] = ()
    stages: tuple[StageMark, ...] = ()
    digits_received: int = 0
    digits_sent: int = 0
    codec: str = ""
    encrypted: bool = False
    media_ms: float | None = None
    """When sound first flowed: where measured talk begins."""
    definitions: str = ""
    """Version of the definitions that ``measures`` was taken with; empty where nothing was measured."""
    measures: dict[str, Any] | None = None
    """The last measures taken, without the lists below."""
    measures_final: bool = False
    agent_segments: Segments = ()
    customer_segments: Segments = ()
    interruptions: tuple[Interruption, ...] = ()
    message_file: str = ""
    message_s: float | None = None
    legs: tuple[Leg, ...] = ()
    related: tuple[CallId, ...] = ()
    """Calls with records of their own that this one was joined to."""
    wrap_up: WrapUp | None = None
    agent: str = ""
    """Who had it at the desk, as the seat's configuration said then; empty: nobody had it, or nobody knows."""
    wake_up: str = ""
    """The wake-up call that this was an attempt of, made by the machine; empty: of none."""
    notes: tuple[str, ...] = ()
    timeline: tuple[Mark, ...] = ()
    first_seq: int = 0
    last_seq: int = 0

    @property
    def ended_ms(self) -> float | None:
        return None if self.ended is None else (self.ended - self.arrived).total_seconds() * 1000

    @property
    def answered_ms(self) -> float | None:
        return None if self.answered is None else (self.answered - self.arrived).total_seconds() * 1000

    @property
    def alerting_ms(self) -> float | None:
        return None if self.alerting is None else (self.alerting - self.arrived).total_seconds() * 1000

    @property
    def talk_s(self) -> float | None:
        """From answer to end; ``None`` where it was not answered or is not over."""
        if self.answered is None or self.ended is None:
            return None
        return (self.ended - self.answered).total_seconds()
