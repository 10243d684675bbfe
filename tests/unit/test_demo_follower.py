"""The demo waits for the record of its own guest, whatever else the seat remembers or refuses meanwhile."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from phoneetiquette import events as e
from phoneetiquette.cli.demo import GUEST, NUMBER, _Teller
from phoneetiquette.records.journal import Journal
from phoneetiquette.runtime.seat import Seat
from tests.unit.desk_script import new_desk

KEPT = 20
PEER = "127.0.0.1:5062"


def arrived(at_ns: int, call: str, number: str) -> e.CallArrived:
    caller, called = f"sip:{number}@127.0.0.1", "sip:desk@127.0.0.1"
    return e.CallArrived(
        at_ns=at_ns, call=call, caller=caller, caller_name=GUEST, called=called, peer=PEER, sip_call_id=call
    )


def left(at_ns: int, call: str) -> e.CallEnded:
    return e.CallEnded(at_ns=at_ns, call=call, by="customer", code=200, reason="")


async def test_the_guests_record_is_found_in_a_full_history(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "demo") as journal:
        seat = Seat("demo", "Reception", new_desk().settings, journal, dial_uri=str, keep_records=KEPT)
        for number in range(KEPT + 5):
            seat.engine_event(arrived(seat.now_ns(), f"earlier-{number}", "+431"))
            seat.engine_event(left(seat.now_ns(), f"earlier-{number}"))
        assert len(seat.calls(1000)) == KEPT

        guest = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
        following = asyncio.create_task(_Teller(seat).follow(guest))
        seat.engine_event(arrived(seat.now_ns(), "somebody", "+432"))
        seat.engine_event(arrived(seat.now_ns(), "guest", NUMBER))
        await asyncio.sleep(0.1)
        seat.engine_event(
            e.CallRefused(
                at_ns=seat.now_ns(),
                call="refused",
                caller="sip:scanner@192.0.2.1",
                caller_name="",
                called="sip:desk@127.0.0.1",
                peer="192.0.2.1:5060",
                sip_call_id="refused",
                code=486,
                reason="no_free_line",
            )
        )
        seat.engine_event(left(seat.now_ns(), "somebody"))
        await asyncio.sleep(0.1)
        assert not following.done()
        seat.engine_event(left(seat.now_ns(), "guest"))
        async with asyncio.timeout(5):
            assert (await following)["call"] == "guest"
