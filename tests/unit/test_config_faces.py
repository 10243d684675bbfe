"""``phoneetiquette check`` and ``phoneetiquette config``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from phoneetiquette.cli import main


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "phoneetiquette.yaml"


def test_check_without_problems(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("sip: {port: 15060}\n")
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr() == (f"{file}: no problems\n", "")


def test_check_tells_every_problem_of_every_file_on_a_line_of_its_own(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("sip: {prot: 1, lines: 9}\n")
    other = file.with_name("other.yaml")
    other.write_text("log: {level: [}\n")
    assert main(["check", str(file), str(other), str(file)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"{file}:1:7: unknown key 'prot' in sip (did you mean 'port'?)",
        f"{file}:1:23: sip.lines is out of range: 9 (write a whole number from 1 to 4)",
        f"{other}:1:15: not YAML: expected the node content, but found '}}' (put a text with special characters in"
        " quotes)",
    ]


def test_check_says_warnings_and_is_content(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("sip: {srtp: mandatory}\n")
    assert main(["check", str(file)]) == 0
    assert "1:13: warning: sip.srtp" in capsys.readouterr().err


def test_check_of_a_file_that_cannot_be_read(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(file)]) == 2
    assert capsys.readouterr().err == f"{file}: cannot be read: No such file or directory (check the path)\n"


def test_check_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("sip: {prot: 1}\n")
    assert main(["check", "--json", str(file)]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == [
        {
            "file": str(file),
            "line": 1,
            "column": 7,
            "severity": "error",
            "what": "unknown key 'prot' in sip",
            "advice": "did you mean 'port'?",
        }
    ]


ACCOUNT = "sip:\n  domain: pbx.example\n  account: {registrar: sip:127.0.0.1, user: 205, password: s3cret}\n"


def test_show_masks_secrets_and_tells_origins(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(ACCOUNT)
    file.chmod(0o600)
    drop_in = file.parent / "conf.d" / "local.yaml"
    drop_in.parent.mkdir()
    drop_in.write_text("pickup: {when_absent: {action: overflow, target: 299}}\n")
    assert main(["config", "show", "--config", str(file)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = [line.split() for line in out.splitlines()]
    assert ["#", "read:", f"{file},", str(drop_in)] in lines
    assert ["password:", '"********"', "#", f"{file}:3"] in lines
    assert ["target:", "sip:299@pbx.example", "#", f"{drop_in}:1"] in lines
    assert ["port:", "5060", "#", "default"] in lines
    assert "s3cret" not in out


def test_what_is_shown_can_be_used_as_a_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--config", str(_written(file, "sip: {port: 15060}\nseat: {name: night}\n"))]) == 0
    shown = capsys.readouterr().out
    assert main(["config", "show", "--config", str(_written(file.with_name("shown.yaml"), shown))]) == 0
    again = capsys.readouterr().out
    assert [line.partition("  #")[0] for line in again.splitlines()[1:]] == [
        line.partition("  #")[0] for line in shown.splitlines()[1:]
    ]


def _written(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


def test_show_as_json(file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    file.write_text(ACCOUNT)
    file.chmod(0o600)
    assert main(["config", "show", "--json", "--config", str(file)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["files"] == [str(file)]
    assert shown["config"]["sip"]["account"]["password"] == "********"
    assert shown["config"]["records"]["database"] == "/state/phoneetiquette/desk/records.sqlite"
    assert shown["config"]["sip"]["peers"] == ["127.0.0.1"]
    assert shown["origins"]["sip.domain"] == f"{file}:2"
    assert shown["origins"]["sip.port"] == "default"


@pytest.mark.parametrize(("text", "status"), [("sip: {prot: 1}\n", 1), (None, 2)])
def test_show_refuses_what_cannot_be_used(
    file: Path, capsys: pytest.CaptureFixture[str], text: str | None, status: int
) -> None:
    if text is not None:
        file.write_text(text)
    assert main(["config", "show", "--config", str(file)]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(str(file))


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["sip"] == {"$ref": "#/$defs/SipConfig"}
