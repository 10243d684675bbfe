"""Linphone (Debian's ``linphonec``) as a phone on loopback: a third SIP library. It calls, and is told what by line."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.peers.ports import LOOPBACK, free_port
from tests.peers.sip_call import PeerTimeoutError

CONFIGURATION = """[sip]
sip_port={port}
sip_tcp_port=-1
sip_tls_port=-1
bind_address={host}
contact=sip:{user}@{host}:{port}
guess_hostname=0
use_ipv6=0
[rtp]
audio_rtp_port={sound}
"""


class Linphone:
    """One process without sound card; ready for :meth:`say` when made."""

    def __init__(self, user: str = "lina") -> None:
        self.user, self.port = user, free_port()
        folder = Path(tempfile.mkdtemp(prefix="linphone-"))
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        text = CONFIGURATION.format(port=self.port, host=LOOPBACK, user=user, sound=free_port())
        (folder / "configuration").write_text(text)
        self._said = folder / "said"
        with self._said.open("wb") as out:
            self._process = subprocess.Popen(
                ["linphonec", "-c", str(folder / "configuration")],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
            )
        self.say("soundcard use files")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def say(self, command: str) -> None:
        """Type a command, as ``call sip:desk@127.0.0.1``, ``pause``, ``resume``, ``terminate``."""
        assert self._process.stdin
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()

    def wait(self, words: str, timeout_s: float = 15.0) -> None:
        """Blocks until it has said this.

        Raises:
            PeerTimeoutError: it does not in time.
        """
        deadline = time.monotonic() + timeout_s
        while words not in (said := self._said.read_text(errors="replace")):
            if time.monotonic() > deadline:
                raise PeerTimeoutError(f"linphone does not say {words!r}:\n{said}")
            time.sleep(0.05)
