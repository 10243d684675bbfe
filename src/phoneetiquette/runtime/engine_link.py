"""Main's end of the engine: starts it, attaches to one that still lives, restarts it when it dies or hangs.

Everything runs on the asyncio loop, in one task that reads what the engine tells.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from phoneetiquette import wire
from phoneetiquette.commands import Acknowledge, Command, Ping, Shutdown
from phoneetiquette.errors import EngineError, PhoneEtiquetteError
from phoneetiquette.events import EngineAlive, EngineLost, EngineStarted, Event, TroubleNoticed
from phoneetiquette.runtime.engine_server import REFUSAL, left_behind
from phoneetiquette.sip.settings import EngineSettings

log = logging.getLogger(__name__)

START_WITHIN_S = 15.0
STOP_WITHIN_S = 4.0
EXIT_WITHIN_S = 1.0
"""An engine that has closed its socket and is not gone after this hangs in its goodbye."""
PATIENCE_S = 2.5
"""After so long without a word the engine is asked whether it lives."""
MOST_UNANSWERED = 2
"""An engine that leaves so many questions unanswered, each for :data:`PATIENCE_S`, hangs."""
ENGINE_MODULE = "phoneetiquette.runtime.engine_process"
LEAN = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 22),
    "OPENBLAS_NUM_THREADS": "1",
}
"""Environment in which an engine keeps less memory that it does not use (2 to 3 MB); what the user has set stands."""


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
        self._taken = 0
        """Number of the last event of this engine that was taken in."""
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._greeted = asyncio.Event()
        self._stopping = False

    async def start(self) -> None:
        """Attach to a living engine, or start one; returns when it is ready for calls.

        Raises:
            EngineError: it cannot start; says why.
        """
        self._take_what_was_left()
        if not await self._attach():
            await self._spawn()
        self._keeping = asyncio.create_task(self._keep())
        self._keeping.add_done_callback(_end_if_failed)
        try:
            await asyncio.wait_for(self._greeted.wait(), START_WITHIN_S)
        except TimeoutError:
            await self.stop()
            raise EngineError("the SIP engine does not start", "see the log") from None

    def send(self, command: Command) -> None:
        """Hand a command to the engine. While there is none the command is lost, as its call is."""
        if self._writer and not self._writer.is_closing():
            self._writer.write(wire.encode(command))

    async def stop(self) -> None:
        """End all calls politely and the engine with them."""
        self._stopping = True
        self.send(Shutdown())
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                if self._writer and self._keeping:
                    await self._keeping
                    await self._end_of_process()
        except TimeoutError:
            log.warning("the engine does not end; killing it")
        if self._keeping:
            self._keeping.cancel()
        self._kill()

    # ------------------------------------------------------------------------------------------------- keeping it alive

    async def _keep(self) -> None:
        """Listen to the engine; when it is lost, tell so and start another; until stopped."""
        while True:
            await self._listen()
            if self._stopping:
                return
            if not await self._gone() and await self._attach():
                log.warning("the connection to the SIP engine (pid %d) was lost and is there again", self._pid)
                continue
            status = await self._end_of_process()
            self._take_what_was_left()
            log.error("the SIP engine (pid %d) ended: %s; starting another", self._pid, status)
            self._tell(EngineLost(at_ns=time.monotonic_ns(), pid=self._pid, status=status))
            await self._spawn_until_it_works()

    async def _listen(self) -> None:
        """Take in what the engine tells until the connection ends, or the engine turns out to hang and is killed."""
        assert self._reader
        unanswered = 0
        while True:
            try:
                line = await asyncio.wait_for(self._reader.readline(), PATIENCE_S)
            except TimeoutError:
                # Counted, not timed: if it was us who stood still, the answer is read before the next count.
                if unanswered == MOST_UNANSWERED and not self._stopping:
                    log.error("the SIP engine (pid %d) does not answer; killing it", self._pid)
                    self._kill()
                    break
                unanswered += 1
                self.send(Ping())
                continue
            except (OSError, ValueError) as error:
                log.warning("the engine's socket: %s", error)
                break
            if not line.endswith(b"\n"):
                break
            unanswered = 0
            self._take(line)
        writer, self._writer = self._writer, None
        if writer:
            writer.close()

    def _take(self, line: bytes) -> None:
        try:
            data = json.loads(line)
            number, event = int(data["n"]), wire.from_object(data["event"])
        except (ValueError, KeyError, TypeError, AttributeError, PhoneEtiquetteError) as error:
            log.error("the engine told what is no event (%s): %.200r", error, line)
            return
        if number and number <= self._taken:
            return  # told again after the connection had broken
        if isinstance(event, EngineStarted):
            self._greeted.set()
        if isinstance(event, Event) and not isinstance(event, EngineAlive):
            self._tell(event)
        if number:
            self._taken = number
            self.send(Acknowledge(upto=number))

    def _tell(self, event: Event) -> None:
        try:
            self._on_event(event)
        except Exception:
            # A fault of ours in one event must not cost the others, which belong to other calls too.
            log.exception("while taking in %s", event)

    def _take_what_was_left(self) -> None:
        """The last events of an engine that ended without a main."""
        file = left_behind(self._socket)
        try:
            lines = file.read_bytes().splitlines()
        except FileNotFoundError:
            return
        try:
            for line in lines:
                self._take(line)
        finally:
            file.unlink()

    # ------------------------------------------------------------------------------------------------------ its process

    async def _attach(self) -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._socket), limit=1 << 22)
        except OSError:
            return False
        pid = _peer_pid(writer)
        if pid != self._pid:
            self._pid, self._taken = pid, 0
        self._reader, self._writer = reader, writer
        return True

    async def _spawn(self) -> None:
        """Start an engine and attach to it.

        Raises:
            EngineError: it cannot start; says why.
        """
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                ENGINE_MODULE,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,  # its log goes where ours goes, and goes on when we are gone
                env=LEAN | os.environ,
            )
        except OSError as error:
            raise EngineError(f"the SIP engine cannot be started: {error}") from error
        assert process.stdin
        process.stdin.write(json.dumps(self._settings.as_object()).encode() + b"\n")
        said = asyncio.create_task(_refusal(process))
        deadline = time.monotonic() + START_WITHIN_S
        while not await self._attach():
            if process.returncode is not None:
                raise await said or EngineError(f"the SIP engine ended at its start (status {process.returncode})")
            if time.monotonic() > deadline:
                process.kill()
                raise EngineError("the SIP engine does not start", "see the log")
            await asyncio.sleep(0.02)

    async def _spawn_until_it_works(self) -> None:
        pause = 0.5
        while True:
            try:
                await self._spawn()
                return
            except EngineError as error:
                log.error("%s; trying again in %.1f s", error, pause)
                now = time.monotonic_ns()
                self._tell(TroubleNoticed(at_ns=now, key="engine", what=error.what, advice=error.advice))
            await asyncio.sleep(pause)
            pause = min(10.0, pause * 2)

    async def _gone(self) -> bool:
        """Whether the process whose socket has just closed is gone, or goes now."""
        for _ in range(20):
            if not _is_engine(self._pid):
                return True
            await asyncio.sleep(0.005)
        return False

    async def _end_of_process(self) -> str:
        """Wait until the engine is gone, and make sure of it; how it ended."""
        if self._process and self._process.pid == self._pid:
            try:
                code = await asyncio.wait_for(self._process.wait(), EXIT_WITHIN_S)
            except TimeoutError:
                log.error("the SIP engine (pid %d) does not end; killing it", self._pid)
                self._process.kill()
                code = await self._process.wait()
            return f"signal {-code}" if code < 0 else f"exit status {code}"
        if not self._stopping:
            self._kill()  # an engine of an earlier main whose socket is closed would still keep the SIP port
        while not await self._gone():
            pass
        return "socket closed"

    def _kill(self) -> None:
        starting = self._process.pid if self._process and self._process.returncode is None else 0
        for pid in {self._pid, starting}:
            if _is_engine(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _end_if_failed(keeping: asyncio.Task[None]) -> None:
    """A seat that does not hear its engine is none: the service manager starts another, and the calls stay up."""
    if not keeping.cancelled() and (error := keeping.exception()):
        log.critical("nobody listens to the SIP engine any more; ending", exc_info=error)
        os._exit(1)


async def _refusal(process: asyncio.subprocess.Process) -> EngineError | None:
    """What the engine says about why it cannot start; the library writes to its standard output as well."""
    refusal = None
    assert process.stdout
    async for line in process.stdout:
        text = line.decode(errors="replace")
        if text.startswith(REFUSAL):
            with contextlib.suppress(ValueError, TypeError):
                refusal = EngineError(*json.loads(text.removeprefix(REFUSAL)))
    return refusal


def _peer_pid(writer: asyncio.StreamWriter) -> int:
    """The process that listens at the other end of a Unix socket."""
    credentials = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[:4], sys.byteorder)


def _is_engine(pid: int) -> bool:
    """Whether this living process is an engine: a number may have been given to another program meanwhile."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" and ENGINE_MODULE.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
