"""The picture of a recorded call shows what was measured, in as many rows as a call needs."""

from __future__ import annotations

import warnings
import xml.etree.ElementTree as ET
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from phoneetiquette.analysis.report import as_report
from phoneetiquette.analysis.tracks import STEP_S, LevelMeter, Track, Tracks, pitch_of
from phoneetiquette.reports.call_picture import MOST_ROWS, draw, row_length

RATE_HZ = 8000


def report(length_s: float = 100.0, **other: Any) -> dict[str, Any]:
    measures: dict[str, Any] = {
        "duration_s": length_s,
        "parties": {
            "agent": {"talk_share": 0.61, "interruptions": 1, "longest_monologue_s": 11.0},
            "customer": {"talk_share": 0.39, "interruptions": 1},
        },
        "segments": {"agent": [[1.0, 12.0], [40.0, 50.0]], "customer": [[11.0, 29.0], [41.0, 42.0]]},
        "interruptions": [
            {"by": "customer", "start_s": 11.0, "end_s": 12.0, "outcome": "taken"},
            {"by": "agent", "start_s": 41.0, "end_s": 42.0, "outcome": "attempt"},
        ],
        "silences": [[30.0, 34.0]],
    }
    return as_report(Path("calls/2026-03-02.wav"), measures | other)


def track(length_s: float, low: float, high: float) -> Track:
    steps = round(length_s / STEP_S)
    return Track(STEP_S, np.linspace(low, high, 2 * steps, dtype=np.float32).reshape(2, steps))


def texts(svg: bytes) -> list[str]:
    found = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own file
    return ["".join(text.itertext()).strip() for text in found]


def drawn(*args: Any) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return texts(draw(*args))


def test_it_says_what_was_measured() -> None:
    tracks = Tracks(level=track(100, -50, -20), pitch=track(100, 90, 260))
    said = drawn(report(), tracks, "svg", [(0.0, "greeting"), (20.0, "clarify"), (21.0, "check")])
    words = "\n".join(said)
    for shown in (
        *(
            "2026-03-02.wav",
            "agent",
            "customer",
            "61%",
            "39%",
            "first 25 s",
            "silence of 3 s or more",
            "a silence of 4 s",
        ),
        *("interrupted, took the floor", "interrupted in vain", "1 interruption by the agent", "level", "pitch"),
        *("greeting", "clarify", "1:30"),
    ):
        assert shown in words
    assert "check" not in said  # no room beside the one before
    assert "encouragement" not in said
    assert "not reliable" not in words


def test_what_is_not_known_is_not_drawn() -> None:
    words = "\n".join(drawn(as_report(Path("call.wav"), {"duration_s": 0.0}), Tracks(), "svg"))
    assert "level" not in words
    assert "pitch" not in words
    assert "interrupt" not in words


def test_encouragements_and_doubts_are_told() -> None:
    more: dict[str, Any] = {"overlaps": [{"by": "agent", "start_s": 15.0, "end_s": 15.4, "kind": "encouragement"}]}
    doubts: dict[str, Any] = {"reliable": False, "unreliable_because": ["both channels hold the same sound"]}
    words = "\n".join(drawn(report(**more, **doubts), Tracks(), "svg"))
    assert "encouragement" in words
    assert "not reliable: both channels hold the same sound" in words


@pytest.mark.parametrize(("minutes", "rows"), [(1, 1), (4, 1), (5, 3), (12, 6), (30, 6), (60, 6), (300, 5), (9999, 8)])
def test_a_long_call_has_rows_of_one_scale(minutes: int, rows: int) -> None:
    length_s = minutes * 60.0
    assert -(-length_s // row_length(length_s)) == rows
    assert rows <= MOST_ROWS
    if minutes < 1000:
        said = drawn(report(length_s), Tracks(level=track(length_s, -60, -20)), "svg")
        assert said.count("agent") == rows
        assert said.count("61%") == 1


def test_a_picture_is_not_empty_and_the_same_every_time() -> None:
    image = draw(report(1800.0), Tracks(level=track(1800.0, -60, -20)), "png")
    pixels = imread(BytesIO(image))
    assert float((pixels[..., :3].min(axis=2) < 0.5).mean()) > 0.002
    assert image == draw(report(1800.0), Tracks(level=track(1800.0, -60, -20)), "png")


def test_a_contour_becomes_a_track() -> None:
    contour = {"step_s": 0.5, "agent": {"pitch_hz": [None, 200.0]}, "customer": {"pitch_hz": [110.0]}}
    track = pitch_of(contour)
    assert track.step_s == 0.5
    assert np.array_equal(track.values, [[np.nan, 200], [110, np.nan]], equal_nan=True)


def test_levels_do_not_depend_on_the_blocks_they_came_in() -> None:
    sound = np.random.default_rng(3).normal(0, 3000, (2, 2 * RATE_HZ + 123)).astype(np.int16)
    whole, pieces = LevelMeter(RATE_HZ), LevelMeter(RATE_HZ)
    whole.feed(*sound)
    for start in range(0, sound.shape[1], 377):
        pieces.feed(*sound[:, start : start + 377])
    assert np.array_equal(whole.finish().values, pieces.finish().values)
    assert whole.finish().values.shape == (2, 20)


def test_a_level_is_relative_to_full_scale() -> None:
    meter = LevelMeter(RATE_HZ)
    square = np.where(np.arange(RATE_HZ) % 2, 16384, -16384).astype(np.int16)
    meter.feed(square, np.zeros(RATE_HZ, np.int16))
    levels = meter.finish().values
    assert levels[0] == pytest.approx(-6.02, abs=0.01)
    assert levels[1] == pytest.approx(-100.0)
