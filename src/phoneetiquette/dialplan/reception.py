"""What a dialplan tells the receptionist: how to greet a call, and who may be there for a topic, until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from phoneetiquette.dialplan.hours import wall_of
from phoneetiquette.dialplan.model import DESK, Action, Topic
from phoneetiquette.dialplan.numbers import canonical
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.words import greeting_of

_AHEAD = timedelta(days=8)
"""How far ahead is looked for when hours end or begin; a week and a holiday."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What is said first to a call. ``text`` is empty where the plan does not say."""

    line: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Hours:
    """Whether somebody is at work by the plan, and until when that lasts; ``until`` ``None``: for the week to come."""

    at_work: bool
    until: datetime | None


class Reception:
    """A plan as the receptionist asks it."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._plan = router.plan

    def greeting(self, called: str, caller: str, language: str, values: Mapping[str, str]) -> Greeting:
        """``called`` and ``caller`` as the network sent them; ``language`` empty: by the line and the number.

        ``values`` are those of the plan's built-in variables that are known.
        """
        plan = self._plan
        line = self._router.line_of(canonical(called, plan.country))
        written = plan.lines.get(line)
        spoken = (
            language
            or (written.language if written else "")
            or self._router.numbers.language_of(canonical(caller, plan.country))
            or plan.language
        )
        return Greeting(line, spoken, greeting_of(plan, line, spoken, values))

    def hours(self, who: str, moment: datetime, switches: Iterable[str] = ()) -> Hours | None:
        """The hours of somebody the plan names; ``None``: it tells none, so nobody knows."""
        person = self._plan.people.get(who)
        if person is None or person.hours is None:
            return None
        book = self._router.hours
        openings = book.at(moment, switches)
        at_work = openings.is_open(person.hours.text)
        local = moment.astimezone(book.zone).replace(tzinfo=None)
        now, last = wall_of(local), wall_of(local + _AHEAD)
        edges = [edge for span in book.spans(person.hours.text, now, last) for edge in span]
        until = next((edge for edge in edges if now < edge < last), None)
        if person.away is not None and openings.is_open(person.away.text):
            at_work, until = False, None
        moment_of = None if until is None else (local + timedelta(seconds=until - now)).replace(tzinfo=book.zone)
        return Hours(at_work, moment_of)

    def specialists(self, topic: str) -> tuple[str, ...]:
        """Who may be called for a topic, in the order of the plan; the desk itself left out."""
        written = self._plan.topics.get(topic)
        found: dict[str, None] = {}
        for target in written.to if written else ():
            for who in self._router.with_skill.get(target.skill, ()) if target.skill else (target.who,):
                if who != DESK:
                    found[who] = None
        return tuple(found)

    def labels(self, topic: str) -> dict[str, str]:
        """What a topic is called, by language."""
        written = self._plan.topics[topic].label
        if written is None:
            return {}
        return {code or self._plan.language: said.text for code, said in written.by_language.items() if said.text}

    def as_snapshot(self) -> dict[str, object]:
        """Topics and services, JSON-able; the same for as long as the plan is in force."""
        topics = [
            {
                "name": name,
                "label": next(iter(self.labels(name).values()), name.replace("_", " ")),
                "labels": self.labels(name),
                "emergency": topic.emergency,
                "service": _service(topic),
            }
            for name, topic in self._plan.topics.items()
        ]
        services = [{"name": name, "label": one.name or name} for name, one in self._plan.services.items()]
        return {"topics": topics, "services": services}


def _service(topic: Topic) -> str:
    messages: list[Action] = [action for action in topic.otherwise if action.verb == "message" and action.name]
    return messages[0].name if messages else ""
