"""Smoothing and levels, frame by frame."""

from __future__ import annotations

import pytest

from phoneetiquette.speech.activity import Smoother


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
        ("....######............", "......................"),  # 120 ms: a click
        ("....#######...........", "....#######..........."),
        ("....###.##.##.........", "....#########........."),
        ("..#..#..#..#..#..#....", "......................"),
        ("#######.........#.....", "#################....."),  # 180 ms: bridged
        ("#######..........#....", "#######..............."),  # 200 ms: a pause, and then a click
        ("#######..........#######", "#######..........#######"),
    ],
)
def test_gaps_are_bridged_and_clicks_dropped(active: str, speech: str) -> None:
    assert smoothed(active) == speech


def test_speech_that_runs_to_the_end_is_kept() -> None:
    assert smoothed("...########") == "...########"
