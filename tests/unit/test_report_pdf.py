"""A report on paper: every figure is on it, and no name is more than text."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, date
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from phoneetiquette.cli import main
from phoneetiquette.figures.counting import tally
from phoneetiquette.figures.report import FollowUps, Report
from phoneetiquette.figures.table import FIGURES
from phoneetiquette.records.store import open_store
from phoneetiquette.reports.report_pdf import ROWS_ON_A_PAGE, draw
from tests.unit.test_figures import facts, record

HOSTILE = (
    "$\\frac{1}{0}$ $x",
    "(endless) Tj ET /JS (app.alert(1)) \\",
    "<script>alert(1)</script>",
    "=1+1\x1b[31m\x00\u202e\u2028",
    "عائشة حسن",
    "W" * 1000,
)


def report(**rows: dict[str, float]) -> Report:
    told = tally(facts(agent="Ada"))
    return Report(
        first=date(2026, 3, 1), last=date(2026, 3, 31), by="agent", all=told, rows=rows, followups=FollowUps(taken=3)
    )


def streams(pdf: bytes) -> list[bytes]:
    found = []
    for content in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(content))
        except zlib.error:
            found.append(content)
    return found


def test_the_same_report_is_the_same_file_and_is_a_pdf_of_as_many_pages_as_it_needs() -> None:
    rows = {f"agent {number}": tally(facts()) for number in range(ROWS_ON_A_PAGE + 1)}
    told = report(**rows)
    pdf = draw(told, "Hotel Post")
    assert pdf == draw(told, "Hotel Post")
    assert pdf.startswith(b"%PDF-1.")
    assert pdf.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 2 + 2
    assert b"[ 0 0 595.44 841.68 ]" in pdf


def test_every_figure_is_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    real = Figure.text

    def text(self: Figure, x: float, y: float, s: str, **more: object) -> object:
        assert 0 < x < 1, s
        assert 0 < y < 1, s
        drawn.append(s)
        return real(self, x, y, s, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "text", text)
    draw(report(Ada=tally(facts())), "Hotel Post", "seat desk")
    assert {figure.title for figure in FIGURES} <= set(drawn)
    assert {figure.group for figure in FIGURES} <= set(drawn)
    assert "2026-03-01 to 2026-03-31, seat desk" in drawn
    assert "Ada" in drawn
    assert "Hotel Post" in drawn


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_only_text(name: str) -> None:
    pdf = draw(report(**{name: tally(facts())}), name, f"agent {name}")
    everything = b"\n".join([pdf, *streams(pdf)])
    for dangerous in (b"/JavaScript", b"/OpenAction", b"/URI", b"/Launch", b"/AA"):
        assert dangerous not in everything
    assert b"/JS (app" not in re.sub(rb"\((?:[^()\\]|\\.)*\)", b"", everything)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 3
    assert len(pdf) < 400_000


def test_the_command_line_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'records.sqlite'}", UTC)
    store.put(record(agent="Ada Moser"))
    store.close()
    file = tmp_path / "march.pdf"
    command = ["report", "2026-03", "--directory", str(tmp_path), "--by", "agent", "--pdf"]
    assert main([*command, str(file)]) == 0
    assert file.read_bytes().startswith(b"%PDF-")
    assert main([*command, str(tmp_path / "no" / "such" / "place.pdf")]) == 2
    assert "place.pdf: No such file or directory" in capsys.readouterr().err
