"""The part of ``check`` that is about dialplans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from phoneetiquette.cli.dialplans import today
from phoneetiquette.config.dialplans import inspect
from phoneetiquette.dialplan.coverage import Covered, coverage, holes
from phoneetiquette.dialplan.model import Plan
from phoneetiquette.dialplan.numbers import NumberError, Pattern, entry
from phoneetiquette.dialplan.router import Router
from phoneetiquette.problems import Place, Problem


def check_plans(
    files: Iterable[Path], picture: Path | None, *, skip: bool = False
) -> Iterator[tuple[Path, tuple[Problem, ...], str]]:
    """Per file its problems, and what to say when there are none. Plans that are checked together are one site.

    With ``skip`` the coming year is not gone through.
    """
    inspected = [inspect(file, today()) for file in files]
    shared = list(_shared_numbers([one.plan for one in inspected if one.plan is not None]))
    drawn: list[tuple[Plan, list[Covered]]] = []
    for one in inspected:
        problems = [*one.problems, *(problem for problem in shared if problem.file in map(str, one.files))]
        checked = "no problems"
        if not skip and one.plan is not None and one.askable:
            router = Router(one.plan)
            covered = list(coverage(router, today()))
            problems += holes(router, covered)
            drawn.append((one.plan, covered))
            checked += f"; every call of the coming year is taken ({_kinds(covered)})"
        yield one.file, tuple(sorted(problems)), checked
    if picture is not None:
        from phoneetiquette.reports.coverage import save

        save(drawn, today(), picture)


def _kinds(covered: list[Covered]) -> str:
    return f"{len({(one.subject.name, one.subject.caller_is) for one in covered})} kinds of calls"


def _shared_numbers(plans: list[Plan]) -> Iterator[Problem]:
    """Called numbers that several plans of one site have."""
    taken: dict[str, tuple[Plan, Place]] = {}
    for plan in plans:
        for line in plan.lines.values():
            for name in line.called:
                try:
                    found = entry(name.text, plan.country)
                except NumberError:
                    continue
                if isinstance(found, Pattern):
                    continue
                owner, place = taken.setdefault(found, (plan, name.place))
                if owner is not plan:
                    what = f"{name.text} is also a number of {owner.name}, in {place}"
                    yield Problem.at(name.place, what, "leave it to one of the plans")
