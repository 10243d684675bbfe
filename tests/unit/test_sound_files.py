"""Sound files are made by a child process, whose failure is told."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.runtime.sound_files import make_plan_sounds


def trouble(cache: Path) -> ConfigurationError | None:
    return asyncio.run(make_plan_sounds(16000, cache, (), ()))


def test_the_beep_is_made_without_trouble(tmp_path: Path) -> None:
    assert trouble(tmp_path) is None
    assert [file.name for file in tmp_path.iterdir()] == ["beep-16000.wav"]


def test_a_child_that_fails_is_a_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    failed = trouble(tmp_path)
    assert failed
    assert "has failed" in failed.what
