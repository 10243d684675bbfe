"""What must hold for every ring pattern and every moment."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from phoneetiquette.etiquette.cadence import Cadence
from phoneetiquette.etiquette.window import CLOSING_TOLERANCE_NS, PickupWindow, RingEnd, judge
from phoneetiquette.units import NS_PER_MS, to_ms

pieces = st.integers(min_value=1, max_value=6000)
cadences = st.lists(st.tuples(pieces, pieces), min_size=1, max_size=3).map(lambda p: Cadence(tuple(sum(p, ()))))
ring_ends: st.SearchStrategy[RingEnd] = st.sampled_from(["burst", "cycle"])
starts = st.integers(min_value=0, max_value=10**16)
windows = st.builds(PickupWindow, starts, cadences, ring_ends)
spans = st.integers(min_value=0, max_value=200 * 10**9)

ORDER = ["wait", "now", "past"]


@given(windows)
def test_the_window_lasts_one_cycle_and_opens_after_ring_two_began(window: PickupWindow) -> None:
    assert window.closes_ns - window.opens_ns == window.cadence.cycle_ns
    assert window.opens_ns > window.started_ns + window.cadence.cycle_ns


@given(windows, spans)
def test_a_window_moves_with_its_start(window: PickupWindow, later_ns: int) -> None:
    moved = PickupWindow(window.started_ns + later_ns, window.cadence, window.ring_end)
    assert moved.opens_ns == window.opens_ns + later_ns
    assert moved.phase(window.closes_ns + later_ns) == "now"


@given(windows, spans, spans)
def test_phases_and_rings_only_go_forward(window: PickupWindow, one_ns: int, other_ns: int) -> None:
    earlier, later = (window.started_ns + span for span in sorted((one_ns, other_ns)))
    assert ORDER.index(window.phase(earlier)) <= ORDER.index(window.phase(later))
    assert 1 <= window.ring_number(earlier) <= window.ring_number(later)


@given(windows)
def test_edges_belong_to_the_window(window: PickupWindow) -> None:
    moments = (window.opens_ns - 1, window.opens_ns, window.closes_ns, window.closes_ns + 1)
    assert [window.phase(moment) for moment in moments] == ["wait", "now", "now", "past"]


@given(starts, cadences)
def test_the_window_opens_when_the_second_ring_falls_silent_and_closes_when_the_third_does(
    started: int, cadence: Cadence
) -> None:
    window = PickupWindow(started, cadence, "burst")
    for edge, ring in ((window.opens_ns, 2), (window.closes_ns, 3)):
        assert cadence.sounding(edge - 1 - started)
        assert not cadence.sounding(edge - started)
        assert window.ring_number(edge - 1) == window.ring_number(edge) == ring


@given(cadences, spans)
def test_a_ring_sounds_only_within_its_bursts(cadence: Cadence, elapsed_ns: int) -> None:
    began = (cadence.ring_number(elapsed_ns) - 1) * cadence.cycle_ns
    assert began <= elapsed_ns < began + cadence.cycle_ns
    assert cadence.sounding(began)
    assert cadence.sounding(elapsed_ns) == cadence.sounding(elapsed_ns - began)
    if cadence.sounding(elapsed_ns):
        assert elapsed_ns < began + cadence.burst_end_ns


@given(st.lists(st.tuples(*[st.integers(1, 40)] * 2), min_size=1, max_size=3))
def test_a_cycle_sounds_as_long_as_its_bursts(pairs: list[tuple[int, int]]) -> None:
    cadence = Cadence(tuple(sum(pairs, ())))
    heard_ms = sum(cadence.sounding(at * NS_PER_MS) for at in range(sum(cadence.on_off_ms)))
    assert heard_ms == sum(on for on, _ in pairs)


@given(windows, spans)
def test_the_verdict_on_an_answer_follows_the_phase(window: PickupWindow, span_ns: int) -> None:
    decided = window.started_ns + span_ns
    assume(not window.closes_ns < decided <= window.closes_ns + CLOSING_TOLERANCE_NS)
    judgement = judge(window, decided_ns=decided, outcome="answered")
    assert judgement.verdict == {"wait": "early", "now": "on_time", "past": "late"}[window.phase(decided)]
    assert abs(judgement.after_open_ms + judgement.before_close_ms - to_ms(window.cadence.cycle_ns)) < 1e-6
    assert (judgement.after_open_ms < 0) == (judgement.verdict == "early")


@given(windows, spans)
def test_a_caller_who_left_is_short_exactly_while_nobody_could_politely_have_answered(
    window: PickupWindow, span_ns: int
) -> None:
    decided = window.started_ns + span_ns
    short = judge(window, decided_ns=decided, outcome="caller_left").verdict == "short_abandon"
    assert short == (judge(window, decided_ns=decided, outcome="answered").verdict == "early")
