"""Virtual sound cards for the agent under test, each with a PulseAudio server of its own.

``NullCard``: PulseAudio null sinks, paced by the system clock. ``PipeCard``: a pipe sink and a pipe source, paced by
``card_clock.py``, so that the moment of every sample is known and the card's clock can be wrong.

PortAudio and ALSA find ``headset_out``, ``headset_in`` and ``ringer_out`` on both.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from benchmarks.meter import real_time
from benchmarks.sounds import Sound, down_by_6
from tests.peers import processes
from tests.peers.g711 import Samples

RATE_HZ = 48000
ALSA = """\
</usr/share/alsa/alsa.conf>
pcm.headset_out { type pulse device ear }
pcm.headset_in { type pulse device mouth_mic }
pcm.ringer_out { type pulse device ringer }
pcm.!default { type asym playback.pcm headset_out capture.pcm headset_in }
"""
RINGER = f"module-null-sink sink_name=ringer rate={RATE_HZ} channels=2"


class SoundServer:
    """A PulseAudio of its own in a temporary folder; ``environment`` leads a program to it and to nothing else."""

    def __init__(self, folder: Path, modules: list[str]) -> None:
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        alsa = folder / "asound.conf"
        alsa.write_text(ALSA)
        self.environment = {
            "XDG_RUNTIME_DIR": str(runtime),
            "PULSE_RUNTIME_PATH": str(runtime / "pulse"),
            "ALSA_CONFIG_PATH": str(alsa),
            "PULSE_SINK": "ear",
            "PULSE_SOURCE": "mouth_mic",
        }
        command = ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "--log-target=stderr", "-n"]
        for module in ("module-native-protocol-unix auth-cookie-enabled=0", *modules, RINGER):
            command += ["-L", module]
        self.process = processes.start(command, folder / "pulse.log", environment=self.environment)
        real_time(self.process.pid, 25)  # as rtkit gives it on a desktop
        full = {**os.environ, **self.environment}
        deadline = time.monotonic() + 10
        while subprocess.run(["pactl", "info"], env=full, capture_output=True).returncode:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"PulseAudio did not start: {(folder / 'pulse.log').read_text()[-500:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        processes.stop(self.process)


class NullCard:
    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="null-card-"))
        modules = [f"module-null-sink sink_name={name} rate={RATE_HZ} channels=2" for name in ("ear", "mouth")]
        modules.append("module-remap-source master=mouth.monitor source_name=mouth_mic")
        self._server = SoundServer(self._folder, modules)
        self.environment = self._server.environment
        # Somebody listens at the ear: without, a null sink sleeps for up to two seconds, which no card does.
        listen = ["parec", "-d", "ear.monitor", "--latency-msec=10", "--raw", "/dev/null"]
        self._listener = processes.start(listen, self._folder / "parec.log", environment=self.environment)
        self._mouth: subprocess.Popen[bytes] | None = None
        return self

    def speak(self, sound: Samples) -> None:
        """Say this over and over."""
        path = self._folder / "said.raw"
        sound.tofile(path)
        play = f"while cat {path}; do :; done | pacat -d mouth --rate={RATE_HZ} --channels=1 --format=s16le --raw"
        self._mouth = processes.start(["sh", "-c", play], self._folder / "pacat.log", environment=self.environment)

    def __exit__(self, *_: object) -> None:
        if self._mouth:
            processes.stop(self._mouth)
        processes.stop(self._listener)
        self._server.stop()


@dataclass(frozen=True, slots=True)
class EarRecording:
    """What the card played, at 8 kHz: sample ``i`` left the ear at ``start_ns + i * step_ns``."""

    sound: Sound
    start_ns: float
    step_ns: float
    faults: dict[str, Any]
    """Ticks at which the card itself had nothing to play or came late."""


class PipeCard:
    """``clock_ppm``: the card's crystal is fast by so much."""

    def __init__(self, clock_ppm: float = 0.0) -> None:
        self._ppm = clock_ppm

    def __enter__(self) -> Self:
        self._folder = folder = Path(tempfile.mkdtemp(prefix="pipe-card-"))
        modules = [
            f"module-pipe-sink sink_name=ear file={folder}/ear format=s32le rate={RATE_HZ} channels=2",
            f"module-pipe-source source_name=mouth_mic file={folder}/mouth format=s16le rate={RATE_HZ} channels=1",
        ]
        self._server = SoundServer(folder, modules)
        self.environment = self._server.environment
        command = [sys.executable, "-m", "benchmarks.card_clock", str(folder), str(self._ppm)]
        self._clock = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._origin = self._answer()
        return self

    def speak(self, sound: Samples) -> float:
        """Say this once, from the next block on; the monotonic ns at which the card captures its first sample."""
        path = self._folder / "said.raw"
        sound.tofile(path)
        assert self._clock.stdin
        self._clock.stdin.write(f"{path}\n")
        self._clock.stdin.flush()
        return float(self._answer()["first_sample_ns"])

    @property
    def sample_ns(self) -> float:
        """Time between two samples of the card, at 48 kHz."""
        return float(self._origin["sample_ns"])

    def finish(self) -> EarRecording:
        """Stop the card."""
        assert self._clock.stdin
        self._clock.stdin.close()
        faults = self._answer()
        sound = np.fromfile(self._folder / "ear.raw", np.int16)
        return EarRecording(down_by_6(sound), self._origin["start_ns"], 6 * self.sample_ns, faults)

    def _answer(self) -> dict[str, Any]:
        assert self._clock.stdout
        answer: dict[str, Any] = json.loads(self._clock.stdout.readline())
        return answer

    def __exit__(self, *_: object) -> None:
        self._clock.send_signal(signal.SIGTERM)
        self._clock.wait()
        self._server.stop()
