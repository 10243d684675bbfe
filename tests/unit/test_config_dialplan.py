"""The dialplan that a configuration names: checked with it, made ready for the seat."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from phoneetiquette.calls.guide import Guide
from phoneetiquette.cli import main
from phoneetiquette.config import Config, InvalidConfigurationError, inspect, load
from phoneetiquette.runtime.dialplan import Dialplans
from tests.unit.dialplan_files import GOOD

CONFIG = "dialplan: plan.yaml\nsip: {domain: pbx.example}\n"


def written(folder: Path, plan: str = GOOD, config: str = CONFIG) -> Path:
    (folder / "plan.yaml").write_text(plan)
    file = folder / "seat.yaml"
    file.write_text(config)
    return file


async def _nothing_is_spoken(texts: Iterable[tuple[str, str]], files: Iterable[Path]) -> None:
    del texts, files


def guide_for(config: Config) -> Guide | None:
    return Dialplans(config, 16000, Path("cache"), _nothing_is_spoken).read()


def test_without_one_nothing_is_followed() -> None:
    assert guide_for(load(None, {})) is None


def test_plan_is_ready_to_be_followed(tmp_path: Path) -> None:
    guide = guide_for(load(written(tmp_path)))
    assert guide is not None
    assert guide.name == "Hotel"
    assert guide.topics["change"] == "Change a booking"
    assert guide.addresses["maria"] == "sip:205@pbx.example"
    assert guide.addresses["112"] == "sip:112@pbx.example"
    assert "sales" in guide.services


def test_version_is_another_one_after_a_change(tmp_path: Path) -> None:
    before = guide_for(load(written(tmp_path)))
    same = guide_for(load(written(tmp_path)))
    after = guide_for(load(written(tmp_path, GOOD + "# later\n")))
    assert before
    assert same
    assert after
    assert before.version == same.version != after.version


def test_problems_of_the_plan_are_problems_of_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, GOOD.replace("skill: booking", "skill: bookin"))
    with pytest.raises(InvalidConfigurationError, match="bookin"):
        load(file)
    assert main(["check", str(file)]) == 1
    assert f"{tmp_path / 'plan.yaml'}:" in capsys.readouterr().err


def test_missing_plan_is_a_problem(tmp_path: Path) -> None:
    file = written(tmp_path)
    (tmp_path / "plan.yaml").unlink()
    assert inspect(file).failed


def test_number_that_the_seat_cannot_call_is_a_problem(tmp_path: Path) -> None:
    inspection = inspect(written(tmp_path, config="dialplan: plan.yaml\n"))
    assert any("maria cannot be called from this seat" in problem.what for problem in inspection.problems)


def test_configuration_with_a_dialplan_is_no_dialplan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(written(tmp_path))]) == 0
    assert "warning" not in capsys.readouterr().err
