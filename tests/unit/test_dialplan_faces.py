"""``check``, ``explain``, ``simulate`` and ``diff`` of dialplans on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from phoneetiquette.cli import main
from tests.unit.dialplan_files import GOOD, changed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "plan.yaml"
    file.write_text(GOOD)
    return file


Captured = pytest.CaptureFixture[str]


def test_check_says_that_the_year_is_covered(file: Path, capsys: Captured) -> None:
    assert main(["check", str(file)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{file}: no problems; every call of the coming year is taken (11 kinds of calls)\n"
    assert err == ""
    assert main(["check", "--no-coverage", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: no problems\n"


def test_check_takes_plans_and_configurations_together(file: Path, capsys: Captured) -> None:
    file.write_text(changed(("boss]", "bos]")))
    other = file.with_name("phoneetiquette.yaml")
    other.write_text("sip: {prot: 1}\n")
    assert main(["check", str(file), str(other)]) == 1
    err = capsys.readouterr().err
    assert f"{file}:24:28: topic change names the person 'bos'" in err
    assert f"{other}:1:7: unknown key 'prot' in sip" in err


def test_check_of_a_file_that_is_not_there(file: Path, capsys: Captured) -> None:
    assert main(["check", str(file.with_name("gone.yaml"))]) == 2


def test_check_finds_holes_with_their_times(file: Path, capsys: Captured) -> None:
    file.write_text(changed(("{when: {hours: night}", "{when: {hours: office}"), ("      - {do: {ring: desk}}\n", "")))
    assert main(["check", str(file)]) == 1
    err = capsys.readouterr().err
    assert "line main has no rule for the calls that fit none of its rules" in err
    assert "nobody takes calls for line main: " in err
    assert "more times, " in err
    assert "h of the coming year (let something take them" in err


def test_check_as_json(file: Path, capsys: Captured) -> None:
    file.write_text(changed(("boss]", "bos]")))
    assert main(["check", "--json", str(file)]) == 1
    (problem,) = json.loads(capsys.readouterr().out)
    assert (problem["line"], problem["column"], problem["severity"]) == (24, 28, "error")


def test_plans_of_one_site_may_not_share_a_number(file: Path, capsys: Captured) -> None:
    other = file.with_name("other.yaml")
    other.write_text(changed(("name: Hotel", "name: Spa"), ('"+43 1 5550100", "100"', "'01 5550100'")))
    assert main(["check", str(file), str(other)]) == 1
    assert "+43 1 5550100 is also a number of Spa, in " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ": is empty (write a configuration or a dialplan in it)"),
        ("# a comment\ndialplam: 1\nname: N\ncountry: AT\n", ":2:1: unknown key 'dialplam' (did you mean 'dialplan'?)"),
        ("Dialplan: 1\nname: N\ncountry: AT\n", ":1:1: unknown key 'Dialplan' (did you mean 'dialplan'?)"),
    ],
)
def test_check_of_what_is_neither_a_configuration_nor_a_dialplan(
    file: Path, capsys: Captured, text: str, told: str
) -> None:
    file.write_text(text)
    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().err == f"{file}{told}\n"


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_check_draws_the_week(file: Path, kind: str) -> None:
    picture = file.with_name(f"week.{kind}")
    assert main(["check", str(file), "--coverage", str(picture)]) == 0
    assert picture.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml")


def test_explain_refuses_an_hour_that_summer_time_leaves_out(file: Path, capsys: Captured) -> None:
    assert main(["explain", str(file), "--called", "100", "--at", "2027-03-28T02:30"]) == 2
    told = "2027-03-28 02:30 never comes in Europe/Vienna: summer time leaves it out (write 03:30)\n"
    assert capsys.readouterr().err == told
    for at in ("2027-03-28T03:30", "2027-03-28T02:30+01:00", "2026-10-25T02:30"):
        assert main(["explain", str(file), "--called", "100", "--at", at]) == 0


def test_explain_tells_every_step(file: Path, capsys: Captured) -> None:
    words = ["explain", str(file), "--called", "100", "--caller", "0664 1234567", "--at", "2027-03-02T10:00"]
    assert main([*words, "--absent", "desk", "--answers", "boss"]) == 0
    assert capsys.readouterr().out.replace(f"{file.parent}/", "") == (
        "Hotel: Tuesday 2027-03-02 10:00 CET\n"
        "called 100 (line main), caller 0664 1234567\n"
        "\n"
        "The call comes in:\n"
        "  line main  [plan.yaml:30]\n"
        "  rule 1 passed over: the caller is not lifts  [plan.yaml:34]\n"
        "  rule 2 passed over: the hours night are closed  [plan.yaml:35]\n"
        "  rule 3: for every call  [plan.yaml:36]\n"
        "  ring desk  [plan.yaml:36]\n"
        "  => the desk rings\n"
        "\n"
        "The desk does not lift by the end of the third ring:\n"
        "  on_deadline of line main: the desk has not lifted  [plan.yaml:37]\n"
        "  connect desk passed over: the desk is absent  [plan.yaml:37]\n"
        "  boss  [plan.yaml:37]\n"
        "  => boss (+436645550123) is called for 6 rings, announced; boss answers\n"
    )


def test_explain_as_json(file: Path, capsys: Captured) -> None:
    words = ["explain", str(file), "--topic", "change", "--at", "2027-03-02T10:00", "--busy", "maria", "--json"]
    assert main(words) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["route"] == ["jonas", "boss", "back to desk"]
    assert report["at"] == "2027-03-02T10:00:00+01:00"
    first = report["decisions"][0]
    assert first["outcome"]["attempts"] == [{"who": "jonas", "address": "206", "rings": 5, "transfer": "announced"}]
    assert first["steps"][2] == {"file": str(file), "line": 14, "what": "maria", "taken": False, "why": "busy"}
    assert report["decisions"][1]["tried"] == {"jonas": "no_answer"}
    assert report["decisions"][2]["outcome"] == {"kind": "back_to_desk"}


def test_explain_in_a_menu_and_to_the_end(file: Path, capsys: Captured) -> None:
    assert main(["explain", str(file), "--menu", "closed", "--key", "1", "--at", "2027-03-02T23:00", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["route"] == ["boss", "message sales"]
    assert main(["explain", str(file), "--at", "2027-03-02T23:00", "--no-key", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["route"] == ["menu closed", "menu closed", "message sales"]
    assert main(["explain", str(file), "--at", "2027-03-02T23:00", "--key", "5", "--language", "de"]) == 0
    assert "the menu closed speaks again, in de: “Drücken.”" in capsys.readouterr().out


def test_explain_of_a_refused_call(file: Path, capsys: Captured) -> None:
    file.write_text(
        changed(("{when: {caller: lifts}, do: {topic: danger}}", "{when: {caller: lifts}, do: {refuse: busy}}"))
    )
    assert main(["explain", str(file), "--caller", "601", "--at", "2027-03-02T10:00"]) == 1
    assert "the call is refused: busy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--topic", "chnage"], "the plan has no topic 'chnage' (did you mean 'change'?)"),
        (["--busy", "mary"], "the plan has no person 'mary' (did you mean 'maria'?)"),
        (["--switch", "late"], "the plan has no switch 'late'"),
        (["--escalate"], "--escalate needs a topic (add --topic)"),
    ],
)
def test_explain_of_what_the_plan_does_not_have(file: Path, capsys: Captured, words: list[str], told: str) -> None:
    assert main(["explain", str(file), *words]) == 2
    assert told in capsys.readouterr().err


def test_explain_needs_a_plan_without_errors(file: Path, capsys: Captured) -> None:
    file.write_text(changed(("boss]", "bos]")))
    assert main(["explain", str(file), "--called", "100"]) == 2
    assert f"{file}:24:28: topic change names the person 'bos'" in capsys.readouterr().err


def test_explain_asks_which_line(file: Path, capsys: Captured) -> None:
    file.write_text(changed(("menus:\n", "  two: {called: '200', rules: [{do: {message: sales}}]}\nmenus:\n")))
    assert main(["explain", str(file)]) == 2
    assert "the plan has several lines: main, two (add --called" in capsys.readouterr().err
    assert main(["explain", str(file), "--called", "200"]) == 0


CALLS = """\
calls:
  - {what: by day, at: 2027-03-02 10:00, called: "100", expect: desk}
  - {at: 2027-03-02 10:00, topic: change, expect: [maria, jonas, boss, back to desk]}
  - {at: "2027-03-02T23:00:00+01:00", called: "100", keys: [9], expect: [menu closed, message sales]}
"""


def test_simulate(file: Path, capsys: Captured) -> None:
    calls = file.with_name("calls.yaml")
    calls.write_text(CALLS)
    assert main(["simulate", str(file), str(calls)]) == 0
    assert capsys.readouterr().out == "3 of 3 calls go where they are expected\n"
    calls.write_text(CALLS.replace("expect: desk", "expect: boss").replace("jonas, boss", "boss"))
    assert main(["simulate", str(file), str(calls)]) == 1
    out, err = capsys.readouterr()
    assert out == "1 of 3 calls go where they are expected\n"
    assert err.splitlines() == [
        f"{calls}:2:5: by day: expected boss, but the call goes to desk > connect desk (decided in {file}:36; explain"
        " tells why)",
        f"{calls}:3:5: expected maria > boss > back to desk, but the call goes to maria > jonas > boss > back to desk"
        f" (decided in {file}:25; explain tells why)",
    ]
    assert main(["simulate", str(file), str(calls), "--json"]) == 1
    assert [row["right"] for row in json.loads(capsys.readouterr().out)] == [False, False, True]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{at: 2027-03-02 10:00}", "calls, item"),
        (
            "{at: 2027-03-28 02:30, expect: desk}",
            "2027-03-28 02:30 never comes in Europe/Vienna: summer time leaves it",
        ),
        ("{at: noon, expect: desk}", "at cannot be 'noon' (write a moment such as 2026-03-02 10:00)"),
        (
            "{at: 2027-03-02 10:00, busy: mary, expect: desk}",
            "busy names 'mary', which the plan does not have",
        ),
        ("{at: 2027-03-02 10:00, topic: x, expect: desk}", "topic names 'x', which the plan does not have"),
        ("{at: 2027-03-02 10:00, topic: change, menu: closed, expect: desk}", "a row has a topic or a menu, not both"),
        ("{at: 2027-03-02 10:00, expet: desk}", "unknown key 'expet' in"),
    ],
)
def test_a_table_that_cannot_be_used(file: Path, capsys: Captured, row: str, told: str) -> None:
    calls = file.with_name("calls.yaml")
    calls.write_text(f"{CALLS}  - {row}\n")
    assert main(["simulate", str(file), str(calls)]) == 2
    err = capsys.readouterr().err
    assert told in err or (told == "calls, item" and "has no 'expect'" in err)
    assert f"{calls}:5:" in err


def test_diff_of_the_same(file: Path, capsys: Captured) -> None:
    assert main(["diff", str(file), str(file)]) == 0
    assert capsys.readouterr().out == "no call of the coming year goes elsewhere\n"


def test_diff_says_which_calls_go_elsewhere_and_when(file: Path, capsys: Captured) -> None:
    other = file.with_name("other.yaml")
    other.write_text(
        changed(('night: "22:00-06:00"', 'night: "21:00-06:00"'), ("9: {message: sales}", "8: {message: sales}"))
    )
    assert main(["diff", str(file), str(other), "--from", "2027-01-01"]) == 1
    out = capsys.readouterr().out
    assert (
        "line main: desk > connect desk becomes menu closed\n"
        "    365 h of the coming year: Fri 2027-01-01 21:00 to Fri 2027-01-01 22:00, Sat 2027-01-02 21:00" in out
    )
    assert "menu closed, key 9: message sales becomes not there\n" in out
    assert "from lifts" not in out
    assert main(["diff", str(file), str(other), "--json"]) == 1
    changes = json.loads(capsys.readouterr().out)
    assert {change["subject"] for change in changes} == {"line main", "menu closed, key 8", "menu closed, key 9"}


def test_diff_finds_a_number_that_has_left_a_list(file: Path, capsys: Captured) -> None:
    other = file.with_name("other.yaml")
    other.write_text(changed(('["601", "602"]', '["601"]')))
    assert main(["diff", str(file), str(other)]) == 1
    assert "line main from lifts (602): guard > 112 > desk > guard + 112 becomes " in capsys.readouterr().out


def test_diff_of_other_time_zones(file: Path, capsys: Captured) -> None:
    other = file.with_name("other.yaml")
    other.write_text(changed(("Europe/Vienna", "Europe/London")))
    assert main(["diff", str(file), str(other), "--from", "2027-01-01"]) == 1
    assert "Fri 2027-01-01 22:00 to Fri 2027-01-01 23:00" in capsys.readouterr().out


def test_explain_of_a_site_with_several_plans(file: Path, capsys: Captured) -> None:
    spa = changed(("name: Hotel", "name: Spa"), ('"+43 1 5550100", "100"', "'+43 1 55502xx'"))
    file.with_name("spa.yaml").write_text(spa)
    file.with_name("part.yaml").write_text("people: {}\n")
    directory = str(file.parent)
    for called, name in (("100", "Hotel"), ("01 5550234", "Spa"), ("999", "Hotel")):
        assert main(["explain", directory, "--called", called]) == 0
        assert capsys.readouterr().out.startswith(f"{name}: ")
    assert main(["explain", directory]) == 2
    assert "has several dialplans: plan.yaml, spa.yaml (add --called" in capsys.readouterr().err
    file.unlink()
    file.with_name("spa.yaml").unlink()
    assert main(["explain", directory, "--called", "100"]) == 2
    assert "there is no dialplan here" in capsys.readouterr().err


def test_the_libraries_of_dialplans_are_loaded_when_they_are_needed() -> None:
    """A seat can hold the router without them; a plan with E.164 numbers and no region needs two of the three."""
    program = (
        "import sys\n"
        "import phoneetiquette.cli.explain, phoneetiquette.cli.check_dialplan, phoneetiquette.dialplan.site\n"
        "libraries = {'phonenumbers', 'opening_hours', 'holidays'}\n"
        "heavy = {'pjsua2', 'numpy', 'sounddevice', 'matplotlib', 'sqlalchemy', 'fastapi', 'asyncio'}\n"
        "print(sorted((libraries | heavy) & set(sys.modules)))\n"
        "from pathlib import Path\n"
        "phoneetiquette.cli.explain.router_for(Path(sys.argv[1]), '')\n"
        "print(sorted((libraries | heavy) & set(sys.modules)))\n"
    )
    plan = Path(__file__).parents[2] / "dialplans" / "hotel_front_office" / "dialplan.yaml"
    words = [sys.executable, "-c", program, str(plan)]
    found = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    assert found == ["[]", "['opening_hours', 'phonenumbers']"]
