"""The service and desktop files, judged by systemd's and freedesktop.org's own tools."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "systemd"
PROGRAM = Path(sys.executable).with_name("phoneetiquette")
EDGE = ["phoneetiquette-edge.service", "phoneetiquette-edge-media.service"]
MOST_EXPOSURE = 2.0
"""Of 10; 3.0 is what the project promises."""


def installed(unit: str, directory: Path, name: str = "") -> Path:
    """A copy of the unit that starts the program of this very environment, as an installation's would."""
    text = (UNITS / unit).read_text(encoding="utf-8")
    changed = re.sub(r"^(Exec\w+=)\S+/phoneetiquette ", rf"\g<1>{PROGRAM} ", text, flags=re.MULTILINE)
    assert changed != text
    copy = directory / (name or unit)
    copy.write_text(changed, encoding="utf-8")
    return copy


def analyze(*words: str | Path, runtime: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime), "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}
    return subprocess.run(
        ["systemd-analyze", *words], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def setting(unit: str, key: str) -> list[str]:
    """The values of ``key`` in a unit, in order."""
    return re.findall(rf"^{key}=(.*)$", (UNITS / unit).read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("unit", ["phoneetiquette.service", "phoneetiquette-office.service"])
def test_the_user_unit_is_valid(tmp_path: Path, unit: str) -> None:
    judged = analyze("verify", "--user", "--man=no", installed(unit, tmp_path), runtime=tmp_path)
    assert (judged.returncode, judged.stdout) == (0, "")


def test_the_system_unit_is_valid_for_a_seat(tmp_path: Path) -> None:
    installed("phoneetiquette@.service", tmp_path)
    seat = installed("phoneetiquette@.service", tmp_path, "phoneetiquette@desk.service")
    judged = analyze("verify", "--man=no", seat, runtime=tmp_path)
    assert (judged.returncode, judged.stdout) == (0, "")


def test_verify_would_notice(tmp_path: Path) -> None:
    broken = installed("phoneetiquette.service", tmp_path)
    broken.write_text(broken.read_text(encoding="utf-8").replace("Restart=on-failure", "Restart=perhaps"))
    assert "perhaps" in analyze("verify", "--user", "--man=no", broken, runtime=tmp_path).stdout


def test_the_system_unit_exposes_little(tmp_path: Path) -> None:
    unit = installed("phoneetiquette@.service", tmp_path)
    judged = analyze(
        "security", "--offline=yes", "--no-pager", f"--threshold={round(MOST_EXPOSURE * 10)}", unit, runtime=tmp_path
    )
    assert judged.returncode == 0, judged.stdout
    exposure = re.search(r"exposure level for \S+: (\d+\.\d)", judged.stdout)
    assert exposure is not None, judged.stdout
    assert float(exposure[1]) <= MOST_EXPOSURE


@pytest.mark.parametrize("unit", EDGE)
def test_the_units_of_the_edge_are_valid_and_expose_little(tmp_path: Path, unit: str) -> None:
    for one in EDGE:
        installed(one, tmp_path)
    judged = analyze("verify", "--man=no", tmp_path / unit, runtime=tmp_path)
    assert (judged.returncode, judged.stdout) == (0, "")
    judged = analyze(
        *("security", "--offline=yes", "--no-pager", f"--threshold={round(MOST_EXPOSURE * 10)}"),
        tmp_path / unit,
        runtime=tmp_path,
    )
    assert judged.returncode == 0, judged.stdout


def test_the_edge_keeps_its_secret_over_a_restart() -> None:
    assert setting("phoneetiquette-edge.service", "RuntimeDirectoryPreserve") == ["restart"]
    assert setting("phoneetiquette-edge.service", "Restart") == ["always"]


@pytest.mark.parametrize("unit", ["phoneetiquette.service", "phoneetiquette@.service"])
def test_a_dead_main_process_does_not_take_the_voices_with_it(unit: str) -> None:
    assert setting(unit, "Type") == ["notify"]
    assert setting(unit, "NotifyAccess") == ["main"]
    assert setting(unit, "KillMode") == ["process"]
    assert setting(unit, "Restart") == ["on-failure"]
    assert [float(value) > 0 for value in setting(unit, "WatchdogSec")] == [True]


def test_the_restarted_main_finds_the_engine(tmp_path: Path) -> None:
    assert setting("phoneetiquette@.service", "RuntimeDirectory") == ["phoneetiquette/%i"]
    assert setting("phoneetiquette@.service", "RuntimeDirectoryPreserve") == ["restart"]


def test_sound_and_headset_work_within_the_limits_of_the_system_unit() -> None:
    """PortAudio calls into Python through code made at run time, which ``MemoryDenyWriteExecute`` would forbid."""
    assert setting("phoneetiquette@.service", "MemoryDenyWriteExecute") == []
    assert setting("phoneetiquette@.service", "SupplementaryGroups") == ["audio"]
    assert setting("phoneetiquette@.service", "DeviceAllow") == ["char-alsa rw", "char-hidraw rw"]


@pytest.fixture
def notifications(tmp_path: Path) -> Iterator[socket.socket]:
    """What a service manager would be told."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(20)
        yield listener


def test_a_seat_tells_the_service_manager_how_it_is_and_stops_when_told(
    tmp_path: Path, notifications: socket.socket
) -> None:
    configuration = tmp_path / "phoneetiquette.yaml"
    configuration.write_text("sip: {port: 0}\nconsole: {port: 0}\naudio: {backend: 'null'}\n", encoding="utf-8")
    environment = {
        **os.environ,
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": "500000",
        "XDG_RUNTIME_DIR": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
    }
    command: list[str | Path] = [PROGRAM, "run", "--seat", "service", "--config", configuration]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as main:
        try:
            assert "READY=1" in notifications.recv(4096).decode().splitlines()
            assert [notifications.recv(4096) for _ in range(3)] == [b"WATCHDOG=1"] * 3
            asked = subprocess.run(
                [PROGRAM, "status", "--json"], env=environment, capture_output=True, text=True, check=True
            )
            state = json.loads(asked.stdout)
            assert state["seat"] == "service"
            engine = Path(f"/proc/{state['engine']['pid']}")
            assert engine.exists()
            main.send_signal(signal.SIGTERM)
            while (told := notifications.recv(4096)) != b"STOPPING=1":
                assert told == b"WATCHDOG=1"
            assert main.wait(20) == 0
        finally:
            main.kill()
    assert not engine.exists()
    assert subprocess.run([PROGRAM, "status"], env=environment, capture_output=True, check=False).returncode == 1


def test_the_desktop_file_is_valid_and_takes_telephone_links(tmp_path: Path) -> None:
    file = ROOT / "packaging" / "phoneetiquette.desktop"
    judged = subprocess.run(["desktop-file-validate", file], capture_output=True, text=True)
    assert (judged.returncode, judged.stdout + judged.stderr) == (0, "")
    shutil.copy(file, tmp_path)
    subprocess.run(["update-desktop-database", tmp_path], check=True)
    handlers = (tmp_path / "mimeinfo.cache").read_text(encoding="utf-8")
    assert "x-scheme-handler/tel=phoneetiquette.desktop" in handlers
    assert "x-scheme-handler/sip=phoneetiquette.desktop" in handlers
