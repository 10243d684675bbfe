"""Waking a guest: it is said what it is, and a key is waited for, a few times over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from phoneetiquette.errors import CallError
from phoneetiquette.units import seconds

KEY_PATIENCE_NS = seconds(6)
"""For how long a key is waited for when all is said."""
MOST_HEARD = 3
"""So often it is said."""


class WakeUpTalkState(StrEnum):
    """Where it is."""

    SPEAKING = "speaking"
    """A key may come before the last word."""
    WAITING = "waiting"
    """All is said; a key is waited for."""
    THANKING = "thanking"
    """The guest is awake."""
    OVER = "over"


class WakeUpTalkTrigger(StrEnum):
    """What happens to it."""

    SAID = "said"
    PRESSED = "pressed"
    SILENT = "silent"
    SILENT_TO_THE_END = "silent to the end"


_S, _T = WakeUpTalkState, WakeUpTalkTrigger

TRANSITIONS: dict[tuple[WakeUpTalkState, WakeUpTalkTrigger], WakeUpTalkState] = {
    (_S.SPEAKING, _T.SAID): _S.WAITING,
    (_S.SPEAKING, _T.PRESSED): _S.THANKING,
    (_S.WAITING, _T.PRESSED): _S.THANKING,
    (_S.WAITING, _T.SILENT): _S.SPEAKING,
    (_S.WAITING, _T.SILENT_TO_THE_END): _S.OVER,
    (_S.THANKING, _T.SAID): _S.OVER,
}
"""(state, trigger) -> next state."""


@dataclass(slots=True)
class WakeUpTalk:
    """One answered attempt. Moments are nanoseconds."""

    state: WakeUpTalkState = WakeUpTalkState.SPEAKING
    heard: int = 1
    """How often it was said, this time included."""
    deadline_ns: int | None = None

    @property
    def confirmed(self) -> bool:
        """The guest has pressed a key."""
        return self.state is _S.THANKING

    def said(self, now_ns: int) -> None:
        """All is said.

        Raises:
            CallError: nothing was; nothing changes.
        """
        self._move(_T.SAID)
        if self.state is _S.WAITING:
            self.deadline_ns = now_ns + KEY_PATIENCE_NS

    def pressed(self) -> bool:
        """The guest has pressed a key, whichever; whether it is the one that counts."""
        if (self.state, _T.PRESSED) not in TRANSITIONS:
            return False
        self._move(_T.PRESSED)
        return True

    def silent(self) -> None:
        """The time for a key is over.

        Raises:
            CallError: none was being waited for; nothing changes.
        """
        self._move(_T.SILENT if self.heard < MOST_HEARD else _T.SILENT_TO_THE_END)
        self.heard += self.state is _S.SPEAKING

    def _move(self, trigger: WakeUpTalkTrigger) -> None:
        try:
            self.state = TRANSITIONS[self.state, trigger]
        except KeyError:
            raise CallError(f"a wake-up call that is {self.state} cannot be {trigger}") from None
        self.deadline_ns = None
