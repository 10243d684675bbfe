"""The versions of a dialplan that were published, beside it: who, when, why, and every file as it was.

``.history/versions.jsonl`` has a line for each version; the contents lie beside it under their SHA-256, so what has not
changed is kept once, and what was tampered with is found out.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.records.whole_files import replace_file

FOLDER = ".history"
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """``files``: name below the dialplan's directory -> SHA-256 of its content."""

    hash: str
    at: datetime
    who: str
    why: str
    files: Mapping[str, str]

    @property
    def short(self) -> str:
        return self.hash[:_SHOWN]


def hash_of(files: Mapping[str, bytes]) -> str:
    """One for all files of a version, by names and contents."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{_sha256(content)}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


class History:
    """The versions of the dialplan in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / FOLDER

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only one who publishes while the block runs. Raises OSError."""
        self._folder.mkdir(mode=0o755, exist_ok=True)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def versions(self) -> list[Version]:
        """All of them, the newest first; a line that was torn by a crash is passed over."""
        try:
            lines = (self._folder / "versions.jsonl").read_bytes().splitlines()
        except FileNotFoundError:
            return []
        return [version for line in reversed(lines) if (version := _version(line)) is not None]

    def find(self, hash_: str) -> Version | None:
        """The newest version with this hash."""
        return next((one for one in self.versions() if one.hash == hash_), None)

    def contents(self, version: Version) -> dict[str, bytes]:
        """Every file of a version.

        Raises:
            ConfigurationError: one is gone, or is not what was published.
        """
        found = {}
        for name, digest in version.files.items():
            try:
                content = (self._folder / digest).read_bytes()
            except OSError as error:
                what = f"version {version.short}: {name} cannot be read: {error.strerror}"
                raise ConfigurationError(what, "choose another version") from error
            if _sha256(content) != digest:
                raise ConfigurationError(
                    f"version {version.short}: {name} is not what was published", "choose another version"
                )
            found[name] = content
        return found

    def add(self, files: Mapping[str, bytes], who: str, why: str) -> Version:
        """Keep a version, while :meth:`writing`. Raises OSError."""
        kept = {}
        for name, content in files.items():
            kept[name] = _sha256(content)
            if not (self._folder / kept[name]).exists():
                replace_file(self._folder / kept[name], content)
        version = Version(hash=hash_of(files), at=datetime.now(UTC), who=who, why=why, files=kept)
        told = {"hash": version.hash, "at": version.at.isoformat(), "who": who, "why": why, "files": kept}
        path = self._folder / "versions.jsonl"
        before = path.read_bytes() if path.exists() else b""
        if before and not before.endswith(b"\n"):
            before += b"\n"
        replace_file(path, before + json.dumps(told).encode("ascii") + b"\n")
        return version


def _version(line: bytes) -> Version | None:
    try:
        told: dict[str, Any] = json.loads(line)
        files = {str(name): str(digest) for name, digest in told["files"].items()}
        if not all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in files.values()):
            return None
        at = datetime.fromisoformat(told["at"])
        return Version(hash=str(told["hash"]), at=at, who=str(told["who"]), why=str(told["why"]), files=files)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
