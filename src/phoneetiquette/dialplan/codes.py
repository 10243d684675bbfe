"""What the receptionist dials on a telephone to choose a topic, or to turn a switch: the ``code`` of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phoneetiquette.dialplan.model import Plan


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for, by its name in the plan. A switch is turned over: on when it is off."""

    kind: Literal["topic", "switch"]
    name: str


def codes_of(plan: Plan) -> dict[str, Code]:
    """Digits -> what they stand for. ``check`` sees that no code is the beginning of another."""
    topics = {topic.code: Code("topic", name) for name, topic in plan.topics.items() if topic.code}
    return topics | {switch.code: Code("switch", name) for name, switch in plan.switches.items() if switch.code}


def star_code(plan: Plan, digits: str) -> Code | None:
    """What these digits stand for, typed to the last; ``None``: nothing."""
    return codes_of(plan).get(digits)


def begins_code(plan: Plan, digits: str) -> bool:
    """Whether more digits could make a code of these."""
    return any(code != digits and code.startswith(digits) for code in codes_of(plan))
