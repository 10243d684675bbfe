"""Can the two legs of the call be told apart? If not, it must be said, instead of counting one voice as two."""

from __future__ import annotations

from phoneetiquette.speech.cues import Learnt
from phoneetiquette.speech.definitions import LEAK_MOST_DB, SAME_LIKENESS, UNHEARD_S
from phoneetiquette.speech.facts import PARTIES

ENOUGH_FRAMES = 250
"""Nothing is said on less than five seconds of sound."""
FOLLOWS = 0.4
"""A channel whose levels follow the other's at least so well has its leak in it."""
FOLLOWS_LESS = 0.03
"""The one that follows less than the other by more than this is where the leak comes from."""


def doubts(learnt: Learnt, duration_s: float) -> list[str]:
    """Why the overlap figures cannot be trusted; empty when they can."""
    reasons = []
    silent = [frames == 0 for frames in learnt.sound_frames]
    if duration_s >= UNHEARD_S and any(silent) and not all(silent):
        reasons.append(f"nothing at all is heard on the {PARTIES[silent.index(True)]}'s channel")
    if min(learnt.sound_frames) < ENOUGH_FRAMES:
        return reasons
    if max(learnt.likeness) > SAME_LIKENESS:
        return [*reasons, "both channels carry the same sound"]
    for party, name in enumerate(PARTIES):
        if _leak_over_own_voice_db(learnt, party) > LEAK_MOST_DB:
            reasons.append(f"the {PARTIES[1 - party]}'s voice is nearly as loud as the {name}'s own on their channel")
    return reasons


def _leak_over_own_voice_db(learnt: Learnt, party: int) -> float:
    """Level of the other's voice in this party's channel, relative to its own."""
    like = learnt.likeness[party]
    follows = like > FOLLOWS and like > learnt.likeness[1 - party] - FOLLOWS_LESS
    if not follows or learnt.speech_frames[party] < ENOUGH_FRAMES:
        return -100.0
    return learnt.speech_dbfs[1 - party] + learnt.leak_db[party] - learnt.speech_dbfs[party]
