"""What is said: languages without a text, and braces that stand for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phoneetiquette.dialplan.model import Plan, Words
from phoneetiquette.dialplan.parts import read_words, spoken_words
from phoneetiquette.dialplan.words import BRACES, BUILT_IN
from phoneetiquette.problems import Problem, Severity, did_you_mean


def words(plan: Plan) -> Iterator[Problem]:
    known = {*BUILT_IN, *plan.variables}
    for what, said in spoken_words(plan):
        yield from _heard(plan, what, said)
        yield from _not_spoken(plan, what, said)
        yield from _braces(plan, what, said, known)
        yield from _unknown_when_spoken(what, said)
    for what, said in read_words(plan):
        yield from _not_spoken(plan, what, said)
        yield from _braces(plan, what, said, known)
    for name, said in plan.variables.items():
        yield from _braces(plan, f"variable {name}", said, set(BUILT_IN))


def _heard(plan: Plan, what: str, said: Words) -> Iterator[Problem]:
    """Languages in which callers would not be spoken to."""
    first, *others = _languages(plan)
    if "" in said.by_language and said.by_language[""].file is not None:
        return  # one recording for all
    given = {language or first for language in said.by_language}
    if first not in given:
        advice = f"write it: everybody whose language is not known hears {first}"
        yield Problem.at(said.place, f"{what} has no text in {first}, the first of the languages", advice)
    missing = [language for language in others if language not in given]
    if missing:
        what_is = f"{what} has no text in {', '.join(missing)}"
        yield Problem.at(said.place, what_is, f"write it, else {first} is spoken instead", Severity.WARNING)


def _not_spoken(plan: Plan, what: str, said: Words) -> Iterator[Problem]:
    """Texts in languages that are not those of the plan."""
    spoken = _languages(plan)
    for language, text in said.by_language.items():
        if language and language not in spoken:
            what_is = f"{what} has a text in {language}, which is not among languages"
            yield Problem.at(text.place, what_is, f"languages are {', '.join(spoken)}", Severity.WARNING)


def _unknown_when_spoken(what: str, said: Words) -> Iterator[Problem]:
    """What is said is made into sound before anybody calls."""
    for spoken in said.by_language.values():
        if "caller" in BRACES.findall(spoken.text):
            told = f"{what}: {{caller}} is left out, nobody knows how to say the name of who calls"
            yield Problem.at(spoken.place, told, "say it without", Severity.WARNING)


def _languages(plan: Plan) -> list[str]:
    return [language.text for language in plan.languages] or [plan.language]


def _braces(plan: Plan, what: str, said: Words, known: set[str]) -> Iterator[Problem]:
    for spoken in said.by_language.values():
        for name in BRACES.findall(spoken.text):
            if name not in known and name not in plan.broken:
                yield Problem.at(
                    spoken.place, f"{what}: nothing is known as {{{name[:60]}}}", did_you_mean(name[:60], known)
                )
        if re.search(r"[{}]", BRACES.sub("", spoken.text)):
            yield Problem.at(spoken.place, f"{what} has a brace without its counterpart", "write {agent}")
