"""The form that asks where a call would go: checked, and answered in words."""

from __future__ import annotations

from datetime import datetime

from phoneetiquette.dialplan.explain import as_text
from phoneetiquette.dialplan.model import DESK, NOWHERE
from phoneetiquette.dialplan.openings import shown_instead
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.simulate import Expected, conduct_of, question_of
from phoneetiquette.dialplan.walk import walk
from phoneetiquette.office.asked import AskedError
from phoneetiquette.office.bodies import Call
from phoneetiquette.units import YEARS


def explained(router: Router, call: Call) -> str:
    """What happens to it, step by step.

    Raises:
        AskedError: the plan does not know what is asked about.
    """
    plan = router.plan
    for kind, name, known in (("topic", call.topic, plan.topics), ("switch", call.switch, plan.switches)):
        if name and name not in known:
            raise AskedError(f"the plan has no {kind} {name[:80]!r}")
    called = call.called.strip() or next((name.text for line in plan.lines.values() for name in line.called), "")
    row = Expected(
        NOWHERE,
        _moment(call.at, router),
        (),
        called=called,
        caller=call.caller.strip(),
        topic=call.topic,
        absent=(DESK,) if call.desk_absent else (),
        switches=(call.switch,) if call.switch else (),
    )
    return as_text(router, walk(router, question_of(router, row), conduct_of(row), steps=True))


def _moment(text: str, router: Router) -> datetime:
    if not text:
        return datetime.now(router.hours.zone)
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise AskedError(f"{text[:40]!r} is no moment: write 2026-03-02T10:00") from None
    if at.year not in YEARS:
        raise AskedError(f"{at.year} is too far away: write a year from {YEARS[0]} to {YEARS[-1]}")
    shown = shown_instead(at, router.hours.zone)
    if shown is not None:
        what = f"{at:%Y-%m-%d %H:%M} never comes in {router.plan.timezone}: summer time leaves it out"
        raise AskedError(f"{what}; write {shown:%H:%M}")
    return at
