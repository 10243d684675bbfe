"""What the measurement tells: facts about a call, in samples of its measured time line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.events import Party

PARTIES: tuple[Party, Party] = ("agent", "customer")
"""Also the order of the channels."""

Outcome = Literal["taken", "attempt"]
Harmless = Literal["encouragement", "early_reply", "simultaneous_start"]
"""What speaking at the same time can be that is no interruption."""
Kind = Literal["interruption", Harmless]


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """A party spoke without a pause worth the name: one inter-pausal unit, known when the pause after it is."""

    party: Party
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TalkingOver:
    """A hint: ``by``, who began at ``start`` in the middle of the other's speech, is talking over the other right now.

    Told half a second after ``start``, before anybody can know what becomes of it.
    """

    by: Party
    start: int


@dataclass(frozen=True, slots=True)
class OverlapJudged:
    """What it is that ``by`` began at ``start``, told a second and a half later.

    What it was in the end comes as :class:`Interruption` or :class:`Overlap`, and is hardly ever anything else.
    """

    by: Party
    start: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Interruption:
    """``by`` began to speak while the other was speaking; both spoke from ``start`` to ``end``.

    ``taken``: the other gave way; ``attempt``: the newcomer gave up. Known as soon as that has been decided.
    """

    by: Party
    start: int
    end: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Overlap:
    """``by`` began to speak while the other was, but that was no interruption: see :data:`Harmless`."""

    by: Party
    start: int
    end: int
    kind: Harmless


Fact = SpeechSegment | TalkingOver | OverlapJudged | Interruption | Overlap
