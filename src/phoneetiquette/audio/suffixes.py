"""How files that may hold a recorded call are called. Apart, so that a folder is searched without the sound library."""

from typing import Final

SUFFIXES: Final = frozenset(
    (
        *(".wav", ".wave", ".w64", ".rf64", ".flac", ".ogg", ".oga", ".opus"),
        *(".mp3", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf"),
    )
)
"""Files that are taken for recordings when a folder is searched, in lower case."""
RAW_SUFFIXES: Final = frozenset(
    (".raw", ".pcm", ".sln", ".sln16", ".ul", ".ulaw", ".al", ".alaw", ".g722", ".gsm", ".g729")
)
"""Samples without a header, as telephone systems keep them."""
