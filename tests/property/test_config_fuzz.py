"""Whatever a file holds: problems with places, quickly, and never anything else."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phoneetiquette.config import Config, Inspection, inspect
from phoneetiquette.config.keys import key_of, keys_of
from phoneetiquette.config.kinds import Kind, Section, Sections
from phoneetiquette.config.loader import LARGEST

SLOWEST_S = 5.0
"""Far above what any file of the allowed size takes, far below what a person waits."""


@pytest.fixture(scope="module")
def file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory) / "phoneetiquette.yaml"


def inspected(file: Path, content: bytes) -> Inspection:
    file.write_bytes(content)
    started = time.perf_counter()
    inspection = inspect(file, starting=False)
    assert time.perf_counter() - started < SLOWEST_S
    lines = content.count(b"\n") + content.count(b"\r") + content.count("\u2028".encode()) + 2
    for problem in inspection.problems:
        assert problem.file == str(file)
        assert 0 <= problem.line <= lines + content.count("\x85".encode()) + content.count("\u2029".encode())
        assert bool(problem.line) == bool(problem.column)
        assert str(problem).encode().decode().isprintable()
        assert problem.advice
    assert isinstance(inspection.config, Config)
    return inspection


def all_keys(section: type[Any]) -> Iterator[str]:
    for name, attribute in keys_of(section).items():
        yield name
        kind = key_of(attribute).kind
        if isinstance(kind, Section | Sections):
            yield from all_keys(kind.kind)


KEY = st.sampled_from(sorted(set(all_keys(Config))))
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["off", "NO", "sip:a@b", "127.0.0.1", "0.0.0.0/0", "tls", "overflow", "null", "~/x", "*", "a\0b", "AT"]
    )
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY | st.text(), inner, max_size=5),
    max_leaves=12,
)


def tree(section: type[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Configurations with the right keys and any values."""
    return st.fixed_dictionaries(
        {}, optional={name: behind(key_of(attribute).kind) for name, attribute in keys_of(section).items()}
    )


def behind(kind: Kind) -> st.SearchStrategy[Any]:
    if isinstance(kind, Section):
        return VALUE | tree(kind.kind)
    if isinstance(kind, Sections):
        return VALUE | st.dictionaries(st.sampled_from(["desk", "hall", "A b", ""]), tree(kind.kind), max_size=3)
    return VALUE


ANY = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None)


@ANY
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes(file: Path, content: bytes) -> None:
    inspected(file, content)


@ANY
@given(st.lists(KEY | st.text(alphabet="[]{}:,-?!&*|>%@'\"\\#~ \n\tab0", max_size=6) | st.just(": "), max_size=30))
def test_any_yaml_like_text(file: Path, words: list[str]) -> None:
    inspected(file, "".join(words).encode())


@ANY
@given(tree(Config))
def test_any_values_behind_our_keys(file: Path, values: dict[str, Any]) -> None:
    inspected(file, yaml.safe_dump(values, allow_unicode=True).encode("utf-8", "surrogatepass"))


@ANY
@given(st.dictionaries(st.lists(KEY, min_size=1, max_size=4).map(".".join) | st.text(), VALUE, max_size=5))
def test_any_overrides(overrides: dict[str, Any]) -> None:
    for problem in inspect(None, overrides, starting=False).problems:
        assert problem.file == "command line"
        assert str(problem).isprintable()


@pytest.mark.parametrize(
    "content",
    [
        "[" * 250_000,
        "{" * 250_000,
        "- " * 125_000,
        "? " * 125_000,
        "a: " * 80_000,
        "".join(f"{'  ' * depth}a:\n" for depth in range(500)),
        "sip: {peers: [" + "10.0.0.1, " * 25_000 + "]}",
        "sip: {peers: [" + ", ".join(f"10.{n // 256}.{n % 256}.1" for n in range(15_000)) + "]}",
        "".join(f"k{n}: 1\n" for n in range(20_000)),
        "a: 1\n" * 50_000,
        "k" * 250_000 + ": 1",
        "seat: {display_name: '" + "x" * 250_000 + "'}",
        "a: |\n" + " x\n" * 80_000,
        '"' + "\\x41" * 60_000,
        "&a " * 80_000,
        "--- a\n" * 40_000,
        "#" * 260_000,
    ],
    ids=lambda content: content[:12].strip(),
)
def test_a_big_hostile_file_is_read_quickly(file: Path, content: str) -> None:
    inspected(file, content[:LARGEST].encode())
