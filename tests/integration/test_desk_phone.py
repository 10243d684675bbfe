"""A seat with a desk phone: baresip is the telephone on the desk, callers are real, the ring window is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.conftest import Phones, Seats
from tests.integration.ringing import LATE_MS, MAIN_LATE_MS, check_pickup, rings, sleep_until
from tests.peers.baresip import Baresip
from tests.peers.kamailio import Kamailio
from tests.peers.ports import LOOPBACK
from tests.peers.seat import Seat
from tests.peers.sip_caller import SipCaller

OPENS_S, CLOSES_S = 4.0, 7.0
"""In Japan."""


@pytest.fixture(scope="module")
def phone() -> Iterator[Baresip]:
    with Baresip("201", answers=False) as phone:
        yield phone


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory, phone: Baresip) -> Iterator[Seat]:
    settings = {
        "seat": {"hardware": "desk_phone"},
        "desk_phone": {"address": phone.uri.partition(";")[0]},
        "pickup": {"country": "JP", "deadline": {"action": "connect"}},
    }
    with Seat(tmp_path_factory.mktemp("phone"), settings) as seat:
        yield seat


def test_lifted_in_time(seat: Seat, phone: Baresip, phones: Phones) -> None:
    anna = phones("anna").call(seat.uri, display_name="Anna Berger")
    rings(seat, anna)
    incoming = phone.wait("CALL_INCOMING")
    assert incoming["peerdisplayname"] == "Anna Berger"
    sleep_until(anna, OPENS_S + 0.5)
    phone.answer()
    anna.wait("answered", 3)
    seat.wait_call("anna", state="talking")
    anna.bye()
    phone.wait("CALL_CLOSED")
    record = seat.wait_record("anna")
    check_pickup(record, "on_time", 2)
    assert [leg["kind"] for leg in record["legs"]] == ["incoming", "phone"]
    assert record["measures"] is not None


def test_reached_through_the_pbx(seats: Seats, phones: Phones) -> None:
    """Where phone and seat have registered, and where the caller comes from."""
    with Kamailio("secret") as pbx:
        account = "regint=60;auth_user=201;auth_pass=secret"
        registrar = f"{LOOPBACK}:{pbx.port}"
        with Baresip("201", answers=False, registrar=registrar, account_parameters=account) as phone:
            settings: dict[str, dict[str, Any]] = {
                "seat": {"hardware": "desk_phone"},
                "desk_phone": {"address": pbx.uri("201")},
                "sip": {"account": {"registrar": pbx.uri(), "user": "desk", "password": "secret"}},
                "pickup": {"country": "JP", "emergency_lines": ["desk"]},
            }
            (seat,) = seats(settings)
            seat.wait_state(lambda now: bool(now["registration"]) and now["registration"]["state"] == "registered", 20)
            anna = phones("anna").call(pbx.uri("desk"))
            assert phone.wait("CALL_INCOMING")["peeruri"].startswith("sip:anna@")
            phone.answer()
            anna.wait("answered")
            seat.wait_call("anna", state="talking")
            phone.hang_up()
            anna.wait("ended")
            assert [leg["kind"] for leg in seat.wait_record("anna")["legs"]] == ["incoming", "phone"]


WINDOWS_S = {"GB": (4.0, 7.0), "DE": (6.0, 11.0), "FR": (6.5, 11.5), "US": (8.0, 14.0)}
"""As the rules document publishes them: from the end of ring 2 to the end of ring 3."""
THIRD_RING_S = {"GB": 6.0, "DE": 10.0, "FR": 10.0, "US": 12.0}
"""When ring 3 begins."""


@pytest.mark.parametrize("talk", [True, False], ids=["talk", "asked by a new INVITE"])
def test_four_countries(seats: Seats, phones: Phones, talk: bool) -> None:
    """Lifted early, lifted and put down again, lifted in time, never: what the caller's wire sees."""
    desks = {
        code: phones(f"desk{code}", answer_after_s=None, talk=talk, answers_if_asked=not talk) for code in WINDOWS_S
    }
    settings: list[dict[str, dict[str, Any]]] = [
        {
            "seat": {"hardware": "desk_phone"},
            "desk_phone": {"address": desks[code].uri},
            "pickup": {"country": code, "deadline": {"action": "connect"}},
        }
        for code in WINDOWS_S
    ]
    running = dict(zip(WINDOWS_S, seats(*settings), strict=True))
    with ThreadPoolExecutor(len(WINDOWS_S)) as receptionists:
        work = [receptionists.submit(_a_day, running[code], desks[code], code, phones) for code in WINDOWS_S]
        for one in work:
            one.result()


def _a_day(seat: Seat, desk: SipCaller, code: str, phones: Phones) -> None:
    opens_ms, closes_ms = (1000 * edge for edge in WINDOWS_S[code])

    early = phones(f"early{code}").call(seat.uri)
    ringing = desk.wait_call()
    sleep_until(early, 1.0)
    ringing.answer()
    early.wait("answered", 15)
    assert opens_ms - 0.5 < early.span_ms("180", "answered") < opens_ms + LATE_MS, code
    ringing.bye()
    early.wait("ended")
    check_pickup(seat.wait_record(early.call_id), "on_time", 2)

    again = phones(f"again{code}").call(seat.uri)
    ringing = desk.wait_call()
    sleep_until(again, 1.0)
    ringing.answer()
    sleep_until(again, 2.0)
    ringing.bye()
    ringing = desk.wait_call()
    sleep_until(again, opens_ms / 1000 + 0.3)
    assert not again.answered, code
    ringing.answer()
    again.wait("answered", 15)
    assert opens_ms + 300 < again.span_ms("180", "answered") < opens_ms + 300 + MAIN_LATE_MS, code
    again.bye()
    ringing.wait("got_bye")
    record = seat.wait_record(again.call_id)
    check_pickup(record, "on_time", 2)
    assert len(record["lifted_ms"]) == 2
    assert len(record["armed_ms"]) == 1

    inside = phones(f"inside{code}").call(seat.uri)
    ringing = desk.wait_call()
    sleep_until(inside, opens_ms / 1000 + 0.5)
    ringing.answer()
    inside.wait("answered", 15)
    assert opens_ms + 500 < inside.span_ms("180", "answered") < opens_ms + 500 + MAIN_LATE_MS, code
    inside.bye()
    check_pickup(seat.wait_record(inside.call_id), "on_time", 2)
    seat.wait_idle()

    never = phones(f"never{code}").call(seat.uri)
    never.wait("answered", 20)
    waited_ms = never.span_ms("180", "answered")
    assert 1000 * THIRD_RING_S[code] < waited_ms < closes_ms + LATE_MS, code
    never.bye()
    check_pickup(seat.wait_record(never.call_id), "on_time", 3)
    seat.wait_idle()
