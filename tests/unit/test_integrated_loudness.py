"""Loudness after BS.1770 of what is known, and through a telephone line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from phoneetiquette.audio.integrated_loudness import IntegratedLoudness
from tests.peers.artificial_voice import at_level, telephone
from tests.peers.g711 import Samples

DATA = Path(__file__).parents[1] / "data" / "speech"


def loudness(sound: Samples, rate_hz: int, block: int = 4000) -> float | None:
    meter = IntegratedLoudness(rate_hz)
    for start in range(0, len(sound), block):
        meter.feed(sound[start : start + block])
    return meter.lufs()


def tone(dbfs: float, rate_hz: int, seconds: float = 8) -> Samples:
    return at_level(np.sin(2 * np.pi * 997 * np.arange(round(seconds * rate_hz)) / rate_hz), dbfs)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 48000])
@pytest.mark.parametrize("dbfs", [-23.0, -33.0])
def test_a_tone_of_known_loudness(dbfs: float, rate_hz: int) -> None:
    """BS.1770: 997 Hz at 0 dB full scale (a sine of power -3.01 dB) in one channel is -3.01 LKFS."""
    assert loudness(tone(dbfs, rate_hz), rate_hz) == pytest.approx(dbfs, abs=0.2)


def test_silence_and_pauses_do_not_count() -> None:
    silence = np.zeros(8 * 8000, np.int16)
    assert loudness(silence, 8000) is None
    spoken = tone(-23.0, 8000)
    assert loudness(np.concatenate([spoken, silence, silence]), 8000) == pytest.approx(-23, abs=0.3)


@pytest.mark.parametrize("name", ["1688-142285-0001", "1998-15444-0003", "2414-128291-0007", "long_dir-usingkeypad"])
def test_a_telephone_line_does_not_change_it(name: str) -> None:
    sound, rate_hz = soundfile.read(DATA / f"{name}.flac", dtype="int16")
    wide, narrow = loudness(sound, rate_hz), loudness(telephone(sound, rate_hz), 8000)
    assert narrow == pytest.approx(wide, abs=0.5)


def test_blocks_change_nothing() -> None:
    sound, rate_hz = soundfile.read(DATA / "1998-15444-0003.flac", dtype="int16")
    assert loudness(sound, rate_hz, block=37_000) == loudness(sound, rate_hz, block=511)
