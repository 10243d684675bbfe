"""An SQLite file that is damaged is set aside: the journal, from which it is filled anew, is the truth."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from phoneetiquette.errors import StoreError

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class DamagedStoreError(StoreError):
    """The database cannot be read for what is in it."""


def is_damage(error: object) -> bool:
    """Whether SQLite, rather than the disk or a lock, is why a statement failed."""
    return isinstance(error, sqlite3.Error) and (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in _DAMAGED


def set_aside(file: Path) -> Path | None:
    """Rename a damaged database and what belongs to it; its new name. ``None``: it is good, another seat was quicker.

    Raises:
        StoreError: it cannot be renamed.
    """
    try:
        with _alone(file):
            if not file.is_file() or _is_good(file):
                return None
            aside = file.with_name(f"{file.name}.damaged-{time.time_ns()}")
            for suffix in ("-wal", "-shm", ""):  # a rest of the old one would spoil the new one
                with contextlib.suppress(FileNotFoundError):
                    os.rename(f"{file}{suffix}", f"{aside}{suffix}")
    except OSError as error:
        raise StoreError(f"the damaged database {file} cannot be set aside: {error.strerror}", "remove it") from error
    return aside


def _is_good(file: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(file)) as connection:
            return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))
    except sqlite3.Error as error:
        return not is_damage(error)


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Seats of one machine may share the file, and find out at the same time."""
    with open(f"{file}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
