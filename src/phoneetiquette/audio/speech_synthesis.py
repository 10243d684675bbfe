"""Texts spoken by espeak-ng, a program of its own. Slow: only for a process that nobody waits for."""

from __future__ import annotations

import io
import subprocess
import wave

import numpy as np

from phoneetiquette.audio.tones import Samples
from phoneetiquette.errors import ConfigurationError

PROGRAM = "espeak-ng"
WORDS_PER_MINUTE = 145
"""A little slower than its usual 175: numbers and names are heard over a telephone."""
LONGEST_S = 30
"""For so long the program may take for one text."""
_ADVICE = "install the Debian package espeak-ng, or give sound files in the dialplan: {file: prompts/night.flac}"


def spoken(text: str, language: str) -> tuple[Samples, int]:
    """A text in a language as mono 16-bit samples and their rate in Hz.

    Raises:
        ConfigurationError: the program is not there, does not know the language, or fails.
    """
    command = [PROGRAM, "-v", language, "-s", str(WORDS_PER_MINUTE), "-b", "1", "--stdin", "--stdout"]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=LONGEST_S, check=False)
    except FileNotFoundError as error:
        raise ConfigurationError(f"{PROGRAM}, which speaks texts, is not installed", _ADVICE) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigurationError(f"{PROGRAM} cannot speak: {error}", _ADVICE) from error
    told = done.stderr.decode(errors="replace").strip()
    if done.returncode or not done.stdout:
        raise ConfigurationError(f"{PROGRAM} cannot speak {language!r}: {told or 'it said nothing'}", _ADVICE)
    # The header of a stream tells no length: everything after it is sound.
    with wave.open(io.BytesIO(done.stdout)) as sound:
        rate_hz, start = sound.getframerate(), 44
    samples: Samples = np.frombuffer(done.stdout[start : start + (len(done.stdout) - start) // 2 * 2], np.int16).copy()
    return samples, rate_hz
