"""``doctor --fix``: what can be mended without a doubt, and without losing anything. Each step says what it did."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from phoneetiquette.cli.checks import Finding, Level
from phoneetiquette.cli.seat import is_alive
from phoneetiquette.config import Config
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.journal_reader import torn_bytes
from phoneetiquette.runtime.paths import runtime_dir

LEFT_BEHIND_S = 86_400
"""Half-written files that are older are nobody's any more."""
_LEFT_BEHIND = (".new-", ".restore-", ".backup-", ".verify-")


def mend(config: Config, *, running: bool) -> Iterator[Finding]:
    """Mend what the seat keeps and what it has left behind. Of a seat that runs, only directories and permissions."""
    directory = config.directory
    yield from _directories(directory)
    yield from _permissions(directory)
    if running:
        return
    yield from _journal(directory / "journal", config.seat.name)
    yield from _left_behind(directory)
    yield from _sockets(config.seat.name)


def _directories(directory: Path) -> Iterator[Finding]:
    for one in (directory, directory / "journal"):
        if one.is_dir():
            continue
        try:
            one.mkdir(parents=True, mode=0o700)
        except OSError as error:
            yield Finding(Level.FAIL, f"{one} cannot be made: {error.strerror}", "change the owner of what is above it")
            return
        yield Finding(Level.DONE, f"made {one}")


def _permissions(directory: Path) -> Iterator[Finding]:
    """What callers said is for the seat's user alone. Who fetches the files for phones is not our business."""
    mended, foreign = 0, []
    for path in (directory, *directory.rglob("*")):
        if directory / "phones" in (path, *path.parents):
            continue
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode) or not status.st_mode & 0o077:
            continue
        try:
            path.chmod(stat.S_IMODE(status.st_mode) & 0o700)
            mended += 1
        except OSError:
            foreign.append(path)
    if mended:
        yield Finding(Level.DONE, f"closed {mended} files and directories in {directory} to everybody but their owner")
    if foreign:
        what = f"{foreign[0]} is open to others, and so are {len(foreign) - 1} more" if foreign[1:] else str(foreign[0])
        yield Finding(Level.FAIL, f"{what}: not ours to close", "run this as their owner, or as root")


def _journal(directory: Path, seat: str) -> Iterator[Finding]:
    torn = torn_bytes(directory, seat)
    if not torn:
        return
    usual = os.umask(0o077)
    try:
        with Journal.open(directory, seat) as journal:
            for found in journal.findings:
                yield Finding(Level.DONE, str(found))
    except PhoneEtiquetteError as error:
        yield Finding(Level.FAIL, error.what, error.advice)
    finally:
        os.umask(usual)


def _left_behind(directory: Path) -> Iterator[Finding]:
    before = time.time() - LEFT_BEHIND_S
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.name.startswith(_LEFT_BEHIND) and path.lstat().st_mtime < before:
            with contextlib.suppress(OSError):
                path.unlink()
                yield Finding(Level.DONE, f"removed {path}, which was never finished")


def _sockets(seat: str) -> Iterator[Finding]:
    """Of a seat that was killed together with its engine."""
    try:
        directory = runtime_dir(seat)
    except PhoneEtiquetteError as error:
        yield Finding(Level.FAIL, error.what, error.advice)
        return
    for path in sorted(directory.iterdir()):
        stale = _is_stale_socket(path) if path.is_socket() else path.name == "seat.json" and not _names_a_process(path)
        if stale:
            path.unlink(missing_ok=True)
            yield Finding(Level.DONE, f"removed {path}: nobody is behind it")


def _is_stale_socket(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


def _names_a_process(path: Path) -> bool:
    try:
        return is_alive(int(json.loads(path.read_text(encoding="utf-8"))["pid"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return False
