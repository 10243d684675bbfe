"""The command line as a whole: its verbs, its errors, its start."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from phoneetiquette.cli import VERBS, main

PROGRAM = [sys.executable, "-m", "phoneetiquette"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: phoneetiquette {verb}")


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert set(VERBS) <= {words[0] for words in lines if words}


@pytest.mark.parametrize("words", [[], ["dail", "201"], ["dial"], ["mute", "maybe"], ["transfer", "201", "202"]])
def test_a_wrong_command_line_is_bad_input(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: phoneetiquette")


@pytest.mark.parametrize(
    "words",
    [
        ["wakeup", "export", "--csv", "-", "--days", "99999999"],
        ["wakeup", "export", "--csv", "-", "--days", "-1"],
        ["calls", "--limit", "9" * 30],
        ["calls", "--to", "9999-12-31"],
        ["calls", "--from", "0001-01-01"],
        ["journal", "show", "--last", "9" * 30],
        ["diff", "old.yaml", "new.yaml", "--from", "9999-12-31"],
        ["explain", "plan.yaml", "--at", "0001-01-01T00:00"],
    ],
)
def test_a_number_or_a_day_beyond_all_bounds_is_bad_input(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "(write " in capsys.readouterr().err


def test_help_and_the_verbs_of_the_running_seat_import_nothing_heavy() -> None:
    """They are there at once."""
    program = (
        "import contextlib, io, sys, phoneetiquette.cli.client, phoneetiquette.cli as cli\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    cli.main(['--help'])\n"
        "heavy = {'pjsua2', 'numpy', 'sounddevice', 'fastapi', 'uvicorn', 'sqlalchemy', 'yaml', 'asyncio', 'httpx'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"


def test_an_error_shows_its_traceback_only_with_debug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("phoneetiquette.cli.client.find", lambda _name: 1 // 0)
    assert main(["status"]) == 70
    plain = capsys.readouterr().err
    assert plain.startswith("unexpected ZeroDivisionError")
    assert plain.count("\n") == 1
    assert main(["status", "--debug"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_who_leaves_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    ended = subprocess.run([*PROGRAM, "--help"], stdout=writing, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")
