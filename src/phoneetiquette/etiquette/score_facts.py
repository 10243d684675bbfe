"""From facts to the result of a rule: the small words that the rules of a score card are written with. Pure."""

from __future__ import annotations

from phoneetiquette.etiquette.score_card import Case, Evidence, RuleResult

OPENING_S = 25.0
NO_TRANSCRIPT = "needs a transcript of the words"
NO_RECORD = "a recording does not tell"
OUTGOING = "an outgoing call"


def at_most(what: str, value: float | None, limit: float, unit: str = "") -> Evidence:
    held = None if value is None else value <= limit
    return Evidence(what=what, value=value, unit=unit, wanted=wanted_words("at most", limit, unit), held=held)


def at_least(what: str, value: float | None, limit: float, unit: str = "") -> Evidence:
    held = None if value is None else value >= limit
    return Evidence(what=what, value=value, unit=unit, wanted=wanted_words("at least", limit, unit), held=held)


def told(what: str, value: float | int | str | None, unit: str = "") -> Evidence:
    return Evidence(what=what, value=value, unit=unit)


def judged(case: Case, rule: str, evidence: list[Evidence], unknown: str) -> RuleResult:
    """Missed if one fact is not as wanted, met if none is and one is; otherwise not measured, because ``unknown``."""
    holds = [one.held for one in evidence]
    weight = case.policy.weight(rule)
    if False in holds:
        return RuleResult(rule=rule, result="missed", weight=weight, evidence=tuple(evidence))
    if True in holds:
        return RuleResult(rule=rule, result="met", weight=weight, evidence=tuple(evidence))
    return not_measured(case, rule, unknown, evidence)


def not_measured(case: Case, rule: str, because: str, evidence: list[Evidence] | None = None) -> RuleResult:
    return RuleResult(
        rule=rule,
        result="not_measured",
        weight=case.policy.weight(rule),
        because=because,
        evidence=tuple(evidence or ()),
    )


def wanted_words(words: str, limit: float, unit: str) -> str:
    return f"{words} {limit:g} {unit}".rstrip()
