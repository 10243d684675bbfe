"""The page of the score card says what the program does with voices."""

from __future__ import annotations

import re
from pathlib import Path

from phoneetiquette.etiquette.score_card import Thresholds
from phoneetiquette.records.scored import USUAL_LEAST, USUAL_MOST
from phoneetiquette.speech import prosody_definitions as d

PAGE = (Path(__file__).parents[2] / "docs" / "score-card.md").read_text(encoding="utf-8")
TEXT, _, TABLES = PAGE.partition("## Thresholds")


def test_the_tables_hold_every_threshold_and_no_other() -> None:
    written = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", TABLES, re.MULTILINE))
    measured = {name: str(value) for name, value in vars(d).items() if name.isupper()}
    judged = {name: f"{getattr(Thresholds(), name):g}" for name in Thresholds.__dataclass_fields__}
    assert written == judged | measured


def test_the_text_names_the_numbers() -> None:
    said = " ".join(TEXT.split())
    for words in (
        f"spectra of {d.WINDOW_MS} ms of speech, one every {d.HOP_MS} ms",
        f"weighted from {d.PITCH_BAND_HZ[0]} to {d.PITCH_BAND_HZ[1]} Hz",
        f"soft edges of {d.PITCH_EDGES_HZ[0]} and {d.PITCH_EDGES_HZ[1]} Hz",
        f"candidates between {d.PITCH_HZ[0]} and {d.PITCH_HZ[1]} Hz",
        f"from {d.STRONG_SHARES[0]} times the strength",
        f"fully from {d.STRONG_SHARES[1]} times",
        f"count from {d.CERTAIN_SHARES[0]} times, and fully from {d.CERTAIN_SHARES[1]}",
        f"more than {d.TRIM_BELOW_ST:.0f} semitones below, or more than {d.TRIM_ABOVE_ST} above",
        f"less than {d.VOICED_LEAST_MS / 1000} s that counts",
        f"level between {d.SYLLABLE_BAND_HZ[0]} and {d.SYLLABLE_BAND_HZ[1]} Hz",
        f"smoothed over {d.SYLLABLE_SMOOTHING * d.HOP_MS} ms",
        f"dip of at least {d.SYLLABLE_DIP_DB} dB",
        f"no more than {d.SYLLABLE_RANGE_DB:.0f} dB below",
        f"less than {d.PACE_LEAST_MS // 1000} s of speech it is `null`",
        f"no more than {d.ACTIVE_MARGIN_DB} dB below that level, with {d.ACTIVE_HANGOVER_MS} ms after",
        f"from {d.VOICE_BAND_HZ[0]} to {d.VOICE_BAND_HZ[1]} Hz",
        f"less than {d.LOUDNESS_LEAST_MS / 1000} s of active speech",
        f"at least {d.LOUD_CUSTOMER_DB:.0f} dB above the middle level",
        f"segments of {d.LOUD_SEGMENT_MS / 1000} s and longer",
        f"within {d.UNDER_FIRE_MS // 1000} s after",
        f"less than {d.COMPOSURE_LEAST_MS // 1000} s of speech",
        f"last {d.RISE_END_MS} ms of voice is {d.QUESTION_RISE_ST:.0f} semitones",
        f"goes on within {d.QUESTION_PAUSE_MS} ms",
        f"above that of the {d.RISE_BEFORE_MS} ms before",
        f"its last {USUAL_LEAST} to {USUAL_MOST} calls",
    ):
        assert words in said
