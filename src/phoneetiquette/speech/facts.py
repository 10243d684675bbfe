"""What the measurement tells: facts about a call, in samples of its measured time line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.events import Party

PARTIES: tuple[Party, Party] = ("agent", "customer")
"""Also the order of the channels."""

Outcome = Literal["taken", "attempt"]


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """A party spoke without a pause worth the name: one inter-pausal unit, known when the pause after it is."""

    party: Party
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Interruption:
    """``by`` began to speak while the other was speaking; both spoke from ``start`` to ``end``.

    ``taken``: the other gave way; ``attempt``: the newcomer gave up. Known as soon as that has been decided.
    """

    by: Party
    start: int
    end: int
    outcome: Outcome


Fact = SpeechSegment | Interruption
