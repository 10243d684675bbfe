"""The console's HTTP side of wake-up calls: read back, set, cancelled, seen to."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from phoneetiquette.console import bodies
from phoneetiquette.console import wake_up_bodies as wb
from phoneetiquette.console.feed import as_json
from phoneetiquette.console.login import visitor
from phoneetiquette.console.message_bodies import MessageName
from phoneetiquette.console.wake_up_port import WakeUpPort
from phoneetiquette.wakeups.form import WakeUpForm, WakeUpFormError

WAKE_UPS = """
Wake-up calls by when they are due, each whole: `wake_up` (its id), `room`, `name`, `language`, `due` (ISO 8601 with the
offset of the hotel's time zone), `state` (`set`, `calling`, `confirmed`, `escalated`, `settled`, `cancelled`),
`attempts`, `last_result` (`confirmed`, `unconfirmed`, `hung_up`, `busy`, `no_answer`, `failed`, `withdrawn`, `lost`)
and its `history`. `open` are those about which the machine, or the desk, still has to do something; `all` are these and
those of the last days.
"""

ThisWakeUp = Annotated[MessageName, Path(description="Id of the wake-up call")]


def add_wake_ups(app: FastAPI, wake_ups: WakeUpPort) -> None:
    """Serve the wake-up calls of a seat."""

    @app.exception_handler(WakeUpFormError)
    async def _unfit(_request: Request, error: Exception) -> Response:
        assert isinstance(error, WakeUpFormError)
        return _json({"error": error.what, "advice": error.advice, "fields": error.fields}, 422)

    app.include_router(_routes(wake_ups))


def _routes(wake_ups: WakeUpPort) -> APIRouter:
    router = APIRouter(prefix="/api/wake_ups", tags=["wake-up calls"])

    @router.post("/read_back", summary="What is to be read back", responses={422: {"model": wb.Unfit}})
    async def read_back(body: wb.WakeUp) -> wb.Understood:
        """Keeps nothing."""
        return wb.Understood(**wake_ups.read_back(WakeUpForm(**body.model_dump())))

    @router.post("", summary="Wake a guest", responses={422: {"model": wb.Unfit}})
    async def new(body: wb.NewWakeUp) -> Response:
        form = WakeUpForm(**body.model_dump(exclude={"who"}))
        return _json(_known(await wake_ups.set(form, _who(body.who))))

    @router.get("", summary="Wake-up calls", description=WAKE_UPS)
    async def listed(
        state: Literal["open", "all"] = "open", limit: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> Response:
        return _json({"wake_ups": wake_ups.wake_ups(only_open=state == "open", limit=limit)})

    @router.get("/{wake_up}", summary="One with its history", responses={404: {"model": bodies.Refusal}})
    async def one(wake_up: ThisWakeUp) -> Response:
        return _json(_known(wake_up))

    @router.post("/{wake_up}/cancel", summary="It is not wanted any more")
    async def cancel(wake_up: ThisWakeUp, body: wb.Cancel) -> Response:
        _known(wake_up)
        await wake_ups.cancel(wake_up, _who(body.who))
        return _json(_known(wake_up))

    @router.post("/{wake_up}/settle", summary="Somebody has seen to it that the guest is awake")
    async def settle(wake_up: ThisWakeUp, body: wb.Settle) -> Response:
        _known(wake_up)
        await wake_ups.settle(wake_up, _who(body.who), body.text)
        return _json(_known(wake_up))

    def _known(wake_up: str) -> dict[str, Any]:
        found = wake_ups.get(wake_up)
        if found is None:
            raise HTTPException(404, "there is no such wake-up call")
        return found

    return router


def _who(told: str) -> str:
    """Who does it: whose session it is, else whom the body names."""
    asks = visitor()
    return asks.name if asks and asks.session else told


def _json(value: object, status: int = 200) -> Response:
    return Response(as_json(value), status, media_type="application/json")
