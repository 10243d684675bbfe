"""Seat and headset agree on one bit: off-hook or not, muted or not. Pure: time comes in, decisions go out.

Both sides may change it, and each tells the other: the seat by a lamp, the headset by a report. So a report may be a
press, or only the headset's answer to a lamp, and the two look alike. Who takes an answer for a press answers or ends
calls by echo; who takes a press for an answer loses it. What is to be thought of a report depends on what went before,
and that is one table.
"""

from __future__ import annotations

from enum import StrEnum

from phoneetiquette.units import ms

FOLLOW_NS = ms(400)
"""How long the seat may take to follow a press before the headset is told that nothing came of it. A headset waits for
about 2 s (Jabra)."""


class Phase(StrEnum):
    AGREED = "agreed"
    """The headset last said what the seat wants."""
    COMMANDED = "commanded"
    """The lamp was changed, and the headset has not said so yet."""
    CROSSED = "crossed"
    """As before, and the headset has said something else meanwhile: the late answer to an earlier lamp."""
    ASSUMED = "assumed"
    """The lamp was changed, and the headset never says so: it is taken to have done it."""
    ASKED = "asked"
    """The headset was moved by its user, and the seat has not followed yet."""


class Happening(StrEnum):
    AGREES = "agrees"
    """The headset says another value than before, and it is the wanted one."""
    DIFFERS = "differs"
    """The headset says another value than before, and it is not the wanted one."""
    REPEATS = "repeats"
    """The headset says the same value as before, in a report that says nothing else; it is not the wanted one."""
    WANTED_THAT = "wanted that"
    """The seat wants another value than before, and it is what the headset said last."""
    WANTED_OTHER = "wanted other"
    """The seat wants another value than before, and it is not what the headset said last."""
    TIME = "time"
    """The phase has lasted as long as it may."""


class Decision(StrEnum):
    NOTHING = "nothing"
    PRESS = "press"
    """It was the user."""
    REPEAT = "repeat"
    """Tell the lamps once more, changed or not."""


_P, _H, _D = Phase, Happening, Decision

TABLE: dict[tuple[Phase, Happening], tuple[Phase, Decision]] = {
    (_P.AGREED, _H.DIFFERS): (_P.ASKED, _D.PRESS),
    (_P.AGREED, _H.WANTED_OTHER): (_P.COMMANDED, _D.NOTHING),
    (_P.COMMANDED, _H.AGREES): (_P.AGREED, _D.NOTHING),
    (_P.COMMANDED, _H.DIFFERS): (_P.CROSSED, _D.NOTHING),
    (_P.COMMANDED, _H.REPEATS): (_P.COMMANDED, _D.NOTHING),
    (_P.COMMANDED, _H.WANTED_THAT): (_P.COMMANDED, _D.NOTHING),
    (_P.COMMANDED, _H.WANTED_OTHER): (_P.COMMANDED, _D.NOTHING),
    (_P.COMMANDED, _H.TIME): (_P.ASSUMED, _D.NOTHING),
    (_P.CROSSED, _H.AGREES): (_P.AGREED, _D.NOTHING),
    (_P.CROSSED, _H.REPEATS): (_P.CROSSED, _D.NOTHING),
    (_P.CROSSED, _H.WANTED_THAT): (_P.COMMANDED, _D.NOTHING),
    (_P.CROSSED, _H.WANTED_OTHER): (_P.CROSSED, _D.NOTHING),
    (_P.CROSSED, _H.TIME): (_P.COMMANDED, _D.REPEAT),
    (_P.ASSUMED, _H.AGREES): (_P.AGREED, _D.NOTHING),
    (_P.ASSUMED, _H.DIFFERS): (_P.ASKED, _D.PRESS),
    (_P.ASSUMED, _H.REPEATS): (_P.ASKED, _D.PRESS),
    (_P.ASSUMED, _H.WANTED_THAT): (_P.COMMANDED, _D.NOTHING),
    (_P.ASSUMED, _H.WANTED_OTHER): (_P.COMMANDED, _D.NOTHING),
    (_P.ASKED, _H.AGREES): (_P.AGREED, _D.PRESS),
    (_P.ASKED, _H.REPEATS): (_P.ASKED, _D.NOTHING),
    (_P.ASKED, _H.WANTED_THAT): (_P.AGREED, _D.NOTHING),
    (_P.ASKED, _H.WANTED_OTHER): (_P.ASKED, _D.NOTHING),
    (_P.ASKED, _H.TIME): (_P.COMMANDED, _D.REPEAT),
}
"""(phase, what happens) -> (next phase, what to do). What is not in it cannot happen in that phase, or says nothing."""


class Agreement:
    """One bit. It begins as a lamp that was just turned off: a headset may still tell what went before."""

    def __init__(self, *, answers: bool, answer_ns: int, now_ns: int) -> None:
        """``answers``: the headset reports what a lamp made of it, within ``answer_ns``."""
        self._answers = answers
        self._answer_ns = answer_ns
        self.wanted = False
        """What the seat wants; the lamp shows it."""
        self.said = False
        """What the headset said last."""
        self.phase = Phase.AGREED
        self._since_ns = now_ns
        self._enter(Phase.COMMANDED, now_ns)

    def want(self, value: bool, now_ns: int) -> Decision:
        """The seat wants this now. The lamp is to show it, whatever is decided."""
        if value == self.wanted:
            return Decision.NOTHING
        self.wanted = value
        return self._happened(Happening.WANTED_THAT if value == self.said else Happening.WANTED_OTHER, now_ns)

    def report(self, value: bool, now_ns: int, *, alone: bool) -> Decision:
        """The headset says ``value``; ``alone``: its report says nothing else that is new."""
        if value != self.said:
            self.said = value
            return self._happened(Happening.AGREES if value == self.wanted else Happening.DIFFERS, now_ns)
        if alone and value != self.wanted:
            return self._happened(Happening.REPEATS, now_ns)
        return Decision.NOTHING

    def turned(self, now_ns: int) -> Decision:
        """The headset says that the bit was turned over, and not to what."""
        if self.phase in (Phase.COMMANDED, Phase.CROSSED):
            self.said = not self.wanted
            return self.report(self.wanted, now_ns, alone=True)
        self.said = self.wanted if self.phase is not Phase.ASKED else self.said
        return self.report(not self.said, now_ns, alone=True)

    def deadline(self) -> int | None:
        """When :meth:`advance` will have something to do."""
        match self.phase:
            case Phase.COMMANDED | Phase.CROSSED:
                return self._since_ns + self._answer_ns
            case Phase.ASKED:
                return self._since_ns + FOLLOW_NS
            case _:
                return None

    def advance(self, now_ns: int) -> Decision:
        deadline = self.deadline()
        if deadline is None or deadline > now_ns:
            return Decision.NOTHING
        return self._happened(Happening.TIME, now_ns)

    def _happened(self, what: Happening, now_ns: int) -> Decision:
        phase, decision = TABLE.get((self.phase, what), (self.phase, Decision.NOTHING))
        if phase is not self.phase or what in (Happening.WANTED_THAT, Happening.WANTED_OTHER):
            self._enter(phase, now_ns)
        return decision

    def _enter(self, phase: Phase, now_ns: int) -> None:
        if phase is Phase.COMMANDED and not self._answers:
            phase = Phase.ASSUMED
        if phase is Phase.ASSUMED and self.said == self.wanted:
            phase = Phase.AGREED
        self.phase, self._since_ns = phase, now_ns
