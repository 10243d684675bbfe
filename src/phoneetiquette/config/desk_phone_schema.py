"""The keys of ``desk_phone``."""

from __future__ import annotations

from dataclasses import dataclass, field

from phoneetiquette.config.keys import described
from phoneetiquette.config.kinds import Flag, ListOf, Text, Uri


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPhoneConfig:
    """The receptionist's telephone, with `seat.hardware: desk_phone`. The seat stands between it and the PBX;
    [desk phones](desk-phones.md) tells how."""

    address: str = field(
        metadata=described(
            Uri(),
            "Where the phone is called: at its own address, at the PBX, or at the edge. Requests from there are the"
            " phone's.",
            example="address: sip:201@192.0.2.31",
        )
    )
    also: tuple[str, ...] = field(
        default=(),
        metadata=described(
            ListOf(Uri()),
            "Another phone of the same receptionist, such as a cordless one: all ring together, the first to be lifted"
            " has the call.",
            example="also: [sip:202@192.0.2.32]",
        ),
    )
    auto_answer: bool = field(
        default=True,
        metadata=described(
            Flag(),
            "Whether a phone that takes no other command is called anew with a request to answer by itself, when a call"
            " is to be connected at the end of the third ring.",
        ),
    )
    codes: tuple[str, ...] = field(
        default=(),
        metadata=described(
            ListOf(Text("a code and what it asks for")),
            "Codes to be dialled at the phone, besides and before the usual ones: `stage NAME`, `topic NAME`,"
            " `dial NUMBER`, `message`, `present`, `absent` or `lift`.",
            example='codes: ["*9 dial 299", "*22 topic reservations"]',
        ),
    )
