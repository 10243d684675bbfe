"""The JSON Schema of a dialplan, made of the table of its keys.

``python -m phoneetiquette.config.dialplans`` prints it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from phoneetiquette.config.dialplans.forms import Form, Key, Record
from phoneetiquette.config.dialplans.schema import ACTIONS, CSV, HEAD, SECTIONS, MenuKeys, NumberListForm
from phoneetiquette.config.dialplans.values import SOUND, Speech


def records(form: Form | Key) -> Iterator[Record]:
    """The records that a form is made of, each once and before those it holds."""
    seen: dict[str, Record] = {}

    def visit(one: Any) -> None:
        if isinstance(one, Record):
            if one.name in seen:
                return
            seen[one.name] = one
            for key in one.keys.values():
                visit(key.form)
        for inner in ("item", "form", "short", "key"):
            nested = getattr(one, inner, None)
            if nested is not None and not isinstance(nested, str):
                visit(nested)
        if isinstance(one, MenuKeys):
            visit(ACTIONS)
        if isinstance(one, NumberListForm):
            visit(CSV)
        if isinstance(one, Speech):
            visit(SOUND)

    visit(form)
    yield from seen.values()


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a dialplan, for editors. ``check`` is more thorough."""
    keys = HEAD | SECTIONS
    found: dict[str, Record] = {}
    for key in keys.values():
        for record in records(key):
            found.setdefault(record.name, record)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "phoneetiquette dialplan",
        "type": "object",
        "properties": {name: key.form.json_schema() | {"description": key.doc} for name, key in keys.items()},
        "required": [name for name, key in keys.items() if key.required],
        "additionalProperties": False,
        "$defs": {"Words": Speech.definition(), **{name: record.definition() for name, record in found.items()}},
    }
