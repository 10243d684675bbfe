"""Whatever the files of a dialplan hold: problems with places, quickly, and never anything else."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phoneetiquette.config.dialplans import Inspected, inspect
from phoneetiquette.config.dialplans.calls_table import ROW, read_calls
from phoneetiquette.config.dialplans.json_schema import records
from phoneetiquette.config.dialplans.loader import LARGEST
from phoneetiquette.config.dialplans.schema import HEAD, SECTIONS
from phoneetiquette.dialplan.model import NOWHERE, Plan
from phoneetiquette.dialplan.router import Router
from tests.property.dialplans import as_yaml, plans

SLOWEST_S = 20.0
"""Far above what any file of the allowed size takes on a busy machine."""
TODAY = date(2026, 11, 27)
HEADED = {"dialplan": 1, "name": "Fuzz", "country": "DE", "timezone": "Europe/Berlin"}
ANY = settings(suppress_health_check=list(HealthCheck), deadline=None)


@pytest.fixture(scope="module")
def file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory) / "plan.yaml"


def checked(file: Path, content: bytes) -> Inspected:
    file.write_bytes(content)
    started = time.process_time()
    inspected = inspect(file, TODAY)
    assert time.process_time() - started < SLOWEST_S
    for problem in inspected.problems:
        assert problem.file == str(file)
        assert bool(problem.line) == bool(problem.column)
        assert (
            0
            <= problem.line
            <= content.count(b"\n")
            + content.count(b"\r")
            + content.count("\u2028".encode())
            + (content.count("\x85".encode()) + content.count("\u2029".encode()) + 2)
        )
        assert str(problem).encode().decode().isprintable()
        assert problem.advice
    if inspected.plan is not None and not inspected.failed:
        Router(inspected.plan)
    return inspected


def all_keys() -> set[str]:
    keys = {*HEAD, *SECTIONS}
    for key in (HEAD | SECTIONS).values():
        for record in records(key):
            keys |= set(record.keys)
    return keys


KEY = st.sampled_from(sorted(all_keys() | {"main", "maria", "office", "night", "en", "1", "*"}))
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(
        [
            *("off", "NO", "desk", "maria", "office", "en", "anonymous", "112", "+43*", "2xx", "xxx", "*41", "24/7"),
            *("PH off", "Mo-Fr 08:00-18:00", "+999999999999999999", "sip:a@b", "2026-12-24", "{agent}", "{", "8s"),
            *("a\0b", "~nobody/x", "PH +1 day", "sunrise-sunset"),
        ]
    )
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY | st.text(max_size=8), inner, max_size=5),
    max_leaves=15,
)


@ANY
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes(file: Path, content: bytes) -> None:
    checked(file, content)


@ANY
@given(st.lists(KEY | st.text(alphabet="[]{}:,-?!&*|>%@'\"\\#~ \n\tab0", max_size=6) | st.just(": "), max_size=40))
def test_any_yaml_like_text(file: Path, words: list[str]) -> None:
    checked(file, ("dialplan: 1\n" + "".join(words)).encode())


@ANY
@given(st.dictionaries(st.sampled_from(sorted({*HEAD, *SECTIONS})) | st.text(max_size=8), VALUE, max_size=8))
def test_any_values_behind_our_keys(file: Path, values: dict[str, Any]) -> None:
    content = yaml.safe_dump(HEADED | values, allow_unicode=True, sort_keys=False)
    checked(file, content.encode("utf-8", "surrogatepass"))


@ANY
@given(plans(), st.data())
def test_a_plan_with_one_wrong_thing(file: Path, plan: dict[str, Any], data: st.DataObject) -> None:
    """Something at any depth of a good plan is replaced by anything."""
    node: Any = plan
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        inner = node[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            node[key] = data.draw(VALUE)
            break
        node = inner
    checked(file, as_yaml(plan).encode("utf-8", "surrogatepass"))


@ANY
@given(plans(), st.data())
def test_a_plan_with_bytes_put_in_or_taken_out(file: Path, plan: dict[str, Any], data: st.DataObject) -> None:
    content = as_yaml(plan).encode()
    at = data.draw(st.integers(0, len(content)))
    length = data.draw(st.integers(0, 20))
    checked(file, content[:at] + data.draw(st.binary(max_size=6)) + content[at + length :])


@ANY
@given(st.lists(st.dictionaries(st.sampled_from(sorted(ROW.keys)), VALUE, max_size=6), max_size=4), VALUE)
def test_any_table_of_calls(file: Path, rows: list[dict[str, Any]], other: Any) -> None:
    plan = Plan(place=NOWHERE, name="x", country="AT", timezone="UTC")
    for value in (rows, other):
        file.write_bytes(yaml.safe_dump({"calls": value}, allow_unicode=True).encode("utf-8", "surrogatepass"))
        for problem in read_calls(file, plan)[1]:
            assert problem.file == str(file)
            assert str(problem).isprintable()


@ANY
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_list_of_numbers(file: Path, content: bytes) -> None:
    numbers = file.with_name("numbers.csv")
    numbers.write_bytes(content)
    file.write_text(yaml.safe_dump({**HEADED, "numbers": {"some": {"csv": "numbers.csv", "column": "number"}}}))
    for problem in inspect(file, TODAY).problems:
        assert problem.file in (str(file), str(numbers))
        assert str(problem).isprintable()


@pytest.mark.parametrize(
    "content",
    [
        "[" * 1_000_000,
        "{" * 1_000_000,
        "- " * 500_000,
        "? " * 500_000,
        "a: " * 300_000,
        "".join(f"k{n}: 1\n" for n in range(100_000)),
        "a: 1\n" * 300_000,
        "k" * 1_000_000 + ": 1",
        '"' + "\\x41" * 300_000,
        "&a " * 300_000,
        "--- a\n" * 300_000,
        "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "hours:\n" + "".join(f"  h{n}: 'Mo 08:00-18:00'\n" for n in range(20_000)),
        "hours: {a: '" + "Mo 08:00-18:00; " * 60_000 + "'}",
        "numbers: {a: [" + "'+43 1 5550100', " * 50_000 + "]}",
        "lines: {main: {rules: [" + "{do: {ring: desk}}, " * 30_000 + "]}}",
        "lines: {main: {rules: [" + "{when: {caller: [a, b, c, d, e, f]}, do: {ring: desk}}, " * 20_000 + "]}}",
        "topics:\n" + "".join(f"  t{n}: {{to: desk, otherwise: {{topic: t{n + 1}}}}}\n" for n in range(5_000)),
    ],
    ids=lambda content: content[:12].strip(),
)
def test_a_big_hostile_file_is_read_quickly(file: Path, content: str) -> None:
    head = "".join(f"{key}: {value}\n" for key, value in HEADED.items())
    checked(file, (head + content)[:LARGEST].encode())
