"""Sound files of the administrator, and the prompt that a caller hears before leaving a voice message."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from phoneetiquette.audio.tones import Samples, beep, write_wav
from phoneetiquette.errors import ConfigurationError

READABLE = "WAV, FLAC, Ogg Vorbis, AIFF or MP3"
PAUSE_MS = 300
"""Between the last word of a prompt and the beep."""
LONGEST_S = 600
"""A longer file is more likely a mistake than a prompt, and would have to be held in memory."""


def message_prompt(file: Path | None, rate_hz: int, cache: Path) -> Path:
    """The prompt as the engine plays it before a voice message: a mono 16-bit WAV at ``rate_hz`` that ends in a beep.

    ``file`` is the configured sound file, ``None`` the built-in English prompt. The result is kept in the directory
    ``cache`` under a name made of its content, so the same prompt is converted once and a changed one is noticed.

    Raises:
        ConfigurationError: the file cannot be used, or the directory cannot be written.
    """
    with resources.as_file(resources.files(__package__) / "sounds" / "nobody_en.flac") as built_in:
        speech = read_sound(file or built_in, rate_hz)
    pause = np.zeros(PAUSE_MS * rate_hz // 1000, np.int16)
    prompt = np.concatenate([speech, pause, beep(rate_hz)])
    name = hashlib.sha256(prompt.tobytes()).hexdigest()[:16]
    wav = cache / f"prompt-{name}-{rate_hz}.wav"
    if not wav.exists():
        try:
            cache.mkdir(parents=True, exist_ok=True)
            write_wav(wav, prompt, rate_hz)
        except OSError as error:
            raise ConfigurationError(
                f"{cache}: cannot keep the prompt here: {error.strerror}", "give a directory that can be written"
            ) from error
    return wav


def read_sound(file: Path, rate_hz: int) -> Samples:
    """The whole of a sound file as mono 16-bit samples at ``rate_hz``; channels are averaged.

    Raises:
        ConfigurationError: missing, not a sound file, empty or too long; says which file and what would work.
    """
    try:
        with file.open("rb") as raw, soundfile.SoundFile(raw) as sound:
            own_rate, frames = sound.samplerate, sound.frames
            if frames > LONGEST_S * own_rate:
                raise ConfigurationError(
                    f"{file}: lasts {frames / own_rate:.0f} s", f"give a sound file of at most {LONGEST_S} s"
                )
            channels = sound.read(dtype="float64", always_2d=True)
    except OSError as error:
        raise ConfigurationError(
            f"{file}: cannot be read: {error.strerror}", f"give a readable {READABLE} file"
        ) from error
    except soundfile.LibsndfileError as error:
        raise ConfigurationError(
            f"{file}: is not a sound file that can be read here", f"give a {READABLE} file"
        ) from error
    if not len(channels):
        raise ConfigurationError(f"{file}: holds no sound", f"give a {READABLE} file with sound in it")
    mono = _resampled(channels.mean(axis=1), own_rate, rate_hz)
    return np.round(np.clip(mono, -1, 1) * 32767).astype(np.int16)


def _resampled(sound: npt.NDArray[np.float64], own_rate: int, rate_hz: int) -> npt.NDArray[np.float64]:
    """The sound at another rate, by cutting or extending its whole spectrum: exact, and here there is no hurry."""
    if own_rate == rate_hz:
        return sound
    length = round(len(sound) * rate_hz / own_rate)
    # A spectrum belongs to an endless repetition: the silence keeps the end of the sound out of its beginning, and its
    # length makes both rates meet at a whole number of samples.
    seconds = len(sound) // own_rate + 2
    spectrum = np.fft.rfft(sound, seconds * own_rate)
    return np.fft.irfft(spectrum, seconds * rate_hz)[:length] * (rate_hz / own_rate)
