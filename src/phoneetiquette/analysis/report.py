"""The object that ``analyze --json`` prints for a recording: the measures of a call in the order of the documentation,
and what of the score card can be judged by them.

What a measurement does not know is ``null``; what it knows beyond the documentation is told after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phoneetiquette.etiquette.score_rules import card_of_measures
from phoneetiquette.records.scored import card_object

Report = dict[str, Any]

PARTIES = ("agent", "customer")

_PARTY: dict[str, Any] = {
    "talk_s": None,
    "talk_share": None,
    "segments": [],
    "turns": None,
    "longest_monologue_s": None,
    "interruptions": None,
    "encouragements": None,
    "response_gap_s": {"median": None, "p90": None},
    "pitch": {"median_hz": None, "range_st": None, "sd_st": None},
    "loudness_dbfs": None,
    "loudness_lufs": None,
    "pace_syll_per_s": None,
}
_OPENING: dict[str, Any] = {
    "complete": None,
    "greeting_delay_s": None,
    "first_turn_s": None,
    "agent_talk_share": None,
    "interruptions": None,
    "silence_s": None,
    "pitch": None,
    "loudness_dbfs": None,
    "pace_syll_per_s": None,
}
_CALL: dict[str, Any] = {
    "definitions": None,
    "rate_hz": None,
    "duration_s": None,
    "reliable": None,
    "unreliable_because": [],
    "parties": {},
    "interruptions": None,
    "overlap_s": None,
    "silence_s": None,
    "silences": None,
    "longest_silence_s": None,
    "opening": {},
    "length_band": None,
}
_LIVE_ONLY = frozenset({"speaking", "talking_over", "segments"})
"""What makes sense while a call goes on, and where the segments of both parties stood apart from the parties."""


def as_report(file: Path, measures: dict[str, Any], loudness_lufs: Mapping[str, float | None] | None = None) -> Report:
    """The report of a recording, from the final measures of its call and the loudness of each party's channel."""
    parties, segments = measures.get("parties") or {}, measures.get("segments") or {}
    report = {"file": str(file)} | _CALL
    report |= {name: value for name, value in measures.items() if name not in _LIVE_ONLY}
    report["parties"] = {
        party: _PARTY
        | {"segments": segments.get(party, []), "loudness_lufs": (loudness_lufs or {}).get(party)}
        | (parties.get(party) or {})
        for party in PARTIES
    }
    report["opening"] = _OPENING | (measures.get("opening") or {})
    report["score_card"] = card_object(card_of_measures(measures))
    return report


def measure(report: Report, *path: str) -> Any:
    """A value of a report, ``None`` where it, or what it should be in, is not known."""
    value: Any = report
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def rules(report: Report, result: str) -> list[str]:
    """The rules of the report's score card with this result: ``met``, ``missed`` or ``not_measured``."""
    return [one["rule"] for one in measure(report, "score_card", "rules") or () if one["result"] == result]
