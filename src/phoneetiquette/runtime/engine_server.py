"""The engine's end of the socket to main: numbers events, keeps them until main has journalled them, takes commands.

Main may go away or hang at any moment, and come back as another process: until then events wait here, in order. One
main at a time; a newer one takes the place of an older one that has not been noticed to be gone.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from phoneetiquette import wire
from phoneetiquette.commands import Acknowledge, Command
from phoneetiquette.events import AudioChanged, EngineAlive, Event, MeasuresTaken, RegistrationChanged, TroubleNoticed

log = logging.getLogger(__name__)

MOST_WAITING = 20_000
"""Events kept for an absent main: hours of calls. Beyond that the oldest are lost."""
REFUSAL = "phoneetiquette: "
"""Begins the line on the engine's standard output that says why it cannot start: then ``[what, advice]`` in JSON."""
LAST_WORDS_S = 2.0
"""How long a stopping engine waits for main to take the last events."""


class _Main:
    """A main that is attached: a thread writes to it what is put into ``lines``, so that nobody waits for it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        """``None`` ends the connection."""
        self.writer = threading.Thread(target=self._write, name="main-events", daemon=True)
        self.writer.start()

    def _write(self) -> None:
        try:
            while (line := self.lines.get()) is not None:
                self.sock.sendall(line)
        except OSError as error:
            log.warning("main does not take events: %s", error)
        with contextlib.suppress(OSError):  # wakes the reader, which closes the socket
            self.sock.shutdown(socket.SHUT_RDWR)


class EngineServer:
    """Listens on a Unix socket. :meth:`emit` may be called from any thread and never waits for main."""

    def __init__(self, path: Path, on_command: Callable[[Command], None], greet: Callable[[], Event]) -> None:
        """``greet`` makes the event that tells every main what is up, once it has been told what it missed."""
        self._path = path
        self._on_command = on_command
        self._greet = greet
        self._lock = threading.Condition()
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._number = self._acknowledged = 0
        self._standing: dict[tuple[str, str], tuple[int, Event]] = {}
        """What holds until something else is told of the same thing: a new main has to know it."""
        self._main: _Main | None = None
        self.alone_since_ns = time.monotonic_ns()
        """Since when no main is attached; 0 while one is."""
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def start(self) -> None:
        """Begin to accept mains: once the engine can take their commands, which they take this for."""
        self._path.unlink(missing_ok=True)
        self._listener.bind(str(self._path))
        self._path.chmod(0o600)
        self._listener.listen(1)
        threading.Thread(target=self._accept, name="main-link", daemon=True).start()

    def emit(self, event: Event) -> None:
        """Send an event, or keep it for the next main."""
        with self._lock:
            if isinstance(event, EngineAlive):
                self._send(_numbered(0, event))
                return
            self._number += 1
            self._remember(event)
            line = _numbered(self._number, event)
            interim = isinstance(event, MeasuresTaken) and not event.final
            if not (interim and self._main is None):
                self._waiting.append((self._number, line))
            if len(self._waiting) > MOST_WAITING:
                self._waiting.popleft()
            self._send(line)

    def _remember(self, event: Event) -> None:
        match event:
            case RegistrationChanged():
                self._standing["registration", event.account] = self._number, event
            case AudioChanged():
                self._standing["audio", event.role] = self._number, event
            case TroubleNoticed(cleared=True):
                self._standing.pop(("trouble", event.key), None)
            case TroubleNoticed():
                self._standing["trouble", event.key] = self._number, event

    def close(self) -> None:
        """Let main take the last events, and go. What no main has taken is left in a file for the next."""
        with self._lock:
            self._lock.wait_for(lambda: self._main is None or not self._waiting, LAST_WORDS_S)
            main, self._main = self._main, None
            if self._waiting:
                file = left_behind(self._path)
                unfinished = file.with_suffix(".unfinished")
                unfinished.write_bytes(b"".join(line for _, line in self._waiting))
                unfinished.replace(file)
        if main:
            main.lines.put(None)
            main.writer.join(LAST_WORDS_S)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _send(self, line: bytes) -> None:
        if self._main:
            self._main.lines.put(line)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            if _uid(peer) != os.getuid():
                peer.close()
                continue
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL_5S)
            with self._lock:
                if self._main:
                    self._main.lines.put(None)
                main = self._main = _Main(peer)
                self.alone_since_ns = 0
                # What main missed comes first, so that it does not take calls that ended meanwhile for lost.
                for _, line in self._waiting:
                    main.lines.put(line)
                main.lines.put(_numbered(0, self._greet()))
                for number, event in self._standing.values():
                    if number <= self._acknowledged:
                        main.lines.put(_numbered(0, event))
            threading.Thread(target=self._read, args=(main,), name="main-commands", daemon=True).start()

    def _read(self, main: _Main) -> None:
        with main.sock.makefile("rb") as lines:
            try:
                for line in lines:
                    self._take(line)
            except (OSError, ValueError):
                log.info("main went away")
        main.lines.put(None)
        with self._lock:
            if self._main is main:
                self._main = None
                self.alone_since_ns = time.monotonic_ns()
                self._lock.notify_all()
        main.writer.join()
        main.sock.close()

    def _take(self, line: bytes) -> None:
        try:
            command = wire.decode(line)
        except wire.WireError as error:
            log.error("main sent what is no command: %s", error)
            return
        if isinstance(command, Acknowledge):
            with self._lock:
                self._acknowledged = command.upto
                while self._waiting and self._waiting[0][0] <= command.upto:
                    self._waiting.popleft()
                self._lock.notify_all()
        elif isinstance(command, Command):
            self._on_command(command)


def left_behind(socket_path: Path) -> Path:
    """Where an engine that ended without a main leaves the events that wait, one JSON line each."""
    return socket_path.with_suffix(".left")


_TIMEVAL_5S = (5).to_bytes(8, "little") + (0).to_bytes(8, "little")
"""A main that takes nothing for so long hangs, and has lost its place."""


def _numbered(number: int, event: Event) -> bytes:
    data = {"n": number, "event": wire.as_object(event)}
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


def _uid(peer: socket.socket) -> int:
    """Who is at the other end of a Unix socket."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], "little")
