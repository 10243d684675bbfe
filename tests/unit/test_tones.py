"""Generated tones, measured from their samples: cadence, frequencies, level, loops, length."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from phoneetiquette.audio import tones
from phoneetiquette.etiquette.cadence import Cadence, Country, countries, country

Array = npt.NDArray[np.int16]

RATES = (8000, 16000)
"""Rates of the bridge; at both a millisecond is a whole number of samples."""
SIX = ("US", "GB", "DE", "AT", "FR", "JP")
EVERY = tuple(countries())


def bursts(samples: Array, rate_hz: int) -> list[tuple[int, int]]:
    """First sample and one past the last of each stretch of sound; a pause is at least 20 ms of pure zeros."""
    sounding = np.flatnonzero(samples)
    cuts = np.flatnonzero(np.diff(sounding) > rate_hz // 50)
    firsts = [sounding[0], *sounding[cuts + 1]]
    lasts = [*sounding[cuts], sounding[-1]]
    return [(int(first), int(last) + 1) for first, last in zip(firsts, lasts, strict=True)]


def expected(cadence: Cadence, rate_hz: int) -> list[tuple[int, int]]:
    return [(start * rate_hz // 1000, end * rate_hz // 1000) for start, end in cadence.bursts_ms]


def peaks_hz(samples: Array, rate_hz: int, below_db: float = 12.0) -> list[float]:
    """Frequencies of the spectrum's peaks that are less than ``below_db`` under the highest."""
    length = rate_hz * 4
    size = abs(np.fft.rfft(samples * np.hanning(len(samples)), length))
    inner = size[1:-1]
    top = (inner >= size[:-2]) & (inner > size[2:]) & (inner > size.max() * 10 ** (-below_db / 20))
    return [float(at + 1) * rate_hz / length for at in np.flatnonzero(top)]


def level_dbfs(samples: Array) -> float:
    return float(20 * np.log10(np.sqrt(np.mean((samples / 32767.0) ** 2))))


@pytest.mark.parametrize("code", EVERY)
def test_ringback_keeps_the_cadence_to_the_sample(code: str) -> None:
    cadence = country(code).ringback.cadence
    cycle = tones.ringback_cycle(country(code), 8000)
    assert cycle.dtype == np.int16
    assert len(cycle) == sum(cadence.on_off_ms) * 8
    assert bursts(cycle, 8000) == expected(cadence, 8000)


@pytest.mark.parametrize("make", [tones.ringback_cycle, tones.bell, tones.soft_bell])
@pytest.mark.parametrize("code", EVERY)
def test_at_the_high_rate_a_burst_may_end_in_a_zero_crossing(code: str, make: Callable[[Country, int], Array]) -> None:
    """The last sample of a burst can round to zero where the tone crosses it: its end is good to two samples."""
    entry = country(code)
    cadence = entry.ringback.cadence if make is tones.ringback_cycle else entry.alerting
    cycle = make(entry, 16000)
    assert len(cycle) == sum(cadence.on_off_ms) * 16
    found = bursts(cycle, 16000)
    wanted = expected(cadence, 16000)
    assert [start for start, _ in found] == [start for start, _ in wanted]
    assert all(0 <= end - heard <= 2 for (_, heard), (_, end) in zip(found, wanted, strict=True))


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("code", EVERY)
def test_ringback_has_the_frequencies_of_the_country(code: str, rate_hz: int) -> None:
    tone = country(code).ringback
    start, end = expected(tone.cadence, rate_hz)[0]
    found = peaks_hz(tones.ringback_cycle(country(code), rate_hz)[start:end], rate_hz)
    sidebands = {0, -tone.mod_hz, tone.mod_hz}
    assert found == pytest.approx(sorted(f + side for f in tone.freq_hz for side in sidebands), abs=1)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("code", SIX)
def test_ringback_level(code: str, rate_hz: int) -> None:
    cadence = country(code).ringback.cadence
    cycle = tones.ringback_cycle(country(code), rate_hz)
    ramp = rate_hz * tones.RAMP_MS // 1000
    for start, end in expected(cadence, rate_hz):
        assert level_dbfs(cycle[start + ramp : end - ramp]) == pytest.approx(-18, abs=0.1)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("code", EVERY)
def test_ringback_repeats_and_switches_without_a_click(code: str, rate_hz: int) -> None:
    """No step from one sample to the next, seam of the loop and edges included, exceeds those of the steady tone."""
    cycle = tones.ringback_cycle(country(code), rate_hz)
    steps = abs(np.diff(np.concatenate([cycle, cycle]).astype(int)))
    start, _ = expected(country(code).ringback.cadence, rate_hz)[0]
    steady = steps[start + rate_hz // 50 : start + rate_hz * 3 // 10]
    assert steps.max() <= steady.max() + 1
    assert cycle[-1] == 0


def test_a_cadence_that_no_rate_divides_stays_as_long_as_it_is() -> None:
    """44.1 samples a millisecond: the cycle is rounded once, not burst by burst."""
    costa_rica = country("CR")
    assert costa_rica.ringback.cadence.on_off_ms == (1203, 4900)
    cycle = tones.ringback_cycle(costa_rica, 44100)
    assert len(cycle) == round(6.103 * 44100)
    assert abs(bursts(cycle, 44100)[0][1] - 1.203 * 44100) < 5


@pytest.mark.parametrize("code", SIX)
def test_the_bell_has_two_gongs_a_third_apart(code: str) -> None:
    cycle = tones.bell(country(code), 16000)
    start, end = expected(country(code).alerting, 16000)[0]
    spectrum = abs(np.fft.rfft(cycle[start:end] * np.hanning(end - start)))
    hz = np.fft.rfftfreq(end - start, 1 / 16000)
    low, high = (
        float(hz[band][spectrum[band].argmax()]) for band in ((hz > 900) & (hz < 1080), (hz > 1080) & (hz < 1300))
    )
    assert high / low == pytest.approx(5 / 4, rel=0.03)
    gongs = spectrum[(hz > 900) & (hz < 1300)]
    assert np.sum(gongs**2) > 0.6 * np.sum(spectrum**2)


def test_the_bell_rings_in_the_alerting_cadence_not_in_the_ringbacks() -> None:
    mexico = country("MX")
    assert (mexico.ringback.cadence.on_off_ms, mexico.alerting.on_off_ms) == ((1000, 4000), (2000, 4000))
    assert len(tones.bell(mexico, 8000)) == 6 * 8000
    assert len(tones.ringback_cycle(mexico, 8000)) == 5 * 8000


def test_the_soft_bell_is_18_db_softer() -> None:
    loud, soft = (make(country("AT"), 16000)[:16000] for make in (tones.bell, tones.soft_bell))
    assert level_dbfs(loud) - level_dbfs(soft) == pytest.approx(18, abs=0.2)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize(
    ("make", "length_ms", "notes_hz"),
    [
        (tones.armed_tone, 1000, [440]),
        (tones.warning_tone, 450, [660, 880, 1100]),
        (tones.lost_tone, 720, [880, 660, 440]),
        (tones.hold_tone, 5000, [523, 392]),
        (tones.beep, 400, [1000]),
    ],
)
def test_signals_have_their_length_and_notes(
    make: Callable[[int], Array], length_ms: int, notes_hz: list[int], rate_hz: int
) -> None:
    samples = make(rate_hz)
    assert len(samples) == length_ms * rate_hz // 1000
    found = [peaks_hz(samples[start:end], rate_hz) for start, end in bursts(samples, rate_hz)]
    assert [len(note) for note in found] == [1] * len(notes_hz)
    assert [note[0] for note in found] == pytest.approx(notes_hz, abs=2)
    steps = abs(np.diff(np.concatenate([samples, samples]).astype(int)))
    assert steps.max() < 1.05 * 2 * np.pi * max(notes_hz) / rate_hz * abs(samples.astype(int)).max() + 1


def test_signals_are_told_apart_by_level() -> None:
    """The tone of waiting is soft, the warning that the headset opens is not."""
    armed, warning = tones.armed_tone(16000), tones.warning_tone(16000)
    assert abs(armed).max() * 4 < abs(warning).max()


def test_a_written_file_holds_the_samples(tmp_path: Path) -> None:
    file = tmp_path / "beep.wav"
    tones.write_wav(file, tones.beep(16000), 16000)
    with wave.open(str(file), "rb") as written:
        assert (written.getnchannels(), written.getsampwidth(), written.getframerate()) == (1, 2, 16000)
        assert np.array_equal(np.frombuffer(written.readframes(10**6), "<i2"), tones.beep(16000))
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_no_part(tmp_path: Path) -> None:
    file = tmp_path / "beep.wav"
    tones.write_wav(file, tones.beep(8000), 8000)
    before = file.read_bytes()
    with pytest.raises(wave.Error):
        tones.write_wav(file, tones.beep(8000), 0)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("data", [b"", b"RIFF", b"no sound at all, but some words", b"odd"])
def test_what_is_no_sound_is_an_os_error(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "beep.wav"
    if data == b"odd":
        tones.write_wav(file, tones.beep(8000), 8000)
        data = file.read_bytes()[:-1]
    file.write_bytes(data)
    with pytest.raises(OSError, match=r"beep\.wav is empty or broken"):
        tones.read_wav(file)
