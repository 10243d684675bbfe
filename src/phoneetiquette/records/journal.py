"""The journal of a seat: every event, one JSON line each, on local disk before anything else is done with it.

The lines go into files ``SEAT-FIRSTSEQ.jsonl`` of one directory; a new file begins when the last one is full, and with
every day (of UTC), so that whole files can be dropped when their days are over (:func:`prune`). A line is in the hands
of the kernel when :meth:`Journal.append` returns, so killing the process loses nothing; a background
thread brings the lines to the disk itself at most a second later, so loss of power costs a second.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from phoneetiquette.errors import StoreError
from phoneetiquette.events import Event
from phoneetiquette.problems import Problem, Severity
from phoneetiquette.records.entry import Entry, line_of, seq_of, stamp_of
from phoneetiquette.records.journal_reader import JournalReader, files_of, read
from phoneetiquette.units import NS_PER_S

__all__ = ["Journal", "JournalReader", "read"]

FILE_BYTES = 4 << 20
SYNC_EVERY_S = 1.0
BACKLOG_LINES = 20_000
BOOT_GAP = 100_000
"""Numbers left out after a new start of the machine. Entries lost with the power may already be counted as stored, so
their numbers must not be given to others; far fewer than this fit into one second."""


class Journal:
    """The writing end. Owned by one thread (the asyncio loop's); only one process at a time may hold it."""

    def __init__(self, directory: Path, seat: str, lock_fd: int) -> None:
        self.directory = directory
        self.seat = seat
        self.findings: list[Problem] = []
        """What was found damaged at opening, for the log and the receptionist."""
        self.lost = 0
        """Entries that were given up because the disk could not be written for too long."""
        self._lock_fd = lock_fd
        self._boot = boot_id()
        self._next_seq = 1
        self._fd = -1
        self._size = 0
        self._day: date | None = None
        """Of the present file; none while it has no entry."""
        self._today = date.min
        """Of the newest entry."""
        self._dirty_end = False
        self._backlog: deque[bytes] = deque()
        self._retired: list[int] = []
        self._sync_error: OSError | None = None
        self._write_lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._sync_loop, name=f"journal-{seat}", daemon=True)

    @classmethod
    def open(cls, directory: Path | str, seat: str) -> Self:
        """Open or create the journal of ``seat`` in ``directory``, setting a torn end aside.

        Raises:
            StoreError: another process holds it, the directory cannot be written, or the name cannot be a file's.
        """
        if not re.fullmatch(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*", seat):
            raise StoreError(f"seat name {seat!r} cannot name a journal file", "use letters, digits, '.', '_' and '-'")
        directory = Path(directory)
        lock_fd = -1
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock_fd = _lock(directory / f"{seat}.lock", seat)
            journal = cls(directory, seat, lock_fd)
            journal._resume()
        except OSError as error:
            if lock_fd >= 0:
                os.close(lock_fd)
            raise _cannot_write(directory, error) from error
        journal._thread.start()
        return journal

    def append(self, event: Event) -> None:
        """Write one event. Returns when the kernel has it (tens of microseconds), without waiting for the disk.

        Raises:
            StoreError: the disk cannot be written. The event is then kept in memory and written, in order, as soon as
                that is possible again; the caller goes on with the call and tells the receptionist.
        """
        wall = datetime.now(UTC)
        age_ns = time.monotonic_ns() - event.at_ns
        # An age beyond a day is no age: the moment was taken under another start of the machine.
        if 0 <= age_ns < 86_400 * NS_PER_S:
            wall -= timedelta(microseconds=age_ns // 1000)
        with self._write_lock:
            self._today = max(self._today, wall.date())
            self._backlog.append(line_of(Entry(self._next_seq, wall, self._boot, event)))
            self._next_seq += 1
            try:
                self._write_backlog()
            except OSError as error:
                if len(self._backlog) > BACKLOG_LINES:
                    self._backlog.popleft()
                    self.lost += 1
                self._wake.set()
                raise _cannot_write(self.directory, error, len(self._backlog), self.lost) from error
        self._wake.set()
        if self._sync_error is not None:
            failed, self._sync_error = self._sync_error, None
            raise _cannot_write(self.directory, failed) from failed

    @property
    def waiting(self) -> int:
        """Entries that are in memory only, because the disk cannot be written."""
        return len(self._backlog)

    @property
    def last_seq(self) -> int:
        return self._next_seq - 1

    def close(self) -> None:
        """Bring everything to the disk and let go of the lock. Safe to call twice."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        os.close(self._fd)
        os.close(self._lock_fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -------------------------------------------------------------------------------------------- opening

    def _resume(self) -> None:
        files = files_of(self.directory, self.seat)
        if not files:
            self._start_file()
            return
        newest = files[-1]
        written, data = _last_written(newest.path), newest.path.read_bytes()
        good, stamp = _last_stamp(data)
        self._size = len(data)
        if good < len(data):
            self._set_aside(newest.path, data[:good].count(b"\n") + 1, good, data[good:])
        if stamp is not None:
            seq, boot = stamp
            self._day = written.date()
            self._next_seq = seq + 1 + (BOOT_GAP if boot != self._boot else 0)
        else:
            self._next_seq = newest.first_seq + (BOOT_GAP if data else 0)
        self._fd = os.open(newest.path, os.O_WRONLY | os.O_APPEND)

    def _set_aside(self, path: Path, line: int, good: int, torn: bytes) -> None:
        aside = path.with_suffix(f".torn-{time.time_ns()}")
        what = "the journal ended in the middle of an entry"
        try:
            aside.write_bytes(torn)
            os.truncate(path, good)
            self._size = good
            what += f"; {len(torn)} bytes were set aside as {aside.name}"
        except OSError as error:
            # A full disk must not keep the seat from starting: the reader skips the torn line where it is.
            self._dirty_end = True
            what += f", and it could not be set aside: {error.strerror}"
        advice = "nothing to do: this is what a crash or loss of power leaves behind"
        self.findings.append(Problem(str(path), line, 1, what, advice, Severity.WARNING))

    # -------------------------------------------------------------------------------------------- writing

    def _start_file(self) -> None:
        first = seq_of(self._backlog[0]) if self._backlog else None
        path = self.directory / f"{self.seat}-{first or self._next_seq:012d}.jsonl"
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        if self._fd >= 0:
            self._retired.append(self._fd)
        self._fd, self._size, self._dirty_end, self._day = fd, 0, False, None

    def _write_backlog(self) -> None:
        """Hand the waiting lines to the kernel in order. Raises OSError and keeps what could not be written."""
        if self._size >= FILE_BYTES or (self._day is not None and self._today > self._day):
            self._start_file()
        while self._backlog:
            line = self._backlog[0]
            data = b"\n" + line if self._dirty_end else line
            written = os.write(self._fd, data)
            if written < len(data):
                self._take_back(written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._size += written
            self._dirty_end = False
            self._day = self._day or self._today
            self._backlog.popleft()

    def _take_back(self, written: int) -> None:
        """Remove a half-written line; where even that fails, the next starts afresh and a reader skips the half."""
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            self._size += written
            self._dirty_end = True

    def _sync_loop(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            self._sync()
            self._stopping.wait(SYNC_EVERY_S)
        self._sync()

    def _sync(self) -> None:
        with self._write_lock:
            if self._backlog:
                try:
                    self._write_backlog()
                except OSError:
                    self._wake.set()
            retired, self._retired = self._retired, []
        try:
            for fd in retired:
                os.fsync(fd)
            os.fsync(self._fd)
        except OSError as error:
            self._sync_error = error
        for fd in retired:
            os.close(fd)


@contextlib.contextmanager
def locked(directory: Path, seat: str) -> Iterator[None]:
    """Keep the seat from writing its journal while the block runs.

    Raises:
        StoreError: it is in use.
    """
    lock = _lock(directory / f"{seat}.lock", seat)
    try:
        yield
    finally:
        os.close(lock)


def prune(directory: Path, seat: str, upto_seq: int, days: int, now: datetime | None = None) -> int:
    """Drop the files whose entries are all among the first ``upto_seq``, the last written ``days`` days ago or earlier;
    how many. The newest file stays, and with it the numbering.

    Raises:
        StoreError: a file cannot be removed.
    """
    oldest = (now or datetime.now(UTC)) - timedelta(days=days)
    dropped = 0
    for file, following in pairwise(files_of(directory, seat)):
        if following.first_seq > upto_seq + 1:
            break
        try:
            if _last_written(file.path) > oldest:
                break
            file.path.unlink()
        except OSError as error:
            raise StoreError(f"cannot remove {file.path}: {error.strerror}", "check its permissions") from error
        dropped += 1
    return dropped


def _last_written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def boot_id() -> str:
    """The kernel's name of this start of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _last_stamp(data: bytes) -> tuple[int, tuple[int, str] | None]:
    """Where the last whole entry ends, and its stamp. What follows is a torn line, or zeros after loss of power."""
    end = data.rfind(b"\n") + 1
    while end:
        start = data.rfind(b"\n", 0, end - 1) + 1
        stamp = stamp_of(data[start : end - 1])
        if stamp is not None:
            return end, stamp
        end = start
    return 0, None


def _lock(path: Path, seat: str) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(fd, 100).decode("ascii", "replace").strip() or "unknown"
        os.close(fd)
        raise StoreError(
            f"the journal of seat {seat} in {path.parent} is in use by process {holder}",
            "stop that process, or give this seat another name",
        ) from None
    with contextlib.suppress(OSError):  # the number is only for the error message above
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return fd


def _cannot_write(directory: Path, error: OSError, waiting: int = 0, lost: int = 0) -> StoreError:
    what = f"cannot write the journal in {directory}: {error.strerror}"
    if waiting:
        what += f"; {waiting} entries wait in memory"
    if lost:
        what += f", {lost} are lost"
    return StoreError(what, "free disk space or give this user the right to write there; calls go on meanwhile")
