"""Hours: expressions that cannot be read, that never come, and calendars that are not known."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from datetime import date, timedelta
from zoneinfo import available_timezones

from phoneetiquette.dialplan.hours import Calendar, Hours, HoursError
from phoneetiquette.dialplan.model import Name, Plan
from phoneetiquette.dialplan.openings import is_zone
from phoneetiquette.dialplan.parts import hours_of
from phoneetiquette.problems import Problem, Severity, did_you_mean

_WORD = re.compile(r"[a-z][a-z0-9_]*")
_ALWAYS_CLOSED = frozenset({"off", "closed"})
YEAR = timedelta(days=366)


def hours(plan: Plan, today: date) -> Iterator[Problem]:
    yield from _timezone(plan)
    calendar = Calendar(plan.country, plan.region)
    uses_holidays = False
    opened_by_switch = {name.text for switch in plan.switches.values() for name in switch.opens}
    dated = {name for override in plan.dates for name in override.hours}
    for name, written in plan.hours.items():
        found = yield from _parsed(f"hours {name}", written, calendar)
        if found is None:
            continue
        uses_holidays |= found.uses_holidays
        if name not in opened_by_switch | dated and not found.ever_open(today, today + YEAR):
            what = f"the hours {name} do not open once in the coming year"
            yield Problem.at(written.place, what, "check the days and times", Severity.WARNING)
    for what, asked in hours_of(plan):
        if asked.text in plan.hours or asked.text in plan.broken:
            continue
        if _WORD.fullmatch(asked.text) and asked.text not in _ALWAYS_CLOSED:
            known = (
                did_you_mean(asked.text[:60], plan.hours) if plan.hours else "the plan has none; write it under hours:"
            )
            yield Problem.at(asked.place, f"{what} names the hours {asked.text!r}, which are not defined", known)
            continue
        found = yield from _parsed(what, asked, calendar)
        uses_holidays |= bool(found and found.uses_holidays)
    yield from _people(plan, calendar, today)
    yield from _dates(plan, calendar, today)
    if uses_holidays or plan.region:
        try:
            calendar.check()
        except HoursError as error:
            where = plan.place_of("region" if plan.region else "country")
            yield Problem.at(where, error.what, error.advice)


def _parsed(what: str, written: Name, calendar: Calendar) -> Generator[Problem, None, Hours | None]:
    try:
        return Hours(written.text, calendar)
    except HoursError as error:
        yield Problem.at(written.place, f"{what}: {error.what}", error.advice)
    return None


def _timezone(plan: Plan) -> Iterator[Problem]:
    if not is_zone(plan.timezone):
        near = did_you_mean(plan.timezone[:60], available_timezones())
        advice = near if near.startswith("did you") else "write a name such as Europe/Vienna"
        yield Problem.at(plan.place_of("timezone"), f"there is no time zone {plan.timezone!r}", advice)


def _people(plan: Plan, calendar: Calendar, today: date) -> Iterator[Problem]:
    for name, person in plan.people.items():
        if person.hours is None:
            continue
        expression = plan.hours[person.hours.text].text if person.hours.text in plan.hours else person.hours.text
        try:
            found = Hours(expression, calendar)
        except HoursError:
            continue
        if person.hours.text not in plan.hours and not found.ever_open(today, today + YEAR):
            what = f"{name} is not at work once in the coming year"
            yield Problem.at(person.hours.place, what, "check the days and times")


def _dates(plan: Plan, calendar: Calendar, today: date) -> Iterator[Problem]:
    for number, override in enumerate(plan.dates, start=1):
        for name, written in override.hours.items():
            if name not in plan.hours and name not in plan.broken:
                advice = (
                    did_you_mean(name[:60], plan.hours) if plan.hours else "the plan has none; write it under hours:"
                )
                yield Problem.at(override.place, f"dates names the hours {name!r}, which are not defined", advice)
            yield from _parsed(f"hours {name} on {override.first}", written, calendar)
            for other in plan.dates[: number - 1]:
                if name in other.hours and other.first <= override.last and override.first <= other.last:
                    what = f"{name} on {max(other.first, override.first)} is also set in line {other.place.line}"
                    yield Problem.at(override.place, what, "the later one counts; keep one", Severity.WARNING)
                    break
        if override.last < today:
            yield Problem.at(override.place, f"{override.last} is over", "take it out", Severity.WARNING)
