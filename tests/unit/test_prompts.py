"""The prompt before a voice message, from every kind of file an administrator may give."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from phoneetiquette.audio.prompts import PAUSE_MS, message_prompt, read_sound
from phoneetiquette.audio.tones import beep
from phoneetiquette.errors import ConfigurationError


def chirp(rate_hz: int, length_s: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """From 200 to 3000 Hz, faded in and out."""
    time_s = np.arange(round(length_s * rate_hz)) / rate_hz
    phase = 2 * np.pi * (200 * time_s + 1400 * time_s**2 / length_s)
    fade = np.minimum(1, np.minimum(time_s, length_s - time_s) / 0.05)
    return 0.4 * np.sin(phase) * fade


def samples_of(file: Path) -> tuple[np.ndarray[tuple[int], np.dtype[np.int16]], int]:
    with wave.open(str(file), "rb") as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2"), sound.getframerate()


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_the_built_in_prompt_is_speech_a_pause_and_a_beep(tmp_path: Path, rate_hz: int) -> None:
    samples, rate = samples_of(message_prompt(None, rate_hz, tmp_path))
    tone = beep(rate_hz)
    pause = PAUSE_MS * rate_hz // 1000
    assert rate == rate_hz
    assert np.array_equal(samples[-len(tone) :], tone)
    assert not samples[-len(tone) - pause : -len(tone)].any()
    speech = samples[: -len(tone) - pause].astype(float)
    assert 8 < len(speech) / rate_hz < 11
    blocks = speech[: len(speech) // 160 * 160].reshape(-1, 160)
    loud = np.sqrt(np.mean(blocks**2, axis=1)) > 300
    assert 0.5 < loud.mean() < 0.98, "speech comes in words"


@pytest.mark.parametrize("own_rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_any_rate_is_converted_without_loss_in_the_telephone_band(tmp_path: Path, own_rate: int, rate_hz: int) -> None:
    file = tmp_path / "chirp.wav"
    soundfile.write(file, chirp(own_rate), own_rate, subtype="PCM_16")
    converted = read_sound(file, rate_hz) / 32767
    wanted = chirp(rate_hz)
    assert len(converted) == rate_hz
    noise = np.sqrt(np.mean((converted - wanted) ** 2)) / np.sqrt(np.mean(wanted**2))
    assert noise < 0.005


def test_a_loud_end_does_not_come_round_to_the_beginning(tmp_path: Path) -> None:
    file = tmp_path / "abrupt.wav"
    half_a_second_of_tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(22050) / 44100 + 1)
    soundfile.write(file, np.concatenate([np.zeros(77175), half_a_second_of_tone]), 44100)
    samples = read_sound(file, 8000).astype(int)
    assert len(samples) == 2.25 * 8000
    assert abs(samples[:12000]).max() < 33, "1.5 s of silence stay 60 dB under full scale"
    assert abs(samples[14100:17900]).max() == pytest.approx(0.5 * 32767, rel=0.01)


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("a.wav", "PCM_16"),
        ("a.wav", "PCM_24"),
        ("a.wav", "FLOAT"),
        ("a.wav", "ULAW"),
        ("a.flac", "PCM_16"),
        ("a.ogg", "VORBIS"),
        ("a.aiff", "PCM_16"),
        ("a.mp3", "MPEG_LAYER_III"),
    ],
)
def test_formats(tmp_path: Path, name: str, subtype: str) -> None:
    file = tmp_path / name
    soundfile.write(file, chirp(16000), 16000, subtype=subtype)
    level = np.sqrt(np.mean((read_sound(file, 16000) / 32767) ** 2))
    assert level == pytest.approx(np.sqrt(np.mean(chirp(16000) ** 2)), rel=0.1)


def test_channels_are_averaged(tmp_path: Path) -> None:
    file = tmp_path / "stereo.wav"
    soundfile.write(file, np.stack([chirp(8000), np.zeros(8000)], axis=1), 8000)
    assert np.allclose(read_sound(file, 8000) / 32767, chirp(8000) / 2, atol=2e-4)


def test_a_prompt_is_converted_once_and_a_changed_one_again(tmp_path: Path) -> None:
    file, cache = tmp_path / "own.flac", tmp_path / "new" / "cache"
    soundfile.write(file, chirp(16000), 16000)
    first = message_prompt(file, 8000, cache)
    written = first.stat().st_mtime_ns
    assert message_prompt(file, 8000, cache) == first
    assert first.stat().st_mtime_ns == written
    assert message_prompt(file, 16000, cache) != first
    soundfile.write(file, chirp(16000, 2.0), 16000)
    assert message_prompt(file, 8000, cache) != first


def test_too_loud_a_file_is_limited_not_wrapped(tmp_path: Path) -> None:
    file = tmp_path / "loud.wav"
    soundfile.write(file, chirp(8000) * 5, 8000, subtype="FLOAT")
    samples = read_sound(file, 8000).astype(int)
    assert samples.max() == 32767
    assert samples.min() == -32767
    assert np.all(np.sign(samples) * np.sign(chirp(8000)) >= 0)


@pytest.mark.parametrize("what", ["missing", "text", "directory", "nothing", "silent", "cut", "long"])
def test_an_unusable_file_is_named_with_what_would_work(tmp_path: Path, what: str) -> None:
    file = tmp_path / "prompt.wav"
    match what:
        case "text":
            file.write_text("This is not sound.")
        case "directory":
            file.mkdir()
        case "nothing":
            file.touch()
        case "silent":
            soundfile.write(file, np.zeros(0), 8000)
        case "cut":
            soundfile.write(file, chirp(8000), 8000)
            file.write_bytes(file.read_bytes()[:20])
        case "long":
            soundfile.write(file, np.zeros(8000 * 601), 8000, subtype="PCM_U8")
    with pytest.raises(ConfigurationError) as caught:
        message_prompt(file, 8000, tmp_path / "cache")
    assert str(file) in caught.value.what
    assert "sound file" in caught.value.advice or "WAV, FLAC" in caught.value.advice
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(ConfigurationError, match=r"taken.*directory that can be written"):
        message_prompt(None, 8000, tmp_path / "taken" / "cache")
