"""Where calls go: lines, rules, topics, people, menus; step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette.dialplan.presence import packages_of
from phoneetiquette.dialplan.questions import (
    Arrival,
    CallOthers,
    Deadline,
    Decision,
    Entry,
    Known,
    MenuKey,
    MenuSilence,
    OpenMenu,
    Question,
    ReturnToDesk,
    RingDesk,
    SeatDecides,
    TakeMessage,
    TopicChosen,
)
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.walk import Conduct, in_a_word, walk
from tests.unit.dialplan_files import GOOD, changed, router

DAY = datetime(2026, 11, 27, 10, tzinfo=UTC)
NIGHT = datetime(2026, 11, 27, 23, tzinfo=UTC)


@pytest.fixture
def plan(tmp_path: Path) -> Router:
    return router(tmp_path)


def decide(plan: Router, entry: Entry, moment: datetime = DAY, **given: Any) -> Decision:
    call = {name: given.pop(name) for name in ("called", "caller", "language") if name in given}
    return plan.route(Question(entry, moment, **({"called": "100"} | call), known=Known(**given)), steps=True)


def route(plan: Router, entry: Entry, moment: datetime = DAY, **given: Any) -> list[str]:
    """The whole way when nobody answers."""
    call = {name: given.pop(name) for name in ("called", "caller", "language") if name in given}
    question = Question(entry, moment, **({"called": "100"} | call), known=Known(**given))
    return [in_a_word(stop.decision.outcome) for stop in walk(plan, question, Conduct(to_the_end=True))]


def passed_over(decision: Decision) -> dict[str, str]:
    return {step.what: step.why for step in decision.steps if not step.taken}


@pytest.mark.parametrize("called", ["100", "+43 1 5550100", "01 5550100", "sip:+4315550100@192.0.2.1"])
def test_a_line_is_found_in_any_notation(plan: Router, called: str) -> None:
    assert decide(plan, Arrival(), called=called).line == "main"


def test_a_call_to_another_number_rings_the_desk_as_the_seat_is_configured(plan: Router) -> None:
    decision = decide(plan, Arrival(), called="999")
    assert (decision.line, decision.outcome) == ("", RingDesk())
    assert route(plan, Arrival(), called="999") == ["desk", "seat decides"]


def test_a_line_without_numbers_is_that_of_every_other(tmp_path: Path) -> None:
    text = changed(
        ("lines:\n", "lines:\n  other: {rules: [{do: {message: sales}}]}\n"),
        ('"+43 1 5550100", "100"', '"+43 1 55501xx"'),
    )
    plan = router(tmp_path, text)
    assert decide(plan, Arrival(), called="01 5550199").line == "main"
    assert decide(plan, Arrival(), called="999").line == "other"


def test_the_first_rule_that_fits_counts(plan: Router) -> None:
    assert route(plan, Arrival()) == ["desk", "connect desk"]
    assert route(plan, Arrival(), NIGHT) == ["menu closed", "menu closed", "message sales"]
    assert decide(plan, Arrival(), NIGHT, caller="601").outcome == decide(plan, Arrival(), caller="601").outcome


def test_steps_say_what_was_passed_over_and_where_it_stands(plan: Router) -> None:
    decision = decide(plan, Arrival())
    lines = GOOD.splitlines()
    assert passed_over(decision) == {
        "rule 1": "the caller is not lifts",
        "rule 2": "the hours night are closed",
    }
    assert [lines[step.place.line - 1].strip() for step in decision.steps[1:]] == [
        "- {when: {caller: lifts}, do: {topic: danger}}",
        "- {when: {hours: night}, do: {menu: closed}}",
        "- {do: {ring: desk}}",
        "- {do: {ring: desk}}",
    ]
    assert decide(plan, Arrival()).place == decision.steps[-1].place


def test_of_many_rules_for_others_only_the_number_is_told(tmp_path: Path) -> None:
    many = "".join(f'      - {{when: {{caller: "+43 1 77{n:05}"}}, do: {{refuse: busy}}}}\n' for n in range(100))
    plan = router(tmp_path, changed(("      - {do: {ring: desk}}\n", many + "      - {do: {ring: desk}}\n")))
    steps = decide(plan, Arrival(), caller="+43 1 5550123").steps
    assert ("rules 3 to 102", "they are about other calls") in [(step.what, step.why) for step in steps]
    assert decide(plan, Arrival(), caller="01 7700042").steps[-1].what == "refuse busy"
    assert len(decide(plan, Arrival(), caller="01 7700042").steps) < 10


@pytest.mark.parametrize(
    ("when", "fits", "not_fits"),
    [
        ("caller: anonymous", {"caller": ""}, {"caller": "205"}),
        ('caller: ["+43 664*", anonymous]', {"caller": "0664 1234567"}, {"caller": "+49 171 1234567"}),
        ('called: "100"', {"called": "100"}, {"called": "01 5550100"}),
        ("switch: early", {"switches": frozenset({"early"})}, {}),
        ("language: de", {"language": "de"}, {"language": "en"}),
        ("desk: [busy, absent]", {"desk": "absent"}, {"desk": "free"}),
        ('hours: ["Mo 10:00-12:00", "Fr 11:00-12:00"]', {}, {"moment": datetime(2026, 11, 26, 10, tzinfo=UTC)}),
    ],
)
def test_conditions(tmp_path: Path, when: str, fits: dict[str, Any], not_fits: dict[str, Any]) -> None:
    extra = f"      - {{when: {{{when}}}, do: {{message: sales}}}}\n"
    plan = router(tmp_path, changed(("      - {when: {hours: night}", extra + "      - {when: {hours: night}")))
    takes = TakeMessage("sales")
    assert decide(plan, Arrival(), **fits).outcome == takes
    assert decide(plan, Arrival(), **not_fits).outcome != takes
    without = changed(
        ("      - {when: {hours: night}", extra.replace("when:", "unless:") + "      - {when: {hours: night}")
    )
    plan = router(tmp_path, without)
    assert decide(plan, Arrival(), **fits).outcome != takes
    assert decide(plan, Arrival(), **not_fits).outcome == takes


def test_a_rule_that_can_do_nothing_is_passed_over(tmp_path: Path) -> None:
    extra = "      - {when: {caller: anonymous}, do: {ring: maria}}\n"
    plan = router(tmp_path, changed(("      - {do: {ring: desk}}\n", extra + "      - {do: {ring: desk}}\n")))
    assert route(plan, Arrival(), caller="") == ["maria", "desk", "connect desk"]
    assert route(plan, Arrival(), caller="", busy=frozenset({"maria"})) == ["desk", "connect desk"]


def test_at_the_deadline(plan: Router) -> None:
    assert route(plan, Deadline()) == ["connect desk"]
    assert route(plan, Deadline(), desk="absent") == ["boss", "menu closed", "menu closed", "message sales"]
    refused = decide(plan, Deadline(), tried={"desk": "refused"}).outcome
    assert isinstance(refused, CallOthers)


def test_without_on_deadline_the_seat_decides() -> None:
    from phoneetiquette.dialplan.model import NOWHERE, Plan

    empty = Router(Plan(NOWHERE, "empty", "AT", "UTC"))
    assert empty.route(Question(Deadline(), DAY)).outcome == SeatDecides()


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"busy": frozenset({"maria"})}, "busy"),
        ({"absent": frozenset({"maria"})}, "absent"),
        ({"do_not_disturb": frozenset({"maria"})}, "does not want to be disturbed"),
        ({"resting": frozenset({"maria"})}, "was busy or refused a moment ago"),
        ({"tried": {"maria": "refused"}}, "refused"),
        ({"caller": "205"}, "is the caller"),
        ({"moment": datetime(2026, 11, 28, 10, tzinfo=UTC), "idle_s": {}}, "not at work"),
    ],
)
def test_who_is_passed_over_and_why(plan: Router, known: dict[str, Any], why: str) -> None:
    decision = decide(plan, TopicChosen("change"), **known)
    assert passed_over(decision)["maria"] == why
    assert isinstance(decision.outcome, CallOthers)
    assert decision.outcome.attempts[0].who == ("boss" if why == "not at work" else "jonas")


def test_who_is_away_is_passed_over(tmp_path: Path) -> None:
    plan = router(tmp_path, changed(("hours: office, ring: 4", 'hours: office, away: "2026 Nov 20-2026 Dec 01"')))
    assert passed_over(decide(plan, TopicChosen("change")))["maria"] == "away"


def test_an_attempt_says_whom_how_long_and_how(plan: Router) -> None:
    outcome = decide(plan, TopicChosen("change")).outcome
    assert isinstance(outcome, CallOthers)
    (attempt,) = outcome.attempts
    assert (attempt.who, attempt.address, attempt.rings, attempt.transfer) == ("maria", "205", 4, "announced")
    assert (outcome.topic, outcome.skill) == ("change", "booking")


@pytest.mark.parametrize(
    ("target", "known", "language", "expected"),
    [
        ("{skill: booking}", {}, "en", ["maria", "jonas"]),
        ("{skill: booking}", {}, "de", ["maria", "jonas"]),
        ("{skill: booking, order: longest_idle}", {"idle_s": {"maria": 5.0, "jonas": 60.0}}, "en", ["jonas", "maria"]),
        ("{skill: booking, order: longest_idle}", {"idle_s": {"maria": 5.0}}, "en", ["jonas", "maria"]),
        (
            "{skill: booking, order: longest_idle}",
            {"idle_s": {"maria": 5.0, "jonas": 60.0}},
            "de",
            ["maria", "jonas"],  # who speaks the language comes first
        ),
        (
            "{skill: booking, order: longest_idle, language: ignored}",
            {"idle_s": {"maria": 5.0, "jonas": 60.0}},
            "de",
            ["jonas", "maria"],
        ),
        ("{skill: booking, language: required}", {}, "de", ["maria"]),
        ("{skill: booking, order: round_robin}", {"last_taken": {"booking": "maria"}}, "en", ["jonas", "maria"]),
        ("{skill: booking, order: round_robin}", {"last_taken": {"booking": "jonas"}}, "en", ["maria", "jonas"]),
        ("{skill: booking, order: round_robin}", {"last_taken": {"booking": "gone"}}, "en", ["maria", "jonas"]),
        ("{skill: booking, order: all}", {}, "en", ["maria + jonas"]),
        ("{skill: booking, order: all}", {"busy": frozenset({"maria"})}, "en", ["jonas"]),
    ],
)
def test_orders(tmp_path: Path, target: str, known: dict[str, Any], language: str, expected: list[str]) -> None:
    plan = router(tmp_path, changed(("to: [{skill: booking}, boss]", f"to: [{target}]")))
    found = route(plan, TopicChosen("change"), language=language, **known)
    assert found == [*expected, "back to desk"]


def test_a_topic_comes_back_to_the_desk_with_what_can_be_offered(plan: Router) -> None:
    outcome = decide(plan, TopicChosen("change"), absent=frozenset({"maria", "jonas", "boss"})).outcome
    assert isinstance(outcome, ReturnToDesk)
    assert [(action.verb, action.name) for action in outcome.offer] == [("message", "sales")]
    assert decide(plan, TopicChosen("way")).outcome == ReturnToDesk("way")
    assert decide(plan, TopicChosen("no such topic")).outcome == ReturnToDesk("no such topic")


def test_a_supervisor(plan: Router, tmp_path: Path) -> None:
    assert route(plan, TopicChosen("change", escalate=True)) == ["boss", "back to desk"]
    text = changed(("lines:\n", "desk: {supervisor: boss}\nlines:\n"))
    assert route(router(tmp_path, text), TopicChosen("way", escalate=True)) == ["boss", "back to desk"]


def test_an_emergency_asks_nobody_for_hours_or_presence(plan: Router) -> None:
    everything = {
        "absent": frozenset({"guard"}),
        "do_not_disturb": frozenset({"guard"}),
        "resting": frozenset({"guard"}),
        "desk": "absent",
    }
    outcome = decide(plan, Arrival(), NIGHT, caller="601", **everything).outcome
    assert isinstance(outcome, CallOthers)
    assert outcome.attempts[0].who == "guard"
    assert route(plan, Arrival(), NIGHT, caller="601") == ["guard", "112", "desk", "guard + 112"]
    assert route(plan, Arrival(), caller="601", busy=frozenset({"guard"})) == ["112", "guard", "desk", "guard + 112"]
    assert route(plan, TopicChosen("danger")) == ["guard", "112", "guard + 112"]
    assert route(plan, MenuKey("closed", "0"))[0] == "guard"


def test_menu_keys(plan: Router) -> None:
    assert route(plan, MenuKey("closed", "1")) == ["maria", "jonas", "boss", "message sales"]
    assert decide(plan, MenuKey("closed", "9")).outcome == TakeMessage("sales")
    taken = decide(plan, MenuKey("closed", "1"), absent=frozenset({"maria", "jonas", "boss"})).outcome
    assert taken == TakeMessage("sales", "change")
    assert decide(plan, MenuKey("closed", "*")).outcome == OpenMenu("closed", again=True)
    assert decide(plan, MenuKey("closed", "5")).outcome == OpenMenu("closed", again=True, wrong=1)
    assert decide(plan, MenuKey("closed", "5", wrong=1)).outcome == TakeMessage("sales")


def test_menu_without_a_key(plan: Router) -> None:
    assert decide(plan, MenuSilence("closed", 1)).outcome == OpenMenu("closed", again=True)
    assert decide(plan, MenuSilence("closed", 2)).outcome == TakeMessage("sales")


SUBMENU = changed(
    (
        "menus:\n",
        """menus:
  language:
    say: {en: English 1, de: Deutsch 2}
    keys: {1: {menu: closed, language: en}, 2: {menu: closed, language: de}, "#": {back: yes}}
    no_key: {then: {message: sales}}
""",
    ),
    ('"*": {repeat: yes}}', '"*": {repeat: yes}, 8: {menu: language}}'),
)


def test_menus_in_menus_and_back(tmp_path: Path) -> None:
    plan = router(tmp_path, SUBMENU)
    deeper = decide(plan, MenuKey("closed", "8"))
    assert deeper.outcome == OpenMenu("language", ("closed",))
    assert decide(plan, MenuKey("language", "#", ("closed",))).outcome == OpenMenu("closed")
    assert decide(plan, MenuKey("language", "#")).outcome == OpenMenu("language", again=True)
    chosen = decide(plan, MenuKey("language", "2", ("closed",)))
    assert (chosen.outcome, chosen.language) == (OpenMenu("closed"), "de")


def test_a_language_chosen_in_a_menu_stays(tmp_path: Path) -> None:
    plan = router(tmp_path, SUBMENU)
    question = Question(Arrival(), NIGHT, "100")
    stops = walk(plan, question, Conduct(keys=("8", "2", "1")))
    assert [stop.decision.language for stop in stops] == ["en", "en", "de", "de", "de"]


def test_what_language_a_call_is_in(tmp_path: Path) -> None:
    text = changed(("hours:\n", 'callers_speak: {de: "+49*"}\nhours:\n'))
    plan = router(tmp_path, text)
    assert decide(plan, Arrival(), caller="+43 1 5550142").language == "en"
    assert decide(plan, Arrival(), caller="+49 30 5550142").language == "de"
    assert decide(plan, Arrival(), caller="+49 30 5550142", language="uk").language == "uk"
    of_line = router(tmp_path, text.replace("    greeting:", "    language: en\n    greeting:"))
    assert decide(of_line, Arrival(), caller="+49 30 5550142").language == "en"


def test_a_topic_that_the_desk_is_competent_for_rings_it_from_a_menu(tmp_path: Path) -> None:
    text = changed(
        ("way: {desk: yes}", "way: {desk: yes, to: boss, otherwise: {message: sales}}"),
        ("1: {topic: change}", "1: {topic: way}"),
    )
    plan = router(tmp_path, text)
    assert route(plan, MenuKey("closed", "1")) == ["desk", "boss", "message sales"]
    assert route(plan, MenuKey("closed", "1"), desk="busy") == ["boss", "message sales"]
    assert route(plan, TopicChosen("way")) == ["boss", "back to desk"]


def test_the_same_question_has_the_same_answer(plan: Router) -> None:
    question = Question(TopicChosen("change"), DAY, "100", known=Known(idle_s={"jonas": 3.0}))
    assert plan.route(question) == plan.route(replace(question)) == Router(plan.plan).route(question)


def test_who_is_asked_about_at_the_pbx(tmp_path: Path) -> None:
    """The desk says it for internal numbers, a person for itself."""
    assert packages_of(router(tmp_path).plan, ()) == {}
    everybody = router(tmp_path, changed(("numbers:\n", "desk: {presence: dialog}\nnumbers:\n"))).plan
    assert packages_of(everybody, ()) == dict.fromkeys(("maria", "jonas", "guard"), ("dialog", "presence"))
    some = changed(
        ("numbers:\n", "desk: {presence: presence}\nnumbers:\n"),
        ("hours: office, ring", "presence: dialog, hours: office, ring"),
        ('guard: {call: "500"', 'guard: {call: "500", presence: no'),
    )
    assert packages_of(router(tmp_path, some).plan, ()) == {"maria": ("dialog", "presence"), "jonas": ("presence",)}


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("500", True),
        ("sip:500@pbx.example:5070;transport=tcp", True),
        ("guard@PBX.example", True),
        ("sip:guard@other.example", False),
        ("guard@other.example", False),
        ("+43 1 5550142", False),
    ],
)
def test_a_telephone_at_another_host_is_not_internal(tmp_path: Path, address: str, asked: bool) -> None:
    text = changed(
        ("numbers:\n", "desk: {presence: dialog}\nnumbers:\n"), ('guard: {call: "500"', f'guard: {{call: "{address}"')
    )
    assert ("guard" in packages_of(router(tmp_path, text).plan, {"pbx.example"})) is asked
