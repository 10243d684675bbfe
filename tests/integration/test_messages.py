"""Messages of a real seat: durable through crashes, stored for all seats."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as e
from phoneetiquette.records.store import MessageQuery, database_url, existing_store
from tests.integration.conftest import Phones, Seats
from tests.peers.seat import Seat, SeatRefusedError

FORM = {"name": "Anna Berger", "phone": "+43 664 1234567", "matter": "a lost key", "read_back": True}


def listed(seat: Seat, state: str = "open") -> list[dict[str, Any]]:
    answer = seat.http.get("/api/messages", params={"state": state})
    return list(answer.json()["messages"])


def wait_stored(seat: Seat, *, state: str, timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    states: list[str] = []
    while time.monotonic() < deadline:
        store = existing_store(database_url(seat.folder / "records"))
        if store is not None:
            states = [message.state for message in store.messages(MessageQuery())]
            store.close()
            if states == [state]:
                return
        time.sleep(0.1)
    pytest.fail(f"the store has {states}\n{seat.log()}")


def test_a_message_and_a_draft_survive_a_killed_seat(seats: Seats) -> None:
    (seat,) = seats({})
    name = seat.post("messages", **FORM)["message"]
    assert seat.http.put("/api/drafts/one", json={"text": {"name": "Bert"}}).status_code == 200
    seat.kill()
    seat.start_again()
    (message,) = listed(seat)
    assert (message["message"], message["phone"], message["state"]) == (name, "+436641234567", "open")
    days = datetime.fromisoformat(message["due"]) - datetime.fromisoformat(message["taken"])
    assert days.total_seconds() == pytest.approx(3 * 86_400, abs=3700)
    assert seat.http.get("/api/drafts").json() == {"drafts": {"one": {"name": "Bert"}}}
    wait_stored(seat, state="open")
    with pytest.raises(SeatRefusedError) as refused:
        seat.post("messages", name="x")
    assert refused.value.status == 422
    seat.post(f"messages/{name}/close", who="Eva", reason="found")
    wait_stored(seat, state="closed")


def test_the_customer_is_dialled_back_and_the_call_answers_the_message(seats: Seats, phones: Phones) -> None:
    anna = phones("anna")
    port = anna.contact.rpartition(":")[2].partition(";")[0].rstrip(">")
    (seat,) = seats({"sip": {"domain": f"127.0.0.1:{port}"}})
    name = seat.post("messages", **FORM)["message"]
    call = seat.post(f"messages/{name}/call")["call"]
    anna.wait_call().wait("got_ack")
    seat.wait_call(call, state="talking")
    seat.post("hangup", call=call)
    answered = seat.wait_event(e.MessageNoted, what="answered")
    assert (answered.message, answered.call) == (name, call)
    (message,) = listed(seat, "all")
    assert message["state"] == "answered"
    assert listed(seat) == []


def test_a_seat_learns_what_another_one_did_about_a_message(seats: Seats, tmp_path: Path) -> None:
    shared = {"database": str(tmp_path / "shared.sqlite")}
    one, two = seats(
        {"records": shared | {"directory": str(tmp_path / "one")}},
        {"records": shared | {"directory": str(tmp_path / "two")}},
    )
    name = one.post("messages", **FORM)["message"]
    deadline = time.monotonic() + 30
    while name not in [message["message"] for message in listed(two)]:
        two.post("messages", **FORM | {"name": "Bert"})  # whatever is stored lets a seat look at the store
        assert time.monotonic() < deadline
        time.sleep(1)
    two.post(f"messages/{name}/claim", who="Eva")
    while next(message for message in listed(one) if message["message"] == name)["state"] != "claimed":
        assert time.monotonic() < deadline
        one.post("messages", **FORM | {"name": "Carl"})
        time.sleep(1)
