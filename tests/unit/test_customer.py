"""What is kept about a customer can be had, and made anonymous, wherever it is kept."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from phoneetiquette import events as e
from phoneetiquette.cli import main
from phoneetiquette.followups.book import Book
from phoneetiquette.followups.parcel import Parcel
from phoneetiquette.notify.outbox import Outbox
from phoneetiquette.records.anonymous import ERASED
from phoneetiquette.records.form_drafts import FormDrafts
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.journal_reader import JournalReader
from phoneetiquette.records.store import MessageQuery, Query, WakeUpQuery, open_store
from phoneetiquette.records.store.catch_up import catch_up
from phoneetiquette.wakeups.book import WakeUpBook
from phoneetiquette.wakeups.wake_up import WakeUp

HERS = ("Anna Berger", "6641234567", "anna@mail.example", "a secret matter", "her words")


NOTES: tuple[tuple[e.Happened, str, str], ...] = (
    ("delivered", "", "mail to house@hotel.example"),
    ("undelivered", "", "webhook: refused: her words"),
    ("claimed", "Eva", "her words"),
    ("reminded", "", "24 h"),
    ("delay_told", "Eva", "her words"),
)


def talk(journal: Journal, call: str, caller: str, name: str) -> None:
    now = time.monotonic_ns()
    for event in (
        e.CallArrived(
            at_ns=now, call=call, caller=caller, caller_name=name, called="sip:d@seat", peer="", sip_call_id=call
        ),
        e.CallAnswered(at_ns=now + 1, call=call),
        e.RecordingFinished(at_ns=now + 2, call=call, file=f"{call}.wav", duration_s=3.0),
        e.CallEnded(at_ns=now + 3, call=call, by="customer", code=200, reason=""),
        e.CallClosed(at_ns=now + 4, call=call, notes=("her words",) if call == "hers" else ()),
    ):
        journal.append(event)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    with Journal.open(tmp_path / "journal", "desk") as journal:
        talk(journal, "hers", "sip:+436641234567@pbx.example", "Anna Berger")
        talk(journal, "other", "sip:+4319999@pbx.example", "Bert")
        for message, call, name, phone in (
            ("m1", "hers", "Anna Berger", ""),
            ("m2", "", "Anna Berger", "+436641234567"),
        ):
            taken = e.MessageTaken(
                at_ns=time.monotonic_ns(),
                call=call,
                message=message,
                by="agent",
                name=name,
                phone=phone,
                email="anna@mail.example",
                matter="a secret matter",
            )
            journal.append(taken)
            for what, who, text in NOTES:
                journal.append(
                    e.MessageNoted(at_ns=time.monotonic_ns(), message=message, what=what, who=who, text=text)
                )
        journal.append(
            e.MessageTaken(
                at_ns=time.monotonic_ns(), call="other", message="m3", by="agent", name="Bert", phone="+4319999"
            )
        )
        store = open_store(f"sqlite:///{tmp_path / 'records.sqlite'}")
        catch_up(journal, store)
        store.close()
    (tmp_path / "messages").mkdir()
    for name in ("hers.wav", "other.wav"):
        (tmp_path / "messages" / name).write_bytes(b"RIFF")
    outbox = Outbox(tmp_path / "outbox")
    outbox.put(Parcel(id="m1-mail", channel="mail", message="m1", text="a secret matter"))
    outbox.put(Parcel(id="m3-mail", channel="mail", message="m3", text="Bert"))
    FormDrafts(tmp_path / "drafts").put("d", {"phone": "+43 664 1234567", "name": "Anna Berger"})
    return tmp_path


@pytest.mark.parametrize("number", ["+43 664 1234567", "+436641234567", "sip:+436641234567@elsewhere"])
def test_what_is_kept_can_be_had(directory: Path, capsys: pytest.CaptureFixture[str], number: str) -> None:
    assert main(["calls", "export", "--number", number, "--directory", str(directory)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["call"] for one in told["calls"]] == ["hers"]
    assert sorted(one["message"] for one in told["messages"]) == ["m1", "m2"]
    assert told["recordings"] == ["hers.wav"]


def test_erased_is_erased_wherever_it_was_kept(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["calls", "erase", "--number", "+436641234567", "--directory", str(directory)]
    assert main(command) == 0
    assert "1 calls, 2 messages and 0 wake-up calls are anonymous, 1 recordings are gone" in capsys.readouterr().out
    everything = b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
    for words in HERS:
        assert words.encode() not in everything, words
    assert b"Bert" in everything
    assert {path.name for path in (directory / "messages").iterdir()} == {"other.wav"}
    assert main(command) == 1
    store = open_store(f"sqlite:///{directory / 'records.sqlite'}")
    assert {record.call for record in store.query(Query())} == {"hers", "other"}
    assert {one.id: sorted(note.what for note in one.history) for one in store.messages(MessageQuery())} == {
        "m1": sorted(what for what, _, _ in NOTES),
        "m2": sorted(what for what, _, _ in NOTES),
        "m3": [],
    }
    store.close()


def test_a_store_that_is_filled_again_does_not_bring_the_customer_back(directory: Path) -> None:
    assert main(["calls", "erase", "--number", "+436641234567", "--directory", str(directory)]) == 0
    store = open_store(f"sqlite:///{directory / 'new.sqlite'}")
    with Journal.open(directory / "journal", "desk") as journal:
        assert journal.findings == []
        catch_up(journal, store)
    assert {record.call: record.caller_name for record in store.query(Query())} == {"hers": "", "other": "Bert"}
    store.close()


def test_what_was_done_about_an_erased_message_is_known_once_and_not_done_again(directory: Path) -> None:
    assert main(["calls", "erase", "--number", "+436641234567", "--directory", str(directory)]) == 0
    book = Book()
    with Journal.open(directory / "journal", "desk") as journal:
        for entry in JournalReader(journal.directory, "desk", 0).entries():
            book.feed(entry)
    store = open_store(f"sqlite:///{directory / 'records.sqlite'}")
    for message in store.messages(MessageQuery()):
        book.merge(message)
    store.close()
    erased = book.get("m1")
    assert erased is not None
    words = [(note.what, note.text) for note in erased.history]
    assert sorted(words) == [
        *(("claimed", ""), ("delay_told", ""), ("delivered", "mail to house@hotel.example")),
        *(("reminded", "24 h"), ("undelivered", "")),
    ]


def test_whom_the_phone_dials_is_found_and_erased(tmp_path: Path) -> None:
    """A call given up before the phone was lifted: nothing else tells whom it was for."""
    with Journal.open(tmp_path / "journal", "desk") as journal:
        for how, dials, leg in (("called", "sip:+436641234567@pbx.example", "one"), ("rings", "", "two")):
            journal.append(e.PhoneLegBegun(at_ns=1, call="out", leg=leg, phone="sip:p@seat", how=how, dials=dials))  # type: ignore[arg-type]
        for target in ("sip:+436641234567@pbx.example", ""):
            journal.append(e.PhoneActed(at_ns=2, call="out", leg="one", what="transferred", target=target))
    assert main(["calls", "erase", "--number", "+436641234567", "--directory", str(tmp_path)]) == 0
    told = [entry.event for entry in JournalReader(tmp_path / "journal", "desk", 0).entries()]
    assert [one.dials for one in told if isinstance(one, e.PhoneLegBegun)] == [ERASED, ""]
    assert [one.target for one in told if isinstance(one, e.PhoneActed)] == [ERASED, ""]


GUESTS = "name,room,phone\nAnna Berger,12,+436641234567\nBert,13,+4319999\n"


@pytest.fixture
def hotel(tmp_path: Path) -> Path:
    """A configuration with a guest list; Anna was woken, is to be woken again, and Bert is, all from the same room."""
    directory = tmp_path / "state"
    with Journal.open(directory / "journal", "desk") as journal:
        for wake_up, name in (("over", "Anna Berger"), ("coming", "Anna Berger"), ("other", "Bert")):
            event: e.Event = e.WakeUpSet(
                at_ns=1,
                wake_up=wake_up,
                room="12",
                target="sip:212@pbx.example",
                due="2026-03-03T06:30:00+01:00",
                name=name,
                say=name,
            )
            journal.append(event)
        called = e.WakeUpCalled(
            at_ns=2, call="w", wake_up="over", target="sip:212@pbx.example", room="12", rings_s=9, sounds=()
        )
        for event in (
            called,
            e.WakeUpTried(at_ns=3, wake_up="over", result="no_answer", call="w"),
            e.WakeUpNoted(at_ns=4, wake_up="over", what="settled", who="Eva", text="knocked at Anna Berger's"),
        ):
            journal.append(event)
        store = open_store(f"sqlite:///{directory / 'records.sqlite'}")
        catch_up(journal, store)
        store.close()
    Outbox(directory / "outbox").put(Parcel(id="over-wake-up-mail", channel="mail", text="room 12, Anna Berger"))
    (directory / "sounds" / "wake-ups").mkdir(parents=True)
    (directory / "sounds" / "wake-ups" / "speech-de-0123-16000.wav").write_bytes(b"Anna Berger")
    (tmp_path / "guests.csv").write_text(GUESTS)
    configuration = tmp_path / "phoneetiquette.yaml"
    configuration.write_text(
        f"seat: {{name: desk}}\nrecords: {{directory: {directory}}}\ncontacts: {{files: [guests.csv]}}\n"
    )
    return configuration


def wake_ups(directory: Path) -> dict[str, WakeUp]:
    """As a seat that starts knows them: from the store, and from the journal."""
    book = WakeUpBook()
    store = open_store(f"sqlite:///{directory / 'records.sqlite'}")
    for wake_up in store.wake_ups(WakeUpQuery()):
        book.merge(wake_up)
    store.close()
    for entry in JournalReader(directory / "journal", "desk", 0).entries():
        book.feed(entry)
    return {one.id: one for one in book.wake_ups()}


def test_a_guest_is_erased_from_wake_up_calls_by_the_guest_list(
    hotel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = hotel.parent / "state"
    number = ["--number", "+43 664 1234567", "--config", str(hotel)]
    assert main(["calls", "export", *number]) == 0
    assert sorted(one["wake_up"] for one in json.loads(capsys.readouterr().out)["wake_ups"]) == ["coming", "over"]
    assert main(["calls", "erase", *number]) == 0
    assert "2 wake-up calls are anonymous" in capsys.readouterr().out
    everything = b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
    assert b"Anna Berger" not in everything
    told = wake_ups(directory)
    assert {(one.id, one.room, one.name) for one in told.values()} == {
        ("over", "", ""),
        ("coming", "12", ""),
        ("other", "12", "Bert"),
    }
    assert [note.what for note in told["over"].history] == ["called", "no_answer", "settled"]
    assert told["coming"].target == "sip:212@pbx.example"
    assert main(["calls", "erase", *number]) == 1


def test_wake_up_calls_are_erased_by_the_extension_of_the_room(hotel: Path) -> None:
    directory = hotel.parent / "state"
    assert main(["calls", "erase", "--number", "212", "--directory", str(directory)]) == 0
    everything = b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
    assert b"Anna Berger" not in everything
    assert b"Bert" not in everything


def test_a_running_seat_is_not_disturbed(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Journal.open(directory / "journal", "desk"):
        assert main(["calls", "erase", "--number", "+436641234567", "--directory", str(directory)]) == 2
    assert "is in use by process" in capsys.readouterr().err
    assert b"Anna Berger" in b"".join(path.read_bytes() for path in (directory / "journal").glob("*.jsonl"))


def test_what_is_no_number_is_told_so(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calls", "erase", "--number", "anna", "--directory", str(directory)]) == 2
    assert "is no number" in capsys.readouterr().err
    assert main(["calls", "export", "--number", "anna@mail.example", "--directory", str(directory)]) == 0
