"""The rules of a line, made quick: of ten thousand rules only those are looked at that can be about this call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import merge

from phoneetiquette.dialplan.model import ANONYMOUS, NOWHERE, Conditions, Name, Plan, Rule
from phoneetiquette.dialplan.numbers import Entry, NumberError, NumberSet, Pattern, entry
from phoneetiquette.dialplan.openings import Openings


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions are about. Numbers in canonical form."""

    called: str
    caller: str
    language: str
    desk: str
    switches: frozenset[str]
    openings: Openings


class Numbers:
    """The numbers that a plan's conditions name: lists, single numbers and patterns."""

    def __init__(self, plan: Plan) -> None:
        self._country = plan.country
        self.lists: Mapping[str, NumberSet] = {
            name: self._set(written.numbers) for name, written in plan.numbers.items()
        }
        self._single: dict[str, NumberSet] = {}
        self._speak = tuple(
            (language, tuple(self.named(name.text) for name in callers))
            for language, callers in plan.callers_speak.items()
        )

    def named(self, text: str) -> NumberSet:
        """The numbers behind what a condition says; none behind what cannot be understood."""
        known = self.lists[text] if text in self.lists else self._single.get(text)
        if known is None:
            known = self._single[text] = self._set((Name(text, NOWHERE),))
        return known

    def language_of(self, caller: str) -> str:
        """The language that a caller is taken to speak; empty when the plan does not say."""
        for language, sets in self._speak:
            if any(caller in members for members in sets):
                return language
        return ""

    def _set(self, names: tuple[Name, ...]) -> NumberSet:
        return NumberSet(
            [found for name in names if name.text != ANONYMOUS for found in self._entry(name.text)],
            anonymous=any(name.text == ANONYMOUS for name in names),
        )

    def _entry(self, text: str) -> Iterator[Entry]:
        try:
            yield entry(text, self._country)
        except NumberError:
            return


def why_not(conditions: Conditions, facts: Facts, numbers: Numbers) -> str:
    """Why these conditions do not hold; empty when they do."""
    if conditions.caller and not any(facts.caller in numbers.named(name.text) for name in conditions.caller):
        return f"the caller is not {either(conditions.caller)}"
    if conditions.called and not any(facts.called in numbers.named(name.text) for name in conditions.called):
        return f"the called number is not {either(conditions.called)}"
    if conditions.switch and not any(name.text in facts.switches for name in conditions.switch):
        return f"the switch {either(conditions.switch)} is off"
    if conditions.language and not any(name.text == facts.language for name in conditions.language):
        return f"the language is {facts.language or 'not known'}, not {either(conditions.language)}"
    if conditions.desk and facts.desk not in conditions.desk:
        return f"the desk is {facts.desk}, not {' or '.join(conditions.desk)}"
    if conditions.hours and not any(facts.openings.is_open(name.text) for name in conditions.hours):
        return f"the hours {either(conditions.hours)} are closed"
    return ""


def rule_why_not(rule: Rule, facts: Facts, numbers: Numbers) -> str:
    """Why a rule does not fit; empty when it does."""
    if rule.when is not None:
        why = why_not(rule.when, facts, numbers)
        if why:
            return why
    if rule.unless is not None and not why_not(rule.unless, facts, numbers):
        return f"unless {said(rule.unless)}"
    return ""


def either(names: tuple[Name, ...]) -> str:
    return " or ".join(name.text for name in names)


def said(conditions: Conditions) -> str:
    """The conditions in words: ``caller is lift_alarm and hours are night``."""
    parts = [
        f"caller is {either(conditions.caller)}" if conditions.caller else "",
        f"called is {either(conditions.called)}" if conditions.called else "",
        f"the hours {either(conditions.hours)} are open" if conditions.hours else "",
        f"switch is {either(conditions.switch)}" if conditions.switch else "",
        f"language is {either(conditions.language)}" if conditions.language else "",
        f"desk is {' or '.join(conditions.desk)}" if conditions.desk else "",
    ]
    return " and ".join(part for part in parts if part)


class RuleIndex:
    """Finds the rules that can be about a call, in their order: by the caller, else by the desk, the language or a
    switch they ask for. Rules that ask for nothing but hours or a called number are always among them."""

    def __init__(self, rules: tuple[Rule, ...], numbers: Numbers) -> None:
        self.rules = rules
        self._general: list[int] = []
        self._exact: dict[str, list[int]] = {}
        self._patterns: dict[str, list[tuple[Pattern, int]]] = {}
        self._anonymous: list[int] = []
        self._lists: dict[str, list[int]] = {}
        self._states: dict[tuple[str, str], list[int]] = {}
        self._numbers = numbers
        for index, rule in enumerate(rules):
            if rule.when is None or not rule.when.caller:
                states = _states(rule.when)
                for state in states:
                    self._states.setdefault(state, []).append(index)
                if not states:
                    self._general.append(index)
                continue
            for name in rule.when.caller:
                if name.text in numbers.lists:
                    self._lists.setdefault(name.text, []).append(index)
                else:
                    self._add(numbers.named(name.text), index)
        self._lengths = sorted({len(literal) for literal in self._patterns})

    def _add(self, members: NumberSet, index: int) -> None:
        if members.anonymous:
            self._anonymous.append(index)
        for number in members.numbers:
            self._exact.setdefault(number, []).append(index)
        for pattern in members.patterns:
            self._patterns.setdefault(pattern.literal, []).append((pattern, index))

    def candidates(self, facts: Facts) -> Iterator[int]:
        """Numbers of the rules that can fit, in the order of the plan."""
        caller = facts.caller
        hits: set[int] = set()
        if self._states:
            switches = (("switch", switch) for switch in facts.switches)
            for state in (("desk", facts.desk), ("language", facts.language), *switches):
                hits.update(self._states.get(state, ()))
        if not caller:
            hits.update(self._anonymous)
        else:
            hits.update(self._exact.get(caller, ()))
            for length in self._lengths:
                for pattern, index in self._patterns.get(caller[:length], ()) if length <= len(caller) else ():
                    if pattern.match(caller):
                        hits.add(index)
        for name, indices in self._lists.items():
            if caller in self._numbers.lists[name]:
                hits.update(indices)
        return merge(sorted(hits), self._general) if hits else iter(self._general)


def _states(conditions: Conditions | None) -> list[tuple[str, str]]:
    """States of which one must be the case for the conditions to hold; none when there are no such."""
    if conditions is None:
        return []
    if conditions.desk:
        return [("desk", state) for state in dict.fromkeys(conditions.desk)]
    if conditions.language:
        return [("language", text) for text in dict.fromkeys(name.text for name in conditions.language)]
    return [("switch", text) for text in dict.fromkeys(name.text for name in conditions.switch)]
