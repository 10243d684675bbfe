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


NO_CARD = """
class PortAudioError(Exception): pass
def query_hostapis(): return ()
def query_devices(): return []
"""
NO_PORTAUDIO = "raise OSError('PortAudio library not found')"


def command(directory: Path, sounddevice: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The command on a machine whose ``sounddevice`` answers like this."""
    (directory / "sounddevice.py").write_text(sounddevice, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(directory), "XDG_RUNTIME_DIR": str(directory)}
    program = [sys.executable, "-m", "phoneetiquette", *words]
    return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)


def test_each_device_says_what_it_is_good_for() -> None:
    lines = list(in_words((SPEAKER, HEADSET), {"input": HEADSET, "output": SPEAKER}))
    assert lines[0] == "HDA Intel: ALC256 (hw:0,0)           ear  <- default ear"
    assert lines[1] == "Jabra Engage 75: USB Audio (hw:1,0)  microphone and ear  <- default microphone"


def test_a_machine_without_a_card_says_so(tmp_path: Path) -> None:
    listed = command(tmp_path, NO_CARD, "devices")
    assert (listed.returncode, listed.stderr) == (1, "")
    assert listed.stdout.startswith("There is no sound device here")
    assert json.loads(command(tmp_path, NO_CARD, "devices", "--json").stdout) == {
        "desk_phones": [],
        "headsets": [],
        "sound": [],
    }


def test_a_machine_without_portaudio_says_what_to_install(tmp_path: Path) -> None:
    listed = command(tmp_path, NO_PORTAUDIO, "devices")
    assert (listed.returncode, listed.stdout) == (2, "")
    assert "PortAudio library not found (install libportaudio2" in listed.stderr
    assert listed.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("backend", "sounddevice", "level", "what"),
    [
        ("'null'", NO_CARD, "ok", "sound: audio.backend is null, no sound card is used"),
        ("portaudio", NO_CARD, "fail", "no sound device: calls are answered without sound"),
        ("auto", NO_CARD, "warn", "no sound device: calls are answered without sound"),
        ("auto", NO_PORTAUDIO, "warn", "sound: sound cards cannot be used: PortAudio library not found"),
    ],
)
def test_the_doctor_on_a_machine_without_sound(
    tmp_path: Path, backend: str, sounddevice: str, level: str, what: str
) -> None:
    file = tmp_path / "phoneetiquette.yaml"
    file.write_text(f"audio: {{backend: {backend}}}\n", encoding="utf-8")
    findings = json.loads(command(tmp_path, sounddevice, "doctor", "--json", "--config", str(file)).stdout)
    assert [finding["level"] for finding in findings if finding["what"] == what] == [level]
