"""The analysis behind ``benchmarks/mouth_to_ear.py`` finds faults that were put in on purpose."""

from __future__ import annotations

import numpy as np
import pytest
import samplerate

from benchmarks.delay import find_pieces, judge
from benchmarks.mouth_to_ear import moments
from benchmarks.sounds import Sound, probe
from tests.peers import g711
from tests.peers.g711 import PCMA

SAMPLE_NS = 125_000.0
DELAY_MS = 87.3
SAID = probe(20, 1).astype(np.float64)


def heard(*parts: Sound) -> Sound:
    """Through G.711, with a little noise."""
    sound = np.concatenate(parts).astype(np.int16)
    noise = np.random.default_rng(3).standard_normal(len(sound)) * 15
    through: Sound = g711.decode(g711.encode(sound, PCMA), PCMA) + noise
    return through


def times(count: int, start_ms: float = 0.0, ppm: float = 0.0) -> Sound:
    return moments(start_ms * 1e6, count, SAMPLE_NS * (1 + ppm * 1e-6))


def test_delay_is_exact_and_nothing_is_lost() -> None:
    sound = heard(SAID)
    found = judge(find_pieces(SAID, times(len(SAID)), sound, times(len(sound), DELAY_MS)))
    assert found.latency_ms
    assert found.latency_ms.median == pytest.approx(DELAY_MS, abs=0.02)
    assert found.latency_ms.high - found.latency_ms.low < 0.1
    assert (found.lost_ms, found.slips) == (0, ())


def test_cuts_insertions_and_holes_are_found() -> None:
    silence = np.zeros(240)
    sound = heard(
        SAID[: 5 * 8000],
        SAID[5 * 8000 + 160 : 9 * 8000],  # 20 ms cut at 5 s
        silence,  # 30 ms put in at 9 s
        SAID[9 * 8000 : 14 * 8000],
        np.zeros(320),  # 40 ms silent at 14 s, nothing moved
        SAID[14 * 8000 + 320 :],
    )
    found = judge(find_pieces(SAID, times(len(SAID)), sound, times(len(sound), DELAY_MS)))
    assert [round(at) for at, _ in found.slips] == [5, 9]
    assert [ms for _, ms in found.slips] == [pytest.approx(-20, abs=0.5), pytest.approx(30, abs=0.5)]
    assert 30 <= found.lost_ms <= 100
    assert found.last_ms - found.first_ms == pytest.approx(10, abs=0.5)


@pytest.mark.parametrize("ppm", [2000, -2000])
def test_resampled_sound_is_recognised(ppm: float) -> None:
    shortened = samplerate.resample(SAID, 1 - ppm * 1e-6, "sinc_medium")
    sound = heard(np.zeros(2000), shortened)
    found = judge(find_pieces(SAID, times(len(SAID)), sound, times(len(sound), DELAY_MS)))
    assert found.lost_ms <= 150  # the end
    assert found.first_ms == pytest.approx(DELAY_MS + 250 - ppm * 2.5e-3, abs=0.5)
    assert found.drift_ppm == pytest.approx(-ppm, abs=20)
    assert found.slips == ()


def test_drift_is_a_slope_without_slips() -> None:
    sound = heard(SAID)
    found = judge(find_pieces(SAID, times(len(SAID)), sound, times(len(sound), DELAY_MS, ppm=200)))
    assert found.drift_ppm == pytest.approx(200, abs=3)
    assert found.slips == ()
