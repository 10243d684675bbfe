"""A frame made a sample longer or shorter sounds as before: compared with the same sound, recorded at other moments."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from phoneetiquette.audio.stretch import RateConverter, Samples, Waiting, stretched

RATE_HZ = 16000
KEPT = 8
"""Samples at both ends of a frame that stay as they are."""


def sound_at(places: npt.NDArray[np.float64], hz: float) -> npt.NDArray[np.float64]:
    """A tone at moments counted in samples."""
    return 20000 * np.sin(2 * np.pi * hz * places / RATE_HZ + 0.3)


def as_frame(sound: npt.NDArray[np.float64]) -> Samples:
    return np.round(sound).astype(np.int16)


@pytest.mark.parametrize(("hz", "below_db"), [(200, 70), (1000, 70), (3400, 70), (6000, 45)])
@pytest.mark.parametrize(("given", "wanted"), [(321, 320), (319, 320), (322, 320), (320, 318), (161, 160)])
def test_stretched_as_if_recorded_so(hz: float, below_db: float, given: int, wanted: int) -> None:
    made = stretched(as_frame(sound_at(np.arange(given, dtype=float), hz)), wanted)
    assert made.dtype == np.int16
    assert len(made) == wanted
    step = (given - 2 * KEPT) / (wanted - 2 * KEPT)
    places = np.concatenate(
        (np.arange(KEPT), KEPT + np.arange(wanted - 2 * KEPT) * step, given - KEPT + np.arange(KEPT))
    )
    error = made - sound_at(places, hz)
    assert np.sqrt(np.mean(error**2)) < 20000 / np.sqrt(2) * 10 ** (-below_db / 20)


def test_nothing_to_do_is_nothing_done() -> None:
    frame = np.arange(320, dtype=np.int16)
    assert stretched(frame, 320) is frame


def test_loud_sound_is_limited() -> None:
    square = np.where(np.arange(321) // 7 % 2, 32767, -32768).astype(np.int16)
    assert np.mean(np.abs(np.diff(stretched(square, 320).astype(int))) > 40_000) < 0.15


@pytest.mark.parametrize(("from_hz", "to_hz"), [(48000, 16000), (16000, 48000), (44100, 16000)])
def test_another_rate(from_hz: int, to_hz: int) -> None:
    convert = RateConverter(from_hz, to_hz)
    tone = np.round(20000 * np.sin(2 * np.pi * 500 * np.arange(from_hz) / from_hz)).astype(np.int16)
    made = np.concatenate([convert(piece) for piece in np.split(tone, 100)])
    assert abs(len(made) - to_hz) < 0.005 * to_hz
    spectrum = np.abs(np.fft.rfft(made[to_hz // 4 : 3 * to_hz // 4] * np.hanning(to_hz // 2)))
    assert np.argmax(spectrum) == 250
    assert np.max(np.delete(spectrum, np.arange(245, 256))) < spectrum[250] * 10 ** (-60 / 20)


def test_sound_waits_in_its_order_however_it_comes_and_goes() -> None:
    rng = np.random.default_rng(5)
    waiting, came, went = Waiting(50), 0, 0
    for _ in range(400):
        count = int(rng.integers(0, 60))
        waiting.add(np.arange(came, came + count, dtype=np.int16))
        came += count
        sound = waiting.take(int(rng.integers(0, 60)))
        assert np.array_equal(sound, np.arange(went, went + len(sound)))
        went += len(sound)
        assert len(waiting) == came - went


def test_silence_goes_first_where_it_is_wanted() -> None:
    waiting = Waiting(10)
    waiting.add(np.array([1, 2], np.int16))
    waiting.put_silence_first(3)
    waiting.add_silence(1)
    assert waiting.take(99).tolist() == [0, 0, 0, 1, 2, 0]
