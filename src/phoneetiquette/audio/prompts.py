"""Sound files of the administrator: the prompt that a caller hears before leaving a voice message, and hold music.

``python -m phoneetiquette.audio.prompts`` converts them ahead of time, in a process of its own: decoding takes tens of
milliseconds, in which the engine would keep its calls waiting, and libraries that it would carry from then on.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

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
    ``cache`` under a name made of the file's path, size and age, so the same prompt is converted once and a changed one
    is noticed.

    Raises:
        ConfigurationError: the file cannot be used, or the directory cannot be written.
    """

    def spoken(source: Path) -> Samples:
        pause = np.zeros(PAUSE_MS * rate_hz // 1000, np.int16)
        return np.concatenate([read_sound(source, rate_hz), pause, beep(rate_hz)])

    if file is not None:
        return _kept("prompt", file, rate_hz, cache, spoken)
    with resources.as_file(resources.files(__package__) / "sounds" / "nobody_en.flac") as built_in:
        return _kept("prompt", built_in, rate_hz, cache, spoken)


def hold_music(file: Path, rate_hz: int, cache: Path) -> Path:
    """The configured music for held parties as a mono 16-bit WAV at ``rate_hz``, kept like a prompt.

    Raises:
        ConfigurationError: the file cannot be used, or the directory cannot be written.
    """
    return _kept("hold", file, rate_hz, cache, lambda source: read_sound(source, rate_hz))


def _kept(kind: str, file: Path, rate_hz: int, cache: Path, convert: Callable[[Path], Samples]) -> Path:
    """The converted file, made now unless it is there."""
    try:
        state = file.stat()
    except OSError as error:
        raise _unreadable(file, error) from error
    name = zlib.crc32(f"{file.absolute()}\0{state.st_size}\0{state.st_mtime_ns}".encode())
    wav = cache / f"{kind}-{name:08x}-{rate_hz}.wav"
    if not wav.exists():
        sound = convert(file)
        try:
            cache.mkdir(parents=True, exist_ok=True)
            write_wav(wav, sound, rate_hz)
        except OSError as error:
            raise ConfigurationError(
                f"{cache}: cannot keep sounds here: {error.strerror}", "give a directory that can be written"
            ) from error
    return wav


def _unreadable(file: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{file}: cannot be read: {error.strerror}", f"give a readable {READABLE} file")


def read_sound(file: Path, rate_hz: int) -> Samples:
    """The whole of a sound file as mono 16-bit samples at ``rate_hz``; channels are averaged.

    Raises:
        ConfigurationError: missing, not a sound file, empty or too long; says which file and what would work.
    """
    import soundfile  # a library that the engine needs for no call, once its sounds are converted

    try:
        with file.open("rb") as raw, soundfile.SoundFile(raw) as sound:
            own_rate, frames = sound.samplerate, sound.frames
            if frames > LONGEST_S * own_rate:
                raise ConfigurationError(
                    f"{file}: lasts {frames / own_rate:.0f} s", f"give a sound file of at most {LONGEST_S} s"
                )
            channels = sound.read(dtype="float64", always_2d=True)
    except OSError as error:
        raise _unreadable(file, error) from error
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


def main() -> int:
    """Convert what standard input asks for: ``{"rate_hz", "cache", "prompts": [...], "hold_music"}`` (JSON).

    The built-in prompt is converted too. Files that cannot be used are told on standard output, a line of JSON each.
    """
    wish = json.loads(sys.stdin.read())
    rate_hz, cache = wish["rate_hz"], Path(wish["cache"])
    conversions = [partial(message_prompt, file, rate_hz, cache) for file in (None, *map(Path, wish["prompts"]))]
    if wish["hold_music"]:
        conversions.append(partial(hold_music, Path(wish["hold_music"]), rate_hz, cache))
    for convert in conversions:
        try:
            convert()
        except ConfigurationError as error:
            print(json.dumps({"what": error.what, "advice": error.advice}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
