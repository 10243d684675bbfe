"""Measured recordings as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from phoneetiquette.analysis.report import Report, measure, rules
from phoneetiquette.records.export import clock, visible

_HEADINGS = (
    *("recording", "length", "talk", "longest turn", "interrupted", "encouraged"),
    *("answers after", "overlap", "silence", "longest", "greeting", "rules met", "missed", ""),
)
_LEFT = ("recording", "missed", "")


def print_table(reports: Sequence[Report], out: TextIO, *, width: int | None = None) -> None:
    """One line a recording; pairs are agent / customer. As wide as it needs to be unless ``width`` is given."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in _HEADINGS:
        shown.add_column(heading, justify="left" if heading in _LEFT else "right", no_wrap=True, overflow="ellipsis")
    for report in reports:
        shown.add_row(*(Text(cell) for cell in _row(report)))
    console = Console(file=out, width=width or 400, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(shown)
    out.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")
    if reports:
        out.write("Pairs are agent / customer; times in seconds, lengths in minutes.\n")


def _row(report: Report) -> list[str]:
    remarks = [visible(str(reason)) for reason in measure(report, "unreliable_because") or ()]
    return [
        visible(str(report["file"])),
        clock(measure(report, "duration_s") or 0.0),
        _pair(report, _share, "talk_share"),
        _pair(report, _seconds, "longest_monologue_s"),
        _pair(report, _count, "interruptions"),
        _pair(report, _count, "encouragements"),
        _pair(report, _seconds, "response_gap_s", "median"),
        _seconds(measure(report, "overlap_s")),
        _seconds(measure(report, "silence_s")),
        _seconds(measure(report, "longest_silence_s")),
        _seconds(measure(report, "opening", "greeting_delay_s")),
        _rules_met(report),
        ", ".join(rules(report, "missed")) or "-",
        *(["not reliable: " + "; ".join(remarks)] if measure(report, "reliable") is False else [""]),
    ]


def _pair(report: Report, words: Any, *path: str) -> str:
    return " / ".join(words(measure(report, "parties", party, *path)) for party in ("agent", "customer"))


def _rules_met(report: Report) -> str:
    met, missed = len(rules(report, "met")), len(rules(report, "missed"))
    return f"{met} of {met + missed}" if met + missed else "-"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _count(value: int | None) -> str:
    return "-" if value is None else str(value)
