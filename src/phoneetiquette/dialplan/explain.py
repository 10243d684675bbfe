"""A call's way through a plan, told to a person or to a program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from phoneetiquette.dialplan.model import Plan, Words
from phoneetiquette.dialplan.questions import (
    Announce,
    Arrival,
    Attempt,
    CallOthers,
    ConnectDesk,
    Deadline,
    Decision,
    MenuKey,
    MenuSilence,
    OpenMenu,
    Outcome,
    Question,
    Refuse,
    ReturnToDesk,
    RingDesk,
    SeatDecides,
    Step,
    TakeMessage,
    TopicChosen,
)
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.walk import Stop, in_a_word
from phoneetiquette.dialplan.words import text_of
from phoneetiquette.problems import Place


def as_text(router: Router, stops: list[Stop]) -> str:
    """What happens to a call, step by step."""
    question = stops[0].question
    local = question.moment.astimezone(router.hours.zone)
    line = stops[0].decision.line or "none"
    lines = [f"{router.plan.name}: {local:%A %Y-%m-%d %H:%M} {local.tzname()}"]
    if question.called or question.caller:
        lines.append(f"called {question.called or 'nobody'} (line {line}), caller {question.caller or 'withheld'}")
    for before, stop in zip([None, *stops[:-1]], stops, strict=True):
        lines += ["", _heading(stop.question, before)]
        lines += [f"  {_step(step)}" for step in stop.decision.steps]
        lines.append(f"  => {told(stop.decision, router.plan)}" + (_answer(stop) if stop.answered else ""))
    return "\n".join(lines) + "\n"


def _heading(question: Question, before: Stop | None) -> str:
    entry = question.entry
    if isinstance(entry, Deadline):
        return "The desk does not lift by the end of the third ring:"
    if isinstance(entry, MenuKey) and (before is None or isinstance(before.decision.outcome, OpenMenu)):
        return f"The caller presses {entry.key} in the menu {entry.menu}:"
    if isinstance(entry, MenuSilence) and (before is None or isinstance(before.decision.outcome, OpenMenu)):
        return f"The caller presses nothing in the menu {entry.menu}:"
    if before is not None:
        return f"Nobody answers at {in_a_word(before.decision.outcome)}:"
    if isinstance(entry, TopicChosen):
        return f"The receptionist {'asks for a supervisor for' if entry.escalate else 'chooses'} {entry.topic}:"
    return "The call comes in:"


def _step(step: Step) -> str:
    why = f": {step.why}" if step.why else ""
    where = f"  [{step.place}]" if step.place.file else ""
    return f"{step.what}{why}{where}" if step.taken else f"{step.what} passed over{why}{where}"


def _answer(stop: Stop) -> str:
    return f"; {stop.answered} answers"


def told(decision: Decision, plan: Plan) -> str:
    """A decision in a sentence."""
    outcome = decision.outcome
    if isinstance(outcome, RingDesk):
        if outcome.emergency:
            return "the desk rings at once, without the rules of the ring window"
        return "the desk rings" + (f" for {outcome.rings} rings" if outcome.rings else "")
    if isinstance(outcome, ConnectDesk):
        return "the headset of the desk is opened"
    if isinstance(outcome, CallOthers):
        return _called(outcome, plan)
    if isinstance(outcome, OpenMenu):
        again = " again" if outcome.again else ""
        return f"the menu {outcome.menu} speaks{again}, in {decision.language}: {_menu_text(outcome, decision, plan)}"
    if isinstance(outcome, TakeMessage):
        return f"a message is taken for {_service(outcome.service, plan)}, in {decision.language}"
    if isinstance(outcome, Announce):
        return f"the call ends after: {_said(outcome.words, decision, plan)}"
    if isinstance(outcome, Refuse):
        return f"the call is refused: {outcome.reason}"
    if isinstance(outcome, ReturnToDesk):
        offer = " or ".join(f"{action.verb} {action.name}".strip() for action in outcome.offer)
        return "the receptionist has the call back" + (f", and is offered: {offer}" if offer else "")
    if isinstance(outcome, SeatDecides):
        return "the seat's own configuration decides (pickup.deadline)"
    return "NOBODY takes the call"


def _menu_text(outcome: OpenMenu, decision: Decision, plan: Plan) -> str:
    menu = plan.menus.get(outcome.menu)
    return _said(menu.say, decision, plan) if menu else "nothing"


def _said(words: Words, decision: Decision, plan: Plan) -> str:
    text = text_of(plan, words, decision.language, {"line": decision.line})
    spoken = words.in_language(decision.language, plan.language)
    return f"“{text}”" if text else f"sound file {spoken.file}"


def _called(outcome: CallOthers, plan: Plan) -> str:
    who = " and ".join(_person(attempt, plan) for attempt in outcome.attempts)
    are = "are called at once" if len(outcome.attempts) > 1 else "is called"
    if outcome.until_answered:
        return f"{who} {are} until somebody answers"
    first = outcome.attempts[0]
    return f"{who} {are} for {first.rings} rings, {first.transfer}"


def _person(attempt: Attempt, plan: Plan) -> str:
    person = plan.people.get(attempt.who)
    name = person.name if person and person.name else attempt.who
    return name if name == attempt.address else f"{name} ({attempt.address})"


def _service(name: str, plan: Plan) -> str:
    service = plan.services.get(name)
    return f"{service.name or name} <{service.email}>" if service else name


def as_json(router: Router, stops: list[Stop]) -> dict[str, Any]:
    """The same for a program. ``route`` is what tables of expected routes compare."""
    question = stops[0].question
    return {
        "dialplan": router.plan.name,
        "at": question.moment.astimezone(router.hours.zone).isoformat(),
        "called": question.called,
        "caller": question.caller or None,
        "line": stops[0].decision.line or None,
        "route": [in_a_word(stop.decision.outcome) for stop in stops],
        "answered": stops[-1].answered or None,
        "decisions": [_decision(stop, router.plan) for stop in stops],
    }


def _decision(stop: Stop, plan: Plan) -> dict[str, Any]:
    decision = stop.decision
    return {
        "asked": _asked(stop.question),
        "tried": dict(stop.question.known.tried),
        "outcome": _outcome(decision.outcome),
        "text": told(decision, plan),
        "language": decision.language,
        **_place(decision.place),
        "answered": stop.answered or None,
        "steps": _steps(decision.steps),
    }


def _steps(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [{**_place(one.place), "what": one.what, "taken": one.taken, "why": one.why or None} for one in steps]


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file or None, "line": place.line or None}


def _asked(question: Question) -> dict[str, Any]:
    entry = question.entry
    if isinstance(entry, Arrival):
        return {"kind": "arrival"}
    if isinstance(entry, Deadline):
        return {"kind": "deadline"}
    if isinstance(entry, TopicChosen):
        return {"kind": "topic", "topic": entry.topic, "escalate": entry.escalate}
    if isinstance(entry, MenuKey):
        return {"kind": "key", "menu": entry.menu, "key": entry.key}
    return {"kind": "no_key", "menu": entry.menu, "heard": entry.heard}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    word = in_a_word(outcome)
    kind = {"desk": "ring_desk", "connect desk": "connect_desk", "back to desk": "back_to_desk"}.get(word, "")
    if isinstance(outcome, CallOthers):
        attempts = [
            {"who": one.who, "address": one.address, "rings": one.rings, "transfer": one.transfer}
            for one in outcome.attempts
        ]
        return {
            "kind": "call",
            "attempts": attempts,
            "topic": outcome.topic or None,
            "skill": outcome.skill or None,
            "emergency": outcome.emergency,
        }
    if isinstance(outcome, OpenMenu):
        return {"kind": "menu", "menu": outcome.menu, "again": outcome.again}
    if isinstance(outcome, TakeMessage):
        return {"kind": "message", "service": outcome.service, "topic": outcome.topic or None}
    if isinstance(outcome, Refuse):
        return {"kind": "refuse", "reason": outcome.reason}
    if isinstance(outcome, RingDesk):
        return {"kind": "ring_desk", "emergency": outcome.emergency, "rings": outcome.rings}
    return {"kind": kind or word.replace(" ", "_")}
