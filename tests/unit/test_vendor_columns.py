"""The columns of vendors are computed by the vendors' definitions."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette.analysis.report import as_report
from phoneetiquette.etiquette.score_card import RULES
from phoneetiquette.reports.columns import COLUMNS, CsvTable

MEASURES: dict[str, Any] = {
    "duration_s": 100.0,
    "silence_s": 30.0,
    "parties": {
        "agent": {"talk_s": 20.0, "turns": 3, "interruptions": 2},
        "customer": {"talk_s": 60.0, "turns": 4, "interruptions": 0},
    },
    "silences": [[10.0, 13.0], [20.0, 24.0], [40.0, 46.0]],
    "interruptions": [
        {"by": "agent", "start_s": 1.0, "end_s": 2.5, "outcome": "taken"},
        {"by": "agent", "start_s": 5.0, "end_s": 5.5, "outcome": "attempt"},
    ],
    "overlap_s": 10.0,
}
EXPECTED = {
    "amazon.TotalConversationDurationMillis": 100_000,
    "amazon.TalkTime.TotalTimeMillis": 70_000,
    "amazon.TalkTime.DetailsByParticipant.AGENT.TotalTimeMillis": 20_000,
    "amazon.NonTalkTime.TotalTimeMillis": 10_000,
    "amazon.Interruptions.TotalCount": 2,
    "amazon.Interruptions.TotalTimeMillis": 2000,
    "amazon.Interruptions.InterruptionsByInterrupter.AGENT": 2,
    "amazon.Interruptions.InterruptionsByInterrupter.CUSTOMER": 0,
    "amazon.PERCENT_TALK_TIME": 70.0,
    "amazon.PERCENT_TALK_TIME_AGENT": 20.0,
    "amazon.PERCENT_NON_TALK_TIME": 10.0,
    "nice.Duration Time": 100.0,
    "nice.# of Non-Talk Events": 2,
    "nice.Non-Talk Time": 10.0,
    "nice.% of Non-Talk Time": 10.0,
    "google.durationNanos": 100_000_000_000,
    "google.silenceNanos": 6_000_000_000,
    "google.silencePercentage": 6.0,
    "google.agentSpeakingPercentage": 20.0,
    "google.clientSpeakingPercentage": 60.0,
    "google.turnCount": 7,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_column_is_what_its_vendor_means(name: str) -> None:
    (column,) = (column for column in COLUMNS if column.name == name)
    assert column.of(as_report(Path("call.wav"), MEASURES)) == EXPECTED[name]


def test_what_is_not_known_is_an_empty_cell() -> None:
    out = io.StringIO(newline="")
    CsvTable(out).add(as_report(Path("call.wav"), {}))
    (row,) = csv.DictReader(out.getvalue().splitlines())
    assert len(row) == len(COLUMNS)
    assert {name for name, cell in row.items() if cell} == {"file", "rules_not_measured"}
    assert row["rules_not_measured"].split() == list(RULES)


def test_every_column_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "analyze.md").read_text(encoding="utf-8")
    assert [column.name for column in COLUMNS if f"`{column.name}`" not in page] == []
