"""What the measurement hears in a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from phoneetiquette.events.base import CallEvent, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSegmentEnded(CallEvent):
    """A party spoke from ``start_s`` to ``end_s``, in seconds of measured talk time of this call."""

    party: Party
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptionNoticed(CallEvent):
    """``by`` spoke over the other. ``outcome``: ``taken`` if the other gave way, ``attempt`` if not."""

    by: Party
    start_s: float
    end_s: float
    outcome: Literal["taken", "attempt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkingOverNoticed(CallEvent):
    """A hint, half a second after ``start_s``: ``by`` is talking over the other right now. It may turn out harmless."""

    by: Party
    start_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapJudged(CallEvent):
    """What it is that ``by`` began at ``start_s`` while the other spoke, a second and a half after that.

    An interruption, once it is over, comes as ``InterruptionNoticed`` too.
    """

    by: Party
    start_s: float
    kind: Literal["interruption", "encouragement", "early_reply", "simultaneous_start"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresTaken(CallEvent):
    """The measures of the call so far (about once a second, and ``final`` at its end).

    ``measures`` is the object that ``phoneetiquette.speech.measures`` documents.
    """

    measures: dict[str, Any]
    final: bool = False
