"""What is said: languages without a text, and braces that stand for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phoneetiquette.dialplan.model import Plan, Words
from phoneetiquette.dialplan.parts import read_words, spoken_words
from phoneetiquette.problems import Problem, Severity, did_you_mean

BUILT_IN = ("agent", "caller", "line", "plan")
"""Variables that every greeting can use: the receptionist, the caller's name, the line, the name of the plan."""

_BRACES = re.compile(r"\{([^{}]*)\}")


def words(plan: Plan) -> Iterator[Problem]:
    known = {*BUILT_IN, *plan.variables}
    for what, said in spoken_words(plan):
        yield from _languages(plan, what, said, heard=True)
        yield from _braces(what, said, known)
    for what, said in read_words(plan):
        yield from _languages(plan, what, said, heard=False)
        yield from _braces(what, said, known)
    for name, said in plan.variables.items():
        yield from _braces(f"variable {name}", said, set(BUILT_IN))


def _languages(plan: Plan, what: str, said: Words, *, heard: bool) -> Iterator[Problem]:
    spoken = [language.text for language in plan.languages] or [plan.language]
    sound_for_all = "" in said.by_language and said.by_language[""].file is not None
    given = {language or spoken[0] for language in said.by_language}
    if heard and spoken[0] not in given:
        advice = f"write it: everybody whose language is not known hears {spoken[0]}"
        yield Problem.at(said.place, f"{what} has no text in {spoken[0]}, the first of the languages", advice)
    missing = [language for language in spoken[1:] if language not in given]
    if missing and not sound_for_all:
        advice = f"write it, else {spoken[0]} is {'spoken' if heard else 'shown'} instead"
        yield Problem.at(said.place, f"{what} has no text in {', '.join(missing)}", advice, Severity.WARNING)
    for language in sorted(given - set(spoken)):
        place = said.by_language[language].place
        what_is = f"{what} has a text in {language}, which is not among languages"
        yield Problem.at(place, what_is, f"languages are {', '.join(spoken)}", Severity.WARNING)


def _braces(what: str, said: Words, known: set[str]) -> Iterator[Problem]:
    for spoken in said.by_language.values():
        for name in _BRACES.findall(spoken.text):
            if name not in known:
                yield Problem.at(
                    spoken.place, f"{what}: nothing is known as {{{name[:60]}}}", did_you_mean(name[:60], known)
                )
        if re.search(r"[{}]", _BRACES.sub("", spoken.text)):
            yield Problem.at(spoken.place, f"{what} has a brace without its counterpart", "write {agent}")
