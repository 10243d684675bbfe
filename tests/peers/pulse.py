"""A PulseAudio server of a test's own, with three null sinks: the headset's ear and mouth, and the ringer.

PortAudio sees them, by way of an ALSA configuration, as ``headset_in``, ``headset_out``, ``ringer_out`` and, to stand
in for them, ``spare_in`` and ``spare_out``. The environment reaches the program under test as its process environment,
because alsa-lib reads it when it is loaded.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from tests.peers import processes

Samples = npt.NDArray[np.int16]

RATE_HZ = 48000

_ASOUND = """</usr/share/alsa/alsa.conf>
pcm.headset_out { type pulse device ear }
pcm.headset_in { type pulse device headset_mic }
pcm.spare_out { type pulse device spare_ear }
pcm.spare_in { type pulse device spare_mouth.monitor }
pcm.ringer_out { type pulse device ringer }
pcm.!default { type asym playback.pcm headset_out capture.pcm headset_in }
ctl.!default { type pulse }
"""
_SINKS = ("ear", "mouth", "spare_ear", "spare_mouth", "ringer")


class Pulse:
    """``with Pulse() as pulse:`` then start the program under test with ``pulse.environment``."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="pulse-"))
        run = self._directory / "run"
        run.mkdir(mode=0o700)
        asound = self._directory / "asound.conf"
        asound.write_text(_ASOUND)
        self.environment = {
            "XDG_RUNTIME_DIR": str(run),
            "PULSE_RUNTIME_PATH": str(run / "pulse"),
            "ALSA_CONFIG_PATH": str(asound),
            "HOME": str(self._directory),
        }
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._clear()

    def _clear(self) -> None:
        self.kill()
        shutil.rmtree(self._directory, ignore_errors=True)

    def start(self) -> None:
        """Start the server (again)."""
        modules = ["module-native-protocol-unix auth-cookie-enabled=0"]
        modules += [f"module-null-sink sink_name={name} rate={RATE_HZ} channels=2" for name in _SINKS]
        modules += ["module-remap-source master=mouth.monitor source_name=headset_mic"]
        command = ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n"]
        for module in modules:
            command += ["-L", module]
        log = self._directory / "pulse.log"
        self._server = processes.start(command, log, environment=self.environment)
        deadline = time.monotonic() + 10
        while self._pactl("info").returncode:
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise RuntimeError(f"PulseAudio did not start: {log.read_text()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End the server as if it had crashed."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def signal(self, number: signal.Signals) -> None:
        """Stop the server in its tracks, or let it go on."""
        if self._server is not None:
            self._server.send_signal(number)

    def unplug(self, sink: str) -> None:
        """Take a sink (and its monitor) away."""
        listed = self._pactl("list", "short", "modules").stdout.decode()
        number = next(line.split()[0] for line in listed.splitlines() if f"sink_name={sink} " in line)
        self._pactl("unload-module", number).check_returncode()

    def plug(self, sink: str) -> None:
        """Bring a sink (back)."""
        sinks = ("module-null-sink", f"sink_name={sink}", f"rate={RATE_HZ}", "channels=2")
        self._pactl("load-module", *sinks).check_returncode()
        if sink == "mouth":
            sources = ("module-remap-source", "master=mouth.monitor", "source_name=headset_mic")
            self._pactl("load-module", *sources).check_returncode()

    def listen(self, sink: str) -> Tap:
        """Record what is played on a sink from now on; it takes some 0.3-1.5 s until the first sample is there."""
        return Tap(f"{sink}.monitor", self._directory / f"{sink}-{time.monotonic_ns()}.raw", self.environment)

    def speak(self, sound: Samples, *, sink: str = "mouth") -> subprocess.Popen[bytes]:
        """Play mono sound at ``RATE_HZ`` into the headset's microphone; it goes on in the background."""
        file = self._directory / f"speech-{time.monotonic_ns()}.raw"
        file.write_bytes(sound.astype("<i2").tobytes())
        with file.open("rb") as source:
            return subprocess.Popen(
                ["pacat", "-d", sink, *_FORMAT, "--latency-msec=100"],
                stdin=source,
                env={**os.environ, **self.environment},
            )

    def _pactl(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["pactl", *words], env={**os.environ, **self.environment}, capture_output=True, check=False, timeout=10
        )


_FORMAT = ("--raw", f"--rate={RATE_HZ}", "--channels=1", "--format=s16le")


class Tap:
    """What a sink plays, at ``RATE_HZ``, mono."""

    def __init__(self, source: str, file: Path, environment: dict[str, str]) -> None:
        self._file = file
        with file.open("wb") as sink:
            self._recorder = subprocess.Popen(
                ["parec", "-d", source, *_FORMAT, "--latency-msec=20"], stdout=sink, env={**os.environ, **environment}
            )

    def wait_until_running(self) -> None:
        deadline = time.monotonic() + 5
        while not self._file.stat().st_size:
            if time.monotonic() > deadline:
                raise RuntimeError("nothing comes from the tap")
            time.sleep(0.01)

    def so_far(self) -> Samples:
        data = self._file.read_bytes()
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16)

    def stop(self) -> Samples:
        """End recording; everything that was heard."""
        self._recorder.terminate()
        self._recorder.wait()
        return self.so_far()
