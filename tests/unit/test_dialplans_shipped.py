"""The dialplans that are shipped: without a problem, every hour of the year covered, their own tables right."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from phoneetiquette.config.dialplans import Inspected, inspect
from phoneetiquette.config.dialplans.calls_table import read_calls
from phoneetiquette.dialplan.coverage import coverage, holes
from phoneetiquette.dialplan.parts import spoken_words
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.simulate import simulate

DIRECTORY = Path(__file__).parents[2] / "dialplans"
PLANS = sorted(path.parent.name for path in DIRECTORY.glob("*/dialplan.yaml"))
DAY = date(2026, 11, 27)
LANGUAGES = {"en", "de", "uk", "nl", "ar", "kk", "ru"}


@cache
def plan(name: str) -> Inspected:
    return inspect(DIRECTORY / name / "dialplan.yaml", DAY)


def router(name: str) -> Router:
    found = plan(name).plan
    assert found is not None
    return Router(found)


def test_all_five_are_there() -> None:
    assert PLANS == ["city_reception", "hotel_front_office", "medical_practice", "multilingual_company", "small_hotel"]


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_has_no_problem(name: str) -> None:
    assert plan(name).problems == ()


@pytest.mark.parametrize("name", PLANS)
def test_calls_go_where_the_table_of_the_plan_says(name: str) -> None:
    rows, problems = read_calls(DIRECTORY / name / "calls.yaml", router(name).plan)
    assert problems == ()
    assert len(rows) > 10
    assert [str(verdict.problem()) for verdict in simulate(router(name), rows) if not verdict.right] == []


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("day", [DAY, date(2027, 6, 1), date(2028, 1, 1)], ids=str)
def test_somebody_or_something_takes_every_call_of_a_year(name: str, day: date) -> None:
    assert [str(problem) for problem in holes(router(name), coverage(router(name), day))] == []


@pytest.mark.parametrize("name", PLANS)
def test_menus_speak_seven_languages(name: str) -> None:
    spoken = list(spoken_words(router(name).plan))
    assert spoken
    assert [what for what, words in spoken if set(words.by_language) != LANGUAGES] == []
