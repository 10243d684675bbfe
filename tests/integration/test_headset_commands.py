"""What the command line says of virtual headsets, and the walk through one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoneetiquette.cli import headsets as command
from phoneetiquette.errors import ConfigurationError
from tests.peers.headset_models import EPOS, JABRA, MICROSOFT, PLAIN, POLY
from tests.peers.headset_program import NOBODY
from tests.peers.virtual_headset import VirtualHeadsets

NO_SOUND = """
class PortAudioError(Exception): pass
def query_hostapis(): return ()
def query_devices(): return []
"""
"""In place of PortAudio, which would list the machine's own devices."""


@pytest.fixture
def headsets() -> Iterator[VirtualHeadsets]:
    with VirtualHeadsets() as headsets:
        yield headsets


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "sounddevice.py").write_text(NO_SOUND, encoding="utf-8")
    return {"PYTHONPATH": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}


def test_devices_as_a_person_would_say_it(headsets: VirtualHeadsets, environment: dict[str, str]) -> None:
    for model in (JABRA.model, PLAIN, POLY.model):
        headsets.plug(model)
    listed = headsets.run("devices", environment=environment)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout.splitlines() == [
        "Jabra EVOLVE LINK MS: sound ok, buttons ok, lamp ok",
        "Logitech G535 Wireless Gaming Headset: sound ok, no call buttons",
        "Poly BT700: sound ok, buttons ok, lamp ok",
    ]
    jabra, *_ = json.loads(headsets.run("devices", "--json", environment=environment).stdout)["headsets"]
    assert (jabra["profile"], jabra["sound_card"], jabra["node"]) == ("jabra", 0, "/dev/hidraw0")
    assert jabra["lamps"] == ["off-hook", "mute", "ring", "hold"]


def test_buttons_without_leave_name_the_command(headsets: VirtualHeadsets) -> None:
    """As somebody who is not root: root may do everything."""
    headsets.plug(JABRA.model).forbid()
    program = (
        "import os, phoneetiquette.cli.headsets as h\n"
        "found = h.plugged_in()\n"
        f"os.getuid() or os.setuid({NOBODY})\n"
        "for one in found: print(*h.in_words(one), sep='\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **headsets.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    state, mending = done.stdout.splitlines()
    assert state == "Jabra EVOLVE LINK MS: sound ok, buttons and lamp not permitted"
    assert mending.strip() == "let yourself use its buttons, once: sudo phoneetiquette devices permit"


@pytest.mark.parametrize(
    ("configuration", "level", "said"),
    [
        ("", "ok", "headset: EPOS IMPACT D1: sound ok, buttons ok, lamp ok"),
        ("headset: {device: impact}", "ok", "headset: EPOS IMPACT D1: sound ok, buttons ok, lamp ok"),
        ("headset: {device: Savi}", "warn", "headset.device: no headset with call buttons is called 'Savi'"),
        ("headset: {device: Savi}", "ok", "headset not used: EPOS IMPACT D1: sound ok, buttons ok, lamp ok"),
        ("seat: {hardware: none}", "ok", "headset: seat.hardware is none, no buttons are used"),
    ],
)
def test_the_doctor_looks_at_the_headset(
    headsets: VirtualHeadsets, environment: dict[str, str], tmp_path: Path, configuration: str, level: str, said: str
) -> None:
    headsets.plug(EPOS.model)
    file = tmp_path / "phoneetiquette.yaml"
    file.write_text(configuration, encoding="utf-8")
    done = headsets.run("doctor", "--json", "--config", str(file), environment=environment)
    assert [one["level"] for one in json.loads(done.stdout) if one["what"] == said] == [level]


def test_without_a_headset_the_doctor_is_content(headsets: VirtualHeadsets, environment: dict[str, str]) -> None:
    findings = json.loads(headsets.run("doctor", "--json", environment=environment).stdout)
    said = "headset: none with call buttons to use; calls are lifted on the page"
    assert [one["level"] for one in findings if one["what"] == said] == ["ok"]


def test_a_walk_through_a_headset(headsets: VirtualHeadsets, environment: dict[str, str], tmp_path: Path) -> None:
    headset = headsets.plug(MICROSOFT.model)
    log = tmp_path / "said"
    words = [sys.executable, "-u", "-m", "phoneetiquette", "devices", "test", "--silent", "--seconds", "20"]
    with log.open("w") as output:
        walk = subprocess.Popen(words, env={**os.environ, **headsets.environment, **environment}, stdout=output)
        deadline = time.monotonic() + 30
        while "press each" not in log.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for report in ("0b01", "0b00", "0b02", "0b00", "0b04", "0b00"):
            headset.send(report)
        assert walk.wait(30) == 0
    lit = [report for _, report in headset.lamps]
    assert lit[:5] == ["0c02", "0c01", "0c09", "0c05", "0c00"]
    assert lit[-1] == "0c00"
    said = log.read_text()
    assert "Microsoft Modern USB Headset (profile microsoft)\n" in said
    for line in ("lamps: ring is lit now", "buttons: hook (off-hook)", "buttons: mute", "buttons: programmable"):
        assert f"{line}\n" in said


def test_a_walk_with_buttons_that_nobody_presses(headsets: VirtualHeadsets, environment: dict[str, str]) -> None:
    headsets.plug(JABRA.model)
    done = headsets.run("devices", "test", "--silent", "--seconds", "0.5", environment=environment)
    assert done.returncode == 1
    assert "buttons: not pressed: hook, mute" in done.stdout


def test_the_rule_is_installed_where_udev_looks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.permit(tmp_path / "rules.d") == 0
    installed = tmp_path / "rules.d" / command.RULES.name
    assert installed.read_bytes() == command.RULES.read_bytes()
    assert installed.stat().st_mode & 0o777 == 0o644
    assert str(installed) in capsys.readouterr().out


def test_who_may_not_install_it_is_told_the_command(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        program = (
            "import os, pathlib, phoneetiquette.cli.headsets as h, phoneetiquette.errors as e\n"
            f"os.setuid({NOBODY})\n"
            f"try: h.permit(pathlib.Path({str(tmp_path)!r}))\n"
            "except e.ConfigurationError as error: print(error)\n"
        )
        tmp_path.chmod(0o755)
        said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    else:
        tmp_path.chmod(0o500)
        with pytest.raises(ConfigurationError) as told:
            command.permit(tmp_path)
        said = str(told.value)
    assert "cannot be written" in said
    assert "(run: sudo phoneetiquette devices permit)" in said
