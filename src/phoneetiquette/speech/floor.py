"""Who holds the floor: spurts of speech, interruptions and turns, from settled speech activity.

A *spurt* is a party's speech with pauses under ``SPURT_PAUSE_MS`` bridged. Everything here is decided on spurts,
because a breath in the middle of a sentence gives nobody the floor. Times are samples of the call's time line.
"""

from __future__ import annotations

from dataclasses import dataclass

from phoneetiquette.speech import definitions
from phoneetiquette.speech.facts import PARTIES, Interruption


@dataclass(slots=True)
class Spurt:
    """One spurt; ``end`` is the end of its last speech so far."""

    start: int
    end: int
    closed: bool = False


@dataclass(slots=True)
class Turns:
    """The turns of one party: how many, the longest, the first, and the last one's bounds."""

    count: int = 0
    longest: int = 0
    first: int | None = None
    start: int = 0
    end: int = 0

    def extend(self, end: int) -> None:
        self.end = end
        self.longest = max(self.longest, end - self.start)
        if self.count == 1:
            self.first = end - self.start

    def begin(self, spurt: Spurt) -> None:
        self.count += 1
        self.start = spurt.start
        self.extend(spurt.end)


@dataclass(frozen=True, slots=True)
class _TalkOver:
    """Party ``by`` began ``spurt`` while the other was in the middle of ``over``."""

    by: int
    spurt: Spurt
    over: Spurt


class Floor:
    """Feed it with settled frames of both parties; it answers with interruptions as they are decided."""

    def __init__(self, rate_hz: int) -> None:
        def samples(milliseconds: int) -> int:
            return milliseconds * rate_hz // 1000

        self._pause = samples(definitions.SPURT_PAUSE_MS)
        self._held = samples(definitions.FLOOR_HELD_MS)
        self._talked_over = samples(definitions.TALKED_OVER_MS)
        self._newcomer = samples(definitions.NEWCOMER_MS)
        self._turn = samples(definitions.TURN_MS)
        self._silence = samples(definitions.SILENCE_MS)
        self._spurts: list[Spurt | None] = [None, None]
        self._pending: list[_TalkOver] = []
        self._holder: int | None = None
        self._turns = (Turns(), Turns())

    def step(self, spoke: tuple[bool, bool], start: int, end: int) -> list[Interruption]:
        """Takes in who spoke from ``start`` to ``end``, the stretch after the one before."""
        begun = [self._extend(party, start, end) for party in (0, 1) if spoke[party]]
        for party in begun:
            if party is not None:
                self._note_talk_over(party)
        ended = [
            party for party, spurt in enumerate(self._spurts) if spurt is not None and end - spurt.end >= self._pause
        ]
        return self._close(ended) if ended else self._decide() if self._pending else []

    def finish(self) -> list[Interruption]:
        """Ends every spurt: the call is over."""
        return self._close([party for party in (0, 1) if self._spurts[party] is not None])

    def turns(self, party: int) -> Turns:
        """The finished turns of a party (the last one grows until it is over)."""
        return self._turns[party]

    def longest_monologue(self, party: int) -> int:
        """The longest turn of a party, with the one it may be in the middle of."""
        turns, spurt = self._turns[party], self._spurts[party]
        if spurt is None or self._is_within_other(party, spurt):
            return turns.longest
        goes_on = self._goes_on(party, spurt)
        if not goes_on and spurt.end - spurt.start < self._turn:
            return turns.longest
        return max(turns.longest, spurt.end - (turns.start if goes_on else spurt.start))

    def _extend(self, party: int, start: int, end: int) -> int | None:
        """Adds speech to the party's spurt; the party if this began a spurt."""
        spurt = self._spurts[party]
        if spurt is not None:
            spurt.end = end
            return None
        self._spurts[party] = Spurt(start, end)
        return party

    def _note_talk_over(self, by: int) -> None:
        spurt, over = self._spurts[by], self._spurts[1 - by]
        if spurt is not None and over is not None and spurt.start - over.start >= self._held:
            self._pending.append(_TalkOver(by, spurt, over))

    def _close(self, parties: list[int]) -> list[Interruption]:
        closing = [(party, spurt) for party in parties if (spurt := self._spurts[party]) is not None]
        for party, spurt in sorted(closing, key=lambda one: (one[1].end, -one[1].start)):
            self._take_turn(party, spurt)
            spurt.closed = True
        for party, _ in closing:
            self._spurts[party] = None
        return self._decide()

    def _decide(self) -> list[Interruption]:
        interruptions = []
        undecided = []
        for talk_over in self._pending:
            mine, theirs = talk_over.spurt, talk_over.over
            if theirs.closed and theirs.end - mine.start < self._talked_over:
                continue
            if mine.end - mine.start < self._newcomer:
                if not mine.closed:
                    undecided.append(talk_over)
            elif theirs.closed and theirs.end < mine.end:
                interruptions.append(Interruption(PARTIES[talk_over.by], mine.start, theirs.end, "taken"))
            elif mine.closed:
                interruptions.append(Interruption(PARTIES[talk_over.by], mine.start, mine.end, "attempt"))
            else:
                undecided.append(talk_over)
        self._pending = undecided
        return interruptions

    def _take_turn(self, party: int, spurt: Spurt) -> None:
        """Counts a spurt that is over: it goes on with the party's turn, begins one, or is only an encouragement."""
        if self._is_within_other(party, spurt):
            return
        if self._goes_on(party, spurt):
            self._turns[party].extend(spurt.end)
        elif spurt.end - spurt.start >= self._turn:
            self._holder = party
            self._turns[party].begin(spurt)

    def _goes_on(self, party: int, spurt: Spurt) -> bool:
        return self._holder == party and spurt.start - self._turns[party].end < self._silence

    def _is_within_other(self, party: int, spurt: Spurt) -> bool:
        """The other spoke before, through and after this spurt: the turn is still the other's."""
        other = self._spurts[1 - party]
        return other is not None and other.start < spurt.start and other.end >= spurt.end
