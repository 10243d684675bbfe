"""Whatever guests, networks and crashes do: nobody is forgotten, nobody is called at the same time twice."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from phoneetiquette import events as e
from phoneetiquette.wakeups.book import WakeUpBook
from phoneetiquette.wakeups.rules import Rules
from tests.unit.hotel import Hotel

START = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
ROOMS = ("1", "2", "3")
DOINGS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "set",
                "wait",
                "answer",
                "press",
                "hang up",
                "busy",
                "caller",
                "caller leaves",
                "kill",
                "crash",
                "cancel",
                "settle",
            )
        ),
        st.integers(0, 400),
    ),
    max_size=40,
)


async def live(hotel: Hotel, doings: list[tuple[str, int]]) -> None:
    callers: list[str] = []
    wake_ups: list[str] = []
    for what, number in doings:
        up = sorted(hotel.up)
        match what:
            case "set":
                due = (hotel.now + timedelta(minutes=number // 10)).astimezone(hotel.zone)
                room = ROOMS[number % 3]
                known = {(one.room, one.due) for one in hotel.desk_of_wake_ups.book.wake_ups(only_open=True)}
                at = due.replace(second=0, microsecond=0) + timedelta(minutes=1)
                if (room, at) not in known:
                    wake_ups.append(await hotel.set(room, f"{at:%H:%M}", f"{at:%Y-%m-%d}"))
            case "wait":
                await hotel.wait(number)
            case "answer" if up:
                hotel.take_up(up[number % len(up)])
            case "press" if up:
                hotel.press(up[number % len(up)])
            case "hang up" if up:
                hotel.end(up[number % len(up)])
            case "busy" if up and not hotel.desk.sessions[up[0]].answered:
                hotel.end(up[0], by="peer", code=486)
            case "caller" if len(callers) + len(up) < hotel.lines:
                callers.append(f"caller{number}-{len(hotel.journal)}")
                facts: Any = {
                    "caller": "sip:a@pbx",
                    "caller_name": "",
                    "called": "sip:d@s",
                    "peer": "",
                    "sip_call_id": "",
                }
                hotel.happen(e.CallArrived(at_ns=hotel.now_ns(), call=callers[-1], **facts))
            case "caller leaves" if callers:
                gone = callers.pop()
                hotel.happen(e.CallEnded(at_ns=hotel.now_ns(), call=gone, by="customer", code=487, reason=""))
            case "kill" | "crash":
                if what == "crash":
                    callers.clear()
                hotel.up |= set(callers)
                hotel.restart(engine_too=what == "crash")
                hotel.up -= set(callers)
            case "cancel" | "settle" if wake_ups:
                wake_up = wake_ups[number % len(wake_ups)]
                if hotel.get(wake_up).is_open:
                    desk = hotel.desk_of_wake_ups
                    await (desk.cancel(wake_up, "") if what == "cancel" else desk.settle(wake_up, "", ""))
        check(hotel)
    for caller in callers:
        hotel.happen(e.CallEnded(at_ns=hotel.now_ns(), call=caller, by="customer", code=487, reason=""))
    await hotel.wait(3 * 3600)
    check(hotel)
    for wake_up in wake_ups:
        assert hotel.get(wake_up).state in ("confirmed", "escalated", "settled", "cancelled")
    assert not hotel.up
    assert not hotel.desk.sessions


def check(hotel: Hotel) -> None:
    assert len(hotel.up) <= hotel.rules.at_once
    rooms = [s.wake_up.called.wake_up for s in hotel.desk.sessions.values() if s.live and s.wake_up]
    assert len(rooms) == len(set(rooms))
    for one in hotel.desk_of_wake_ups.book.wake_ups():
        told = [note.what for note in one.history]
        assert one.attempts <= hotel.rules.attempts
        for first, then in pairwise(told):
            assert (first, then) != ("called", "called")
        if "confirmed" in told:
            assert "called" not in told[told.index("confirmed") :]
        begun = [note.at for note in one.history if note.what == "called"]
        assert all(at >= one.due for at in begun)
    again = WakeUpBook()
    for entry in hotel.journal:
        again.feed(entry)
    assert again.wake_ups() == hotel.desk_of_wake_ups.book.wake_ups()


@settings(max_examples=60, deadline=None)
@given(doings=DOINGS)
def test_nobody_is_forgotten_and_nobody_called_twice_at_a_time(doings: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        hotel = Hotel(Path(folder), rules=Rules(at_once=2, attempts=2, apart=timedelta(minutes=1)))
        hotel.set_clock(START)
        asyncio.run(live(hotel, doings))
