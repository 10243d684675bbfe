"""What the page is told of a seat beside its calls."""

from __future__ import annotations

from phoneetiquette import events as e
from phoneetiquette.calls.status import SeatStatus


def started(pid: int = 7) -> e.EngineStarted:
    return e.EngineStarted(at_ns=1, pid=pid, listening=("sip:desk@127.0.0.1:5060",), build="test")


def test_both_sound_roles_are_always_there_also_after_the_engine_was_lost() -> None:
    status = SeatStatus()
    assert set(status.as_snapshot()["audio"]) == {"headset", "ringer"}
    status.apply(started())
    status.apply(e.AudioChanged(at_ns=2, role="headset", state="open", device="Jabra", backend="portaudio"))
    assert status.as_snapshot()["audio"]["headset"]["device"] == "Jabra"
    status.apply(e.EngineLost(at_ns=3, pid=7, status="signal 6"))
    assert set(status.as_snapshot()["audio"]) == {"headset", "ringer"}
    assert status.as_snapshot()["audio"]["headset"]["device"] == ""


def test_a_lost_engine_is_a_trouble_until_the_next_one_is_there() -> None:
    status = SeatStatus()
    status.apply(started())
    status.apply(e.EngineLost(at_ns=3, pid=7, status="signal 6"))
    snapshot = status.as_snapshot()
    assert snapshot["engine"]["state"] == "lost"
    assert [trouble["key"] for trouble in snapshot["troubles"]] == ["engine"]
    status.apply(started(8))
    snapshot = status.as_snapshot()
    assert snapshot["engine"]["state"] == "ready"
    assert snapshot["troubles"] == []


def test_troubles_come_and_go_by_their_key() -> None:
    status = SeatStatus()
    assert status.apply(e.TroubleNoticed(at_ns=1, key="records.store", what="no room", advice="make some"))
    assert status.as_snapshot()["troubles"] == [{"key": "records.store", "what": "no room", "advice": "make some"}]
    assert not status.apply(e.TroubleNoticed(at_ns=2, key="another", what="", cleared=True))
    assert status.apply(e.TroubleNoticed(at_ns=3, key="records.store", what="", cleared=True))
    assert status.as_snapshot()["troubles"] == []
