"""How well pitch, pace and loudness stand a telephone line, how often an octave is lost, and what it all costs.

Recorded voices are measured as they are at 16 kHz and as they arrive at 8 kHz (300 to 3400 Hz, G.711 A-law, lost
packets, noise), with the same decision who speaks; artificial voices have a pitch and a number of syllables that are
known exactly. With espeak-ng installed its speech is counted as well. ``--agent praat`` finds pitch with Praat, where
the package praat-parselmouth is installed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.figures import table
from phoneetiquette.speech import CallMeasurement
from phoneetiquette.speech.pitch import PeriodFinder, PitchTrack
from phoneetiquette.speech.prosody_definitions import HOP_MS, PITCH_HZ, WINDOW_MS
from phoneetiquette.speech.voice import Voice
from phoneetiquette.speech.windows import Windows
from tests.peers.artificial_voice import Curve, at_level, glide, noise, spoken, sung, telephone
from tests.peers.g711 import Samples

AGENTS = ("phoneetiquette",)
SPEECH = Path(__file__).parents[1] / "tests" / "data" / "speech"
MORE_SPEECH = Path(__file__).parent / "data"
"""The recordings of the other measurement benchmarks, where they are."""
WIDE_HZ, NARROW_HZ = 16000, 8000
LINES: dict[str, dict[str, float]] = {
    "G.711": {},
    "G.711, 2 % lost": {"lost": 0.02},
    "G.711, noise 20 dB below": {"snr_db": 20.0},
    "G.711, noise 10 dB below": {"snr_db": 10.0},
}
VOICES_HZ = ((75, 110), (90, 160), (110, 190), (140, 260), (180, 330), (250, 420))
SENTENCES = (
    (27, "Good morning, this is the reception desk of the grand hotel, my name is Anna, how can I help you today?"),
    (
        28,
        "I would like to book a double room for two nights, arriving on Friday evening and leaving on Sunday morning.",
    ),
    (
        31,
        "Unfortunately the restaurant closes at ten o'clock, but the kitchen can prepare a small meal for you until"
        " midnight.",
    ),
    (
        29,
        "The technician will come to your apartment on Wednesday between nine and eleven, somebody has to be at home.",
    ),
)
"""With the syllables that they have."""

Flags = NDArray[np.bool_]
Track = NDArray[np.float64]
"""Pitch in hertz every 10 ms; not a number where there is none."""


class Tracker(Protocol):
    """Finds the pitch of a sound, every 10 ms."""

    def __call__(self, sound: Samples, rate_hz: int) -> Track: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--speech",
        type=Path,
        nargs="+",
        default=[SPEECH, MORE_SPEECH],
        help="folders of mono FLAC or WAV files at 16 kHz",
    )
    parser.add_argument("--longest", type=float, default=15.0, help="seconds measured of each")


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """``phoneetiquette``, or ``praat``, which finds pitch alone."""
    if name not in ("phoneetiquette", "praat"):
        raise SystemExit(f"unknown agent {name!r} (known: phoneetiquette, praat)")
    ours = name == "phoneetiquette"
    tracker = _ours if ours else _praat
    result: dict[str, Any] = {"agent": name, "octaves": _octaves(tracker)}
    if ours:
        result |= {
            "lines": _lines(list(_clips(options.speech, options.longest))),
            "counts": list(_counts()),
            "speed": _speed(),
        }
    return result


def report(results: list[dict[str, Any]]) -> str:
    parts = []
    for result in results:
        if "lines" in result:
            rows = [[line, *(_spread(values) for values in found.values())] for line, found in result["lines"].items()]
            names = ["line", *next(iter(result["lines"].values()))]
            parts.append(
                f"{result['agent']}: against the same voice at 16 kHz, median / p90 / largest\n\n{table(names, rows)}"
            )
        rows = [
            [line, f"{found['wrong']:.2%}", f"{found['off_st']:.2f}", f"{found['share']:.0%}"]
            for line, found in result["octaves"].items()
        ]
        head = ["artificial voices", "more than 3 semitones off", "median error (st)", "windows with a pitch"]
        parts.append(f"{result['agent']}: pitch that is known\n\n{table(head, rows)}")
        if "counts" in result:
            head = ["speech", "syllables", "counted", "through G.711", "error"]
            rows = [
                [what, there, wide, narrow, f"{narrow / there - 1:+.1%}"]
                for what, there, wide, narrow in result["counts"]
            ]
            parts.append(f"syllables that are known\n\n{table(head, rows)}")
        if "speed" in result:
            head = ["two channels at 8 kHz", "times real time", "CPU ms a second"]
            parts.append(
                table(head, [[what, f"{1000 / cost:.0f}", f"{cost:.2f}"] for what, cost in result["speed"].items()])
            )
    return "\n\n".join(parts)


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    return {f"wrong pitch, {line}": found["wrong"] for line, found in result["octaves"].items()}


# ------------------------------------------------------------------------------------------------ through a line


def _clips(folders: list[Path], longest_s: float) -> Iterator[tuple[str, Samples]]:
    """Each recording once, wherever else it lies."""
    paths = {path.stem: path for folder in folders for kind in ("flac", "wav") for path in folder.rglob(f"*.{kind}")}
    for _, path in sorted(paths.items()):
        info = soundfile.info(path)
        if info.channels == 1 and info.samplerate == WIDE_HZ and info.duration >= 3 and "noise" not in path.name:
            sound, _ = soundfile.read(path, dtype="float64", frames=int(longest_s * WIDE_HZ))
            yield path.stem, at_level(sound, -26)


def _loud(sound: Samples, rate_hz: int) -> Flags:
    """Where somebody speaks on a recording without noise, pauses under 200 ms bridged."""
    frame = rate_hz // 50
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame).astype(float)
    levels = 10 * np.log10(np.mean(frames**2, axis=1) + 1)
    return np.asarray(np.convolve(levels > np.percentile(levels, 95) - 30, np.ones(9), "same") > 0)


def _figures(sound: Samples, rate_hz: int, speech: Flags) -> dict[str, Any]:
    voice = Voice(rate_hz)
    count = min(len(sound) * 50 // rate_hz, len(speech))
    voice.take(sound[: count * rate_hz // 50], speech[:count])
    voice.finish()
    return voice.figures()


def _lines(clips: list[tuple[str, Samples]]) -> dict[str, dict[str, list[float]]]:
    differences: dict[str, dict[str, list[float]]] = {}
    for number, (_, sound) in enumerate(clips):
        speech = _loud(sound, WIDE_HZ)
        wide = _figures(sound, WIDE_HZ, speech)
        for line, harm in LINES.items():
            dirty = sound
            if "snr_db" in harm:
                dirty = sound + noise(len(sound), -26 - harm["snr_db"], seed=number)
            heard = telephone(dirty, WIDE_HZ, lost=harm.get("lost", 0.0), seed=number)
            narrow = _figures(heard, NARROW_HZ, speech)
            found = differences.setdefault(
                line, {"movement (st)": [], "range (st)": [], "median (st)": [], "pace (%)": [], "loudness (dB)": []}
            )
            if wide["pitch"] and narrow["pitch"]:
                found["movement (st)"].append(narrow["pitch"]["sd_st"] - wide["pitch"]["sd_st"])
                found["range (st)"].append(narrow["pitch"]["range_st"] - wide["pitch"]["range_st"])
                ratio = narrow["pitch"]["median_hz"] / wide["pitch"]["median_hz"]
                found["median (st)"].append(12 * float(np.log2(ratio)))
            if wide["pace_syll_per_s"] and narrow["pace_syll_per_s"]:
                found["pace (%)"].append(100 * (narrow["pace_syll_per_s"] / wide["pace_syll_per_s"] - 1))
            if wide["loudness_dbfs"] is not None and narrow["loudness_dbfs"] is not None:
                found["loudness (dB)"].append(narrow["loudness_dbfs"] - wide["loudness_dbfs"])
    return differences


def _spread(values: list[float]) -> str:
    if not values:
        return "-"
    apart = np.abs(values)
    return f"{np.median(apart):.2f} / {np.percentile(apart, 90):.2f} / {apart.max():.2f} ({len(apart)})"


# ------------------------------------------------------------------------------------------------ known pitch


def _ours(sound: Samples, rate_hz: int) -> Track:
    """Every window that is followed, as it is settled: before the strong ones are chosen."""
    windows, finder, track = Windows(rate_hz), PeriodFinder(), PitchTrack()
    frames = len(sound) * 50 // rate_hz
    power = windows.take(sound[: frames * rate_hz // 50], np.ones(frames, np.bool_))
    for start in range(0, len(power), 100):
        track.take(finder.candidates(power[start : start + 100]))
    track.end_run()
    found = np.full(len(power), np.nan)
    for window, semitones, _ in track.drain():
        found[window] = PITCH_HZ[0] * 2 ** (semitones / 12)
    return found


def _praat(sound: Samples, rate_hz: int) -> Track:
    import parselmouth  # not among the dependencies: a peer, where it is installed

    there = parselmouth.Sound(sound.astype(float) / 2**15, float(rate_hz))
    pitch = there.to_pitch_ac(time_step=HOP_MS / 1000, pitch_floor=float(PITCH_HZ[0]), pitch_ceiling=float(PITCH_HZ[1]))
    middles = (np.arange(len(sound) * 100 // rate_hz) + 1) * HOP_MS / 1000 - WINDOW_MS / 2000
    return np.array([pitch.get_value_at_time(at) for at in middles])


def _octaves(tracker: Tracker) -> dict[str, dict[str, float]]:
    lines: dict[str, list[tuple[Track, Curve]]] = {name: [] for name in ("16 kHz", *LINES)}
    for number, (low_hz, high_hz) in enumerate(VOICES_HZ):
        pitch = glide(low_hz, high_hz, 10.0, WIDE_HZ)
        sound = at_level(sung(pitch, "aeiouaeoiu", WIDE_HZ), -26)
        middles = (np.arange(len(sound) // 160) + 1) * 160 - WINDOW_MS * WIDE_HZ // 2000
        known = pitch[np.maximum(middles, 0)]
        lines["16 kHz"].append((tracker(sound, WIDE_HZ), known))
        for line, harm in LINES.items():
            dirty = sound + noise(len(sound), -26 - harm["snr_db"], seed=number) if "snr_db" in harm else sound
            heard = telephone(dirty, WIDE_HZ, lost=harm.get("lost", 0.0), seed=number)
            lines[line].append((tracker(heard, NARROW_HZ), known))
    return {line: _errors(pairs) for line, pairs in lines.items()}


def _errors(pairs: list[tuple[Track, Curve]]) -> dict[str, float]:
    apart, there = [], 0
    for found, known in pairs:
        count = min(len(found), len(known))
        off = np.abs(12 * np.log2(found[:count] / known[:count]))
        apart.append(off[np.isfinite(off)])
        there += count
    off = np.concatenate(apart)
    return {"wrong": float(np.mean(off > 3)), "off_st": float(np.median(off)), "share": len(off) / there}


# ------------------------------------------------------------------------------------------------ known syllables


def _counts() -> Iterator[tuple[str, int, float, float]]:
    """What is spoken, syllables in it, those counted at 16 kHz and through the line."""
    for per_second in (2.5, 4.0, 5.5):
        sounds = [
            (40, at_level(spoken(40, per_second, WIDE_HZ, pitch_hz=hz, seed=n), -26))
            for n, hz in enumerate((110, 160, 220))
        ]
        yield _counted(f"artificial, {per_second:g} a second", sounds)
    if shutil.which("espeak-ng") is None:
        return
    for words_per_minute in (120, 160, 200, 240):
        sounds = [
            (syllables, _said(text, voice, words_per_minute))
            for syllables, text in SENTENCES
            for voice in ("en-us", "en-us+f3", "en-gb+m3")
        ]
        yield _counted(f"espeak-ng, {words_per_minute} words a minute", sounds)


def _said(text: str, voice: str, words_per_minute: int) -> Samples:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "-w", file.name, text]
        subprocess.run(command, check=True, timeout=30)
        sound, rate_hz = soundfile.read(file.name)
    return at_level(soxr.resample(sound, rate_hz, WIDE_HZ), -26)


def _counted(what: str, sounds: list[tuple[int, Samples]]) -> tuple[str, int, float, float]:
    wide = narrow = 0.0
    for _, sound in sounds:
        speech = _loud(sound, WIDE_HZ)
        spoken_s = float(speech.sum()) / 50
        wide += (_figures(sound, WIDE_HZ, speech)["pace_syll_per_s"] or 0.0) * spoken_s
        narrow += (_figures(telephone(sound, WIDE_HZ), NARROW_HZ, speech)["pace_syll_per_s"] or 0.0) * spoken_s
    return what, sum(there for there, _ in sounds), round(wide), round(narrow)


# ------------------------------------------------------------------------------------------------ what it costs


def _speed() -> dict[str, float]:
    """CPU milliseconds for a second of a two-channel call, of which both together speak three quarters."""
    call, rate_hz = soundfile.read(SPEECH / "auto_repairs_40_part.flac", dtype="int16")
    call = np.tile(call, (4, 1))
    seconds = len(call) / rate_hz
    parties = [np.ascontiguousarray(call[:, party]) for party in (0, 1)]
    measurement = CallMeasurement(rate_hz)
    began = time.process_time()
    for start in range(0, len(call), rate_hz):
        measurement.feed(*(party[start : start + rate_hz] for party in parties))
        measurement.measures()
    measurement.finish()
    everything = time.process_time() - began
    speech = [_loud(party, rate_hz) for party in parties]
    began = time.process_time()
    for party, flags in zip(parties, speech, strict=True):
        _figures(party, rate_hz, flags)
    voices = time.process_time() - began
    return {"everything, live": 1000 * everything / seconds, "of it pitch, pace, loudness": 1000 * voices / seconds}
