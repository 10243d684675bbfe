"""Follows a call through everything the plan does with it: the same questions that the live phone asks, in turn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from phoneetiquette.dialplan.model import DESK
from phoneetiquette.dialplan.openings import Openings
from phoneetiquette.dialplan.questions import (
    Announce,
    Arrival,
    CallOthers,
    ConnectDesk,
    Deadline,
    Decision,
    Entry,
    MenuKey,
    MenuSilence,
    Nobody,
    OpenMenu,
    Outcome,
    Question,
    Refuse,
    ReturnToDesk,
    RingDesk,
    SeatDecides,
    TakeMessage,
)
from phoneetiquette.dialplan.router import Router

MOST_STOPS = 20_000
"""No plan without errors leads so far; one with a loop, of which ``lint`` tells, would lead on for ever."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """What the people in the call do.

    ``answers`` names who takes a call that rings there, the desk as ``desk``; nobody else does. ``keys`` are pressed in
    menus, one each time a menu speaks; after them the caller presses nothing. ``to_the_end`` follows the silence too,
    else the walk ends where a menu speaks and no key is left.
    """

    answers: Collection[str] = ()
    keys: Sequence[str] = ()
    to_the_end: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """One decision on the way. ``question`` is what was asked, ``answered`` who took the call here, if somebody did."""

    question: Question
    decision: Decision
    answered: str = ""


def walk(
    router: Router,
    question: Question,
    conduct: Conduct | None = None,
    *,
    steps: bool = False,
    openings: Openings | None = None,
) -> list[Stop]:
    """Every decision from the question on, until somebody or something takes the call, or nobody does.

    At most :data:`MOST_STOPS`.
    """
    conduct = conduct or Conduct()
    if openings is None:
        openings = router.hours.at(question.moment, question.known.switches)
    keys = list(conduct.keys)
    stops: list[Stop] = []
    heard = 0
    while len(stops) < MOST_STOPS:
        decision = router.route(question, steps=steps, openings=openings)
        outcome = decision.outcome
        answered = _who_answers(outcome, conduct.answers)
        stops.append(Stop(question, decision, answered))
        if answered:
            return stops
        entry: Entry | None
        if isinstance(outcome, OpenMenu):
            heard = heard + 1 if outcome.again else 1
            entry = _in_menu(outcome, keys, heard, conduct.to_the_end)
        else:
            entry, question = _unanswered(outcome, question)
        if entry is None:
            return stops
        question = replace(question, entry=entry, language=decision.language)
    return stops


def _in_menu(outcome: OpenMenu, keys: list[str], heard: int, to_the_end: bool) -> Entry | None:
    if keys:
        return MenuKey(outcome.menu, keys.pop(0), outcome.trail, outcome.wrong)
    return MenuSilence(outcome.menu, heard, outcome.trail) if to_the_end else None


def _unanswered(outcome: Outcome, question: Question) -> tuple[Entry | None, Question]:
    """What is asked next when nobody has answered, if anything is, with what is known then."""
    if isinstance(outcome, CallOthers) and not outcome.until_answered:
        after = tried(question, (attempt.who for attempt in outcome.attempts))
        if not outcome.skill:
            return question.entry, after
        turns = dict(after.known.last_taken) | {outcome.skill: outcome.attempts[-1].who}
        return question.entry, replace(after, known=replace(after.known, last_taken=turns))
    if isinstance(outcome, RingDesk) and DESK not in question.known.tried:
        ringing = isinstance(question.entry, Arrival) and not outcome.emergency
        return Deadline() if ringing else question.entry, tried(question, (DESK,))
    return None, question


def tried(question: Question, who: Iterable[str]) -> Question:
    """The question after these have not answered."""
    results = dict(question.known.tried) | dict.fromkeys(who, "no_answer")
    return replace(question, known=replace(question.known, tried=results))


def _who_answers(outcome: Outcome, answers: Collection[str]) -> str:
    if isinstance(outcome, RingDesk):
        return DESK if DESK in answers else ""
    if isinstance(outcome, CallOthers):
        return next((attempt.who for attempt in outcome.attempts if attempt.who in answers), "")
    return ""


def in_a_word(outcome: Outcome) -> str:
    """The outcome as tables of expected routes write it: ``desk``, ``maria``, ``menu night``, ``message sales``."""
    if isinstance(outcome, RingDesk):
        return DESK
    if isinstance(outcome, CallOthers):
        return " + ".join(attempt.who for attempt in outcome.attempts)
    if isinstance(outcome, OpenMenu):
        return f"menu {outcome.menu}"
    if isinstance(outcome, TakeMessage):
        return f"message {outcome.service}"
    if isinstance(outcome, Refuse):
        return f"refuse {outcome.reason}"
    if isinstance(outcome, ConnectDesk):
        return "connect desk"
    if isinstance(outcome, ReturnToDesk):
        return "back to desk"
    if isinstance(outcome, Announce):
        return "say"
    return "seat decides" if isinstance(outcome, SeatDecides) else "nobody"


def is_hole(outcome: Outcome) -> bool:
    """Whether a call that ends so has been taken by nobody and nothing."""
    return isinstance(outcome, Nobody | Refuse)
