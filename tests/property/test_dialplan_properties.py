"""What holds of every dialplan that ``check`` accepts, for every call at every moment."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from phoneetiquette.config.dialplans import Inspected, inspect
from phoneetiquette.dialplan.coverage import coverage, holes
from phoneetiquette.dialplan.diff import diff
from phoneetiquette.dialplan.explain import as_json, as_text
from phoneetiquette.dialplan.model import DESK
from phoneetiquette.dialplan.questions import CallOthers, Known, Nobody, OpenMenu, Question, RingDesk
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.subjects import subjects
from phoneetiquette.dialplan.walk import MOST_STOPS, Conduct, in_a_word, walk
from tests.property.dialplans import EXPRESSIONS, PEOPLE, as_yaml, plans, questions

TODAY = date(2026, 11, 27)
ANY = settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
YEARS = settings(ANY, max_examples=10)
"""For what goes through a whole year, a second and more on a busy machine."""


@pytest.fixture(scope="module")
def file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory) / "plan.yaml"


def inspected(file: Path, plan: dict[str, Any]) -> Inspected:
    file.write_text(as_yaml(plan), encoding="utf-8")
    return inspect(file, TODAY)


def accepted(file: Path, plan: dict[str, Any]) -> Router:
    """The router of a plan, when ``check`` has no error to tell of it."""
    found = inspected(file, plan)
    event("accepted" if not found.failed else "refused")
    assume(not found.failed)
    assert found.plan is not None
    return Router(found.plan)


@ANY
@given(plans(), st.data())
def test_every_call_is_taken_at_every_moment(file: Path, plan: dict[str, Any], data: st.DataObject) -> None:
    router = accepted(file, plan)
    for _ in range(10):
        question = data.draw(questions(router.plan))
        stops = walk(router, question, Conduct(to_the_end=True))
        assert len(stops) < MOST_STOPS
        assert not isinstance(stops[-1].decision.outcome, Nobody)


@ANY
@given(plans(), st.data())
def test_nobody_is_tried_twice_and_nobody_who_cannot_come(
    file: Path, plan: dict[str, Any], data: st.DataObject
) -> None:
    router = accepted(file, plan)
    question = data.draw(questions(router.plan))
    for stop in walk(router, question, Conduct(to_the_end=True)):
        outcome, known = stop.decision.outcome, stop.question.known
        if not isinstance(outcome, CallOthers) or outcome.emergency:
            continue
        who = {attempt.who for attempt in outcome.attempts}
        assert len(who) == len(outcome.attempts)
        assert not who & (
            known.tried.keys() | known.busy | known.absent | known.do_not_disturb | known.resting | {DESK}
        )
        assert who <= {*PEOPLE, "112", "+43 1 5550150"}


@ANY
@given(plans(), st.data())
def test_keys_and_answers_lead_to_an_end_too(file: Path, plan: dict[str, Any], data: st.DataObject) -> None:
    router = accepted(file, plan)
    question = data.draw(questions(router.plan))
    keys = data.draw(st.lists(st.sampled_from("0123456789*#"), max_size=8))
    answers = data.draw(st.frozensets(st.sampled_from([*PEOPLE, DESK, "112"])))
    stops = walk(router, question, Conduct(answers, keys, to_the_end=True))
    assert len(stops) < MOST_STOPS
    assert not isinstance(stops[-1].decision.outcome, Nobody)
    for stop in stops[:-1]:
        assert isinstance(stop.decision.outcome, CallOthers | RingDesk | OpenMenu)
        assert not stop.answered


@ANY
@given(plans(), st.data())
def test_explain_and_router_agree(file: Path, plan: dict[str, Any], data: st.DataObject) -> None:
    """Asking for the steps changes nothing, and the steps end where the decision stands."""
    found = inspected(file, plan)
    assert found.plan is not None  # what check refuses is explained no less
    router = Router(found.plan)
    for _ in range(5):
        question = data.draw(questions(router.plan))
        quiet, told = router.route(question), router.route(question, steps=True)
        assert replace(told, steps=()) == quiet
        assert told.steps
        assert told.place == [step for step in told.steps if step.taken][-1].place
        assert all(step.why for step in told.steps if not step.taken)
        stops = walk(router, question, steps=True)
        report = as_json(router, stops)
        assert report["route"] == [in_a_word(stop.decision.outcome) for stop in stops]
        assert as_text(router, stops).count("  => ") == len(stops)


@YEARS
@given(plans(), st.data())
def test_the_year_by_spells_is_the_year_by_the_clock(file: Path, plan: dict[str, Any], data: st.DataObject) -> None:
    """Coverage takes the year in pieces; at every moment it says what the router says at that moment."""
    router = accepted(file, plan)
    covered = data.draw(st.sampled_from(list(coverage(router, TODAY))))
    subject = covered.subject
    for _ in range(5):
        moment = datetime(2026, 11, 28, tzinfo=UTC) + timedelta(
            seconds=data.draw(st.integers(0, 360 * 86400)), microseconds=data.draw(st.integers(0, 999_999))
        )
        known = replace(Question(subject.entry, moment).known, switches=frozenset(filter(None, [covered.switch])))
        question = Question(subject.entry, moment, subject.called, subject.caller, known=known)
        first = walk(router, question)[0].decision.outcome
        wall = moment.astimezone(router.hours.zone).replace(tzinfo=None)
        (stretch,) = (one for one in covered.stretches if one.start <= wall < one.end)
        if stretch.taker == "person":
            assert in_a_word(first).split()[0] not in ("menu", "message", "say", "refuse", "nobody", "seat")
        elif stretch.taker == "machine":
            assert not isinstance(first, CallOthers | RingDesk)


@YEARS
@given(plans())
def test_an_accepted_plan_has_no_holes_but_what_it_refuses(file: Path, plan: dict[str, Any]) -> None:
    router = accepted(file, plan)
    refuses = "refuse" in str(plan)
    assert refuses or not list(holes(router, coverage(router, TODAY)))


@YEARS
@given(plans(), st.sampled_from(EXPRESSIONS), st.data())
def test_a_difference_is_one_at_the_moment_it_names(
    file: Path, plan: dict[str, Any], night: str, data: st.DataObject
) -> None:
    old = accepted(file, plan)
    new = accepted(file, {**plan, "hours": {**plan["hours"], "night": night}})
    assert diff(old, old, TODAY) == []
    changes = diff(old, new, TODAY)
    if plan["hours"]["night"] == night:
        assert changes == []
    kinds = {(one.name, one.caller_is): one for one in subjects(old)}
    for change in data.draw(st.permutations(changes))[:5]:
        subject = kinds[change.subject, change.caller_is]
        start, end = data.draw(st.sampled_from(change.times))
        assert start < end
        known = Known(switches=frozenset(filter(None, [change.switch])))
        question = Question(subject.entry, start, subject.called, subject.caller, known=known)
        for plan_of, route in ((old, change.old), (new, change.new)):
            assert tuple(in_a_word(stop.decision.outcome) for stop in walk(plan_of, question)) == route
