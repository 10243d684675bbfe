"""Sound files are made by a child process, whose failure is told."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.runtime.sound_files import make_plan_sounds, remove_sounds


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


def test_a_child_that_cannot_be_started_is_a_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    failed = trouble(tmp_path)
    assert failed
    assert "cannot be started" in failed.what


def test_sounds_that_no_plan_can_be_asked_for_are_removed(tmp_path: Path) -> None:
    names = ["speech-en-1-16000.wav", "speech-en-2-16000.wav", "menu-3-16000.wav", "speech-en-2-16000.4711", "mine.wav"]
    for name in names:
        (tmp_path / name).touch()
    greeting = tmp_path / "wake-ups" / "speech-en-2-16000.wav"
    greeting.parent.mkdir()
    greeting.touch()
    remove_sounds(tmp_path, apart_from={"speech-en-1-16000.wav"})
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.wav", "speech-en-1-16000.wav", "wake-ups"]
    assert greeting.exists()
    remove_sounds(tmp_path / "none", apart_from=())


def test_sounds_that_cannot_be_removed_are_left(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "menu-1-16000.wav").mkdir()
    remove_sounds(tmp_path, apart_from=())
    assert "stay in" in caplog.text
