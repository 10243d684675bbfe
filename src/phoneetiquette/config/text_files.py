"""YAML files as they lie on the disk: opened, measured, decoded, parsed; every problem with its place."""

from __future__ import annotations

import stat
from pathlib import Path

from phoneetiquette.config import yaml_nodes
from phoneetiquette.config.nodes import Mapping, Sequence
from phoneetiquette.config.reading import Report
from phoneetiquette.problems import Place


def content(file: Path, report: Report, largest: int, name: str) -> bytes | None:
    """The bytes of a regular file, at most one more than ``largest``; None when it cannot be opened.

    ``name`` is what such a file is called.
    """
    try:
        mode = file.stat().st_mode
        if stat.S_ISREG(mode):
            with file.open("rb") as stream:
                return stream.read(largest + 1)
    except OSError as error:
        report.add(Place(str(file)), f"cannot be read: {error.strerror}", remedy(error))
        return None
    if stat.S_ISDIR(mode):
        example = next((one for one in (name, "dialplan.yaml") if (file / one).is_file()), name)
        report.add(Place(str(file)), "is a directory", f"name a file, such as {file / example}")
    else:
        report.add(Place(str(file)), "is not a regular file", "name a file with the configuration in it")
    return None


def tree(file: Path, content: bytes, report: Report, largest: int, *, quick: bool = False) -> Mapping | None:
    """The sections of a file; None where there are none. ``quick`` as for :func:`yaml_nodes.parse`."""
    if len(content) > largest:
        report.add(Place(str(file)), f"is longer than {largest // 1024} KiB", "this is no configuration file")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Place(str(file), before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        report.add(place, f"byte 0x{content[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        return None
    root = yaml_nodes.parse(text, str(file), report, quick=quick)
    if root is None or isinstance(root, Mapping):
        return root
    what = "is a list" if isinstance(root, Sequence) else "is a single text"
    report.add(root.place, f"the file {what}", "write sections with keys, such as seat: {name: desk}")
    return None


def remedy(error: OSError) -> str:
    """What to do about a file that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return "check the path"
    if isinstance(error, PermissionError):
        return "let the user who runs this read it"
    return "check the file and the disk"
