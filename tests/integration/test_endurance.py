"""Calls without end, side by side on all lines: each becomes what its parties made of it, and nothing is left of it."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from phoneetiquette import events as e
from tests.integration.conftest import Phones
from tests.peers.hearing import tone, wait_heard
from tests.peers.seat import Seat
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import SipCaller

NOW = "alarm"
"""A called user that no ring rule holds back: tests of what comes after the pickup need not wait for it."""
LINES = 4
FLOOD = 60
QUIET_S = 6.0
"""After it the bridge rests, and connections of the console that nobody uses have been closed."""
GROWTH_MB = 4.0
"""Most of this is what SIP keeps of a transaction for half a minute, some 30 kB a call. 500 calls are measured by
``python -m benchmarks endurance``, with a limit of 2 MB."""


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    settings: dict[str, dict[str, object]] = {
        "pickup": {"country": "JP", "emergency_lines": [NOW]},
        "console": {"port": 0, "history": 100},
    }
    with Seat(tmp_path, settings) as seat:
        yield seat


# ------------------------------------------------------------------------------------------------ what is left


class Left(NamedTuple):
    """What main and engine hold, by kind."""

    handles: Counter[str]
    threads: Counter[str]
    rtp_ports: list[int]
    shared_memory: list[str]


def left(seat: Seat) -> Left:
    handles: Counter[str] = Counter()
    threads: Counter[str] = Counter()
    for who, pid in (("main", seat.process.pid), ("engine", seat.engine_pid)):
        process = Path(f"/proc/{pid}")
        for handle in (process / "fd").iterdir():
            try:
                handles[f"{who} {os.readlink(handle).partition('[')[0]}"] += 1
            except FileNotFoundError:
                continue  # closed meanwhile
        threads.update(f"{who} {(thread / 'comm').read_text().strip()}" for thread in (process / "task").iterdir())
    block = yaml.safe_load((seat.folder / "seat.yaml").read_text())["sip"]["rtp_ports"]
    lines = Path("/proc/net/udp").read_text().splitlines()[1:]
    ports = sorted(int(line.split()[1].partition(":")[2], 16) for line in lines)
    ours = [port for port in ports if block["first"] <= port <= block["last"]]
    return Left(handles, threads, ours, sorted(os.listdir("/dev/shm")))  # noqa: S108 - looked at only


def wait_left(seat: Seat, wanted: Left, timeout_s: float = 15.0) -> None:
    """Blocks until the seat holds what it held before: records are filled in by a child that comes and goes."""
    deadline = time.monotonic() + timeout_s
    while (now := left(seat)) != wanted:
        if time.monotonic() > deadline:
            assert now == wanted
        time.sleep(0.2)


def rss_mb(seat: Seat) -> float:
    found = 0
    for pid in (seat.process.pid, seat.engine_pid):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        found += next(int(line.split()[1]) for line in rollup if line.startswith("Rss:"))
    return found / 1024


# ------------------------------------------------------------------------------------------------ kinds of calls


def given_up(seat: Seat, phone: SipCaller) -> tuple[PeerCall, int]:
    call = phone.call(seat.uri)
    seat.wait_call(phone.user, state="alerting")
    call.cancel()
    return call, 487


def declined(seat: Seat, phone: SipCaller) -> tuple[PeerCall, int]:
    call = phone.call(seat.uri)
    seat.post("hangup", call=seat.wait_call(phone.user, state="alerting")["id"])
    return call, 486


def lifted(seat: Seat, phone: SipCaller) -> tuple[PeerCall, str]:
    call = phone.call(seat.uri_of(NOW))
    seat.wait_state(lambda state: any(c["ring"] and c["party"]["number"] == phone.user for c in state["calls"]))
    number = str(seat.wait_call(phone.user)["id"])
    seat.post("lift", call=number)
    call.play(tone(1000), repeat=True)
    call.wait("answered")
    return call, number


def ended_by_the_customer(seat: Seat, phone: SipCaller) -> tuple[PeerCall, int]:
    call, _ = lifted(seat, phone)
    time.sleep(0.1)
    call.bye()
    call.wait("bye_200")
    return call, 200


def ended_by_the_agent(seat: Seat, phone: SipCaller) -> tuple[PeerCall, int]:
    call, number = lifted(seat, phone)
    seat.post("hangup", call=number)
    call.wait("got_bye")
    return call, 200


def with_a_digit(seat: Seat, phone: SipCaller) -> tuple[PeerCall, int]:
    call, _ = lifted(seat, phone)
    call.send_info_digit("5")
    call.wait("info_200")
    call.bye()
    call.wait("bye_200")
    return call, 200


def dialled(seat: Seat, phone: SipCaller) -> tuple[PeerCall, int]:
    seat.dial(phone.contact)
    call = phone.wait_call()
    call.wait("got_ack")
    call.bye()
    call.wait("bye_200")
    return call, 200


KINDS: tuple[Callable[[Seat, SipCaller], tuple[PeerCall, int]], ...] = (
    given_up,
    ended_by_the_customer,
    declined,
    with_a_digit,
    dialled,
    ended_by_the_agent,
)


def one_round(seat: Seat, phones: list[SipCaller]) -> None:
    """Every phone goes through all kinds of calls, each beginning with another. A lift puts the others on hold."""

    def all_kinds(number: int) -> None:
        for turn in range(len(KINDS)):
            kind, phone = KINDS[(number + turn) % len(KINDS)], phones[number]
            call, code = kind(seat, phone)
            call.wait("ended")
            assert call.final_code == code, f"{kind.__name__}: {call.history}"
            assert ("got_bye" in call.moments) == (kind is ended_by_the_agent), f"{kind.__name__}: {call.history}"
            seat.wait_gone(phone.user)
            phone.calls.clear()

    with ThreadPoolExecutor(len(phones)) as pool:
        for done in [pool.submit(all_kinds, number) for number in range(len(phones))]:
            done.result()
    seat.wait_idle()


def messages(seat: Seat, phones: list[SipCaller]) -> None:
    """Nobody is there: every phone leaves a message."""
    seat.post("presence", presence="absent")
    calls = [phone.call(seat.uri) for phone in phones]
    for call in calls:
        call.wait("answered", 12)
    time.sleep(0.5)
    for call in calls:
        call.bye()
    for call in calls:
        call.wait("bye_200")
    seat.wait_idle()
    seat.post("presence", presence="present")


# ------------------------------------------------------------------------------------------------ tests


def test_nothing_is_left_of_calls(seat: Seat, phones: Phones) -> None:
    callers = [phones(f"guest{number}") for number in range(LINES)]
    one_round(seat, callers)
    time.sleep(QUIET_S)
    before, before_mb = left(seat), rss_mb(seat)
    assert before.rtp_ports == []
    one_round(seat, callers)
    messages(seat, callers)
    wait_left(seat, before)
    assert rss_mb(seat) - before_mb < GROWTH_MB
    assert len(list((seat.folder / "records" / "messages").glob("*.wav"))) == LINES
    ended = Counter(record["code"] for record in seat.records())
    assert ended == {200: LINES * (2 * 4 + 1), 486: LINES * 2, 487: LINES * 2}
    assert len(seat.journal(e.DigitReceived)) == LINES * 2
    assert {failed.what for failed in seat.journal(e.CommandFailed)} <= {"the call is over"}
    assert seat.journal(e.EngineLost) == []


def test_an_ended_call_takes_no_newer_one_with_it(seat: Seat, phones: Phones) -> None:
    """Collected late, pjsua2's object of an ended call would hang up the call that has its slot now (issue 3856)."""
    talking, quick = phones("talking"), [phones(f"quick{number}") for number in range(LINES - 1)]
    over = threading.Event()

    def one_after_the_other(phone: SipCaller) -> int:
        count = 0
        while not over.is_set():
            call = phone.call(seat.uri)
            call.wait("180")
            call.cancel()
            call.wait("ended")
            assert call.final_code == 487, call.history
            count += 1
            time.sleep(0.2)
        return count

    with ThreadPoolExecutor(len(quick)) as pool:
        storm = [pool.submit(one_after_the_other, phone) for phone in quick]
        try:
            for _ in range(6):
                call, _ = lifted(seat, talking)
                time.sleep(1.0)
                assert call.history[-1][1] == "answered", call.history
                wait_heard(call, among=())  # sound flows, whatever it is
                call.bye()
                call.wait("bye_200")
                seat.wait_gone("talking")
        finally:
            over.set()
        assert sum(done.result() for done in storm) > 4 * LINES


@pytest.mark.parametrize("peers", [["127.0.0.1"], ["127.0.0.2"]], ids=["peer", "stranger"])
def test_a_flood_of_invites_ends_no_engine(tmp_path: Path, phones: Phones, peers: list[str]) -> None:
    """Every INVITE costs the library two sockets, and with none left an assertion ended the process."""
    with Seat(tmp_path, {"sip": {"peers": peers}}) as seat:
        flooder = phones("flooder")
        calls = [flooder.call(seat.uri) for _ in range(FLOOD)]
        for call in calls:
            call.cancel()
        for call in calls:
            call.wait("ended", 30)
        assert {call.final_code for call in calls} <= {403, 486, 487}
        assert seat.journal(e.EngineLost) == []
        assert flooder.ask("OPTIONS", seat.uri)
