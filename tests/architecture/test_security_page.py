"""What docs/security.md claims: no point of the list is missing, and every test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")

POINTS = {  # OWASP ASVS 4.0.3, levels 1 and 2: chapter and section -> how the points are numbered
    "2.1": range(1, 13),
    "2.2": range(1, 4),
    "2.3": range(1, 4),
    "2.4": range(1, 6),
    "2.5": range(1, 8),
    "2.6": range(1, 4),
    "2.7": range(1, 7),
    "2.8": range(1, 8),
    "2.9": range(1, 4),
    "2.10": range(1, 5),
    "3.1": [1],
    "3.2": range(1, 5),
    "3.3": range(1, 5),
    "3.4": range(1, 6),
    "3.5": range(1, 4),
    "3.7": [1],
    "4.1": [1, 2, 3, 5],
    "4.2": [1, 2],
    "4.3": [1, 2, 3],
    "5.1": range(1, 6),
    "5.2": range(1, 9),
    "5.3": range(1, 11),
    "5.4": range(1, 4),
    "5.5": range(1, 5),
    "7.1": range(1, 5),
    "7.2": [1, 2],
    "7.3": [1, 3, 4],
    "7.4": range(1, 4),
    "8.1": range(1, 5),
    "8.2": range(1, 4),
    "8.3": range(1, 9),
    "9.1": range(1, 4),
    "9.2": range(1, 5),
    "12.1": range(1, 4),
    "12.2": [1],
    "12.3": range(1, 7),
    "12.4": [1, 2],
    "12.5": [1, 2],
    "12.6": [1],
    "13.1": [1, 3, 4, 5],
    "13.2": [1, 2, 3, 5, 6],
    "13.3": [1, 2],
    "13.4": [1, 2],
    "14.1": range(1, 5),
    "14.2": range(1, 7),
    "14.3": [2, 3],
    "14.4": range(1, 8),
    "14.5": range(1, 5),
}
ROW = re.compile(r"^\| ([0-9., ]+) \| ([^|]+) \| ([^|]*)\|$", re.MULTILINE)


def rows() -> list[tuple[list[str], str, list[str]]]:
    """Points, answer, and the tests of every row."""
    found = ROW.findall(PAGE)
    return [(points.split(", "), answer, re.findall(r"`([^`]+)`", tests)) for points, answer, tests in found]


def test_every_point_has_one_answer() -> None:
    wanted = [f"{section}.{number}" for section, numbers in POINTS.items() for number in numbers]
    told = [point for points, _, _ in rows() for point in points]
    assert len(wanted) == 195
    assert sorted(told) == sorted(wanted)


def test_an_answer_says_how_it_is_and_what_is_met_has_its_test() -> None:
    for points, answer, tests in rows():
        assert re.match(r"met|partly|not met|–", answer), points
        if answer.startswith("met") and points != ["8.3.4"]:  # that one is met by a page
            assert tests, points


def test_every_test_that_is_named_exists() -> None:
    named = {test for _, _, tests in rows() for test in tests}
    assert len(named) > 60
    for test in named:
        file, _, name = test.partition("::")
        found = list((ROOT / "tests").rglob(file))
        assert len(found) == 1, test
        assert re.search(rf"^(async )?def {name}\(", found[0].read_text(encoding="utf-8"), re.MULTILINE), test
