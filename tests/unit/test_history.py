"""What a starting main makes of its journal."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Literal

import pytest

from phoneetiquette import events as e
from phoneetiquette.calls.desk import Desk
from phoneetiquette.calls.settings import DeskSettings
from phoneetiquette.etiquette.cadence import country
from phoneetiquette.etiquette.policy import PickupPolicy
from phoneetiquette.records.entry import Entry
from phoneetiquette.runtime.history import History, told
from phoneetiquette.units import seconds

BOOT = "this"


def entries(*events: e.Event, boot: str = BOOT) -> list[Entry]:
    return [Entry(number, datetime.now(UTC), boot, event, "desk") for number, event in enumerate(events, 1)]


def desk() -> Desk:
    return Desk(DeskSettings(country=country("JP"), pickup=PickupPolicy(country="JP")))


def arrival(at_ns: int = 0) -> tuple[e.CallArrived, e.AlertingStarted]:
    return (
        e.CallArrived(
            at_ns=at_ns,
            call="a",
            caller="sip:guest@127.0.0.1",
            caller_name="Guest",
            called="sip:desk@127.0.0.1",
            peer="127.0.0.1:5070",
            sip_call_id="x",
        ),
        e.AlertingStarted(at_ns=at_ns, call="a", ringback="remote"),
    )


STARTED = e.EngineStarted(at_ns=0, pid=7, listening=(), build="test")
ABSENT = e.PresenceChanged(at_ns=1, presence="absent")
MUTED = e.AgentMuted(at_ns=2, muted=True)


def restarted(*events: e.Event, boot: str = BOOT) -> tuple[Desk, set[str]]:
    history = History(BOOT, 20)
    history.read(entries(*events, boot=boot))
    fresh = desk()
    return fresh, history.replay(fresh)


def test_an_absent_receptionist_is_still_absent_after_a_restart() -> None:
    assert restarted(STARTED, ABSENT)[0].presence == "absent"


def test_a_start_of_the_machine_begins_as_the_configuration_says() -> None:
    assert restarted(STARTED, ABSENT, boot="another")[0].presence == "present"


def test_a_muted_microphone_stays_muted_while_a_call_is_up_and_only_then() -> None:
    assert restarted(STARTED, MUTED, *arrival(seconds(1)))[0].muted
    assert not restarted(STARTED, MUTED)[0].muted
    lost = e.EngineLost(at_ns=3, pid=7, status="signal 9")
    assert not restarted(STARTED, MUTED, lost, *arrival(seconds(1)))[0].muted


def test_a_ringing_call_is_there_again_and_known_when_it_is_told_twice() -> None:
    again, seen = restarted(STARTED, *arrival(seconds(1)))
    assert [call["state"] for call in again.as_snapshot()["calls"]] == ["alerting"]
    assert {told(event) for event in arrival(seconds(1))} <= seen


def test_a_wish_that_was_refused_then_does_not_stop_the_seat_now() -> None:
    again, _ = restarted(STARTED, *arrival(seconds(1)), e.AgentHeld(at_ns=seconds(2)))
    assert len(again.sessions) == 1


def test_an_absence_during_a_call_does_not_change_how_that_call_was_answered() -> None:
    answered = e.CallAnswered(at_ns=seconds(8), call="a")
    events = (*arrival(seconds(1)), answered, e.PresenceChanged(at_ns=seconds(20), presence="absent"))
    live = desk()
    for event in events:
        live.before(event)
        live.handle(event)
    again, _ = restarted(STARTED, *events)
    assert [call["state"] for call in live.as_snapshot()["calls"]] == ["talking"]
    assert again.as_snapshot()["calls"] == live.as_snapshot()["calls"]
    assert again.presence == "absent"


def test_an_absence_before_a_call_counts_for_it() -> None:
    answered = e.CallAnswered(at_ns=seconds(9), call="a")
    again, _ = restarted(STARTED, ABSENT, *arrival(seconds(1)), answered)
    assert [call["state"] for call in again.as_snapshot()["calls"]] == ["message"]


Reason = Literal["stranger", "replaces_by_stranger", "not_acceptable", "no_free_line"]


def refusal(call: str, reason: Reason) -> e.CallRefused:
    return e.CallRefused(
        at_ns=4,
        call=call,
        caller="sip:100@192.0.2.1",
        caller_name="",
        called="sip:desk@127.0.0.1",
        peer="192.0.2.1:5060",
        sip_call_id="y",
        code=403,
        reason=reason,
    )


@pytest.mark.parametrize(
    ("reason", "shown"), [("stranger", 2), ("replaces_by_stranger", 2), ("not_acceptable", 1), ("no_free_line", 1)]
)
def test_only_real_callers_push_older_calls_out_of_the_last_records(reason: Reason, shown: int) -> None:
    history = History(BOOT, 2)
    calls: list[e.Event] = []
    for call in ("a", "b"):
        calls.append(dataclasses.replace(arrival()[0], call=call, at_ns=1))
        calls.append(e.CallEnded(at_ns=2, call=call, by="customer", code=200, reason=""))
        calls.append(e.CallClosed(at_ns=3, call=call))
    refused = refusal("refused", reason)
    history.read(entries(*calls))
    assert history.add(entries(*calls, refused)[-1]), "it is stored all the same"
    assert len([record for record in history.records if not record.refused]) == shown


def test_strangers_are_remembered_while_there_is_room_and_forgotten_first() -> None:
    history = History(BOOT, 2)
    history.read(entries(refusal("x", "stranger"), refusal("y", "no_free_line"), refusal("z", "stranger")))
    assert [record.call for record in history.records] == ["y", "z"]
    history.add(entries(refusal("real", "no_free_line"))[0])
    assert [record.call for record in history.records] == ["y", "real"]
