"""A dialplan that a seat is to follow: what is wrong with it there, beside what is wrong with it anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from phoneetiquette.addresses import AddressError
from phoneetiquette.config.dialplans.loader import Inspected, inspect
from phoneetiquette.config.schema import Config
from phoneetiquette.dialplan.model import DESK, Plan
from phoneetiquette.dialplan.numbers import NumberError, dialable
from phoneetiquette.dialplan.parts import single_actions, targets_of
from phoneetiquette.problems import Place, Problem, Severity


def inspect_for_seat(file: Path, config: Config) -> tuple[Inspected, list[Problem]]:
    """The plan, and all its problems at the seat with this configuration."""
    inspected = inspect(file, datetime.now().astimezone().date())
    problems = list(inspected.problems)
    if inspected.plan is not None:
        problems += _cannot_be_called(inspected.plan, config)
        problems += not_followed(inspected.plan)
    return inspected, problems


def problems_at_seat(file: Path, config: Config) -> list[Problem]:
    return inspect_for_seat(file, config)[1]


def version_of(inspected: Inspected) -> str:
    """The plan's hash: another one when any of its files has changed."""
    digest = hashlib.sha256()
    for file in inspected.files:
        content = file.read_bytes()
        digest.update(b"%d:" % len(content) + content)
    if inspected.plan is not None:
        for name, numbers in inspected.plan.numbers.items():
            digest.update(repr((name, [one.text for one in numbers.numbers])).encode())
    return digest.hexdigest()[:12]


def called_of(plan: Plan) -> dict[str, tuple[str, Place]]:
    """Who can be called -> what is dialled for them, and where that is written."""
    found = {name: (person.call.text, person.call.place) for name, person in plan.people.items()}
    for _, target in targets_of(plan):
        if target.who and target.who != DESK:
            found.setdefault(target.who, (target.who, target.place))
    return found


def _cannot_be_called(plan: Plan, config: Config) -> Iterator[Problem]:
    for who, (written, place) in called_of(plan).items():
        try:
            config.dial(dialable(written, plan.country))
        except NumberError:
            continue  # told already
        except AddressError as error:
            what = f"{who} cannot be called from this seat: {error.what}"
            yield Problem.at(place, what, error.advice or "set sip.domain in the configuration")


def not_followed(plan: Plan) -> Iterator[Problem]:
    """What the plan tells that a seat does not do yet: said, not silently left out."""
    message = "the caller is given the seat's message prompt instead"
    for name, menu in plan.menus.items():
        yield _lacking(menu.place, f"a seat does not speak menus yet: {name}", message)
    for what, action in single_actions(plan):
        if action.verb == "say":
            yield _lacking(action.place, f"a seat does not speak announcements yet: {what}", message)
    for name, switch in plan.switches.items():
        yield _lacking(switch.place, f"a seat has no switches yet: {name} stays off", "set hours or dates instead")


def _lacking(place: Place, what: str, advice: str) -> Problem:
    return Problem.at(place, what, advice, Severity.WARNING)
