"""Rules that never fit, that are never reached, that contradict one another, or that could close an emergency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from phoneetiquette.dialplan.lint_ends import Sureness
from phoneetiquette.dialplan.model import ANONYMOUS, Conditions, Line, Name, Plan, Rule
from phoneetiquette.dialplan.numbers import NumberError, NumberSet, Pattern, entry
from phoneetiquette.dialplan.rules import Numbers, said
from phoneetiquette.problems import Problem, Severity

_KEYS = ("caller", "called", "hours", "switch", "language", "desk")
_Asked = tuple[tuple[str, frozenset[str]], ...]
"""Conditions without their places: key and the values asked for, in the order of ``_KEYS``."""


def rules(plan: Plan) -> Iterator[Problem]:
    numbers, sure = Numbers(plan), Sureness(plan)
    for name, line in plan.lines.items():
        yield from _unreachable(plan, sure, name, line, numbers)
        yield from _never(plan, name, line, numbers)
        yield from _emergencies(plan, sure, name, line, numbers)


def asked(conditions: Conditions | None, country: str) -> _Asked:
    if conditions is None:
        return ()
    found = []
    for key in _KEYS:
        values = getattr(conditions, key)
        if values:
            texts = (value.text if isinstance(value, Name) else value for value in values)
            found.append(
                (key, frozenset(_plain(text, country) if key in ("caller", "called") else text for text in texts))
            )
    return tuple(found)


def _plain(text: str, country: str) -> str:
    """A number as it is compared, whatever its notation; other words as they are."""
    if text == ANONYMOUS:
        return text
    try:
        found = entry(text, country)
    except NumberError:
        return text
    return found if isinstance(found, str) else f"{found.head}{'*' if found.open else ''}"


def _unreachable(plan: Plan, sure: Sureness, name: str, line: Line, numbers: Numbers) -> Iterator[Problem]:
    """Rules whose every call an earlier rule takes."""
    earlier: dict[tuple[_Asked, _Asked], int] = {}
    callers = _Covered()
    for index, rule in enumerate(line.rules):
        when, unless = asked(rule.when, plan.country), asked(rule.unless, plan.country)
        first = _taken_by(when, unless, earlier)
        if first is None and rule.when is not None and callers.covers(rule.when.caller, numbers):
            first = callers.last
        if first is not None:
            yield _told(name, index, rule, first, line.rules[first])
            if not when and not unless:
                return
            continue
        if not sure.any_of(rule.do, arriving=True):
            continue
        earlier.setdefault((when, unless), index)
        if not when and not unless:
            if index + 1 < len(line.rules):
                what = f"rule {index + 1} of line {name} fits every call: no rule after it is reached"
                yield Problem.at(line.rules[index + 1].place, what, "put it last")
            return
        if not unless and rule.when is not None and [key for key, _ in when] == ["caller"]:
            callers.add(rule.when.caller, numbers, index)


def _taken_by(when: _Asked, unless: _Asked, earlier: dict[tuple[_Asked, _Asked], int]) -> int | None:
    """The earlier rule that asks for no more than this one, if there is one."""
    for size in range(len(when) + 1):
        for part in combinations(when, size):
            for exception in {(), unless}:
                first = earlier.get((part, exception))
                if first is not None:
                    return first
    return None


def _told(name: str, index: int, rule: Rule, first: int, other: Rule) -> Problem:
    where = f"rule {first + 1} in line {other.place.line}"
    if _same_conditions(rule, other):
        if _same_actions(rule, other):
            return Problem.at(rule.place, f"rule {index + 1} of line {name} repeats {where}", "take one of them out")
        what = f"rule {index + 1} of line {name} contradicts {where}: both are for the same calls"
        return Problem.at(rule.place, what, "keep one of them")
    what = f"rule {index + 1} of line {name} is never reached: {where} takes all its calls"
    return Problem.at(rule.place, what, "put the narrower rule first, or take it out")


def _same_conditions(one: Rule, other: Rule) -> bool:
    return all(
        (a is None) == (b is None) and (a is None or b is None or said(a) == said(b))
        for a, b in ((one.when, other.when), (one.unless, other.unless))
    )


def _same_actions(one: Rule, other: Rule) -> bool:
    def plain(rule: Rule) -> list[tuple[object, ...]]:
        return [(a.verb, a.name, a.language, tuple((t.who, t.skill) for t in a.targets)) for a in rule.do]

    return plain(one) == plain(other)


class _Covered:
    """Callers that rules have taken, whatever else is the case."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._patterns: dict[str, list[Pattern]] = {}
        self._lengths: list[int] = []
        self._anonymous = False
        self.last = 0

    def add(self, callers: Iterable[Name], numbers: Numbers, index: int) -> None:
        self.last = index
        for caller in callers:
            members = numbers.named(caller.text)
            self._anonymous |= members.anonymous
            self._numbers.update(dict.fromkeys(members.numbers, index))
            for pattern in members.patterns:
                self._patterns.setdefault(pattern.literal, []).append(pattern)
        self._lengths = sorted({len(literal) for literal in self._patterns})

    def covers(self, callers: Iterable[Name], numbers: Numbers) -> bool:
        sets = [numbers.named(caller.text) for caller in callers]
        return bool(sets) and all(self._covers(members) for members in sets)

    def _covers(self, members: NumberSet) -> bool:
        if not members.numbers and not members.patterns and not members.anonymous:
            return False
        if members.anonymous and not self._anonymous:
            return False
        if not all(number in self._numbers or self._matched(number) for number in members.numbers):
            return False
        return all(self._inside(pattern) for pattern in members.patterns)

    def _near(self, literal: str) -> Iterator[Pattern]:
        for length in self._lengths:
            if length <= len(literal):
                yield from self._patterns.get(literal[:length], ())

    def _matched(self, number: str) -> bool:
        return any(pattern.match(number) for pattern in self._near(number))

    def _inside(self, pattern: Pattern) -> bool:
        return any(other.covers(pattern) for other in self._near(pattern.literal))


def _never(plan: Plan, name: str, line: Line, numbers: Numbers) -> Iterator[Problem]:
    for index, rule in enumerate(line.rules, start=1):
        if rule.when is None:
            continue
        what = f"rule {index} of line {name} never fits"
        if rule.unless is not None:
            when = dict(asked(rule.when, plan.country))
            if all(when.get(key, frozenset("?")) <= values for key, values in asked(rule.unless, plan.country)):
                yield Problem.at(rule.unless.place, f"{what}: unless takes back what when says", "take one of them out")
        for called in rule.when.called if line.called else ():
            if not _meets(numbers.named(called.text), (numbers.named(one.text) for one in line.called)):
                advice = "name one of the line's numbers"
                yield Problem.at(called.place, f"{what}: {called.text} is no number of the line", advice)


def _meets(some: NumberSet, others: Iterable[NumberSet]) -> bool:
    """Whether a number can be in both; in doubt yes."""
    for other in others:
        if some.anonymous and other.anonymous:
            return True
        if any(number in other for number in some.numbers) or any(number in some for number in other.numbers):
            return True
        for one in some.patterns:
            for two in other.patterns:
                length = min(len(one.literal), len(two.literal))
                if one.literal[:length] == two.literal[:length]:
                    return True
    return False


def _emergencies(plan: Plan, sure: Sureness, name: str, line: Line, numbers: Numbers) -> Iterator[Problem]:
    """Whether an emergency of this line can be closed by hours, switches, or a rule before it."""
    found = [
        (index, rule)
        for index, rule in enumerate(line.rules)
        if any(a.verb == "topic" and a.name in plan.topics and plan.topics[a.name].emergency for a in rule.do)
    ]
    for index, rule in found:
        what = f"the emergency in rule {index + 1} of line {name}"
        advice = "put it first, with caller or called as its only condition"
        conditions = [one for one in (rule.when, rule.unless) if one is not None]
        for key in ("hours", "switch", "desk", "language"):
            if any(getattr(one, key) for one in conditions):
                yield Problem.at(rule.place, f"{what} depends on {key}: it could be closed", advice)
        first = rule.do[0]
        if first.verb != "topic" or not (first.name in plan.topics and plan.topics[first.name].emergency):
            yield Problem.at(first.place, f"{what} comes after {first.verb}: it could be late", "put it first")
        for number, before in enumerate(line.rules[:index]):
            if (number, before) in found or _apart(before, rule, numbers):
                continue
            where = f"rule {number + 1} in line {before.place.line}"
            severity = Severity.ERROR if sure.any_of(before.do, arriving=True) else Severity.WARNING
            yield Problem.at(rule.place, f"{what} could be closed: {where} can take its calls first", advice, severity)
            break


def _apart(one: Rule, other: Rule, numbers: Numbers) -> bool:
    """Whether no call can fit both rules, as far as their numbers tell."""
    for key in ("caller", "called"):
        ours: tuple[Name, ...] = getattr(one.when, key) if one.when else ()
        theirs: tuple[Name, ...] = getattr(other.when, key) if other.when else ()
        if ours and theirs:
            sets = [numbers.named(name.text) for name in theirs]
            if not any(_meets(numbers.named(name.text), sets) for name in ours):
                return True
    return False
