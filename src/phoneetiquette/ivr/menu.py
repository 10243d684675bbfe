"""A menu that speaks to a caller, from its first word to the key that leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from phoneetiquette.dialplan.questions import MenuKey, MenuSilence
from phoneetiquette.errors import CallError


class MenuState(StrEnum):
    """Where a menu is."""

    SPEAKING = "speaking"
    """A key may come before the last word (barge-in)."""
    WAITING = "waiting"
    """All is said; a key is waited for."""
    LEFT = "left"


class MenuTrigger(StrEnum):
    """What happens to a menu."""

    SAID = "said"
    PRESSED = "pressed"
    SILENT = "silent"


_S, _T = MenuState, MenuTrigger

TRANSITIONS: dict[tuple[MenuState, MenuTrigger], MenuState] = {
    (_S.SPEAKING, _T.SAID): _S.WAITING,
    (_S.SPEAKING, _T.PRESSED): _S.LEFT,
    (_S.WAITING, _T.PRESSED): _S.LEFT,
    (_S.WAITING, _T.SILENT): _S.LEFT,
}
"""(state, trigger) -> next state."""


@dataclass(slots=True)
class Menu:
    """One hearing of a menu. Moments and spans are nanoseconds."""

    name: str
    trail: tuple[str, ...]
    """The menus that led here, the first one first."""
    heard: int
    """How often it has been said, this time included."""
    wrong: int
    """Wrong keys so far."""
    after_ns: int
    """For how long a key is waited for when all is said."""
    state: MenuState = MenuState.SPEAKING
    deadline_ns: int | None = None

    def said(self, now_ns: int) -> None:
        """All is said.

        Raises:
            CallError: it was not speaking; nothing changes.
        """
        self._move(_T.SAID)
        self.deadline_ns = now_ns + self.after_ns

    def pressed(self, key: str) -> MenuKey:
        """The caller has pressed a key, perhaps before the last word: what the plan is to be asked.

        Raises:
            CallError: it has been left already; nothing changes.
        """
        self._move(_T.PRESSED)
        return MenuKey(self.name, key, self.trail, self.wrong)

    def silent(self) -> MenuSilence:
        """The time for a key is over: what the plan is to be asked.

        Raises:
            CallError: no key was being waited for; nothing changes.
        """
        self._move(_T.SILENT)
        return MenuSilence(self.name, self.heard, self.trail)

    def _move(self, trigger: MenuTrigger) -> None:
        try:
            self.state = TRANSITIONS[self.state, trigger]
        except KeyError:
            raise CallError(f"a menu that is {self.state} cannot be {trigger}") from None
        self.deadline_ns = None
