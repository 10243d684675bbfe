"""What is known of each key besides its name, type and default; kept beside the field, in its metadata."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, cast

from phoneetiquette.config.kinds import Kind, Section, Text, Whole


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of one key besides its name and default. ``example`` is YAML; ``null`` says what no value means."""

    kind: Kind
    doc: str
    unit: str = ""
    example: str = ""
    null: str = ""


def described(kind: Kind, doc: str, *, unit: str = "", example: str = "", null: str = "") -> dict[str, Key]:
    """Metadata of a field."""
    return {"key": Key(kind, doc, unit, example, null)}


def key_of(attribute: Field[Any]) -> Key:
    """What is known of this key. A section that is always there is described by its own dataclass."""
    known = attribute.metadata.get("key") or Key(Section(cast("type[Any]", attribute.default_factory)), "")
    assert isinstance(known, Key)
    return known


def keys_of(kind: type[Any]) -> dict[str, Field[Any]]:
    return {attribute.name: attribute for attribute in fields(kind)}


def is_required(attribute: Field[Any]) -> bool:
    return attribute.default is MISSING and attribute.default_factory is MISSING


PORT_OR_ANY = Whole(0, 65535)
SIP_USER = Text("a user name or number without spaces", 64, r"[^\s@<>\"\\:;?]+")
