"""The headset made of files."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from phoneetiquette.audio.headset import SoundChange
from phoneetiquette.audio.wav_headset import WavHeadset
from phoneetiquette.errors import ConfigurationError

RATE_HZ = 16000
FRAME = RATE_HZ // 50


def nobody(_: SoundChange) -> None:
    """Whoever does not mind."""


def heard(file: Path) -> np.ndarray:
    with wave.open(str(file)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, RATE_HZ)
        return np.frombuffer(wav.readframes(wav.getnframes()), "<i2")


def test_the_file_is_spoken_once_and_then_there_is_silence(tmp_path: Path) -> None:
    speech = np.arange(FRAME * 2 + 7, dtype=np.int16)
    soundfile.write(tmp_path / "speech.wav", speech, RATE_HZ)
    headset = WavHeadset(str(tmp_path / "speech.wav"), None, RATE_HZ, nobody)
    headset.open()
    said = np.concatenate([headset.read_mic() for _ in range(5)])
    assert np.abs(said[: len(speech)] - speech).max() <= 1
    assert not said[len(speech) :].any()


def test_the_file_begins_anew_with_each_talk(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "speech.wav", np.arange(FRAME * 4, dtype=np.int16), RATE_HZ)
    headset = WavHeadset(str(tmp_path / "speech.wav"), None, RATE_HZ, nobody)
    headset.open()
    first = headset.read_mic()
    headset.read_mic()
    headset.talk_began()
    assert (headset.read_mic() == first).all()


@pytest.mark.parametrize(
    ("rate_hz", "channels", "name"), [(44100, 2, "a.wav"), (8000, 1, "b.flac"), (48000, 1, "c.ogg")]
)
def test_any_rate_and_number_of_channels_will_do(tmp_path: Path, rate_hz: int, channels: int, name: str) -> None:
    time = np.arange(rate_hz) / rate_hz
    tone = np.tile(0.3 * np.sin(2 * np.pi * 440 * time), (channels, 1)).T
    soundfile.write(tmp_path / name, tone, rate_hz)
    headset = WavHeadset(str(tmp_path / name), None, RATE_HZ, nobody)
    headset.open()
    said = np.concatenate([headset.read_mic() for _ in range(50)]).astype(float)
    spectrum = np.abs(np.fft.rfft(said * np.hanning(len(said))))
    assert int(spectrum.argmax()) == 440
    assert np.std(said) == pytest.approx(0.3 * 32768 / np.sqrt(2), rel=0.05)


def test_what_was_heard_is_stored_over_several_calls(tmp_path: Path) -> None:
    store = tmp_path / "heard.wav"
    headset = WavHeadset(None, str(store), RATE_HZ, nobody)
    headset.write_ear(np.full(FRAME, 9, np.int16))  # not open: nobody hears it
    for loudness in (1, 2):
        headset.open()
        headset.write_ear(np.full(FRAME, loudness, np.int16))
        headset.close()
    assert heard(store).tolist() == [1] * FRAME + [2] * FRAME


def test_a_new_run_begins_the_file_anew(tmp_path: Path) -> None:
    store = tmp_path / "heard.wav"
    for loudness in (1, 2):
        headset = WavHeadset(None, str(store), RATE_HZ, nobody)
        headset.open()
        headset.write_ear(np.full(FRAME, loudness, np.int16))
        headset.close()
    assert heard(store).tolist() == [2] * FRAME


def test_a_file_that_is_no_sound_is_told_clearly(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a sound")
    with pytest.raises(ConfigurationError, match=r"notes\.txt: is not a sound file"):
        WavHeadset(str(file), None, RATE_HZ, nobody)
    with pytest.raises(ConfigurationError, match=r"missing\.wav: cannot be read: No such file"):
        WavHeadset(str(tmp_path / "missing.wav"), None, RATE_HZ, nobody)
    with pytest.raises(ConfigurationError, match=r"heard\.wav: cannot be written: No such file"):
        WavHeadset(None, str(tmp_path / "nowhere" / "heard.wav"), RATE_HZ, nobody)


def test_a_store_that_vanishes_is_told_and_harms_nobody(tmp_path: Path) -> None:
    changes: list[SoundChange] = []
    directory = tmp_path / "stick"
    directory.mkdir()
    headset = WavHeadset(None, str(directory / "heard.wav"), RATE_HZ, changes.append)
    (directory / "heard.wav").unlink()
    directory.rmdir()
    headset.open()
    headset.write_ear(np.zeros(FRAME, np.int16))
    assert not headset.read_mic().any()
    assert [change.state for change in changes] == ["lost"]
    assert "heard.wav: cannot be written" in changes[0].what
