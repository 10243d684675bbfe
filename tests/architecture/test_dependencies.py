"""What is declared, what is locked, what is documented and what is installed are the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = {"run": PROJECT["dependencies"], "test": PROJECT["optional-dependencies"]["test"]}
DOCUMENT = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")


def locked(lock: str) -> dict[str, str]:
    """Name -> version."""
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, flags=re.MULTILINE))


def documented(lock: str) -> dict[str, str]:
    """Name -> version, from the table under the heading."""
    section = DOCUMENT.split(f"## To {lock}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([\w.-]+) \| (\d[\w.]*) \| [^|]+ \| [^|]+ \|$", section, flags=re.MULTILINE)
    return {name.lower(): version for name, version in rows}


@pytest.mark.parametrize("lock", ["run", "test"])
def test_every_dependency_is_locked_and_explained(lock: str) -> None:
    names = {re.split(r"[=<>!~\[ ]", requirement)[0].lower() for requirement in DECLARED[lock]}
    assert documented(lock) == {name: locked(lock)[name] for name in names}


def test_what_dependencies_bring_along_is_named_too() -> None:
    words = set(re.findall(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*", DOCUMENT.lower()))
    assert set(locked("run")) | set(locked("test")) <= words


def test_the_tests_run_on_what_is_run() -> None:
    assert locked("run").items() <= locked("test").items()


@pytest.mark.parametrize("lock", ["run", "test"])
def test_a_lock_pins_hashes_and_names_no_place(lock: str) -> None:
    """Where packages come from is the business of whoever installs."""
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    pinned = re.split(r"\n(?=\S+==)", text)
    assert all("--hash=sha256:" in entry for entry in pinned)
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links|--trusted-host", text)


def test_the_bill_of_materials_is_the_lock() -> None:
    command: list[str | Path] = [sys.executable, ROOT / "packaging" / "sbom.py", ROOT / "requirements" / "run.lock"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.5")
    assert {one["name"]: one["version"] for one in told["components"]} == locked("run")
    assert all(
        one["hashes"] and one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}" for one in told["components"]
    )
    (edges,) = told["dependencies"]
    assert set(edges["dependsOn"]) == {one["bom-ref"] for one in told["components"]}


def test_every_debian_package_is_explained() -> None:
    lines = (ROOT / "packages.txt").read_text(encoding="utf-8").splitlines()
    packages = [line.split() for line in lines if line and not line.startswith("#")]
    assert {words[0] for words in packages} == {"python", "run", "test", "deb"}
    assert [words[1] for words in packages if words[0] != "python" and f"`{words[1]}`" not in DOCUMENT] == []
