"""Messages: what a form must hold, by when an answer is owed, and what the book makes of the journal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoneetiquette import events as e
from phoneetiquette.dialplan.public_holidays import is_working_day
from phoneetiquette.followups.book import SETTLED_KEPT, Book
from phoneetiquette.followups.form import LONGEST, FormError, MessageForm, Service, Site, checked
from phoneetiquette.followups.message import message_from, message_object
from phoneetiquette.followups.promise import Promise
from phoneetiquette.records.entry import Entry

VIENNA = ZoneInfo("Europe/Vienna")
SITE = Site(
    country="AT",
    services={"reservations": Service(email="r@hotel.example"), "house": Service(email="h@hotel.example")},
    topics={"booking": "reservations"},
)
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def form(**changes: object) -> MessageForm:
    return MessageForm(**{"name": "Anna Berger", "matter": "a room", "phone": "0664 1234567"} | changes)  # type: ignore[arg-type]


def refused(**changes: object) -> dict[str, str]:
    with pytest.raises(FormError) as caught:
        checked(form(**changes), SITE)
    return caught.value.fields


# ---------------------------------------------------------------------------------------------------- the form


def test_a_complete_form_is_tidied() -> None:
    written = form(
        name="  Anna \t Berger ", matter=" a room \r\n\r\nfor two ", email="Anna@B\u00fccher.example", topic="booking"
    )
    kept = checked(written, SITE)
    assert (kept.name, kept.matter) == ("Anna Berger", "a room\n\nfor two")
    assert (kept.phone, kept.email) == ("+436641234567", "Anna@b\u00fccher.example")
    assert kept.service == "reservations"


def test_everything_that_is_missing_is_told_at_once() -> None:
    assert set(refused(name=" ", matter="\n", phone="")) == {"name", "matter", "phone"}


@pytest.mark.parametrize(
    "phone", ["123456", "205", "+43 1 5550100", "+1 (212) 555-0100", "01/5550100", "0043 1 5550100"]
)
def test_numbers_that_can_be_called_back(phone: str) -> None:
    assert checked(form(phone=phone), SITE).phone.lstrip("+").isdigit()


@pytest.mark.parametrize(
    "phone", ["1", "+999 123", "anna", "sip:anna@pbx.example", "0664 12345678901234567", "\u0661\u0662\u0663"]
)
def test_what_is_no_number_is_told_so(phone: str) -> None:
    assert set(refused(phone=phone)) == {"phone"}


@pytest.mark.parametrize(
    "email", ["anna", "anna@", "a b@c.example", "anna@localhost", "a@b.example\r\nBcc: x@y.example"]
)
def test_what_is_no_address_is_told_so(email: str) -> None:
    assert set(refused(email=email)) == {"email"}


def test_one_valid_contact_is_enough_but_a_wrong_one_is_not_swallowed() -> None:
    assert checked(form(phone="", email="a@b.example"), SITE).email == "a@b.example"
    assert set(refused(phone="no", email="a@b.example")) == {"phone"}


def test_a_service_that_the_dialplan_has_not_is_told_so() -> None:
    assert "house, reservations" in refused(service="hose")["service"]
    assert checked(form(service="house", topic="booking"), SITE).service == "house"


@given(st.fixed_dictionaries({field: st.text(max_size=60) for field in LONGEST}))
def test_whatever_is_typed_is_kept_clean_or_refused(typed: dict[str, str]) -> None:
    try:
        kept = checked(MessageForm(read_back=False, **typed), SITE)
    except FormError:
        return
    assert kept.name.strip()
    assert kept.phone or kept.email
    for field in set(LONGEST) - {"matter"}:
        assert "\n" not in getattr(kept, field)
        assert "\r" not in getattr(kept, field)


@pytest.mark.parametrize("field", sorted(LONGEST))
def test_texts_have_an_end(field: str) -> None:
    assert set(refused(**{field: "9" * (LONGEST[field] + 1)})) == {field}


# ------------------------------------------------------------------------------------------------- the promise


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIENNA)


def test_three_days_are_the_same_time_of_day_also_when_the_clocks_change() -> None:
    promise = Promise(VIENNA)
    assert promise.due(local("2026-03-02T09:30")) == local("2026-03-05T09:30")
    assert promise.due(local("2026-03-27T09:30")) == local("2026-03-30T09:30")
    assert promise.due(local("2026-03-27T09:30")) - local("2026-03-27T09:30").astimezone(UTC) == timedelta(hours=71)


def test_reminders_of_calendar_days() -> None:
    taken = local("2026-03-02T09:30").astimezone(UTC)
    told = Promise(VIENNA).reminders(taken)
    assert {name: (at - taken) / timedelta(hours=1) for name, at in told.items()} == {
        "24 h": 24,
        "48 h": 48,
        "66 h": 66,
    }


@pytest.mark.parametrize(
    ("taken", "due"),
    [
        ("2026-03-02T09:30", "2026-03-05T09:30"),
        ("2026-03-05T09:30", "2026-03-10T09:30"),  # over a weekend
        ("2026-03-07T22:00", "2026-03-12T00:00"),  # a Saturday: as if on Monday, first thing
        ("2026-04-02T10:00", "2026-04-08T10:00"),  # Easter Monday, 6 April, does not count
        ("2026-12-24T10:00", "2026-12-30T10:00"),
    ],
)
def test_working_days(taken: str, due: str) -> None:
    promise = Promise(VIENNA, lambda day: is_working_day(day, "AT"))
    assert promise.due(local(taken)) == local(due)


def test_weekends_and_holidays_are_those_of_the_country() -> None:
    friday = date(2026, 3, 6)
    assert is_working_day(friday, "AT")
    assert not is_working_day(friday, "SA")
    assert not is_working_day(date(2026, 11, 1), "DE", "BY")
    assert is_working_day(date(2026, 1, 6), "DE")
    assert not is_working_day(date(2026, 1, 6), "DE", "BY")
    assert is_working_day(friday, "ZZ")


# ---------------------------------------------------------------------------------------------------- the book


def entry(seq: int, event: e.Event, hours: float = 0.0, seat: str = "desk") -> Entry:
    return Entry(seq, NOW + timedelta(hours=hours), "boot", event, seat)


def taken(message: str = "m", hours: float = 0.0) -> Entry:
    due = (NOW + timedelta(hours=hours + 72)).isoformat()
    return entry(1, e.MessageTaken(at_ns=1, call="c", message=message, by="agent", name="Anna", due=due), hours)


def noted(what: e.Happened, hours: float, message: str = "m", **more: str) -> Entry:
    return entry(2, e.MessageNoted(at_ns=round(hours * 1000), message=message, what=what, **more), hours)


def test_a_message_lives_from_being_taken_to_being_answered() -> None:
    book = Book()
    for one in (taken(), noted("delivered", 0.1), noted("claimed", 1, who="Eva"), noted("delay_told", 70, who="Eva")):
        assert book.feed(one)
    (message,) = book.messages("open", NOW)
    assert (message.state, message.claimed_by, message.in_time) == ("claimed", "Eva", None)
    book.feed(noted("answered", 80, who="Eva", text="by e-mail"))
    message = book.get("m") or pytest.fail("it is gone")
    assert (message.state, message.is_open, message.in_time) == ("answered", False, False)
    assert [note.what for note in message.history] == ["delivered", "claimed", "delay_told", "answered"]


def test_due_and_overdue_are_told_by_the_clock() -> None:
    book = Book()
    book.feed(taken())

    def at(hours: float) -> tuple[int, int, bool]:
        now = NOW + timedelta(hours=hours)
        (message,) = book.messages("open", now)
        return len(book.messages("due", now)), len(book.messages("overdue", now)), message.wants_delay_notice(now)

    assert at(47.9) == (0, 0, False)
    assert at(48) == (1, 0, False)
    assert at(66) == (1, 0, True)
    assert at(72) == (1, 0, True)
    assert at(72.1) == (1, 1, True)
    book.feed(noted("delay_told", 67))
    assert at(67.1) == (1, 0, False)


def test_reading_the_journal_again_changes_nothing() -> None:
    once, twice = Book(), Book()
    entries = [taken(), noted("claimed", 1, who="Eva"), noted("claimed", 2, who="Eva")]
    for one in entries:
        once.feed(one)
    for one in entries + entries:
        twice.feed(one)
    assert once.get("m") == twice.get("m")
    assert len((once.get("m") or pytest.fail("it is gone")).history) == 2


def test_a_book_has_another_version_whenever_a_message_is_another_one() -> None:
    book, versions = Book(), set()
    for one in (taken(), noted("claimed", 1), noted("answered", 2)):
        book.feed(one)
        versions.add(book.version)
    book.feed(entry(9, e.CallAnswered(at_ns=1, call="x")))
    versions.add(book.version)
    assert len(versions) == 3
    there = Book()
    there.merge(book.get("m") or pytest.fail("it is gone"))
    assert there.version > 0


def test_what_another_seat_noted_counts_whichever_comes_first() -> None:
    here, there = Book(), Book()
    there.feed(taken())
    here.feed(noted("claimed", 1, who="Eva"))
    assert here.messages("all", NOW) == []
    here.merge(there.get("m") or pytest.fail("it is gone"))
    assert (here.get("m") or pytest.fail("it is gone")).state == "claimed"
    there.merge(here.get("m") or pytest.fail("it is gone"))
    assert there.get("m") == here.get("m")


def test_a_connected_call_answers_and_another_does_not() -> None:
    for connected in (True, False):
        book = Book()
        book.feed(taken())
        book.feed(noted("called", 1, call="back"))
        if connected:
            book.feed(entry(3, e.CallAnswered(at_ns=5, call="back"), 1.1))
        assert book.answered_by_call() == []
        book.feed(entry(4, e.CallClosed(at_ns=6, call="back"), 1.2))
        assert book.answered_by_call() == ([("m", "back")] if connected else [])
        assert book.answered_by_call() == []


def test_settled_messages_are_forgotten_in_time_and_open_ones_never() -> None:
    book = Book()
    for n in range(2 * SETTLED_KEPT + 10):
        book.feed(taken(f"m{n}", n))
        if n % 10:
            book.feed(noted("closed", n + 1, f"m{n}", text="spam"))
    every = book.messages("all", NOW)
    assert len(book.messages("open", NOW)) == (2 * SETTLED_KEPT + 10 + 9) // 10
    assert len(every) < 2 * SETTLED_KEPT + 10
    assert every[0].id == f"m{2 * SETTLED_KEPT + 9}"


def test_a_message_comes_back_from_json_as_it_went() -> None:
    book = Book()
    book.feed(taken())
    book.feed(noted("called", 1, call="back", who="Eva"))
    message = book.get("m") or pytest.fail("it is gone")
    assert message_from(message_object(message, NOW)) == message
