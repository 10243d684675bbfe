"""What the receptionist dials on a telephone to choose a topic, or to turn a switch: the ``code`` of each."""

from __future__ import annotations

from phoneetiquette.dialplan.model import Plan


def codes_of(plan: Plan) -> dict[str, str]:
    """Code -> what it asks for: ``topic NAME``, or ``switch NAME``, which is turned over: on when it is off."""
    topics = {topic.code: f"topic {name}" for name, topic in plan.topics.items() if topic.code}
    return topics | {switch.code: f"switch {name}" for name, switch in plan.switches.items() if switch.code}
