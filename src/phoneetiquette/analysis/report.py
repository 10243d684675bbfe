"""The object that ``analyze --json`` prints for a recording: the measures of a call in the order of the documentation.

What a measurement does not know is ``null``; what it knows beyond the documentation is told after it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def as_report(file: Path, measures: dict[str, Any]) -> Report:
    """The report of a recording, from the final measures of its call."""
    parties, segments = measures.get("parties") or {}, measures.get("segments") or {}
    report = {"file": str(file)} | _CALL
    report |= {name: value for name, value in measures.items() if name not in _LIVE_ONLY}
    report["parties"] = {
        party: _PARTY | {"segments": segments.get(party, [])} | (parties.get(party) or {}) for party in PARTIES
    }
    report["opening"] = _OPENING | (measures.get("opening") or {})
    return report


def measure(report: Report, *path: str) -> Any:
    """A value of a report, ``None`` where it, or what it should be in, is not known."""
    value: Any = report
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
