"""Who had a call, the weeks of an agent's calls, and the call to learn from."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from phoneetiquette import events as e
from phoneetiquette.figures.coaching import TREND, best_example, trend, weeks_up_to
from phoneetiquette.figures.counting import tally
from phoneetiquette.figures.facts import CallFacts, facts_of
from phoneetiquette.figures.table import figures_of
from phoneetiquette.office.app import Office, create_office
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.record import CallRecord, StageMark
from phoneetiquette.records.store import open_store
from phoneetiquette.records.store.memory import MemoryStore
from tests.unit.desk_script import event, moment, new_desk
from tests.unit.test_figures import facts, measures, record

HOSTILE = "<script>alert(1)</script>&weeks=9"
MONDAY = date(2026, 3, 2)
STAGES = tuple(
    StageMark(at_ms=8000.0 + at, stage=stage)
    for at, stage in ((0.0, "greeting"), (20_000.0, "clarify"), (60_000.0, "check"), (100_000.0, "close"))
)


def well_done(**changes: Any) -> CallRecord:
    taken = measures()
    taken["parties"] = {
        "agent": {"talk_s": 50.0, "interruptions": 0, "pace_syll_per_s": 4.0, "pitch": {"sd_st": 2.5}},
        "customer": {"talk_s": 60.0, "interruptions": 1},
    }
    return record(measures=taken, stages=STAGES, media_ms=8000.0, agent="Ada", **changes)


def test_the_desk_says_who_has_a_call_when_it_is_answered_for_the_desk() -> None:
    desk = new_desk()
    desk.settings = replace(desk.settings, agent="Ada Moser")
    told: list[e.Event] = []
    for at, what in (("0", "A arrives"), ("0", "A rings"), ("8", "lift A"), ("8", "A answered")):
        happened = event(moment(at), what)
        told += [*desk.before(happened).events, *desk.handle(happened).events]
    named = [one for one in told if isinstance(one, e.AgentNamed)]
    assert named == [e.AgentNamed(at_ns=moment("8"), call="A", agent="Ada Moser")]
    builder = RecordBuilder()
    for seq, one in enumerate([event(moment("0"), "A arrives"), event(moment("8"), "A answered"), *named], 1):
        builder.feed(Entry(seq, datetime(2026, 3, 2, tzinfo=UTC), "boot", one, "desk"))
    assert [call.agent for call in builder.open_calls()] == ["Ada Moser"]


def test_figures_are_kept_by_agent_and_by_stage() -> None:
    store = MemoryStore(UTC)
    store.put(well_done())
    store.put(record(call="b"))
    ((_, name, told),) = store.tallies(MONDAY, MONDAY + timedelta(days=6), "agent")
    assert name == "Ada"
    of = figures_of(told)
    assert of["incoming"] == 1
    assert (of["stage_greeting"], of["stage_clarify"], of["stage_check"]) == (20.0, 40.0, 40.0)
    assert of["stage_close"] is not None
    assert (of["pace"], of["intonation"]) == (4.0, 2.5)
    assert figures_of(tally(facts()))["stage_greeting"] is None


def test_weeks_without_calls_stand_in_the_trend_as_not_measured() -> None:
    told = trend({"2026-W10": tally(facts())}, MONDAY, 3)
    assert [week.name for week in told] == ["2026-W10", "2026-W11", "2026-W12"]
    assert [week.first.weekday() for week in told] == [0, 0, 0]
    values = dict(zip(TREND, told[0].values, strict=True))
    assert values["agent_share"] == 40.0
    assert set(told[1].values) == {None}


@pytest.mark.parametrize("today", [date(2026, 3, 2), date(2026, 3, 8), date(2027, 1, 1)])
def test_whole_weeks_up_to_this_one(today: date) -> None:
    first, last = weeks_up_to(today, 8)
    assert (last - first).days == 8 * 7 - 1
    assert first.weekday() == 0
    assert last - timedelta(days=6) <= today <= last


def test_the_example_is_the_call_with_most_done_well_and_of_several_the_newest() -> None:
    middling = later_by(3, record(call="middling"))
    best, later = later_by(1, well_done(call="best")), later_by(2, well_done(call="later"))
    example = best_example([middling, best, later])
    assert example is not None
    assert example.row.call == "later"
    assert "nobody was interrupted by the desk" in example.well
    assert "all four stages, in their order" in example.well
    assert len(example.well) == 8
    short = later_by(1, well_done(ended=record().arrived + timedelta(seconds=40)))
    unmeasured = later_by(1, record(measures=None))
    assert best_example([short, unmeasured]) is None


def later_by(hours: int, told: CallRecord) -> CallFacts:
    shift = timedelta(hours=hours)
    moved: Any = {name: getattr(told, name) + shift for name in ("arrived", "alerting", "answered", "ended")}
    return facts_of(replace(told, **moved), lambda at: at.date())


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    database = tmp_path / "records.sqlite"
    store = open_store(f"sqlite:///{database}", UTC)
    now = datetime.now(UTC)
    times: Any = {"arrived": now, "alerting": now, "answered": now + timedelta(seconds=8)}
    store.put(replace(well_done(), **times, ended=now + timedelta(seconds=128)))
    store.put(replace(well_done(call="h"), agent=HOSTILE, **times, ended=now + timedelta(seconds=128)))
    store.close()
    office = Office(database=f"sqlite:///{database}", zone=UTC, name="Hotel", change=lambda *_: {})
    transport = httpx.ASGITransport(create_office(office))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8480") as client:
        yield client


async def test_the_page_lists_names_without_figures_and_shows_one_by_one(http: httpx.AsyncClient) -> None:
    listed = (await http.get("/coaching")).text
    assert ">Ada<" in listed
    assert 'class="number"' not in listed
    assert "<script>" not in listed
    page = await http.get("/coaching", params={"agent": "Ada", "weeks": 4})
    assert page.status_code == 200
    assert "Ada</bdi>, the last 4 weeks" in page.text
    assert 'href="/calls/a"' in page.text
    assert "all four stages, in their order" in page.text
    week = f"{datetime.now(UTC).date():%G-W%V}"
    assert week in page.text
    for path in set(_links(page.text, "/calls?figure=")):
        assert (await http.get(path)).status_code == 200
    hostile = await http.get("/coaching", params={"agent": HOSTILE})
    assert "<script>alert" not in hostile.text
    assert (await http.get("/coaching", params={"agent": "Nobody"})).text.count("<td") == 8 * len(TREND)
    assert (await http.get("/coaching", params={"weeks": 99})).status_code == 422


async def test_the_report_as_pdf(http: httpx.AsyncClient) -> None:
    answer = await http.get("/reports.pdf", params={"span": "week", "by": "agent"})
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert ".pdf" in answer.headers["content-disposition"]


def _links(page: str, prefix: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(rf'href="({re.escape(prefix)}[^"]*)"', page)]
