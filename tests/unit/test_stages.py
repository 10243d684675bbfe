"""The four stages: time in each, left out, out of order."""

from __future__ import annotations

import pytest

from phoneetiquette.etiquette.stages import Stage, StageMark, review


def marks(*stages: str) -> list[StageMark]:
    """One mark every 10 ns, from 0."""
    return [StageMark(Stage(stage), 10 * place) for place, stage in enumerate(stages)]


def test_nothing_marked_is_not_measured() -> None:
    assert review([], 1000) is None


@pytest.mark.parametrize(
    ("marked", "left_out", "out_of_order"),
    [
        ("greeting clarify check close", "", ""),
        ("greeting clarify close", "check", ""),
        ("clarify", "greeting check close", ""),
        ("greeting check clarify close", "", "clarify"),
        ("close check clarify greeting", "", "greeting clarify check"),
        ("greeting clarify check clarify close", "", ""),
        ("greeting clarify clarify check close", "", ""),
    ],
)
def test_left_out_and_out_of_order(marked: str, left_out: str, out_of_order: str) -> None:
    found = review(marks(*marked.split()), 1000)
    assert found is not None
    assert found.left_out == tuple(left_out.split())
    assert sorted(found.out_of_order) == sorted(out_of_order.split())


def test_times_of_a_stage_add_up_and_cover_the_talk() -> None:
    found = review(marks("greeting", "clarify", "check", "clarify", "close"), 100)
    assert found is not None
    assert found.time_ns == {Stage.GREETING: 10, Stage.CLARIFY: 20, Stage.CHECK: 10, Stage.CLOSE: 60}
