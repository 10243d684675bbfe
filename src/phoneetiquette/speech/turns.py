"""Turns: who says something at length, how long, and how much time is left between one party and the other."""

from __future__ import annotations

from dataclasses import dataclass

from phoneetiquette.speech.definitions import SILENCE_MS, TURN_MS


@dataclass(slots=True)
class Spurt:
    """One spurt; ``end`` is the end of its last speech so far."""

    start: int
    end: int
    closed: bool = False
    certain: int = 0
    """How much of it is certainly speech."""
    certain_at_first: int = 0
    """How much of its first ``NEWCOMER_MS`` is."""
    certain_end: int = 0

    @property
    def length(self) -> int:
        return self.end - self.start


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
class FloorChange:
    """Party ``by`` took the floor at ``at``, ``offset`` after the other's last word (negative: before it)."""

    by: int
    at: int
    offset: int


class TurnTaking:
    """Makes turns of the spurts of both parties. ``spurts``: the spurt each party is in, shared with the floor."""

    def __init__(self, rate_hz: int, spurts: list[Spurt | None]) -> None:
        self._turn = TURN_MS * rate_hz // 1000
        self._silence = SILENCE_MS * rate_hz // 1000
        self._spurts = spurts
        self._turns = (Turns(), Turns())
        self._holder: int | None = None
        self._first_word: list[int | None] = [None, None]
        """Start of what a party has said since the other's turn without taking the turn yet."""
        self.changes: list[FloorChange] = []

    def of(self, party: int) -> Turns:
        """The finished turns of a party (the last one grows until it is over)."""
        return self._turns[party]

    def begun(self, party: int) -> None:
        """A spurt of ``party`` begins: what the other said before it is answered."""
        self._first_word[1 - party] = None

    def ended(self, party: int, spurt: Spurt) -> None:
        """Counts a spurt that is over: it goes on with the party's turn, begins one, or is only an encouragement."""
        if self._is_within_other(party, spurt):
            return
        if self._goes_on(party, spurt):
            self._turns[party].extend(spurt.end)
        elif spurt.length >= self._turn:
            self._take(party, spurt)
        elif self._first_word[party] is None:
            self._first_word[party] = spurt.start

    def longest_monologue(self, party: int) -> int:
        """The longest turn of a party, with the one it may be in the middle of."""
        turns, spurt = self._turns[party], self._spurts[party]
        if spurt is None or self._is_within_other(party, spurt):
            return turns.longest
        goes_on = self._goes_on(party, spurt)
        if not goes_on and spurt.length < self._turn:
            return turns.longest
        return max(turns.longest, spurt.end - (turns.start if goes_on else spurt.start))

    def _take(self, party: int, spurt: Spurt) -> None:
        if self._holder == 1 - party:
            first_word = self._first_word[party]
            at = spurt.start if first_word is None else first_word
            self.changes.append(FloorChange(party, at, at - self._turns[1 - party].end))
        self._holder = party
        self._first_word[party] = None
        self._turns[party].begin(spurt)

    def _goes_on(self, party: int, spurt: Spurt) -> bool:
        return self._holder == party and spurt.start - self._turns[party].end < self._silence

    def _is_within_other(self, party: int, spurt: Spurt) -> bool:
        """The other spoke before, through and after this spurt: the turn is still the other's."""
        other = self._spurts[1 - party]
        return other is not None and other.start < spurt.start and other.end >= spurt.end
