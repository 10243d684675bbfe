"""Keys by their tones: the tolerances of ITU-T Q.24, and voices that are no keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from phoneetiquette.audio.prompts import read_sound
from phoneetiquette.speech.dtmf import HIGH_HZ, KEYS, LOW_HZ, KeyDetector
from tests.peers.artificial_voice import at_level, spoken
from tests.peers.g711 import PCMA, decode, encode

SPEECH = sorted((Path(__file__).parents[1] / "data" / "speech").glob("*.flac"))
ALL_KEYS = "".join(KEYS)


def pair(
    key: str, ms: int, *, off: float = 0.0, twist_db: float = 0.0, dbfs: float = -15.0, rate_hz: int = 8000
) -> NDArray[np.float64]:
    """The two tones of a key, ``off`` relative to their frequencies, the high one louder by ``twist_db``."""
    row = next(number for number, keys in enumerate(KEYS) if key in keys)
    at = 2 * np.pi * np.arange(rate_hz * ms // 1000) / rate_hz * (1 + off)
    low = np.sin(at * LOW_HZ[row]) * 10 ** (-twist_db / 40)
    high = np.sin(at * HIGH_HZ[KEYS[row].index(key)] + 1) * 10 ** (twist_db / 40)
    return np.asarray((low + high) * 10 ** (dbfs / 20) / np.sqrt(2))


def line(*sounds: NDArray[np.float64], snr_db: float = 25.0, dbfs: float = -15.0) -> NDArray[np.int16]:
    """What arrives over G.711, noise included."""
    sound = np.concatenate([np.zeros(437), *sounds, np.zeros(800)])
    noise = np.random.default_rng(5).standard_normal(len(sound)) * 10 ** ((dbfs - snr_db) / 20)
    return decode(encode(np.round((sound + noise) * 32767).clip(-32768, 32767).astype(np.int16), PCMA), PCMA)


def keys(sound: NDArray[np.int16], rate_hz: int = 8000, piece: int = 160) -> str:
    detector = KeyDetector(rate_hz)
    return "".join(detector.feed(sound[start : start + piece]) for start in range(0, len(sound), piece))


@pytest.mark.parametrize("key", ALL_KEYS)
@pytest.mark.parametrize(("off", "twist_db"), [(0, 0), (0.015, 4), (-0.015, -8), (0.015, 0)])
def test_every_key_of_forty_ms_is_heard(key: str, off: float, twist_db: float) -> None:
    assert keys(line(pair(key, 40, off=off, twist_db=twist_db))) == key


def test_soft_key_in_noise_is_heard() -> None:
    assert keys(line(pair("5", 60, dbfs=-32), snr_db=15, dbfs=-32)) == "5"


@pytest.mark.parametrize(
    "sound",
    [
        pair("1", 20),
        pair("1", 100, off=0.035),
        pair("1", 100, off=-0.035),
        pair("1", 100, twist_db=15),
        pair("1", 100, dbfs=-50),
        np.sin(2 * np.pi * 697 * np.arange(1600) / 8000) * 0.2,
    ],
    ids=["too short", "too high", "too low", "too twisted", "too soft", "one tone"],
)
def test_what_is_no_key_is_not_heard(sound: NDArray[np.float64]) -> None:
    assert keys(line(sound)) == ""


def test_keys_in_a_row_and_a_key_that_is_held() -> None:
    pause = np.zeros(400)
    assert keys(line(pair("1", 50), pause, pair("1", 50), pause, pair("2", 50))) == "112"
    assert keys(line(pair("1", 3000))) == "1"


@pytest.mark.parametrize("piece", [1, 57, 160, 100_000])
def test_pieces_of_any_length_are_the_same(piece: int) -> None:
    sound = line(pair("7", 60), np.zeros(500), pair("#", 60))
    assert keys(sound, piece=piece) == "7#"


def test_rate_of_the_bridge() -> None:
    sound = np.concatenate([np.zeros(500), pair("9", 60, rate_hz=16000), np.zeros(1000)])
    assert keys(np.round(sound * 32767).astype(np.int16), 16000, 320) == "9"


@pytest.mark.parametrize("file", SPEECH, ids=lambda file: file.stem)
def test_voices_press_no_keys(file: Path) -> None:
    """Talk-off: several minutes of real speech, at three levels."""
    speech = read_sound(file, 8000)
    for gain in (0.3, 1.0, 3.0):
        louder = np.clip(speech * gain, -32768, 32767).astype(np.int16)
        assert keys(louder, piece=8000) == ""


def test_syllables_press_no_keys() -> None:
    assert keys(at_level(spoken(200, 4.0, 8000), -18.0), piece=8000) == ""
