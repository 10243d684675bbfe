"""Sound devices as the command line tells them. PortAudio looks once in a process, so each look is a new process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from phoneetiquette.audio.portaudio import Device
from phoneetiquette.cli.devices import in_words

HEADSET = Device(1, "Jabra Engage 75: USB Audio (hw:1,0)", 1, 2, 48000, "ALSA")
SPEAKER = Device(0, "HDA Intel: ALC256 (hw:0,0)", 0, 2, 44100, "ALSA")


def without_sound(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command on a machine where ALSA knows no card."""
    (directory / "asound.conf").touch()
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(directory / "asound.conf"), "XDG_RUNTIME_DIR": str(directory)}
    command = [sys.executable, "-m", "phoneetiquette", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_each_device_says_what_it_is_good_for() -> None:
    lines = list(in_words((SPEAKER, HEADSET), {"input": HEADSET, "output": SPEAKER}))
    assert lines[0] == "HDA Intel: ALC256 (hw:0,0)           ear  <- default ear"
    assert lines[1] == "Jabra Engage 75: USB Audio (hw:1,0)  microphone and ear  <- default microphone"


def test_a_machine_without_sound_says_so(tmp_path: Path) -> None:
    listed = without_sound(tmp_path, "devices")
    assert (listed.returncode, listed.stderr) == (1, "")
    assert listed.stdout.startswith("There is no sound device here")
    assert json.loads(without_sound(tmp_path, "devices", "--json").stdout) == []


@pytest.mark.parametrize(
    ("backend", "level", "what"),
    [
        ("'null'", "ok", "sound: audio.backend is null, no sound card is used"),
        ("portaudio", "fail", "no sound device: calls are answered without sound"),
        ("auto", "warn", "no sound device: calls are answered without sound"),
    ],
)
def test_the_doctor_on_a_machine_without_sound(tmp_path: Path, backend: str, level: str, what: str) -> None:
    file = tmp_path / "phoneetiquette.yaml"
    file.write_text(f"audio: {{backend: {backend}}}\n", encoding="utf-8")
    findings = json.loads(without_sound(tmp_path, "doctor", "--json", "--config", str(file)).stdout)
    assert [finding["level"] for finding in findings if finding["what"] == what] == [level]
