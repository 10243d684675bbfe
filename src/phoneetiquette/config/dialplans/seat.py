"""A dialplan that a seat is to follow: what is wrong with it there, beside what is wrong with it anywhere."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from phoneetiquette.addresses import AddressError
from phoneetiquette.config.dialplans.loader import Drafts, Inspected, inspect
from phoneetiquette.config.schema import Config
from phoneetiquette.dialplan.model import DESK, Plan
from phoneetiquette.dialplan.numbers import NumberError, dialable
from phoneetiquette.dialplan.parts import spoken_words, targets_of
from phoneetiquette.problems import Place, Problem
from phoneetiquette.units import NS_PER_S

SETTLED_NS = 2 * NS_PER_S
"""A file that has not been changed for so long is whole."""


def inspect_for_seat(file: Path, config: Config, drafts: Drafts | None = None) -> tuple[Inspected, list[Problem]]:
    """The plan, or what it would be with ``drafts``, and all its problems at the seat with this configuration."""
    today = datetime.now().astimezone().date()
    inspected = inspect(file, today, drafts) if drafts else _inspected(file, today)
    problems = list(inspected.problems)
    if inspected.plan is not None:
        problems += _cannot_be_called(inspected.plan, config)
    return inspected, problems


@dataclass(frozen=True, slots=True)
class _Found:
    """A plan as it was found, and the state its files had."""

    today: date
    inspected: Inspected
    states: dict[Path, tuple[int, int]]


_last: _Found | None = None
"""A starting seat asks for its plan several times: to check the configuration, to follow it, for its messages."""


def _inspected(file: Path, today: date) -> Inspected:
    """The plan as its files are now; not read again while they are the same."""
    global _last
    found = _last
    if (
        found is None
        or (found.inspected.file, found.today) != (file, today)
        or file_states(found.states) != found.states
    ):
        inspected = inspect(file, today)
        states = file_states(files_of(inspected))
        # A file that was written just now may have been written again since it was read, in the same moment.
        settled = all(age_ns < time.time_ns() - SETTLED_NS for _, age_ns in states.values())
        found = _Found(today, inspected, states)
        _last = found if settled else None
    return found.inspected


def file_states(files: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Each file's size and moment of its last change; a file that is not there has none."""

    def state(file: Path) -> tuple[int, int]:
        try:
            found = file.stat()
        except OSError:
            return (-1, 0)
        return found.st_size, found.st_mtime_ns

    return {file: state(file) for file in files}


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
