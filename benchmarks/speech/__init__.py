"""The measurement of calls against exactly known truth: interruptions, talk, overlap, silence, speech activity, speed.

Calls are put together from clips (benchmarks/data) and rendered in seventeen conditions; the same go to every program.
Detectors of others get our definition of an interruption ("floor") or the usual rule ("300 ms"). Figures are means over
the calls; F1 counts an interruption as found if its beginning is right within 0.5 s and the party is.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from statistics import fmean
from typing import Any

import numpy as np
import soxr

from benchmarks.figures import table
from benchmarks.speech.activity import CELLS, items
from benchmarks.speech.clips import RATE_HZ, material
from benchmarks.speech.dialogue import Dialogue, converse
from benchmarks.speech.line import OTHER, STANDARD, Condition, Recording, render
from benchmarks.speech.programs import HOW_TO_GET_PEERS, PROGRAMS, AbsentError, Program, measured, program
from benchmarks.speech.scoring import Confusion, Score, total

AGENTS = tuple(PROGRAMS)
PARTS = ("calls", "other", "activity", "speed")
LIVE_BLOCK = 160
"""20 ms at 8 kHz: as the seat feeds its measurement."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=6, help="calls in each condition")
    parser.add_argument("--seconds", type=float, default=150.0, help="length of a call")
    parser.add_argument("--seed", type=int, default=1, help="other seeds are other calls")
    parser.add_argument("--only", action="append", choices=PARTS, help="part of the benchmark; repeat (default: all)")


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    try:
        competitor = program(name)
    except AbsentError as error:
        print(f"{name}: absent: {error} ({HOW_TO_GET_PEERS})", file=sys.stderr)
        return {"agent": name, "absent": str(error)}
    except KeyError:
        raise SystemExit(f"unknown program {name!r} (known: {', '.join(PROGRAMS)})") from None
    print(f"{name} ...", file=sys.stderr, flush=True)
    parts = options.only or PARTS
    result: dict[str, Any] = {"agent": name}
    if "calls" in parts:
        scores = {one.name: _score(competitor, one, options) for one in STANDARD}
        result["calls"] = {name: score.figures() for name, score in scores.items()}
        result["all"] = total(list(scores.values())).figures()
    if "other" in parts:
        result["other"] = {one.name: _score(competitor, one, options).figures() for one in OTHER}
    if "calls" in parts and name == AGENTS[0]:
        result["live"] = _live_as_offline(options)
    if "activity" in parts and competitor.detect is not None:
        result["activity"] = _activity(competitor, options)
    if "speed" in parts:
        result["speed"] = _speed(competitor, options)
    return result


def calls(condition: Condition, options: argparse.Namespace) -> Iterable[tuple[Dialogue, Recording]]:
    """Truth and recording of each call of a condition."""
    return (call(condition, options.seconds, options.seed * 1000 + number) for number in range(options.calls))


@cache
def call(condition: Condition, seconds: float, seed: int) -> tuple[Dialogue, Recording]:
    """Truth (without its sound) and recording of a call. Kept for the next program: 5 MB for 150 s."""
    stock = material()
    dialogue = converse(stock, seconds, seed, condition.interludes)
    return replace(dialogue, sound=np.zeros((2, 0))), render(dialogue, condition, stock, seed)


def _score(competitor: Program, condition: Condition, options: argparse.Namespace) -> Score:
    score = Score()
    for truth, recording in calls(condition, options):
        score.add(truth, competitor.measure(recording))
    return score


def _live_as_offline(options: argparse.Namespace) -> dict[str, Any]:
    """How many verdicts told while a call went on are those of its recording."""
    same = told = 0
    for condition in STANDARD:
        for _, recording in calls(condition, options):
            facts, _ = measured(recording.agent, recording.customer, RATE_HZ, LIVE_BLOCK)
            _, report = measured(recording.agent, recording.customer, RATE_HZ)
            live = [
                (one.by, round(one.start / RATE_HZ, 2), one.outcome)
                for one in facts
                if type(one).__name__ == "Interruption"
            ]
            offline = [(one["by"], round(one["start_s"], 2), one["outcome"]) for one in report["interruptions"] or ()]
            same += sum(verdict in offline for verdict in live)
            told += max(len(live), len(offline))
    return {"verdicts": told, "same": same / told if told else None}


def _activity(competitor: Program, options: argparse.Namespace) -> dict[str, float]:
    """Balanced accuracy in each cell."""
    assert competitor.detect is not None
    found = {}
    for cell in CELLS:
        confusion = Confusion()
        for channel, label in items(material(), cell, max(2, options.calls // 2), 60.0, options.seed):
            confusion.add(label, competitor.detect(channel, RATE_HZ)[: len(label)])
        found[str(cell)] = confusion.balanced_accuracy
    return found


def _speed(competitor: Program, options: argparse.Namespace) -> dict[str, float]:
    """How many times as fast as the call a program is on one core, by CPU time; the best of three."""
    speeds = {}
    recording = next(iter(calls(STANDARD[-1], options)))[1]
    for rate_hz in (8000, 16000):
        sound = recording
        if rate_hz != RATE_HZ:
            if competitor.detect is None:
                continue
            sound = Recording(
                *(soxr.resample(channel, RATE_HZ, rate_hz) for channel in (recording.agent, recording.customer))
            )

        def once(sound: Recording = sound, rate_hz: int = rate_hz) -> None:
            if rate_hz == RATE_HZ:
                competitor.measure(sound)
            elif competitor.detect is not None:
                competitor.detect(sound.agent, rate_hz)
                competitor.detect(sound.customer, rate_hz)

        took = []
        for _ in range(3):
            start = time.process_time()
            once()
            took.append(time.process_time() - start)
        speeds[f"{rate_hz // 1000} kHz"] = len(sound.agent) / rate_hz / min(took)
    return speeds


# ------------------------------------------------------------------------------------------------------------ report


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    whole = result.get("all") or {}
    return {"interruptions F1": whole.get("f1"), "talk error": whole.get("talk_error")}


def report(results: list[dict[str, Any]]) -> str:
    present = [result for result in results if "absent" not in result]
    parts = [
        _table(present, "calls", "f1", "Interruptions, F1", 2, whole="all"),
        _table(present, "calls", "talk_error", "Talk time, error in %", 1, 100, whole="all"),
        _table(present, "calls", "overlap_error_s", "Overlap, error in s a call", 1, whole="all"),
        _table(present, "calls", "silence_error_s", "Silence, error in s a call", 1, whole="all"),
        _false_table(present),
        _live(present),
        _table(present, "other", "f1", "Other conditions: interruptions, F1", 2),
        _table(present, "other", "talk_error", "Other conditions: talk time, error in %", 1, 100),
        _table(present, "other", "in_interludes_s", "Sounds of the line taken for speech, s a call", 1),
        _activity_table(present),
        _speed_table(present),
    ]
    absent = [f"{result['agent']}: absent: {result['absent']}" for result in results if "absent" in result]
    return "\n\n".join([*(part for part in parts if part), *absent])


def _table(
    results: list[dict[str, Any]], part: str, figure: str, title: str, digits: int, factor: float = 1, whole: str = ""
) -> str:
    having = [result for result in results if part in result]
    if not having:
        return ""
    columns = [name for name, figures in having[0][part].items() if figures[figure] is not None]
    rows = []
    for result in having:
        values = [result[part][name][figure] for name in columns]
        if whole:
            values.append(result[whole][figure])
        rows.append([result["agent"], *(_number(value, digits, factor) for value in values)])
    return f"{title}\n\n{table(['program', *columns, *(['all'] if whole else [])], rows)}"


def _number(value: float | None, digits: int, factor: float = 1) -> str | None:
    return None if value is None else f"{factor * value:.{digits}f}"


def _false_table(results: list[dict[str, Any]]) -> str:
    having = [result for result in results if "all" in result]
    kinds = sorted({what for result in having for what in result["all"]["false_at"]})
    if not kinds:
        return ""
    rows = [
        [result["agent"], result["all"]["true"], result["all"]["found"]]
        + [result["all"]["false_at"].get(what, 0) for what in kinds]
        for result in having
    ]
    return f"Found, and wrongly claimed, by what was there\n\n{table(['program', 'true', 'found', *kinds], rows)}"


def _live(results: list[dict[str, Any]]) -> str:
    live = next((result["live"] for result in results if "live" in result), None)
    if live is None or live["same"] is None:
        return ""
    return f"Live verdicts that are those of the recording: {live['same']:.1%} of {live['verdicts']}"


def _activity_table(results: list[dict[str, Any]]) -> str:
    having = [result for result in results if "activity" in result]
    if not having:
        return ""
    kinds = list(dict.fromkeys(cell.kind for cell in CELLS if cell.kind))
    rows = []
    for result in having:
        cells = result["activity"]
        noisy = [value for cell, value in cells.items() if cell != "clean"]
        by_kind = [fmean(value for cell, value in cells.items() if cell.startswith(f"{kind} ")) for kind in kinds]
        values = [cells["clean"], fmean(noisy), cells["babble 10"], *by_kind]
        rows.append([result["agent"], *(_number(value, 3) for value in values)])
    columns = ["program", "clean", "noisy", "babble 10 dB", *kinds]
    return f"Speech activity, balanced accuracy (G.711; noisy: {len(CELLS) - 1} cells)\n\n{table(columns, rows)}"


def _speed_table(results: list[dict[str, Any]]) -> str:
    having = [result for result in results if "speed" in result]
    if not having:
        return ""
    columns = ["8 kHz", "16 kHz"]
    rows = [[result["agent"], *(_number(result["speed"].get(name), 0) for name in columns)] for result in having]
    return (
        f"Speed: calls (both channels) measured by one core in the time of one\n\n{table(['program', *columns], rows)}"
    )
