"""Where a running seat keeps what lives only as long as it does, and how the command line finds it again.

One directory per seat, ``BASE/<seat>/``, with the sockets between main and engine, ``seat.json``
(``{"pid", "url", "seat"}``), and ``token``, by which its owner's command line is known. BASE is the first of these that
this user can have:

* ``$RUNTIME_DIRECTORY``, already the seat's own directory, where systemd made one for a system service;
* ``$XDG_RUNTIME_DIR/phoneetiquette``, or ``/run/user/UID/phoneetiquette``;
* ``/tmp/phoneetiquette-UID``.

A command also looks into ``/run/phoneetiquette``, where the seats of the system's service manager are.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phoneetiquette.errors import ConfigurationError

SYSTEM_BASE = Path("/run/phoneetiquette")
TOKEN = "token"  # noqa: S105 - the name of its file
_LONGEST_PATH = 107 - len("/engine.sock")
"""``sun_path`` of unix(7) holds 108 bytes, the last of them a zero."""
_SEAT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


def runtime_dir(seat: str) -> Path:
    """The directory of ``seat``, made with mode 0700 if it is not there.

    Raises :class:`ConfigurationError` for a name that is no plain word, for a directory that somebody else owns or
    can write to (whoever could put a socket there could take the calls over), and for one whose path is too long.
    """
    if not _SEAT_NAME.fullmatch(seat):
        raise ConfigurationError(
            f"{seat!r} cannot be the name of a seat",
            "use letters, digits, '-', '_' and '.', beginning with a letter or digit",
        )
    from_systemd = os.environ.get("RUNTIME_DIRECTORY", "")
    if from_systemd:
        directory = Path(from_systemd.split(":")[0])
        _make_private(directory)
    else:
        directory = _own_base() / seat
        if len(os.fsencode(directory)) > _LONGEST_PATH:
            raise ConfigurationError(
                f"the path {directory} is too long for the sockets in it: more than {_LONGEST_PATH} bytes",
                "let XDG_RUNTIME_DIR be a shorter one, or give the seat a shorter name",
            )
        _make_private(directory.parent)
        _make_private(directory)
    return directory


@contextmanager
def only_main(directory: Path, seat: str) -> Iterator[None]:
    """Be the only main process of ``seat`` while the block runs: two would fight over its engine.

    Raises :class:`ConfigurationError` where another runs. A lock of a killed process is gone with it.
    """
    descriptor = os.open(directory / "main.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            raise ConfigurationError(
                f"seat {seat!r} is already running (process {pid})", "stop it, or give this one another seat.name"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def seat_file(seat: str) -> Path:
    """The file in which a running ``seat`` says how it is reached."""
    return runtime_dir(seat) / "seat.json"


def announce(seat: str, url: str, certificate: Path | None = None) -> Path:
    """Say in ``seat``'s file that this process is it, with its console at ``url``; remove the file at the end. With a
    ``certificate`` (PEM) the console is asked by HTTPS.

    It is readable for everybody whom the directory lets in: for a system service that is every user of the machine,
    and the file tells no more than the process list does.
    """
    file = seat_file(seat)
    new = file.with_name("seat.json.new")
    told = {"pid": os.getpid(), "url": url, "seat": seat}
    if certificate is not None:
        chain = certificate.read_text(encoding="ascii", errors="replace")
        told["certificate"] = "".join(_CERTIFICATE.findall(chain))  # a key may lie in the same file
    new.write_text(json.dumps(told), encoding="utf-8")
    new.chmod(0o644)
    new.replace(file)
    return file


def make_token(directory: Path) -> str:
    """A new secret of this process in its runtime ``directory``: who may read it may use the seat without a login."""
    token = secrets.token_urlsafe(32)
    file = directory / TOKEN
    new = file.with_name("token.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(token)
    new.replace(file)
    return token


def seat_files() -> list[Path]:
    """Every ``seat.json`` this user may trust, whether its seat still runs or not; nothing is created."""
    found: dict[str, Path] = {}
    for base in (_own_base(), _fallback_base(), SYSTEM_BASE):
        for file in sorted(base.glob("*/seat.json")):
            if base == SYSTEM_BASE or _is_ours(file):
                found.setdefault(str(file), file)
    return list(found.values())


def _own_base() -> Path:
    """The directory that holds this user's seats."""
    from_session = os.environ.get("XDG_RUNTIME_DIR", "")
    session = Path(from_session) if from_session else Path(f"/run/user/{os.getuid()}")
    return session / "phoneetiquette" if os.access(session, os.W_OK | os.X_OK) else _fallback_base()


def _fallback_base() -> Path:
    return Path(f"/tmp/phoneetiquette-{os.getuid()}")  # noqa: S108 - ownership and mode are checked before use


def _is_ours(path: Path) -> bool:
    try:
        return path.stat().st_uid == os.getuid()
    except OSError:
        return False


def _make_private(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        status = directory.lstat()
    except OSError as error:
        raise _unusable(directory, error.strerror or str(error)) from error
    if not stat.S_ISDIR(status.st_mode):
        raise _unusable(directory, "it is not a directory")
    if status.st_uid != os.getuid():
        raise _unusable(directory, f"it belongs to user {status.st_uid}")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise _unusable(directory, "others can write to it")


def _unusable(directory: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"{directory} cannot be used: {why}", "set XDG_RUNTIME_DIR to a directory of your own")
