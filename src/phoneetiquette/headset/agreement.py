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
QUIET_NS = ms(1000)
"""After lamps and reports have crossed, so long without either it takes until a report is believed again; less with a
headset that answers sooner."""


class Phase(StrEnum):
    AGREED = "agreed"
    """The headset last said what the seat wants."""
    COMMANDED = "commanded"
    """The lamp was changed, and the headset has not answered yet."""
    CROSSING = "crossing"
    """The lamp was changed again before the answer: which report answers what cannot be known."""
    ASSUMED = "assumed"
    """The lamp was changed, and the headset never answers: it is taken to have done it."""
    ASKED = "asked"
    """The headset was moved by its user, and the seat has not followed yet."""


class Happening(StrEnum):
    AGREES = "agrees"
    """The headset says another value than before, and it is the wanted one."""
    DIFFERS = "differs"
    """The headset says another value than before, and it is not the wanted one."""
    REPEATS = "repeats"
    """The headset says the same value as before, in a report that says nothing else; it is not the wanted one."""
    WANTED = "wanted"
    """The seat wants another value than before, which the lamp tells."""
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
    (_P.AGREED, _H.WANTED): (_P.COMMANDED, _D.NOTHING),
    (_P.COMMANDED, _H.AGREES): (_P.AGREED, _D.NOTHING),
    (_P.COMMANDED, _H.WANTED): (_P.CROSSING, _D.NOTHING),
    (_P.COMMANDED, _H.TIME): (_P.ASSUMED, _D.NOTHING),
    (_P.CROSSING, _H.AGREES): (_P.CROSSING, _D.NOTHING),
    (_P.CROSSING, _H.DIFFERS): (_P.CROSSING, _D.NOTHING),
    (_P.CROSSING, _H.WANTED): (_P.CROSSING, _D.NOTHING),
    (_P.CROSSING, _H.TIME): (_P.COMMANDED, _D.REPEAT),
    (_P.ASSUMED, _H.AGREES): (_P.AGREED, _D.NOTHING),
    (_P.ASSUMED, _H.REPEATS): (_P.ASKED, _D.PRESS),
    (_P.ASSUMED, _H.WANTED): (_P.CROSSING, _D.NOTHING),
    (_P.ASKED, _H.AGREES): (_P.AGREED, _D.PRESS),
    (_P.ASKED, _H.WANTED): (_P.AGREED, _D.NOTHING),
    (_P.ASKED, _H.TIME): (_P.COMMANDED, _D.REPEAT),
}
"""(phase, what happens) -> (next phase, what to do). What is not in it cannot happen in that phase, or says nothing.

Beside it: with a headset that never answers there is nothing to wait for (``_enter``); when the time is over and both
say the same, or the headset has said nothing that could differ, they agree (``advance``); and a press that comes only a
moment after another change may have crossed with it (``_happened``).
"""


class Agreement:
    """One bit. It begins as if lamps and reports had just crossed: a headset may still tell of what was before us."""

    def __init__(self, *, answers: bool, answer_ns: int, now_ns: int, turns: bool = False) -> None:
        """``answers``: the headset reports what a lamp made of it, within ``answer_ns``. ``turns``: its reports only
        turn the bit over, so that there is no value in them to be agreed upon."""
        self._answers = answers
        self._turns = turns
        self._answer_ns = answer_ns
        self._quiet_ns = min(QUIET_NS, answer_ns)
        self.wanted = False
        """What the seat wants; the lamp shows it."""
        self.said = False
        """What the headset said last, or is taken to have said."""
        self._heard = False
        """Whether it has said anything yet: one that is off-hook already when we come does not say so."""
        self._lamp_ns = now_ns
        """When the lamp was changed last."""
        self.phase = Phase.AGREED
        self._since_ns = now_ns
        self._enter(Phase.CROSSING, now_ns)

    def want(self, value: bool, now_ns: int) -> Decision:
        """The seat wants this now. The lamp is to show it, whatever is decided."""
        if value == self.wanted:
            return Decision.NOTHING
        self.wanted = value
        decision = self._happened(Happening.WANTED, now_ns)
        self._lamp_ns = now_ns
        return decision

    def report(self, value: bool, now_ns: int, *, alone: bool) -> Decision:
        """The headset says ``value``; ``alone``: its report says nothing else that is new."""
        self._heard = True
        if value != self.said:
            self.said = value
            return self._happened(Happening.AGREES if value == self.wanted else Happening.DIFFERS, now_ns)
        if alone and value != self.wanted:
            return self._happened(Happening.REPEATS, now_ns)
        return Decision.NOTHING

    def turned(self, now_ns: int) -> Decision:
        """The headset says that the bit was turned over, and not to what."""
        if self.phase in (Phase.COMMANDED, Phase.CROSSING):
            self.said = not self.wanted
            return self.report(self.wanted, now_ns, alone=True)
        if self.phase is not Phase.ASKED:
            self.said = self.wanted
        return self.report(not self.said, now_ns, alone=True)

    def deadline(self) -> int | None:
        """When :meth:`advance` will have something to do."""
        lasting = {Phase.COMMANDED: self._answer_ns, Phase.CROSSING: self._quiet_ns, Phase.ASKED: FOLLOW_NS}.get(
            self.phase
        )
        return None if lasting is None else self._since_ns + lasting

    def advance(self, now_ns: int) -> Decision:
        deadline = self.deadline()
        if deadline is None or deadline > now_ns:
            return Decision.NOTHING
        if self.phase is not Phase.ASKED and (self._turns or not self._heard):
            self.said = self.wanted
        if self.said == self.wanted:
            self._enter(Phase.AGREED, now_ns)
            return Decision.NOTHING
        return self._happened(Happening.TIME, now_ns)

    def _happened(self, what: Happening, now_ns: int) -> Decision:
        known = TABLE.get((self.phase, what))
        if known is None:
            return Decision.NOTHING
        phase, decision = known
        if (self.phase, phase) == (Phase.ASKED, Phase.AGREED) and now_ns - self._lamp_ns < self._quiet_ns:
            phase = Phase.CROSSING
        self._enter(phase, now_ns)
        return decision

    def _enter(self, phase: Phase, now_ns: int) -> None:
        if not self._answers and phase in (Phase.COMMANDED, Phase.CROSSING):
            phase = Phase.ASSUMED
        if phase is Phase.ASSUMED and self.said == self.wanted:
            phase = Phase.AGREED
        self.phase, self._since_ns = phase, now_ns
