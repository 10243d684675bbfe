"""Measured recordings as a spreadsheet: our own columns, then those of vendors, each under its vendor's name.

``docs/analyze.md`` says what each vendor means by a column and where ours differs.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TextIO

from phoneetiquette.analysis.report import PARTIES, Report, measure, rules
from phoneetiquette.records.export import Cell, defused


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what it says, how a report gives it."""

    name: str
    what: str
    of: Callable[[Report], Any]


NICE_NON_TALK_S = AMAZON_NON_TALK_S = 3.0
GOOGLE_SILENCE_S = 5.0
"""Silences longer than these are what the vendors call non-talk time, or silence."""


def _value(*path: str) -> Callable[[Report], Any]:
    return lambda report: measure(report, *path)


def _of_party(name: str, what: str, *path: str) -> list[Column]:
    """A column for each party."""
    return [Column(f"{party}_{name}", f"{party}: {what}", _value("parties", party, *path)) for party in PARTIES]


def _times(factor: float, digits: int | None, value: Callable[[Report], Any], report: Report) -> Cell:
    number = value(report)
    return None if number is None else round(number * factor, digits)


def _millis(value: Callable[[Report], Any]) -> Callable[[Report], Cell]:
    return partial(_times, 1000.0, None, value)


def _nanos(value: Callable[[Report], Any]) -> Callable[[Report], Cell]:
    return partial(_times, 1e9, None, value)


def _percent(part: Callable[[Report], Any]) -> Callable[[Report], Cell]:
    """A part of the call's duration, 0 to 100."""

    def percent(report: Report) -> Cell:
        whole, length = measure(report, "duration_s"), part(report)
        return round(100.0 * length / whole, 2) if whole and length is not None else None

    return percent


def _long_silence_s(least_s: float) -> Callable[[Report], Any]:
    def total(report: Report) -> float | None:
        silences = measure(report, "silences")
        return None if silences is None else sum(end - start for start, end in silences if end - start > least_s)

    return total


def _long_silences(report: Report) -> int | None:
    silences = measure(report, "silences")
    return None if silences is None else sum(end - start > NICE_NON_TALK_S for start, end in silences)


def _any_talk_s(report: Report) -> float | None:
    """Time in which anybody spoke."""
    whole, silence = measure(report, "duration_s"), measure(report, "silence_s")
    return None if whole is None or silence is None else whole - silence


def _interruptions(report: Report) -> int | None:
    made = measure(report, "interruptions")
    return None if made is None else len(made)


def _interrupted_s(report: Report) -> float | None:
    made = measure(report, "interruptions")
    return None if made is None else sum(one["end_s"] - one["start_s"] for one in made)


def _rules(result: str, report: Report) -> str:
    return " ".join(rules(report, result))


def _turns(report: Report) -> int | None:
    turns = [measure(report, "parties", party, "turns") for party in PARTIES]
    return None if None in turns else sum(turns)


_talk = {party: _value("parties", party, "talk_s") for party in PARTIES}
_AMAZON, _NICE, _GOOGLE = "amazon.", "nice.", "google."

COLUMNS: tuple[Column, ...] = (
    Column("file", "the recording", _value("file")),
    Column("duration_s", "its length", _value("duration_s")),
    Column("reliable", "whether the parties could be told apart", _value("reliable")),
    Column(
        "unreliable_because", "why not", lambda report: "; ".join(map(str, measure(report, "unreliable_because") or ()))
    ),
    *_of_party("talk_s", "seconds spoken", "talk_s"),
    *_of_party("talk_share", "share of the talk, 0 to 1", "talk_share"),
    *_of_party("turns", "turns", "turns"),
    *_of_party("longest_monologue_s", "longest turn", "longest_monologue_s"),
    *_of_party("interruptions", "times this party interrupted", "interruptions"),
    *_of_party("encouragements", "short encouragements spoken", "encouragements"),
    *_of_party("response_gap_median_s", "median pause before answering", "response_gap_s", "median"),
    *_of_party("response_gap_p90_s", "90th percentile of these pauses", "response_gap_s", "p90"),
    *_of_party("pitch_median_hz", "median pitch", "pitch", "median_hz"),
    *_of_party("pitch_range_st", "range of the pitch, semitones", "pitch", "range_st"),
    *_of_party("pitch_sd_st", "movement of the pitch, semitones", "pitch", "sd_st"),
    *_of_party("loudness_dbfs", "loudness of the speech", "loudness_dbfs"),
    *_of_party("loudness_lufs", "loudness of the channel, BS.1770", "loudness_lufs"),
    *_of_party("pace_syll_per_s", "syllables a second of speech", "pace_syll_per_s"),
    Column("overlap_s", "seconds in which both spoke", _value("overlap_s")),
    Column("silence_s", "seconds in which nobody spoke", _value("silence_s")),
    Column("longest_silence_s", "the longest silence", _value("longest_silence_s")),
    Column("greeting_delay_s", "start to the agent's first word", _value("opening", "greeting_delay_s")),
    Column("opening_agent_talk_share", "agent's share, first 25 s", _value("opening", "agent_talk_share")),
    Column("opening_interruptions", "interruptions, first 25 s", _value("opening", "interruptions")),
    Column("opening_silence_s", "silence, first 25 s", _value("opening", "silence_s")),
    Column("length_band", "under_10, 10_to_15 or over_15 minutes", _value("length_band")),
    Column("score", "weight of the rules met, of that of the rules measured", _value("score_card", "total", "share")),
    Column("rules_met", "rules of etiquette that were met", partial(_rules, "met")),
    Column("rules_missed", "rules that were missed", partial(_rules, "missed")),
    Column("rules_not_measured", "rules that a recording does not tell", partial(_rules, "not_measured")),
    Column("definitions", "version of the definitions", _value("definitions")),
    # ------------------------------------------------------------------------ Amazon Connect, Contact Lens
    Column(f"{_AMAZON}TotalConversationDurationMillis", "length of the call, ms", _millis(_value("duration_s"))),
    Column(f"{_AMAZON}TalkTime.TotalTimeMillis", "time anybody spoke, ms", _millis(_any_talk_s)),
    Column(
        f"{_AMAZON}TalkTime.DetailsByParticipant.AGENT.TotalTimeMillis", "agent's talk, ms", _millis(_talk["agent"])
    ),
    Column(
        f"{_AMAZON}TalkTime.DetailsByParticipant.CUSTOMER.TotalTimeMillis",
        "customer's talk, ms",
        _millis(_talk["customer"]),
    ),
    Column(
        f"{_AMAZON}NonTalkTime.TotalTimeMillis",
        "silences of more than 3 s, ms",
        _millis(_long_silence_s(AMAZON_NON_TALK_S)),
    ),
    Column(f"{_AMAZON}Interruptions.TotalCount", "interruptions by either", _interruptions),
    Column(f"{_AMAZON}Interruptions.TotalTimeMillis", "time both spoke in them, ms", _millis(_interrupted_s)),
    Column(
        f"{_AMAZON}Interruptions.InterruptionsByInterrupter.AGENT",
        "interruptions by the agent",
        _value("parties", "agent", "interruptions"),
    ),
    Column(
        f"{_AMAZON}Interruptions.InterruptionsByInterrupter.CUSTOMER",
        "interruptions by the customer",
        _value("parties", "customer", "interruptions"),
    ),
    Column(f"{_AMAZON}PERCENT_TALK_TIME", "anybody's talk, % of the call", _percent(_any_talk_s)),
    Column(f"{_AMAZON}PERCENT_TALK_TIME_AGENT", "agent's talk, % of the call", _percent(_talk["agent"])),
    Column(f"{_AMAZON}PERCENT_TALK_TIME_CUSTOMER", "customer's talk, % of the call", _percent(_talk["customer"])),
    Column(
        f"{_AMAZON}PERCENT_NON_TALK_TIME",
        "silences of more than 3 s, % of the call",
        _percent(_long_silence_s(AMAZON_NON_TALK_S)),
    ),
    # ------------------------------------------------------------------------ NiCE CXone, Nexidia metrics
    Column(f"{_NICE}Duration Time", "length of the call, s", _value("duration_s")),
    Column(f"{_NICE}# of Non-Talk Events", "silences of more than 3 s", _long_silences),
    Column(f"{_NICE}Non-Talk Time", "their sum, s", partial(_times, 1.0, 3, _long_silence_s(NICE_NON_TALK_S))),
    Column(f"{_NICE}% of Non-Talk Time", "the same, % of the call", _percent(_long_silence_s(NICE_NON_TALK_S))),
    # ------------------------------------------------------------------------ Google CX Insights (CCAI)
    Column(f"{_GOOGLE}durationNanos", "length of the call, ns", _nanos(_value("duration_s"))),
    Column(f"{_GOOGLE}silenceNanos", "silences of more than 5 s, ns", _nanos(_long_silence_s(GOOGLE_SILENCE_S))),
    Column(f"{_GOOGLE}silencePercentage", "the same, % of the call", _percent(_long_silence_s(GOOGLE_SILENCE_S))),
    Column(f"{_GOOGLE}agentSpeakingPercentage", "agent's talk, % of the call", _percent(_talk["agent"])),
    Column(f"{_GOOGLE}clientSpeakingPercentage", "customer's talk, % of the call", _percent(_talk["customer"])),
    Column(f"{_GOOGLE}turnCount", "turns of both", _turns),
)


class CsvTable:
    """Writes a line for each report as it comes, so that what is measured is kept whatever happens to the rest."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._rows = csv.writer(out, lineterminator="\r\n")
        self._rows.writerow([column.name for column in COLUMNS])

    def add(self, report: Report) -> None:
        self._rows.writerow([defused(_cell(column.of(report))) for column in COLUMNS])
        self._out.flush()


def _cell(value: Any) -> Cell:
    cell: Cell = ("yes" if value else "no") if isinstance(value, bool) else value
    return cell
