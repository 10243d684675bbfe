"""The keys of ``wakeups``: how a hotel wakes its guests."""

from __future__ import annotations

from dataclasses import dataclass, field

from phoneetiquette.config.keys import described
from phoneetiquette.config.kinds import Email, Text, Whole

ROOM = "{room}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUpsConfig:
    """Wake-up calls: the seat calls rooms by itself, at the time that was asked for. See
    [wake-up calls](console.md#wake-up-calls)."""

    call: str | None = field(
        default=None,
        metadata=described(
            Text("an extension or SIP URI with {room} in it", 128, r"[^{}]*\{room\}[^{}]*"),
            "What is dialled for a room.",
            null="there are no wake-up calls",
            example='call: "2{room}"',
        ),
    )
    timezone: str | None = field(
        default=None,
        metadata=described(
            Text("a time zone", 64),
            "The hotel's time zone.",
            null="the dialplan's, else this machine's",
            example="timezone: Europe/Vienna",
        ),
    )
    attempts: int = field(
        default=3,
        metadata=described(Whole(1, 10), "So often a room is called before the desk has to see to it."),
    )
    apart_s: int = field(
        default=180,
        metadata=described(Whole(1, 3600), "Time from the end of an attempt to the next one.", unit="seconds"),
    )
    ring_s: int = field(
        default=40, metadata=described(Whole(2, 180), "So long a room's telephone rings in an attempt.", unit="seconds")
    )
    at_once: int = field(
        default=2,
        metadata=described(
            Whole(1, 3),
            "So many rooms are called at a time; the last line that is free is left to callers, with a desk phone the"
            " last two.",
        ),
    )
    grace_s: int = field(
        default=600,
        metadata=described(
            Whole(0, 7200),
            "So late an attempt may be, because the seat did not run or no line was free; then the desk"
            " has to see to it.",
            unit="seconds",
        ),
    )
    tell_after_s: int = field(
        default=120,
        metadata=described(
            Whole(0, 3600),
            "When the desk has not seen to it for so long, `mail_to` and `messages.webhook` are told.",
            unit="seconds",
        ),
    )
    mail_to: str | None = field(
        default=None,
        metadata=described(
            Email(), "Who is told then, by `messages.smtp`.", null="nobody", example="mail_to: night@hotel.example"
        ),
    )
