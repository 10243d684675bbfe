"""Deliveries, reminders and escalation in virtual time, through any number of restarts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from phoneetiquette import events as e
from phoneetiquette.errors import PhoneEtiquetteError, StoreError
from phoneetiquette.followups.book import Book
from phoneetiquette.followups.form import Service, Site
from phoneetiquette.followups.message import Message
from phoneetiquette.followups.parcel import reminder_mail
from phoneetiquette.followups.promise import Promise
from phoneetiquette.notify.delivery import Result
from phoneetiquette.notify.errors import DeliveryError
from phoneetiquette.notify.outbox import Outbox
from phoneetiquette.records.anonymous import anonymous_event
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.store.memory import MemoryStore
from phoneetiquette.runtime.courier import Courier, Routes

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SITE = Site(country="AT", services={"house": Service(email="house@hotel.example")}, topics={})
ALL = Routes(mail=True, to="office@hotel.example", escalate_to="boss@hotel.example", webhook=True)


@dataclass
class Office:
    """A seat whose journal is a list, and whose clock the test sets."""

    folder: Path
    routes: Routes = ALL
    hours: float = 0.0
    seat: str = "desk"
    store: MemoryStore | None = None
    store_fails: bool = False
    journal: list[Entry] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.book = Book()
        for entry in self.journal:
            self.book.feed(entry)
        self.courier = Courier(
            self.seat,
            self.book,
            Outbox(self.folder / "outbox"),
            {},
            self.routes,
            site=lambda: SITE,
            promise=lambda: Promise(UTC),
            note=self.note,
            trouble=self.trouble,
            now=lambda: START + timedelta(hours=self.hours),
            claim=self.claim if self.store else None,
        )

    async def claim(self, duty: str) -> bool:
        if self.store_fails:
            raise StoreError("the disk is full")
        assert self.store
        return self.store.claim(duty, self.seat, START + timedelta(hours=self.hours))

    def share(self, other: Office) -> None:
        """What this seat knows of messages reaches another by the store."""
        for message in self.book.messages("all", START):
            other.book.merge(message)

    def trouble(self, _key: str, error: PhoneEtiquetteError | None) -> None:
        self.troubles.append(str(error or ""))

    def happen(self, event: e.Event, seat: str = "") -> None:
        entry = Entry(len(self.journal) + 1, START + timedelta(hours=self.hours), "boot", event, seat or self.seat)
        self.journal.append(entry)
        self.book.feed(entry)

    async def note(self, message: str, what: e.Happened, text: str) -> None:
        self.happen(e.MessageNoted(at_ns=len(self.journal), message=message, what=what, text=text))

    def take(self, message: str = "m", service: str = "house", seat: str = "") -> None:
        due = (START + timedelta(hours=self.hours + 72)).isoformat()
        taken = e.MessageTaken(at_ns=1, call="", message=message, by="agent", name="Anna", service=service, due=due)
        self.happen(taken, seat)

    def waiting(self) -> list[str]:
        return [waiting.parcel.id for waiting in self.courier.outbox.all()]

    def history(self, message: str = "m") -> list[tuple[str, str]]:
        found = self.book.get(message)
        assert found
        return [(note.what, note.text) for note in found.history]

    async def deliver(self) -> list[str]:
        """Everything that waits reaches its receiver; to whom."""
        to = []
        for waiting in self.courier.outbox.all():
            to.append(waiting.parcel.to or waiting.parcel.channel)
            await self.courier._take_result(Result(waiting.parcel))
        return to


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


async def test_a_message_goes_to_its_service_and_the_delivery_is_in_its_history(office: Office) -> None:
    office.take()
    await office.courier.look()
    assert sorted(await office.deliver()) == ["house@hotel.example", "webhook"]
    assert sorted(office.history()) == [("delivered", "mail to house@hotel.example"), ("delivered", "webhook")]
    for _ in range(3):
        office.restart()
        await office.courier.look()
        assert office.waiting() == []


async def test_without_a_service_it_goes_to_the_office_and_without_a_mail_server_nowhere(tmp_path: Path) -> None:
    office = Office(tmp_path / "one")
    office.take(service="")
    await office.courier.look()
    assert "office@hotel.example" in await office.deliver()
    office = Office(tmp_path / "two", Routes())
    office.take()
    await office.courier.look()
    assert office.waiting() == []


@pytest.mark.parametrize("every_h", [0.5, 1.5, 5.0])
@pytest.mark.parametrize("restarts", [False, True])
async def test_three_reminders_and_an_escalation_each_once(office: Office, every_h: float, restarts: bool) -> None:
    office.take()
    sent: list[str] = []
    while office.hours <= 100:
        if restarts:
            office.restart()
        wait_s = await office.courier.look()
        assert 0 < wait_s <= 600
        sent += [one.parcel.to for one in office.courier.outbox.all() if one.parcel.channel == "mail"]
        await office.deliver()
        office.hours += every_h
    told = [text for what, text in office.history() if what in ("reminded", "escalated")]
    assert sorted(set(told), key=told.index) == told
    assert told == ["24 h", "48 h", "66 h", "overdue"]
    assert sent == ["house@hotel.example"] * 4 + ["boss@hotel.example"]


def test_a_reminder_says_when_the_message_was_taken_whatever_days_count() -> None:
    taken = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)  # a Friday; the first working day is over on Monday
    message = Message(id="m", seat="desk", taken=taken, due=taken + timedelta(days=5), name="Anna", phone="+431")
    for reminder in ("24 h", "66 h"):
        mail = reminder_mail(message, "house@hotel.example", ZoneInfo("Europe/Vienna"), reminder)
        first = mail.text.splitlines()[0]
        assert first.startswith(
            "This message was taken on Fri 06 Mar 2026 17:00 (Europe/Vienna) and is not answered yet."
        )
        assert ("tell the customer" in first) == (reminder == "66 h")
    assert "(UTC)" in reminder_mail(message, "house@hotel.example", UTC, "24 h").text


async def test_what_passed_while_the_machine_was_off_is_one_reminder(office: Office) -> None:
    office.take()
    await office.courier.look()
    await office.deliver()
    office.hours = 50
    office.restart()
    await office.courier.look()
    assert [text for what, text in office.history() if what == "reminded"] == ["48 h"]
    assert sorted(office.waiting()) == ["m-reminder-48h", "m-webhook-48h"]


async def test_a_killed_process_neither_loses_nor_doubles_a_reminder(office: Office) -> None:
    """Killed between putting it into the outbox and journalling it, and between delivering and journalling."""
    office.take()
    await office.courier.look()
    await office.deliver()
    office.hours = 24
    before = list(office.journal)
    await office.courier.look()
    put = office.waiting()
    office.journal = before
    office.restart()
    await office.courier.look()
    assert office.waiting() == put
    assert [text for what, text in office.history() if what == "reminded"] == ["24 h"]


async def test_an_answered_message_is_not_reminded_of(office: Office) -> None:
    office.take()
    await office.courier.look()
    await office.deliver()
    office.hours = 24
    await office.courier.look()
    assert len(office.waiting()) == 2
    office.happen(e.MessageNoted(at_ns=9, message="m", what="answered", who="Eva"))
    await office.courier.look()
    assert office.waiting() == []
    office.hours = 80
    await office.courier.look()
    assert office.waiting() == []


async def test_a_message_whose_customer_was_erased_is_sent_to_nobody_and_nobody_is_reminded_of_it(
    office: Office,
) -> None:
    office.take()
    office.journal = [
        replace(entry, event=anonymous_event(entry.event, calls=(), messages={"m"}, wake_ups={}))
        for entry in office.journal
    ]
    for office.hours in (0, 24, 80):
        office.restart()
        await office.courier.look()
        assert office.waiting() == []
    assert office.history() == []


async def test_each_seat_sees_to_its_own_messages(office: Office) -> None:
    office.take("theirs", seat="other")
    await office.courier.look()
    assert office.waiting() == []


async def two_offices(folder: Path) -> tuple[Office, Office, MemoryStore]:
    """Two seats of one store; a message that the first took, and both know of."""
    store = MemoryStore()
    ours, theirs = Office(folder / "a", seat="desk", store=store), Office(folder / "b", seat="other", store=store)
    ours.take()
    await ours.courier.look()
    await ours.deliver()
    ours.share(theirs)
    return ours, theirs, store


async def test_another_seat_reminds_half_an_hour_late_and_the_first_one_knows_it_then(tmp_path: Path) -> None:
    ours, theirs, _ = await two_offices(tmp_path)
    theirs.hours = 24.4
    await theirs.courier.look()
    assert theirs.waiting() == []
    theirs.hours = 24.6
    await theirs.courier.look()
    assert sorted(theirs.waiting()) == ["m-reminder-24h", "m-webhook-24h"]
    ours.hours = 24.7  # back, and not told of it yet
    await ours.courier.look()
    assert ours.waiting() == []
    theirs.share(ours)
    await ours.courier.look()
    assert ours.waiting() == []
    assert [text for what, text in ours.history() if what == "reminded"] == ["24 h"]
    for office in (ours, theirs):
        office.hours = 48
    await ours.courier.look()
    await theirs.courier.look()
    assert "m-reminder-48h" in ours.waiting()
    assert "m-reminder-48h" not in theirs.waiting()


async def test_of_two_seats_that_would_take_over_one_does_and_a_dead_one_s_claim_is_given_up(tmp_path: Path) -> None:
    ours, theirs, store = await two_offices(tmp_path)
    third = Office(tmp_path / "c", seat="third", store=store)
    ours.share(third)
    theirs.hours = third.hours = 24.6
    await theirs.courier.look()
    await third.courier.look()
    assert len(theirs.waiting()) == 2
    assert third.waiting() == []
    third.hours = 25.2  # nothing came of it
    await third.courier.look()
    assert len(third.waiting()) == 2


async def test_without_a_store_each_seat_goes_on_with_its_own(tmp_path: Path) -> None:
    office = Office(tmp_path, store=MemoryStore())
    office.take()
    office.take("theirs", seat="other")
    office.store_fails = True
    office.hours = 30
    await office.courier.look()
    assert "m-reminder-24h" in office.waiting()
    assert not [one for one in office.waiting() if one.startswith("theirs")]


async def test_failures_are_a_trouble_until_they_are_over_and_a_dead_letter_is_in_the_history(office: Office) -> None:
    office.take()
    await office.courier.look()
    (mail,) = [one.parcel for one in office.courier.outbox.all() if one.parcel.channel == "mail"]
    error = DeliveryError("no such address", final=True)
    office.courier.outbox.failed(mail.id, error)
    await office.courier._take_result(Result(mail, error, dead=True))
    assert office.troubles[-1].startswith("1 delivery waits, 1 given up: no such address")
    assert office.history() == [("undelivered", "mail: no such address")]
    await office.courier.look()
    assert sorted(office.waiting()) == ["m-mail", "m-webhook"]
    await office.deliver()
    assert office.troubles[-1] == ""


async def test_a_trouble_is_told_once_for_as_long_as_it_is_the_same(office: Office) -> None:
    office.take()
    await office.courier.look()
    error = DeliveryError("no such address", final=True)
    for waiting in office.courier.outbox.all():
        office.courier.outbox.failed(waiting.parcel.id, error)
    for waiting in office.courier.outbox.all() * 2:
        await office.courier._take_result(Result(waiting.parcel, error))
    assert office.troubles == [
        "2 deliveries wait, 2 given up: no such address (phoneetiquette messages undelivered shows them)"
    ]


async def test_what_was_given_up_is_forgotten_when_its_message_is_answered(office: Office) -> None:
    office.take()
    await office.courier.look()
    error = DeliveryError("no such address", final=True)
    office.courier.outbox.failed("m-mail", error)
    await office.courier._take_result(Result(office.courier.outbox.all()[0].parcel, error))
    office.happen(e.MessageNoted(at_ns=9, message="m", what="answered", who="Eva"))
    await office.courier.look()
    assert office.waiting() == ["m-webhook"]
    assert office.troubles[-1] == ""


async def test_delivered_and_journalled_but_not_removed_is_not_sent_again(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.take()
    await office.courier.look()
    await office.note("m", "delivered", "mail to house@hotel.example")
    office.restart()
    await office.courier._forget_delivered()
    assert office.waiting() == ["m-webhook"]
