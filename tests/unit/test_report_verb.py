"""``phoneetiquette report``: which days it is of, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from phoneetiquette.cli import main
from phoneetiquette.records.store import open_store


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    open_store(f"sqlite:///{tmp_path / 'records.sqlite'}").close()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["9999-12"], "'9999-12' is no span of time"),
        (["9999-12-31"], "write days from the year 2000 to 2199"),
        (["0002-01"], "write days from the year 2000 to 2199"),
        (["--from", "0002-01-01"], "write days from the year 2000 to 2199"),
        (["--to", "9999-12-31", "--calls", "incoming"], "write days from the year 2000 to 2199"),
    ],
)
def test_days_at_the_ends_of_the_calendar_are_refused(
    directory: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert main(["report", "--directory", str(directory), *words]) == 2
    assert told in capsys.readouterr().err


def test_the_last_month_that_can_be_reported(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--directory", str(directory), "2199-12", "--by", "month"]) == 0
    assert capsys.readouterr().out.startswith("2199-12-01 to 2199-12-31\n")
