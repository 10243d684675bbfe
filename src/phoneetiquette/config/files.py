"""Files that a configuration names: whether they can serve their purpose."""

from __future__ import annotations

import os
import ssl
import stat
from pathlib import Path

from phoneetiquette.config.secret import Secret

_LONGEST_PASSWORD_FILE = 4096
_LONGEST_CHAIN = 1024 * 1024

SOUNDS = "WAV, FLAC, Ogg Vorbis, AIFF or MP3"
_CONTAINERS = {b"RIFFWAVE", b"FORMAIFF", b"FORMAIFC"}
_SIGNATURES = {b"fLaC", b"OggS"}


class UnusableFileError(Exception):
    """A named file cannot be used: what is wrong, and what to do. The texts complete ``<path> ...``."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice


def readable(path: Path) -> os.stat_result:
    """Raises :class:`UnusableFileError` unless ``path`` is a regular file that we may read."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnusableFileError("is not a file" if not path.is_dir() else "is a directory", "name a file")
        with path.open("rb"):
            return status
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise UnusableFileError(f"cannot be read: {reason}", "check the path and who may read it") from None


def private(path: Path) -> None:
    """Raises :class:`UnusableFileError` unless ``path`` is for its owner alone, or kept by the service manager."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if credentials and path.parent == Path(credentials):
        readable(path)
        return
    mode = stat.S_IMODE(readable(path).st_mode)
    if mode & 0o077:
        raise UnusableFileError(f"is open to others, mode {mode:04o}", f"chmod 600 {path}")


def password(path: Path) -> Secret:
    """The first line of a file that only its owner may read."""
    private(path)
    with path.open("rb") as stream:
        content = stream.read(_LONGEST_PASSWORD_FILE)
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError:
        raise UnusableFileError("is not UTF-8 text", "write the password in its first line") from None
    if not lines or not lines[0]:
        raise UnusableFileError("has no password", "write it in the first line")
    return Secret(lines[0])


def sound(path: Path) -> None:
    """Raises :class:`UnusableFileError` unless ``path`` begins as a sound file does; who plays it decodes it."""
    readable(path)
    with path.open("rb") as stream:
        start = stream.read(12)
    container = start[:4] + start[8:]
    mpeg_frame = start[:1] == b"\xff" and start[1:2] >= b"\xe0"
    if container not in _CONTAINERS and start[:4] not in _SIGNATURES and start[:3] != b"ID3" and not mpeg_frame:
        raise UnusableFileError("is not a sound file", f"name a {SOUNDS} file")


def public(chain: Path) -> None:
    """Raises :class:`UnusableFileError` unless ``chain`` is readable and holds no private key: it goes to others."""
    readable(chain)
    with chain.open("rb") as stream:
        if b"PRIVATE KEY-----" in stream.read(_LONGEST_CHAIN):
            raise UnusableFileError("holds a private key", "write the certificates alone into a file")


def certificate(chain: Path, key: Path) -> None:
    """Raises :class:`UnusableFileError` unless ``chain`` and ``key`` are PEM and belong together; both are readable."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password="")
    except ssl.SSLError as error:
        reason = (error.reason or "no PEM").lower().replace("_", " ")
        advice = "both must be PEM, the key without a passphrase"
        raise UnusableFileError(f"does not go with {key.name}: {reason}", advice) from None


def authorities(path: Path) -> None:
    """Raises :class:`UnusableFileError` unless ``path`` holds PEM certificates."""
    readable(path)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        raise UnusableFileError("holds no certificates", "write them as PEM") from None
