"""The page of definitions says what the program does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phoneetiquette.speech import CallMeasurement, definitions
from phoneetiquette.speech import measures as module

PAGE = (Path(__file__).parents[2] / "docs" / "definitions.md").read_text(encoding="utf-8")
VOICES = (Path(__file__).parents[2] / "docs" / "score-card.md").read_text(encoding="utf-8")
"""Explains how voices sound, for the page and for the module."""
TEXT, _, TABLE = PAGE.partition("## Thresholds")


def test_the_table_holds_every_threshold_and_no_other() -> None:
    written = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", TABLE, re.MULTILINE))
    known = {name: str(value) for name, value in vars(definitions).items() if name.isupper()}
    assert known.pop("DEFINITIONS") == "4"
    assert written == known


def test_the_text_names_the_version_and_the_numbers() -> None:
    assert f"version **{definitions.DEFINITIONS}**" in TEXT
    said = " ".join(TEXT.replace("−", "-").split())
    for words in (
        f"every {definitions.FRAME_MS} ms",
        f"{definitions.ONSET_FRAMES} of {definitions.ONSET_WINDOW} frames",
        f"less than {definitions.ONSET_FRAMES * definitions.FRAME_MS} ms) is a click",
        f"Gaps of less than {definitions.PAUSE_MS} ms",
        f"pauses of less than {definitions.SPURT_PAUSE_MS} ms",
        f"began at least {definitions.FLOOR_HELD_MS} ms before",
        f"for at least {definitions.TALKED_OVER_MS} ms",
        f"lasts at least {definitions.NEWCOMER_MS} ms",
        f"odds above {definitions.CERTAIN_SCORE:g} on",
        f"up to {definitions.ONSET_EARLIER_MS} ms earlier",
        f"(odds above {definitions.LIKELY_SCORE}), gaps of {definitions.LIKELY_GAP_MS} ms",
        f"at least {definitions.NEWCOMER_CERTAIN_MS} ms of its first {definitions.NEWCOMER_MS} ms",
        f"at least {definitions.HELD_CERTAIN_MS} ms before and {definitions.OVER_CERTAIN_MS} ms after",
        f"begun {definitions.HINT_MS} ms ago",
        f"begun {definitions.NEWCOMER_MS} ms ago",
        f"lasts at least {definitions.TURN_MS} ms",
        f"less than {definitions.SILENCE_MS // 1000} s between",
        f"silence of {definitions.SILENCE_MS // 1000} s and longer",
        f"likeness (correlation) above {definitions.SAME_LIKENESS}",
        f"louder than {-definitions.LEAK_MOST_DB:.0f} dB below",
        f"{definitions.UNHEARD_S} s from the beginning",
        f"The first {definitions.OPENING_MS // 1000} s",
        f"runs {CallMeasurement.look_ahead_ms / 1000} s behind",
        f"told {definitions.PAUSE_MS / 1000} s earlier",
    ):
        assert words in said


@pytest.mark.parametrize("text", [PAGE + VOICES, f"{module.__doc__}{VOICES}"], ids=["page", "docstring"])
def test_every_measure_is_explained(text: str) -> None:
    measurement = CallMeasurement(8000)
    silence = np.zeros(8000, np.int16)
    measurement.feed(silence, silence)
    measurement.finish()
    trivial = {"agent", "customer", "rate_hz", "parties", "opening", "speaking"}
    named = set(re.findall(r"`+(\w+)`+", text)) | (trivial if text.startswith(PAGE) else {"agent", "customer"})
    assert _keys(measurement.measures(final=True)) <= named


def _keys(value: dict[str, Any]) -> set[str]:
    inner = (_keys(one) for one in value.values() if isinstance(one, dict))
    return set(value).union(*inner)
