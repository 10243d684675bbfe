"""Files that are replaced as a whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def replace_file(path: Path, data: bytes, keep: tuple[int, int, int] | None = None) -> None:
    """Write ``path`` so that, whatever happens, it holds all of ``data`` or what it held before. Raises OSError.

    It is for its owner alone, unless ``keep`` says owner, group (-1: as it is) and mode.
    """
    fd, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as stream:
            stream.write(data)
            if keep is not None:
                owner, group, mode = keep
                with contextlib.suppress(PermissionError):  # only root gives files away
                    os.fchown(fd, owner, group)
                os.fchmod(fd, mode)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
