"""The office's HTTP side: server-rendered pages over the store of the seats. Reads only, but for what is done with a
message, which is handed to the seat that took it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Literal

import jinja2
from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from phoneetiquette import __version__
from phoneetiquette.access.users import Permission
from phoneetiquette.console.gate import Gate
from phoneetiquette.console.guard import Guard
from phoneetiquette.console.login import add_login, visitor
from phoneetiquette.errors import CallError, PhoneEtiquetteError, StoreError
from phoneetiquette.figures.counting import SPREADS, Where
from phoneetiquette.figures.table import BY_NAME
from phoneetiquette.followups.export import calendar, write_csv
from phoneetiquette.followups.message import Message, message_from
from phoneetiquette.office import asked, shown
from phoneetiquette.office.asked import Asked, AskedError
from phoneetiquette.office.coaching_pages import add_coaching
from phoneetiquette.office.dialplan_pages import LIMITS, add_dialplan
from phoneetiquette.office.planning import Planning
from phoneetiquette.records.explain import explain
from phoneetiquette.records.store import MessageQuery, Store, existing_store, sqlite_file
from phoneetiquette.records.store.reporting import report

CALLS_SHOWN = 200
MESSAGES_SHOWN = 500
Change = Callable[[str, str, str, dict[str, Any]], dict[str, Any]]
"""Does something with a message: seat, message, what, the body of the seat's API; the message as it is then."""

_ABOUT = (
    "What the office looks at: reports, follow-ups and messages of all seats. Meant for this machine, as a seat is."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the pages are made of."""

    database: str
    """The store's address, with its password."""
    zone: tzinfo | None
    """The site's; ``None``: the machine's."""
    name: str
    change: Change
    gate: Gate | None = None
    """Who is let in; ``None``: everybody."""
    hosts: Collection[str] = ()
    """Names and addresses, besides the loopback ones, under which the pages may be asked for."""
    encrypted: bool = False
    """They are served by HTTPS."""
    planning: Planning | None = None
    """The dialplan to be changed; ``None``: the configuration names none."""
    language: str = "en"
    """How the login begins where nobody has chosen otherwise."""


def create_office(office: Office) -> FastAPI:
    """The office's pages as an ASGI application. Pages are made in threads: the store may be slow."""
    app = FastAPI(
        title="phoneetiquette office",
        version=__version__,
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.zone = office.zone
    if office.gate is not None:
        add_login(app, office.gate, permission_of, title=lambda: office.name, language=office.language)
    app.add_middleware(Guard, office.hosts, forms=True, limits=LIMITS, encrypted=office.encrypted)
    static = StaticFiles(packages=[("phoneetiquette.office", "static"), ("phoneetiquette.console", "static")])
    app.mount("/static", static, name="static")
    pages = _Pages(office)
    drawing = threading.Lock()
    _add_refusals(app, office, pages)
    _add_reports(app, office, pages, drawing)
    _add_messages(app, office, pages)
    add_coaching(app, pages.store, office.zone, pages.render)
    if office.planning is not None:
        add_dialplan(app, office.planning, pages.render, drawing)
    return app


def permission_of(path: str) -> Permission:
    """What the page at a path needs."""
    return Permission.ADMINISTRATION if path.startswith("/dialplan") else Permission.OFFICE


def _asked(
    request: Request,
    span: str = "",
    first: Annotated[str, Query(alias="from")] = "",
    last: Annotated[str, Query(alias="to")] = "",
    by: str = "",
    part: str = "",
    value: Annotated[str, Query(max_length=128)] = "",
) -> Asked:
    return asked.read(request.app.state.zone, span, first, last, by, part, value)


Ask = Annotated[Asked, Depends(_asked)]


class _Pages:
    """Templates, and the store they are filled from, opened when it is first there."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._opened: int | None = None
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("phoneetiquette.office"),
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= shown.filters(office.zone)

    def store(self) -> Store:
        """
        Raises:
            StoreError: there is none yet.
        """
        with self._lock:
            file = self._file()
            if self._store is not None and file != self._opened:
                self._store.close()
                self._store = None
            if self._store is None:
                self._store, self._opened = existing_store(self._office.database), file
            if self._store is None:
                raise StoreError("there are no records yet", "a seat stores them as calls end")
            return self._store

    def _file(self) -> int | None:
        """Which file an SQLite database is in now: a seat may have set it aside, an administrator restored it."""
        file = sqlite_file(self._office.database)
        return file.stat().st_ino if file is not None and file.is_file() else None

    def render(self, template: str, **values: Any) -> HTMLResponse:
        page = self._templates.get_template(template)
        asks, gate = visitor(), self._office.gate
        administers = asks is None or gate is None or gate.permits(asks, Permission.ADMINISTRATION)
        return HTMLResponse(
            page.render(
                office=self._office.name,
                version=__version__,
                user=asks.name if asks else "",
                planned=self._office.planning is not None and administers,
                **values,
            )
        )


def _add_refusals(app: FastAPI, office: Office, pages: _Pages) -> None:
    def refused(request: Request, status: int, error: str, advice: str = "") -> Response:
        is_stranger = office.gate is not None and visitor() is None
        if is_stranger or request.url.path.startswith("/api/") or request.method != "GET":
            return JSONResponse({"error": error, "advice": advice}, status)
        page = pages.render("refused.html", error=error, advice=advice)
        page.status_code = status
        return page

    @app.exception_handler(PhoneEtiquetteError)
    async def _ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, PhoneEtiquetteError)
        return refused(request, 409 if isinstance(error, CallError) else 503, error.what, error.advice)

    @app.exception_handler(AskedError)
    async def _asked(request: Request, error: Exception) -> Response:
        return refused(request, 400, str(error))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        return refused(request, 422, f"{first['loc'][-1]}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return refused(request, error.status_code, str(error.detail))


def _add_reports(app: FastAPI, office: Office, pages: _Pages, drawing: threading.Lock) -> None:
    @app.get("/", include_in_schema=False)
    def root() -> Response:
        return RedirectResponse("/reports")

    @app.get("/reports", response_class=HTMLResponse, summary="The figures of a time")
    def reports(ask: Ask) -> Response:
        told = _report(ask)
        return pages.render("reports.html", here="reports", **shown.report(told, ask))

    @app.get("/reports.json", summary="The same as JSON")
    def reports_json(ask: Ask) -> Response:
        return JSONResponse(_report(ask).as_object())

    @app.get("/reports.csv", summary="The same as a spreadsheet")
    def reports_csv(ask: Ask) -> Response:
        out = io.StringIO()
        _report(ask).write_csv(out)
        return _download(out.getvalue(), "text/csv", f"report-{ask.first}-{ask.last}.csv")

    @app.get("/reports.pdf", summary="The same on A4 pages")
    def reports_pdf(ask: Ask) -> Response:
        from phoneetiquette.reports.report_pdf import draw

        told = _report(ask)
        with drawing:
            pages_drawn = draw(told, office.name, f"{ask.part} {ask.value}" if ask.part else "")
        name = f"report-{ask.first}-{ask.last}.pdf"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(pages_drawn, media_type="application/pdf", headers=headers)

    @app.get("/calls", response_class=HTMLResponse, summary="The calls that a figure was made of, newest first")
    def calls(ask: Ask, figure: str = "incoming", bin: int | None = None) -> Response:
        title, where = _where(figure, bin)
        rows = pages.store().facts(where, ask.first, ask.last, ask.part, ask.value, CALLS_SHOWN + 1)
        return pages.render(
            "calls.html", here="reports", title=title, ask=ask, rows=rows[:CALLS_SHOWN], more=len(rows) > CALLS_SHOWN
        )

    @app.get("/calls/{call}", response_class=HTMLResponse, summary="One call")
    def call(call: str) -> Response:
        record = pages.store().get(call)
        if record is None:
            raise HTTPException(404, "there is no such call")
        return pages.render("call.html", here="reports", record=record, story=explain(record, office.zone))

    @app.get("/calls/{call}/timeline.svg", summary="Its picture")
    def timeline(call: str) -> Response:
        record = pages.store().get(call)
        if record is None:
            raise HTTPException(404, "there is no such call")
        from phoneetiquette.reports.timeline import draw

        with drawing:  # the drawing library is for one thread at a time
            return Response(draw(record, "svg", office.zone), media_type="image/svg+xml")

    def _report(ask: Asked) -> Any:
        return report(pages.store(), ask.first, ask.last, by=ask.by, part=ask.part, value=ask.value, zone=office.zone)


def _where(figure: str, bin: int | None) -> tuple[str, Where]:
    """What is told of a figure, or of a part of a distribution, and which calls it is made of."""
    if bin is not None and figure in SPREADS:
        bins = SPREADS[figure].bins()
        if not 0 <= bin < len(bins):
            raise HTTPException(404, "there is no such part of the distribution")
        return shown.bin_title(figure, bin), bins[bin]
    if figure not in BY_NAME:
        raise HTTPException(404, "there is no such figure")
    one = BY_NAME[figure]
    return f"{one.group}: {one.title}", one.where


Wanted = Literal["open", "due", "overdue", "all"]


def _add_messages(app: FastAPI, office: Office, pages: _Pages) -> None:
    @app.get("/followups", response_class=HTMLResponse, summary="What is owed, by when it is due")
    def followups() -> Response:
        now = datetime.now(UTC)
        found = _messages("open", now)
        return pages.render("followups.html", here="followups", now=now, **shown.owed(found, now))

    @app.get("/messages", response_class=HTMLResponse, summary="Messages")
    def messages(state: Wanted = "all") -> Response:
        now = datetime.now(UTC)
        return pages.render("messages.html", here="messages", now=now, state=state, messages=_messages(state, now))

    @app.get("/messages.csv", summary="Messages as a spreadsheet")
    def messages_csv(state: Wanted = "all") -> Response:
        out = io.StringIO()
        write_csv(_messages(state, datetime.now(UTC), None), out)
        return _download(out.getvalue(), "text/csv", f"messages-{state}.csv")

    @app.get("/messages.ics", summary="Messages as tasks of a calendar")
    def messages_ics(state: Wanted = "open") -> Response:
        now = datetime.now(UTC)
        return _download(calendar(_messages(state, now, None), now), "text/calendar", f"messages-{state}.ics")

    @app.get("/messages/{message}", response_class=HTMLResponse, summary="One message with its history")
    def message(message: str) -> Response:
        return pages.render("message.html", here="messages", now=datetime.now(UTC), message=_one(message))

    @app.post("/messages/{message}/{what}", summary="Claim, answer, close it, or note that the customer was told")
    def change(message: str, what: Literal["claim", "answer", "close", "delay"], body: dict[str, Any]) -> Response:
        """The body is that of the seat's API. The seat that took the message must run."""
        told = office.change(_one(message).seat, message, what, body)
        for note in message_from(told).history:  # the page is made anew before the seat has stored them
            pages.store().add_note(message, note)
        return JSONResponse(told)

    def _one(name: str) -> Message:
        found = [one for one in pages.store().find_messages(name, 2) if one.id == name]
        if not found:
            raise HTTPException(404, "there is no such message")
        return found[0]

    def _messages(state: Wanted, now: datetime, limit: int | None = MESSAGES_SHOWN) -> list[Message]:
        query = MessageQuery(is_open=None if state == "all" else True, due_before=shown.before(state, now), limit=limit)
        return pages.store().messages(query)


def _download(text: str, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), media_type=f"{kind}; charset=utf-8", headers=headers)
