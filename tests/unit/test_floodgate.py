"""How many INVITEs are let in at a time."""

from __future__ import annotations

from phoneetiquette.sip.floodgate import CROWD, MOST, SETTLED_NS, Floodgate
from phoneetiquette.units import NS_PER_MS

PLACES = 32
"""Pairs of sockets that the library has room for."""
LINES = 4
ONE_LOOK = 10
"""INVITEs that the library may take in before anybody can stop it."""


def test_one_call_after_the_other_always_comes_in() -> None:
    gate = Floodgate()
    for number in range(100):
        now_ns = number * SETTLED_NS // (CROWD - 1)
        assert not gate.holds(now_ns)
        gate.passed(now_ns)


def test_a_crowd_waits_until_the_first_of_it_has_settled() -> None:
    gate = Floodgate()
    for number in range(CROWD):
        assert not gate.holds(number)
        gate.passed(number)
    assert gate.holds(SETTLED_NS)
    assert not gate.holds(SETTLED_NS + 1)


def test_a_flood_never_has_more_places_than_there_are() -> None:
    gate, came = Floodgate(), list[int]()
    for now_ns in range(0, 5 * SETTLED_NS, NS_PER_MS):
        if gate.holds(now_ns):
            continue
        for _ in range(ONE_LOOK):
            gate.passed(now_ns)
            came.append(now_ns)
        lately = [moment for moment in came if now_ns - moment <= SETTLED_NS]
        assert len(lately) <= MOST
        assert len(lately) + LINES < PLACES
    assert len(came) >= 5 * CROWD
