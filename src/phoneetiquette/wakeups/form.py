"""What is written down when a guest asks to be woken, and what is read back before it counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from phoneetiquette.directory.contacts import Contact
from phoneetiquette.errors import PhoneEtiquetteError

FARTHEST = timedelta(days=366)
_ROOM = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.-]{0,14}[0-9A-Za-z])?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.h ]?([0-5][0-9])")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_NAME_LONGEST = 200

Which = Literal["", "first", "second"]


class WakeUpFormError(PhoneEtiquetteError):
    """A wake-up call cannot be set as it is: ``fields`` says what is wrong with which field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("the wake-up call cannot be set: " + "; ".join(fields.values()), "mend it and try again")
        self.fields = dict(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUpForm:
    """What was written down. ``day`` empty: the next time that the clock shows ``clock``; ``name`` and ``language``
    empty: as the guest list has them; ``which``: of two moments at which the clock shows the same."""

    room: str = ""
    clock: str = ""
    day: str = ""
    name: str = ""
    language: str = ""
    which: Which = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """What the form means, to be read back to the guest. Of two ``moments`` one is to be chosen."""

    room: str
    target: str
    name: str
    say: str
    language: str
    known: bool
    """The guest list knows who is in the room."""
    moments: tuple[datetime, ...]

    def as_object(self) -> dict[str, Any]:
        return {
            "room": self.room,
            "target": self.target,
            "name": self.name,
            "language": self.language,
            "known": self.known,
            "moments": [moment.isoformat(timespec="seconds") for moment in self.moments],
        }


def moments(day: date, clock: time, zone: tzinfo) -> tuple[datetime, ...]:
    """The moments at which the clocks of a zone show this on a day: none where they are put forward over it, two where
    they are put back over it."""
    found: list[datetime] = []
    for fold in (0, 1):
        local = datetime.combine(day, clock, zone).replace(fold=fold)
        real = local.astimezone(UTC).astimezone(zone)
        if real.replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0) and real.utcoffset() not in {
            one.utcoffset() for one in found
        }:
            found.append(real)
    return tuple(found)


def read_back(
    form: WakeUpForm,
    now: datetime,
    zone: tzinfo,
    guest: Callable[[str], Contact | None],
    target: Callable[[str], str],
) -> ReadBack:
    """What the form means at ``now``. ``guest`` knows who is in a room, ``target`` the address of its telephone.

    Raises:
        WakeUpFormError: says what is wrong with which field.
    """
    problems: dict[str, str] = {}
    room = form.room.strip()
    if not _ROOM.fullmatch(room):
        problems["room"] = "the room is missing" if not room else "a room is letters and digits, at most 16"
    found = guest(room) if room else None
    address = ""
    if "room" not in problems:
        try:
            address = target(room)
        except PhoneEtiquetteError as error:
            problems["room"] = f"room {room} cannot be called: {error.what}"
    language = form.language.strip() or (found.language if found else "")
    if language and not _LANGUAGE.fullmatch(language):
        problems["language"] = "a language is a code such as de"
    name = form.name.strip() or (found.name if found else "")
    if len(name) > _NAME_LONGEST:
        problems["name"] = f"the name is longer than {_NAME_LONGEST} characters"
    when = _moments(form, now, zone, problems)
    if problems:
        raise WakeUpFormError(problems)
    say = (found.say if found else "") if name == (found.name if found else "") else ""
    return ReadBack(
        room=room, target=address, name=name, say=say, language=language, known=found is not None, moments=when
    )


def chosen(told: ReadBack, which: Which) -> datetime:
    """The moment that is meant.

    Raises:
        WakeUpFormError: the clocks show it twice, and nobody has said which is meant.
    """
    if len(told.moments) == 1:
        return told.moments[0]
    if not which:
        first, second = told.moments
        problem = (
            f"the clocks are put back and show {first:%H:%M} twice on {first:%Y-%m-%d}: "
            f"first at UTC{_offset(first)}, again at UTC{_offset(second)}"
        )
        raise WakeUpFormError({"which": problem})
    return told.moments[0 if which == "first" else 1]


def _moments(form: WakeUpForm, now: datetime, zone: tzinfo, problems: dict[str, str]) -> tuple[datetime, ...]:
    shown = _CLOCK.fullmatch(form.clock.strip())
    if not shown:
        problems["clock"] = "the time is missing" if not form.clock.strip() else "a time is hours and minutes: 6:30"
    day: date | None = None
    if form.day.strip():
        try:
            day = date.fromisoformat(form.day.strip())
        except ValueError:
            problems["day"] = "a day is year, month and day: 2026-11-28"
    if not shown or "day" in problems:
        return ()
    clock = time(int(shown[1]), int(shown[2]))
    if day is not None and not now - FARTHEST < datetime.combine(day, clock, UTC) < now + FARTHEST:
        problems["day"] = "the day is not within a year"
        return ()
    if day is None:
        today = now.astimezone(zone).date()
        day = next((one for one in (today, today + timedelta(days=1)) if _ahead(one, clock, zone, now)), today)
    found = moments(day, clock, zone)
    if not found:
        before, after = _neighbours(day, clock, zone)
        problems["clock"] = (
            f"{clock:%H:%M} does not exist on {day}: the clocks are put forward; {before:%H:%M} and {after:%H:%M} do"
        )
    elif not (left := tuple(one for one in found if one > now)):
        problems["clock"] = f"{clock:%H:%M} on {day} is past"
    else:
        found = left
    return found


def _ahead(day: date, clock: time, zone: tzinfo, now: datetime) -> bool:
    """Whether the time is still to come on that day; one that does not exist is, to be told so."""
    return datetime.combine(day, clock, zone).replace(fold=1).astimezone(UTC) > now


def _neighbours(day: date, clock: time, zone: tzinfo) -> tuple[datetime, datetime]:
    """What the clocks show as long before their leap as after it."""
    wall = datetime.combine(day, clock, zone)
    return wall.replace(fold=1).astimezone(UTC).astimezone(zone), wall.astimezone(UTC).astimezone(zone)


def _offset(moment: datetime) -> str:
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:]}"
