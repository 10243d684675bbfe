"""Speech of a call: samples in, facts out. Start at :class:`CallMeasurement`."""

from phoneetiquette.speech.definitions import DEFINITIONS
from phoneetiquette.speech.facts import Fact, Interruption, Overlap, OverlapJudged, SpeechSegment, TalkingOver
from phoneetiquette.speech.measurement import CallMeasurement

__all__ = [
    "DEFINITIONS",
    "CallMeasurement",
    "Fact",
    "Interruption",
    "Overlap",
    "OverlapJudged",
    "SpeechSegment",
    "TalkingOver",
]
