"""baresip (Debian's 1.0.0) as a phone that calls and is called, over UDP, TCP or TLS, with sound in WAV files.

It is driven through its ``ctrl_tcp`` module: JSON commands and events in netstrings.
"""

from __future__ import annotations

import json
import socket
import tempfile
import threading
import time
import wave
from pathlib import Path
from typing import Any, Self

import numpy as np

from tests.peers import processes
from tests.peers.g711 import Samples
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.sip_call import PeerTimeoutError

MODULES = Path("/usr/lib/baresip/modules")
RATE_HZ = 8000
QUIET_END_S = 120
"""Silence after what is said: baresip drops its microphone at the end of the file."""


class Baresip:
    """One baresip process, ready for calls when the constructor returns.

    Args:
        speech: what it says in every call, 8 kHz, from the moment the call is up.
        answers: takes calls at once; otherwise it rings until :meth:`answer`.
        media_encryption: empty, ``srtp`` (optional SDES) or ``srtp-mand``.
        certificate: PEM file with certificate and key, needed for TLS; it is also what peers are checked against.
        registrar: ``host:port`` where it registers, with ``regint`` among the parameters of its account.
        audio: ``player`` and ``source`` lines of its configuration instead of files, e.g. ``alsa,headset_out``.
    """

    def __init__(
        self,
        user: str = "baresip",
        *,
        transport: str = "udp",
        port: int = 0,
        speech: Samples | None = None,
        answers: bool = True,
        media_encryption: str = "",
        certificate: Path | None = None,
        account_parameters: str = "regint=0",
        registrar: str = "",
        audio: tuple[str, str] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.user, self.transport, self.port = user, transport, port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="baresip-"))
        self.events: list[dict[str, Any]] = []
        self._control_port = free_port()
        self._changed = threading.Condition()
        self._buffer = b""
        spoken = self.folder / "spoken.wav"
        if audio is None:
            words = speech if speech is not None else np.zeros(0, np.int16)
            _write_wav(spoken, np.concatenate([words, np.zeros(QUIET_END_S * RATE_HZ, np.int16)]))
        self._write_configuration(audio, spoken, certificate)
        (self.folder / "accounts").write_text(
            f"<sip:{user}@{registrar or f'{LOOPBACK}:{self.port}'};transport={transport}>;{account_parameters}"
            f";answermode={'auto' if answers else 'manual'};audio_codecs=PCMA/8000/1,PCMU/8000/1"
            + (f";mediaenc={media_encryption}" if media_encryption else "")
            + "\n"
        )
        self.process = processes.start(
            ["baresip", "-f", str(self.folder)], self.folder / "log", environment=environment
        )
        self._socket = self._connect()
        threading.Thread(target=self._listen, name=f"baresip-{user}", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def uri(self) -> str:
        """Where it can be called; TLS listens one port higher."""
        if self.transport == "tls":
            return f"sip:{self.user}@{LOOPBACK}:{self.port + 1};transport=tls"
        return f"sip:{self.user}@{LOOPBACK}:{self.port};transport={self.transport}"

    def dial(self, uri: str) -> None:
        self._command("dial", uri)

    def answer(self) -> None:
        self._command("accept")

    def hang_up(self) -> None:
        self._command("hangup")

    def hold(self) -> None:
        self._command("hold")

    def resume(self) -> None:
        self._command("resume")

    def transfer(self, uri: str) -> None:
        """Blind: REFER the other side to ``uri``."""
        self._command("transfer", uri)

    def wait(self, event: str, timeout_s: float = 10.0, *, count: int = 1) -> dict[str, Any]:
        """The ``count``-th event of this type: ``CALL_INCOMING``, ``CALL_RINGING``, ``CALL_ESTABLISHED``,
        ``CALL_CLOSED``, ``TRANSFER``, ``REGISTER_OK``, ``REGISTER_FAIL`` ...

        Raises:
            PeerTimeoutError: it did not come in time.
        """

        def seen() -> list[dict[str, Any]]:
            return [e for e in self.events if e["type"] == event]

        with self._changed:
            if not self._changed.wait_for(lambda: len(seen()) >= count, timeout_s):
                words = " ".join(e["type"] for e in self.events) or "nothing"
                raise PeerTimeoutError(f"baresip: no {event} within {timeout_s:g} s; seen: {words}\n{self.log()}")
            return seen()[count - 1]

    def heard(self, timeout_s: float = 5.0) -> Samples:
        """What it heard in its last call, once that is over. The file is whole a little after ``CALL_CLOSED``.

        Raises:
            PeerTimeoutError: there is no whole file in time.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                newest = max(self.folder.glob("dump-*-dec.wav"), key=lambda path: path.stat().st_mtime_ns)
                with wave.open(str(newest)) as file:
                    return np.frombuffer(file.readframes(file.getnframes()), np.int16)
            except (ValueError, EOFError, wave.Error):  # no file, or one without its header yet
                time.sleep(0.02)
        raise PeerTimeoutError(f"baresip wrote no sound within {timeout_s:g} s\n{self.log()}")

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def close(self) -> None:
        processes.stop(self.process)
        self._socket.close()

    def _write_configuration(self, card: tuple[str, str] | None, spoken: Path, certificate: Path | None) -> None:
        """Without a card no module with a player is loaded: baresip 1.0.0 then decodes into the ``sndfile`` filter."""
        media = free_port()
        if card:
            sound = [f"audio_player {card[0]}", f"audio_source {card[1]}", "ausrc_srate 48000", "auplay_srate 48000"]
        else:
            sound = [f"audio_source aufile,{spoken}", f"ausrc_srate {RATE_HZ}", f"auplay_srate {RATE_HZ}"]
            sound += ["module sndfile.so", f"snd_path {self.folder}"]
        lines = [
            f"sip_listen {LOOPBACK}:{self.port}",
            f"net_interface {LOOPBACK}",
            "call_max_calls 8",
            "audio_alert ",
            f"rtp_ports {media}-{media + 63}",
            "rtp_timeout 0",
            f"ctrl_tcp_listen {LOOPBACK}:{self._control_port}",
            f"module_path {MODULES}",
            *(f"module {name}.so" for name in ("g711", "uuid", "alsa" if card else "aufile", "srtp")),
            *(f"module_app {name}.so" for name in ("account", "contact", "menu", "ctrl_tcp")),
            *sound,
        ]
        if certificate:
            lines += [f"sip_certificate {certificate}", f"sip_cafile {certificate}"]
        (self.folder / "config").write_text("\n".join([*lines, ""]))
        (self.folder / "contacts").write_text("")

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return socket.create_connection((LOOPBACK, self._control_port), timeout=1)
            except OSError:
                time.sleep(0.02)
        processes.stop(self.process)
        raise PeerTimeoutError(f"baresip did not start:\n{self.log()}")

    def _command(self, command: str, parameters: str = "") -> None:
        text = json.dumps({"command": command, "params": parameters, "token": command}).encode()
        self._socket.sendall(b"%d:%b," % (len(text), text))

    def _listen(self) -> None:
        self._socket.settimeout(None)
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                return
            if not data:
                return
            self._buffer += data
            self._take_messages()

    def _take_messages(self) -> None:
        """Netstrings: ``<length>:<json>,``."""
        while True:
            length, separator, rest = self._buffer.partition(b":")
            if not separator or len(rest) <= int(length):
                return
            message = json.loads(rest[: int(length)])
            self._buffer = rest[int(length) + 1 :]
            if message.get("event"):
                with self._changed:
                    self.events.append(message)
                    self._changed.notify_all()


def _write_wav(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())
