"""The pickup window and the verdicts, by the table of the etiquette rules."""

from __future__ import annotations

import pytest

from phoneetiquette.etiquette.cadence import Cadence, country
from phoneetiquette.etiquette.window import CLOSING_TOLERANCE_NS, Outcome, PickupWindow, judge
from phoneetiquette.units import ms, seconds

STARTED = 7_000_000_000_123
AUSTRIA = PickupWindow(STARTED, Cadence((1000, 5000)))


@pytest.mark.parametrize(
    ("codes", "opens_s", "closes_s"),
    [
        ("US CA", 8.0, 14.0),
        ("GB IE AU NZ IN SG ZA", 4.0, 7.0),
        ("DE IT NL PL RU CZ CH", 6.0, 11.0),
        ("AT PT SE", 7.0, 13.0),
        ("FR", 6.5, 11.5),
        ("JP", 4.0, 7.0),
    ],
)
def test_windows_of_the_rules(codes: str, opens_s: float, closes_s: float) -> None:
    for code in codes.split():
        window = PickupWindow(STARTED, country(code).ringback.cadence)
        assert window.opens_ns - STARTED == seconds(opens_s), code
        assert window.closes_ns - STARTED == seconds(closes_s), code


def test_the_silence_can_be_counted_as_part_of_the_ring() -> None:
    window = PickupWindow(STARTED, country("AT").ringback.cadence, "cycle")
    assert window.opens_ns - STARTED == seconds(12)
    assert window.closes_ns - STARTED == seconds(18)


@pytest.mark.parametrize(
    ("after_s", "phase", "ring"),
    [
        (-0.001, "wait", 1),
        (0, "wait", 1),
        (6.0, "wait", 2),
        (6.999999999, "wait", 2),
        (7.0, "now", 2),
        (11.9, "now", 2),
        (12.0, "now", 3),
        (13.0, "now", 3),
        (13.000000001, "past", 3),
        (18.0, "past", 4),
    ],
)
def test_phase_and_ring(after_s: float, phase: str, ring: int) -> None:
    now = STARTED + seconds(after_s)
    assert AUSTRIA.phase(now) == phase
    assert AUSTRIA.ring_number(now) == ring


@pytest.mark.parametrize(
    ("outcome", "after_ms", "verdict", "ring"),
    [
        ("answered", 500, "early", 1),
        ("answered", 6999.999999, "early", 2),
        ("answered", 7000, "on_time", 2),
        ("answered", 10000, "on_time", 2),
        ("answered", 13000, "on_time", 3),
        ("answered", 13000.3, "on_time", 3),
        ("answered", 13020, "on_time", 3),
        ("answered", 13020.000001, "late", 3),
        ("answered", 25000, "late", 5),
        ("caller_left", 0, "short_abandon", 1),
        ("caller_left", 6999.999999, "short_abandon", 2),
        ("caller_left", 7000, "abandoned", 2),
        ("caller_left", 30000, "abandoned", 6),
        ("diverted", 13000.2, "diverted", 3),
        ("unanswered", 60000, "unanswered", 11),
    ],
)
def test_verdicts(outcome: Outcome, after_ms: float, verdict: str, ring: int) -> None:
    judgement = judge(AUSTRIA, decided_ns=STARTED + ms(after_ms), outcome=outcome)
    assert judgement.verdict == verdict
    assert judgement.ring == ring
    assert judgement.after_open_ms == pytest.approx(after_ms - 7000, abs=1e-6)
    assert judgement.before_close_ms == pytest.approx(13000 - after_ms, abs=1e-6)
    assert judgement.exempt == ""


def test_the_tolerance_never_beautifies_the_margin() -> None:
    judgement = judge(AUSTRIA, decided_ns=AUSTRIA.closes_ns + CLOSING_TOLERANCE_NS, outcome="answered")
    assert (judgement.verdict, judgement.before_close_ms) == ("on_time", -20.0)


@pytest.mark.parametrize("reason", ["emergency_line", "auto_answer"])
@pytest.mark.parametrize("outcome", ["answered", "caller_left", "diverted", "unanswered"])
def test_an_exempt_call_is_not_judged_but_its_facts_stay(reason: str, outcome: Outcome) -> None:
    judgement = judge(AUSTRIA, decided_ns=STARTED + ms(80), outcome=outcome, exempt=reason)
    assert (judgement.verdict, judgement.exempt) == ("exempt", reason)
    assert (judgement.ring, judgement.after_open_ms) == (1, -6920.0)
