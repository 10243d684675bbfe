"""Pitch, pace and loudness of both parties of a call, put together.

::

    prosody = Prosody(8000)
    prosody.agent.take(samples, speech)      # whole frames of 20 ms, once it is settled whether each is speech
    prosody.customer.take(samples, speech)
    prosody.add_to(measures, final=False)    # any time
    prosody.finish()
    prosody.add_to(measures, final=True)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from phoneetiquette.speech.calm import calm
from phoneetiquette.speech.facts import PARTIES
from phoneetiquette.speech.prosody_definitions import CONTOUR_MS, PITCH_HZ
from phoneetiquette.speech.questions import time_to_think
from phoneetiquette.speech.voice import Contour, Voice


class Prosody:
    """How both parties sound. ``rate_hz`` is 8000 or 16000."""

    def __init__(self, rate_hz: int) -> None:
        self.agent = Voice(rate_hz)
        self.customer = Voice(rate_hz)

    @property
    def voices(self) -> tuple[Voice, Voice]:
        return self.agent, self.customer

    def finish(self) -> None:
        """The call is over."""
        for voice in self.voices:
            voice.finish()

    def add_to(self, measures: dict[str, Any], *, final: bool) -> None:
        """Puts the figures so far into a measures object (see :mod:`phoneetiquette.speech.measures`)."""
        for name, voice in zip(PARTIES, self.voices, strict=True):
            measures["parties"][name] |= voice.figures()
        measures["opening"] |= self.agent.opening_figures()
        if final:
            measures["calm"] = calm(self.agent.runs, self.customer.runs)
            measures["time_to_think"] = time_to_think(self.agent.runs, self.customer.runs)

    def contour(self) -> dict[str, Any]:
        """Pitch and level over time, for a picture: ``step_s`` and, for each party, lists ``pitch_hz`` and
        ``level_dbfs`` with a value or ``None`` for each step."""
        steps: dict[str, Any] = {"step_s": CONTOUR_MS / 1000}
        return steps | {name: _drawn(voice.contour) for name, voice in zip(PARTIES, self.voices, strict=True)}


def _drawn(contour: Contour) -> dict[str, list[float | None]]:
    return {
        "pitch_hz": [
            round(PITCH_HZ[0] * 2 ** (total / count / 12), 1) if count else None
            for total, count in zip(contour.pitch_st, contour.pitched, strict=True)
        ],
        "level_dbfs": [
            round(10 * float(np.log10(energy / count)), 1) if count else None
            for energy, count in zip(contour.energy, contour.spoken, strict=True)
        ],
    }
