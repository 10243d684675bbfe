"""Files with passwords: written so that at no moment anybody but their owner can read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from phoneetiquette.errors import ConfigurationError


def write_privately(directory: Path, name: str, text: str) -> str:
    """Write a file of mode 0600 as a whole or not at all, into a directory that is made with mode 0700.

    Returns what was wrong with what lay there, in words; empty: nothing. A directory that others may look into is left
    as it is.

    Raises:
        ConfigurationError: it cannot be written, or others could put another file in its place.
    """
    target = directory / name
    new = directory / f".{name}.new"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if directory.stat().st_mode & 0o022:
            what = f"others can write to {directory}, and so put files of their own in place"
            raise ConfigurationError(what, f"chmod 700 {directory}")
        before = openness(target)
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(text.encode())
                stream.flush()
                os.fsync(descriptor)
            new.replace(target)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    except OSError as error:
        where = target if directory.is_dir() else directory
        raise ConfigurationError(f"{where} cannot be written: {error.strerror}", "name another directory") from error
    return before


def openness(target: Path) -> str:
    """What is wrong with who may read a file with passwords, in words; empty: nothing, or it is not there."""
    try:
        status = target.lstat()
    except FileNotFoundError:
        return ""
    if stat.S_ISLNK(status.st_mode):
        return f"{target} is a link to somewhere else"
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        return f"{target} is open to others, mode {mode:04o}: who has read it knows the passwords in it"
    return ""
