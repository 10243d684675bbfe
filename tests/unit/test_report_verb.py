"""``phoneetiquette report``: which days it is of, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from phoneetiquette.cli import main
from phoneetiquette.records.store import open_store
from tests.unit.dialplan_files import changed
from tests.unit.test_figures import record
from tests.unit.test_office import message


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


def test_callers_who_left_are_listed_with_whether_they_were_called_back(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(f"sqlite:///{directory / 'records.sqlite'}", UTC)
    left = record(call="left", answered=None, measures=None)
    assert left.pickup
    store.put(replace(left, pickup=replace(left.pickup, verdict="abandoned")))
    command = ["report", "2026-03", "--directory", str(directory), "--calls", "left"]
    assert main(command) == 0
    assert capsys.readouterr().out.rstrip().endswith("abandoned, not called back")
    later = {
        name: getattr(record(), name) + timedelta(hours=1) for name in ("arrived", "alerting", "answered", "ended")
    }
    store.put(replace(record(call="talk"), **later))
    store.close()
    assert main(command) == 0
    assert capsys.readouterr().out.rstrip().endswith("abandoned, called back by talk")


@pytest.mark.parametrize("name", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])  # at any time one of them has another day
def test_days_are_those_of_the_site(directory: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    zone = ZoneInfo(name)
    config = directory / "seat.yaml"
    (directory / "plan.yaml").write_text(changed(("Europe/Vienna", name)))
    config.write_text(f"dialplan: plan.yaml\nsip: {{domain: pbx.example}}\nrecords: {{directory: {directory}}}\n")
    store = open_store(f"sqlite:///{directory / 'records.sqlite'}", zone)
    store.put(record(call="a"))
    arrived = record().arrived.astimezone(zone)
    at_noon = arrived.replace(hour=12).astimezone(UTC)
    store.put_message(replace(message("m", 5), taken=arrived.replace(hour=0, minute=1).astimezone(UTC), due=at_noon))
    store.close()

    before = datetime.now(zone).date()
    assert main(["report", "--config", str(config), "day"]) == 0
    told = capsys.readouterr().out.splitlines()[0]
    assert told in {f"{day} to {day}" for day in (before, datetime.now(zone).date())}
    assert main(["report", "--config", str(config), f"{arrived:%Y-%m-%d}"]) == 0
    assert "  taken                                        1\n" in capsys.readouterr().out
    assert main(["report", "--config", str(config), f"{arrived:%Y-%m-%d}", "--calls", "incoming"]) == 0
    assert f"a  {arrived:%Y-%m-%d %H:%M:%S}" in capsys.readouterr().out
