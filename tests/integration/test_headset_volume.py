"""Volume buttons of a headset turn a real mixer of alsa-lib, behind which is a sink of PulseAudio."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.headset_models import JABRA
from tests.peers.pulse import Pulse
from tests.peers.seat import Seat
from tests.peers.virtual_headset import VirtualHeadsets

CARDS = """
ctl.!hw { @args [ CARD ] @args.CARD { type string } type pulse device ear }
"""
"""Every sound card's mixer is that of the headset's sink."""
LOUDER, QUIETER, RELEASED = "0102", "0101", "0100"


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    with Pulse() as pulse:
        configuration = Path(pulse.environment["ALSA_CONFIG_PATH"])
        configuration.write_text(configuration.read_text() + CARDS)
        yield pulse


def volume(pulse: Pulse) -> int:
    """In percent."""
    environment = {**os.environ, **pulse.environment}
    said = subprocess.run(
        ["pactl", "get-sink-volume", "ear"], env=environment, capture_output=True, text=True, check=True
    )
    return int(re.findall(r"(\d+)%", said.stdout)[0])


def turned(pulse: Pulse, card: str, steps: int) -> str:
    program = (
        "import sys; from phoneetiquette.headset.mixer import turn; from phoneetiquette.errors import DeviceError\n"
        "try: print(turn(sys.argv[1], int(sys.argv[2])))\n"
        "except DeviceError as error: print(error)\n"
    )
    words = [sys.executable, "-c", program, card, str(steps)]
    environment = {**os.environ, **pulse.environment}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_a_card_is_turned_down_and_up_and_no_further_than_it_goes(pulse: Pulse) -> None:
    assert (turned(pulse, "hw:7", -4), volume(pulse)) == ("75", 75)
    assert (turned(pulse, "hw:7", 99), volume(pulse)) == ("100", 100)
    assert (turned(pulse, "hw:7", -99), volume(pulse)) == ("0", 0)


def test_a_card_that_is_not_there_says_so(pulse: Pulse) -> None:
    assert turned(pulse, "no_such_card", 1).endswith("has no mixer, or has gone (plug it in again)")


@pytest.mark.parametrize(("setting", "heard"), [("card", 88), ("desktop", 100)])
def test_the_volume_buttons_of_a_headset(pulse: Pulse, tmp_path: Path, setting: str, heard: int) -> None:
    settings: dict[str, dict[str, Any]] = {"seat": {"hardware": "headset"}, "headset": {"volume": setting}}
    with VirtualHeadsets() as headsets:
        headset = headsets.plug(JABRA.model)
        environment = {"ALSA_CONFIG_PATH": pulse.environment["ALSA_CONFIG_PATH"]}
        environment["PULSE_RUNTIME_PATH"] = pulse.environment["PULSE_RUNTIME_PATH"]
        with Seat(tmp_path, settings, {**headsets.environment, **environment}) as seat:
            headset.wait_lamps(*JABRA.dark)
            for report in (QUIETER, RELEASED, QUIETER, RELEASED, QUIETER, RELEASED, LOUDER, RELEASED):
                headset.send(report)
                time.sleep(0.1)
            deadline = time.monotonic() + 5
            while volume(pulse) != heard:
                assert time.monotonic() < deadline, f"{volume(pulse)} %\n{seat.log()}"
                time.sleep(0.1)
            assert "Traceback" not in seat.log()
