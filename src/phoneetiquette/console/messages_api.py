"""The console's HTTP side of messages: taken, listed, answered; and half-typed forms."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from phoneetiquette.console import bodies
from phoneetiquette.console import message_bodies as mb
from phoneetiquette.console.feed import as_json
from phoneetiquette.console.message_port import MessagePort
from phoneetiquette.events import Happened
from phoneetiquette.followups.book import Wanted
from phoneetiquette.followups.form import FormError, MessageForm
from phoneetiquette.records.form_drafts import DraftError

MESSAGES = """
Messages by when they are due (`all`: newest first), each whole: `message` (its id), `call`, `taken` and `due` (ISO 8601
in UTC), `state` (`open`, `claimed`, `answered`, `closed`), `overdue`, `delay_notice_wanted`, what was written down, and
its `history`. `open` are those neither answered nor closed, `due` those of them due within 24 hours or overdue.
A seat knows all that are open, and the newest others.
"""

ThisMessage = Annotated[mb.MessageName, Path(description="Id of the message")]
ThisDraft = Annotated[mb.DraftKey, Path(description="Key of the draft, chosen by the page")]


def add_messages(app: FastAPI, messages: MessagePort) -> None:
    """Serve the messages of a seat."""

    @app.exception_handler(FormError)
    async def _incomplete(_request: Request, error: Exception) -> Response:
        assert isinstance(error, FormError)
        return _json({"error": error.what, "advice": error.advice, "fields": error.fields}, 422)

    @app.exception_handler(DraftError)
    async def _too_much(_request: Request, error: Exception) -> Response:
        assert isinstance(error, DraftError)
        return _json({"error": error.what, "advice": error.advice}, 409)

    app.include_router(_message_routes(messages))
    app.include_router(_draft_routes(messages))


def _message_routes(messages: MessagePort) -> APIRouter:
    router = APIRouter(prefix="/api/messages", tags=["messages"])

    @router.post("", summary="Keep a message", responses={422: {"model": mb.Unfit}})
    async def take(body: mb.NewMessage) -> mb.Taken:
        """It needs a name, a matter and one valid contact; what is wrong is told by field, everything at once."""
        form = MessageForm(**body.model_dump(exclude={"call"}))
        return mb.Taken(message=await messages.take(form, body.call))

    @router.get("", summary="Messages and their deadlines", description=MESSAGES)
    async def listed(state: Wanted = "open", limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
        return _json({"messages": messages.messages(state, limit)})

    @router.get("/{message}", summary="One message with its history", responses={404: {"model": bodies.Refusal}})
    async def one(message: ThisMessage) -> Response:
        return _json(_known(message))

    @router.post("/{message}/claim", summary="Somebody takes care of it")
    async def claim(message: ThisMessage, body: mb.Claim) -> Response:
        return await noted(message, "claimed", body.who)

    @router.post("/{message}/answer", summary="The customer has the answer")
    async def answer(message: ThisMessage, body: mb.Answer) -> Response:
        how = "by e-mail" if body.how == "mail" else "confirmed"
        return await noted(message, "answered", body.who, f"{how}: {body.text}" if body.text else how)

    @router.post("/{message}/close", summary="It needs no answer, for a reason")
    async def close(message: ThisMessage, body: mb.Close) -> Response:
        return await noted(message, "closed", body.who, body.reason)

    @router.post("/{message}/delay", summary="The customer was told that it takes longer")
    async def delay(message: ThisMessage, body: mb.Delay) -> Response:
        return await noted(message, "delay_told", body.who, body.text)

    @router.post("/{message}/call", summary="Dial the customer back")
    async def call(message: ThisMessage, _body: mb.DialBack) -> bodies.Dialled:
        """The call belongs to the message: when it is connected, the message is answered."""
        _known(message)
        return bodies.Dialled(call=await messages.call(message))

    @router.post("/{message}/deliver", summary="Try again to deliver it")
    async def deliver(message: ThisMessage, _body: mb.Deliver) -> mb.TriedAgain:
        """What could not be delivered about it, given up or not, is tried at once."""
        _known(message)
        return mb.TriedAgain(parcels=messages.deliver(message))

    async def noted(message: str, what: Happened, who: str, text: str = "") -> Response:
        _known(message)
        await messages.note(message, what, who, text)
        return _json(_known(message))

    def _known(message: str) -> dict[str, Any]:
        found = messages.get(message)
        if found is None:
            raise HTTPException(404, "there is no such message")
        return found

    return router


def _draft_routes(messages: MessagePort) -> APIRouter:
    router = APIRouter(prefix="/api/drafts", tags=["messages"])

    @router.get("", summary="Half-typed forms")
    async def drafts() -> Response:
        return _json({"drafts": messages.drafts()})

    @router.put("/{key}", summary="Keep a half-typed form")
    async def keep(key: ThisDraft, body: mb.Draft) -> bodies.Done:
        """It is on disk when this is answered, in place of what was there under this key."""
        await messages.put_draft(key, body.text)
        return bodies.Done()

    @router.delete("/{key}", summary="Forget a half-typed form")
    async def forget(key: ThisDraft) -> bodies.Done:
        """Also where there is none. The request needs `Content-Type: application/json` and a `Content-Length`, as
        every one that changes something."""
        await messages.delete_draft(key)
        return bodies.Done()

    return router


def _json(value: object, status: int = 200) -> Response:
    return Response(as_json(value), status, media_type="application/json")
