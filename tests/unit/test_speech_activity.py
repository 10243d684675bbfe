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


def begins(pattern: str) -> list[int]:
    """Frame at which each piece of speech is told to have begun. ``#`` active, ``-`` likely, ``.`` neither."""
    smoother, begun = Smoother(), []
    for frame, mark in enumerate(pattern):
        smoother.push(mark == "#", mark == "-")
        if smoother.began:
            begun.append(frame - smoother.began + 1)
    return begun


def test_speech_begins_with_its_soft_first_word() -> None:
    assert begins("." * 20 + "#########") == [20]
    assert begins("." * 20 + "-" * 8 + "#########") == [20]
    assert begins("." * 20 + "-" * 4 + ".." + "-" * 4 + "#########") == [20]  # a short gap
    assert begins("." * 20 + "-" * 4 + "..." + "-" * 4 + "#########") == [27]  # a long one
    assert begins("." * 20 + "-" * 60 + "#########") == [20 + 60 - 25]


def test_a_soft_first_word_never_shortens_a_pause_of_a_spurt() -> None:
    assert begins("#########" + "-" * 40 + "#########") == [0, 9 + 30]
    assert begins("#########" + "-" * 20 + "#########") == [0, 9 + 20]  # within one spurt: as the segment
