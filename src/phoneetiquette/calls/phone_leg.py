"""One leg to the receptionist's phone as the desk sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from phoneetiquette.calls.phone_settings import PhoneSettings
from phoneetiquette.calls.phone_states import LEG_TRANSITIONS, LIFTED, LegState, LegTrigger
from phoneetiquette.events import Asking, CallId


@dataclass(slots=True)
class PhoneLeg:
    """Changed by :class:`~phoneetiquette.calls.phone.DeskPhone` only; moments are ``CLOCK_MONOTONIC`` nanoseconds."""

    leg: CallId
    phone: PhoneSettings
    call: CallId
    """The customer's call it was begun for."""
    state: LegState
    asks: bool = False
    """Its INVITE asks the phone to answer by itself."""
    fetched: bool = False
    """The receptionist has asked on the page for a call that does not ring at the desk."""
    placed: bool = False
    """The engine has told that it dials, or (of a call of the phone) that it came."""
    answering: bool = False
    """Of a call of the phone: the engine was told to answer it."""
    leaving: bool = False
    """The engine was told to end it."""
    silent_from_ns: int = 0
    """When it should have said something to our INVITE."""
    silent_told: bool = False
    allows_talk: bool = False
    asking: Asking | None = None
    """How it is being made to answer now."""
    asked_until_ns: int = 0
    """When that has had its time."""
    patience: float = 1.0
    """Of the usual time for each way, what the third ring leaves."""
    untried: tuple[Asking, ...] = ()
    """What can be tried after that."""
    began_asking: bool = False
    holds: tuple[CallId, ...] = field(default=())
    """Calls that were put on hold at the phone."""

    def moved(self, trigger: LegTrigger) -> bool:
        """Change state by the table; whether that meant anything."""
        after = LEG_TRANSITIONS.get((self.state, trigger))
        if after is None:
            return False
        self.state = after
        return True

    @property
    def lifted(self) -> bool:
        return self.state in LIFTED

    @property
    def listens(self) -> bool:
        return self.state is LegState.UP and not self.leaving

    @property
    def awaited(self) -> bool:
        """We call it, and it may still be lifted."""
        return self.state in (LegState.CALLING, LegState.RINGING) and not self.leaving

    def as_snapshot(self) -> dict[str, Any]:
        return {
            "leg": self.leg,
            "phone": self.phone.address,
            "call": self.call,
            "state": str(self.state),
            "asking": self.asking,
            "allows_talk": self.allows_talk,
        }
