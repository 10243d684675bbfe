"""Events and commands as JSON objects and back. The ``type`` key holds the class name."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import Any, cast, get_args, get_origin, get_type_hints

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


@cache
def _tuples(kind: Any) -> frozenset[str]:
    """Fields that JSON turns into lists and that must come back as tuples."""
    hints = get_type_hints(kind)
    return frozenset(n for n, h in hints.items() if get_origin(h) is tuple or tuple in get_args(h))


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind))


def as_object(message: Message) -> dict[str, Any]:
    """The message as a JSON-able dictionary."""
    kind: type[Message] = type(message)
    return {"type": kind.__name__} | {name: getattr(message, name) for name in _names(kind)}


def from_object(data: dict[str, Any]) -> Message:
    """The inverse of :func:`as_object`.

    Unknown fields are ignored, so that a journal written by a newer version stays readable.

    Raises:
        WireError: unknown type, or a field without a default is missing.
    """
    kind = TYPES.get(str(data.get("type")))
    if kind is None:
        raise WireError(f"unknown message type {data.get('type')!r}", "is one side of the seat older than the other?")
    tuples = _tuples(kind)
    fields = {n: tuple(data[n]) if n in tuples and data[n] is not None else data[n] for n in _names(kind) if n in data}
    try:
        message = kind(**cast(Any, fields))
    except TypeError as error:
        raise WireError(f"incomplete {data['type']}: {error}") from error
    return message


def encode(message: Message) -> bytes:
    """One line of JSON, newline included."""
    return json.dumps(as_object(message), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


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
