"""The engine's end of the socket to main: numbers events, keeps them until main has journalled them, takes commands.

Main may go away at any moment and come back as another process: until then events wait here, in order. One main at a
time; a newer one takes the place of an older one that has not been noticed to be gone.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from phoneetiquette import wire
from phoneetiquette.commands import Acknowledge, Command
from phoneetiquette.events import Event, MeasuresTaken

log = logging.getLogger(__name__)

MOST_WAITING = 20_000
"""Events kept for an absent main: hours of calls. Beyond that interim measures go first, then the oldest."""


class EngineServer:
    """Listens on a Unix socket. :meth:`emit` may be called from any thread."""

    def __init__(self, path: Path, on_command: Callable[[Command], None], greet: Callable[[], Event]) -> None:
        """``greet`` makes the event that every main is told first."""
        self._path = path
        self._on_command = on_command
        self._greet = greet
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._number = 0
        self._peer: socket.socket | None = None
        self.alone_since_ns = time.monotonic_ns()
        """Since when no main is attached; 0 while one is."""
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(1)

    def start(self) -> None:
        """Begin to accept mains: once the engine can take their commands."""
        threading.Thread(target=self._accept, name="main-link", daemon=True).start()

    def emit(self, event: Event) -> None:
        """Send an event, or keep it for the next main."""
        with self._lock:
            self._number += 1
            line = _numbered(self._number, event)
            interim = isinstance(event, MeasuresTaken) and not event.final
            if not (interim and self._peer is None):
                self._waiting.append((self._number, line))
            if len(self._waiting) > MOST_WAITING:
                self._waiting.popleft()
            self._send(line)

    def close(self) -> None:
        with self._lock:
            if self._peer:
                self._peer.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _send(self, line: bytes) -> None:
        if self._peer is None:
            return
        try:
            self._peer.sendall(line)
        except OSError as error:
            log.warning("main does not take events: %s", error)
            self._lose_peer(self._peer)

    def _lose_peer(self, peer: socket.socket) -> None:
        if self._peer is peer:
            self._peer = None
            self.alone_since_ns = time.monotonic_ns()
        peer.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            if _uid(peer) != os.getuid():
                peer.close()
                continue
            # A main that hangs must not hang the engine: what it does not take within a second, it has lost.
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL_1S)
            greeting = self._greet()
            with self._lock:
                if self._peer:
                    self._peer.close()
                self._peer, self.alone_since_ns = peer, 0
                self._number += 1
                first = _numbered(self._number, greeting)
                self._send(first)
                for _, line in list(self._waiting):
                    self._send(line)
                self._waiting.append((self._number, first))
            threading.Thread(target=self._read, args=(peer,), name="main-commands", daemon=True).start()

    def _read(self, peer: socket.socket) -> None:
        with peer.makefile("rb") as lines:
            try:
                for line in lines:
                    self._take(line)
            except (OSError, ValueError):
                log.info("main went away")
        with self._lock:
            self._lose_peer(peer)

    def _take(self, line: bytes) -> None:
        try:
            command = wire.decode(line)
        except wire.WireError as error:
            log.error("main sent what is no command: %s", error)
            return
        if isinstance(command, Acknowledge):
            with self._lock:
                while self._waiting and self._waiting[0][0] <= command.upto:
                    self._waiting.popleft()
        elif isinstance(command, Command):
            self._on_command(command)


_TIMEVAL_1S = (1).to_bytes(8, "little") + (0).to_bytes(8, "little")


def _numbered(number: int, event: Event) -> bytes:
    data = {"n": number, "event": wire.as_object(event)}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _uid(peer: socket.socket) -> int:
    """Who is at the other end of a Unix socket."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], "little")
