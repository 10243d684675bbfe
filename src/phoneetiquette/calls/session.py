"""One call as the desk sees it: its state and the facts learnt about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from phoneetiquette.addresses import display_number
from phoneetiquette.calls.states import TRANSITIONS, State, Trigger, actions, after
from phoneetiquette.commands import Answer
from phoneetiquette.dialplan.questions import MenuKey, MenuSilence
from phoneetiquette.etiquette.window import PickupWindow
from phoneetiquette.events import CallId, Direction, RecordingFinished, RouteDecided
from phoneetiquette.ivr.keys import Keypad
from phoneetiquette.ivr.menu import Menu
from phoneetiquette.ivr.message import MessageTaking
from phoneetiquette.ivr.wake_up import WakeUpTalk
from phoneetiquette.units import to_ms

if TYPE_CHECKING:
    from phoneetiquette.calls.wake_ups import WakeUpAttempt


@dataclass(slots=True)
class Attempt:
    """Somebody who is being called for a customer: a far leg, or the receptionist's call with a specialist."""

    who: str
    name: str
    """As people call them."""
    rings: int | None
    """How often it rings; ``None``: until somebody answers."""
    until_ns: int | None = None
    """When it has rung long enough; ``None``: nobody counts the rings, or not yet."""
    answered: bool = False


@dataclass(slots=True)
class Search:
    """Whom the seat calls for a customer by the dialplan, and what has come of it."""

    topic: str
    escalate: bool = False
    asked: Literal["arrival", "deadline", "topic", "key", "silence"] = "topic"
    conference: bool = False
    """All three talk as soon as somebody answers."""
    state: Literal["calling", "consulting", "connected", "nobody", "taken_back"] = "calling"
    entry: MenuKey | MenuSilence | None = None
    """What the caller did in a menu, if that began it."""
    legs: dict[CallId, Attempt] = field(default_factory=dict)
    """Those who are being called now."""
    tried: dict[str, str] = field(default_factory=dict)
    """Who has not taken it, with the result."""
    names: dict[str, str] = field(default_factory=dict)
    pending: RouteDecided | None = None
    """What the plan said when the call came in: carried out when the window opens."""
    again_ns: int | None = None
    """When the dialplan is asked anew, if that has to wait."""
    endless: bool = False
    """They are called until somebody answers."""
    offer: tuple[str, ...] = ()
    """What the dialplan does when nobody takes it."""

    def as_snapshot(self) -> dict[str, Any]:
        tried = [{"who": self.names.get(who, who), "result": result} for who, result in self.tried.items()]
        return {
            "topic": self.topic,
            "escalate": self.escalate,
            "state": self.state,
            "calling": [attempt.name for attempt in self.legs.values()],
            "tried": tried,
            "offer": list(self.offer),
        }


@dataclass(slots=True)
class Session:
    """A call. Changed by the desk only; moments are ``CLOCK_MONOTONIC`` nanoseconds."""

    call: CallId
    direction: Direction
    party: str
    """SIP URI of the other side."""
    party_name: str
    called: str
    began_ns: int
    state: State
    exempt: str = ""
    window: PickupWindow | None = None
    country: str = ""
    answered_ns: int | None = None
    ended_ns: int | None = None
    held_by_us: bool = False
    held_by_peer: bool = False
    codec: str = ""
    encrypted: bool = False
    has_media: bool = False
    talked: bool = False
    """It was answered for the agent: it is measured, and its last measures come after its end."""
    holding: bool = False
    """The engine was told to hold and has not confirmed it yet."""
    resuming: bool = False
    """The agent wants to talk in this held call, and the engine has not confirmed it yet."""
    verdict: str | None = None
    measures: dict[str, Any] | None = None
    transfer: dict[str, Any] | None = None
    stage: str = ""
    to_agent: bool = True
    """False for the far leg of an overflow or of a transfer joined in the seat."""
    partner: CallId | None = None
    """The other call of a transfer, conference or joined pair; of a customer and the far leg placed for it."""
    placed: bool = False
    """Of an outgoing call: the engine has told that it dials."""
    asked_ns: int | None = None
    """Of an outgoing call: when the engine told that it dials, or a new main that does not know was greeted by it.
    Rings are counted from then: what was due while there was no main is asked for when there is one again."""
    far_legs: int = 0
    """How many far legs were placed for this customer."""
    transfer_news_ns: int | None = None
    """The last news of a transfer that the other side is to carry out, while more is awaited."""
    transfer_overdue: bool = False
    """The other side was asked to transfer and has not told what came of it; nobody waits for that any more."""
    transfer_when_answered: CallId | None = None
    """Of a consultation: the held call to be put through to it as soon as it is answered."""
    plan: str = ""
    """Version of the dialplan that it follows to its end."""
    decisions: int = 0
    """How often the dialplan was asked about it."""
    search: Search | None = None
    """The last transfer by topic."""
    sought_for: CallId | None = None
    """Of a call that the seat placed in a search: the customer's."""
    who: str = ""
    """Of such a call: who of the dialplan it is with."""
    consultation: bool = False
    """It is with somebody who is asked about a customer's call: that is the one to be written up."""
    notes: tuple[str, ...] = ()
    """What its record has to say of it."""
    phone_legs: int = 0
    """How often the desk phone was called for it."""
    asked_for: bool = True
    """Of an outgoing call: the engine was told to place it. It waits for the desk phone otherwise."""
    rings_once_more: bool = False
    """It is to be connected at once, and the desk phone has to ring for that first."""
    kept: Answer | None = None
    """The pickup command that the engine keeps for this call."""
    deadline_passed: bool = False
    rings_until_ns: int = 0
    """The dialplan has the desk ring until then, if that is after the window."""
    emergency: bool = False
    """The dialplan says so: at each deadline it is asked once more where the call goes, until somebody answers."""
    tried: dict[str, str] = field(default_factory=dict)
    """Whom the dialplan has tried for this caller before the receptionist had the call, with the result."""
    language: str = ""
    """What the caller is spoken to in, as the dialplan has found or the caller has chosen."""
    with_machine: bool = False
    """The seat has answered it by itself, and no person has it yet."""
    heard: Menu | MessageTaking | WakeUpTalk | None = None
    """What is being said to the caller, and asked; ``None`` of an announcement, after which the call ends."""
    prompt: int = 0
    """Number of the last thing that was said to the caller."""
    music: bool = False
    """The caller waits with the music."""
    returned: bool = False
    """On hold, because whoever it was put through to has vanished: the bell rings until the agent takes it."""
    keypad: Keypad = field(default_factory=Keypad)
    recording: RecordingFinished | None = None
    """The voice message."""
    wake_up: WakeUpAttempt | None = None
    """It is the machine's: it wakes a guest."""

    def move(self, trigger: Trigger) -> None:
        """Change state by the table.

        Raises:
            CallError: the trigger means nothing now; nothing changes.
        """
        self.state, self.returned = after(self.state, trigger), False

    def may(self, trigger: Trigger) -> bool:
        """Whether the trigger means something now. A fact may come late and mean nothing any more; a wish may not."""
        return (self.state, trigger) in TRANSITIONS

    @property
    def live(self) -> bool:
        return self.state is not State.ENDED

    @property
    def stays_held(self) -> bool:
        """It is on hold, or will be, and the agent has not asked for it since."""
        return (self.held_by_us or self.holding) and not self.resuming

    @property
    def answered(self) -> bool:
        return self.answered_ns is not None

    def as_snapshot(self) -> dict[str, Any]:
        """The call as console and command line see it (JSON-able; moments in monotonic milliseconds)."""
        window = self.window
        return {
            "id": self.call,
            "direction": self.direction,
            "state": str(self.state),
            "party": {"uri": self.party, "number": display_number(self.party), "name": self.party_name},
            "called": self.called,
            "arrived_ms": to_ms(self.began_ns),
            "ring": None
            if window is None
            else {
                "country": self.country,
                "cadence_ms": list(window.cadence.on_off_ms),
                "started_ms": to_ms(window.started_ns),
                "opens_ms": to_ms(window.opens_ns),
                "closes_ms": to_ms(window.closes_ns),
                "exempt": self.exempt,
            },
            "armed": self.state is State.ARMED,
            "answered_ms": _ms_or_none(self.answered_ns),
            "ended_ms": _ms_or_none(self.ended_ns),
            "held_by_us": self.held_by_us,
            "held_by_peer": self.held_by_peer,
            "codec": self.codec,
            "encrypted": self.encrypted,
            "verdict": self.verdict,
            "measures": self.measures,
            "transfer": self.transfer,
            "search": self.search.as_snapshot() if self.search else None,
            "stage": self.stage,
            "talked": self.talked,
            "returned": self.returned,
            "consultation": self.consultation,
            "actions": list(actions(self.state)) if self.to_agent else [],
        }


def _ms_or_none(moment: int | None) -> float | None:
    return None if moment is None else to_ms(moment)
