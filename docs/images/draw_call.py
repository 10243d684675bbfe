"""Draw the picture of docs/analyze.md: ``python docs/images/draw_call.py``, from the top of the repository.

The call is one that the benchmark of the measurement makes, so everybody can make it again.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the benchmarks are

from benchmarks.speech.clips import RATE_HZ, material
from benchmarks.speech.dialogue import converse
from benchmarks.speech.line import STANDARD, render
from phoneetiquette.analysis.job import Job, work
from phoneetiquette.reports.call_picture import save

SEED, SECONDS = 7, 150.0
CONDITION = next(condition for condition in STANDARD if condition.name == "babble 15")


def main() -> None:
    call = render(converse(material(), SECONDS, SEED), CONDITION, material(), SEED)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "2026-03-02 08.15 reception.wav")
        soundfile.write(path, np.stack([call.agent, call.customer], axis=1), RATE_HZ)
        outcome = work(Job(path, pictures=(Path(__file__).with_name("call.png"),), draw=save), lambda _: None)
    if outcome.problem is not None:
        raise outcome.problem


if __name__ == "__main__":
    main()
