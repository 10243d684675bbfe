"""What the seat remembers of its calls, for the page and for redial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as e
from phoneetiquette.etiquette.score_card import ScoreCard
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.scored import scored_object
from phoneetiquette.runtime import seat as seat_module
from phoneetiquette.runtime.seat import Seat
from tests.unit.desk_script import new_desk


def had_call(seat: Seat, call: str) -> None:
    seat.engine_event(
        e.CallArrived(
            at_ns=seat.now_ns(),
            call=call,
            caller="sip:anna@127.0.0.1",
            caller_name="Anna",
            called="sip:desk@127.0.0.1",
            peer="127.0.0.1:5062",
            sip_call_id=call,
        )
    )
    ended(seat, call)


def ended(seat: Seat, call: str) -> None:
    seat.engine_event(e.CallEnded(at_ns=seat.now_ns(), call=call, by="customer", code=200, reason=""))


async def test_a_score_card_is_drawn_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def counted(record: CallRecord, card: ScoreCard) -> dict[str, Any]:
        drawn.append(record.call)
        return scored_object(record, card)

    monkeypatch.setattr(seat_module, "scored_object", counted)
    with Journal.open(tmp_path, "t") as journal:
        seat = Seat("t", "", new_desk().settings, journal, dial_uri=str, keep_records=2)
        for call in ("first", "second", "third"):
            had_call(seat, call)
            assert [one["call"] for one in seat.calls(1)] == [call]
            assert seat.calls(5)[0]["score_card"]["rules"]
    assert drawn == ["first", "second", "third"]


async def test_the_last_one_called_is_remembered(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "t") as journal:
        seat = Seat("t", "", new_desk().settings, journal, dial_uri=str)
        had_call(seat, "in")
        assert seat.last_dialled() == ""
        seat.engine_event(e.EngineStarted(at_ns=seat.now_ns(), pid=1, listening=(), build=""))
        await seat.submit(e.AgentDialled(at_ns=seat.now_ns(), call="out", target="sip:porter@hotel"))
        dialled = e.CallDialled(at_ns=seat.now_ns(), call="out", target="sip:porter@hotel")
        seat.engine_event(dialled)
        ended(seat, "out")
        had_call(seat, "later")
        assert seat.last_dialled() == "sip:porter@hotel"
