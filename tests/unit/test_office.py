"""The office's pages over a store: what they show, what they refuse, and that hostile names stay text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from phoneetiquette.errors import CallError
from phoneetiquette.figures.table import FIGURES
from phoneetiquette.followups.message import Message, Note, message_object
from phoneetiquette.office.app import Office, create_office
from phoneetiquette.records.record import Pickup
from phoneetiquette.records.store import open_store
from tests.unit.test_figures import record

HOSTILE = "<script>alert(1)</script>=1+1\x1b\u202e" + "x" * 1000
MONTH = "from=2026-03-01&to=2026-03-31"
NOW = datetime.now(UTC)


def message(id_: str, due_h: float, **more: Any) -> Message:
    due = NOW + timedelta(hours=due_h)
    plain = Message(
        id=id_, seat="desk", taken=due - timedelta(days=3), due=due, name="Anna", phone="+431", matter="a key"
    )
    return replace(plain, **more)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("office") / "records.sqlite"
    store = open_store(f"sqlite:///{path}", UTC)
    store.put(record())
    store.put(record(call="b", called="sip:bar@seat", caller_name=HOSTILE, notes=(HOSTILE,)))
    april = record().arrived + timedelta(days=31)
    store.put(
        record(
            call="early",
            arrived=april,
            answered=april + timedelta(seconds=2),
            ended=april + timedelta(seconds=62),
            pickup=Pickup(verdict="early", ring=1, after_open_ms=-5000.0, before_close_ms=10_000.0),
        )
    )
    left = record(call="c", answered=None, ended=record().arrived + timedelta(seconds=9), caller="sip:+439@pbx")
    assert left.pickup
    store.put(replace(left, pickup=replace(left.pickup, verdict="abandoned"), measures=None))
    for one in (message("late", -5), message("soon", 5), message("open", 60, name=HOSTILE, matter=HOSTILE)):
        store.put_message(one)
    store.add_note("open", Note(id="n", at=NOW, what="claimed", who=HOSTILE, text=HOSTILE))
    store.close()
    return path


@pytest.fixture
def changes() -> list[tuple[str, str, str, dict[str, Any]]]:
    return []


@pytest.fixture
async def http(database: Path, changes: list[Any]) -> AsyncIterator[httpx.AsyncClient]:
    def change(seat: str, name: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        if what == "close":
            raise CallError("no seat 'desk' is running", "start it")
        changes.append((seat, name, what, body))
        claimed = replace(message(name, -5), history=(Note(id="claim", at=NOW, what="claimed", who=body["who"]),))
        return message_object(claimed, NOW)

    office = Office(database=f"sqlite:///{database}", zone=UTC, name="Hotel <Post>", change=change)
    transport = httpx.ASGITransport(create_office(office))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8480") as client:
        yield client


async def text(http: httpx.AsyncClient, path: str, status: int = 200) -> str:
    answer = await http.get(path)
    assert answer.status_code == status, answer.text
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    return answer.text


async def test_reports_show_every_figure_and_each_opens_to_its_calls(http: httpx.AsyncClient) -> None:
    page = await text(http, f"/reports?{MONTH}&by=line")
    for figure in FIGURES:
        assert figure.title in page
    assert '<a href="/calls?figure=left&amp;by=line&amp;from=2026-03-01&amp;to=2026-03-31">1</a>' in page
    for figure in FIGURES:
        await text(http, f"/calls?figure={figure.name}&{MONTH}")
    calls = await text(http, f"/calls?figure=left&{MONTH}")
    assert "not yet" in calls
    assert "+439" in calls
    assert calls.count('<a href="/calls/') == 1
    assert "+436641234567" in await text(http, f"/calls?figure=pickup&bin=2&{MONTH}&part=line&value=bar")


@pytest.mark.parametrize(
    ("by", "name", "days"),
    [
        ("month", "2026-03", "from=2026-03-02&to=2026-03-31"),
        ("month", "2026-04", "from=2026-04-01&to=2026-04-05"),
        ("week", "2026-W10", "from=2026-03-02&to=2026-03-08"),
        ("week", "2026-W14", "from=2026-03-30&to=2026-04-05"),
        ("day", "2026-04-02", "from=2026-04-02&to=2026-04-02"),
    ],
)
async def test_a_row_of_time_opens_to_its_days(http: httpx.AsyncClient, by: str, name: str, days: str) -> None:
    page = await text(http, f"/reports?from=2026-03-02&to=2026-04-05&by={by}")
    assert f'<a href="?{days.replace("&", "&amp;")}"><bdi>{name}</bdi></a>' in page
    told = json.loads(await text(http, f"/reports.json?from=2026-03-02&to=2026-04-05&by={by}"))
    row = next(row for row in told["rows"] if row["name"] == name)
    assert json.loads(await text(http, f"/reports.json?{days}"))["figures"] == row["figures"]


async def test_what_counts_as_by_the_third_ring_opens_with_the_early_ones(http: httpx.AsyncClient) -> None:
    assert '<a href="/calls/early">' in await text(http, "/calls?figure=service_level_rings&from=2026-04-01")
    calls = await text(http, f"/calls?figure=service_level_rings&{MONTH}")
    assert calls.count('<a href="/calls/') == 2  # not the one that was left


async def test_a_time_without_calls_is_a_page_too(http: httpx.AsyncClient) -> None:
    for span in ("", "?span=day", "?span=2020-W10", "?from=2020-01-01&to=2020-01-01&by=topic", "?span=month&by=day"):
        assert "not measured" in await text(http, f"/reports{span}")


async def test_the_same_as_json_and_csv(http: httpx.AsyncClient) -> None:
    told = json.loads(await text(http, f"/reports.json?{MONTH}&by=line"))
    assert (told["figures"]["incoming"], told["rows"][0]["name"]) == (3, "reception")
    rows = list(csv.reader(io.StringIO(await text(http, f"/reports.csv?{MONTH}&by=line"))))
    assert [row[2] for row in rows] == ["line", "all", "reception", "bar"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports?span=x", 400),
        ("/reports?span=9999-W99", 400),
        ("/reports?from=2026-13-01", 400),
        ("/reports?from=0002-01-01", 400),
        ("/reports?to=9999-12-31", 400),
        ("/calls?from=1999-12-31", 400),
        ("/reports?span=9999-12", 400),
        ("/reports?span=2200-W10", 400),
        ("/reports?from=2026-03-02&to=2026-03-01", 400),
        ("/reports?part=color&value=x", 400),
        ("/calls?figure=nothing", 404),
        ("/calls?figure=pickup&bin=99", 404),
        ("/calls?figure=pickup&bin=x", 422),
        ("/calls/nothing", 404),
        ("/calls/nothing/timeline.svg", 404),
        ("/messages/nothing", 404),
        ("/messages?state=x", 422),
        ("/nothing", 404),
    ],
)
async def test_what_cannot_be_shown_is_told_on_a_page(http: httpx.AsyncClient, path: str, status: int) -> None:
    page = await text(http, path, status)
    assert "That cannot be shown" in page
    assert "Traceback" not in page


async def test_a_call_opens_to_its_story_and_picture(http: httpx.AsyncClient) -> None:
    page = await text(http, "/calls/b")
    assert "<script>" not in page
    picture = await http.get("/calls/b/timeline.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.content.startswith(b"<?xml")


async def test_follow_ups_by_when_they_are_due(http: httpx.AsyncClient) -> None:
    page = await text(http, "/followups")
    assert [page.index(f"/messages/{name}") for name in ("late", "soon", "open")] == sorted(
        page.index(f"/messages/{name}") for name in ("late", "soon", "open")
    )
    assert "Overdue (1)" in page
    assert "tell the customer" in page
    assert "<script>alert" not in page
    assert "/messages/soon" not in await text(http, "/messages?state=overdue")
    assert "/messages/late" in await text(http, "/messages?state=overdue")


async def test_hostile_words_stay_words_wherever_they_are_shown(http: httpx.AsyncClient) -> None:
    for path in ("/messages", "/messages/open", "/followups", f"/reports?{MONTH}"):
        page = await text(http, path)
        assert "<script>alert" not in page
        assert "Hotel &lt;Post&gt;" in page
    sheet = await text(http, "/messages.csv")
    assert not [cell for row in csv.reader(io.StringIO(sheet)) for cell in row if cell[:1] in ("=", "+", "-", "@")]
    assert (await text(http, "/messages.ics")).count("BEGIN:VTODO") == 3


async def test_what_is_done_with_a_message_goes_to_its_seat(http: httpx.AsyncClient, changes: list[Any]) -> None:
    answer = await http.post("/messages/late/claim", json={"who": "Eva"})
    assert (answer.status_code, answer.json()["state"]) == (200, "claimed")
    assert "claimed by <bdi>Eva</bdi>" in await text(http, "/messages/late")
    assert changes == [("desk", "late", "claim", {"who": "Eva"})]
    refused = await http.post("/messages/late/close", json={"who": "Eva", "reason": "x"})
    assert (refused.status_code, refused.json()["advice"]) == (409, "start it")
    assert (await http.post("/messages/late/delete", json={})).status_code == 422
    assert (await http.post("/messages/late/claim", data={"who": "Eva"})).status_code == 415
    assert (
        await http.post("/messages/late/claim", json={}, headers={"Origin": "http://evil.example"})
    ).status_code == 403


async def test_without_records_the_page_says_so(tmp_path: Path) -> None:
    office = Office(database=f"sqlite:///{tmp_path}/none.sqlite", zone=None, name="x", change=lambda *_: {})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_office(office)), base_url="http://127.0.0.1:8480"
    ) as client:
        assert "there are no records yet" in await text(client, "/reports", 503)
