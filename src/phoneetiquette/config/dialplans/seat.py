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
from phoneetiquette.dialplan.parts import spoken_words, targets_of
from phoneetiquette.problems import Place, Problem


def inspect_for_seat(file: Path, config: Config) -> tuple[Inspected, list[Problem]]:
    """The plan, and all its problems at the seat with this configuration."""
    inspected = inspect(file, datetime.now().astimezone().date())
    problems = list(inspected.problems)
    if inspected.plan is not None:
        problems += _cannot_be_called(inspected.plan, config)
    return inspected, problems


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


def files_of(inspected: Inspected) -> tuple[Path, ...]:
    """Every file that the plan was made of, lists of numbers and sound files included."""
    plan = inspected.plan
    if plan is None:
        return inspected.files
    lists = (Path(one.place.file) for numbers in plan.numbers.values() for one in numbers.numbers[:1])
    sounds = (spoken.file for _, words in spoken_words(plan) for spoken in words.by_language.values() if spoken.file)
    return tuple(dict.fromkeys((*inspected.files, *lists, *sounds)))


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
