"""Files that keys name, examined; and secrets, each from whichever of its keys was written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from phoneetiquette.config import files
from phoneetiquette.config.nodes import COMMAND_LINE
from phoneetiquette.config.reading import Reading
from phoneetiquette.config.secret import Secret
from phoneetiquette.problems import Severity

_T = TypeVar("_T")


def examined(reading: Reading, key: str, path: Path, examine: Callable[[Path], _T]) -> _T | None:
    """What ``examine`` finds in the file that a key names; None with a problem told."""
    try:
        return examine(path)
    except files.UnusableFileError as unusable:
        reading.problem(key, f"{key}: {path} {unusable.what}", unusable.advice)
    except (OSError, ValueError) as error:
        # A path can be too long, or hold what no path may hold.
        reading.problem(key, f"{key} cannot be used: {error}", "check the path")
    return None


def sources(name: str) -> tuple[str, str, str]:
    """The keys that a secret can come from: itself, a file's first line, an environment variable."""
    return name, f"{name}_file", f"{name}_env"


def given(section: object, name: str) -> list[str]:
    """Those of the keys that were written."""
    return [key for key in sources(name) if getattr(section, key) is not None]


def secret_of(reading: Reading, path: str, name: str, section: object, *, starting: bool) -> Secret | None:
    """The secret from wherever it is; None: none is given, or it cannot be had and that is told."""
    keys = given(section, name)
    if len(keys) > 1:
        reading.problem(f"{path}.{keys[1]}", f"{path} has {' and '.join(keys)}", "keep one of them")
    if len(keys) != 1:
        return None
    key = f"{path}.{keys[0]}"
    written = getattr(section, keys[0])
    reading.origins[f"{path}.{name}"] = reading.place(key)
    if isinstance(written, Secret):
        place = reading.place(key)
        if place != COMMAND_LINE:
            examined(reading, key, Path(place.file), files.private)
        return written
    if isinstance(written, Path):
        return examined(reading, key, written, files.password)
    text = os.environ.get(str(written), "")
    if not text:
        severity = Severity.ERROR if starting else Severity.WARNING
        what = f"the environment variable {written} is not set"
        reading.problem(key, what, "set it where the seat is started", severity)
    return Secret(text) if text else None
