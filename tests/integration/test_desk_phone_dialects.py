"""Desk phones that speak SIP as their vendors do, by SIPp: made to answer, held, transferring, restarting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from phoneetiquette import events as e
from tests.integration.conftest import Phones, Seats
from tests.integration.ringing import LATE_MS, check_pickup, rings
from tests.peers.ports import LOOPBACK
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import SipCaller
from tests.peers.sipp import Sipp

OPENS_MS, CLOSES_MS = 4000, 7000
"""In Japan."""
YEALINK = "talk,hold,conference,refer,check-sync"
POLY = "conference,talk,hold"
SNOM = "talk, hold, refer, call-info"
NO_TALK = "hold, refer"


def with_phone(seats: Seats, phone: Sipp, domain: str | None = None, **more: Any) -> Seat:
    """A seat whose desk phone this is; nobody there: the caller is put through to ``night``."""
    settings: dict[str, Any] = {
        "seat": {"hardware": "desk_phone"},
        "desk_phone": {"address": f"sip:201@{LOOPBACK}:{phone.port}"},
        "pickup": {"country": "JP", "deadline": {"action": "connect"}, **more},
        "sip": {"domain": domain},
    }
    (seat,) = seats(settings)
    return seat


def overflow_to(night: SipCaller) -> Mapping[str, Any]:
    return {"when_absent": {"action": "overflow", "target": night.uri}}


def check_in_window(call: PeerCall) -> None:
    waited_ms = call.span_ms("180", "answered")
    assert OPENS_MS - 0.5 < waited_ms < CLOSES_MS + LATE_MS


@pytest.mark.parametrize("allow_events", [YEALINK, POLY, SNOM])
def test_nobody_lifts_and_the_phone_is_told_to_answer(seats: Seats, phones: Phones, allow_events: str) -> None:
    with Sipp("phone_talk", keys={"allow_events": allow_events}) as phone:
        seat = with_phone(seats, phone)
        anna = phones("anna").call(seat.uri)
        rings(seat, anna)
        anna.wait("answered", 10)
        assert CLOSES_MS - 1500 < anna.span_ms("180", "answered") < CLOSES_MS
        anna.bye()
        phone.finish().check()
        check_pickup(seat.wait_record("anna"), "on_time", 3)
        assert [(one.how, one.result) for one in seat.journal(e.PhoneAskEnded)] == [("talk", "answered")]


def test_a_phone_that_does_not_know_talk_is_called_anew(seats: Seats, phones: Phones) -> None:
    with Sipp("phone_bad_event", keys={"allow_events": YEALINK}, calls=2) as phone:
        seat = with_phone(seats, phone)
        anna = phones("anna").call(seat.uri)
        rings(seat, anna)
        anna.wait("answered", 10)
        check_in_window(anna)
        anna.bye()
        phone.finish().check()
        record = seat.wait_record("anna")
        check_pickup(record, "on_time", 3)
        tried = [(one.how, one.result, one.code) for one in seat.journal(e.PhoneAskEnded)]
        assert tried == [("talk", "unknown", 489), ("auto_answer", "answered", 0)]
        assert [leg["kind"] for leg in record["legs"]] == ["incoming", "phone", "phone"]


@pytest.mark.parametrize(("allow_events", "asked"), [(NO_TALK, ["auto_answer"]), (SNOM, ["talk", "auto_answer"])])
def test_nothing_makes_the_phone_answer(seats: Seats, phones: Phones, allow_events: str, asked: list[str]) -> None:
    night = phones("night", answer_after_s=0.1)
    with Sipp("phone_ignores", keys={"allow_events": allow_events}, calls=2) as phone:
        seat = with_phone(seats, phone, **overflow_to(night))
        anna = phones("anna").call(seat.uri)
        rings(seat, anna)
        anna.wait("answered", 10)
        assert CLOSES_MS - 0.5 < anna.span_ms("180", "answered") < CLOSES_MS + 1500
        phone.finish().check()
        anna.bye()
        record = seat.wait_record("anna")
        check_pickup(record, "diverted", 3)
        assert record["deadline"]["action"] == "overflow"
        assert [one.how for one in seat.journal(e.PhoneAsked)] == asked
        assert {one.result for one in seat.journal(e.PhoneAskEnded)} == {"silent"}


def test_sound_before_it_rings_and_a_late_180(seats: Seats, phones: Phones) -> None:
    """183 with a description, 180 a second later; lifted early: the caller waits for the window all the same."""
    with Sipp("phone_late_180", keys={"allow_events": YEALINK}, pause_ms=500) as phone:
        seat = with_phone(seats, phone)
        anna = phones("anna").call(seat.uri)
        rings(seat, anna)
        seat.wait_call("anna", state="armed")
        assert seat.state()["phones"][0]["leg"]["allows_talk"]
        phone.finish().check()  # put down again after a second
        assert seat.wait_call("anna", state="alerting")
        assert not anna.answered
        anna.cancel()
        anna.wait("ended")


NOWHERE = "0.0.0.0"  # noqa: S104 - how phones of RFC 2543 hold
HOLDS = [("sendonly", LOOPBACK), ("inactive", LOOPBACK), ("sendrecv", NOWHERE), ("sendonly", NOWHERE)]


@pytest.mark.parametrize(("direction", "address"), HOLDS)
def test_hold_at_the_phone(seats: Seats, phones: Phones, direction: str, address: str) -> None:
    keys = {"allow_events": YEALINK, "hold_direction": direction, "hold_address": address}
    with Sipp("phone_hold", keys=keys, pause_ms=4500) as phone:
        seat = with_phone(seats, phone)
        anna = phones("anna").call(seat.uri)
        anna.wait("answered", 10)
        check_in_window(anna)
        anna.wait("held")
        seat.wait_call("anna", state="held")
        anna.wait("resumed")
        seat.wait_call("anna", state="talking")
        anna.wait("ended")
        phone.finish().check()
        record = seat.wait_record("anna")
        assert record["ended_by"] == "agent"
        assert [hold["by"] for hold in record["holds"]] == ["us"]


def test_transfer_key(seats: Seats, phones: Phones) -> None:
    """REFER from the phone: the seat asks the customer's side, which calls the specialist."""
    specialist = phones("specialist", answer_after_s=0.1)
    with Sipp("phone_refer", keys={"allow_events": YEALINK, "refer_to": specialist.uri}, pause_ms=4500) as phone:
        seat = with_phone(seats, phone, domain=f"{LOOPBACK}:{specialist.port}")
        anna = phones("anna").call(seat.uri)
        anna.wait("answered", 10)
        anna.wait("got_refer")
        phone.finish().check()
        anna.wait("ended")
        record = seat.wait_record("anna")
        assert record["transfers"][0]["kind"] == "blind"


def test_the_phone_restarts_in_the_call(seats: Seats, phones: Phones) -> None:
    """The customer is kept with music, and the phone rings as soon as it is there again."""
    with Sipp("phone_restarts", keys={"allow_events": YEALINK}, calls=2, parallel=2, pause_ms=300) as phone:
        seat = with_phone(seats, phone, emergency_lines=["alarm"])
        anna = phones("anna").call(seat.uri_of("alarm"))
        anna.wait("answered", 10)
        anna.wait("held", 30)
        anna.wait("resumed", 30)
        seat.wait_call("anna", state="talking")
        anna.bye()
        phone.finish().check()
        seat.wait_idle()
        assert [one.what for one in seat.journal(e.PhoneActed)][:3] == ["lifted", "lost", "lifted"]


REFUSALS = [
    ("uas_busy", "busy"),
    ("phone_declines", "dnd"),
    ("phone_away", "off"),
    ("phone_unsuited", "unsuited"),
]


@pytest.mark.parametrize(("scenario", "state"), REFUSALS)
def test_a_phone_that_refuses_loses_no_caller(seats: Seats, phones: Phones, scenario: str, state: str) -> None:
    night = phones("night", answer_after_s=0.1)
    with Sipp(scenario, calls=3) as phone:
        seat = with_phone(seats, phone, **overflow_to(night))
        anna = phones("anna").call(seat.uri)
        rings(seat, anna)
        seat.wait_state(lambda shown: shown["phones"][0]["state"] == state)
        anna.wait("answered", 12)
        assert anna.span_ms("180", "answered") > CLOSES_MS - 0.5
        anna.bye()
        record = seat.wait_record("anna")
        check_pickup(record, "diverted", 3)
        assert any(state in mark["text"] for mark in record["timeline"] if mark["kind"] == "phone")


def test_no_phone_there(seats: Seats, phones: Phones) -> None:
    night = phones("night", answer_after_s=0.1)
    gone = Sipp("uas_busy")
    gone.stop()
    seat = with_phone(seats, gone, **overflow_to(night))
    anna = phones("anna").call(seat.uri)
    rings(seat, anna)
    seat.wait_state(lambda shown: shown["phones"][0]["state"] == "unreachable")
    anna.wait("answered", 12)
    anna.bye()
    check_pickup(seat.wait_record("anna"), "diverted", 3)
