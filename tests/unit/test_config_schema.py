"""The schema is the one place: its defaults and examples obey it, and what is generated from it is committed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette.config import Config, SipConfig, check, inspect
from phoneetiquette.config.description import json_schema, markdown, yaml_value
from phoneetiquette.config.keys import is_required, key_of, keys_of
from phoneetiquette.config.kinds import ListOf, Section, Sections
from phoneetiquette.config.nodes import Scalar
from phoneetiquette.config.reading import Report
from phoneetiquette.config.yaml_nodes import parse

DOCS = Path(__file__).parents[2] / "docs"


def attributes(section: type[Any], path: str = "") -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    """Every key that is no section, by its dotted name."""
    for name, attribute in keys_of(section).items():
        kind = key_of(attribute).kind
        if isinstance(kind, Section | Sections):
            yield from attributes(kind.kind, f"{path}{name}.")
        else:
            yield path + name, attribute


KEYS = dict(attributes(Config))


def read(text: str, attribute: dataclasses.Field[Any]) -> Any:
    """What ``text`` behind this key means."""
    report = Report()
    tree = parse(text, "example", report)
    assert not report.problems
    kind = key_of(attribute).kind
    value = kind.read(tree.entries[attribute.name].value)  # type: ignore[union-attr]
    return tuple(kind.item.read(node) for node in value) if isinstance(kind, ListOf) else value


@pytest.mark.parametrize("dotted", KEYS)
def test_every_key_is_described_and_keeps_its_own_rules(dotted: str) -> None:
    attribute = KEYS[dotted]
    key = key_of(attribute)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", attribute.name)
    assert key.doc.endswith((".", ")"))
    assert key.kind.meaning
    assert bool(key.null) == (attribute.default is None), "what null means is told exactly where it is the default"
    if attribute.default is not None and not is_required(attribute):
        assert read(f"{attribute.name}: {yaml_value(attribute.default)}", attribute) == attribute.default
    if key.example:
        assert read(key.example, attribute) not in (attribute.default, None), "an example shows another value"
    assert bool(key.unit) == attribute.name.endswith(
        ("_s", "_hz", "_st", "_db", "_dbfs", "_min", "journal_days", "record_days")
    )


def test_the_defaults_are_a_configuration_without_problems() -> None:
    assert inspect(None, {"log.level": "info"}).problems == ()
    assert inspect(None, {"log.level": "info"}).config == Config()


def test_sections_and_values_are_immutable() -> None:
    config = Config()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.sip = SipConfig()  # type: ignore[misc]
    assert hash(config) == hash(Config())


def test_the_committed_documentation_is_the_generated_one() -> None:
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == markdown(), (
        "python -m phoneetiquette.config.description > docs/configuration.md"
    )


def test_the_documentation_names_every_key() -> None:
    text = markdown()
    for dotted, attribute in KEYS.items():
        section = dotted.rpartition(".")[0]
        assert (f"# `{section}`\n" if section else "## Keys of no section\n") in text
        assert f"| `{attribute.name}` | {key_of(attribute).doc} |" in text


def test_the_example_of_the_documentation_has_no_errors() -> None:
    problems = [
        problem
        for problem in check([DOCS / "phoneetiquette.yaml"])
        if "PHONEETIQUETTE_SIP_PASSWORD" not in problem.what
    ]
    assert problems == []


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    part = part["anyOf"][0] if "anyOf" in part else part
    return resolved(schema, schema["$defs"][part["$ref"].rpartition("/")[2]]) if "$ref" in part else part


def test_the_json_schema_knows_every_key_and_no_other() -> None:
    schema = json_schema()

    def keys(part: dict[str, Any], path: str = "") -> Iterator[str]:
        for name, inner in part["properties"].items():
            inner = resolved(schema, inner)
            if isinstance(inner.get("additionalProperties"), dict):
                inner = resolved(schema, inner["additionalProperties"])
            yield from keys(inner, f"{path}{name}.") if "properties" in inner else [path + name]
        assert part["additionalProperties"] is False

    assert list(keys(schema)) == list(KEYS)
    sip = resolved(schema, schema["properties"]["sip"])
    assert sip["properties"]["srtp"] == {
        "enum": ["off", "optional", "mandatory"],
        "description": key_of(KEYS["sip.srtp"]).doc,
        "default": "off",
    }
    assert resolved(schema, sip["properties"]["account"])["required"] == ["registrar", "user"]
    audio = resolved(schema, schema["properties"]["audio"])
    assert None in audio["properties"]["backend"]["enum"], "editors read the bare word null as YAML's"


@pytest.mark.parametrize(
    "value",
    [
        *("desk", "off", "NO", "no", "true", "null", "", "a: b", "a b", "1:30", "0205", "1.5", "127.0.0.1", "::1", "-"),
        *("*x", "ü#", "sip:a@b", "x:", "# x", "[a]", "'", '"', "a, b", "tab\t", " x", "2001:db8::/64"),
    ],
)
def test_values_are_written_so_that_they_are_read_back(value: str) -> None:
    report = Report()
    for text in (f"a: {yaml_value(value)}", f"a: {yaml_value([value, 'b'])}"):
        tree = parse(text, "x", report)
        node = tree.entries["a"].value  # type: ignore[union-attr]
        first = node if isinstance(node, Scalar) else node.items[0]  # type: ignore[union-attr]
        assert isinstance(first, Scalar)
        assert (first.text, first.null) == (value, False)
    assert not report.problems
