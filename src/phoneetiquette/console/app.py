"""The console's HTTP side: the reception page, the actions, the state and its live events."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Any

import jinja2
from fastapi import Cookie, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from phoneetiquette import __version__
from phoneetiquette import events as e
from phoneetiquette.access.users import Permission
from phoneetiquette.console import bodies
from phoneetiquette.console.catalogues import LANGUAGES, catalogue
from phoneetiquette.console.desk_port import DeskPort
from phoneetiquette.console.feed import Feeds, as_json
from phoneetiquette.console.gate import Gate
from phoneetiquette.console.guard import Guard
from phoneetiquette.console.login import add_login, visitor
from phoneetiquette.console.message_port import MessagePort
from phoneetiquette.console.messages_api import add_messages
from phoneetiquette.console.wake_up_port import WakeUpPort
from phoneetiquette.console.wake_ups_api import add_wake_ups
from phoneetiquette.errors import CallError, PhoneEtiquetteError
from phoneetiquette.units import NS_PER_MS

BY = "console"
STATIC = Path(__file__).parent / "static"

ABOUT = """
One seat: its calls, and what the receptionist can do with them. The same API serves the reception page and the command
line. It is meant for this machine: requests are obeyed under a loopback name only, and from no other web page.

Moments are milliseconds of the machine's monotonic clock; the snapshot's `now_ms` ties them to the reader's clock.
A request that the seat cannot carry out is answered with an `error` and an `advice`, and has changed nothing.
"""
STATE = """
The whole seat: presence, engine, registration, sound, troubles, and every live call with its ring window, its measures
and the `actions` it can be asked for now. `now_ms` is the seat's monotonic clock at the time of the answer.
"""
EVENTS = """
Server-sent events. `event: state` carries the whole snapshot, at once and on every change; `event: measures` carries
`{"call", "measures"}` about once a second while a call is in talk. A comment is sent every 15 s. A reader that falls
behind gets the latest state, not the ones between.
"""
CALLS = """
Records of calls, newest first, each whole: `call`, `direction`, `caller`, `caller_name`, `called`, the moments
`arrived`, `answered` and `ended` (ISO 8601 in UTC, null: it did not come to that), `pickup` with its `verdict`,
`ended_by`, its `score_card`, and all else that the seat knows of it. They are the objects that
`phoneetiquette calls --json` prints.
"""


DIRECTORY = """
Whom a call may be put through to: `kind` is `topic`, `person`, `contact` or `number`. A person's `state` is `busy`
(since `since_ms`: in a call of this seat, in another by what the PBX tells, or found busy a moment ago), `off` by the
hours, `hours` (at work by them) or `unknown`; `until` is when the hours begin or end next. A topic lists its
`specialists` in the order of the dialplan.
"""


def create_app(
    desk: DeskPort,
    *,
    hosts: Collection[str] = (),
    messages: MessagePort | None = None,
    wake_ups: WakeUpPort | None = None,
    metrics: Callable[[], str] | None = None,
    language: str = "en",
    hints: bool = True,
    gate: Gate | None = None,
    encrypted: bool = False,
) -> FastAPI:
    """The console of ``desk`` as an ASGI application, with the ``messages`` of the seat, its ``wake_ups`` and its
    ``metrics``.

    ``hosts``: names and addresses, besides the loopback ones, under which it may be asked for; ``gate``: who is let in
    (without: everybody); ``encrypted``: it is served by HTTPS. ``language`` and
    ``hints`` are how the page begins where nobody has chosen otherwise on it. Its open event streams
    are ``app.state.feeds`` (:class:`Feeds`); close them before the server stops.
    """
    app = FastAPI(
        title="phoneetiquette seat",
        version=__version__,
        description=ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        responses={409: {"model": bodies.Refusal, "description": "The seat cannot do that now"}},
    )
    app.state.feeds = Feeds(desk)
    if gate is not None:
        title = lambda: str(desk.snapshot()["display_name"])  # noqa: E731
        add_login(app, gate, lambda _path: Permission.DESK, title=title, language=language)
    app.add_middleware(Guard, hosts=hosts, encrypted=encrypted)
    app.mount("/static", _Static(packages=[("phoneetiquette.console", "static")]), name="static")
    _add_refusals(app)
    parts = {"messages": messages is not None, "wake_ups": wake_ups is not None}
    _add_page(app, desk, language, hints=hints, parts=parts)
    _add_readings(app, desk, gate)
    _add_actions(app, desk)
    if messages is not None:
        add_messages(app, messages)
    if wake_ups is not None:
        add_wake_ups(app, wake_ups)
    if metrics is not None:
        _add_metrics(app, metrics)
    return app


class _Static(StaticFiles):
    """The page's own files, asked for again after an update."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _json(value: object, status: int = 200) -> Response:
    return Response(as_json(value), status, media_type="application/json")


def _add_refusals(app: FastAPI) -> None:
    """Every error has the form of :class:`bodies.Refusal`."""

    @app.exception_handler(PhoneEtiquetteError)
    async def _refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, PhoneEtiquetteError)
        status = 409 if isinstance(error, CallError) else 503
        return _json({"error": error.what, "advice": error.advice}, status)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
        return _json({"error": f"{where}: {first['msg']}", "advice": "see /api/openapi.json"}, 422)

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        response = _json({"error": str(error.detail), "advice": "see /api/openapi.json"}, error.status_code)
        response.headers.update(error.headers or {})
        return response


def _add_page(app: FastAPI, desk: DeskPort, language: str, *, hints: bool, parts: dict[str, bool]) -> None:
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("phoneetiquette.console"),
        autoescape=True,
        auto_reload=False,
    )
    # Told at once, so that the browser need not find them one behind the other.
    scripts = sorted(one.name for one in STATIC.glob("*.js") if one.name != "login.js")

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def reception(chosen: Annotated[str, Cookie(alias="language")] = "") -> str:
        words = catalogue(chosen if chosen in LANGUAGES else language)
        state = desk.snapshot()
        return templates.get_template("reception.html").render(
            _=words.gettext,
            display_name=state["display_name"],
            seat=state["seat"],
            version=__version__,
            language=words.language,
            direction=words.direction,
            languages=LANGUAGES,
            scripts=scripts,
            hints=hints,
            user=asks.name if (asks := visitor()) else "",
            **parts,
        )

    @app.get("/locale/{wanted}.json", include_in_schema=False)
    async def locale(wanted: str) -> Response:
        if wanted not in LANGUAGES:
            raise HTTPException(404, f"the page does not speak {wanted[:20]!r}")
        return _json(catalogue(wanted).as_json())


def _add_readings(app: FastAPI, desk: DeskPort, gate: Gate | None) -> None:
    feeds: Feeds = app.state.feeds

    @app.get("/healthz", tags=["state"], summary="Whether the seat's main process answers, and the engine's state")
    async def health() -> dict[str, str]:
        return {"status": "ok", "engine": desk.snapshot()["engine"]["state"]}

    @app.get("/api/state", tags=["state"], summary="The seat's snapshot", description=STATE)
    async def state() -> Response:
        return _json(desk.snapshot())

    @app.get("/api/events", tags=["state"], summary="The snapshot, live", description=EVENTS)
    async def events() -> StreamingResponse:
        feeds.check_room()
        asks = visitor()

        def may_go_on() -> bool:
            return gate is None or (asks is not None and gate.holds(asks, Permission.DESK))

        return StreamingResponse(feeds.stream(may_go_on), media_type="text/event-stream")

    @app.get("/api/calls", tags=["state"], summary="The last calls", description=CALLS)
    async def calls(limit: Annotated[int, Query(ge=1, le=500)] = 20) -> Response:
        return _json(desk.calls(limit))

    @app.get("/api/directory", tags=["talk"], summary="Whom a call may be put through to", description=DIRECTORY)
    async def directory(
        q: Annotated[str, Query(max_length=255)] = "", limit: Annotated[int, Query(ge=1, le=50)] = 8
    ) -> Response:
        return _json(desk.directory(q, limit))


def _add_metrics(app: FastAPI, metrics: Callable[[], str]) -> None:
    @app.get("/metrics", tags=["state"], summary="Counters and gauges for Prometheus")
    async def told() -> Response:
        return Response(metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _add_actions(app: FastAPI, desk: DeskPort) -> None:
    async def happen(event: e.Event) -> bodies.Done:
        await desk.submit(event)
        return bodies.Done()

    @app.post("/api/lift", tags=["pick up"], summary="Lift: connects when the pickup window is open")
    async def lift(body: bodies.WhichCall) -> bodies.Done:
        """Before the window opens this *arms* the call: the customer is connected at the end of the second ring."""
        return await happen(e.AgentLifted(at_ns=desk.now_ns(), call=body.call, by=BY))

    @app.post("/api/put_down", tags=["pick up"], summary="Take an early lift back")
    async def put_down(body: bodies.ThisCall) -> bodies.Done:
        return await happen(e.AgentPutDown(at_ns=desk.now_ns(), call=body.call))

    @app.post("/api/hangup", tags=["talk"], summary="End a call; a ringing one is declined")
    async def hangup(body: bodies.WhichCall) -> bodies.Done:
        return await happen(e.AgentHungUp(at_ns=desk.now_ns(), call=body.call))

    @app.post("/api/hold", tags=["talk"], summary="Hold a call")
    async def hold(body: bodies.WhichCall) -> bodies.Done:
        return await happen(e.AgentHeld(at_ns=desk.now_ns(), call=body.call))

    @app.post("/api/resume", tags=["talk"], summary="Talk to a held call again; the one in talk is held (swap)")
    async def resume(body: bodies.WhichCall) -> bodies.Done:
        return await happen(e.AgentResumed(at_ns=desk.now_ns(), call=body.call))

    @app.post("/api/mute", tags=["talk"], summary="Microphone off or on")
    async def mute(body: bodies.Mute) -> bodies.Done:
        return await happen(e.AgentMuted(at_ns=desk.now_ns(), muted=body.muted))

    @app.post("/api/dial", tags=["talk"], summary="Place a call; the one in talk is held")
    async def dial(body: bodies.Dial) -> bodies.Dialled:
        call = desk.new_call_id()
        await desk.submit(e.AgentDialled(at_ns=desk.now_ns(), call=call, target=body.target))
        return bodies.Dialled(call=call)

    @app.post("/api/digits", tags=["talk"], summary="Send digits (DTMF)")
    async def digits(body: bodies.Digits) -> bodies.Done:
        return await happen(e.AgentSentDigits(at_ns=desk.now_ns(), call=body.call, digits=body.digits))

    @app.post("/api/transfer", tags=["talk"], summary="Put a call through, blind or to another call")
    async def transfer(body: bodies.Transfer) -> bodies.Done:
        event = e.AgentTransferred(at_ns=desk.now_ns(), call=body.call, target=body.target or "", to_call=body.to_call)
        return await happen(event)

    @app.post("/api/topic", tags=["talk"], summary="Put a call through to whom the dialplan names for a topic")
    async def topic(body: bodies.Topic) -> bodies.Done:
        """The customer hears the music while they are called in turn; `search` of the call tells how it goes. When
        nobody takes it, the call is on hold as before."""
        return await happen(
            e.AgentChoseTopic(
                at_ns=desk.now_ns(),
                call=body.call,
                topic=body.topic,
                escalate=body.escalate,
                conference=body.conference,
            )
        )

    @app.post("/api/machine", tags=["talk"], summary="Leave a call to the machine, which takes a message")
    async def machine(body: bodies.Machine) -> bodies.Done:
        """The customer, on hold or in talk, is asked for a message; the receptionist is free."""
        return await happen(e.AgentLeftToMachine(at_ns=desk.now_ns(), call=body.call, service=body.service))

    @app.post("/api/switch", tags=["state"], summary="Turn a switch of the dialplan on or off")
    async def switch(body: bodies.Switch) -> bodies.Done:
        """It stays so until it is turned again, whatever is restarted."""
        return await happen(e.SwitchTurned(at_ns=desk.now_ns(), name=body.name, on=body.on))

    @app.post(
        "/api/person", tags=["state"], summary="Somebody in the dialplan is there, absent, or not to be disturbed"
    )
    async def person(body: bodies.Person) -> bodies.Done:
        """It stays so until it is changed, whatever is restarted."""
        return await happen(e.PersonMarked(at_ns=desk.now_ns(), who=body.who, presence=body.presence))

    @app.post("/api/reload", tags=["state"], summary="Load the dialplan anew")
    async def reload(_body: bodies.Reload) -> bodies.Reloaded:
        """A dialplan with errors is not taken: the one before stays in force. Calls under way finish on theirs."""
        plan = await desk.reload()
        return bodies.Reloaded(dialplan=plan["version"] if plan else None)

    @app.post("/api/conference", tags=["talk"], summary="All three: the call in talk and a held one")
    async def conference(body: bodies.WhichCall) -> bodies.Done:
        return await happen(e.AgentConferenced(at_ns=desk.now_ns(), call=body.call))

    @app.post("/api/stage", tags=["talk"], summary="A stage of the conversation begins")
    async def stage(body: bodies.Stage) -> bodies.Done:
        """Nobody marks a greeting while greeting: what came before the first mark of a call that is named was it."""
        call = next((one for one in desk.snapshot()["calls"] if one["id"] == body.call), None)
        if call and not call["stage"] and call["answered_ms"] is not None and body.stage != "greeting":
            answered_ns = round(call["answered_ms"] * NS_PER_MS)
            await happen(e.AgentMarkedStage(at_ns=answered_ns, call=body.call, stage="greeting"))
        return await happen(e.AgentMarkedStage(at_ns=desk.now_ns(), call=body.call, stage=body.stage))

    @app.post("/api/wrap_up", tags=["talk"], summary="Note what came of a call, in talk or over")
    async def wrap_up(body: bodies.WrapUp) -> bodies.Done:
        """The last note of a call counts; it goes into its record. The time to write it up ends."""
        event = e.AgentWrappedUp(
            at_ns=desk.now_ns(), call=body.call, note=body.note, topic=body.topic, outcome=body.outcome
        )
        return await happen(event)

    @app.post("/api/presence", tags=["state"], summary="Present, absent or on a break")
    async def presence(body: bodies.Presence) -> bodies.Done:
        return await happen(e.PresenceChanged(at_ns=desk.now_ns(), presence=body.presence))
