"""What is switched by hand is kept, a plan whose files change is noticed, codes stand for topics and switches."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from phoneetiquette import events as e
from phoneetiquette.config import load
from phoneetiquette.config.dialplans import Inspected
from phoneetiquette.config.dialplans.seat import inspect_for_seat
from phoneetiquette.dialplan.codes import codes_of
from phoneetiquette.errors import ConfigurationError, StoreError
from phoneetiquette.runtime.by_hand import ByHand
from phoneetiquette.runtime.dialplan import Dialplans
from tests.unit.dialplan_files import GOOD, router


def test_switches_and_people_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "by_hand.json"
    assert list(ByHand(file).events(1)) == []
    ByHand(file).keep({"night", "closed"}, {"maria": "absent", "jonas": "do_not_disturb"})
    assert list(ByHand(file).events(1)) == [
        e.SwitchTurned(at_ns=1, name="closed", on=True),
        e.SwitchTurned(at_ns=1, name="night", on=True),
        e.PersonMarked(at_ns=1, who="maria", presence="absent"),
        e.PersonMarked(at_ns=1, who="jonas", presence="do_not_disturb"),
    ]
    assert [one.name for one in tmp_path.iterdir()] == ["by_hand.json"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"switches": 5, "people": {}}', '{"switches": []}'])
def test_damaged_file_means_all_off(tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "by_hand.json"
    file.write_text(content)
    assert list(ByHand(file).events(1)) == []
    assert "all switches are off" in caplog.text


def test_what_cannot_be_kept_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be kept.*records\.directory"):
        ByHand(tmp_path / "missing" / "by_hand.json").keep((), {})


async def _silent(texts: Iterable[tuple[str, str]], files: Iterable[Path]) -> None:
    del texts, files


def test_change_of_any_file_is_noticed_when_it_is_the_same_twice(tmp_path: Path) -> None:
    (tmp_path / "seat.yaml").write_text("dialplan: plan.yaml\nsip: {domain: pbx.example}\n")
    (tmp_path / "hours.yaml").write_text('hours: {later: "10:00-11:00"}\n')
    (tmp_path / "plan.yaml").write_text(GOOD + "include: [hours.yaml]\n")
    plans = Dialplans(load(tmp_path / "seat.yaml", {}), 16000, tmp_path / "sounds", _silent)
    assert plans.read()
    assert [plans.changed() for _ in range(3)] == [False, False, False]
    (tmp_path / "hours.yaml").write_text('hours: {later: "10:00-12:00"}\n')
    assert [plans.changed() for _ in range(3)] == [False, True, True]
    (tmp_path / "hours.yaml").write_text("hours: {later: never}\n")
    with pytest.raises(ConfigurationError, match="never"):
        plans.read()
    assert [plans.changed() for _ in range(3)] == [False, False, False]
    os.remove(tmp_path / "hours.yaml")
    assert [plans.changed() for _ in range(2)] == [False, True]
    with pytest.raises(ConfigurationError, match="check the path"):
        plans.read()
    (tmp_path / "hours.yaml").write_text('hours: {later: "10:00-12:00"}\n')
    assert [plans.changed() for _ in range(2)] == [False, True]
    assert plans.read()


def test_plan_is_read_once_while_its_files_are_the_same(tmp_path: Path) -> None:
    """A file that was written just now is read again: it may not be whole."""
    (tmp_path / "seat.yaml").write_text("dialplan: plan.yaml\nsip: {domain: pbx.example}\n")
    plan = tmp_path / "plan.yaml"
    plan.write_text(GOOD)
    config = load(tmp_path / "seat.yaml", {})

    def inspected() -> Inspected:
        return inspect_for_seat(plan, config)[0]

    assert inspected() is not inspected()
    os.utime(plan, (1e9, 1e9))
    assert inspected() is inspected()
    before = inspected()
    plan.write_text(GOOD + "# later\n")
    os.utime(plan, (1e9, 1e9))
    assert inspected() is not before


def test_codes_stand_for_topics_and_switches(tmp_path: Path) -> None:
    plan = router(tmp_path).plan
    topics = {one.code: f"topic {name}" for name, one in plan.topics.items() if one.code}
    switches = {one.code: f"switch {name}" for name, one in plan.switches.items() if one.code}
    assert topics
    assert switches
    assert codes_of(plan) == topics | switches
