"""Everything a seat keeps, in one archive: made while the seat runs, verified, and put back.

The archive is a ``.tar.gz`` of the files of the seat's directory as they are named there, the SQLite database as
``records.sqlite``, and last ``manifest.json`` with the size and SHA-256 of each. The database is copied before the
journal: so the journal has whatever the database has, and a store that is filled from it again has every call.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self

from phoneetiquette.errors import StoreError
from phoneetiquette.records.journal import locked
from phoneetiquette.records.journal_reader import JournalReader, seats_of

FORMAT = 1
DATABASE = "records.sqlite"
MANIFEST = "manifest.json"
CONFIGURATION = "configuration.yaml"
"""The configuration as it counted, secrets masked. For people: nothing is configured from it."""
MADE_ANEW = {"sounds", "phones"}
"""Directories that a seat, or ``provision``, makes again; what is for phones holds passwords."""
SET_ASIDE = "before-restore-"
_BLOCK = 1 << 20
_DAMAGED = "make another one, and look after the disk that this one was on"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in an archive."""

    made: str
    """When, ISO 8601 in UTC."""
    directory: str
    """What it was made of."""
    store: str
    """Where the calls were: ``records.sqlite``, or the address of a database that is not in the archive."""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name -> ``size`` and ``sha256``."""
    calls: int = 0
    messages: int = 0
    format: int = FORMAT
    entries: dict[str, int] = field(default_factory=dict)
    """Seat -> how many entries its journal has; counted whenever the archive is read."""

    @classmethod
    def read(cls, data: bytes, archive: Path) -> Self:
        try:
            told = json.loads(data)
            if told["format"] > FORMAT:
                raise StoreError(f"{archive} was made by a newer version", "upgrade phoneetiquette")
            return cls(**told)
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{archive}: its {MANIFEST} cannot be read", _DAMAGED) from error


def back_up(directory: Path, database: Path | None, archive: Path, *, store: str, configuration: str) -> Manifest:
    """Write ``archive``, for its owner alone, and verify it; the seat may run meanwhile. A file that has this name is
    replaced once the new one has proved good.

    Args:
        directory: the seat's.
        database: its SQLite file; ``None`` where the calls are in a database of another kind.
        store: what is told of where the calls are.
        configuration: what is kept as ``configuration.yaml``.

    Raises:
        StoreError: something cannot be read or written, or the database is damaged.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=archive.absolute().parent) as folder:
            part = Path(folder) / "archive"
            _write(part, directory, database, store, configuration)
            manifest = verify(part)
            os.replace(part, archive)
            _sync(archive.absolute().parent)
    except (OSError, tarfile.TarError, sqlite3.Error) as error:
        raise StoreError(f"cannot back {directory} up to {archive}: {error}", "the seat is as it was") from error
    return manifest


def verify(archive: Path) -> Manifest:
    """Read the whole archive: every checksum, every entry of the journals, and the database's own check.

    Raises:
        StoreError: it cannot be read, or is not whole.
    """
    here = archive.absolute().parent
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=here if os.access(here, os.W_OK) else None) as folder:
        return _unpack(archive, Path(folder))


def restore(archive: Path, directory: Path, database: Path | None, *, force: bool) -> tuple[Manifest, Path | None]:
    """Put an archive's files into a seat's directory, and its database where the seat has it. What was there is moved
    into ``before-restore-...`` there. The manifest, and where the earlier files are now.

    Raises:
        StoreError: the archive is damaged; the seat runs; there are files and ``force`` is not given.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=directory) as folder, contextlib.ExitStack() as stack:
            new = Path(folder)
            manifest = _unpack(archive, new)
            (new / CONFIGURATION).unlink(missing_ok=True)
            journal = directory / "journal"
            for seat in seats_of(journal):
                stack.enter_context(locked(journal, seat))
            target = database or directory / DATABASE
            old = [path for path in directory.iterdir() if path != new and not path.name.startswith(SET_ASIDE)]
            old += [] if target.parent == directory else [path for path in _of_database(target) if path.exists()]
            if old and not force:
                what = f"{directory} has {len(old)} files and directories of a seat, such as {old[0].name}"
                raise StoreError(what, "restore with --force sets them aside, beside the new ones")
            aside = _set_aside(old, directory) if old else None
            for path in sorted(new.iterdir()):
                shutil.move(path, target if path.name == DATABASE else directory / path.name)
            _give_to_owner(directory, [directory / name for name in os.listdir(directory)])
            _sync(directory)
    except OSError as error:
        raise StoreError(f"cannot restore {directory}: {error}", "check its permissions and its disk") from error
    return manifest, aside


# ------------------------------------------------------------------------------------------------ writing


def _write(archive: Path, directory: Path, database: Path | None, store: str, configuration: str) -> None:
    files: dict[str, dict[str, Any]] = {}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    with (
        _new_file(archive) as stream,
        tarfile.open(fileobj=stream, mode="w:gz", format=tarfile.PAX_FORMAT) as tar,
    ):
        calls = messages = 0
        if database is not None and database.is_file():
            copy = archive.with_name(DATABASE)
            calls, messages = _copy_database(database, copy)
            _add(tar, files, DATABASE, copy)
            copy.unlink()
        for path in _worth_keeping(directory, database):
            with contextlib.suppress(FileNotFoundError):  # pruned or delivered since it was listed
                _add(tar, files, path.relative_to(directory).as_posix(), path)
        _add_bytes(tar, files, CONFIGURATION, configuration.encode())
        manifest = Manifest(made, str(directory), store, files, calls, messages)
        _add_bytes(tar, {}, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
        tar.close()
        stream.flush()
        os.fsync(stream.fileno())


def _copy_database(database: Path, copy: Path) -> tuple[int, int]:
    """A copy of one moment, whoever writes meanwhile; how many calls and messages it has."""
    source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, timeout=30)
    with contextlib.closing(source), contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        return _look_through(target, str(database))


def _look_through(connection: sqlite3.Connection, name: str) -> tuple[int, int]:
    (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise StoreError(f"the database {name} is damaged: {said}", "the seat sets it aside when it is started anew")
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    counts = [
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] if table in tables else 0  # noqa: S608
        for table in ("calls", "messages")
    ]
    return counts[0], counts[1]


def _worth_keeping(directory: Path, database: Path | None) -> Iterator[Path]:
    """The files of a seat's directory that are not made anew, and not only of use while it runs."""
    passed_over = {directory / name for name in MADE_ANEW} | set(_of_database(database or directory / DATABASE))
    for path in sorted(directory.iterdir()):
        if path in passed_over or path.name.startswith((SET_ASIDE, ".")):
            continue
        for file in sorted(path.rglob("*")) if path.is_dir() and not path.is_symlink() else [path]:
            temporary = file.name.startswith(".new-") or file.suffix in (".lock", ".part")
            if file.is_file() and not file.is_symlink() and not temporary:
                yield file


def _of_database(database: Path) -> list[Path]:
    return [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm")]


class _Hashed(io.RawIOBase):
    """A file that is being read, and the hash of what was."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.hash.update(data)
        return data


def _add(tar: tarfile.TarFile, files: dict[str, dict[str, Any]], name: str, path: Path) -> None:
    """As long as it is now: what is appended meanwhile is for the next backup."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        hashed = _Hashed(file)
        _add_file(tar, name, status.st_size, status.st_mtime, hashed)
    files[name] = {"size": status.st_size, "sha256": hashed.hash.hexdigest()}


def _add_bytes(tar: tarfile.TarFile, files: dict[str, dict[str, Any]], name: str, data: bytes) -> None:
    _add_file(tar, name, len(data), datetime.now(UTC).timestamp(), io.BytesIO(data))
    files[name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _add_file(tar: tarfile.TarFile, name: str, size: int, mtime: float, file: Any) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, mtime, 0o600
    tar.addfile(member, file)


# ------------------------------------------------------------------------------------------------ reading


def _unpack(archive: Path, into: Path) -> Manifest:
    """Write the archive's files into a directory, and verify them."""
    found: dict[str, dict[str, Any]] = {}
    try:
        with tarfile.open(archive, "r|gz") as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isreg() else None
                if file is None or not _is_plain(member.name):
                    raise StoreError(f"{archive} has {member.name!r}, which no backup has", "it is not one of ours")
                found[member.name] = _put(file, into / member.name, member.mtime)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise StoreError(f"{archive} is no backup, or is damaged: {error}", _DAMAGED) from error
    except OSError as error:
        raise StoreError(f"cannot read {archive}: {error.strerror or error}", _DAMAGED) from error
    if found.pop(MANIFEST, None) is None:
        raise StoreError(f"{archive} is no backup, or is not whole: it has no {MANIFEST}", _DAMAGED)
    manifest = Manifest.read((into / MANIFEST).read_bytes(), archive)
    (into / MANIFEST).unlink()
    for name in sorted(found.keys() | manifest.files.keys()):
        if found.get(name) != manifest.files.get(name):
            raise StoreError(f"{archive} is damaged: {name} is not as it was when it was put in", _DAMAGED)
    if (into / DATABASE).is_file():
        with contextlib.closing(sqlite3.connect(into / DATABASE)) as database:
            counted = _look_through(database, f"in {archive}")
        if counted != (manifest.calls, manifest.messages):
            raise StoreError(f"{archive} is damaged: its database does not have the calls it should", _DAMAGED)
    journal = into / "journal"
    entries = {seat: sum(1 for _ in JournalReader(journal, seat).entries()) for seat in seats_of(journal)}
    return replace(manifest, entries=entries)


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name


def _put(file: IO[bytes], path: Path, mtime: float) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with _new_file(path) as out:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    os.utime(path, (mtime, mtime))  # by their age files of the journal are dropped
    return {"size": size, "sha256": digest.hexdigest()}


# ------------------------------------------------------------------------------------------------ putting back


def _set_aside(paths: Sequence[Path], directory: Path) -> Path:
    aside = Path(tempfile.mkdtemp(prefix=f"{SET_ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%SZ}-", dir=directory))
    for path in paths:
        shutil.move(path, aside / path.name)
    return aside


def _give_to_owner(directory: Path, paths: Sequence[Path]) -> None:
    """Restored by root, the files are still those of the seat's user, whose directory it is."""
    if os.geteuid() != 0:
        return
    owner = directory.stat()
    for top in paths:
        for path in (top, *(top.rglob("*") if top.is_dir() and not top.is_symlink() else ())):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _new_file(path: Path) -> IO[bytes]:
    """For its owner alone from the start."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
