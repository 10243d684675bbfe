"""Messages of a seat over HTTP: from the form to the journal, the store and back after a crash."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.console.app import create_app
from phoneetiquette.followups.form import LONGEST, Service, Site
from phoneetiquette.followups.promise import Promise
from phoneetiquette.records import form_drafts
from phoneetiquette.records.form_drafts import FormDrafts
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.store import MessageQuery
from phoneetiquette.records.store.catch_up import catch_up
from phoneetiquette.records.store.memory import MemoryStore
from phoneetiquette.records.whole_files import replace_file
from phoneetiquette.runtime.messages import MessageDesk
from phoneetiquette.runtime.seat import Seat
from tests.unit.asked_engine import AskedEngine
from tests.unit.desk_script import new_desk

SITE = Site(country="AT", services={"house": Service(email="h@hotel.example")}, topics={"lost": "house"})
FORM = {"call": "c1", "topic": "lost", "name": "Anna Berger", "phone": "0664 1234567", "matter": "a lost key"}


@dataclass
class Place:
    seat: Seat
    http: httpx.AsyncClient
    engine: AskedEngine
    messages: MessageDesk

    async def post(self, path: str, body: dict[str, Any], status: int = 200) -> Any:
        answer = await self.http.post(f"/api/messages{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def listed(self, state: str = "open") -> list[Any]:
        answer = await self.http.get("/api/messages", params={"state": state})
        return list(answer.json()["messages"])

    def tell(self, event: e.Event) -> None:
        self.seat.engine_event(event)


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Place]:
    with Journal.open(directory / "journal", "desk") as journal:
        messages = MessageDesk(directory, lambda: SITE, Promise)
        seat = Seat("desk", "Reception", new_desk().settings, journal, dial_uri=str, followups=messages)
        messages.attach(seat)
        engine = AskedEngine()
        seat.attach(engine)
        messages.settle()
        await messages.finish()
        transport = httpx.ASGITransport(create_app(seat, messages=messages))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8470") as http:
            yield Place(seat, http, engine, messages)
        await messages.finish()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with running(tmp_path) as place:
        yield place


async def test_a_message_is_kept_dated_and_there_after_a_crash(tmp_path: Path) -> None:
    async with running(tmp_path) as place:
        name = (await place.post("", FORM))["message"]
        (listed,) = await place.listed()
        assert place.seat.snapshot()["messages"] == {"open": 1, "due": 0, "overdue": 0}
    assert listed["message"] == name
    assert (listed["phone"], listed["service"], listed["call"]) == ("+436641234567", "house", "c1")
    taken, due = (datetime.fromisoformat(listed[key]) for key in ("taken", "due"))
    assert 71 * 3600 - 5 < (due - taken).total_seconds() < 73 * 3600 + 5
    async with running(tmp_path) as place:
        (again,) = await place.listed()
    assert again | {"taken": ""} == listed | {"taken": ""}


async def test_an_incomplete_message_is_told_by_field_and_not_kept(place: Place) -> None:
    answer = await place.post("", {"name": "Anna", "phone": "12 fish", "email": "a@"}, 422)
    assert set(answer["fields"]) == {"matter", "phone", "email"}
    assert answer["error"]
    assert answer["advice"]
    assert await place.listed("all") == []


async def test_what_happens_to_it_is_its_history(place: Place) -> None:
    name = (await place.post("", FORM))["message"]
    await place.post(f"/{name}/claim", {"who": "Eva"})
    await place.post(f"/{name}/delay", {"who": "Eva", "text": "the key comes on Friday"})
    answered = await place.post(f"/{name}/answer", {"who": "Eva", "how": "mail"})
    assert answered["state"] == "answered"
    assert [(note["what"], note["who"], note["text"]) for note in answered["history"]] == [
        ("claimed", "Eva", ""),
        ("delay_told", "Eva", "the key comes on Friday"),
        ("answered", "Eva", "by e-mail"),
    ]
    assert await place.listed() == []
    assert [one["message"] for one in await place.listed("all")] == [name]
    assert "answered already" in (await place.post(f"/{name}/close", {"who": "Eva", "reason": "x"}, 409))["error"]


async def test_a_message_is_closed_only_with_a_reason(place: Place) -> None:
    name = (await place.post("", FORM))["message"]
    await place.post(f"/{name}/close", {"who": "Eva", "reason": " "}, 422)
    assert (await place.post(f"/{name}/close", {"who": "Eva", "reason": "an error"}))["state"] == "closed"


async def test_an_unknown_message_is_not_found(place: Place) -> None:
    await place.post("/nothing/claim", {"who": "Eva"}, 404)
    await place.post("/nothing/call", {}, 404)
    assert (await place.http.get("/api/messages/nothing")).status_code == 404


@pytest.mark.parametrize("connected", [True, False])
async def test_the_customer_is_dialled_and_a_connected_call_answers(tmp_path: Path, connected: bool) -> None:
    async with running(tmp_path) as place:
        name = (await place.post("", FORM))["message"]
        await place.post(f"/{name}/call", {}, 409)  # there is no engine yet
        place.tell(e.EngineStarted(at_ns=place.seat.now_ns(), pid=1, listening=(), build=""))
        call = (await place.post(f"/{name}/call", {}))["call"]
        (dial,) = [one for one in place.engine.sent if isinstance(one, c.Dial)]
        assert (dial.call, dial.target) == (call, "+436641234567")
        place.tell(e.CallDialled(at_ns=place.seat.now_ns(), call=call, target=dial.target))
        if connected:
            place.tell(e.CallAnswered(at_ns=place.seat.now_ns(), call=call))
        assert (await place.listed())[0]["state"] == "open"
        place.tell(e.CallEnded(at_ns=place.seat.now_ns(), call=call, by="customer", code=200, reason=""))
        assert place.seat.calls(1)[0]["call"] == call
    async with running(tmp_path) as place:  # whether or not it got to noting that before
        (message,) = await place.listed("all")
    assert message["state"] == ("answered" if connected else "open")
    assert [note["what"] for note in message["history"]] == ["called", *(["answered"] if connected else [])]
    assert {note["call"] for note in message["history"]} == {call}


async def test_messages_reach_the_store_once_however_often_the_journal_is_read(tmp_path: Path) -> None:
    store = MemoryStore()
    async with running(tmp_path) as place:
        name = (await place.post("", FORM))["message"]
        await place.post(f"/{name}/claim", {"who": "Eva"})
    with Journal.open(tmp_path / "journal", "desk") as journal:
        for _ in range(3):
            catch_up(journal, store)
            store.set_checkpoint("desk", 0)
    (message,) = store.messages(MessageQuery(is_open=True))
    assert (message.id, message.state, len(message.history)) == (name, "claimed", 1)


# ------------------------------------------------------------------------------------------------------- drafts


async def test_half_typed_text_survives(tmp_path: Path) -> None:
    async with running(tmp_path) as place:
        for text in ({"name": "An"}, {"name": "Anna \u2028", "matter": "a\nb"}):
            answer = await place.http.put("/api/drafts/call-1", json={"text": text})
            assert answer.json() == {"ok": True}
    async with running(tmp_path) as place:
        assert (await place.http.get("/api/drafts")).json() == {"drafts": {"call-1": text}}
        gone = await place.http.request("DELETE", "/api/drafts/call-1", json={})
        assert gone.json() == {"ok": True}
        assert (await place.http.get("/api/drafts")).json() == {"drafts": {}}
    assert list((tmp_path / "drafts").iterdir()) == []


@pytest.mark.parametrize("letter", ["a", "\u0436", "\u0645", "\u6f22"])
async def test_the_longest_message_fits_into_a_draft_in_every_alphabet(place: Place, letter: str) -> None:
    text = {name: letter * longest for name, longest in LONGEST.items()} | {"read_back": "yes"}
    assert (await place.http.put("/api/drafts/message-1", json={"text": text})).json() == {"ok": True}
    assert (await place.http.get("/api/drafts")).json() == {"drafts": {"message-1": text}}


async def test_drafts_are_bounded(place: Place) -> None:
    large = await place.http.put("/api/drafts/a", json={"text": {"matter": "\u00e4" * 7900}})
    assert (large.status_code, large.json()["error"]) == (409, "a draft has at most 32 fields and 15360 bytes")
    for n in range(form_drafts.DRAFTS):
        assert (await place.http.put(f"/api/drafts/{n}", json={"text": {}})).status_code == 200
    assert (await place.http.put("/api/drafts/more", json={"text": {}})).status_code == 409
    assert (await place.http.put("/api/drafts/0", json={"text": {"a": "b"}})).status_code == 200


def test_a_draft_that_nobody_touched_for_a_week_makes_room(tmp_path: Path) -> None:
    old = {"at": 0.0, "text": {"name": "old"}}
    for n in range(form_drafts.DRAFTS):
        (tmp_path / f"{n}.json").write_text(json.dumps(old | {"at": float(n)}))
    drafts = FormDrafts(tmp_path)
    drafts.put("new", {"name": "new"})
    assert len(drafts.all()) == form_drafts.DRAFTS
    assert "0" not in drafts.all()
    assert next(iter(drafts.all())) == "new"


def test_drafts_are_told_while_one_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = FormDrafts(tmp_path)
    drafts.put("a", {"name": "old"})
    writing, go_on = threading.Event(), threading.Event()

    def slow(path: Path, data: bytes) -> None:
        writing.set()
        assert go_on.wait(30)
        replace_file(path, data)

    monkeypatch.setattr(form_drafts, "replace_file", slow)
    with ThreadPoolExecutor() as threads:
        try:
            put = threads.submit(drafts.put, "a", {"name": "new"})
            assert writing.wait(30)
            assert threads.submit(drafts.all).result(30) == {"a": {"name": "old"}}
        finally:
            go_on.set()
        put.result(30)
    assert drafts.all() == FormDrafts(tmp_path).all() == {"a": {"name": "new"}}


def test_a_draft_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\xff{")
    (tmp_path / "b.json").write_text('{"at": 1, "text": {"name": "Anna"}}')
    (tmp_path / ".new-x").write_text("half")
    assert FormDrafts(tmp_path).all() == {"b": {"name": "Anna"}}
    assert (tmp_path / "a.json").exists()
