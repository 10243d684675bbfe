"""Who calls and whom to put them through to, as the page is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette.calls.guide import Guide
from phoneetiquette.dialplan.reception import Reception
from phoneetiquette.dialplan.router import Router
from phoneetiquette.directory.contacts import Contact, Directory
from phoneetiquette.records.record import CallRecord, WrapUp
from phoneetiquette.runtime.callers import Callers
from phoneetiquette.units import seconds
from tests.unit.dialplan_files import GOOD, changed
from tests.unit.dialplan_files import router as router_of
from tests.unit.topic_scenes import SceneVoice

FRIDAY = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
"""Ten o'clock in Vienna."""
ANNA = Contact(name="Anna Berger", numbers=("+436641234567",), say="BER-ger", language="de", room="214")


def guide(router: Router, now: datetime = FRIDAY) -> Guide:
    plan = router.plan
    return Guide(
        "1",
        router.route,
        lambda _: now,
        "sip:{}@pbx".format,
        SceneVoice(),
        number=str,
        said_number=str,
        topics={"change": "Change a booking", "way": "way", "danger": "danger"},
        people={name: person.name for name, person in plan.people.items()},
        addresses={name: f"sip:{router.address(name)}@pbx" for name in plan.people},
        reception=Reception(router),
    )


@pytest.fixture
def router(tmp_path: Path) -> Router:
    return router_of(tmp_path, GOOD)


@pytest.fixture
def callers() -> Callers:
    return Callers(Directory([ANNA, Contact(name="Martin Maier", numbers=("+43199",))]), "AT", "Ada Moser")


def call(number: str = "sip:06641234567@pbx", name: str = "BERGER", **facts: Any) -> dict[str, Any]:
    party = {"uri": number, "number": "", "name": name}
    return {"id": "a", "direction": "in", "party": party, "called": "sip:100@seat", **facts}


def record(caller: str, days_ago: int, note: str = "") -> CallRecord:
    return CallRecord(
        call=f"r{days_ago}",
        seat="desk",
        direction="in",
        caller=caller,
        caller_name="",
        called="sip:desk@seat",
        arrived=FRIDAY - timedelta(days=days_ago),
        answered=FRIDAY,
        wrap_up=WrapUp(written=FRIDAY, note=note, topic="change", outcome="solved") if note else None,
    )


def test_a_caller_is_known_by_number_however_the_network_writes_it(callers: Callers, router: Router) -> None:
    for number in ("sip:06641234567@pbx", "sip:+43 664 1234567@pbx", "tel:+43-664-1234567", "sip:214@pbx"):
        about = Callers(callers.directory, "AT", "Ada").about(call(number), guide(router), [])
        assert about["contact"]["name"] == "Anna Berger", number
        assert about["contact"]["say"] == "BER-ger"
    unknown = callers.about(call("sip:anonymous@anonymous.invalid"), None, [])
    assert unknown == {"number": "", "contact": None, "language": "", "greeting": None, "earlier": []}


def test_the_greeting_is_the_lines_in_the_callers_language_with_the_receptionists_name(tmp_path: Path) -> None:
    text = changed(('{en: "Hotel, {agent} speaking."}', '{en: "Hotel, {agent} speaking.", de: "Hotel, {agent}."}'))
    plan = guide(router_of(tmp_path, text))
    callers = Callers(Directory([ANNA]), "AT", "Ada Moser")
    assert callers.about(call(), plan, [])["greeting"] == {
        "line": "main",
        "language": "de",
        "text": "Hotel, Ada Moser.",
    }
    stranger = callers.about(call("sip:+4930123456@pbx") | {"id": "b"}, plan, [])
    assert stranger["greeting"]["text"] == "Hotel, Ada Moser speaking."
    assert callers.about(call() | {"id": "c", "direction": "out"}, plan, [])["greeting"] is None


def test_the_last_calls_with_a_number_are_told_with_what_was_noted(callers: Callers) -> None:
    records = [record("sip:+436641234567@pbx", days, f"note {days}") for days in (9, 7, 5, 3)]
    records.append(record("sip:+4399@pbx", 1, "of somebody else"))
    earlier = callers.about(call(), None, records)["earlier"]
    assert [one["note"] for one in earlier] == ["note 3", "note 5", "note 7"]
    assert earlier[0]["arrived"] == "2026-11-24T09:00:00Z"
    assert earlier[0]["outcome"] == "solved"


def test_what_is_known_is_looked_up_once_until_something_changes(callers: Callers, router: Router) -> None:
    plan, records = guide(router), [record("sip:+436641234567@pbx", 3)]
    first = callers.about(call(), plan, records)
    assert callers.about(call(), plan, records) is first
    callers.directory = Directory()
    assert callers.about(call(), plan, records)["contact"] is None
    callers.forget(set())
    assert callers.about(call(), plan, records) is not first


def test_topics_people_contacts_and_numbers_are_found(callers: Callers, router: Router) -> None:
    def names(text: str) -> list[tuple[str, str]]:
        return [(one["kind"], one["name"]) for one in callers.search(text, 8, guide(router), {}, 0)]

    assert names("ma") == [("person", "Maria Huber"), ("contact", "Martin Maier")]
    assert names("book") == [("topic", "Change a booking")]
    assert names("") == [("topic", "Change a booking"), ("topic", "way"), ("topic", "danger")]
    assert names("205") == [("person", "Maria Huber"), ("number", "205")]
    assert names("0664 123") == [("contact", "Anna Berger"), ("number", "0664 123")]
    assert names("sip:x@y") == [("number", "sip:x@y")]
    assert callers.search("ma", 1, guide(router), {}, 0)[0]["target"] == "sip:205@pbx"


def test_who_is_there_is_told_with_since_when_and_until_when(callers: Callers, router: Router) -> None:
    (topic,) = callers.search("booking", 8, guide(router), {"jonas": seconds(5)}, seconds(9))
    maria, jonas, boss = topic["specialists"]
    assert (maria["state"], maria["until"]) == ("hours", "2026-11-27T18:00+01:00")
    assert (jonas["state"], jonas["since_ms"]) == ("busy", 5000)
    assert (boss["state"], boss["until"]) == ("unknown", None)
    evening = FRIDAY + timedelta(hours=10)
    (topic,) = callers.search("booking", 8, guide(router, evening), {"jonas": 1}, 2)
    assert [one["state"] for one in topic["specialists"]] == ["off", "off", "unknown"]
    assert topic["specialists"][0]["until"] == "2026-11-30T08:00+01:00"


def test_a_plan_shows_the_page_its_topics_and_services(router: Router) -> None:
    shown = Reception(router).as_snapshot()
    topics = {one["name"]: one for one in shown["topics"]}  # type: ignore[attr-defined]
    assert topics["change"] == {
        "name": "change",
        "label": "Change a booking",
        "labels": {"en": "Change a booking"},
        "emergency": False,
        "service": "sales",
    }
    assert topics["danger"]["emergency"] is True
    assert shown["services"] == [{"name": "sales", "label": "sales"}]


def test_who_is_marked_unhurried_is_so_for_the_score_card_too() -> None:
    callers = Callers(Directory([Contact(name="Old Mr Gruber", numbers=("+436641234567",), unhurried=True)]), "AT", "")
    assert callers.unhurried(record("sip:06641234567@pbx", 1))
    assert not callers.unhurried(record("sip:0664999@pbx", 1))
    assert not callers.unhurried(record("sip:anonymous@anonymous.invalid", 1))
