"""Sounds of the administrator: what callers hear from the machine, as files or as texts to be spoken, and hold music.

``python -m phoneetiquette.audio.prompts`` converts them ahead of time, in a process of its own: decoding takes tens of
milliseconds, in which the engine would keep its calls waiting, and libraries that it would carry from then on.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from phoneetiquette.audio import sound_cache
from phoneetiquette.audio.sound_cache import READABLE, unreadable
from phoneetiquette.audio.speech_synthesis import spoken
from phoneetiquette.audio.tones import Samples, beep, write_wav
from phoneetiquette.errors import ConfigurationError

PAUSE_MS = 300
"""Between the last word of a prompt and the beep."""
LEAST_URGENT = 10
"""By so much the priority of the process is lowered (``nice``)."""
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

    def with_beep(source: Path) -> Samples:
        pause = np.zeros(PAUSE_MS * rate_hz // 1000, np.int16)
        return np.concatenate([read_sound(source, rate_hz), pause, beep(rate_hz)])

    if file is not None:
        return _kept("prompt", file, rate_hz, cache, with_beep)
    with resources.as_file(resources.files(__package__) / "sounds" / "nobody_en.flac") as built_in:
        return _kept("prompt", built_in, rate_hz, cache, with_beep)


def hold_music(file: Path, rate_hz: int, cache: Path) -> Path:
    """The configured music for held parties as a mono 16-bit WAV at ``rate_hz``, kept like a prompt.

    Raises:
        ConfigurationError: the file cannot be used, or the directory cannot be written.
    """
    return _kept("hold", file, rate_hz, cache, lambda source: read_sound(source, rate_hz))


def menu_prompt(file: Path, rate_hz: int, cache: Path) -> Path:
    """A sound file that a menu says, as a mono 16-bit WAV at ``rate_hz``, kept like a prompt.

    Raises:
        ConfigurationError: the file cannot be used, or the directory cannot be written.
    """
    return _kept("menu", file, rate_hz, cache, lambda source: read_sound(source, rate_hz))


def spoken_text(text: str, language: str, rate_hz: int, cache: Path) -> Path:
    """A text spoken in a language, as a mono 16-bit WAV at ``rate_hz``, made once.

    Raises:
        ConfigurationError: it cannot be spoken, or the directory cannot be written.
    """

    def made() -> Samples:
        samples, own_rate = spoken(text, language)
        return _as_samples(_resampled(samples / 32768, own_rate, rate_hz))

    return _keep(sound_cache.of_text(text, language, rate_hz, cache), rate_hz, made)


def beep_alone(rate_hz: int, cache: Path) -> Path:
    """The tone after which a caller speaks, as a WAV at ``rate_hz``, made once.

    Raises:
        ConfigurationError: the directory cannot be written.
    """
    return _keep(sound_cache.of_beep(rate_hz, cache), rate_hz, lambda: beep(rate_hz))


def _kept(kind: str, file: Path, rate_hz: int, cache: Path, convert: Callable[[Path], Samples]) -> Path:
    """The converted file, made now unless it is there."""
    return _keep(sound_cache.of_file(kind, file, rate_hz, cache), rate_hz, lambda: convert(file))


def _keep(wav: Path, rate_hz: int, make: Callable[[], Samples]) -> Path:
    """The sound of this name, made now unless it is there. It appears whole or not at all."""
    if not wav.exists():
        sound = make()
        part = wav.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        try:
            wav.parent.mkdir(parents=True, exist_ok=True)
            write_wav(part, sound, rate_hz)
            part.replace(wav)
        except OSError as error:
            raise ConfigurationError(
                f"{wav.parent}: cannot keep sounds here: {error.strerror}", "give a directory that can be written"
            ) from error
    return wav


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
        raise unreadable(file, error) from error
    except soundfile.LibsndfileError as error:
        raise ConfigurationError(
            f"{file}: is not a sound file that can be read here", f"give a {READABLE} file"
        ) from error
    if not len(channels):
        raise ConfigurationError(f"{file}: holds no sound", f"give a {READABLE} file with sound in it")
    return _as_samples(_resampled(channels.mean(axis=1), own_rate, rate_hz))


def _as_samples(sound: npt.NDArray[np.float64]) -> Samples:
    return np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)


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
    """Make what standard input asks for: a JSON object with ``rate_hz``, ``cache`` and any of ``prompts`` (sound files;
    the built-in prompt is made with them), ``hold_music``, ``menus`` (sound files) and ``texts`` (pairs of a text and
    its language; the beep is made with them).

    What cannot be made is told on standard output, a line of JSON each, the same trouble once. Calls under way come
    first: this runs on all processors, but only when nobody else wants them.
    """
    os.nice(LEAST_URGENT)
    wish = json.loads(sys.stdin.read())
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as workers:
        failed = list(workers.map(_trouble, _conversions(wish, wish["rate_hz"], Path(wish["cache"]))))
    for what, advice in dict.fromkeys(filter(None, failed)):
        print(json.dumps({"what": what, "advice": advice}))
    return 0


def _trouble(make: Callable[[], object]) -> tuple[str, str] | None:
    """What keeps a sound from being made."""
    try:
        make()
    except ConfigurationError as error:
        return error.what, error.advice
    return None


def _conversions(wish: dict[str, Any], rate_hz: int, cache: Path) -> Iterator[Callable[[], object]]:
    if "prompts" in wish:
        for file in (None, *map(Path, wish["prompts"])):
            yield partial(message_prompt, file, rate_hz, cache)
    if wish.get("hold_music"):
        yield partial(hold_music, Path(wish["hold_music"]), rate_hz, cache)
    for file in map(Path, wish.get("menus", ())):
        yield partial(menu_prompt, file, rate_hz, cache)
    if "texts" in wish:
        yield partial(beep_alone, rate_hz, cache)
        for text, language in wish["texts"]:
            yield partial(spoken_text, text, language, rate_hz, cache)


if __name__ == "__main__":
    sys.exit(main())
