"""Events and commands survive the trip through JSON."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette import wire


def specimen(kind: type[Any]) -> Any:
    """An instance with a telling value in every field."""

    def value(hint: Any, name: str) -> Any:
        if get_origin(hint) is Literal:
            return get_args(hint)[-1]
        if get_origin(hint) is tuple:
            return (7, 8) if get_args(hint)[0] is int else (name, "ü\u202e<>")
        if get_origin(hint) is dict:
            return {"a": [1, None, {"b": 2.5}]}
        if type(None) in get_args(hint):
            return value(get_args(hint)[0], name)
        return {int: 10**18 + 1, str: f"{name} \n ü", float: 0.125, bool: True}[hint]

    hints = get_type_hints(kind)
    return kind(**{f.name: value(hints[f.name], f.name) for f in dataclasses.fields(kind)})


@pytest.mark.parametrize("kind", wire.TYPES.values(), ids=wire.TYPES)
def test_every_message_comes_back_equal(kind: type[Any]) -> None:
    message = specimen(kind)
    line = wire.encode(message)
    assert line.count(b"\n") == 1
    assert wire.decode(line) == message


def test_fields_of_a_newer_version_are_ignored_and_missing_ones_take_their_defaults() -> None:
    data = {"type": "AgentLifted", "at_ns": 5, "of_tomorrow": 1}
    assert wire.from_object(data) == e.AgentLifted(at_ns=5)


@pytest.mark.parametrize(
    "line",
    [b"", b"nonsense", b"[]", b'{"type": "Nothing"}', b'{"type": "CallAnswered", "at_ns": 1}', b'{"at_ns": 1}'],
)
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(line)


def test_commands_and_events_do_not_share_names() -> None:
    assert not {k.__name__ for k in vars(e).values() if isinstance(k, type)} & {
        k.__name__ for k in vars(c).values() if isinstance(k, type) and issubclass(k, c.Command)
    }
