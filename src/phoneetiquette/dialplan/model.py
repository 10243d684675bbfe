"""What a dialplan says: frozen values, each with the place it is written at. Nothing is resolved or computed here.

Names of other things (people, topics, hours ...) are kept as written; :mod:`phoneetiquette.dialplan.lint` says which of
them are wrong, :mod:`phoneetiquette.dialplan.router` is lenient about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from phoneetiquette.problems import Place

DESK = "desk"
"""The receptionist, wherever a person can be named."""
ANONYMOUS = "anonymous"
"""A caller who withholds the number, wherever a caller can be named."""

Order = Literal["listed", "longest_idle", "round_robin", "all"]
Transfer = Literal["announced", "direct"]
LanguageRule = Literal["preferred", "required", "ignored"]
Verb = Literal["ring", "connect", "topic", "menu", "message", "say", "refuse", "back", "repeat"]
Reason = Literal["busy", "declined"]
AskedBy = Literal["dialog", "presence", "no"]
DeskState = Literal["free", "busy", "absent"]

NOWHERE = Place("")


@dataclass(frozen=True, slots=True)
class Name:
    """A word that stands for something, as written."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said in one language: a text for espeak-ng, or a sound file."""

    text: str = ""
    file: Path | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Words:
    """The same thing said in several languages, by language code; ``""`` is the language of the plan."""

    by_language: Mapping[str, Spoken]
    place: Place

    def in_language(self, language: str, otherwise: str) -> Spoken:
        """What is said to who speaks ``language``: that, else the plan's first language, else the first written."""
        for wanted in (language, otherwise, ""):
            spoken = self.by_language.get(wanted)
            if spoken is not None:
                return spoken
        return next(iter(self.by_language.values()))


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to try: a person, a number or the desk by ``who``, or everybody with a ``skill``."""

    place: Place
    who: str = ""
    skill: str = ""
    order: Order = "listed"
    language: LanguageRule = "preferred"
    rings: int | None = None
    transfer: Transfer | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do with a call. ``name`` is the topic, menu or service, or the reason of a refusal."""

    verb: Verb
    place: Place
    name: str = ""
    targets: tuple[Target, ...] = ()
    words: Words | None = None
    language: str = ""


Actions = tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """All that are given must hold; of the several values of one, any. Empty ones are not asked."""

    place: Place
    caller: tuple[Name, ...] = ()
    called: tuple[Name, ...] = ()
    hours: tuple[Name, ...] = ()
    switch: tuple[Name, ...] = ()
    language: tuple[Name, ...] = ()
    desk: tuple[DeskState, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    place: Place
    do: Actions
    when: Conditions | None = None
    unless: Conditions | None = None


@dataclass(frozen=True, slots=True)
class Person:
    place: Place
    call: Name
    name: str = ""
    skills: tuple[Name, ...] = ()
    languages: tuple[Name, ...] = ()
    hours: Name | None = None
    away: Name | None = None
    ring: int | None = None
    transfer: Transfer | None = None
    presence: AskedBy | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Who answers messages."""

    place: Place
    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    place: Place
    label: Words | None = None
    desk: bool = False
    to: tuple[Target, ...] = ()
    otherwise: Actions = ()
    emergency: bool = False
    escalate: tuple[Target, ...] = ()
    transfer: Transfer | None = None
    rings: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class NoKey:
    """What happens when nothing is pressed: the menu is said ``repeat`` times in all, then ``then``."""

    place: Place
    then: Actions = ()
    after_s: float = 8.0
    repeat: int = 2


@dataclass(frozen=True, slots=True)
class WrongKey:
    """What happens after a key that means nothing: ``say`` and once more, after ``tries`` of them ``then``."""

    place: Place
    say: Words | None = None
    tries: int = 3
    then: Actions = ()


@dataclass(frozen=True, slots=True)
class Menu:
    place: Place
    say: Words
    keys: Mapping[str, Actions]
    no_key: NoKey
    wrong_key: WrongKey | None = None
    key_places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    place: Place
    called: tuple[Name, ...] = ()
    rules: tuple[Rule, ...] = ()
    on_deadline: Actions = ()
    greeting: Words | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """Something a person turns on and off, from the page or with a ``code`` on the telephone."""

    place: Place
    label: Words | None = None
    code: str = ""
    opens: tuple[Name, ...] = ()
    closes: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class DateOverride:
    """Other hours on the days ``first`` to ``last``: name of hours -> expression that counts instead."""

    place: Place
    first: date
    last: date
    hours: Mapping[str, Name]
    note: str = ""


@dataclass(frozen=True, slots=True)
class NumberList:
    """Numbers and patterns under a name."""

    place: Place
    numbers: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class DeskRules:
    """What holds for every line that does not say otherwise, and for every attempt."""

    place: Place = NOWHERE
    on_deadline: Actions = ()
    rings: int = 5
    transfer: Transfer = "announced"
    supervisor: tuple[Target, ...] = ()
    presence: AskedBy = "no"


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole dialplan, its parts included."""

    place: Place
    name: str
    country: str
    timezone: str
    region: str = ""
    languages: tuple[Name, ...] = ()
    callers_speak: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)
    """Language -> callers who are taken to speak it."""
    variables: Mapping[str, Words] = field(default_factory=dict)
    numbers: Mapping[str, NumberList] = field(default_factory=dict)
    hours: Mapping[str, Name] = field(default_factory=dict)
    dates: tuple[DateOverride, ...] = ()
    switches: Mapping[str, Switch] = field(default_factory=dict)
    desk: DeskRules = field(default_factory=DeskRules)
    people: Mapping[str, Person] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    topics: Mapping[str, Topic] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)
    menus: Mapping[str, Menu] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where ``country``, ``region``, ``timezone`` ... are written."""
    broken: frozenset[str] = frozenset()
    """Names under which something is written that could not be read."""

    @property
    def language(self) -> str:
        """The language spoken where nothing else is known."""
        return self.languages[0].text if self.languages else "en"

    def place_of(self, key: str) -> Place:
        return self.places.get(key, self.place)
