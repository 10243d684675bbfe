"""Time to think: what happens after a segment of the desk that sounds like a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from phoneetiquette.speech.definitions import FRAME_MS
from phoneetiquette.speech.pitch import asks
from phoneetiquette.speech.prosody_definitions import QUESTION_PAUSE_MS
from phoneetiquette.speech.voice import SpokenRun


def time_to_think(agent: Sequence[SpokenRun], customer: Sequence[SpokenRun]) -> dict[str, Any]:
    """Segments of both parties, over, in order.

    A question in which or at whose end the customer speaks is left out, and so is a rise after which the desk goes on
    at once.

    Returns:
        ``questions``: segments of the desk that rise at their ends and are followed by anything; ``unanswered``: those
        after which the desk itself spoke next; ``pause_s``: the middle time it waited before it did, ``None`` where it
        never did; ``answer_s``: middle time the customer took to answer, ``None`` without answers.
    """
    answers: list[float] = []
    pauses: list[float] = []
    place = 0
    for number, this in enumerate(agent):
        following = agent[number + 1] if number + 1 < len(agent) else None
        if not asks(this.rise_st):
            continue
        while place < len(customer) and customer[place].end <= this.end:
            place += 1
        answer = customer[place] if place < len(customer) else None
        if answer is not None and answer.start < this.end:
            continue
        if answer is not None and (following is None or answer.start <= following.start):
            answers.append((answer.start - this.end) * FRAME_MS / 1000)
        elif following is not None and following.start - this.end >= QUESTION_PAUSE_MS // FRAME_MS:
            pauses.append((following.start - this.end) * FRAME_MS / 1000)
    return {
        "questions": len(answers) + len(pauses),
        "unanswered": len(pauses),
        "pause_s": round(float(np.median(pauses)), 2) if pauses else None,
        "answer_s": round(float(np.median(answers)), 2) if answers else None,
    }
