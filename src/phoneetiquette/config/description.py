"""What the schema says, for people and editors: ``docs/configuration.md``, JSON Schema, the effective configuration.

``python -m phoneetiquette.config.description`` prints the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from phoneetiquette.config.keys import Key, is_required, key_of, keys_of
from phoneetiquette.config.kinds import Section, Sections
from phoneetiquette.config.schema import Config
from phoneetiquette.config.secret import MASK, Secret
from phoneetiquette.problems import Place

_PLAIN = re.compile(r"[A-Za-z0-9_./+](?:[A-Za-z0-9_ ./:+@;=*-]*[A-Za-z0-9_./+@;=*-])?")
_MISREAD = re.compile(r"[+-]?[\d_]*\.?[\d_]*|[\d_]+(?::[\d_.]+)+|.*: .*|true|false|null|yes|no", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Setting:
    """A key and its effective value as JSON bears it, secrets masked. ``origin`` is ``file:line`` or ``default``."""

    dotted: str
    value: Any
    origin: str


def effective(config: Config, origins: Mapping[str, Place]) -> list[Setting]:
    """Every key with what counts for this seat, in the order of the schema."""
    settings = list(_settings(config, "", origins))
    resolved: dict[str, str | None] = {"records.directory": str(config.directory)}
    if config.records.store is None:
        resolved["records.database"] = str(config.database)
    users = config.access.users
    if users is not None and "access.users" not in origins and not users.exists():
        resolved["access.users"] = None  # where it is written it has to be there
    return [Setting(s.dotted, resolved.get(s.dotted, s.value), s.origin) for s in settings]


def _settings(section: Any, path: str, origins: Mapping[str, Place]) -> Iterator[Setting]:
    for name, attribute in keys_of(type(section)).items():
        dotted = f"{path}.{name}" if path else name
        value = getattr(section, name)
        kind = key_of(attribute).kind
        if isinstance(kind, Section) and value is not None:
            yield from _settings(value, dotted, origins)
        elif isinstance(kind, Sections) and value:
            for own_name, inner in value:
                yield from _settings(inner, f"{dotted}.{own_name}", origins)
        else:
            plain = {} if isinstance(kind, Sections) else _plain(value)
            yield Setting(dotted, plain, str(origins.get(dotted, "default")))


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def as_yaml(settings: list[Setting]) -> str:
    """The settings as a configuration file, with the origin of each value in a comment."""
    lines: list[tuple[str, str]] = []
    open_sections: list[str] = []
    for setting in settings:
        *sections, name = setting.dotted.split(".")
        shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(sections, open_sections, strict=False))))
        lines += [("  " * depth + f"{sections[depth]}:", "") for depth in range(shared, len(sections))]
        open_sections = sections
        lines.append(("  " * len(sections) + f"{name}: {yaml_value(setting.value)}", setting.origin))
    width = min(max(len(text) for text, _ in lines), 48)
    return "\n".join(f"{text:<{width}}  # {origin}" if origin else text for text, origin in lines)


def yaml_value(value: Any) -> str:
    """A value as it can be written behind a key."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(yaml_value(item) for item in value) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _MISREAD.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a configuration file, for editors. Files are checked more thoroughly by ``check``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "phoneetiquette.yaml",
        **_object_schema(Config),
        "$defs": {section.__name__: _object_schema(section) for section in _sections(Config)},
    }


def _sections(kind: type[Any]) -> Iterator[type[Any]]:
    for attribute in keys_of(kind).values():
        value_kind = key_of(attribute).kind
        if isinstance(value_kind, Section | Sections):
            yield value_kind.kind
            yield from _sections(value_kind.kind)


def _object_schema(section: type[Any]) -> dict[str, Any]:
    keys = keys_of(section)
    return {
        "description": _one_line(section.__doc__),
        "type": ["object", "null"],
        "properties": {name: _key_schema(attribute) for name, attribute in keys.items()},
        "required": [name for name, attribute in keys.items() if is_required(attribute)],
        "additionalProperties": False,
    }


def _key_schema(attribute: Field[Any]) -> dict[str, Any]:
    key = key_of(attribute)
    schema = key.kind.json_schema()
    if attribute.default is None:
        schema = {"anyOf": [schema, {"type": "null"}]}
    if key.doc:
        schema["description"] = key.doc
    if attribute.default not in (None, MISSING):
        schema["default"] = _plain(attribute.default)
    return schema


_INTRODUCTION = """\
# Configuration

<!-- Generated: python -m phoneetiquette.config.description > docs/configuration.md -->

A seat has one file, `phoneetiquette.yaml`. It is the one named with `--config`, else
`$XDG_CONFIG_HOME/phoneetiquette/phoneetiquette.yaml` (usually in `~/.config`), else
`/etc/phoneetiquette/phoneetiquette.yaml`. Without any file the defaults below hold: a desk that this machine alone can
call. [phoneetiquette.yaml](phoneetiquette.yaml) is the example of a hotel's front office.

Files `conf.d/*.yaml` beside it are laid over it in the order of their names: sections are merged key by key, a later
value or list replaces an earlier one. Several seats of one machine can share what is in `conf.d`.

- `phoneetiquette check FILE...` tells every problem at once, with file, line and column.
- `phoneetiquette config show` prints what counts, and where each value comes from; secrets are masked.
- `phoneetiquette config schema` prints a JSON Schema. Editors with a YAML language server complete and explain keys
  with it: save it as `phoneetiquette.schema.json` and begin the file with
  `# yaml-language-server: $schema=phoneetiquette.schema.json`.

Values are read by the key they belong to: `country: NO` is Norway, `srtp: off` is the word, `user: 0205` keeps its
zero. A relative path starts at the directory of the file it is written in. Anchors, aliases and tags are not used.

A password has no place in a file that others can read. Write it into a file with mode 0600 (`password_file`), hand it
over in the environment (`password_env`), or keep the configuration file itself at mode 0600.
"""


_TABLE = "| key | meaning | value | default | example |\n| --- | --- | --- | --- | --- |\n"


def markdown() -> str:
    """``docs/configuration.md``."""
    parts = [_INTRODUCTION]
    keys = keys_of(Config)
    single = {name: key for name, key in keys.items() if not isinstance(key_of(key).kind, Section | Sections)}
    parts.append(f"## Keys of no section\n\n{_TABLE}" + "".join(_row(name, key) for name, key in single.items()))
    parts += [_section_markdown(name, attribute, 2) for name, attribute in keys.items() if name not in single]
    return "\n".join(parts)


def _section_markdown(path: str, attribute: Field[Any], level: int) -> str:
    kind = key_of(attribute).kind
    assert isinstance(kind, Section | Sections)
    parts = [f"{'#' * level} `{path}`\n\n{_one_line(kind.kind.__doc__)}\n"]
    if isinstance(kind, Sections):
        parts.append(f"Of these there can be several, each with its keys under {kind.name.meaning}.\n")
    if key_of(attribute).null:
        parts.append(f"Default: none, {key_of(attribute).null}.\n")
    keys = keys_of(kind.kind)
    inner = {name: sub for name, sub in keys.items() if isinstance(key_of(sub).kind, Section)}
    rows = "".join(_row(name, sub) for name, sub in keys.items() if name not in inner)
    if rows:
        parts.append(_TABLE + rows)
    parts += [_section_markdown(f"{path}.{name}", sub, level + 1) for name, sub in inner.items()]
    return "\n".join(parts)


def _row(name: str, attribute: Field[Any]) -> str:
    key = key_of(attribute)
    value = key.kind.meaning + (f", {key.unit}" if key.unit else "")
    cells = [f"`{name}`", key.doc, value, _default(key, attribute), f"`{key.example}`" if key.example else ""]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"


def _default(key: Key, attribute: Field[Any]) -> str:
    if is_required(attribute):
        return "must be given"
    return key.null if attribute.default is None else f"`{yaml_value(attribute.default)}`"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


if __name__ == "__main__":
    print(markdown(), end="")
