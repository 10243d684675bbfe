"""Callers who find no free line: refused at once, and recorded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import Phones
from tests.integration.ringing import rings
from tests.peers.seat import Seat
from tests.peers.sip_caller import SipCaller

ALARM = "alarm"


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Seat]]:
    """A seat with two lines, and one with the four that the library has."""
    folder = tmp_path_factory.mktemp("lines")
    seats = {n: Seat(folder, {"sip": {"lines": n}, "pickup": {"emergency_lines": [ALARM]}}) for n in (2, 4)}
    for seat in seats.values():
        seat.wait_ready()
    yield seats
    for seat in seats.values():
        seat.stop()
    for seat in seats.values():
        seat.close()


def test_one_caller_too_many(lines: dict[int, Seat], phones: Phones) -> None:
    """With two lines the third caller, with four the fifth (whom the library turns away by itself)."""
    for number, seat in lines.items():
        taken = [phones(f"guest{n}").call(seat.uri) for n in range(number)]
        for call in taken:
            rings(seat, call)
        late = phones("late").call(seat.uri)
        late.wait("ended")
        assert late.final_code == 486
        record = seat.wait_record("late")
        assert (record["refused"], record["code"], record["sip_call_id"]) == ("no_free_line", 486, late.call_id)
        taken[0].cancel()
        taken[0].wait("ended")
        again = phones("again").call(seat.uri)
        rings(seat, again)
        for call in (again, *taken[1:]):
            call.cancel()
        seat.wait_idle()


def test_line_of_a_phone_that_does_not_answer_our_goodbye_is_taken(lines: dict[int, Seat], phones: Phones) -> None:
    """The library keeps it for a while; a caller who finds no other is recorded all the same."""
    seat = lines[4]
    for _ in range(4):
        with SipCaller("leaving") as leaving:
            call = leaving.call(seat.uri_of(ALARM))
            rings(seat, call)
            seat.post("lift")
            seat.wait_call("leaving", state="talking")
        seat.post("hangup")
        seat.wait_idle()
    late = phones("late").call(seat.uri)
    late.wait("ended")
    assert late.final_code == 486
    assert seat.wait_record("late")["refused"] == "no_free_line"
