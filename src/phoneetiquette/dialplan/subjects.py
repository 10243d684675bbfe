"""Every kind of call that a plan can be asked about: for looking at a whole year at once.

A call is asked about by where it begins (a line, a topic, a key of a menu) and by who calls: somebody no rule names,
somebody who withholds the number, and one caller of each sort that the line's rules name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from phoneetiquette.dialplan.hours import DAY_S, wall_of_day
from phoneetiquette.dialplan.model import Line, Name, Plan
from phoneetiquette.dialplan.numbers import NumberError, Pattern, entry
from phoneetiquette.dialplan.parts import hours_of
from phoneetiquette.dialplan.questions import Arrival, Entry, MenuKey, MenuSilence, TopicChosen
from phoneetiquette.dialplan.router import Router
from phoneetiquette.problems import Place

DAYS = 365
MOST_CALLERS = 200
"""Sorts of callers of one line that are gone through; the rules of more are sampled evenly."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of call. ``name`` is the same in every version of a plan."""

    name: str
    caller_is: str
    entry: Entry
    called: str
    caller: str
    place: Place


def subjects(router: Router) -> Iterator[Subject]:
    """Every kind of call of a plan."""
    plan = router.plan
    for name, line in plan.lines.items():
        called = _sample_of(line, plan)
        for caller_is, caller in _callers(router, line):
            yield Subject(f"line {name}", caller_is, Arrival(), called, caller, line.place)
    somebody = _nobody_special(router)
    first = next((_sample_of(line, plan) for line in plan.lines.values()), "")
    for name, topic in plan.topics.items():
        yield Subject(f"topic {name}", "", TopicChosen(name), first, somebody, topic.place)
    for name, menu in plan.menus.items():
        for key in menu.keys:
            place = menu.key_places.get(key, menu.place)
            yield Subject(f"menu {name}, key {key}", "", MenuKey(name, key), first, somebody, place)
        silence = MenuSilence(name, menu.no_key.repeat)
        yield Subject(f"menu {name}, no key", "", silence, first, somebody, menu.no_key.place)


def _sample_of(line: Line, plan: Plan) -> str:
    for name in line.called:
        try:
            found = entry(name.text, plan.country)
        except NumberError:
            continue
        return found.sample() if isinstance(found, Pattern) else found
    return "any"


def _callers(router: Router, line: Line) -> Iterator[tuple[str, str]]:
    yield "", _nobody_special(router)
    yield "anonymous", ""
    seen: dict[str, str] = {}
    for rule in line.rules:
        for conditions in (rule.when, rule.unless):
            for name in conditions.caller if conditions else ():
                sample = router.numbers.named(name.text).sample()
                if sample:
                    seen.setdefault(name.text, sample)
    chosen = list(seen.items())
    yield from chosen[:: max(1, -(-len(chosen) // MOST_CALLERS))]


def _nobody_special(router: Router) -> str:
    """A number that no rule names."""
    named = [router.numbers.named(name.text) for name in _caller_names(router.plan)]
    for number in (*(f"+{code}5550199" for code in (99990, 38830, 1200, 4999, 5999)), "0"):
        if not any(number in members for members in named):
            return number
    return "nobody@special"


def _caller_names(plan: Plan) -> Iterator[Name]:
    for line in plan.lines.values():
        for rule in line.rules:
            for conditions in (rule.when, rule.unless):
                if conditions is not None:
                    yield from conditions.caller


@dataclass(frozen=True, slots=True)
class Spell:
    """A time during which the same hours are open. Wall time, the end excluded."""

    start: int
    end: int
    open: frozenset[str]


def spells(router: Router, start: int, end: int) -> list[Spell]:
    """The time from ``start`` to ``end`` in spells, in order and without gaps."""
    keys = list(dict.fromkeys(name.text for _, name in hours_of(router.plan)))
    changes: dict[int, int] = {start: 0}
    for bit, key in enumerate(keys):
        for opens, closes in router.hours.spans(key, start, end):
            changes[opens] = changes.get(opens, 0) ^ (1 << bit)
            changes[closes] = changes.get(closes, 0) ^ (1 << bit)
    moments = sorted(moment for moment in changes if moment < end)
    known: dict[int, frozenset[str]] = {}
    found: list[Spell] = []
    state = 0
    for moment, following in zip(moments, [*moments[1:], end], strict=True):
        state ^= changes[moment]
        if state not in known:
            known[state] = frozenset(key for bit, key in enumerate(keys) if state >> bit & 1)
        found.append(Spell(moment, following, known[state]))
    return found


def switched(router: Router, spell: Spell, switches: frozenset[str]) -> frozenset[str]:
    """The hours that are open in a spell with these switches on."""
    opened, closed = router.hours.forced(switches)
    return (spell.open | opened) - closed


def year_from(day: date) -> tuple[int, int]:
    """The coming year in wall time."""
    start = wall_of_day(day)
    return start, start + DAYS * DAY_S


def some_moment(router: Router, day: date) -> datetime:
    """A moment for questions whose hours are given with them."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=router.hours.zone)
