"""A wish between what the engine does and its news of it waits for the news; any other is refused at once."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.calls.pickup import SLOT
from phoneetiquette.errors import CallError
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.journal_reader import JournalReader
from phoneetiquette.runtime import seat as seat_module
from phoneetiquette.runtime.seat import Seat
from tests.unit.asked_engine import AskedEngine
from tests.unit.desk_script import new_desk

CALL, LINE = "one", "sip:alarm@127.0.0.1"


@pytest.fixture
def engine() -> AskedEngine:
    return AskedEngine()


@pytest.fixture
def seat(tmp_path: Path, engine: AskedEngine) -> Iterator[Seat]:
    with Journal.open(tmp_path, "t") as journal:
        seat = Seat("t", "Reception", new_desk(emergency_lines=("alarm",)).settings, journal, dial_uri=str)
        seat.attach(engine)
        yield seat


def ring(seat: Seat) -> None:
    """A call that may be lifted at once."""
    started = e.EngineStarted(at_ns=seat.now_ns(), pid=1, listening=(), build="")
    seat.engine_event(started)
    seat.engine_event(
        e.CallArrived(
            at_ns=seat.now_ns(),
            call=CALL,
            caller="sip:anna@127.0.0.1",
            caller_name="",
            called=LINE,
            peer="127.0.0.1:5062",
            sip_call_id=CALL,
        )
    )


def alert(seat: Seat) -> None:
    seat.engine_event(e.AlertingStarted(at_ns=seat.now_ns(), call=CALL, ringback="remote"))


def answered(seat: Seat) -> None:
    seat.engine_event(e.CallAnswered(at_ns=seat.now_ns(), call=CALL))


def held(seat: Seat, by_us: bool = True) -> None:
    seat.engine_event(e.HoldChanged(at_ns=seat.now_ns(), call=CALL, by_us=by_us, by_peer=False))


async def wishing(seat: Seat, event: e.Event) -> asyncio.Task[None]:
    """Ask for it, and see that it waits."""
    task = asyncio.create_task(seat.submit(event))
    await asyncio.sleep(0.02)
    assert not task.done()
    return task


async def granted(task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(5):
        await task


async def test_lift_hold_and_resume_in_one_breath(seat: Seat, engine: AskedEngine, tmp_path: Path) -> None:
    ring(seat)
    lifting = await wishing(seat, e.AgentLifted(at_ns=seat.now_ns()))
    alert(seat)
    await granted(lifting)
    assert c.Answer(call=CALL, slot=SLOT) in engine.sent

    holding = await wishing(seat, e.AgentHeld(at_ns=seat.now_ns()))
    resuming = await wishing(seat, e.AgentResumed(at_ns=seat.now_ns()))
    assert engine.asked(c.Hold) == 0
    answered(seat)
    await granted(holding)
    assert engine.asked(c.Hold) == 1
    assert not resuming.done()
    held(seat)
    await granted(resuming)
    assert engine.asked(c.Resume) == 1

    again = await wishing(seat, e.AgentHeld(at_ns=seat.now_ns()))
    held(seat, by_us=False)
    await granted(again)
    assert engine.asked(c.Hold) == 2

    told = [entry.event for entry in JournalReader(tmp_path, "t").entries()]
    order = [type(event) for event in told if isinstance(event, e.AgentEvent | e.CallAnswered | e.HoldChanged)]
    assert order == [
        e.AgentLifted,
        e.CallAnswered,
        e.AgentHeld,
        e.HoldChanged,
        e.AgentResumed,
        e.HoldChanged,
        e.AgentHeld,
    ]
    moments = [event.at_ns for event in told]
    assert moments == sorted(moments)


async def test_it_does_not_wait_for_ever(seat: Seat, engine: AskedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seat_module, "PATIENCE_S", 0.1)
    ring(seat)
    alert(seat)
    await seat.submit(e.AgentLifted(at_ns=seat.now_ns()))
    task = await wishing(seat, e.AgentHeld(at_ns=seat.now_ns()))
    with pytest.raises(CallError, match="no call in talk"):
        await granted(task)
    answered(seat)
    assert engine.asked(c.Hold) == 0


async def test_a_caller_who_leaves_meanwhile_ends_the_waiting(seat: Seat) -> None:
    ring(seat)
    alert(seat)
    await seat.submit(e.AgentLifted(at_ns=seat.now_ns()))
    task = await wishing(seat, e.AgentHeld(at_ns=seat.now_ns(), call=CALL))
    seat.engine_event(e.CallEnded(at_ns=seat.now_ns(), call=CALL, by="customer", code=487, reason=""))
    with pytest.raises(CallError, match="that call is over"):
        await granted(task)


async def test_what_nothing_under_way_can_grant_is_refused_at_once(seat: Seat) -> None:
    ring(seat)
    alert(seat)
    for wish in (e.AgentHeld(at_ns=seat.now_ns()), e.AgentResumed(at_ns=seat.now_ns(), call=CALL)):
        with pytest.raises(CallError):
            seat.submit(wish).send(None)  # without a turn of the loop


async def test_a_wake_up_call_that_cannot_be_had_waits_for_nothing(seat: Seat) -> None:
    """It is asked for again soon, unless it has been cancelled by then."""
    ring(seat)
    called = e.WakeUpCalled(
        at_ns=seat.now_ns(), call="w-1", wake_up="w", target="sip:212@pbx", room="12", rings_s=40, sounds=()
    )
    await seat.submit(called)
    again = asyncio.create_task(seat.submit(dataclasses.replace(called, call="w-2")))
    await asyncio.sleep(0)
    assert again.done()
    with pytest.raises(CallError, match="already"):
        await again
