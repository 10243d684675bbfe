"""Names under which converted and spoken sounds are kept: whoever needs a sound finds it by what it is made of.

No sound is touched here, so the main process can ask without the libraries that make one.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from phoneetiquette.errors import ConfigurationError

READABLE = "WAV, FLAC, Ogg Vorbis, AIFF or MP3"


def of_file(kind: str, file: Path, rate_hz: int, cache: Path) -> Path:
    """The sound made of a file: another name when the file has changed.

    Raises:
        ConfigurationError: the file is not there.
    """
    try:
        state = file.stat()
    except OSError as error:
        raise unreadable(file, error) from error
    name = zlib.crc32(f"{file.absolute()}\0{state.st_size}\0{state.st_mtime_ns}".encode())
    return cache / f"{kind}-{name:08x}-{rate_hz}.wav"


def of_text(text: str, language: str, rate_hz: int, cache: Path) -> Path:
    """The sound of a text spoken in a language."""
    words = f"{language}\0{text}".encode()
    return cache / f"speech-{language}-{zlib.crc32(words):08x}{zlib.adler32(words):08x}-{rate_hz}.wav"


def of_beep(rate_hz: int, cache: Path) -> Path:
    """The tone after which a caller speaks."""
    return cache / f"beep-{rate_hz}.wav"


def unreadable(file: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{file}: cannot be read: {error.strerror}", f"give a readable {READABLE} file")
