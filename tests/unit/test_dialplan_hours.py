"""Opening hours: the clock on the wall, holidays of countries and regions, other hours on certain days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from phoneetiquette.dialplan.hours import Calendar, Hours, HoursError, merged, replaced, shown, wall_of, wall_of_day
from phoneetiquette.dialplan.openings import HoursBook
from phoneetiquette.dialplan.subjects import spells
from tests.unit.dialplan_files import changed, router

AT = Calendar("AT")


def open_hours(expression: str, day: date, calendar: Calendar = AT) -> list[str]:
    """When it is open on a day, as 08:00-18:00."""
    midnight = wall_of_day(day)

    def clock(wall: int) -> str:
        return "24:00" if wall - midnight == 86400 else f"{shown(wall):%H:%M}"

    return [f"{clock(start)}-{clock(end)}" for start, end in Hours(expression, calendar).spans(day, day)]


@pytest.mark.parametrize(
    ("expression", "day", "expected"),
    [
        ("Mo-Fr 08:00-18:00; PH off", date(2026, 11, 27), ["08:00-18:00"]),
        ("Mo-Fr 08:00-18:00; PH off", date(2026, 11, 28), []),
        ("Mo-Fr 08:00-18:00; PH off", date(2026, 12, 8), []),  # Immaculate Conception
        ("22:00-06:00", date(2026, 11, 27), ["00:00-06:00", "22:00-24:00"]),
        ("24/7", date(2026, 11, 27), ["00:00-24:00"]),
        ("off", date(2026, 11, 27), []),
        ("Feb 29 10:00-12:00", date(2028, 2, 29), ["10:00-12:00"]),
        ("Feb 28 10:00-12:00", date(2027, 2, 28), ["10:00-12:00"]),
        ("PH 10:00-12:00", date(2027, 3, 29), ["10:00-12:00"]),  # Easter Monday
        ('Mo-Fr 08:00-12:00 "by appointment"', date(2026, 11, 27), ["08:00-12:00"]),
        ("Mo-Fr 08:00-12:00 unknown", date(2026, 11, 27), []),
        ("Mo-Fr 08:00-12:00; Th 14:00-17:00", date(2026, 11, 26), ["14:00-17:00"]),
        ("Mo-Fr 08:00-12:00, Th 14:00-17:00", date(2026, 11, 26), ["08:00-12:00", "14:00-17:00"]),
    ],
)
def test_when_it_is_open(expression: str, day: date, expected: list[str]) -> None:
    assert open_hours(expression, day) == expected


@pytest.mark.parametrize(
    ("expression", "region", "expected"),
    [
        ("Mo-Fr 08:00-18:00; PH off", "", ["08:00-18:00"]),
        ("Mo-Fr 08:00-18:00; PH off", "BY", []),
        ("Mo-Fr 08:00-18:00; PH off", "BE", ["08:00-18:00"]),
        ("Mo-Fr 08:00-18:00; Sa,PH 10:00-12:00", "BY", ["10:00-12:00"]),
        ("Mo-Fr 08:00-18:00; PH,Su 10:00-12:00; 22:00-23:00 off", "BY", ["10:00-12:00"]),
        ("Mo-Fr 08:00-18:00", "BY", ["08:00-18:00"]),
        ("PH", "BY", ["00:00-24:00"]),
    ],
)
def test_epiphany_is_a_holiday_in_bavaria_not_in_berlin(expression: str, region: str, expected: list[str]) -> None:
    assert open_hours(expression, date(2027, 1, 6), Calendar("DE", region)) == expected


def test_a_holiday_of_the_whole_country_is_one_of_its_regions() -> None:
    assert open_hours("Mo-Su 08:00-18:00; PH off", date(2026, 10, 3), Calendar("DE", "BY")) == []


@pytest.mark.parametrize(
    ("expression", "column"), [("Mo-Fr 8-18", 7), ("Di 10:00-12:00", 1), ("", 0), ("sunrise-sunset", 0)]
)
def test_what_cannot_be_understood(expression: str, column: int) -> None:
    with pytest.raises(HoursError) as error:
        Hours(expression, AT)
    assert error.value.advice
    assert error.value.column in (column, 1)


def test_days_around_holidays_are_not_counted_in_a_region() -> None:
    assert open_hours("PH -1 day 08:00-12:00", date(2026, 12, 7)) == ["08:00-12:00"]
    with pytest.raises(HoursError, match="region"):
        Hours("PH -1 day 08:00-12:00", Calendar("DE", "BY"))


@pytest.mark.parametrize(("country", "region"), [("XX", ""), ("DE", "XX"), ("ZZ", "1")])
def test_unknown_calendars(country: str, region: str) -> None:
    with pytest.raises(HoursError) as error:
        Calendar(country, region).check()
    assert error.value.advice


def test_days_are_replaced_whole() -> None:
    one, two = date(2026, 1, 1), date(2026, 1, 2)
    start = wall_of_day(one)
    around = [(start - 100, start + 3 * 86400)]
    assert replaced(around, one, two, [(start + 5, start + 9)]) == [
        (start - 100, start),
        (start + 5, start + 9),
        (start + 2 * 86400, start + 3 * 86400),
    ]
    assert merged([(3, 4), (1, 2), (2, 3), (9, 9)]) == [(1, 4)]


VIENNA = changed(('night: "22:00-06:00"', 'night: "02:00-02:30"'))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        # Summer time begins 2027-03-28: 01:59:59 is followed by 03:00.
        (datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC), False),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), False),
        # It ends 2027-10-31: what is between two and three comes twice.
        (datetime(2027, 10, 31, 0, 0, tzinfo=UTC), True),
        (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), False),
        (datetime(2027, 10, 31, 1, 0, tzinfo=UTC), True),
        (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), False),
        (datetime(2027, 10, 31, 1, 29, 59, 999_999, tzinfo=UTC), True),
        # Anywhere else once a night, whatever zone the moment is told in.
        (datetime(2027, 6, 1, 0, 15, tzinfo=UTC), True),
        (datetime(2027, 6, 1, 2, 15).astimezone(UTC), datetime(2027, 6, 1, 2, 15).astimezone(UTC).hour == 0),
    ],
)
def test_the_clock_on_the_wall_counts(tmp_path: Path, moment: datetime, is_open: bool) -> None:
    book = router(tmp_path, VIENNA).hours
    assert book.at(moment).is_open("night") is is_open


def test_midnight_and_the_turn_of_the_year(tmp_path: Path) -> None:
    book = router(tmp_path).hours
    new_year = datetime(2027, 1, 1, tzinfo=book.zone)
    second = timedelta(seconds=1)
    assert [book.at(new_year + step).is_open("night") for step in (-second, 0 * second, second)] == [True] * 3
    assert book.at(new_year + timedelta(hours=6)).is_open("night") is False
    assert book.at(new_year - timedelta(hours=2, seconds=1)).is_open("night") is False


@pytest.mark.parametrize("year", [1, 1900, 1970, 2500, 9999])
def test_any_year_can_be_asked_for(tmp_path: Path, year: int) -> None:
    book = router(tmp_path).hours
    assert book.at(datetime(year, 6, 15, 12, tzinfo=UTC)).is_open("night") is False
    assert book.at(datetime(year, 6, 15, 1, tzinfo=UTC)).is_open("24/7") is True


def test_unknown_hours_are_closed(tmp_path: Path) -> None:
    assert router(tmp_path).hours.at(datetime(2027, 1, 1, tzinfo=UTC)).is_open("nothing of the kind") is False


DATES = changed(
    (
        "numbers:",
        """dates:
  - {on: 2026-12-23 - 2026-12-24, hours: {office: "10:00-12:00", night: "off"}}
  - {on: 2026-12-24, hours: {office: "11:00-11:30"}}
numbers:""",
    )
)


@pytest.mark.parametrize(
    ("at", "open_hours"),
    [
        ("2026-12-22 17:59", {"office"}),
        ("2026-12-22 23:59", {"night"}),
        ("2026-12-23 00:00", set()),
        ("2026-12-23 10:00", {"office"}),
        ("2026-12-23 12:00", set()),
        ("2026-12-24 10:30", set()),
        ("2026-12-24 11:29", {"office"}),
        ("2026-12-24 23:00", set()),
        ("2026-12-25 00:00", {"night"}),
    ],
)
def test_other_hours_on_certain_days(tmp_path: Path, at: str, open_hours: set[str]) -> None:
    book = router(tmp_path, DATES).hours
    moment = datetime.fromisoformat(at).replace(tzinfo=book.zone)
    assert {name for name in ("office", "night") if book.at(moment).is_open(name)} == open_hours


def test_switches_open_and_close_and_closing_wins(tmp_path: Path) -> None:
    text = changed(('early: {code: "*28", opens: night}', "early: {opens: night}\n  late: {closes: [night, office]}"))
    book: HoursBook = router(tmp_path, text).hours
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)

    def opened(*switches: str) -> set[str]:
        return {name for name in ("office", "night") if book.at(noon, switches).is_open(name)}

    assert opened() == {"office"}
    assert opened("early") == {"office", "night"}
    assert opened("late") == set()
    assert opened("early", "late") == set()
    assert opened("unknown") == {"office"}


def test_spells_are_the_year_without_gaps(tmp_path: Path) -> None:
    plan = router(tmp_path)
    start, end = wall_of(datetime(2026, 11, 27)), wall_of(datetime(2027, 11, 27))
    year = spells(plan, start, end)
    assert (year[0].start, year[-1].end) == (start, end)
    assert all(one.end == two.start for one, two in pairwise(year))
    for spell in year[::50]:
        opened = plan.hours.at(shown(spell.start).replace(tzinfo=plan.hours.zone))
        assert {name for name in ("office", "night") if opened.is_open(name)} == spell.open
