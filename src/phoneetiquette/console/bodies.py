"""Bodies of the console's requests and answers, checked by pydantic and described by OpenAPI."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

CallName = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Target = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(description="A number as dialled, or a SIP URI", examples=["201", "sip:anna@pbx.example"]),
]


class Body(BaseModel):
    """Base of the requests: a misspelt key is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class WhichCall(Body):
    call: CallName | None = Field(
        None, description="Id of the call from the snapshot; null: the one the action most naturally means"
    )


class ThisCall(Body):
    call: CallName = Field(description="Id of the call from the snapshot")


class Mute(Body):
    muted: bool


class Dial(Body):
    target: Target


class Digits(WhichCall):
    digits: str = Field(pattern=r"^[0-9A-D*#]{1,32}$", description="Sent in this order as RFC 4733 events")


class Transfer(WhichCall):
    """With neither destination: the held call to the party of the one in talk, or that still rings."""

    target: Target | None = Field(None, description="Blind transfer to this number or SIP URI")
    to_call: CallName | None = Field(None, description="Attended transfer to the party of this other call")

    @model_validator(mode="after")
    def _one_destination(self) -> Self:
        if self.target is not None and self.to_call is not None:
            raise ValueError("give either target (blind) or to_call (attended)")
        return self


class Topic(WhichCall):
    topic: str = Field(min_length=1, max_length=255, description="Name of a topic of the dialplan")
    escalate: bool = Field(False, description="Ask for the topic's supervisor")
    conference: bool = Field(False, description="All three talk as soon as somebody answers")


class Machine(WhichCall):
    service: str = Field(
        "", max_length=255, description="Who answers; empty: whom the dialplan names for the topic that nobody took"
    )


class Switch(Body):
    name: str = Field(min_length=1, max_length=255, description="Name of a switch of the dialplan")
    on: bool


class Person(Body):
    who: str = Field(min_length=1, max_length=255, description="Name of somebody in the dialplan")
    presence: Literal["present", "absent", "do_not_disturb"]


class Reload(Body):
    pass


class Stage(WhichCall):
    stage: Literal["greeting", "permission", "clarify", "check", "close"]


class Presence(Body):
    presence: Literal["present", "absent", "break"]


class WrapUp(ThisCall):
    note: str = Field("", max_length=4000, description="What it was about and what was agreed")
    topic: str = Field("", max_length=255, description="Name of a topic of the dialplan; empty: none of them")
    outcome: Literal["", "solved", "put_through", "message", "call_back", "not_reached", "misdialled"] = ""


class Login(Body):
    name: str = Field(max_length=64)
    password: str = Field(max_length=256)


class Done(BaseModel):
    ok: Literal[True] = True


class Dialled(BaseModel):
    call: str = Field(description="Id of the new call")


class Reloaded(BaseModel):
    dialplan: str | None = Field(description="Version of the dialplan in force; null: the seat follows none")


class Refusal(BaseModel):
    """Why a request was not carried out. Nothing has changed."""

    error: str = Field(description="What is wrong, in one line", examples=["no call is ringing"])
    advice: str = Field(description="What can be done about it; may be empty")
