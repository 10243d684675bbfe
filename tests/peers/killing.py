"""A seat's processes are killed at random moments of calls, again and again; then its books are looked at."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from phoneetiquette import events as e
from phoneetiquette.records.store import Query, open_store
from tests.peers.seat import Seat, SeatRefusedError
from tests.peers.sip_call import PeerCall, PeerTimeoutError
from tests.peers.sip_caller import SipCaller

NOW = "alarm"
SETTINGS: dict[str, dict[str, object]] = {"pickup": {"country": "JP", "emergency_lines": [NOW]}}
VICTIMS = ("main", "engine", "both")
LONGEST_S = 1.6
"""A round's call rings, is answered, held and resumed within this; somewhere in it the victim dies."""
STORED_WITHIN_S = 60.0


@dataclass(slots=True)
class Killings:
    """What came of it. Moments are seconds after the kill."""

    rounds: int = 0
    ready_s: dict[str, list[float]] = field(default_factory=dict)
    """Victim -> until the telephone answered again; of ``main`` it never stops."""
    lost: list[str] = field(default_factory=list)
    """Calls that the seat had taken, and of which there is no record."""
    doubled: list[str] = field(default_factory=list)
    """Calls of which an event that happens once is told twice."""
    stored: int = 0


def kill_at_random(seat: Seat, rounds: int, seed: int, store: str) -> Killings:
    """``rounds`` calls, in each of which a process of the seat is killed with SIGKILL; ``store`` is looked into when
    all is over."""
    dice, told = random.Random(seed), Killings()  # noqa: S311
    known: dict[str, str] = {}
    for number, victim in zip(range(rounds), cycle(VICTIMS), strict=False):
        with SipCaller(f"round{number}") as guest:
            call = guest.call(seat.uri_of(NOW))
            _live_until(seat, guest, call, dice.uniform(0, LONGEST_S))
            told.ready_s.setdefault(victim, []).append(_kill(seat, guest, victim))
            if "180" in call.moments:
                known[call.call_id] = guest.user
            if not call.ended:
                call.hang_up()
            with contextlib.suppress(PeerTimeoutError):  # its dialog may have died with the engine
                call.wait("ended", 3)
        _settle(seat)
        told.rounds += 1
    _look(seat, known, told)
    _look_into(Path(store), seat, known, told)
    return told


def _live_until(seat: Seat, guest: SipCaller, call: PeerCall, moment_s: float) -> None:
    """The call goes on as calls do, until the moment has come; wherever it is then."""
    end = time.monotonic() + moment_s
    for wish, then in (("lift", "talking"), ("hold", "held"), ("resume", "talking")):
        with contextlib.suppress(PeerTimeoutError, SeatRefusedError):
            seat.wait_call(guest.user, max(0.0, min(1.0, end - time.monotonic())))
            seat.post(wish)
            seat.wait_call(guest.user, max(0.0, end - time.monotonic()), state=then)
    time.sleep(max(0.0, end - time.monotonic()))


def _kill(seat: Seat, guest: SipCaller, victim: str) -> float:
    engine = seat.engine_pid
    if victim != "engine":
        seat.kill()
    if victim != "main":
        with contextlib.suppress(ProcessLookupError):
            os.kill(engine, signal.SIGKILL)
    killed = time.monotonic()
    if victim != "engine":
        seat.start_again()
    while guest.ask("OPTIONS", seat.uri, timeout_s=0.2) is None:
        assert time.monotonic() - killed < 30, seat.log()
    return time.monotonic() - killed


def _settle(seat: Seat) -> None:
    """No call is left; the next round begins with a seat that is well."""
    seat.wait_state(lambda state: state["engine"]["state"] == "ready", 30)
    for call in seat.state()["calls"]:
        with contextlib.suppress(SeatRefusedError):
            seat.post("hangup", call=call["id"])
    seat.wait_idle(40)


def _look(seat: Seat, known: dict[str, str], told: Killings) -> None:
    """Each call that rang is in the journal, and what happens once in a call is there once."""
    arrived = {event.call: event.sip_call_id for event in seat.journal(e.CallArrived)}
    told.lost += [user for sip_call_id, user in known.items() if sip_call_id not in arrived.values()]
    kinds = (e.CallArrived, e.AlertingStarted, e.CallAnswered, e.CallEnded, e.CallClosed)
    for kind in kinds:
        calls = [event.call for event in seat.journal(kind)]
        told.doubled += [f"{kind.__name__} of {call}" for call in set(calls) if calls.count(call) > 1]


def _look_into(file: Path, seat: Seat, known: dict[str, str], told: Killings) -> None:
    """Each call has come to the store, too."""
    deadline = time.monotonic() + STORED_WITHIN_S
    while True:
        with closing(open_store(f"sqlite:///{file}")) as store:
            stored = store.query(Query(seat=seat.name))
        missing = set(known) - {record.sip_call_id for record in stored}
        if not missing or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    told.stored = len(stored)
    told.lost += sorted(f"record of {known[one]}" for one in missing)
