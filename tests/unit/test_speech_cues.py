"""What the decision rests on: bandwidth, spectra, levels that forget, and the prediction of a leak."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from phoneetiquette.speech.canceller import Canceller, Cleaned
from phoneetiquette.speech.cues import CUES, PERIOD_FRAMES, Cues, Learnt
from phoneetiquette.speech.foreground import Foreground
from phoneetiquette.speech.histograms import Histograms
from phoneetiquette.speech.leak import Leak
from phoneetiquette.speech.narrowband import Decimator
from phoneetiquette.speech.reliability import doubts
from phoneetiquette.speech.spectrum import BAND_EDGES, BANDS, FLOOR_DB, FRAME, LAST_BIN, Analyser, Spectrum

Floats = NDArray[np.float64]
Samples = NDArray[np.int16]


def tone(hertz: float, rate_hz: int = 8000, seconds: float = 1.0, amplitude: float = 8000.0) -> Samples:
    times = np.arange(round(rate_hz * seconds)) / rate_hz
    sound: Samples = np.round(amplitude * np.sin(2 * np.pi * hertz * times)).astype(np.int16)
    return sound


def both(sound: Samples) -> Samples:
    return np.stack((sound, sound))


@pytest.mark.parametrize(("hertz", "gain_db"), [(300, 0), (1000, 0), (3400, 0), (4700, -60), (6000, -60)])
def test_the_telephone_band_stays_and_the_rest_goes(hertz: float, gain_db: float) -> None:
    narrow = Decimator().take(both(tone(hertz, 16000)))[0, 200:]
    level = 20 * np.log10(np.std(narrow) / (8000 / np.sqrt(2)) + 1e-6)
    assert level == pytest.approx(gain_db, abs=0.2) if gain_db == 0 else level < gain_db + 2


@pytest.mark.parametrize("cut", [2, 100, 1602])
def test_where_the_sound_is_cut_does_not_matter_to_the_decimator(cut: int) -> None:
    sound = np.random.default_rng(1).integers(-32768, 32768, (2, 4000)).astype(np.int16)
    whole, parts = Decimator().take(sound), Decimator()
    assert np.array_equal(np.concatenate((parts.take(sound[:, :cut]), parts.take(sound[:, cut:])), axis=1), whole)


def spectrum_of(sound: Samples) -> Spectrum:
    return Analyser().take(both(sound[: len(sound) // FRAME * FRAME]))


def test_levels_are_decibels_below_full_scale() -> None:
    spectrum = spectrum_of(tone(1000, amplitude=32767))
    assert spectrum.level_db[0, 5] == pytest.approx(0, abs=0.1)
    band = int(np.searchsorted(BAND_EDGES, 1000 / 31.25, side="right")) - 1
    assert spectrum.bands_db[0, 5].argmax() == band
    assert spectrum_of(np.zeros(1600, np.int16)).level_db == pytest.approx(FLOOR_DB, abs=0.01)


def test_mains_hum_is_hardly_heard() -> None:
    assert spectrum_of(tone(50)).level_db[0, 5] < spectrum_of(tone(300)).level_db[0, 5] - 14


def test_a_tone_is_narrow_noise_is_broad_and_a_voice_has_a_period() -> None:
    rng = np.random.default_rng(2)
    noise = spectrum_of(rng.normal(0, 3000, 8000).astype(np.int16))
    pulses = np.zeros(8000)
    pulses[::64] = 20000  # a voice of 125 Hz
    voice = spectrum_of(pulses.astype(np.int16))
    assert spectrum_of(tone(440)).breadth[0, 5:].max() < 0.5 < 1.4 < noise.breadth[0, 5:].min()
    assert noise.periodicity[0, 5:].max() < 0.35 < 0.45 < voice.periodicity[0, 5:].min()


def histograms(rows: int = 1, memory: float = 1000.0) -> Histograms:
    return Histograms(low=-80, step=1, bins=80, memory=(memory,) * rows, priors=((-40, 5, 10),) * rows)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_quantiles_are_those_of_the_values(share: float) -> None:
    values = np.random.default_rng(3).normal(-30, 6, (2, 900))
    known = histograms(2, 1e6)
    known.add(values, np.ones_like(values, np.bool_))
    found = known.quantiles(np.array((share,)))[:, 0]
    assert found == pytest.approx(np.quantile(values, share, axis=1), abs=0.6)
    assert known.seen.tolist() == [900, 900]


def test_before_anything_was_seen_the_prior_is_believed_and_then_forgotten() -> None:
    known, middle = histograms(memory=100), np.array((0.5,))
    assert known.quantiles(middle)[0, 0] == pytest.approx(-40, abs=0.5)
    known.add(np.full((1, 50), -20.5), np.ones((1, 50), np.bool_))
    assert known.quantiles(middle)[0, 0] == pytest.approx(-20.5, abs=0.6)
    known.add(np.full((1, 300), -60.5), np.ones((1, 300), np.bool_))
    assert known.quantiles(middle)[0, 0] == pytest.approx(-60.5, abs=0.6)


def test_only_what_is_kept_counts_and_the_outermost_bins_take_the_rest() -> None:
    known = histograms()
    known.add(np.array([[-500.0, 500.0, -20.5]]), np.array([[False, True, True]]))
    assert known.seen.tolist() == [2]
    assert known.quantiles(np.array((0.999,)))[0, 0] > -1


ROWS = 3


def talk(frames: int, seed: int) -> Floats:
    """Levels of somebody who speaks in bursts, frames x rows."""
    rng = np.random.default_rng(seed)
    bursts = np.repeat(rng.random(frames // 8 + 1) < 0.6, 8)[:frames]
    levels: Floats = np.where(bursts[:, None], rng.uniform(-35, -15, (frames, 1)), -70.0) + np.zeros((1, ROWS))
    return levels


def test_the_gain_of_what_leaks_is_learnt_in_each_band() -> None:
    customer = talk(1500, 4)
    gain = np.array((-15.0, -20.0, -25.0))
    agent = np.maximum(np.roll(customer, 5, axis=0) + gain, -75.0)
    leak = Leak(ROWS)
    for start in range(0, 1500, PERIOD_FRAMES):
        levels = np.stack((agent, customer))[:, start : start + PERIOD_FRAMES]
        echoes = leak.echoes(levels, np.tile([[5], [-1]], PERIOD_FRAMES))
        predicted = leak.predict(echoes)
        leak.learn(levels, echoes, np.array((-30.0, -25.0)))
    loud = levels[0, :, 0] > -50
    assert loud.any()
    assert np.abs(predicted[0] - levels[0])[loud].mean() < 8


def voices(seconds: float, seed: int) -> Samples:
    """Two parties who speak in bursts of coloured noise, each when it likes: 2 x samples at 8 kHz."""
    rng = np.random.default_rng(seed)
    count = round(seconds * 8000)
    white = rng.normal(0, 1500, (2, count))
    coloured = white[:, 1:] + 0.8 * white[:, :-1]
    bursts = np.repeat(rng.random((2, count // 3000 + 1)) < 0.5, 3000, axis=1)[:, : count - 1]
    sound: Samples = np.pad(np.rint(coloured * bursts), ((0, 0), (1, 0))).astype(np.int16)
    return sound


def echoed(sound: Samples, delay: int, gain: float) -> Samples:
    """The customer's voice in the agent's channel, with one reflection, over a little noise."""
    leaked = np.roll(sound[1], delay) * gain + np.roll(sound[1], delay + 300) * gain / 3
    noise = np.random.default_rng(1).normal(0, 5, sound.shape)
    mixed = sound + noise
    mixed[0] += leaked
    rounded: Samples = np.rint(mixed).astype(np.int16)
    return rounded


@pytest.mark.parametrize("delay", [60, 400, 1000, 2300])
def test_a_leak_is_found_and_taken_out(delay: int) -> None:
    sound = voices(40, 3)
    heard = echoed(sound, delay, 0.1)
    cleaned = Canceller().take(heard)
    late = slice(160_000, None)
    alone = (sound[0, late] == 0) & (np.roll(sound[1], delay)[late] != 0)
    before, after = (np.std(one[0, late][alone].astype(np.float64)) for one in (heard, cleaned.samples))
    assert after < before / 3
    assert cleaned.lags[0, -1] >= 0
    assert cleaned.likeness[0, -1] > 0.3
    own = sound[0, late] != 0
    error = cleaned.samples[0, late][own].astype(np.float64) - sound[0, late][own]
    assert np.std(error) < 0.15 * np.std(sound[0, late][own].astype(np.float64))
    assert change(cleaned.samples[1], heard[1]) < 0.01


def test_where_nothing_leaks_nothing_is_touched() -> None:
    sound = voices(30, 5)
    cleaned = Canceller().take(sound)
    assert change(cleaned.samples, sound) < 0.01
    assert cleaned.likeness.max() < 0.3


def change(cleaned: Samples, before: Samples) -> float:
    """Power of the difference, relative."""
    wide = before.astype(np.float64)
    return float(np.mean((cleaned - wide) ** 2) / np.mean(wide**2))


def test_the_canceller_does_the_same_in_any_pieces() -> None:
    heard = echoed(voices(10, 6), 400, 0.2)
    whole, pieces = Canceller().take(heard), Canceller()
    cuts = (0, 800, 1600, 8000, 24_000, 80_000)
    parts = [pieces.take(heard[:, start:end]) for start, end in pairwise(cuts)]
    assert np.array_equal(np.concatenate([one.samples for one in parts], axis=1), whole.samples)
    assert not np.array_equal(whole.samples, heard)


def test_cues_and_decisions_do_not_depend_on_the_pieces() -> None:
    rng = np.random.default_rng(7)
    frames = 60
    spectrum = Analyser().take((rng.normal(0, 2000, (2, frames * FRAME))).astype(np.int16))
    voiced = rng.random((2, frames)) < 0.5
    cleaned = Cleaned(np.zeros((2, 0), np.int16), np.full((2, frames), 3), np.full((2, frames), 0.5))
    whole = Cues().take(spectrum, voiced, cleaned)
    decided = Foreground().take(whole)
    assert whole.shape == (2, frames, CUES)
    cues, foreground, cut = Cues(), Foreground(), (0, 5, 10, 35, 60)
    for start, end in pairwise(cut):
        part = slice(start, end)
        piece = Spectrum(
            bands_db=spectrum.bands_db[:, part],
            level_db=spectrum.level_db[:, part],
            periodicity=spectrum.periodicity[:, part],
            breadth=spectrum.breadth[:, part],
        )
        found = cues.take(piece, voiced[:, part], replace(cleaned, lags=cleaned.lags[:, part]))
        assert np.array_equal(found, whole[:, part])
        assert np.array_equal(foreground.take(found), decided[:, part])
    assert spectrum.bands_db.shape == (2, frames, BANDS)
    assert BAND_EDGES[-1] < LAST_BIN


def learnt(**changes: tuple[float, float]) -> Learnt:
    usual: dict[str, tuple[float, float]] = {
        "sound_frames": (3000, 3000),
        "speech_frames": (1000, 1000),
        "speech_dbfs": (-20.0, -20.0),
        "leak_db": (-35.0, -35.0),
        "likeness": (0.1, 0.1),
    }
    return Learnt(**(usual | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (learnt(), ""),
        (learnt(likeness=(0.99, 0.99), leak_db=(0.0, 0.0)), "both channels carry the same sound"),
        (learnt(likeness=(0.95, 0.6), leak_db=(-15.0, 3.0)), "both channels carry the same sound"),
        (learnt(likeness=(0.9, 0.7), leak_db=(-25.0, 0.0)), ""),
        (learnt(likeness=(0.6, 0.5), leak_db=(-4.0, -20.0)), "the customer's voice is nearly as loud as the agent's"),
        (learnt(likeness=(0.6, 0.5), leak_db=(-9.0, -20.0)), ""),
        (learnt(sound_frames=(3000, 0)), "nothing at all is heard on the customer's channel"),
        (learnt(sound_frames=(0, 0)), ""),
        (learnt(sound_frames=(90, 90), likeness=(1.0, 1.0), leak_db=(0.0, 0.0)), ""),
    ],
)
def test_when_the_legs_cannot_be_told_apart(seen: Learnt, reason: str) -> None:
    found = doubts(seen, 60.0)
    assert [one[: len(reason)] for one in found] == ([reason] if reason else [])


def test_half_a_minute_is_waited_for_the_first_sound() -> None:
    assert doubts(learnt(sound_frames=(0, 3000)), 29.0) == []
