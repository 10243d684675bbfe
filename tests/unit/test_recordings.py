"""Recordings are read as they are, in blocks, and whatever is wrong with a file is one clear sentence."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from phoneetiquette.audio.recordings import Recording
from phoneetiquette.errors import RecordingError

RATE_HZ = 8000


def sound(seconds: float = 2.0, rate_hz: int = RATE_HZ, channels: int = 2) -> NDArray[np.int16]:
    """A tone of its own on each channel."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    tones = [np.sin(2 * np.pi * (300 + 200 * channel) * at) for channel in range(channels)]
    return np.round(8000 * np.stack(tones, axis=1)).astype(np.int16)


def read(path: Path) -> NDArray[np.int16]:
    with Recording(path) as recording:
        return np.concatenate(list(recording.blocks()), axis=1)


@pytest.mark.parametrize(
    ("name", "subtype"), [("a.wav", "PCM_16"), ("a.flac", "PCM_16"), ("a.w64", "PCM_16"), ("a.aiff", "PCM_16")]
)
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_lossless_sound_at_our_rates_is_read_sample_by_sample(
    tmp_path: Path, name: str, subtype: str, rate_hz: int
) -> None:
    soundfile.write(tmp_path / name, sound(rate_hz=rate_hz), rate_hz, subtype=subtype)
    assert np.array_equal(read(tmp_path / name), sound(rate_hz=rate_hz).T)


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "PCM_U8"])
def test_every_kind_of_sample_comes_out_alike(tmp_path: Path, subtype: str) -> None:
    soundfile.write(tmp_path / "a.wav", sound() / 32768, RATE_HZ, subtype=subtype)
    coarse = {"ULAW": 520, "ALAW": 520, "PCM_U8": 260}.get(subtype, 1)
    assert np.abs(read(tmp_path / "a.wav").astype(int) - sound().T).max() <= coarse


@pytest.mark.parametrize("rate_hz", [6000, 11025, 22050, 32000, 44100, 48000, 96000])
def test_other_rates_keep_time_pitch_and_level(tmp_path: Path, rate_hz: int) -> None:
    soundfile.write(tmp_path / "a.wav", sound(10.0, rate_hz), rate_hz)
    ours = 16000 if rate_hz >= 16000 else 8000
    got, wanted = read(tmp_path / "a.wav"), sound(10.0, ours).T
    assert abs(got.shape[1] - wanted.shape[1]) <= 1
    middle = slice(ours, 9 * ours)
    assert np.abs(got[:, middle].astype(int) - wanted[:, middle]).max() < 40


def test_lossy_formats_are_read_whole(tmp_path: Path) -> None:
    for name in ("a.ogg", "a.mp3"):
        soundfile.write(tmp_path / name, sound(), RATE_HZ)
        assert read(tmp_path / name).shape == (2, 2 * RATE_HZ)


def test_blocks_are_bounded_however_long_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros((0, 2), np.int16), RATE_HZ)
    seconds = 3600
    with path.open("r+b") as wav:  # an hour of silence that takes no room on the disk
        wav.truncate(44 + seconds * RATE_HZ * 4)
        wav.seek(4)
        wav.write(struct.pack("<I", 36 + seconds * RATE_HZ * 4))
        wav.seek(40)
        wav.write(struct.pack("<I", seconds * RATE_HZ * 4))
    with Recording(path) as recording:
        lengths = [block.shape[1] for block in recording.blocks()]
    assert sum(lengths) == seconds * RATE_HZ
    assert max(lengths) <= 1 << 17


@pytest.mark.parametrize("promise", [0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF000])
def test_a_stream_that_never_knew_its_length_is_read(tmp_path: Path, promise: int) -> None:
    path = tmp_path / "stream.wav"
    soundfile.write(path, sound(), RATE_HZ)
    promised(path, promise)
    assert np.array_equal(read(path), sound().T)


def promised(path: Path, size: int) -> None:
    content = bytearray(path.read_bytes())
    at = content.index(b"data")
    content[4:8] = content[at + 4 : at + 8] = struct.pack("<I", size)
    path.write_bytes(content)


def cut(path: Path, share: float = 0.5) -> None:
    os.truncate(path, int(path.stat().st_size * share))


def wav(path: Path, samples: NDArray[np.generic] | None = None, rate_hz: int = RATE_HZ, **how: str) -> Path:
    soundfile.write(path, sound() if samples is None else samples, rate_hz, **how)
    return path


def with_sample(value: float) -> NDArray[np.float64]:
    samples = sound().astype(np.float64) / 32768
    samples[12_000, 1] = value
    return samples


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


Fault = Callable[[Path], object]
FAULTS: dict[str, tuple[str, Fault, str]] = {
    "missing": ("a.wav", lambda _: None, "no such file"),
    "a folder": ("a.wav", lambda path: path.mkdir(), "is not a file"),
    "a pipe nobody writes into": ("a.wav", a_pipe, "is not a file"),
    "empty": ("a.wav", lambda path: path.touch(), "is empty"),
    "text": ("a.wav", lambda path: path.write_text("Dear reader,\n" * 50), "is no sound file but text"),
    "an archive": ("a.wav", lambda path: path.write_bytes(b"PK\x03\x04" + bytes(99)), "but a ZIP archive"),
    "a video": ("a.wav", lambda path: path.write_bytes(bytes(4) + b"ftypM4A " + bytes(99)), "M4A container"),
    "all zeros": ("a.flac", lambda path: path.write_bytes(bytes(9999)), "but all zeros"),
    "noise": ("a.wav", lambda path: path.write_bytes(bytes(range(1, 256)) * 40), "is not a sound file"),
    "raw samples": ("a.ulaw", lambda path: path.write_bytes(b"\x7f" * 8000), "raw samples without a header"),
    "mono": ("a.wav", lambda path: wav(path, sound(channels=1)), "is mono, so nobody can tell who speaks"),
    "three channels": ("a.wav", lambda path: wav(path, sound(channels=3)), "has 3 channels, not two"),
    "no sound": ("a.wav", lambda path: wav(path, sound(0.0)), "holds no sound"),
    "too slow": ("a.wav", lambda path: wav(path, rate_hz=100), "is sampled at 100 Hz, which is no speech"),
    "too fast": ("a.wav", lambda path: wav(path, rate_hz=2_000_000_000), "is sampled at 2000000000 Hz"),
    "cut WAV": ("a.wav", lambda path: cut(wav(path)), "is cut short after 1.0 s of 2.0 s"),
    "WAV without its sound": ("a.wav", lambda path: os.truncate(wav(path), 44), "is cut short after 0.0 s"),
    "cut FLAC": ("a.flac", lambda path: cut(wav(path)), "is damaged between 0.0 s and"),
    "cut Ogg": ("a.ogg", lambda path: cut(wav(path, sound(60.0))), "the end is missing"),
    "not finished": ("a.wav", lambda path: promised(wav(path), 0), "the recorder did not finish it"),
    "NaN": (
        "a.wav",
        lambda path: wav(path, with_sample(np.nan), subtype="FLOAT"),
        "no numbers (NaN or infinite) at 1.5 s",
    ),
    "infinite": ("a.wav", lambda path: wav(path, with_sample(-np.inf), subtype="DOUBLE"), "no numbers"),
    "not scaled": (
        "a.wav",
        lambda path: wav(path, with_sample(30_000), subtype="FLOAT"),
        "samples 3e+04 times full scale at 1.5",
    ),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_in_one_line_with_what_to_do(tmp_path: Path, name: str) -> None:
    file, make, what = FAULTS[name]
    path = tmp_path / file
    make(path)
    with pytest.raises(RecordingError) as told:
        read(path)
    assert what in told.value.what
    assert told.value.what.startswith(f"{path}: ")
    assert told.value.advice
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("format_", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_damage_anywhere_is_read_or_told_and_nothing_else(tmp_path: Path, format_: str) -> None:
    path = tmp_path / f"a.{format_}"
    whole = wav(path).read_bytes()
    chance, told = np.random.default_rng(5), set()
    for _ in range(60):
        damaged = bytearray(whole)
        for at in chance.integers(0, min(len(whole), 400 if chance.random() < 0.5 else len(whole)), 4):
            damaged[at] = chance.integers(256)
        path.write_bytes(damaged)
        try:
            samples = read(path)
        except RecordingError as error:
            samples = np.zeros((2, 1), np.int16)
            told.add(error.what.removeprefix(str(path))[:12])
        assert samples.dtype == np.int16
        assert len(samples) == 2
    assert told
