"""Bodies of requests about messages and drafts. What is written in a form is checked by ``followups.form``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from phoneetiquette.console.bodies import Body, CallName

MessageName = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
DraftKey = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Person = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$"),
    Field(description="Who does it"),
]
Remark = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"),
    Field(description="In their words"),
]
NamedPerson = Annotated[Person, StringConstraints(min_length=1)]
NeededRemark = Annotated[Remark, StringConstraints(min_length=1)]


class NewMessage(Body):
    call: CallName | None = Field(None, description="The call it was taken in, also one that is over; null: in none")
    service: str = Field("", description="Who is responsible; empty: the service of the topic, else the desk itself")
    topic: str = ""
    name: str = Field("", description="The customer's full name; needed")
    phone: str = Field("", description="Where to call back, in any notation; this or `email` is needed")
    email: str = ""
    matter: str = Field("", description="What the customer wants; needed")
    language: str = Field("", description="Language to answer in", examples=["de"])
    read_back: bool = Field(False, description="Number or address was read back and confirmed")


class Claim(Body):
    who: NamedPerson


class Answer(Body):
    """Sent mail, or the confirmation of a named person. A call that is connected answers by itself."""

    who: NamedPerson
    how: Literal["mail", "confirmed"] = "confirmed"
    text: Remark = ""


class Close(Body):
    who: NamedPerson
    reason: NeededRemark


class Delay(Body):
    """The customer was told that the answer takes longer."""

    who: NamedPerson
    text: Remark = ""


class DialBack(Body):
    pass


class Deliver(Body):
    pass


class TriedAgain(BaseModel):
    parcels: int = Field(description="How many mails or webhooks are tried again")


class Draft(Body):
    text: dict[str, str] = Field(description="What is typed, by field")


class Taken(BaseModel):
    message: str = Field(description="Id of the message")


class Unfit(BaseModel):
    """A message that is not complete. Nothing was kept."""

    error: str
    advice: str
    fields: dict[str, str] = Field(description="What is wrong, by field")
