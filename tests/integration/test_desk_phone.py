"""A seat with a desk phone: baresip is the telephone on the desk, callers are real, the ring window is theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import Phones
from tests.integration.ringing import check_pickup, rings, sleep_until
from tests.peers.baresip import Baresip
from tests.peers.seat import Seat

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
    print(record["timeline"])
    assert record["measures"] is not None
