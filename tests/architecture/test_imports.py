"""The floors of the house, read from the source: an import may only point down; heavy libraries have one home each."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PACKAGE = "phoneetiquette"

FLOORS = ("ground", "core", "adapters", "wiring", "faces")

WHERE = {
    "cli": "faces",
    "console": "faces",
    "reports": "faces",
    "metrics": "faces",
    "office": "faces",
    "__main__": "faces",
    "access": "core",
    "access.passwords": "adapters",
    "access.users_file": "adapters",
    "analysis": "wiring",
    "app": "wiring",
    "demo": "wiring",
    "runtime": "wiring",
    "sip": "adapters",
    "audio": "adapters",
    "config": "adapters",
    "edge": "adapters",
    "notify": "adapters",
    "directory": "core",
    "headset": "core",
    "headset.profiles": "adapters",
    "headset.found": "adapters",
    "headset.hid": "adapters",
    "headset.link": "adapters",
    "headset.mixer": "adapters",
    "phones": "core",
    "presence": "core",
    "presence.link": "adapters",
    "phones.private_files": "adapters",
    "phones.profiles": "adapters",
    "records.journal": "adapters",
    "records.journal_reader": "adapters",
    "records.store": "adapters",
    "records.backup": "adapters",
    "records.erasing": "adapters",
    "records.journal_check": "adapters",
    "records.form_drafts": "adapters",
    "records.whole_files": "adapters",
    "ivr": "core",
    "records": "core",
    "dialplan": "core",
    "etiquette": "core",
    "figures": "core",
    "followups": "core",
    "wakeups": "core",
    "calls": "core",
    "speech": "core",
    "addresses": "ground",
    "commands": "ground",
    "errors": "ground",
    "events": "ground",
    "problems": "ground",
    "units": "ground",
    "wire": "ground",
}
"""Part of the package -> its floor; the longest part that fits a module counts."""

UPWARD = {
    ("app", "console"): "the seat serves its own page, and the wiring starts the server",
}
"""The only imports that point up."""

SIDEWAYS = {
    ("sip", "audio"): "the engine puts the headset and the tones on the bridge",
    ("headset", "config"): "vendor profiles are read as the configuration is: YAML with places and advice",
    ("phones", "config"): "profiles of desk phones are read in the same way",
    ("presence", "sip"): "our own address, as a PBX sees it, is found in one way",
    ("cli", "console"): "the office is served as a seat's page is",
    ("cli", "office"): "the verb serves its pages",
    ("office", "console"): "the same door keeps other web sites out",
    ("office", "reports"): "every call opens to its picture",
    ("notify", "records"): "the outbox replaces its files as the drafts do",
    ("access", "records"): "the file of the users is replaced in the same way",
    ("config", "records"): "and published dialplans",
    ("cli", "reports"): "calls show draws the timeline, analyze its tables and pictures, check a dialplan's week",
    ("__main__", "cli"): "python -m phoneetiquette is the command line",
}
"""Adapters and faces know nothing of one another but for these; the parts of the other floors may work together."""

NEVER_IN_CORE = {
    *("asyncio", "concurrent", "multiprocessing", "queue", "select", "signal", "socket", "subprocess", "threading"),
    *("logging", "os", "random", "secrets", "time"),
    *("pjsua2", "sounddevice", "sqlalchemy", "yaml"),
}

HOMES: dict[str, tuple[str, ...]] = {
    "pjsua2": ("sip", "cli.sip_build"),
    "sounddevice": ("audio.portaudio",),
    "soundfile": ("audio",),
    "hidraw": ("headset.hid",),
    "samplerate": ("audio",),
    "soxr": ("audio.recordings",),
    "_webrtcvad": ("speech",),
    "sqlalchemy": ("records.store",),
    "alembic": ("records.store",),
    "psycopg": ("records.store.engines",),
    "yaml": ("config.yaml_nodes",),
    "fastapi": ("console", "office"),
    "starlette": ("console", "office"),
    "uvicorn": ("console",),
    "pydantic": ("console.bodies", "console.message_bodies", "console.wake_up_bodies", "office.bodies"),
    "argon2": ("access.passwords",),
    "babel": ("console.catalogues",),
    "jinja2": ("console", "edge", "office"),
    "matplotlib": ("reports",),
    "pyebur128": ("audio.integrated_loudness",),
    "rich": ("cli.analyze", "records.export", "reports.recordings"),
    "email_validator": ("followups.email",),
    "phonenumbers": ("dialplan.numbers",),
    "opening_hours": ("dialplan.hours",),
    "holidays": ("dialplan.public_holidays",),
    "numpy": ("analysis", "audio", "demo", "reports", "sip", "speech"),
}
"""Every third-party module -> the parts that may import it."""


def module_name(file: Path) -> str:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports() -> dict[str, frozenset[str]]:
    """Module -> the modules it imports, anywhere in its text."""
    files = {module_name(file): file for file in (SOURCE / PACKAGE).rglob("*.py")}

    def found(name: str, file: Path) -> Iterator[str]:
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                base = ".".join([*above, *([node.module] if node.module else [])])
                for alias in node.names:
                    whole = f"{base}.{alias.name}"
                    yield whole if whole in files else base

    return {name: frozenset(found(name, file)) for name, file in files.items()}


def part(module: str) -> str:
    """The entry of ``WHERE`` that covers one of our modules; '' for the package itself."""
    inside = module.removeprefix(PACKAGE).removeprefix(".")
    words = inside.split(".")
    return next((p for n in range(len(words), 0, -1) if (p := ".".join(words[:n])) in WHERE), inside)


def whole_part(module: str) -> str:
    return part(module).partition(".")[0]


def floor(module: str) -> int:
    return FLOORS.index(WHERE[part(module)]) if module != PACKAGE else 0


def is_ours(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE


def third_party() -> Iterator[tuple[str, str]]:
    """(importing module, top-level third-party module)."""
    for module, imported in imports().items():
        for name in {one.partition(".")[0] for one in imported}:
            if name != PACKAGE and name not in sys.stdlib_module_names:
                yield module, name


def test_every_part_of_the_package_has_a_floor() -> None:
    assert {part(module) for module in imports() if module != PACKAGE} <= set(WHERE)


def test_imports_point_down() -> None:
    upward = {
        (whole_part(module), whole_part(other))
        for module, imported in imports().items()
        for other in filter(is_ours, imported)
        if floor(other) > floor(module)
    }
    assert upward == set(UPWARD)


def test_adapters_and_faces_keep_to_themselves() -> None:
    pairs = {
        (whole_part(module), whole_part(other))
        for module, imported in imports().items()
        for other in filter(is_ours, imported)
        if floor(module) == floor(other) and FLOORS[floor(module)] in ("adapters", "faces")
    }
    assert {(one, other) for one, other in pairs if one != other} == set(SIDEWAYS)


def test_the_core_is_pure() -> None:
    core = [module for module in imports() if module != PACKAGE and WHERE[part(module)] in ("core", "ground")]
    impure = [
        f"{module} imports {name}"
        for module in core
        for name in sorted({one.partition(".")[0] for one in imports()[module]} & NEVER_IN_CORE)
    ]
    assert len(core) > 10
    assert not impure


def test_every_library_is_imported_only_at_home() -> None:
    strayed = []
    for module, name in third_party():
        inside = module.removeprefix(f"{PACKAGE}.")
        if not any(f"{inside}.".startswith(f"{home}.") for home in HOMES.get(name, ())):
            strayed.append(f"{module} imports {name}")
    assert not strayed


@pytest.mark.parametrize("library", HOMES)
def test_every_home_is_lived_in(library: str) -> None:
    """An entry that nothing needs any more would hide the next stray import."""
    users = [module.removeprefix(f"{PACKAGE}.") for module, name in third_party() if name == library]
    empty = [home for home in HOMES[library] if not any(f"{user}.".startswith(f"{home}.") for user in users)]
    assert not empty


def test_the_project_declares_what_it_imports_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {distribution(requirement) for requirement in project["dependencies"]}
    brought = {distribution(needed) for name in declared for needed in requires(name) or ()}
    distributions = packages_distributions()
    imported = {distribution(distributions[name][0]) for _, name in third_party()}
    assert declared <= imported
    assert imported <= declared | brought


def distribution(requirement: str) -> str:
    """The normalised name of a distribution, out of a requirement."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")
