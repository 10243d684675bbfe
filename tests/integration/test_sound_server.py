"""Which way sound goes: to a sound server directly where a device is a door to it, else through PortAudio."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.pulse import Pulse

HEAR = textwrap.dedent("""
    import json, sys, time
    from phoneetiquette.audio import streams
    from phoneetiquette.errors import DeviceError
    name, rate_hz = sys.argv[1] or None, 16000
    told = {}
    try:
        microphone = streams.open_capture(name, rate_hz)
        began, came = time.monotonic(), 0
        while time.monotonic() - began < 3 and came < rate_hz:
            came += len(microphone.read())
            time.sleep(0.02)
        told = {"way": type(microphone).__name__, "name": microphone.name, "came": came}
        microphone.close()
    except DeviceError as error:
        told = {"error": error.what}
    print(json.dumps(told | {"portaudio": "sounddevice" in sys.modules}))
""")

WATCH = textwrap.dedent("""
    import sys, time
    from phoneetiquette.audio.sound_server import DeviceWatch
    watch = DeviceWatch()
    watch.start()
    for line in sys.stdin:
        deadline, told = time.monotonic() + float(line), False
        while not told and time.monotonic() < deadline:
            told = watch.changed()
            time.sleep(0.01)
        print(told, flush=True)
""")


@pytest.fixture(scope="module")
def pulse() -> Iterator[Pulse]:
    with Pulse() as server:
        yield server


def hear(pulse: Pulse, name: str) -> dict[str, Any]:
    """What a program of its own gets from this microphone, and by which way."""
    command, environment = [sys.executable, "-c", HEAR, name], {**os.environ, **pulse.environment}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=60)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_full_name_leads_to_the_server_without_portaudio(pulse: Pulse) -> None:
    told = hear(pulse, "headset_in")
    assert (told["way"], told["name"], told["portaudio"]) == ("ServerCapture", "headset_in", False)
    assert told["came"] >= 16000


def test_part_of_a_name_is_looked_for_and_leads_there_as_well(pulse: Pulse) -> None:
    told = hear(pulse, "HEADSET_i")
    assert (told["way"], told["name"], told["portaudio"]) == ("ServerCapture", "headset_in", True)
    assert told["came"] >= 16000


def test_what_is_no_door_to_the_server_goes_through_portaudio(pulse: Pulse) -> None:
    told = hear(pulse, "")  # the default device of that configuration is made of two
    assert (told["way"], told["name"]) == ("Capture", "default")
    assert told["came"] >= 16000


def test_a_device_that_the_server_does_not_have_is_told(pulse: Pulse) -> None:
    pulse.unplug("spare_mouth")
    try:
        assert "'spare_in' cannot be opened for input: No such entity" in hear(pulse, "spare_in")["error"]
    finally:
        pulse.plug("spare_mouth")


def test_devices_that_come_and_go_are_noticed(pulse: Pulse) -> None:
    environment = {**os.environ, **pulse.environment}
    with subprocess.Popen(
        [sys.executable, "-c", WATCH], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as watch:
        assert watch.stdin
        assert watch.stdout

        def told(within_s: float) -> bool:
            assert watch.stdin
            assert watch.stdout
            print(within_s, file=watch.stdin, flush=True)
            return watch.stdout.readline() == "True\n"

        assert not told(0.5)
        pulse.unplug("spare_ear")
        assert told(10)
        while told(0.5):
            pass
        pulse.plug("spare_ear")
        assert told(10)
