"""The console's HTTP side: every action becomes its event, every refusal says what and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from phoneetiquette import events as e
from phoneetiquette.console.app import create_app
from phoneetiquette.errors import EngineError
from tests.peers.scripted_desk import ScriptedDesk

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def desk() -> ScriptedDesk:
    return ScriptedDesk()


@pytest.fixture
async def http(desk: ScriptedDesk) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(desk, hosts=["frontdesk.example"]))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8470") as client:
        yield client


async def test_lift_early_arms_and_take_back_disarms(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    call = desk.ring("Anna Berger")
    assert (await http.post("/api/lift", json={"call": call})).json() == {"ok": True}
    assert (await http.get("/api/state")).json()["calls"][0]["armed"] is True
    assert (await http.post("/api/put_down", json={"call": call})).status_code == 200
    assert (await http.get("/api/state")).json()["calls"][0]["armed"] is False
    lifted, put_down = desk.events
    assert isinstance(lifted, e.AgentLifted)
    assert (lifted.call, lifted.by) == (call, "console")
    assert 0 < lifted.at_ns <= put_down.at_ns <= desk.now_ns()


@pytest.mark.parametrize(
    ("path", "body", "kind", "facts"),
    [
        ("hangup", {}, e.AgentHungUp, {"call": None}),
        ("hold", {"call": None}, e.AgentHeld, {"call": None}),
        ("mute", {"muted": True}, e.AgentMuted, {"muted": True}),
        ("digits", {"digits": "12*#A"}, e.AgentSentDigits, {"call": None, "digits": "12*#A"}),
        ("transfer", {"target": " 201 "}, e.AgentTransferred, {"target": "201", "to_call": None}),
        ("transfer", {"to_call": "abc"}, e.AgentTransferred, {"target": "", "to_call": "abc"}),
        ("transfer", {}, e.AgentTransferred, {"target": "", "to_call": None}),
        ("topic", {"topic": "x"}, e.AgentChoseTopic, {"call": None, "topic": "x", "escalate": False}),
        ("stage", {"stage": "check"}, e.AgentMarkedStage, {"stage": "check"}),
        ("topic", {"topic": "x", "conference": True}, e.AgentChoseTopic, {"topic": "x", "conference": True}),
        ("presence", {"presence": "absent"}, e.PresenceChanged, {"presence": "absent"}),
        ("presence", {"presence": "break"}, e.PresenceChanged, {"presence": "break"}),
        ("wrap_up", {"call": "a", "note": "n"}, e.AgentWrappedUp, {"call": "a", "note": "n", "outcome": ""}),
    ],
)
async def test_an_action_becomes_its_event(
    desk: ScriptedDesk,
    http: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    kind: type[e.Event],
    facts: dict[str, Any],
) -> None:
    desk.answer(desk.ring("Anna Berger"))
    answer = await http.post(f"/api/{path}", json=body)
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    (event,) = desk.events
    assert type(event) is kind
    assert {name: getattr(event, name) for name in facts} == facts


@pytest.mark.parametrize(("path", "kind"), [("resume", e.AgentResumed), ("conference", e.AgentConferenced)])
async def test_a_held_call_is_resumed_or_joined(
    desk: ScriptedDesk, http: httpx.AsyncClient, path: str, kind: type[e.Event]
) -> None:
    call = desk.ring("Anna Berger")
    desk.answer(call)
    await http.post("/api/hold", json={})
    assert (await http.post(f"/api/{path}", json={"call": call})).status_code == 200
    assert type(desk.events[-1]) is kind


async def test_dialling_tells_the_new_calls_id(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    answer = (await http.post("/api/dial", json={"target": "sip:weiss@pbx.example"})).json()
    (event,) = desk.events
    assert isinstance(event, e.AgentDialled)
    assert answer == {"call": event.call}
    assert event.target == "sip:weiss@pbx.example"


async def test_what_the_desk_refuses_is_a_conflict_with_advice(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/lift", json={})
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("no call can do that now")
    assert answer.json()["advice"]
    assert desk.events == []


async def test_an_engine_that_cannot_be_reached_is_unavailable(
    desk: ScriptedDesk, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_event: e.Event) -> None:
        raise EngineError("the engine is starting", "try again in a second")

    monkeypatch.setattr(desk, "submit", lost)
    answer = await http.post("/api/dial", json={"target": "201"})
    assert answer.status_code == 503
    assert answer.json() == {"error": "the engine is starting", "advice": "try again in a second"}


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("dial", {}, "target"),
        ("dial", {"target": "  "}, "target"),
        ("dial", {"target": "201\r\nRoute: sip:evil"}, "target"),
        ("dial", {"target": "2" * 256}, "target"),
        ("digits", {"digits": "12x"}, "digits"),
        ("digits", {"digits": ""}, "digits"),
        ("lift", {"cal": "abc"}, "cal"),
        ("lift", {"call": "<b>"}, "call"),
        ("put_down", {"call": None}, "call"),
        ("mute", {"muted": "perhaps"}, "muted"),
        ("presence", {"presence": "away"}, "presence"),
        ("stage", {"stage": "shout"}, "stage"),
        ("wrap_up", {"note": "of no call"}, "call"),
        ("wrap_up", {"call": "a", "note": "x" * 4001}, "note"),
        ("wrap_up", {"call": "a", "outcome": "glad"}, "outcome"),
        ("transfer", {"target": "201", "to_call": "abc"}, "either target"),
    ],
)
async def test_a_wrong_body_is_named_and_does_nothing(
    desk: ScriptedDesk, http: httpx.AsyncClient, path: str, body: dict[str, Any], named: str
) -> None:
    desk.answer(desk.ring("Anna Berger"))
    answer = await http.post(f"/api/{path}", json=body)
    assert answer.status_code == 422
    assert named in answer.json()["error"]
    assert desk.events == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null"])
async def test_a_body_that_is_no_object_is_refused(desk: ScriptedDesk, http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/api/mute", content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    assert set(answer.json()) == {"error", "advice"}
    assert desk.events == []


async def test_unknown_path_and_method_are_refused_in_the_same_form(http: httpx.AsyncClient) -> None:
    for answer, status in ((await http.get("/api/nothing"), 404), (await http.get("/api/lift"), 405)):
        assert answer.status_code == status
        assert set(answer.json()) == {"error", "advice"}


async def test_a_hostile_name_travels_as_plain_ascii_json(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    name = "</script><b>\u202e\ud800\u2028\x00" + "x" * 1000
    desk.ring(name)
    answer = await http.get("/api/state")
    assert answer.content.isascii()
    assert answer.json()["calls"][0]["party"]["name"] == name


async def test_recent_calls_are_limited(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    for guest in ("Anna", "Bert", "Clara"):
        desk.leave(desk.ring(guest))
    answer = await http.get("/api/calls", params={"limit": 2})
    assert [record["caller_name"] for record in answer.json()] == ["Clara", "Bert"]
    assert (await http.get("/api/calls", params={"limit": 0})).status_code == 422


async def test_health_tells_the_engine(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    desk.seat["engine"]["state"] = "lost"
    assert (await http.get("/healthz")).json() == {"status": "ok", "engine": "lost"}


async def test_openapi_describes_every_action(http: httpx.AsyncClient) -> None:
    document = (await http.get("/api/openapi.json")).json()
    actions = {path for path, methods in document["paths"].items() if "post" in methods}
    assert {action.removeprefix("/api/") for action in actions} == {
        *("machine", "switch", "person"),
        *("lift", "put_down", "hangup", "hold", "resume", "mute", "dial", "digits"),
        *("transfer", "topic", "conference", "stage", "presence", "reload", "wrap_up"),
    }
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
    refusal = document["paths"]["/api/lift"]["post"]["responses"]["409"]["content"]["application/json"]["schema"]
    assert refusal["$ref"].endswith("/Refusal")


# ------------------------------------------------------------------------------------------------ the door


@pytest.mark.parametrize("host", ["127.0.0.1:8470", "127.8.9.1", "localhost:1", "[::1]:8470", "FrontDesk.example:8470"])
async def test_own_names_may_pass(http: httpx.AsyncClient, host: str) -> None:
    assert (await http.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "192.168.1.7:8470", "", "localhost.evil.example", "[::1", "a@b:1"],
)
@pytest.mark.parametrize("path", ["/", "/api/state", "/api/events", "/static/reception.css"])
async def test_a_foreign_host_is_refused(http: httpx.AsyncClient, host: str, path: str) -> None:
    answer = await http.get(path, headers={"Host": host})
    assert answer.status_code == 403
    assert answer.json()["advice"]


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1:8470.evil.example", ""]
)
async def test_another_sites_page_is_not_obeyed(desk: ScriptedDesk, http: httpx.AsyncClient, origin: str) -> None:
    answer = await http.post("/api/mute", json={"muted": True}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert desk.events == []


async def test_the_own_page_is_obeyed(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/mute", json={"muted": True}, headers={"Origin": "http://127.0.0.1:8470"})
    assert answer.status_code == 200
    assert len(desk.events) == 1


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Content-Type": "text/plain"}, b'{"muted": true}', 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"muted=true", 415),
        ({}, b'{"muted": true}', 415),
        (JSON, b" " * 20_000, 413),
    ],
)
async def test_a_post_that_is_no_small_json_is_refused(
    desk: ScriptedDesk, http: httpx.AsyncClient, headers: dict[str, str], content: bytes, status: int
) -> None:
    answer = await http.post("/api/mute", content=content, headers=headers)
    assert answer.status_code == status
    assert desk.events == []


async def test_a_body_of_untold_length_is_refused(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"muted": true}'

    assert (await http.post("/api/mute", content=chunks(), headers=JSON)).status_code == 411
    assert desk.events == []


@pytest.mark.parametrize("path", ["/", "/api/state", "/static/reception.js", "/nothing"])
async def test_every_answer_forbids_foreign_content(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] in ("no-store", "no-cache")


async def test_the_page_escapes_the_seats_name(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    desk.seat["display_name"] = "<img src=x onerror=alert(1)>"
    page = (await http.get("/")).text
    assert "<img" not in page
    assert "&lt;img" in page


async def test_what_came_before_the_first_mark_was_the_greeting(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    call = desk.ring("Anna Berger")
    desk.answer(call, talked_s=9)
    for stage in ("clarify", "check"):
        await http.post("/api/stage", json={"call": call, "stage": stage})
    marks = [(one.stage, one.at_ns) for one in desk.events if isinstance(one, e.AgentMarkedStage)]
    assert [stage for stage, _ in marks] == ["greeting", "clarify", "check"]
    assert marks[0][1] == pytest.approx(desk.call(call)["answered_ms"] * 1e6, abs=1e3)


async def test_the_directory_is_asked_with_the_text(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    desk.found = [{"kind": "number", "name": "1", "target": "1"}, {"kind": "number", "name": "2", "target": "2"}]
    answer = await http.get("/api/directory", params={"q": "ma ria", "limit": 1})
    assert answer.json() == desk.found[:1]
    assert (await http.get("/api/directory", params={"q": "x" * 256})).status_code == 422


async def test_the_page_speaks_the_language_that_was_chosen_on_it(desk: ScriptedDesk, http: httpx.AsyncClient) -> None:
    page = (await http.get("/", headers={"Cookie": "language=ar"})).text
    assert '<html lang="ar" dir="rtl">' in page
    assert "ارفع" in page
    assert '<html lang="en" dir="ltr">' in (await http.get("/", headers={"Cookie": "language=../../x"})).text
    assert (await http.get("/locale/uk.json")).json()["messages"]["Lift"] == "Підняти"
    assert (await http.get("/locale/xx.json")).status_code == 404


async def test_the_page_has_no_script_or_style_of_its_own(http: httpx.AsyncClient) -> None:
    page = (await http.get("/")).text
    assert "<script>" not in page
    assert "style=" not in page
    assert "onclick" not in page
