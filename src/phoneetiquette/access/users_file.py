"""The users of the pages in a file beside the configuration.

A file, not the store: who may log in must be known while the database is away, and an administrator of a machine
without a screen manages it by ``phoneetiquette users``. It is JSON: ``{"users": [{"name", "role", "password",
"seats"}]}``, passwords as Argon2id hashes.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from phoneetiquette.access.users import Role, User, is_user_name
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.records.whole_files import replace_file

LARGEST = 1024 * 1024
"""Bytes of a file that can be one."""


class UsersFile:
    """The users as the file says now; a change is seen at the next look. May be used from any thread."""

    def __init__(self, path: Path | None) -> None:
        """``None``: there is no file, and nobody."""
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._users: dict[str, User] = {}

    def users(self) -> dict[str, User]:
        """By name; empty where there is no file.

        Raises:
            ConfigurationError: there is one, and it cannot be read or makes no sense, or it has been there with users
                and is gone. Nobody is let in then.
        """
        if self.path is None:
            return {}
        try:
            found = self.path.stat()
        except FileNotFoundError:
            if self._users:  # users who are removed leave a file
                what = f"{self.path}: is gone, and had users"
                raise ConfigurationError(what, "restore it, or add the users anew") from None
            return {}
        except OSError as error:
            raise _unreadable(self.path, error) from error
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._users = read(self.path)
            self._seen = seen
        return self._users


def read(path: Path) -> dict[str, User]:
    """The users of a file that is there.

    Raises:
        ConfigurationError: it cannot be read or makes no sense.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not content.strip():
        return {}
    try:
        if len(content) > LARGEST:
            raise ValueError(f"it is longer than {LARGEST} bytes")
        users = [_user(one) for one in json.loads(content)["users"]]
        if len({user.name for user in users}) < len(users):
            raise ValueError("a user stands in it twice")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"{path}: is no file of users: {type(error).__name__}: {str(error)[:80]!r}"
        raise ConfigurationError(what, "restore it, or move it away and add the users anew") from error
    return {user.name: user for user in users}


def _user(written: dict[str, Any]) -> User:
    name, password, seats = written["name"], written["password"], written.get("seats", [])
    if not (isinstance(name, str) and is_user_name(name)):
        raise ValueError("a name of small letters and digits is needed")
    if not (isinstance(password, str) and password.startswith("$argon2id$")):
        raise ValueError("a password is no Argon2id hash")
    if not (isinstance(seats, list) and all(isinstance(seat, str) for seat in seats)):
        raise ValueError("seats are a list of names")
    return User(name=name, role=Role(written["role"]), password=password, seats=tuple(seats))


@contextlib.contextmanager
def changing(path: Path) -> Iterator[dict[str, User]]:
    """The users, to be changed in the block and written at its end, one writer at a time.

    The file is replaced as a whole; an existing one keeps its owner, group and mode, a new one is for its owner alone.

    Raises:
        ConfigurationError: see :func:`read`.
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = path.stat() if path.exists() else None
        users = read(path) if before else {}
        yield users
        told = [
            {"name": one.name, "role": str(one.role), "seats": list(one.seats), "password": one.password}
            for one in sorted(users.values(), key=lambda one: one.name)
        ]
        replace_file(
            path,
            json.dumps({"users": told}, indent=1, ensure_ascii=False).encode() + b"\n",
            keep=before and (before.st_uid, before.st_gid, stat.S_IMODE(before.st_mode)),
        )
    finally:
        os.close(lock)


def _unreadable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: cannot be read: {error.strerror}", "let the user who runs the seat read it, and nobody else"
    )
