"""A wake-up call and its history: values only, derived from journal entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from phoneetiquette.events import CallId, WakeUpHappened, WakeUpResult

WakeUpState = Literal["set", "calling", "confirmed", "escalated", "settled", "cancelled"]
"""``set``: its time, or that of the next attempt, is still to come; ``escalated``: the desk has to see to it."""
OVER: frozenset[WakeUpState] = frozenset({"confirmed", "settled", "cancelled"})
RESULTS: frozenset[str] = frozenset(get_args(WakeUpResult))
STATES: dict[str, WakeUpState] = {
    "called": "calling",
    "escalated": "escalated",
    "confirmed": "confirmed",
    "settled": "settled",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One entry of the history."""

    id: str
    """The same wherever and however often the journal is read."""
    at: datetime
    seq: int
    """Number of the journal's entry: several may be of one moment."""
    what: WakeUpHappened | WakeUpResult | Literal["called"]
    who: str = ""
    text: str = ""
    call: CallId = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp:
    """A guest who is to be woken. ``due`` is in the hotel's time zone, by its offset then."""

    id: str
    seat: str
    room: str
    target: str
    due: datetime
    set_at: datetime
    name: str = ""
    say: str = ""
    language: str = ""
    who: str = ""
    """Who wrote it down."""
    history: tuple[Note, ...] = ()
    """In the order of time."""

    @property
    def state(self) -> WakeUpState:
        """What was last done about it; once over it stays so."""
        state: WakeUpState = "set"
        for note in self.history:
            if note.what in STATES:
                state = STATES[note.what]
            elif note.what in RESULTS and state == "calling":
                state = "set"
            if state in OVER:
                break
        return state

    @property
    def is_open(self) -> bool:
        """Somebody, the machine or the desk, still has to do something about it."""
        return self.state not in OVER

    @property
    def attempts(self) -> int:
        return sum(note.what == "called" for note in self.history)

    @property
    def last_result(self) -> str:
        """How the last attempt ended; empty: none has yet."""
        return next((note.what for note in reversed(self.history) if note.what in RESULTS), "")

    @property
    def woken(self) -> datetime | None:
        """When the guest has confirmed it."""
        return next((note.at for note in self.history if note.what == "confirmed"), None)

    @property
    def calling(self) -> CallId:
        """The call of an attempt that has not ended; empty: there is none."""
        return self.history[-1].call if self.state == "calling" else ""


def in_order(note: Note) -> tuple[datetime, int, str]:
    """Sorts a history."""
    return note.at, note.seq, note.id


def wake_up_object(wake_up: WakeUp) -> dict[str, Any]:
    """The wake-up call as JSON bears it."""
    return {
        "wake_up": wake_up.id,
        "seat": wake_up.seat,
        "room": wake_up.room,
        "name": wake_up.name,
        "say": wake_up.say,
        "language": wake_up.language,
        "target": wake_up.target,
        "due": wake_up.due.isoformat(timespec="seconds"),
        "set": _text(wake_up.set_at),
        "who": wake_up.who,
        "state": wake_up.state,
        "attempts": wake_up.attempts,
        "last_result": wake_up.last_result or None,
        "history": [
            {
                "id": note.id,
                "at": _text(note.at),
                "seq": note.seq,
                "what": note.what,
                "who": note.who,
                "text": note.text,
                "call": note.call or None,
            }
            for note in wake_up.history
        ],
    }


def wake_up_from(data: dict[str, Any]) -> WakeUp:
    """The inverse of :func:`wake_up_object`."""
    return WakeUp(
        id=data["wake_up"],
        due=datetime.fromisoformat(data["due"]),
        set_at=datetime.fromisoformat(data["set"]),
        history=tuple(
            Note(
                id=note["id"],
                at=datetime.fromisoformat(note["at"]),
                seq=note["seq"],
                what=note["what"],
                who=note["who"],
                text=note["text"],
                call=note["call"] or "",
            )
            for note in data["history"]
        ),
        **{name: data[name] for name in ("seat", "room", "target", "name", "say", "language", "who")},
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
