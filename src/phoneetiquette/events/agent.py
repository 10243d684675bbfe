"""What the receptionist did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from phoneetiquette.events.base import CallId, Event


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
    ``topic``; ``escalate`` asks for the topic's supervisor, ``conference`` has all three talk as soon as somebody
    answers."""

    call: CallId | None = None
    topic: str
    escalate: bool = False
    conference: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeftToMachine(AgentEvent):
    """The machine takes a message of ``call`` (``None``: the one on hold): for ``service``, or (empty) for the one that
    the dialplan names for the topic that nobody took."""

    call: CallId | None = None
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchTurned(AgentEvent):
    """A switch of the dialplan was turned by hand; it stays so until it is turned again."""

    name: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMarked(AgentEvent):
    """Somebody of the dialplan is there again, has left, or does not want to be disturbed."""

    who: str
    presence: Literal["present", "absent", "do_not_disturb"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConferenced(AgentEvent):
    """All three: the call in talk and ``call`` (``None``: the held one)."""

    call: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMarkedStage(AgentEvent):
    """A stage of the conversation begins: greeting, clarify, check, close (rule ``stages.four``); ``permission`` in a
    call of ours: whether it is convenient to talk (rule ``opening.convenient_now``)."""

    call: CallId | None
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(AgentEvent):
    """``present``: calls may be connected at the deadline; ``absent`` and ``break``: they may not."""

    presence: Literal["present", "absent", "break"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWrappedUp(AgentEvent):
    """What the receptionist noted of a call, during it or after its end; the last one of a call counts."""

    call: CallId
    note: str = ""
    topic: str = ""
    """Name of a topic of the dialplan; empty: none of them."""
    outcome: Literal["", "solved", "put_through", "message", "call_back", "not_reached", "misdialled"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTookMessage(AgentEvent):
    """The receptionist wrote down what a customer wants answered; complete and checked (rule ``message.take``)."""

    message: str
    """Id of the message, chosen by who asks."""
    call: CallId | None = None
    """The call it was taken in, also when that is over; ``None``: it came otherwise."""
    service: str = ""
    topic: str = ""
    name: str
    phone: str = ""
    email: str = ""
    matter: str
    language: str = ""
    read_back: bool = False
