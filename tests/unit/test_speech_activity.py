"""Smoothing and levels, frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from phoneetiquette.speech.activity import RunningQuantile, Smoother, frame_levels


def smoothed(pattern: str) -> str:
    """What becomes of activity written as ``#`` and ``.``, one frame each."""
    smoother = Smoother()
    settled = [smoother.push(mark == "#") for mark in pattern + "." * Smoother.DELAY]
    assert not any(settled[: Smoother.DELAY])
    return "".join("#" if one else "." for one in settled[Smoother.DELAY :])


@pytest.mark.parametrize(
    ("active", "speech"),
    [
        ("......................", "......................"),
        ("....####..............", "......................"),  # 80 ms: a click
        ("....#####.............", "....#####............."),
        ("....##.#.##...........", "....#######..........."),
        ("..#..#..#..#..#..#....", "......................"),
        ("#####.........#......", "###############......"),  # 180 ms: bridged
        ("#####..........#.....", "#####................"),  # 200 ms: a pause, and then a click
        ("#####..........#####.", "#####..........#####."),
    ],
)
def test_gaps_are_bridged_and_clicks_dropped(active: str, speech: str) -> None:
    assert smoothed(active) == speech


def test_speech_that_runs_to_the_end_is_kept() -> None:
    assert smoothed("...######") == "...######"


def test_levels_are_decibels_below_full_scale() -> None:
    frames = np.stack([np.full((1, 160), 32767, np.int16), np.full((1, 160), 328, np.int16)])
    assert [row[0] for row in frame_levels(frames)] == pytest.approx([0, -40], abs=0.01)
    assert frame_levels(np.zeros((2, 1, 160), np.int16)) == [[-100.0], [-100.0]]


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.8])
def test_the_running_quantile_settles_where_it_should(quantile: float) -> None:
    values = np.random.default_rng(1).normal(-40, 10, 4000)
    running = RunningQuantile(0.0, quantile, 0.2)
    for value in values.tolist():
        running.see(value)
    assert running.value == pytest.approx(np.quantile(values, quantile), abs=2)
