"""Taking a message: a word of greeting, the recording, the number to call back, a word of thanks.

The caller may hang up at any point: what is known by then is kept by whoever asks :class:`MessageTaking`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from phoneetiquette.errors import CallError
from phoneetiquette.ivr.phrases import BEEP
from phoneetiquette.units import seconds

KEY_PATIENCE_NS = seconds(7)
"""For how long a key is waited for after a question."""
DIGIT_PATIENCE_NS = seconds(4)
"""After so long without another digit a number is complete."""
MOST_TRIES = 3
"""So often a number is asked for, or read back."""
MOST_DIGITS = 18
END = "#"
YES, ANOTHER, AGAIN = "1", "2", "*"
_NUMBER = re.compile(r"\d{3,18}")


class MessageState(StrEnum):
    """Where the taking of a message is."""

    GREETING = "greeting"
    """Asks for the message; any key goes on to the beep."""
    BEEPING = "beeping"
    RECORDING = "recording"
    READING_BACK = "reading back"
    """Says the number and asks whether it is right."""
    CONFIRMING = "confirming"
    """Waits for the answer."""
    ASKING = "asking"
    """Asks for a number."""
    ENTERING = "entering"
    """Waits for its digits."""
    THANKING = "thanking"
    DONE = "done"
    ALONE = "alone"
    """The engine asks and records by itself, until the caller hangs up: nothing else is said."""


class MessageTrigger(StrEnum):
    """What happens to it."""

    SAID = "said"
    SKIPPED = "skipped by a key"
    READ_BACK = "read back"
    CONFIRMED = "confirmed"
    NUMBER_ASKED = "asked for a number"
    DIGIT = "given a digit"
    FINISHED = "finished"


_S, _T = MessageState, MessageTrigger

TRANSITIONS: dict[tuple[MessageState, MessageTrigger], MessageState] = {
    (_S.GREETING, _T.SAID): _S.RECORDING,
    (_S.GREETING, _T.SKIPPED): _S.BEEPING,
    (_S.BEEPING, _T.SAID): _S.RECORDING,
    (_S.RECORDING, _T.READ_BACK): _S.READING_BACK,
    (_S.RECORDING, _T.NUMBER_ASKED): _S.ASKING,
    (_S.READING_BACK, _T.SAID): _S.CONFIRMING,
    (_S.ASKING, _T.SAID): _S.ENTERING,
    (_S.THANKING, _T.SAID): _S.DONE,
    **{
        (state, trigger): after
        for state in (_S.READING_BACK, _S.CONFIRMING)
        for trigger, after in (
            (_T.CONFIRMED, _S.THANKING),
            (_T.FINISHED, _S.THANKING),
            (_T.READ_BACK, _S.READING_BACK),
            (_T.NUMBER_ASKED, _S.ASKING),
        )
    },
    **{
        (state, trigger): after
        for state in (_S.ASKING, _S.ENTERING)
        for trigger, after in (
            (_T.DIGIT, _S.ENTERING),
            (_T.READ_BACK, _S.READING_BACK),
            (_T.NUMBER_ASKED, _S.ASKING),
            (_T.FINISHED, _S.THANKING),
        )
    },
}
"""(state, trigger) -> next state."""


@dataclass(frozen=True, slots=True)
class Say:
    """The machine says these phrases; nothing stops what it is saying."""

    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """The caller is recorded from now on."""


@dataclass(frozen=True, slots=True)
class StopRecording:
    pass


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


Turn = Say | Record | StopRecording | HangUp


@dataclass(slots=True)
class MessageTaking:
    """One message. Moments and spans are nanoseconds; what is to be done comes back from every method."""

    service: str
    """Who is responsible, as the dialplan names it; empty: the desk."""
    topic: str
    language: str
    limit_ns: int
    """Longest recording."""
    phone: str
    """The number to call back, as it is said: digits, perhaps after a ``+``; empty while none is known."""
    state: MessageState = MessageState.GREETING
    deadline_ns: int | None = None
    entered: str = ""
    """Digits of another number so far."""
    tries: int = 0
    read_back: bool = False
    """The caller has confirmed the number."""

    @property
    def recorded(self) -> bool:
        """Whether the caller has left a message."""
        return self.state not in (_S.GREETING, _S.BEEPING, _S.ALONE)

    @property
    def given(self) -> str:
        """Another number that the caller has typed, confirmed or not; empty: none."""
        return self.entered if _NUMBER.fullmatch(self.entered) else ""

    def begin(self) -> list[Turn]:
        return [Say(("leave_message", BEEP))]

    def said(self, now_ns: int) -> list[Turn]:
        """All phrases are said.

        Raises:
            CallError: nothing was being said; nothing changes.
        """
        self._move(_T.SAID)
        match self.state:
            case _S.RECORDING:
                self.deadline_ns = now_ns + self.limit_ns
                return [Record()]
            case _S.DONE:
                return [HangUp()]
            case _:
                self.deadline_ns = now_ns + KEY_PATIENCE_NS
                return []

    def pressed(self, key: str, now_ns: int) -> list[Turn]:
        """The caller has pressed a key; one that means nothing now is ignored."""
        match self.state:
            case _S.GREETING:
                self._move(_T.SKIPPED)
                return [Say((BEEP,))]
            case _S.RECORDING if key == END:
                return self._recorded()
            case _S.READING_BACK | _S.CONFIRMING:
                return self._answered(key)
            case _S.ASKING | _S.ENTERING:
                return self._digit(key, now_ns)
            case _:
                return []

    def time_passed(self) -> list[Turn]:
        """The time of what was waited for is over."""
        match self.state:
            case _S.RECORDING:
                return self._recorded()
            case _S.CONFIRMING:
                return self._read_back() if self._may_try() else self._thank(_T.FINISHED)
            case _S.ENTERING:
                return self._number_complete()
            case _:
                self.deadline_ns = None
                return []

    def _recorded(self) -> list[Turn]:
        self.tries = 1
        return [StopRecording(), *(self._read_back() if self.phone else self._ask())]

    def _read_back(self) -> list[Turn]:
        self._move(_T.READ_BACK)
        return [Say(("your_number", *self.phone, "confirm_number"))]

    def _ask(self) -> list[Turn]:
        self._move(_T.NUMBER_ASKED)
        self.entered = ""
        return [Say(("enter_number",))]

    def _answered(self, key: str) -> list[Turn]:
        if key == YES:
            self.read_back = True
            return self._thank(_T.CONFIRMED)
        if not self._may_try():
            return self._thank(_T.FINISHED)
        return self._ask() if key == ANOTHER else self._read_back()

    def _digit(self, key: str, now_ns: int) -> list[Turn]:
        if key == END:
            return self._number_complete()
        speaking = self.state is _S.ASKING
        if key.isdigit() or key == AGAIN:
            self._move(_T.DIGIT)
            self.entered = "" if key == AGAIN else (self.entered + key)[:MOST_DIGITS]
            self.deadline_ns = now_ns + (DIGIT_PATIENCE_NS if self.entered else KEY_PATIENCE_NS)
            return [Say()] if speaking else []
        return []

    def _number_complete(self) -> list[Turn]:
        if _NUMBER.fullmatch(self.entered):
            self.phone = self.entered
            return self._read_back()
        return self._ask() if self._may_try() else self._thank(_T.FINISHED)

    def _thank(self, trigger: MessageTrigger) -> list[Turn]:
        self._move(trigger)
        return [Say(("thanks",))]

    def _may_try(self) -> bool:
        self.tries += 1
        return self.tries <= MOST_TRIES

    def _move(self, trigger: MessageTrigger) -> None:
        try:
            self.state = TRANSITIONS[self.state, trigger]
        except KeyError:
            raise CallError(f"a message that is {self.state} cannot be {trigger}") from None
        self.deadline_ns = None
