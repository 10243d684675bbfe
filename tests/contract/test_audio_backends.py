"""What every headset promises, whatever it is made of: null, files, or sound cards (PulseAudio null sinks)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from phoneetiquette.audio import portaudio
from phoneetiquette.audio.backends import make_headset, make_ringer
from phoneetiquette.audio.headset import HeadsetSound, SoundChange
from phoneetiquette.audio.settings import AudioSettings, HeadsetSettings, RingerSettings, WavSettings
from phoneetiquette.audio.tones import write_wav
from tests.peers.pulse import Pulse

Samples = npt.NDArray[np.int16]
Make = Callable[[], HeadsetSound]

RATE_HZ = 16000
FRAME = RATE_HZ // 50


@pytest.fixture(scope="session")
def pulse() -> Iterator[Pulse]:
    """alsa-lib and libpulse read these variables when PortAudio looks for devices."""
    with Pulse() as server:
        before = dict(os.environ)
        os.environ.update(server.environment)
        portaudio.rescan()
        yield server
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def changes() -> list[SoundChange]:
    return []


@pytest.fixture(params=["null", "wav", "portaudio", "auto"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> AudioSettings:
    backend = request.param
    if backend in ("portaudio", "auto"):
        request.getfixturevalue("pulse")
    speech = tmp_path / "speech.wav"
    write_wav(speech, np.full(RATE_HZ // 4, 5000, np.int16), RATE_HZ)
    return AudioSettings(
        backend=backend,
        rate_hz=RATE_HZ,
        headset=HeadsetSettings(input="headset_in", output="headset_out"),
        ringer=RingerSettings(output=None if backend == "null" else "ringer_out"),
        wav=WavSettings(play=str(speech), store=str(tmp_path / "heard.wav")),
    )


@pytest.fixture
def headset(settings: AudioSettings, changes: list[SoundChange]) -> Iterator[HeadsetSound]:
    made = make_headset(settings, changes.append)
    yield made
    made.close()


def tick(headset: HeadsetSound, count: int) -> list[Samples]:
    """Ticks as the bridge makes them; what the microphone gave."""
    frames = []
    ear = np.full(FRAME, 1000, np.int16)
    due = time.monotonic()
    for _ in range(count):
        while (frame := headset.read_mic()) is None:
            time.sleep(0.001)
        frames.append(frame.copy())
        headset.write_ear(ear)
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))
    return frames


def assert_frames(frames: list[Samples]) -> None:
    assert all(frame.dtype == np.int16 and frame.shape == (FRAME,) for frame in frames)


def test_nothing_is_heard_before_it_is_opened(headset: HeadsetSound) -> None:
    frames = tick(headset, 3)
    assert_frames(frames)
    assert not any(frame.any() for frame in frames)
    assert headset.state == "none"


def test_every_tick_gives_a_frame(headset: HeadsetSound) -> None:
    headset.open()
    assert_frames(tick(headset, 30))


def test_a_tick_never_waits(headset: HeadsetSound) -> None:
    """Not even while the devices are being opened and closed."""
    ear = np.zeros(FRAME, np.int16)
    slow = 0
    for number in range(60):
        if number == 5:
            headset.open()
        if number == 50:
            headset.close()
        began = time.thread_time()
        wall = time.monotonic()
        headset.read_mic()
        headset.write_ear(ear)
        slow += time.monotonic() - wall > 0.015 and time.thread_time() - began < 0.010
        time.sleep(0.02)
    assert slow <= 3  # the machine may stall, now and then


def test_open_and_close_may_be_repeated(headset: HeadsetSound) -> None:
    for _ in range(3):
        headset.open()
        headset.open()
        assert_frames(tick(headset, 5))
        headset.close()
        headset.close()
    assert_frames(tick(headset, 3))


def test_the_state_is_told_once_and_kept(
    headset: HeadsetSound, changes: list[SoundChange], settings: AudioSettings
) -> None:
    headset.prepare()
    for _ in range(2):
        headset.open()
        wait_until(lambda: headset.state == ("none" if settings.backend == "null" else "open"))
        tick(headset, 3)
        headset.close()
    backend = "portaudio" if settings.backend == "auto" else settings.backend
    expected = [] if backend == "null" else [("headset", "open", backend, "")]
    assert [(c.role, c.state, c.backend, c.what) for c in changes] == expected


def test_a_frame_may_be_used_again_by_its_owner(headset: HeadsetSound) -> None:
    """The caller keeps one buffer for the ear and writes over it."""
    headset.open()
    ear = np.zeros(FRAME, np.int16)
    for number in range(10):
        ear[:] = number
        headset.write_ear(ear)


def test_the_bell_may_be_rung_and_silenced_at_will(settings: AudioSettings, changes: list[SoundChange]) -> None:
    bell = make_ringer(settings, changes.append)
    bell.stop()
    pattern = np.full(RATE_HZ // 10, 3000, np.int16)
    for _ in range(3):
        bell.start(pattern, RATE_HZ)
        bell.start(pattern, RATE_HZ)
        bell.stop()
    bell.stop()
    wait_until(lambda: not any(thread.name == "ringer" for thread in threading.enumerate()))
    assert not [change for change in changes if change.what]


def test_without_a_headset_the_loudspeaker_that_is_named_rings(pulse: Pulse, changes: list[SoundChange]) -> None:
    """A desk phone cannot be rung for a guest whom nobody could wake."""
    bell = make_ringer(AudioSettings(backend="null", ringer=RingerSettings(output="ringer_out")), changes.append)
    bell.start(np.full(RATE_HZ // 10, 3000, np.int16), RATE_HZ)
    wait_until(lambda: bool(changes))
    bell.stop()
    assert [(one.role, one.state) for one in changes] == [("ringer", "open")]


def wait_until(true: Callable[[], bool], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
