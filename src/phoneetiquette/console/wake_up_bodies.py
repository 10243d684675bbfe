"""Bodies of requests about wake-up calls. What is written in a form is checked by ``wakeups.form``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from phoneetiquette.console.bodies import Body
from phoneetiquette.console.message_bodies import Person, Remark


class WakeUp(Body):
    """What a guest asks for. What is wrong with it is told by field, everything at once."""

    room: str = Field("", max_length=64)
    clock: str = Field("", max_length=16, description="What the hotel's clocks show then", examples=["06:30"])
    day: str = Field("", max_length=16, description="Empty: the next time that they show it", examples=["2026-11-28"])
    name: str = Field("", max_length=255, description="Empty: as the guest list has it")
    language: str = Field("", max_length=35, description="Empty: as the guest list has it", examples=["de"])
    which: Literal["", "first", "second"] = Field(
        "", description="Which of two moments, where the clocks are put back over it"
    )


class NewWakeUp(WakeUp):
    who: Person = Field("", description="Who writes it down; with a login it is the session's user")


class Cancel(Body):
    who: Person = ""


class Settle(Body):
    """Somebody has seen to it that the guest is awake."""

    who: Person = ""
    text: Remark = ""


class Understood(BaseModel):
    """What the form means, to be read back. Nothing is kept yet."""

    room: str
    target: str = Field(description="SIP URI of the room's telephone")
    name: str
    language: str
    known: bool = Field(description="The guest list knows who is in the room")
    moments: list[str] = Field(description="When; of two, one is to be chosen by `which`")
    at_that_time: int = Field(description="How many others are to be woken then")


class Unfit(BaseModel):
    error: str
    advice: str
    fields: dict[str, str] = Field(description="What is wrong, by field")
