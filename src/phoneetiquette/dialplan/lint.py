"""Everything that is wrong with a dialplan, found without asking it anything: all problems at once, with places.

What can only be seen by going through a year is in :mod:`phoneetiquette.dialplan.coverage`.
"""

from __future__ import annotations

from datetime import date

from phoneetiquette.dialplan.lint_ends import ends
from phoneetiquette.dialplan.lint_hours import hours
from phoneetiquette.dialplan.lint_names import names
from phoneetiquette.dialplan.lint_rules import rules
from phoneetiquette.dialplan.lint_words import words
from phoneetiquette.dialplan.model import Plan
from phoneetiquette.problems import Problem, Severity


def lint(plan: Plan, today: date, *, whole: bool = True) -> list[Problem]:
    """All problems of a plan, in the order of files and lines. ``today`` begins the year that hours are judged by.

    With ``whole`` False parts of the plan could not be read (``plan.broken`` names what is missing as a whole): only
    what is wrong whatever they are is told.
    """
    if not whole:
        found = {problem for check in (names, words) for problem in check(plan)} | set(hours(plan, today))
        return sorted(problem for problem in found if problem.severity is Severity.ERROR)
    found = {problem for check in (names, ends, rules, words) for problem in check(plan)}
    return sorted(found | set(hours(plan, today)))
