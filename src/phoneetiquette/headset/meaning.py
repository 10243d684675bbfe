"""What a press means and what the lamps show, by what is going on at the desk. Pure; two tables.

The desk is seen through the snapshot that every face gets, so the headset can ask for nothing that the page could not.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from phoneetiquette.headset.controls import Button, Lamp
from phoneetiquette.headset.machine import Press
from phoneetiquette.headset.profile import Profile


class Line(StrEnum):
    """What the receptionist is in."""

    FREE = "free"
    OUTGOING = "outgoing"
    """Calling somebody who has not answered yet."""
    ANSWERING = "answering"
    TALK = "talk"


class Waiting(StrEnum):
    """What wants the receptionist besides."""

    NOTHING = "nothing"
    DIVERTED = "diverted"
    """A caller is being passed on and can still be taken back."""
    RINGING = "ringing"
    ARMED = "armed"
    """Lifted before the window; connected when it opens."""


class Do(StrEnum):
    """What the receptionist wants by a press."""

    LIFT = "lift"
    PUT_DOWN = "put down"
    HANG_UP = "hang up"
    HANG_UP_AND_LIFT = "hang up and lift"
    HOLD = "hold"
    RESUME = "resume"
    DECLINE = "decline"
    REDIAL = "redial"
    MUTE = "mute"
    UNMUTE = "unmute"
    NOTHING = "nothing"


_LINE = {
    "talking": Line.TALK,
    "conference": Line.TALK,
    "answering": Line.ANSWERING,
    "dialling": Line.OUTGOING,
    "ringing": Line.OUTGOING,
}
_WAITING = {"diverted": Waiting.DIVERTED, "alerting": Waiting.RINGING, "armed": Waiting.ARMED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The desk as far as a headset is concerned, with the calls that a press may be about."""

    line: Line = Line.FREE
    waiting: Waiting = Waiting.NOTHING
    held: bool = False
    muted: bool = False
    in_line: tuple[str, ...] = ()
    """Ids of the calls in ``line``: several only in a conference."""
    that_waits: str = ""
    """Id of the call in ``waiting``; of several, the one that waits longest."""
    on_hold: str = ""


def situation(snapshot: Mapping[str, Any], leaving: Container[str] = ()) -> Situation:
    """What a seat's snapshot says; calls in ``leaving`` were told to end and count no more."""
    calls = [one for one in snapshot["calls"] if one["actions"] and one["id"] not in leaving]
    line, in_line = Line.FREE, list[str]()
    waiting, waits = Waiting.NOTHING, list[str]()
    for one in calls:
        line, in_line = _more_pressing(line, in_line, _LINE.get(one["state"], Line.FREE), one["id"])
        waiting, waits = _more_pressing(waiting, waits, _WAITING.get(one["state"], Waiting.NOTHING), one["id"])
    held = [one["id"] for one in calls if one["state"] == "held"]
    return Situation(
        line=line,
        waiting=waiting,
        held=bool(held),
        muted=bool(snapshot["muted"]),
        in_line=tuple(in_line) if line is not Line.FREE else (),
        that_waits=waits[0] if waiting is not Waiting.NOTHING else "",
        on_hold=held[0] if held else "",
    )


_Rank = TypeVar("_Rank", Line, Waiting)


def _more_pressing(known: _Rank, ids: list[str], new: _Rank, call: str) -> tuple[_Rank, list[str]]:
    """What stands later in its list is more pressing; calls that are equal in it come together, the oldest first."""
    order = list(type(new))
    if order.index(new) > order.index(known):
        return new, [call]
    return known, [*ids, call] if new is known else ids


_BUSY = (Line.OUTGOING, Line.ANSWERING, Line.TALK)


def meaning(press: Press, now: Situation, profile: Profile) -> Do:
    """What the receptionist wants."""
    match press.button:
        case Button.HOOK:
            return _lifted(now) if press.on else _put_down(now, profile)
        case Button.MUTE:
            return Do.MUTE if press.on else Do.UNMUTE
        case Button.FLASH | Button.HOLD:
            return _flashed(now, may_lift=press.button is Button.FLASH)
        case Button.DROP:
            return _dropped(now)
        case Button.PROGRAMMABLE if profile.programmable == "decline":
            return Do.DECLINE if now.waiting in (Waiting.RINGING, Waiting.ARMED) else Do.NOTHING
        case Button.REDIAL:
            idle = now.line is Line.FREE and now.waiting is Waiting.NOTHING and not now.held
            return Do.REDIAL if idle else Do.NOTHING
        case _:
            return Do.NOTHING


def _lifted(now: Situation) -> Do:
    if now.line in _BUSY or now.waiting is Waiting.ARMED:
        return Do.NOTHING
    if now.waiting is not Waiting.NOTHING:
        return Do.LIFT
    return Do.RESUME if now.held else Do.NOTHING


def _put_down(now: Situation, profile: Profile) -> Do:
    match now.line, now.waiting:
        case Line.TALK, Waiting.RINGING:
            return {"end": Do.HANG_UP, "end_and_answer": Do.HANG_UP_AND_LIFT, "hold_and_answer": Do.LIFT}[
                profile.second_call
            ]
        case ((Line.OUTGOING | Line.ANSWERING | Line.TALK), _):
            return Do.HANG_UP
        case _, Waiting.ARMED:
            return Do.PUT_DOWN
        case _:
            # The lamp burned for a call on hold, which a press must not lose.
            return _lifted(now) if now.held else Do.NOTHING


def _flashed(now: Situation, *, may_lift: bool) -> Do:
    match now.line:
        case Line.TALK if now.waiting is Waiting.RINGING and may_lift:
            return Do.LIFT
        case Line.TALK:
            return Do.RESUME if now.held else Do.HOLD
        case Line.FREE if now.held and now.waiting is not Waiting.ARMED:
            return Do.RESUME
        case _:
            return Do.NOTHING


def _dropped(now: Situation) -> Do:
    if now.line in _BUSY:
        return Do.HANG_UP
    return {Waiting.ARMED: Do.PUT_DOWN, Waiting.RINGING: Do.DECLINE}.get(now.waiting, Do.NOTHING)


def lamps(now: Situation, profile: Profile) -> frozenset[Lamp]:
    """Which lamps burn."""
    only_held = now.held and now.line is Line.FREE
    burning = {
        Lamp.RING: now.waiting is Waiting.RINGING,
        Lamp.OFF_HOOK: now.line in _BUSY or now.waiting is Waiting.ARMED or (only_held and profile.held_off_hook),
        Lamp.HOLD: only_held,
        Lamp.MUTE: now.muted,
    }
    return frozenset(lamp for lamp, burns in burning.items() if burns)
