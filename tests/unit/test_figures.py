"""The figures of reports: what each call adds, what is made of the sums, and that a figure opens to its calls."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoneetiquette.figures.counting import COUNTS, SPREADS, Tally, add, holds, spread, tally, total
from phoneetiquette.figures.facts import CallFacts, answers, facts_of
from phoneetiquette.figures.report import FollowUps, Report, by_span, span_of
from phoneetiquette.figures.table import BY_NAME, FIGURES, figures_of, median
from phoneetiquette.records.record import Attempt, CallRecord, Pickup, StageMark, WrapUp

ARRIVED = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)


def day_of(moment: datetime) -> date:
    return (moment + timedelta(hours=1)).date()


def measures(**more: Any) -> dict[str, Any]:
    return {
        "reliable": True,
        "duration_s": 120.0,
        "silence_s": 12.0,
        "longest_silence_s": 3.0,
        "parties": {"agent": {"talk_s": 40.0, "interruptions": 2}, "customer": {"talk_s": 60.0, "interruptions": 0}},
        "opening": {"complete": True, "greeting_delay_s": 0.4, "agent_talk_share": 0.5, "silence_s": 2.0},
        **more,
    }


def record(**changes: Any) -> CallRecord:
    plain = CallRecord(
        call="a",
        seat="desk",
        direction="in",
        caller="sip:+436641234567@pbx",
        caller_name="",
        called="sip:reception@hotel.example",
        arrived=ARRIVED,
        alerting=ARRIVED,
        answered=ARRIVED + timedelta(seconds=8),
        ended=ARRIVED + timedelta(seconds=128),
        pickup=Pickup(verdict="on_time", ring=3, after_open_ms=1000.0, before_close_ms=4000.0),
        measures=measures(),
    )
    return replace(plain, **changes)


def facts(**changes: Any) -> CallFacts:
    return facts_of(record(**changes), day_of)


def figures(*rows: CallFacts) -> dict[str, float | None]:
    return figures_of(total(tally(row) for row in rows))


def left(verdict: Any = "abandoned", wait: float = 9.0, **changes: Any) -> CallFacts:
    pickup = Pickup(verdict=verdict, ring=2, after_open_ms=2000.0, before_close_ms=3000.0)
    ended = ARRIVED + timedelta(seconds=wait)
    return facts(answered=None, ended=ended, pickup=pickup, measures=None, **changes)


def test_the_row_of_a_call() -> None:
    row = facts()
    assert (row.day, row.line, row.party) == (date(2026, 3, 3), "reception", "+436641234567")
    assert (row.wait_s, row.place, row.talk_s, row.agent_s) == (8.0, 0.2, 120.0, 40.0)
    assert (row.length_band, row.left, row.transfer) == ("under_10", False, "")


def test_a_topic_and_how_long_it_took_to_reach_a_specialist() -> None:
    attempts = tuple(
        Attempt(
            at_ms=at,
            who=who,
            target="",
            topic="billing",
            rings=3,
            announced=True,
            leg=who,
            result=result,  # type: ignore[arg-type]
            ended_ms=end,
        )
        for at, who, result, end in ((20_000.0, "a", "no_answer", 35_000.0), (35_000.0, "b", "answered", 41_500.0))
    )
    row = facts(attempts=attempts)
    assert (row.topic, row.transfer, row.specialist_s) == ("billing", "done", 21.5)
    wrap_up = WrapUp(written=ARRIVED, note="", topic="complaint", outcome="")
    assert facts(attempts=attempts, wrap_up=wrap_up).topic == "complaint"
    row = facts(attempts=attempts[:1])
    assert (row.transfer, row.specialist_s) == ("failed", None)


def test_what_could_not_be_measured_is_no_figure_and_no_nought() -> None:
    rows = [facts(measures=None), facts(measures=measures(reliable=False))]
    told = figures(*rows)
    for name in ("agent_share", "agent_interruptions", "silence_share", "greeting_delay", "opening_agent_share"):
        assert told[name] is None, name
    assert (told["answered"], told["verdict_on_time"]) == (2, 2)
    assert set(figures().values()) == {None, 0.0}


def test_shares_are_over_all_talk_and_interruptions_for_ten_minutes() -> None:
    short = facts(measures=measures(duration_s=30.0, parties={"agent": {"talk_s": 20.0}, "customer": {"talk_s": 0.0}}))
    told = figures(facts(), short)
    assert told["agent_share"] == 50.0
    assert told["silence_share"] == 16.0
    assert told["agent_interruptions"] == 8.0  # 2 in 150 s
    assert told["mean_talk"] == 2.0


def test_service_levels_by_their_definitions() -> None:
    late = facts(
        answered=ARRIVED + timedelta(seconds=18),
        pickup=Pickup(verdict="late", ring=4, after_open_ms=11_000.0, before_close_ms=-6000.0),
    )
    told = figures(facts(), facts(), late, left(), left("short_abandon", 3.0), left("abandoned", 25.0))
    assert told["service_level_rings"] == 40.0  # 2 of 3 answered and 2 abandoned
    assert told["service_level_10_all"] == 33.3  # 2 of 6
    assert told["service_level_10_without_short"] == 50.0  # 2 of 4
    assert told["service_level_10_left_as_met"] == 66.7  # 4 of 6
    assert told["service_level_20_all"] == 50.0
    assert told["left"] == 3


def test_by_the_third_ring_counts_the_calls_it_opens_to() -> None:
    early = facts(pickup=Pickup(verdict="early", ring=1, after_open_ms=-5000.0, before_close_ms=10_000.0))
    rows = [facts(), early, left(), left("short_abandon")]
    level = BY_NAME["service_level_rings"]
    assert [holds(level.where, row) for row in rows] == [True, True, False, False]
    assert level.value(total(tally(row) for row in rows)) == pytest.approx(100 * 2 / 3)


def test_stages() -> None:
    def marked(*stages: str) -> CallFacts:
        return facts(stages=tuple(StageMark(at_ms=n, stage=stage) for n, stage in enumerate(stages)))

    assert marked("greeting", "clarify", "check", "close").stages_in_order
    assert not marked("greeting", "check", "clarify", "close").stages_in_order
    told = figures(marked("greeting", "clarify", "check", "close"), marked("greeting"), marked())
    assert (told["staged"], told["stages_in_order"]) == (2, 50.0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"arrived": ARRIVED + timedelta(days=8)}, False),
        ({"arrived": ARRIVED - timedelta(hours=1)}, False),
        ({"caller": "sip:+431@pbx"}, False),
        ({"answered": None}, False),
        ({"direction": "out", "called": "sip:+436641234567@pbx", "caller": "sip:desk@seat"}, True),
    ],
)
def test_calling_back(changes: dict[str, Any], expected: bool) -> None:
    later = facts(**{"arrived": ARRIVED + timedelta(hours=1)} | changes)
    assert answers(later, left()) == expected
    assert not answers(later, facts())
    withheld = left(caller="sip:anonymous@anonymous.invalid")
    assert withheld.party == ""
    assert not answers(replace(later, party=""), withheld)


@pytest.mark.parametrize("name", SPREADS)
@given(value=st.floats(-10, 2000))
def test_every_value_is_in_the_one_bin_that_its_condition_says(name: str, value: float) -> None:
    changes: dict[str, Any] = {SPREADS[name].column: value}
    row = replace(facts(), **changes)
    counts = spread(tally(row), name)
    assert sum(counts) == 1
    assert [int(holds(where, row)) for where in SPREADS[name].bins()] == counts


def test_every_count_is_that_of_the_calls_it_opens_to() -> None:
    rows = [facts(), left(), left("short_abandon"), facts(measures=None), facts(direction="out", pickup=None)]
    told = total(tally(row) for row in rows)
    for name, where in COUNTS.items():
        assert told.get(name, 0) == sum(holds(where, row) for row in rows), name
    for figure in FIGURES:
        if figure.unit == "":
            assert figure.value(told) == sum(holds(figure.where, row) for row in rows), figure.name


@given(st.lists(st.tuples(st.floats(0, 1e5), st.booleans()), max_size=20))
def test_what_was_added_can_be_taken_away(values: list[tuple[float, bool]]) -> None:
    rows = [replace(facts(), talk_s=round(value, 3), answered=answered) for value, answered in values]
    sums: Tally = {}
    for row in rows:
        add(sums, tally(row))
    for row in rows:
        add(sums, tally(row), -1)
    assert sums == {}


def test_the_median_of_a_distribution() -> None:
    rows = [replace(facts(), specialist_s=value) for value in (3.0, 4.0, 12.0, 50.0)]
    told = total(tally(row) for row in rows)
    assert median(told, "specialist") == 5.0
    assert median({}, "specialist") is None
    assert median(tally(replace(facts(), specialist_s=500.0)), "specialist") is None


def test_spans_of_time() -> None:
    days = [(date(2026, 3, day), {"calls": 1.0}) for day in (1, 2, 8, 9, 31)] + [(date(2026, 4, 1), {"calls": 1.0})]
    assert by_span(days, "week") == {
        "2026-W09": {"calls": 1.0},
        "2026-W10": {"calls": 2.0},
        "2026-W11": {"calls": 1.0},
        "2026-W14": {"calls": 2.0},
    }
    assert {name: told["calls"] for name, told in by_span(days, "month").items()} == {"2026-03": 5.0, "2026-04": 1.0}
    today = date(2026, 3, 4)
    assert span_of("week", today) == (date(2026, 3, 2), today)
    assert span_of("month", today) == (date(2026, 3, 1), today)
    assert span_of("2026-W10", today) == (date(2026, 3, 2), date(2026, 3, 8))
    assert span_of("2026-02", today) == (date(2026, 2, 1), date(2026, 2, 28))
    assert span_of("2025-12", today) == (date(2025, 12, 1), date(2025, 12, 31))
    for wrong in ("x", "2026-W60", "2026-13"):
        with pytest.raises(ValueError, match=r"."):
            span_of(wrong, today)


def test_a_spreadsheet_takes_no_name_for_a_formula() -> None:
    rows = {"=cmd|'/c calc'!A1": tally(facts())}
    told = Report(first=date(2026, 3, 1), last=date(2026, 3, 2), by="line", all={}, rows=rows, followups=FollowUps())
    out = io.StringIO()
    told.write_csv(out)
    head, every, one = csv.reader(io.StringIO(out.getvalue()))
    assert head[3:] == list(BY_NAME)
    assert (every[2], one[2]) == ("all", "'=cmd|'/c calc'!A1")
    assert one[head.index("answered")] == "1.0"
    assert one[head.index("specialist")] == ""


def test_follow_ups_in_time() -> None:
    assert FollowUps().in_time_share is None
    assert FollowUps(taken=5, in_time=2, late=1, overdue=1, open=1).in_time_share == 50.0


def test_names_are_plain_and_each_once() -> None:
    names = [figure.name for figure in FIGURES]
    assert len(set(names)) == len(names)
    assert all(figure.meaning.endswith(".") and figure.title for figure in FIGURES)
