"""Names that stand for nothing, things that nothing names, numbers that cannot be, and clashes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import pairwise

from phoneetiquette.dialplan.model import ANONYMOUS, DESK, Name, Plan, Target
from phoneetiquette.dialplan.numbers import (
    NumberError,
    Pattern,
    canonical,
    dialable,
    entry,
    looks_like_caller,
    looks_like_number,
)
from phoneetiquette.dialplan.parts import conditions_of, hours_of, single_actions, targets_of
from phoneetiquette.dialplan.presence import is_internal
from phoneetiquette.problems import Place, Problem, Severity, did_you_mean


def names(plan: Plan) -> Iterator[Problem]:
    yield from _targets(plan)
    yield from _actions(plan)
    yield from _conditions(plan)
    yield from _callers_speak(plan)
    yield from _numbers(plan)
    yield from _switches(plan)
    yield from _called(plan)
    yield from _codes(plan)
    yield from _unused(plan)


@lru_cache(maxsize=4096)
def _near(text: str, known: tuple[str, ...]) -> str:
    """The same word is often wrong in many places."""
    return did_you_mean(text, known)


def _unknown(plan: Plan, kind: str, text: str, place: Place, known: Collection[str], what: str) -> Iterator[Problem]:
    if text in plan.broken:
        return
    advice = _near(text[:60], tuple(known)) if known else f"the plan has none; write it under {_SECTION[kind]}:"
    yield Problem.at(place, f"{what} names the {kind} {text!r}, which is not defined", advice)


_SECTION = {
    "person": "people",
    "topic": "topics",
    "menu": "menus",
    "service": "services",
    "switch": "switches",
    "hours": "hours",
    "list of numbers": "numbers",
    "language": "languages",
}


def _targets(plan: Plan) -> Iterator[Problem]:
    skills = {skill.text for person in plan.people.values() for skill in person.skills}
    for what, target in targets_of(plan):
        if target.skill:
            if target.skill not in skills and not plan.broken:
                advice = (
                    _near(target.skill[:60], tuple(sorted(skills))) if skills else "write it under skills of a person"
                )
                yield Problem.at(target.place, f"{what} wants the skill {target.skill!r}, which nobody has", advice)
        elif target.who not in plan.people and target.who != DESK:
            yield from _number_target(plan, what, target)


def _number_target(plan: Plan, what: str, target: Target) -> Iterator[Problem]:
    if not looks_like_number(target.who):
        yield from _unknown(plan, "person", target.who, target.place, [*plan.people, DESK], what)
        return
    try:
        dialable(target.who, plan.country)
    except NumberError as error:
        yield Problem.at(target.place, f"{what}: {error.what}", error.advice)


def _actions(plan: Plan) -> Iterator[Problem]:
    sections: dict[str, tuple[str, Collection[str]]] = {
        "topic": ("topic", plan.topics),
        "menu": ("menu", plan.menus),
        "message": ("service", plan.services),
    }
    for what, action in single_actions(plan):
        kind, known = sections.get(action.verb, ("", ()))
        if kind and action.name not in known:
            yield from _unknown(plan, kind, action.name, action.place, known, what)
        if action.verb in ("back", "repeat") and " of menu " not in what:
            advice = "only the keys of a menu can"
            yield Problem.at(action.place, f"{what} says {action.verb}, but there is no menu", advice)
        spoken = {language.text for language in plan.languages}
        if action.language and spoken and action.language not in spoken:
            yield from _unknown(plan, "language", action.language, action.place, spoken, what)


def _conditions(plan: Plan) -> Iterator[Problem]:
    lists = plan.numbers
    spoken = {language.text for language in plan.languages}
    for what, conditions in conditions_of(plan):
        for name in (*conditions.caller, *conditions.called):
            if name.text not in lists and name.text != ANONYMOUS:
                yield from _entry(plan, what, name, [*lists, ANONYMOUS])
        for name in conditions.switch:
            if name.text not in plan.switches:
                yield from _unknown(plan, "switch", name.text, name.place, plan.switches, what)
        for name in conditions.language:
            if spoken and name.text not in spoken:
                yield from _unknown(plan, "language", name.text, name.place, spoken, what)


def _callers_speak(plan: Plan) -> Iterator[Problem]:
    spoken = {language.text for language in plan.languages} or {plan.language}
    place = plan.place_of("callers_speak")
    for language, callers in plan.callers_speak.items():
        if language not in spoken:
            yield from _unknown(plan, "language", language, place, spoken, "callers_speak")
        for name in callers:
            if name.text not in plan.numbers and name.text != ANONYMOUS:
                yield from _entry(plan, "callers_speak", name, [*plan.numbers, ANONYMOUS])


def _entry(plan: Plan, what: str, name: Name, known: Collection[str] = ()) -> Iterator[Problem]:
    if known and not looks_like_caller(name.text):
        yield from _unknown(plan, "list of numbers", name.text, name.place, known, what)
        return
    try:
        entry(name.text, plan.country)
    except NumberError as error:
        yield Problem.at(name.place, f"{what}: {error.what}", error.advice)


def _numbers(plan: Plan) -> Iterator[Problem]:
    for list_name, numbers in plan.numbers.items():
        for name in numbers.numbers:
            if name.text != ANONYMOUS:
                yield from _entry(plan, f"the list {list_name}", name)
    for who, person in plan.people.items():
        try:
            dialable(person.call.text, plan.country)
        except NumberError as error:
            yield Problem.at(person.call.place, f"{who} cannot be called: {error.what}", error.advice)
            continue
        if person.presence not in (None, "no") and not is_internal(plan, person):
            what = f"the PBX is asked whether {who} is in a call, and {person.call.text} is no telephone of its own"
            yield _warning(person.call.place, what, "leave presence out, or write the internal number")


def _switches(plan: Plan) -> Iterator[Problem]:
    for switch_name, switch in plan.switches.items():
        for name in (*switch.opens, *switch.closes):
            if name.text not in plan.hours:
                yield from _unknown(plan, "hours", name.text, name.place, plan.hours, f"switch {switch_name}")
        both = {name.text for name in switch.opens} & {name.text for name in switch.closes}
        for text in sorted(both):
            yield Problem.at(switch.place, f"switch {switch_name} opens and closes {text}", "keep one of them")


def _called(plan: Plan) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    patterns: list[tuple[Pattern, str, str]] = []
    every_other = ""
    for line_name, line in plan.lines.items():
        if not line.called:
            if every_other:
                what = f"line {line_name} and line {every_other} have no called numbers"
                yield Problem.at(line.place, what, "one line at most can be that of every other number")
            every_other = every_other or line_name
        for name in line.called:
            try:
                found = entry(name.text, plan.country)
            except NumberError as error:
                yield Problem.at(name.place, f"line {line_name}: {error.what}", error.advice)
                continue
            if isinstance(found, Pattern):
                for earlier, text, other in patterns:
                    if earlier.covers(found):
                        what = f"{name.text} of line {line_name} is never reached: {text} of line {other} covers it"
                        yield Problem.at(name.place, what, "put the narrower pattern first")
                        break
                patterns.append((found, name.text, line_name))
            elif taken.setdefault(found, line_name) != line_name:
                what = f"{name.text} is a number of line {line_name} and of line {taken[found]}"
                yield Problem.at(name.place, what, "leave it to one of them")
    for person_name, person in plan.people.items():
        line_called = taken.get(canonical(person.call.text, plan.country))
        if line_called:
            what = f"{person_name} is called at {person.call.text}, a number of line {line_called}"
            what += ": the call comes back here"
            yield Problem.at(person.call.place, what, "write the number of a telephone", Severity.WARNING)
    for used_by, target in targets_of(plan):
        if looks_like_number(target.who):
            line_called = taken.get(canonical(target.who, plan.country))
            if line_called:
                what = f"{used_by} calls {target.who}, a number of line {line_called}: the call comes back here"
                yield Problem.at(target.place, what, "write the number of a telephone", Severity.WARNING)


def _codes(plan: Plan) -> Iterator[Problem]:
    codes = [(topic.code, f"topic {name}", topic.place) for name, topic in plan.topics.items() if topic.code]
    codes += [(switch.code, f"switch {name}", switch.place) for name, switch in plan.switches.items() if switch.code]
    codes.sort(key=lambda one: one[0])
    for (code, owner, _), (next_code, next_owner, place) in pairwise(codes):
        if next_code == code:
            yield Problem.at(place, f"{next_owner} has the code {code}, as {owner} has", "give it another code")
        elif next_code.startswith(code):
            what = f"the code {next_code} of {next_owner} begins with {code}, the code of {owner}"
            yield Problem.at(place, what, "choose codes of the same length")


def _unused(plan: Plan) -> Iterator[Problem]:
    by_name = {target.who for _, target in targets_of(plan)}
    wanted = {target.skill for _, target in targets_of(plan)}
    for name, person in plan.people.items():
        if name in by_name or any(skill.text in wanted for skill in person.skills):
            continue
        if not person.skills:
            what = f"{name} has no skills and is named nowhere: no call gets there"
            yield _warning(person.place, what, "write skills, or name the person in a topic")
        else:
            what = f"no topic wants a skill of {name}: no call gets there"
            yield _warning(person.place, what, "write the skill in to: of a topic")
    verbs = {(action.verb, action.name) for _, action in single_actions(plan)}
    for name, menu in plan.menus.items():
        if ("menu", name) not in verbs:
            yield _warning(menu.place, f"menu {name} is never opened", "name it in an action, or leave it out")
    for name, service in plan.services.items():
        if ("message", name) not in verbs:
            yield _warning(
                service.place, f"no message goes to the service {name}", "name it in an action, or leave it out"
            )
    asked = {text.text for _, conditions in conditions_of(plan) for text in (*conditions.caller, *conditions.called)}
    asked |= {name.text for callers in plan.callers_speak.values() for name in callers}
    for name, numbers in plan.numbers.items():
        if name not in asked:
            yield _warning(
                numbers.place, f"no rule asks for the numbers {name}", "name them in a rule, or leave them out"
            )
    hours_asked = {name.text for _, name in hours_of(plan)}
    for name, hours in plan.hours.items():
        if name not in hours_asked:
            yield _warning(hours.place, f"nothing asks for the hours {name}", "name them in a rule or at a person")


def _warning(place: Place, what: str, advice: str) -> Problem:
    return Problem.at(place, what, advice, Severity.WARNING)
