"""The sound of ``devices test``: a tone that is heard, a microphone that hears, and one that does not.

Without a virtual headset: umockdev and what PortAudio does to find devices do not bear each other in one process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.hearing import amplitude, tone
from tests.peers.pulse import RATE_HZ, Pulse

CONFIGURATION = """
audio: {backend: portaudio, headset: {input: headset_in, output: headset_out}}
headset: {device: no such headset}
"""
TONE_HZ = 440


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    with Pulse() as pulse:
        yield pulse


def walk(pulse: Pulse, folder: Path) -> tuple[int, str]:
    """Exit status and what was said."""
    file = folder / "phoneetiquette.yaml"
    file.write_text(CONFIGURATION, encoding="utf-8")
    words = [sys.executable, "-m", "phoneetiquette", "devices", "test", "--config", str(file)]
    environment = {**os.environ, **pulse.environment}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_tone_is_played_and_a_voice_is_heard(pulse: Pulse, tmp_path: Path) -> None:
    ear = pulse.listen("ear")
    ear.wait_until_running()
    voice = pulse.speak(tone(300, 30.0, RATE_HZ))
    try:
        _, said = walk(pulse, tmp_path)
    finally:
        voice.kill()
        voice.wait()
    assert "tone: played\n" in said
    assert "microphone: loudest -12 dBFS, well\n" in said
    heard = ear.stop()
    loud = heard[abs(heard.astype(int)) > 300]
    assert 0.8 * RATE_HZ < len(loud) < 1.1 * RATE_HZ
    start = int((abs(heard.astype(int)) > 1000).argmax())
    assert amplitude(heard[start : start + RATE_HZ // 2], TONE_HZ, RATE_HZ) > 2000


def test_a_microphone_that_is_switched_off(pulse: Pulse, tmp_path: Path) -> None:
    status, said = walk(pulse, tmp_path)
    assert status == 1
    assert "microphone: only silence came (-100 dBFS) (switch the microphone on, or choose another)\n" in said
    assert "buttons: there is no headset with call buttons" in said, "the walk goes on"
