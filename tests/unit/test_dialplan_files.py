"""Dialplans as files: what YAML would have made of them, parts in other files, numbers in CSV."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from phoneetiquette.config.dialplans.json_schema import json_schema
from tests.unit.dialplan_files import GOOD, changed, inspected, problems, router

ROOT = Path(__file__).parents[2]
HEAD = "dialplan: 1\nname: N\ncountry: AT\ntimezone: Europe/Vienna\n"


def test_words_mean_what_their_key_says(tmp_path: Path) -> None:
    text = changed(
        ("country: AT", "country: no"),  # Norway, not false
        ('call: "205"', "call: 0205"),
        ('{code: "*28", opens: night}', '{code: "*28", opens: night, label: off}'),
        ("desk: yes", "desk: On"),
        ('"601", "602"', "601, 602"),
    )
    plan = inspected(tmp_path, text).plan
    assert plan is not None
    assert plan.country == "NO"
    assert plan.people["maria"].call.text == "0205"
    assert plan.switches["early"].label is not None
    assert plan.switches["early"].label.by_language[""].text == "off"
    assert plan.topics["way"].desk
    assert [name.text for name in plan.numbers["lifts"].numbers] == ["601", "602"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["plan.yaml: has no 'dialplan'", "has no 'name'", "has no 'country'", "has no 'timezone'"]),
        ("- a\n", ["1:1: the file is a list"]),
        ("x\n", ["1:1: the file is a single text"]),
        (HEAD + "name: M\n", ["5:1: 'name' stands here twice (it is already in line 2)"]),
        (HEAD + "people:\n  maria: {call: 1}\n  maria: {call: 2}\n", ["7:3: 'maria' stands here twice"]),
        (HEAD + "people:\n\tmaria: {call: 1}\n", ["6:1: not YAML: a tab stands here (indent with spaces)"]),
        (HEAD + "hours: &a {b: *a}\n", ["5:8: anchors are not used here", "5:15: aliases are not used here"]),
        (HEAD + "hours: !!python/object {}\n", ["5:8: tags are not used here"]),
        (HEAD + "people: [\n", ["not YAML: did not find expected node content"]),
        (HEAD + "people: {Maria: {call: 1}}\n", ["5:10: 'Maria' cannot be the name of a person (write small letters"]),
        (HEAD + "people: {desk: {call: 1}}\n", ["'desk' cannot be the name of a person: it means something else here"]),
        (HEAD + "people: {maria: {}}\n", ["5:10: people.maria has no 'call' (write call: \"205\")"]),
        (HEAD + "people: 5\n", ["5:9: people is not a section"]),
        (HEAD + "lins: {}\n", ["5:1: unknown key 'lins' (did you mean 'lines'?)"]),
        (
            HEAD.replace(": 1", ": 2") + "lines: {}\n",
            ["1:11: dialplan has no version '2' that is known here (write dialplan: 1)"],
        ),
        (HEAD + "lines: {main: {rules: [{do: {ring: desk, message: a}}]}}\n", ["does two things: ring and message"]),
        (HEAD + "lines: {main: {rules: [{do: {}}]}}\n", ["lines.main.rules.do does nothing (write one of ring, "]),
        (HEAD + "lines: {main: {rules: [{do: {back: no}}]}}\n", ["says back: no"]),
        (HEAD + "lines: {main: {rules: [{when: {}, do: {ring: desk}}]}}\n", ["rules.when asks nothing"]),
        (HEAD + "topics: {a: {to: [{skill: s, person: p}]}}\n", ["topics.a.to has person and skill"]),
        (HEAD + "topics: {a: {to: [{person: p, order: all}]}}\n", ["topics.a.to has order without a skill"]),
        (HEAD + "topics: {a: {code: 41}}\n", ["topics.a.code cannot be '41'"]),
        (HEAD + "dates: [{on: 2026-02-30, hours: {a: off}}]\n", ["dates.on cannot be '2026-02-30'"]),
        (HEAD + "dates: [{on: 2026-12-24 - 2026-12-20, hours: {}}]\n", ["ends before it begins"]),
        (
            HEAD + "menus: {a: {say: {xx-y: t}, no_key: {then: []}}}\n",
            ["'xx-y' in menus.a.say is no language", "is empty"],
        ),
        (HEAD + "menus: {a: {say: x, no_key: {after: 99s, then: {back: yes}}}}\n", ["after is out of range: 99s"]),
        (b"\xff\xfe", ["byte 0xff is not UTF-8"]),
        (
            HEAD.replace("name: N", 'name: "N') + "lines: {}\n",
            ["2:7: not YAML: the quote that begins here is not closed"],
        ),
        (HEAD + "lines: {a: {rules: [{do: {ring: desk}}, {do: 7}]}}\n", ["rules, item 2, do is not a section"]),
        (HEAD + 'hours: {a: "Mo-Fr 08:00-12:00; SH off"}\nlines: {}\n', ["school holidays (SH) are not known"]),
        (HEAD + "x: \x07\n", ["5:4: the character U+0007 is not allowed in YAML"]),
    ],
)
def test_traps(tmp_path: Path, text: str | bytes, told: list[str]) -> None:
    found = problems(tmp_path, text)
    for words in told:
        assert any(words in problem for problem in found), found


@pytest.mark.parametrize("name", ["no-such.yaml", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    from phoneetiquette.config.dialplans import inspect
    from tests.unit.dialplan_files import TODAY

    found = inspect(tmp_path / name, TODAY)
    assert found.unreadable
    assert found.failed
    assert len(found.problems) == 1


PEOPLE = GOOD[GOOD.index("people:\n") : GOOD.index("services:\n")]


def test_parts_in_other_files(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "people.yaml").write_text(PEOPLE)
    (tmp_path / "parts" / "more.yaml").write_text("switches:\n  late: {closes: office}\n")
    text = changed((PEOPLE, ""), ("country: AT", "country: AT\ninclude: [parts/people.yaml, parts/more.yaml]"))
    assert problems(tmp_path, text) == []
    plan = router(tmp_path, text).plan
    assert list(plan.switches) == ["early", "late"]
    assert plan.people["maria"].place.file.endswith("parts/people.yaml")
    assert plan.people["maria"].place.line == 2


def test_problems_of_parts_stand_in_their_files(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(PEOPLE.replace("hours: office", "hours: offise") + "name: no\n")
    (tmp_path / "twice.yaml").write_text("people:\n  boss: {call: 1}\n")
    text = changed(
        (PEOPLE, ""),
        ("country: AT", "country: AT\ninclude: [people.yaml, twice.yaml, gone.yaml, people.yaml, plan.yaml]"),
    )
    found = problems(tmp_path, text)
    assert len(found) == 7
    assert found[0].startswith("people.yaml:2:")
    assert "names the hours 'offise'" in found[0]
    assert "people.yaml:6:1: name cannot stand in a file that is included (write it in plan.yaml)" in found[2]
    assert "plan.yaml:4:1: include: gone.yaml cannot be read: No such file or directory (check the path)" in found[3]
    assert "people.yaml is included twice" in found[4]
    assert "plan.yaml includes itself (leave it out)" in found[5]
    assert found[6] == "twice.yaml:2:3: people.boss stands already in people.yaml:4 (rename one of them)"


@pytest.mark.parametrize(
    "content",
    [
        "phone,name\n+43 1 5550142,Ann\n205,Bob\n",
        "name;phone\r\nAnn;+43 1 5550142\r\nBob;205\r\n;\r\n",
        "\ufeffphone\n01 5550142\n205\n",
    ],
)
def test_numbers_from_a_csv_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "lifts.csv").write_text(content, newline="")
    plan = router(tmp_path, changed(('["601", "602"]', "{csv: lifts.csv, column: phone}")))
    lifts = plan.numbers.lists["lifts"]
    assert "+4315550142" in lifts
    assert "205" in lifts
    assert len(lifts.numbers) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"tel,name\n1,a\n", "plan.yaml:10:3: numbers.lifts: lifts.csv has no column 'phone' (known here: name, tel)"),
        (b"phone\n+43 12\n", "lifts.csv:2:1: the list lifts: '+43 12' is no number of any country"),
        (b"phone\n\xff\n", "plan.yaml:10:3: numbers.lifts: lifts.csv is not UTF-8 (save the file as UTF-8)"),
        (b"phone\n", "plan.yaml:10:3: warning: numbers.lifts: lifts.csv holds no number (write some in it"),
        (None, "plan.yaml:10:3: numbers.lifts: lifts.csv cannot be read: no such file or directory"),
    ],
)
def test_a_csv_file_that_cannot_be_used(tmp_path: Path, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / "lifts.csv").write_bytes(content)
    found = problems(tmp_path, changed(('["601", "602"]', "{csv: lifts.csv, column: phone}")))
    assert any(told in problem for problem in found), found


def test_the_published_schema_is_the_one_of_the_program() -> None:
    published = json.loads((ROOT / "docs" / "dialplan.schema.json").read_text(encoding="utf-8"))
    assert published == json_schema()


def test_the_schema_refers_to_what_it_defines() -> None:
    text = json.dumps(json_schema())
    assert set(re.findall(r'"#/\$defs/(\w+)"', text)) <= set(json_schema()["$defs"])
    assert all(key["description"] for key in json_schema()["properties"].values())


EXAMPLES = re.findall(
    r"^```yaml\n(.*?)^```", (ROOT / "docs" / "dialplans.md").read_text(encoding="utf-8"), re.DOTALL | re.M
)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_of_the_page_are_written_as_it_says(tmp_path: Path, example: str) -> None:
    if example.startswith("calls:"):
        from phoneetiquette.config.dialplans.calls_table import read_calls

        (tmp_path / "calls.yaml").write_text(example)
        rows, _ = read_calls(tmp_path / "calls.yaml", router(tmp_path).plan)
        assert len(rows) == 3
    elif example.startswith("dialplan:"):
        assert problems(tmp_path, example) == []
    else:
        wrong = re.compile("unknown key|cannot be '|not YAML|has no '|is out of range|is not a section|twice")
        assert [one for one in problems(tmp_path, HEAD + example) if wrong.search(one)] == []
