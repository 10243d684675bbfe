"""Dialplans of tests: a good one, and changes to it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from phoneetiquette.config.dialplans import Inspected, inspect
from phoneetiquette.dialplan.router import Router

TODAY = date(2026, 11, 27)

GOOD = """\
dialplan: 1
name: Hotel
country: AT
timezone: Europe/Vienna
languages: [en, de]
hours:
  office: "Mo-Fr 08:00-18:00; PH off"
  night: "22:00-06:00"
numbers:
  lifts: ["601", "602"]
switches:
  early: {code: "*28", opens: night}
people:
  maria: {name: Maria Huber, call: "205", skills: [booking], languages: [de, en], hours: office, ring: 4}
  jonas: {call: "206", skills: [booking], languages: [en], hours: office}
  boss: {call: "+43 664 5550123", ring: 6}
  guard: {call: "500"}
services:
  sales: {email: sales@hotel.example}
topics:
  change:
    label: {en: Change a booking}
    code: "*41"
    to: [{skill: booking}, boss]
    otherwise: {message: sales}
    escalate: boss
  way: {desk: yes}
  danger: {emergency: yes, to: [guard, "112"]}
lines:
  main:
    called: ["+43 1 5550100", "100"]
    greeting: {en: "Hotel, {agent} speaking."}
    rules:
      - {when: {caller: lifts}, do: {topic: danger}}
      - {when: {hours: night}, do: {menu: closed}}
      - {do: {ring: desk}}
    on_deadline: [{connect: desk}, {ring: boss}, {menu: closed}]
menus:
  closed:
    say: {en: Press., de: Drücken.}
    keys: {1: {topic: change}, 0: {topic: danger}, 9: {message: sales}, "*": {repeat: yes}}
    no_key: {after: 8s, repeat: 2, then: {message: sales}}
    wrong_key: {tries: 2}
"""


def changed(*changes: tuple[str, str], text: str = GOOD) -> str:
    """The good plan with each first text replaced by the second. Every first text must be there, once."""
    for old, new in changes:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def inspected(directory: Path, text: str | bytes, name: str = "plan.yaml") -> Inspected:
    file = directory / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return inspect(file, TODAY)


def problems(directory: Path, text: str | bytes) -> list[str]:
    """What is told of a plan, without its directory."""
    return [str(problem).replace(f"{directory}/", "") for problem in inspected(directory, text).problems]


def router(directory: Path, text: str = GOOD) -> Router:
    found = inspected(directory, text)
    assert found.plan is not None
    assert not found.failed, found.problems
    return Router(found.plan)
