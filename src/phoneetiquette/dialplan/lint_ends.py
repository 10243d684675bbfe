"""Ways that a call can take to its end: missing ends, loops that no caller leaves, actions that are never reached.

An action is *sure* when it always takes the call: a message, a menu, something said. Ringing somebody is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from phoneetiquette.dialplan.model import DESK, Action, Actions, Line, Plan
from phoneetiquette.dialplan.parts import single_actions
from phoneetiquette.problems import Place, Problem, Severity

MOST_CHAINED = 60
"""Menus and topics that a call may go through by itself, one after the other."""
_END = "end with message, menu or say"


def ends(plan: Plan) -> Iterator[Problem]:
    sure = Sureness(plan)
    yield from _topics(plan, sure)
    yield from _menus(plan, sure)
    if not plan.lines:
        yield Problem.at(plan.place, "the plan has no lines", "write which numbers are called: lines: {main: ...}")
    for name, line in plan.lines.items():
        yield from _line(plan, sure, name, line)
    yield from _loops(plan)


class Sureness:
    """Which topics always take a call that is handed to them, before (``arriving``) and after it has been answered."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sure = {arriving: self._topics(arriving) for arriving in (False, True)}

    def _topics(self, arriving: bool) -> set[str]:
        sure: set[str] = set()
        handed_by: dict[str, list[str]] = {}
        found = []
        for name, topic in self._plan.topics.items():
            at_desk = topic.desk or any(target.who == DESK for target in topic.to)
            if topic.emergency or (arriving and at_desk) or any(_is_sure_alone(one) for one in topic.otherwise):
                found.append(name)
            for action in topic.otherwise:
                if action.verb == "topic":
                    handed_by.setdefault(action.name, []).append(name)
                    if action.name not in self._plan.topics:
                        found.append(name)  # a name that is wrong is told of elsewhere
        while found:
            name = found.pop()
            if name not in sure:
                sure.add(name)
                found += handed_by.get(name, ())
        return sure

    def action(self, action: Action, *, arriving: bool = False) -> bool:
        """Whether the action always takes the call."""
        if action.verb == "ring":
            return arriving and any(target.who == DESK for target in action.targets)
        if action.verb == "topic":
            return action.name not in self._plan.topics or action.name in self._sure[arriving]
        return _is_sure_alone(action)

    def any_of(self, actions: Actions, *, arriving: bool = False) -> bool:
        return any(self.action(action, arriving=arriving) for action in actions)


def _is_sure_alone(action: Action) -> bool:
    return action.verb in ("message", "say", "refuse", "menu", "back", "repeat")


def _after_sure(sure: Sureness, what: str, actions: Actions, *, arriving: bool = False) -> Iterator[Problem]:
    for number, action in enumerate(actions[:-1]):
        if sure.action(action, arriving=arriving):
            after = actions[number + 1]
            what_is = f"{what}: {after.verb} is never reached, {action.verb} before it always takes the call"
            yield Problem.at(after.place, what_is, "take it out, or put it first", Severity.WARNING)
            return


def _topics(plan: Plan, sure: Sureness) -> Iterator[Problem]:
    named = {action.name for _, action in single_actions(plan) if action.verb == "topic"}
    for name, topic in plan.topics.items():
        what = f"topic {name}"
        if topic.emergency:
            if not topic.to:
                yield Problem.at(
                    topic.place, f"{what} is an emergency that calls nobody", 'write to: [security, "112"]'
                )
            elif all(target.who in plan.people or target.skill or target.who == DESK for target in topic.to):
                advice = 'end with a number that is always answered, such as "112"'
                yield Problem.at(topic.place, f"{what} calls nobody but people", advice, Severity.WARNING)
            if topic.otherwise:
                advice = "take otherwise out: an emergency rings until somebody answers"
                yield Problem.at(topic.otherwise[0].place, f"{what} never comes to its otherwise", advice)
            continue
        if not topic.to and not topic.desk:
            advice = "write to: with whom to try, or desk: yes"
            yield Problem.at(topic.place, f"nobody is competent for {what}", advice)
        elif not topic.otherwise and (topic.to or name in named):
            advice = "write otherwise: {message: ...}"
            yield Problem.at(topic.place, f"when nobody takes {what}, nothing happens", advice)
        elif topic.otherwise and not sure.any_of(topic.otherwise):
            last = topic.otherwise[-1]
            yield Problem.at(last.place, f"otherwise of {what} can fail too", _END)
        yield from _after_sure(sure, f"otherwise of {what}", topic.otherwise)


def _menus(plan: Plan, sure: Sureness) -> Iterator[Problem]:
    for name, menu in plan.menus.items():
        for what, place, actions in (
            ("no_key", menu.no_key.place, menu.no_key.then),
            ("wrong_key", menu.wrong_key.place if menu.wrong_key else Place(""), _wrong(menu.wrong_key)),
        ):
            yield from _menu_end(sure, f"{what} of menu {name}", place, actions, needed=what == "no_key")
        for key, actions in menu.keys.items():
            if not sure.any_of(actions):
                place = menu.key_places.get(key, menu.place)
                yield Problem.at(place, f"key {key} of menu {name}: when nobody answers, nothing happens", _END)
            yield from _after_sure(sure, f"key {key} of menu {name}", actions)
        if not menu.keys:
            yield Problem.at(menu.place, f"menu {name} has no keys", "write keys: {1: {topic: ...}}")


def _wrong(wrong_key: object) -> Actions:
    return getattr(wrong_key, "then", ())


def _menu_end(sure: Sureness, what: str, place: Place, actions: Actions, *, needed: bool) -> Iterator[Problem]:
    for action in actions:
        if action.verb in ("back", "repeat"):
            advice = "repeat: 3 says how often the menu is heard; then: needs an end"
            yield Problem.at(action.place, f"{what} would go on for ever with {action.verb}", advice)
    if (needed or actions) and not sure.any_of(actions):
        yield Problem.at(actions[-1].place if actions else place, f"{what} can fail", _END)
    yield from _after_sure(sure, what, actions)


def _line(plan: Plan, sure: Sureness, name: str, line: Line) -> Iterator[Problem]:
    if not line.rules:
        yield Problem.at(line.place, f"line {name} has no rules", "write rules: [{do: {ring: desk}}]")
        return
    last = line.rules[-1]
    if last.when is not None or last.unless is not None:
        what = f"line {name} has no rule for the calls that fit none of its rules"
        yield Problem.at(last.place, what, "end with a rule without when, such as {do: {ring: desk}}")
    elif not sure.any_of(last.do, arriving=True):
        yield Problem.at(last.do[-1].place, f"the last rule of line {name} can fail", f"{_END}, or ring: desk")
    for number, rule in enumerate(line.rules, start=1):
        yield from _after_sure(sure, f"rule {number} of line {name}", rule.do, arriving=True)
    actions, place = line.on_deadline or plan.desk.on_deadline, line.place
    if not actions:
        if any(_rings_desk(plan, rule.do) for rule in line.rules):
            what = f"line {name} rings the desk, but does not say what happens when the desk does not lift"
            yield Problem.at(place, what, "write on_deadline: [{connect: desk}, {message: ...}]")
        return
    if not sure.any_of(actions):
        yield Problem.at(actions[-1].place, f"on_deadline of line {name} can fail", _END)
    yield from _after_sure(sure, f"on_deadline of line {name}", line.on_deadline)
    for action in line.on_deadline:
        if action.verb == "ring" and any(target.who == DESK for target in action.targets):
            what = f"on_deadline of line {name} rings the desk, which has just not lifted"
            yield Problem.at(action.place, what, "write connect: desk, or somebody else", Severity.WARNING)


def _rings_desk(plan: Plan, actions: Actions) -> bool:
    for action in actions:
        if action.verb == "ring" and any(target.who == DESK for target in action.targets):
            return True
        topic = plan.topics.get(action.name) if action.verb == "topic" else None
        if topic and not topic.emergency and (topic.desk or any(target.who == DESK for target in topic.to)):
            return True
    return False


def _loops(plan: Plan) -> Iterator[Problem]:
    """Ways from menu to menu and topic to topic that need no key, and come back to where they began."""
    onward: dict[str, list[tuple[str, Place]]] = {}
    for name, menu in plan.menus.items():
        onward[f"menu {name}"] = _leads_to((*menu.no_key.then, *_wrong(menu.wrong_key)))
    for name, topic in plan.topics.items():
        onward[f"topic {name}"] = [] if topic.emergency else _leads_to(topic.otherwise)
    lengths: dict[str, int] = {}
    for start in onward:
        yield from _search(start, onward, lengths)
    for name, length in lengths.items():
        if length > MOST_CHAINED:
            kind, _, of = name.partition(" ")
            place = plan.menus[of].place if kind == "menu" else plan.topics[of].place
            what = f"{length} menus and topics lead to one another from {name} on"
            yield Problem.at(place, what, f"at most {MOST_CHAINED} can")
            break


def _leads_to(actions: Actions) -> list[tuple[str, Place]]:
    return [(f"{action.verb} {action.name}", action.place) for action in actions if action.verb in ("menu", "topic")]


def _search(start: str, onward: dict[str, list[tuple[str, Place]]], lengths: dict[str, int]) -> Iterator[Problem]:
    """Depth first, without recursion: chains may be long. ``lengths`` gets how far each name leads."""
    if start in lengths:
        return
    path = {start: 1}
    branches = [(start, iter(onward[start]))]
    while branches:
        here, further = branches[-1]
        step = next(further, None)
        if step is None:
            branches.pop()
            lengths[here] = path.pop(here)
            if branches:
                before = branches[-1][0]
                path[before] = max(path[before], lengths[here] + 1)
            continue
        name, place = step
        if name in path:
            names = list(path)
            way = [*names[names.index(name) :], name]
            what = f"a call that nobody takes goes round for ever: {' -> '.join(_shortened(way))}"
            yield Problem.at(place, what, "let one of them end with message or say")
        elif name in lengths:
            path[here] = max(path[here], lengths[name] + 1)
        elif name in onward:
            path[name] = 1
            branches.append((name, iter(onward[name])))


def _shortened(way: list[str]) -> list[str]:
    return way if len(way) <= 8 else [*way[:4], "...", *way[-3:]]
