"""What is said and shown, with its variables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from phoneetiquette.dialplan.model import Plan, Words

BRACES = re.compile(r"\{([^{}]*)\}")

BUILT_IN = ("agent", "caller", "line", "plan")
"""Variables that every text can use: the receptionist, the caller's name, the line, the name of the plan."""


def text_of(plan: Plan, words: Words, language: str, values: Mapping[str, str]) -> str:
    """What is said in a language; empty where it is a sound file.

    ``values`` are those of the built-in variables that are known; ``plan`` is known anyhow. A variable that is not is
    left out, with the spaces around it: "Hotel, {agent} speaking" becomes "Hotel, speaking".
    """
    known = {"plan": plan.name, **values}
    text = words.in_language(language, plan.language).text
    named = {name: said.in_language(language, plan.language).text for name, said in plan.variables.items()}
    for meanings in (named, known):
        text = BRACES.sub(lambda found, by=meanings: by.get(found[1], found[0]), text)  # type: ignore[misc]
    return " ".join(BRACES.sub("", text).split())


def greeting_of(plan: Plan, line: str, language: str, values: Mapping[str, str]) -> str:
    """What the receptionist says first to a call on a line; empty when the plan does not say."""
    written = plan.lines.get(line)
    if written is None or written.greeting is None:
        return ""
    return text_of(plan, written.greeting, language, {"line": line, **values})
