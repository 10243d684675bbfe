"""What every kind of test uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.postgresql import PostgreSql


@pytest.fixture
def runtime_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for the runtime directories of seats, so that no seat of this machine is ever found by a test."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setattr("phoneetiquette.runtime.paths.SYSTEM_BASE", tmp_path / "system")
    monkeypatch.setattr("phoneetiquette.runtime.paths._fallback_base", lambda: tmp_path / "fallback")
    return tmp_path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """One server for the whole run; who asks for it makes databases of its own."""
    with PostgreSql() as server:
        yield server
