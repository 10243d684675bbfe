"""A record as a JSON object and back. Pure."""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import datetime
from functools import cache
from typing import Any

from phoneetiquette.errors import StoreError
from phoneetiquette.records.record import CallRecord


def record_object(record: CallRecord) -> dict[str, Any]:
    """The record as a JSON-able dictionary; moments as ISO 8601 in UTC to the microsecond."""
    data = _plain(record)
    assert isinstance(data, dict)
    return data


def record_from(data: dict[str, Any]) -> CallRecord:
    """The inverse of :func:`record_object`. Unknown keys are ignored, absent ones take their defaults.

    Raises:
        StoreError: a key without a default is missing or has the wrong form.
    """
    try:
        record = _build(CallRecord, data)
    except (TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"not a call record: {error}") from error
    assert isinstance(record, CallRecord)
    return record


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _build(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: _build(hint, value[name]) for name, hint in hints.items() if name in value})
    if kind is datetime:
        return datetime.fromisoformat(value)
    origin = typing.get_origin(kind)
    if origin is tuple:
        args = typing.get_args(kind)
        if args[-1] is Ellipsis:
            return tuple(_build(args[0], item) for item in value)
        return tuple(_build(arg, item) for arg, item in zip(args, value, strict=True))
    if origin in (typing.Union, types.UnionType):
        return _build(next(arg for arg in typing.get_args(kind) if arg is not types.NoneType), value)
    return value
