"""All parts of a plan of one sort, wherever they stand, each with what to call it in a problem."""

from __future__ import annotations

from collections.abc import Iterator

from phoneetiquette.dialplan.model import Action, Actions, Conditions, Name, Plan, Target, Words


def actions_of(plan: Plan) -> Iterator[tuple[str, Actions]]:
    """Every list of actions."""
    yield "desk.on_deadline", plan.desk.on_deadline
    for name, line in plan.lines.items():
        for number, rule in enumerate(line.rules, start=1):
            yield f"rule {number} of line {name}", rule.do
        yield f"on_deadline of line {name}", line.on_deadline
    for name, topic in plan.topics.items():
        yield f"otherwise of topic {name}", topic.otherwise
    for name, menu in plan.menus.items():
        for key, actions in menu.keys.items():
            yield f"key {key} of menu {name}", actions
        yield f"no_key of menu {name}", menu.no_key.then
        if menu.wrong_key:
            yield f"wrong_key of menu {name}", menu.wrong_key.then


def single_actions(plan: Plan) -> Iterator[tuple[str, Action]]:
    for what, actions in actions_of(plan):
        for action in actions:
            yield what, action


def targets_of(plan: Plan) -> Iterator[tuple[str, Target]]:
    for what, action in single_actions(plan):
        for target in action.targets:
            yield what, target
    for name, topic in plan.topics.items():
        for target in topic.to:
            yield f"topic {name}", target
        for target in topic.escalate:
            yield f"escalate of topic {name}", target
    for target in plan.desk.supervisor:
        yield "desk.supervisor", target


def conditions_of(plan: Plan) -> Iterator[tuple[str, Conditions]]:
    for name, line in plan.lines.items():
        for number, rule in enumerate(line.rules, start=1):
            what = f"rule {number} of line {name}"
            if rule.when is not None:
                yield what, rule.when
            if rule.unless is not None:
                yield what, rule.unless


def hours_of(plan: Plan) -> Iterator[tuple[str, Name]]:
    """Every mention of hours, by name or as an expression; definitions are not among them."""
    for what, conditions in conditions_of(plan):
        for hours in conditions.hours:
            yield what, hours
    for name, person in plan.people.items():
        for key, written in (("hours", person.hours), ("away", person.away)):
            if written is not None:
                yield f"{key} of {name}", written


def spoken_words(plan: Plan) -> Iterator[tuple[str, Words]]:
    """What callers hear from the machine."""
    for name, menu in plan.menus.items():
        yield f"menu {name}", menu.say
        if menu.wrong_key and menu.wrong_key.say:
            yield f"wrong_key of menu {name}", menu.wrong_key.say
    for what, action in single_actions(plan):
        if action.words is not None:
            yield what, action.words


def read_words(plan: Plan) -> Iterator[tuple[str, Words]]:
    """What the receptionist reads or says."""
    for name, line in plan.lines.items():
        if line.greeting:
            yield f"greeting of line {name}", line.greeting
    for name, topic in plan.topics.items():
        if topic.label:
            yield f"label of topic {name}", topic.label
    for name, switch in plan.switches.items():
        if switch.label:
            yield f"label of switch {name}", switch.label
