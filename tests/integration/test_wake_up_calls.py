"""A seat that was killed in the night finds whom it has to wake, and calls real rooms: each does something else."""

from __future__ import annotations

import contextlib
import io
import itertools
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from phoneetiquette import events as e
from phoneetiquette.cli import main
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.store import WakeUpQuery, database_url, existing_store
from tests.integration.conftest import Phones
from tests.integration.test_menus import press
from tests.peers.baresip import Baresip
from tests.peers.hearing import lately
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall, PeerTimeoutError
from tests.peers.sipp import Sipp

VIENNA = ZoneInfo("Europe/Vienna")
QUIET = 200
"""Mean amplitude from which something is being said."""
NOW = "alarm"
_numbers = itertools.count()
Told = tuple[int, str]
SETTINGS = {
    "pickup": {"country": "JP", "emergency_lines": [NOW]},
    "wakeups": {
        "call": "sip:{room}@127.0.0.1:9",
        "timezone": "Europe/Vienna",
        "attempts": 1,
        "ring_s": 6,
        "at_once": 3,
        "grace_s": 7200,
    },
}


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    with Seat(tmp_path_factory.mktemp("wake-ups"), SETTINGS) as seat:
        yield seat


@contextlib.contextmanager
def killed(seat: Seat) -> Iterator[Journal]:
    """The journal of a seat that was killed, and starts again when the block ends."""
    seat.kill()
    with Journal.open(seat.folder / "records" / "journal", seat.name) as journal:
        yield journal
    seat.start_again()


def ask_for(journal: Journal, room: str, target: str, minute: datetime) -> str:
    """Those that are asked for first are called first."""
    wake_up = f"{next(_numbers):032x}"
    due = minute.isoformat(timespec="seconds")
    journal.append(
        e.WakeUpSet(at_ns=time.monotonic_ns(), wake_up=wake_up, room=room, target=target, due=due, language="de")
    )
    return wake_up


def this_minute() -> datetime:
    return datetime.now(VIENNA).replace(second=0, microsecond=0)


def result(seat: Seat, wake_up: str, timeout_s: float = 30.0) -> str:
    return str(seat.wait_event(e.WakeUpTried, timeout_s, wake_up=wake_up).result)


def wait_spoken_to(call: PeerCall) -> None:
    deadline = time.monotonic() + 10
    while np.abs(lately(call.rtp).astype(float)).sum() / 3200 < QUIET:
        if time.monotonic() > deadline:
            raise PeerTimeoutError("nothing is said")
        time.sleep(0.05)


def test_every_room_is_called_late_after_a_kill_and_who_is_not_woken_rings_at_the_desk(
    seat: Seat, phones: Phones
) -> None:
    methods = ("rfc4733", "info", "inband")
    rooms = {method: phones(f"room-{method}") for method in methods}
    silent = phones("silent", answer_after_s=None)
    minute = this_minute()
    # The same words are wanted tomorrow at this time: they are made now, and are still there when the seat has looked
    # through what its dialplan, which it has not, can say.
    seat.post(
        "wake_ups", room="1", clock=f"{minute:%H:%M}", day=f"{minute + timedelta(days=1):%Y-%m-%d}", language="de"
    )
    sounds = seat.folder / "records" / "sounds" / "wake-ups"
    seat.wait_state(lambda _: len(list(sounds.glob("speech-de-*.wav"))) == 2, 90)
    seat.post("reload")
    with Sipp("uas_busy") as busy, Baresip("sleepy") as sleepy:
        with killed(seat) as journal:
            asleep = {
                ask_for(journal, "21", silent.uri, minute): "no_answer",
                ask_for(journal, "22", busy.uri, minute): "busy",
                ask_for(journal, "23", sleepy.uri, minute): "hung_up",
            }
            awake = {method: ask_for(journal, method, room.uri, minute) for method, room in rooms.items()}
        sleepy.wait("CALL_ESTABLISHED", 20)
        sleepy.hang_up()
        for method, room in rooms.items():
            call = room.wait_call(20)
            call.wait("answered", 10)
            wait_spoken_to(call)
            press(call, "1", method)
            assert result(seat, awake[method]) == "confirmed"
            call.wait("ended", 15)
        found = {wake_up: result(seat, wake_up) for wake_up in asleep}
        assert found == asleep, [entry for entry in seat.journal(e.CallEvent) if not isinstance(entry, e.MediaStarted)]
        busy.finish().check()
    assert seat.state()["calls"] == seat.records() == []
    for told in seat.journal(e.WakeUpCalled):
        assert all("speech-de" in sound for sound in (*told.sounds, *told.thanks))
    state = seat.wait_state(lambda state: len(state["wake_ups"]["escalated"]) == 3)
    assert sorted(state["wake_ups"]["escalated"]) == ["21", "22", "23"]
    assert state["bell"] == "ringer"
    for wake_up in asleep:
        answer = seat.post(f"wake_ups/{wake_up}/settle", who="Eva", text="knocked")
        assert answer["state"] == "settled"
    assert seat.wait_state(lambda state: state["bell"] == "off")["wake_ups"]["escalated"] == []


def test_a_talk_of_the_receptionist_is_not_disturbed_and_a_killed_seat_goes_on_waking(
    seat: Seat, phones: Phones
) -> None:
    caller, room = phones("caller"), phones("room")
    minute = this_minute()
    with killed(seat) as journal:
        wake_up = ask_for(journal, "31", room.uri, minute)
    call = room.wait_call(20)
    call.wait("answered", 10)
    guest = caller.call(seat.uri_of(NOW))
    seat.post("lift", call=seat.wait_call("caller", state="alerting")["id"])
    guest.wait("answered", 15)
    seat.kill()
    call.send_digits("1")
    seat.start_again()
    assert result(seat, wake_up) == "confirmed"
    call.wait("ended", 15)
    assert not guest.ended
    assert [one["state"] for one in seat.state()["calls"]] == ["talking"]
    assert len(seat.journal(e.WakeUpCalled, wake_up=wake_up)) == 1
    seat.hang_up_all()


def test_a_stored_wake_up_call_survives_its_journal(seat: Seat) -> None:
    """Weeks ahead: by then the journal has been dropped, and the store hands it back."""
    day = this_minute() + timedelta(days=40)
    told = seat.post("wake_ups", room="41", clock="6:30", day=f"{day:%Y-%m-%d}")
    listed = seat.http.get("/api/wake_ups").json()["wake_ups"]
    assert told["wake_up"] in [one["wake_up"] for one in listed]
    deadline = time.monotonic() + 20
    while not _stored(seat, told["wake_up"]):
        assert time.monotonic() < deadline, seat.log()
        time.sleep(0.1)
    seat.kill()
    for file in (seat.folder / "records" / "journal").glob("*.jsonl"):
        file.unlink()
    seat.start_again()
    found = seat.wait_state(lambda state: state["wake_ups"]["open"] >= 1, 20)
    assert found["wake_ups"]["open"] >= 1
    assert seat.post(f"wake_ups/{told['wake_up']}/cancel")["state"] == "cancelled"


@pytest.fixture
def verb(seat: Seat, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Exit status and output of ``phoneetiquette wakeup``."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(seat.folder / "run"))

    def run(*words: str, said: str = "") -> Told:
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        status = main(["wakeup", *words])
        told = capsys.readouterr()
        return status, told.out + told.err

    return run


def test_the_command_line_reads_back_sets_lists_and_cancels(seat: Seat, verb: Callable[..., Told]) -> None:
    day = f"{this_minute() + timedelta(days=3):%Y-%m-%d}"
    status, told = verb("add", "51", "6:45", "--day", day, "--language", "nl", said="no\n")
    assert (status, told.splitlines()[-1]) == (1, "Is that right? [y/N] nothing was set")
    assert told.startswith("room 51: ")
    assert ", 06:45 (UTC+" in told
    assert "in nl; the guest list knows nobody there" in told
    status, told = verb("add", "51", "6:45", "--day", day, "--yes")
    assert (status, told.split()[-2:]) == (0, ["is", "set"])
    wake_up = told.split()[-3]
    records = str(seat.folder / "records")
    assert wake_up in verb("list", "--directory", records)[1]
    assert verb("cancel", wake_up, "--who", "Eva") == (0, f"{wake_up} is cancelled\n")
    assert verb("cancel", wake_up)[0] == 1
    lines = verb("export", "--directory", records, "--csv", "-", "--days", "1")[1].splitlines()
    assert lines[0].startswith("wake_up,seat,room,")
    assert any(line.startswith(wake_up) and ",cancelled," in line for line in lines)
    assert verb("add", "51", "6:61")[0] == 2


def _stored(seat: Seat, wake_up: str) -> bool:
    store = existing_store(database_url(seat.folder / "records"))
    if store is None:
        return False
    try:
        return wake_up in [one.id for one in store.wake_ups(WakeUpQuery(is_open=True))]
    finally:
        store.close()
