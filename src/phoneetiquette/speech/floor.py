"""Who holds the floor: spurts of speech, and what it is when both parties speak at once.

A *spurt* is a party's speech with pauses under ``SPURT_PAUSE_MS`` bridged. Everything here is decided on spurts,
because a breath in the middle of a sentence gives nobody the floor. Times are samples of the call's time line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.speech import definitions
from phoneetiquette.speech.facts import (
    PARTIES,
    Harmless,
    Interruption,
    Kind,
    Outcome,
    Overlap,
    OverlapJudged,
    TalkingOver,
)
from phoneetiquette.speech.turns import Spurt, TurnTaking

Told = TalkingOver | OverlapJudged | Interruption | Overlap


@dataclass(slots=True)
class _TalkOver:
    """Party ``by`` began ``spurt`` while the other was in ``over``, or paused for breath in it."""

    by: int
    spurt: Spurt
    over: Spurt
    certain_before: int
    """How much of ``over`` was certainly speech when ``spurt`` began."""
    hinted: bool = False
    going_on: bool = False
    """It was hinted at, and has not been judged harmless since."""
    judged: bool = False


class Floor:
    """Feed it with what both parties do; it answers with hints, verdicts and facts as they become known."""

    def __init__(self, rate_hz: int) -> None:
        def samples(milliseconds: int) -> int:
            return milliseconds * rate_hz // 1000

        self._pause = samples(definitions.SPURT_PAUSE_MS)
        self._held = samples(definitions.FLOOR_HELD_MS)
        self._hint = samples(definitions.HINT_MS)
        self._talked_over = samples(definitions.TALKED_OVER_MS)
        self._newcomer = samples(definitions.NEWCOMER_MS)
        self._presumed_newcomer = samples(definitions.PRESUMED_MS)
        self._newcomer_certain = samples(definitions.NEWCOMER_CERTAIN_MS)
        self._held_certain = samples(definitions.HELD_CERTAIN_MS)
        self._over_certain = samples(definitions.OVER_CERTAIN_MS)
        self._spurts: list[Spurt | None] = [None, None]
        self._pending: list[_TalkOver] = []
        self.turns = TurnTaking(rate_hz, self._spurts)

    def step(
        self,
        spoke: tuple[bool, bool],
        start: int,
        end: int,
        *,
        began: tuple[int, int] | None = None,
        certain: tuple[bool, bool] = (True, True),
    ) -> list[Told]:
        """Takes in who spoke from ``start`` to ``end``, the stretch after the one before.

        ``began``: where each party's speech began if it begins now; it may be some frames before ``start``.
        ``certain``: whether that it spoke is certain, or only probable.
        """
        for party in (0, 1):
            if spoke[party]:
                self._extend(party, began[party] if began else start, start, end, certain[party])
        spurts = self._spurts
        ended = [party for party in (0, 1) if (spurt := spurts[party]) is not None and end - spurt.end >= self._pause]
        if ended:
            self._close(ended)
        return self._decide(spoke, end) if self._pending else []

    def finish(self, end: int) -> list[Told]:
        """Ends every spurt: the call is over."""
        self._close([party for party in (0, 1) if self._spurts[party] is not None])
        return self._decide((False, False), end)

    @property
    def contested(self) -> bool:
        """Whether something may be told at any step. If not, steps in which nobody begins may as well be one."""
        return bool(self._pending)

    def talking_over(self) -> int | None:
        """The party that talks over the other right now, if any."""
        return next((one.by for one in self._pending if one.going_on), None)

    def _extend(self, party: int, began: int, start: int, end: int, certain: bool) -> None:
        spurt = self._spurts[party]
        if spurt is None:
            start = began
            spurt = self._spurts[party] = Spurt(began, end)
            self.turns.begun(party)
            self._note(party, spurt)
        spurt.end = end
        if certain:
            spurt.certain += end - start
            spurt.certain_at_first += max(0, min(end, spurt.start + self._newcomer) - start)
            spurt.certain_end = end

    def _note(self, party: int, spurt: Spurt) -> None:
        """Whoever began later may be talking over the other."""
        other = self._spurts[1 - party]
        if other is not None and other.start < spurt.start:
            self._pending.append(_TalkOver(party, spurt, other, other.certain))
        elif other is not None and other.start > spurt.start:
            self._pending.append(_TalkOver(1 - party, other, spurt, 0))

    def _close(self, parties: list[int]) -> None:
        closing = [(party, spurt) for party in parties if (spurt := self._spurts[party]) is not None]
        for party, spurt in sorted(closing, key=lambda one: (one[1].end, -one[1].start)):
            self.turns.ended(party, spurt)
            spurt.closed = True
        for party, _ in closing:
            self._spurts[party] = None

    def _decide(self, spoke: tuple[bool, bool], now: int) -> list[Told]:
        told: list[Told] = []
        undecided = []
        for one in self._pending:
            by, start = PARTIES[one.by], one.spurt.start
            timely = self._hint <= now - start <= self._newcomer
            if not (one.hinted or one.judged) and all(spoke) and timely and self._was_held(one):
                one.hinted = one.going_on = True
                told.append(TalkingOver(by, start))
            decided = self._decided(one)
            if decided is None:
                undecided.append(one)
            if not one.judged and (decided or now - start >= self._newcomer):
                kind = _kind_of(decided) if decided else self._presumed(one)
                one.going_on &= kind == "interruption"
                if kind:
                    one.judged = True
                    told.append(OverlapJudged(by, start, kind))
            if decided:
                told.append(decided)
        self._pending = undecided
        return told

    def _decided(self, one: _TalkOver) -> Interruption | Overlap | Literal[False] | None:
        """What it was; False: the two never spoke at once, or that is not certain; None: too early to say.

        Whatever was hinted at gets a final word: what is not certain enough for an interruption was a harmless one.
        """
        mine, theirs = one.spurt, one.over
        by, together = PARTIES[one.by], min(mine.end, theirs.end)
        if theirs.closed and theirs.end <= mine.start:
            return False
        if not self._was_held(one):
            return Overlap(by, mine.start, together, "simultaneous_start") if mine.closed or theirs.closed else None
        if theirs.closed and not self._went_on(one):
            return self._at_the_end(one, together)
        if mine.length < self._newcomer:
            return Overlap(by, mine.start, together, "encouragement") if mine.closed else None
        if not (theirs.closed and theirs.end < mine.end) and not mine.closed:
            return None
        if not self._is_certain(one):
            return Overlap(by, mine.start, together, self._lesser(one)) if one.hinted or one.judged else False
        outcome: Outcome = "taken" if theirs.closed and theirs.end < mine.end else "attempt"
        return Interruption(by, mine.start, together, outcome)

    def _is_certain(self, one: _TalkOver) -> bool:
        """That both spoke, before and during it, is more than a guess in a noisy room."""
        return (
            one.spurt.certain_at_first >= self._newcomer_certain
            and one.certain_before >= self._held_certain
            and one.over.certain - one.certain_before >= self._over_certain
        )

    def _lesser(self, one: _TalkOver) -> Harmless:
        """What an interruption that is not certain is taken for, by what is missing of it."""
        if one.certain_before < self._held_certain:
            return "simultaneous_start"
        return "encouragement" if one.spurt.certain_at_first < self._newcomer_certain else "early_reply"

    def _went_on(self, one: _TalkOver) -> bool:
        return one.over.certain_end - one.spurt.start >= self._talked_over

    def _at_the_end(self, one: _TalkOver, together: int) -> Overlap | None:
        """The other does not go on: an early reply, or a last encouragement."""
        kind: Harmless
        if one.spurt.length >= self._newcomer:
            kind = "early_reply"
        elif one.spurt.closed:
            kind = "encouragement"
        else:
            return None
        return Overlap(PARTIES[one.by], one.spurt.start, together, kind)

    def _presumed(self, one: _TalkOver) -> Kind | None:
        """What it looks like when the newcomer began ``NEWCOMER_MS`` ago; None: it is not speaking at once so far."""
        mine, theirs = one.spurt, one.over
        if theirs.end <= mine.start:
            return None
        if not self._was_held(one):
            return "simultaneous_start"
        if mine.length < self._presumed_newcomer:
            return "encouragement"
        if not self._went_on(one):
            return "early_reply"
        return "interruption" if self._is_certain(one) else None

    def _was_held(self, one: _TalkOver) -> bool:
        return one.spurt.start - one.over.start >= self._held


def _kind_of(decided: Interruption | Overlap) -> Kind:
    return "interruption" if isinstance(decided, Interruption) else decided.kind
