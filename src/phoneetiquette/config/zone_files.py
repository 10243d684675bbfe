"""Time zones as the system's database has them: by name to a POSIX TZ string."""

from __future__ import annotations

import zoneinfo
from pathlib import Path

from phoneetiquette.config.files import UnusableFileError

_MAGIC = b"TZif"
_LONGEST = 64 * 1024


def posix_zone(name: str) -> str:
    """What the zone keeps to from now on, such as ``CET-1CEST,M3.5.0,M10.5.0/3`` (RFC 8536, 3.3).

    Raises:
        UnusableFileError: there is no such zone; the texts complete ``<name> ...``.
    """
    for directory in zoneinfo.TZPATH:
        file = Path(directory) / name
        if not file.resolve().is_relative_to(Path(directory).resolve()) or not file.is_file():
            continue
        with file.open("rb") as stream:
            content = stream.read(_LONGEST)
        if content.startswith(_MAGIC) and content.endswith(b"\n"):
            return content[:-1].rpartition(b"\n")[2].decode("ascii", "replace")
    raise UnusableFileError("is no time zone that this machine knows", "write one such as Europe/Vienna")
