"""What ``check`` finds in dialplans, each with its line, what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from phoneetiquette.config.dialplans import Inspected
from phoneetiquette.problems import Severity
from tests.unit.dialplan_files import GOOD, changed, inspected, problems


def test_a_good_plan_has_no_problems_but_the_missing_translation(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


NO_RULES = "    rules:\n      - {when: {caller: lifts}, do: {topic: danger}}\n"
LAST_RULE = "      - {do: {ring: desk}}\n"
NIGHT_RULE = "      - {when: {hours: night}, do: {menu: closed}}\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  way: {desk", " way: {desk", "(check that this line is indented like its neighbours, and that quotes above"),
        ("name: Hotel\n", 'name: "Hotel\n', "that quotes above are closed)"),
        (
            "country: AT",
            "country: DE\nregion: Bavaria",
            "'Bavaria' is no region of DE whose holidays are known (known here",
        ),
        (
            "hours: office, ring",
            'hours: "Feb 30 08:00-09:00", ring',
            "hours of maria: there is no Feb 30 (check the day)",
        ),
        ('office: "Mo', 'office: "Jun 20-31 08:00-09:00; Mo', "hours office: there is no Jun 31 (check the day)"),
        # calls that come back
        (
            '"500"',
            '"+43 1 5550100"',
            "guard is called at +43 1 5550100, a number of line main: the call comes back here",
        ),
        ('"112"]', '"100"]', "calls 100, a number of line main: the call comes back here (write the number of a tele"),
        # names that stand for nothing
        ("boss]", "bos]", "topic change names the person 'bos', which is not defined (did you mean 'boss'?)"),
        (
            "to: [{skill: booking}",
            "to: [{skill: bookng}",
            "wants the skill 'bookng', which nobody has (did you mean 'book",
        ),
        (
            "1: {topic: change}",
            "1: {topic: chnage}",
            "key 1 of menu closed names the topic 'chnage', which is not defined",
        ),
        ("{ring: boss}, {menu: closed}", "{menu: colsed}", "on_deadline of line main names the menu 'colsed'"),
        ("otherwise: {message: sales}", "otherwise: {message: sale}", "the service 'sale', which is not defined"),
        (
            "{hours: night}, do",
            "{hours: nihgt}, do",
            "names the hours 'nihgt', which are not defined (did you mean 'night'?)",
        ),
        (
            "caller: lifts",
            "caller: lift",
            "names the list of numbers 'lift', which is not defined (did you mean 'lifts'?)",
        ),
        (
            "{hours: night}, do",
            "{switch: eraly}, do",
            "names the switch 'eraly', which is not defined (did you mean 'early",
        ),
        ("{hours: night}, do", "{language: fr}, do", "names the language 'fr', which is not defined"),
        (
            "opens: night",
            "opens: nights",
            "switch early names the hours 'nights', which is not defined (did you mean 'night'",
        ),
        ("{agent}", "{agnet}", "nothing is known as {agnet} (did you mean 'agent'?)"),
        ("{agent}", "{agent", "has a brace without its counterpart"),
        # numbers
        ('call: "205"', 'call: "+43 12"', "maria cannot be called: '+43 12' is no number of any country"),
        ('call: "205"', "call: two words", "maria cannot be called"),
        ('"601", "602"', '"601", "+999 12345678"', "the list lifts: '+999 12345678' is no number of any country"),
        ('"112"]}', '"+43 12"]}', "topic danger: '+43 12' is no number"),
        ('"100"]', '"+43 12"]', "line main: '+43 12' is no number"),
        # ends
        (LAST_RULE, "", "line main has no rule for the calls that fit none of its rules (end with a rule without when"),
        (LAST_RULE, "      - {do: {ring: boss}}\n", "the last rule of line main can fail"),
        (
            "    on_deadline: [{connect: desk}, {ring: boss}, {menu: closed}]\n",
            "",
            "rings the desk, but does not say what",
        ),
        ("{ring: boss}, {menu: closed}]", "{ring: boss}]", "on_deadline of line main can fail"),
        ("    otherwise: {message: sales}\n", "", "when nobody takes topic change, nothing happens"),
        ("otherwise: {message: sales}", "otherwise: {ring: boss}", "otherwise of topic change can fail too"),
        ("way: {desk: yes}", "way: {}", "nobody is competent for topic way"),
        ("way: {desk: yes}", "way: {desk: no}", "nobody is competent for topic way"),
        ("9: {message: sales}", "9: {ring: boss}", "key 9 of menu closed: when nobody answers, nothing happens"),
        ("then: {message: sales}", "then: {ring: boss}", "no_key of menu closed can fail"),
        ("then: {message: sales}", "then: {repeat: yes}", "no_key of menu closed would go on for ever with repeat"),
        ("then: {message: sales}", "then: {menu: closed}", "goes round for ever: menu closed -> menu closed"),
        (
            "then: {message: sales}",
            "then: {topic: round}",
            "goes round for ever: menu closed -> topic round -> menu closed",
        ),
        ("do: {ring: desk}", "do: [{ring: desk}, {message: sales}]", "message is never reached, ring before it always"),
        ("[{connect: desk}, {ring: boss}", "[{ring: desk}", "rings the desk, which has just not lifted"),
        ("do: {ring: desk}", "do: {back: yes}", "rule 3 of line main says back, but there is no menu"),
        # rules
        (NIGHT_RULE, LAST_RULE, "fits every call: no rule after it is reached"),
        (NIGHT_RULE, NIGHT_RULE + NIGHT_RULE, "rule 3 of line main repeats rule 2 in line"),
        (
            NIGHT_RULE,
            NIGHT_RULE + "      - {when: {hours: night}, do: {message: sales}}\n",
            "rule 3 of line main contradicts rule 2 in line",
        ),
        (
            NIGHT_RULE,
            NIGHT_RULE + "      - {when: {hours: night, caller: anonymous}, do: {refuse: busy}}\n",
            "rule 3 of line main is never reached: rule 2 in line",
        ),
        (
            NIGHT_RULE,
            '      - {when: {caller: "+43*"}, do: {ring: desk}}\n'
            '      - {when: {caller: "0664 5550199", hours: night}, do: {refuse: busy}}\n',
            "rule 3 of line main is never reached: rule 2 in line",
        ),
        (
            NIGHT_RULE,
            "      - {when: {hours: night}, unless: {hours: [night, office]}, do: {ring: desk}}\n",
            "rule 2 of line main never fits: unless takes back what when says",
        ),
        (
            NIGHT_RULE,
            '      - {when: {called: "200"}, do: {ring: desk}}\n',
            "rule 2 of line main never fits: 200 is no number of the line",
        ),
        # emergencies
        (
            "{when: {caller: lifts}, do",
            "{when: {caller: lifts, hours: night}, do",
            "depends on hours: it could be closed",
        ),
        (
            "do: {topic: danger}}\n",
            "do: [{ring: boss}, {topic: danger}]}\n",
            "the emergency in rule 1 of line main comes after ring: it could be late",
        ),
        (
            NO_RULES + NIGHT_RULE,
            "    rules:\n" + NIGHT_RULE + "      - {when: {caller: lifts}, do: {topic: danger}}\n",
            "the emergency in rule 2 of line main could be closed: rule 1 in line",
        ),
        (
            'danger: {emergency: yes, to: [guard, "112"]}',
            "danger: {emergency: yes}",
            "is an emergency that calls nobody",
        ),
        ('to: [guard, "112"]}', "to: [guard]}", "warning: topic danger calls nobody but people"),
        (
            'to: [guard, "112"]}',
            'to: [guard, "112"], otherwise: {message: sales}}',
            "topic danger never comes to its otherwise",
        ),
        # clashes
        ('code: "*28"', 'code: "*41"', "has the code *41, as"),
        ('code: "*28"', 'code: "*412"', "begins with *41, the code of topic change"),
        (
            "menus:\n",
            "  second: {called: '01 5550100', rules: [{do: {message: sales}}]}\nmenus:\n",
            "01 5550100 is a number of line second and of line main (leave it to one of them)",
        ),
        (
            "menus:\n",
            "  a: {rules: [{do: {message: sales}}]}\n  b: {rules: [{do: {message: sales}}]}\nmenus:\n",
            "line b and line a have no called numbers",
        ),
        (
            '"100"]',
            '"1xx", "10x"]',
            "10x of line main is never reached: 1xx of line main covers it",
        ),
        # hours
        ("Mo-Fr 08:00-18:00; PH off", "Mo-Fr 8-18", "hours office: these hours cannot be understood from '8-18' on"),
        ("Mo-Fr 08:00-18:00; PH off", "2019 Jan 01 08:00-18:00", "warning: the hours office do not open once"),
        ("hours: office, ring: 4", 'hours: "2019", ring: 4', "maria is not at work once in the coming year"),
        (
            "timezone: Europe/Vienna",
            "timezone: Europe/Wien",
            "no time zone 'Europe/Wien' (did you mean 'Europe/Vienna'?)",
        ),
        ("country: AT", "country: AT\nregion: BY", "'BY' is no region of AT whose holidays are known"),
        ("numbers:", "dates: [{on: 2026-12-24, hours: {offce: off}}]\nnumbers:", "names the hours 'offce'"),
        ("numbers:", "dates: [{on: 2020-12-24, hours: {office: off}}]\nnumbers:", "warning: 2020-12-24 is over"),
        (
            "numbers:",
            "dates: [{on: 2026-12-24, hours: {office: off}}, {on: 2026-12-20 - 2026-12-26, hours: {office: off}}]\n"
            "numbers:",
            "warning: office on 2026-12-24 is also set in line",
        ),
        # presence
        (
            '5550123", ring: 6',
            '5550123", presence: dialog, ring: 6',
            "warning: the PBX is asked whether boss is in a call, and +43 664 5550123 is no telephone of its own",
        ),
        ("numbers:\n", "desk: {presence: maybe}\nnumbers:\n", "desk.presence cannot be 'maybe'"),
        # people, things that nothing names
        (
            'guard: {call: "500"}',
            'guard: {call: "500"}\n  idle: {call: "501"}',
            "warning: idle has no skills and is named nowhere",
        ),
        (
            'guard: {call: "500"}',
            'guard: {call: "500"}\n  idle: {call: "501", skills: [juggling]}',
            "warning: no topic wants a skill of idle",
        ),
        ("services:\n", "services:\n  spare: {email: a@b.example}\n", "warning: no message goes to the service spare"),
        ("numbers:\n", 'numbers:\n  spare: ["1"]\n', "warning: no rule asks for the numbers spare"),
        ("numbers:\n", '  spare: "24/7"\nnumbers:\n', "warning: nothing asks for the hours spare"),
        (
            "menus:\n",
            "menus:\n  spare: {say: {en: a, de: b}, keys: {1: {message: sales}}, no_key: {then: {message: sales}}}\n",
            "warning: menu spare is never opened",
        ),
        # languages
        ("say: {en: Press., de: Drücken.}", "say: {en: Press.}", "warning: menu closed has no text in de"),
        (
            "say: {en: Press., de: Drücken.}",
            "say: {de: Drücken.}",
            "menu closed has no text in en, the first of the languages",
        ),
        ("say: {en: Press., de: Drücken.}", "say: {en: P, de: D, fr: F}", "warning: menu closed has a text in fr"),
        (
            "say: {en: Press., de: Drücken.}",
            "say: {en: 'Hello, {caller}.', de: Drücken.}",
            "warning: menu closed: {caller} is left out, nobody knows how to say the name of who calls",
        ),
        ("say: {en: Press., de: Drücken.}", "say: {file: no-such.wav}", "no-such.wav cannot be read: no such file"),
        ("hours:\n  office", "callers_speak: {fr: '+33*'}\nhours:\n  office", "callers_speak names the language 'fr'"),
    ],
)
def test_what_is_wrong(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = changed((old, new)) if GOOD.count(old) == 1 else GOOD.replace(old, new, 1)
    if "topic: round" in new:
        text = text.replace("topics:\n", "topics:\n  round: {to: boss, otherwise: {menu: closed}}\n")
    found = {str(one).removeprefix(f"{tmp_path}/"): one.severity for one in inspected(tmp_path, text).problems}
    assert any(told in problem for problem in found), list(found)
    assert all(problem.startswith("plan.yaml:") and problem.endswith(")") for problem in found)
    if told.startswith("warning: "):
        assert {severity for problem, severity in found.items() if told in problem} == {Severity.WARNING}


def test_everything_is_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = changed(
        ("boss]", "bos]"),
        (LAST_RULE, ""),
        ("{hours: night}, do", "{hours: nihgt}, do"),
        ("no_key: {after: 8s, repeat: 2, then: {message: sales}}", "no_key: {then: {menu: closed}}"),
    )
    found = problems(tmp_path, text)
    lines = [int(problem.split(":")[1]) for problem in found]
    assert lines == sorted(lines)
    assert [problem.split(": ", 1)[1].partition(" (")[0] for problem in found] == [
        "warning: nothing asks for the hours night",
        "topic change names the person 'bos', which is not defined",
        "line main has no rule for the calls that fit none of its rules",
        "rule 2 of line main names the hours 'nihgt', which are not defined",
        "a call that nobody takes goes round for ever: menu closed -> menu closed",
    ]


def test_names_are_judged_beside_what_cannot_be_read(tmp_path: Path) -> None:
    text = changed(
        ("ring: 4}", "ring: many}"),
        ("boss]", "bos]"),
        ("change:\n", "change:\n    colour: red\n"),
        ("9: {message", "99: {message"),
    )
    found = problems(tmp_path, text)
    assert [problem.split(": ", 1)[1].split(" (")[0] for problem in found] == [
        "people.maria.ring cannot be 'many'",
        "unknown key 'colour' in topics.change",
        "topic change names the person 'bos', which is not defined",
        "'99' cannot be a key",
    ]


def test_what_could_not_be_read_is_not_missed_a_second_time(tmp_path: Path) -> None:
    text = changed(("  sales: {email: sales@hotel.example}", "  sales: {mail: sales@hotel.example}"))
    assert [problem.split(": ", 1)[1] for problem in problems(tmp_path, text)] == [
        "services.sales has no 'email' (write email: reservations@hotel.example)",
        "unknown key 'mail' in services.sales (did you mean 'email'?)",
    ]


def test_errors_are_not_lost_behind_a_hundred_warnings(tmp_path: Path) -> None:
    many = "".join(f'  spare_{number}: {{call: "{9000 + number}"}}\n' for number in range(300))
    found: Inspected = inspected(
        tmp_path, changed(("people:\n", f"people:\n{many}"), ("9: {message: sales}", "9: {message: s}"))
    )
    assert found.failed
    assert "300" not in str(found.problems[0])
    assert any("the service 's'" in str(problem) for problem in found.problems)
    assert any("more problems" in str(problem) for problem in found.problems)
