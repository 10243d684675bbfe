"""Bodies of the requests of the dialplan page."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from phoneetiquette.console.bodies import Body

LONGEST = 2 * 1024 * 1024
"""Bytes of a request that carries a file."""

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
DraftId = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$", description="From the check; empty: the plan in force")]
FileName = Annotated[str, Field(min_length=1, max_length=255, description="Below the dialplan's directory")]
Why = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")]
Word = Annotated[str, Field(max_length=128)]


class Draft(Body):
    file: FileName
    text: str = Field(max_length=LONGEST)


class Publication(Draft):
    base: Hash = Field(description="Hash of the plan that was changed")
    why: Why
    with_holes: bool = Field(False, description="Publish though at some times nobody takes calls")


class Restoration(Body):
    version: Hash
    base: Hash = Field(description="Hash of the plan in force")
    why: Why
    with_holes: bool = Field(False, description="Go back though at some times nobody takes calls")


class Call(Body):
    """A call that is asked about."""

    draft: DraftId = ""
    called: Word = ""
    caller: Word = ""
    topic: Word = Field("", description="The receptionist puts it through for this topic")
    switch: Word = Field("", description="A switch that is on")
    at: Word = Field("", description="On the site's clock, such as 2026-03-02T10:00; empty: now")
    desk_absent: bool = False
