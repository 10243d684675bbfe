"""Of whom a plan wants the PBX to be asked whether they are in a call, and by which event packages (RFC 6665)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from phoneetiquette.addresses import dial_target, parse_sip_uri
from phoneetiquette.dialplan.model import Person, Plan
from phoneetiquette.dialplan.numbers import canonical

Package = Literal["dialog", "presence"]
_PACKAGES: dict[str, tuple[Package, ...]] = {"dialog": ("dialog", "presence"), "presence": ("presence",)}


def packages_of(plan: Plan, hosts: Collection[str]) -> dict[str, tuple[Package, ...]]:
    """Who is asked about -> the packages to ask for, the preferred one first. ``hosts``: those of the PBX."""
    asked = {name: person.presence or _by_desk(plan, person, hosts) for name, person in plan.people.items()}
    return {name: _PACKAGES[by] for name, by in asked.items() if by in _PACKAGES}


def is_internal(plan: Plan, person: Person, hosts: Collection[str] | None = None) -> bool:
    """Whether the PBX itself has this telephone: of others it cannot know. Where its ``hosts`` are not known, any may
    be one of them."""
    if hosts is not None and "@" in person.call.text:
        return parse_sip_uri(dial_target(person.call.text)).host in hosts
    return not canonical(person.call.text, plan.country).startswith("+")


def _by_desk(plan: Plan, person: Person, hosts: Collection[str]) -> str:
    return plan.desk.presence if is_internal(plan, person, hosts) else "no"
