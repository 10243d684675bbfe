"""The dialplan page: the file with its problems, the week, questions, what a change alters, publishing, history."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from phoneetiquette.console.login import visitor
from phoneetiquette.office.bodies import LONGEST, Call, Draft, Publication, Restoration
from phoneetiquette.office.planning import Current, Planning, RefusedPlanError, Tried, today
from phoneetiquette.office.questions import explained

LIMITS = {"/dialplan/check": LONGEST, "/dialplan/publish": LONGEST}
VERSIONS_SHOWN = 50


def add_dialplan(
    app: FastAPI, planning: Planning, render: Callable[..., HTMLResponse], drawing: threading.Lock
) -> None:
    """Serve the page; ``drawing``: the drawing library is for one thread at a time."""

    @app.get("/dialplan", response_class=HTMLResponse, summary="The dialplan: one of its files, and its history")
    def page(
        file: Annotated[str, Query(max_length=255)] = "",
        version: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")] = "",
    ) -> Response:
        current = planning.current()
        files = dict(current.files)
        earlier = planning.history.find(version) if version else None
        if version:
            if earlier is None:
                raise HTTPException(404, "there is no such version")
            files = planning.history.contents(earlier)
        chosen = file or current.main
        if chosen not in files:
            raise HTTPException(404, "the dialplan has no such file")
        tried = planning.tried_earlier(current, earlier) if earlier else planning.tried(current, chosen, None)
        versions = planning.history.versions()
        return render(
            "dialplan.html",
            here="dialplan",
            current=current,
            file=chosen,
            files=sorted(files, key=lambda name: (name != current.main, name)),
            text=files[chosen].decode("utf-8", "replace"),
            editable=earlier is None and _is_text(files[chosen]),
            earlier=earlier,
            tried=tried,
            plan=tried.router.plan if tried.router else None,
            versions=versions[:VERSIONS_SHOWN],
            published=versions[0] if versions and versions[0].hash == current.hash else None,
        )

    @app.get("/dialplan/week.svg", summary="Who takes the calls of each line and topic, over a week")
    def week(draft: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")] = "") -> Response:
        tried = _tried(draft)
        if tried.router is None:
            raise HTTPException(404, "a plan with errors has no week")
        from phoneetiquette.reports.coverage import draw

        with drawing:
            picture = draw([(tried.router.plan, list(tried.covered))], today())
        return Response(picture, media_type="image/svg+xml")

    @app.post("/dialplan/check", summary="What the plan would be with this file, and which calls would go elsewhere")
    def check(body: Draft) -> Response:
        current = planning.current()
        return JSONResponse(_told(planning.tried(current, body.file, _lf(body.text)), current))

    @app.post("/dialplan/explain", summary="Where a call would go, and why")
    def explain(body: Call) -> Response:
        tried = _tried(body.draft)
        if tried.router is None:
            return JSONResponse({"error": "a plan with errors cannot be asked", "advice": "mend them first"}, 422)
        return JSONResponse({"text": planning.shortened(explained(tried.router, body))})

    @app.post("/dialplan/publish", summary="Replace a file, and let the seats follow")
    def publish(body: Publication) -> Response:
        """409: the plan was changed meanwhile; 422: it has errors, or holes. Then nothing has changed."""
        text = _lf(body.text)
        return _published(
            lambda who: planning.publish(body.base, body.file, text, who, body.why, with_holes=body.with_holes)
        )

    @app.post("/dialplan/restore", summary="Go back to an earlier version, and let the seats follow")
    def restore(body: Restoration) -> Response:
        return _published(
            lambda who: planning.restore(body.base, body.version, who, body.why, with_holes=body.with_holes)
        )

    def _published(put: Callable[[str], tuple[Any, list[str]]]) -> Response:
        asks = visitor()
        who = asks.name if asks and asks.name else f"{getpass.getuser()} (this machine)"
        try:
            version, said = put(who)
        except RefusedPlanError as error:
            told = {"error": error.what, "advice": error.advice, **_told(error.tried, planning.current())}
            return JSONResponse(told, 422)
        return JSONResponse({"version": version.hash, "seats": said})

    def _tried(draft: str) -> Tried:
        found = planning.remembered(draft) if draft else None
        if draft and found is None:
            raise HTTPException(404, "this draft is not remembered any more: check it again, or load the page anew")
        current = planning.current()
        return found or planning.tried(current, current.main, None)


def _told(tried: Tried, current: Current) -> dict[str, Any]:
    return {
        "draft": tried.id,
        "base": current.hash,
        "problems": [problem.as_json() for problem in tried.problems],
        "followable": tried.followable,
        "holes": tried.holes,
        "changes": list(tried.changes),
    }


def _lf(text: str) -> str:
    """As a file has it, whatever a browser makes of the ends of lines."""
    return text.replace("\r\n", "\n").encode("utf-8", "replace").decode()


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
