"""Main's end of the engine: starts it, attaches to one that is still alive, restarts it when it dies. asyncio loop."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from phoneetiquette import wire
from phoneetiquette.commands import Acknowledge, Command, Shutdown
from phoneetiquette.errors import EngineError
from phoneetiquette.events import EngineLost, EngineStarted, Event
from phoneetiquette.sip.settings import EngineSettings

log = logging.getLogger(__name__)

START_WITHIN_S = 15.0
STOP_WITHIN_S = 8.0
CANNOT_START = 3


class Engine(Protocol):
    """What the seat needs of an engine; the in-memory engine of the tests is one too."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def send(self, command: Command) -> None: ...


class EngineLink:
    """The engine process of this seat."""

    def __init__(self, settings: EngineSettings, on_event: Callable[[Event], None]) -> None:
        """``on_event`` is called on the loop, in order, and has journalled the event when it returns."""
        self._settings = settings
        self._on_event = on_event
        self._socket = Path(settings.socket)
        self._process: asyncio.subprocess.Process | None = None
        self._pid = 0
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._stopping = False
        self._refused: str = ""

    async def start(self) -> None:
        """Attach to a living engine, or start one.

        Raises:
            EngineError: it cannot start; says why.
        """
        if not await self._attach():
            await self._spawn()

    def send(self, command: Command) -> None:
        """Hand a command to the engine. While there is none the command is lost, as its call is."""
        if self._writer:
            self._writer.write(wire.encode(command))

    async def stop(self) -> None:
        """End all calls politely and the engine with them."""
        self._stopping = True
        self.send(Shutdown())
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                if self._reading:
                    await self._reading
                if self._process:
                    await self._process.wait()
        except TimeoutError:
            log.warning("the engine does not end; killing it")
            if self._process:
                self._process.kill()

    async def _attach(self) -> bool:
        try:
            reader, self._writer = await asyncio.open_unix_connection(str(self._socket), limit=1 << 22)
        except OSError:
            return False
        self._reading = asyncio.create_task(self._read(reader))
        return True

    async def _spawn(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "phoneetiquette.runtime.engine_process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,  # the library writes there before it can be told not to
            stderr=asyncio.subprocess.PIPE,
        )
        process = self._process
        self._pid = process.pid
        assert process.stdin
        process.stdin.write(json.dumps(self._settings.as_object()).encode() + b"\n")
        said = asyncio.create_task(self._pass_on_log(process))
        deadline = time.monotonic() + START_WITHIN_S
        while not await self._attach():
            if process.returncode is not None:
                await said
                raise EngineError(self._refused or f"the SIP engine ended at its start (status {process.returncode})")
            if time.monotonic() > deadline:
                process.kill()
                raise EngineError("the SIP engine does not start", "see the log")
            await asyncio.sleep(0.02)

    async def _pass_on_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr
        async for line in process.stderr:
            text = line.decode(errors="replace").rstrip()
            if text.startswith("phoneetiquette: "):
                self._refused = text.removeprefix("phoneetiquette: ")
            log.info("%s", text)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._take(line)
        except (OSError, ValueError) as error:
            log.warning("the engine's socket: %s", error)
        writer, self._writer = self._writer, None
        if writer:
            writer.close()
        if not self._stopping:
            asyncio.get_running_loop().create_task(self._start_again())

    def _take(self, line: bytes) -> None:
        data = json.loads(line)
        event = wire.from_object(data["event"])
        if isinstance(event, EngineStarted):
            self._pid = event.pid
        if isinstance(event, Event):
            try:
                self._on_event(event)
            except Exception:
                # A fault of ours in one event must not cost the others, which belong to other calls too.
                log.exception("while taking in %s", event)
        self.send(Acknowledge(upto=data["n"]))

    async def _start_again(self) -> None:
        status = "socket closed"
        if self._process and self._process.pid == self._pid:
            code = await self._process.wait()
            status = f"signal {-code}" if code < 0 else f"exit status {code}"
        elif self._pid:
            _make_sure_it_is_gone(self._pid)
        log.error("the SIP engine (pid %d) ended: %s; starting another", self._pid, status)
        self._on_event(EngineLost(at_ns=time.monotonic_ns(), pid=self._pid, status=status))
        pause = 0.0
        while not self._stopping:
            await asyncio.sleep(pause)
            try:
                await self._spawn()
                return
            except EngineError as error:
                pause = min(10.0, pause * 2 or 0.5)
                log.error("%s; trying again in %.1f s", error, pause)


def _make_sure_it_is_gone(pid: int) -> None:
    """An engine of an earlier main closed its socket: it may hang, and would keep the SIP port."""
    try:
        cmdline = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"phoneetiquette.runtime.engine_process" in cmdline:
            os.kill(pid, 9)
    except OSError:
        return
