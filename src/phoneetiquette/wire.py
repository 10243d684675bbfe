"""Events and commands as JSON objects and back. The ``type`` key holds the class name."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, cast, get_origin, get_type_hints

from phoneetiquette import commands, events
from phoneetiquette.commands import Command
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.events import Event

Message = Event | Command


class WireError(PhoneEtiquetteError):
    """A message between processes, or a journal line, is not one of ours."""


def _concrete(module: Any, base: type) -> dict[str, Any]:
    return {
        name: kind
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, base) and dataclasses.is_dataclass(kind)
    }


TYPES: dict[str, type[Message]] = _concrete(events, Event) | _concrete(commands, Command)


_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(f.name for f in dataclasses.fields(cast(Any, kind))) for kind in TYPES.values()
}
_TUPLES: dict[type, frozenset[str]] = {
    kind: frozenset(name for name, hint in get_type_hints(kind).items() if get_origin(hint) is tuple)
    for kind in TYPES.values()
}
"""Fields that JSON turns into lists and that must come back as tuples."""


def as_object(message: Message) -> dict[str, Any]:
    """The message as a JSON-able dictionary."""
    kind = type(message)
    return {"type": kind.__name__} | {name: getattr(message, name) for name in _FIELDS[kind]}


def from_object(data: dict[str, Any]) -> Message:
    """The inverse of :func:`as_object`.

    Unknown fields are ignored, so that a journal written by a newer version stays readable.

    Raises:
        WireError: unknown type, or a field without a default is missing.
    """
    kind = TYPES.get(str(data.get("type")))
    if kind is None:
        raise WireError(f"unknown message type {data.get('type')!r}", "is one side of the seat older than the other?")
    tuples = _TUPLES[kind]
    fields = {name: tuple(data[name]) if name in tuples else data[name] for name in _FIELDS[kind] if name in data}
    try:
        message = kind(**cast(Any, fields))
    except TypeError as error:
        raise WireError(f"incomplete {data['type']}: {error}") from error
    return message


def encode(message: Message) -> bytes:
    """One line of JSON, newline included."""
    return json.dumps(as_object(message), separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The inverse of :func:`encode`.

    Raises:
        WireError: not JSON, not an object, or not one of our messages.
    """
    try:
        data = json.loads(line)
    except ValueError as error:
        raise WireError(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise WireError("not a JSON object")
    return from_object(data)
