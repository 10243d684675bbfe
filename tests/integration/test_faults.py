"""Faults of the machine around a seat, caused for real; those of its own processes are in ``test_crashes``, of networks
in ``test_registration``, of sound in ``test_audio_pulse``."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from phoneetiquette import events as e
from phoneetiquette.records.store import Query, open_store
from tests.integration.conftest import Phones
from tests.peers.hearing import tone
from tests.peers.killing import NOW, SETTINGS, kill_at_random
from tests.peers.lossy_network import LossyNetwork
from tests.peers.ports import LOOPBACK
from tests.peers.postgresql import PostgreSql
from tests.peers.seat import Seat, State

ROOT = Path(__file__).parents[2]
TONE_HZ = 1000.0


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    with Seat(tmp_path_factory.mktemp("faults"), SETTINGS) as seat:
        yield seat


def troubles(state: State) -> set[str]:
    return {trouble["key"] for trouble in state["troubles"]}


def talk(seat: Seat, phones: Phones, user: str) -> str:
    other = phones(user).call(seat.uri_of(NOW))
    call = str(seat.wait_call(user, state="alerting")["id"])
    seat.post("lift", call=call)
    other.wait("answered")
    other.bye()
    seat.wait_record(call)
    return call


def test_killed_at_random_moments_of_calls(seat: Seat) -> None:
    """The benchmark ``faults`` does this fifty times."""
    told = kill_at_random(seat, 3, 1, str(seat.folder / "records" / "records.sqlite"))
    assert (told.rounds, told.lost, told.doubled) == (3, [], [])


def test_a_network_that_loses_delays_and_reorders(seat: Seat, phones: Phones) -> None:
    """5 % lost, 60 ms of jitter: both hear each other, and the call is taken down as any other."""
    anna, pid = phones("anna"), seat.engine_pid
    with LossyNetwork(seat.address, anna.port, loss=0.05, jitter_s=0.06) as network:
        other = anna.call(f"sip:{NOW}@{LOOPBACK}:{network.port}")
        other.play(tone(TONE_HZ), repeat=True)
        call = seat.wait_call("anna", state="alerting")["id"]
        seat.post("lift", call=call)
        other.wait("answered")
        seat.wait_call(call, state="talking")
        seat.post("hold", call=call)
        other.wait("held")
        seat.wait_call(call, state="held")
        seat.post("resume", call=call)
        other.wait("resumed")
        seat.wait_call(call, state="talking")
        other.send_digits("42")
        while len(seat.journal(e.DigitReceived, call=call)) < 2:
            assert not other.ended
            time.sleep(0.05)
        other.bye()
        record = seat.wait_record(call, 40)
        assert network.lost > 0
    assert (record["ended_by"], record["digits_received"]) == ("customer", 2)
    assert len(seat.journal(e.CallEnded, call=call)) == 1
    assert seat.engine_pid == pid


def test_a_configuration_that_is_broken_at_a_restart_ends_no_call(seat: Seat, phones: Phones) -> None:
    """The seat says what is wrong and does not run; the voices go on, and whoever mends it has the call again."""
    other = phones("anna").call(seat.uri_of(NOW))
    call = seat.wait_call("anna", state="alerting")["id"]
    seat.post("lift", call=call)
    other.wait("answered")
    seat.wait_call(call, state="talking")
    file = seat.folder / "seat.yaml"
    good = file.read_text()
    seat.kill()
    file.write_text(good.replace('"lines"', '"lnies"').replace('"console"', '"cnosole"'))
    command = [sys.executable, "-m", "phoneetiquette", "run", "--config", str(file)]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [f"{file}:1:{file.read_text().index('cnosole')}: unknown key 'cnosole'"
                                           " (did you mean 'console'?)"]  # fmt: skip
    before = len(other.rtp.received)
    file.write_text(good)
    seat.start_again()
    assert seat.wait_call(call, state="talking")
    assert len(other.rtp.received) > before
    other.bye()
    assert seat.wait_record(call)["ended_by"] == "customer"


@pytest.mark.parametrize("scene", ["full", "read_only"])
def test_odd_disks(tmp_path: Path, scene: str) -> None:
    """In a mount namespace of its own."""
    command = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "tests.integration.odd_disks", scene]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_clock_that_is_set_back_and_forward(tmp_path: Path, phones: Phones) -> None:
    """Records bear the time the machine had; lengths and ring windows are measured by another clock."""
    shift = tmp_path / "shift"
    shift.write_bytes(bytes(8))
    library = tmp_path / "set_clock.so"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-o", library, ROOT / "tests" / "peers" / "set_clock.c"], check=True
    )
    environment = {"LD_PRELOAD": str(library), "SET_CLOCK": str(shift)}
    with Seat(tmp_path, SETTINGS, environment) as seat:
        calls = []
        for user, seconds in (("now", 0), ("back", -3600), ("forward", 2 * 86_400)):
            other = phones(user).call(seat.uri_of(NOW))
            call = str(seat.wait_call(user, state="alerting")["id"])
            seat.post("lift", call=call)
            other.wait("answered")
            with shift.open("r+b") as file:  # in the middle of the call
                file.write(seconds.to_bytes(8, sys.byteorder, signed=True))
            time.sleep(1.0)
            other.bye()
            record = seat.wait_record(call)
            assert 1000 <= record["legs"][0]["ended_ms"] < 20_000
            calls.append(record)
        assert [len(seat.journal(e.CallArrived, call=record["call"])) for record in calls] == [1, 1, 1]
        dates = [record["arrived"] for record in calls]
        assert dates[2] < dates[0]
        late = talk(seat, phones, "late")
        assert seat.wait_record(late)["arrived"] > max(dates)
        state = seat.state()
        assert state["troubles"] == []


# ------------------------------------------------------------------------------------------------ store elsewhere


def test_postgresql_that_is_gone_for_a_while_costs_no_call(
    tmp_path: Path, phones: Phones, postgresql: PostgreSql
) -> None:
    url = postgresql.create()
    settings = SETTINGS | {"records": {"store": url}}
    with Seat(tmp_path, settings) as seat:
        calls = [talk(seat, phones, "before")]
        wait_stored(url, calls)
        postgresql.stop()
        try:
            calls += [talk(seat, phones, f"gone{n}") for n in range(2)]
            seat.wait_state(lambda state: "records.store" in troubles(state), 30)
            told = next(one for one in seat.state()["troubles"] if one["key"] == "records.store")
            assert told["what"].startswith(f"database {url}: ")
            assert "the journal keeps everything meanwhile" in told["advice"]
        finally:
            postgresql.start()
        seat.wait_state(lambda state: "records.store" not in troubles(state), 60)
        wait_stored(url, calls)
        told_of = seat.journal(e.TroubleNoticed, key="records.store")
        assert [event.cleared for event in told_of][-2:] == [False, True]
        assert len({event.what for event in told_of}) == len(told_of), "each reason once"
    listed = json.loads(asked("calls", "--json", "--config", str(seat.folder / "seat.yaml")))
    assert sorted(record["call"] for record in listed) == sorted(calls)


def asked(*words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "phoneetiquette", *words], capture_output=True, text=True, check=True
    ).stdout


def wait_stored(url: str, calls: list[str]) -> None:
    deadline = time.monotonic() + 30
    while True:
        with closing(open_store(url)) as store:
            stored = sorted(record.call for record in store.query(Query()))
        if stored == sorted(calls):
            return
        assert time.monotonic() < deadline, stored
        time.sleep(0.1)
