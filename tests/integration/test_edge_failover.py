"""Full seats, dead seats, seats and edges that start again: no caller is left in silence, no call that is up ends."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Phones
from tests.peers import processes
from tests.peers.edge import Edge, EdgedSeat
from tests.peers.edge_watch import NOW, Watch
from tests.peers.ports import LOOPBACK
from tests.peers.raw_sip import RawSip
from tests.peers.seat import Seat
from tests.peers.sip_caller import SipCaller

SECOND_RING_S = 3.0
"""When the second ring of the Japanese pattern begins."""


class Pair:
    """Two seats of one line each behind one edge, and a telephone that takes over what they cannot take."""

    def __init__(self, folder: Path) -> None:
        self.porter = SipCaller("porter")
        self.edge = Edge(folder, overflow=self.porter.uri, media="direct")
        settings: dict[str, dict[str, Any]] = {
            "sip": {"lines": 1},
            "edge": self.edge.section,
            "pickup": {"emergency_lines": [NOW]},
        }
        self.seats = [Seat(folder, settings), Seat(folder, settings)]
        for seat in self.seats:
            seat.wait_ready()
        where = [f"seat{number}@{LOOPBACK}:{seat.port}" for number, seat in enumerate(self.seats)]
        whole = {"edge": {**self.edge.section, "seats": where}, "sip": {"peers": [LOOPBACK]}}
        configuration = folder / "edge.yaml"
        configuration.write_text(json.dumps(whole))
        self.edge.start(configuration)

    def close(self) -> None:
        self.edge.close()
        for seat in self.seats:
            seat.close()
        self.porter.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path)
    yield pair
    pair.close()


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[EdgedSeat]:
    with EdgedSeat(tmp_path, {"pickup": {"emergency_lines": [NOW]}}) as seat:
        yield seat


def test_full_seats_are_passed_over(pair: Pair, phones: Phones) -> None:
    first, second = pair.seats
    anna = phones("anna").call(pair.edge.uri("seat1"))
    anna.wait("180", SECOND_RING_S)
    assert second.wait_call("anna"), "who is asked for by name is tried first"
    bert = phones("bert").call(pair.edge.uri("seat1"))
    bert.wait("180", SECOND_RING_S)
    assert first.wait_call("bert")
    carl = phones("carl").call(pair.edge.uri("seat1"))
    at_porter = pair.porter.wait_call(SECOND_RING_S)
    carl.wait("answered")
    assert carl.final_code == 200
    carl.bye()
    at_porter.wait("got_bye")


def test_dead_seats_are_passed_over(pair: Pair, phones: Phones) -> None:
    first, second = pair.seats
    frozen = processes.of_session(first.process.pid)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        anna = phones("anna").call(pair.edge.uri("seat0"))
        anna.wait("180", SECOND_RING_S)
        assert second.wait_call("anna")
        anna.cancel()
        anna.wait("487")
        second.wait_idle()
        began = time.monotonic()
        bert = phones("bert").call(pair.edge.uri("seat0"))
        bert.wait("180", SECOND_RING_S)
        assert time.monotonic() - began < 1, "what did not answer just now is not waited for again"
        bert.cancel()
        bert.wait("487")
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    for seat in pair.seats:
        seat.close()
    carl = phones("carl").call(pair.edge.uri("seat0"))
    pair.porter.wait_call(SECOND_RING_S)
    carl.wait("answered")
    carl.bye()
    carl.wait("ended")


def test_caller_to_a_seat_that_is_just_starting_again(seat: EdgedSeat, phones: Phones) -> None:
    """Its engine has died this moment; nobody else is there."""
    os.kill(seat.engine_pid, signal.SIGKILL)
    call = phones("anna").call(seat.outside)
    call.wait("180", 6)
    call.cancel()
    call.wait("487")


def test_nobody_there_at_all(seat: EdgedSeat, phones: Phones) -> None:
    seat.stop()
    seat.process.wait(10)
    call = phones("anna").call(seat.outside)
    call.wait("503")


def test_restart_of_the_edge(seat: EdgedSeat, phones: Phones) -> None:
    """Calls that are up go on, with sound; they can be held and ended from both sides, and new ones come through."""
    watch = Watch(seat)
    bert = phones("bert")
    dialled = seat.dial(bert.uri)
    at_bert = bert.wait_call()
    at_bert.wait("got_ack")
    seat.edge.stop_signalling()
    heard = len(watch.call.rtp.received)
    time.sleep(0.2)
    assert len(watch.call.rtp.received) > heard
    seat.edge.start_signalling()
    watch.check_next_call()
    watch.check_alive()
    at_bert.hold()
    at_bert.wait("reinvite_200")
    seat.post("hangup", call=dialled)
    at_bert.wait("got_bye")
    watch.close()
    seat.wait_idle()


def test_a_stranger_who_was_sent_on_reaches_nobody_else(tmp_path: Path) -> None:
    """His ticket is good for the call that was taken over, not for requests in our name to wherever he writes."""
    with (
        SipCaller("porter") as porter,
        Edge(tmp_path, overflow=porter.uri, media="direct", strangers="desk") as edge,
        RawSip(edge.address, "127.0.1.250") as stranger,
        RawSip(edge.address) as seat,  # one that answers nothing
        RawSip(edge.address, "127.0.1.251") as victim,
    ):
        whole = {"edge": {**edge.section, "seats": [f"desk@{LOOPBACK}:{seat.port}"]}, "sip": {"peers": [LOOPBACK]}}
        configuration = tmp_path / "edge.yaml"
        configuration.write_text(json.dumps(whole))
        edge.start(configuration)
        invite = stranger.request(headers={"Call-ID": "sent-on", "From": "<sip:raw@127.0.1.250>;tag=raw"})
        stranger.send(invite)
        rung = next(answer for answer in stranger.answers(3.0) if answer.code == 180)
        routes = rung.every("Record-Route")
        assert ";ticket=x-" in routes[-1] + routes[0]
        assert seat.answers(), "the call itself"
        headers = {"Call-ID": "sent-on", "From": "<sip:raw@127.0.1.250>;tag=raw", "To": rung.get("To")}
        headers["Route"] = ", ".join(reversed(routes))
        for other in (seat, victim):
            for method in ("INVITE", "INFO", "BYE"):
                uri = f"sip:desk@{other.host}:{other.port}"
                body = "Signal=1\r\n" if method == "INFO" else None
                fields = {**headers, "CSeq": f"7 {method}"}
                if method == "INFO":
                    fields["Content-Type"] = "application/dtmf-relay"
                assert stranger.ask(stranger.request(method, uri, fields, body=body)) == 403
            assert {one.method for one in other.answers()} <= {"ACK"}, "that of a refusal goes where the call was"
        uri = f"sip:porter@{LOOPBACK}:{porter.port}"
        assert stranger.ask(stranger.request("UPDATE", uri, {**headers, "CSeq": "9 UPDATE"})) not in (0, 403)


def test_a_stranger_who_was_sent_on_reaches_who_took_his_call_after_a_restart(tmp_path: Path) -> None:
    """Who took it answers from a place that neither is a peer nor stands in the configuration."""
    with (
        RawSip((LOOPBACK, 0)) as porter,
        Edge(tmp_path, overflow=f"sip:porter@{LOOPBACK}:{porter.port}", media="direct", strangers="desk") as edge,
        RawSip(edge.address, "127.0.1.252") as stranger,
        RawSip(edge.address, "127.0.1.253") as taker,
        RawSip(edge.address) as seat,
    ):
        whole = {"edge": {**edge.section, "seats": [f"desk@{LOOPBACK}:{seat.port}"]}, "sip": {"peers": ["192.0.2.7"]}}
        configuration = tmp_path / "edge.yaml"
        configuration.write_text(json.dumps(whole))
        edge.start(configuration)
        headers: dict[str, str | None] = {"Call-ID": "sent-on", "From": "<sip:raw@127.0.1.252>;tag=raw"}
        stranger.send(stranger.request(headers=headers))
        (invite,) = porter.answers(2.0)[:1]
        contact = ("Contact", f"<sip:taker@{taker.host}:{taker.port}>")
        porter.target = edge.address
        porter.send(invite.answer(200, "OK", "taken", [contact]).encode())
        taken = stranger.answers()[-1]
        assert taken.code == 200
        edge.stop_signalling()
        edge.start_signalling()
        headers |= {"To": taken.get("To"), "Route": ", ".join(reversed(taken.every("Record-Route"))), "CSeq": "9 BYE"}
        stranger.send(stranger.request("BYE", f"sip:taker@{taker.host}:{taker.port}", headers))
        assert [request.method for request in taker.answers()][:1] == ["BYE"]
        assert stranger.ask(stranger.request("BYE", f"sip:taker@127.0.1.251:{taker.port}", headers)) == 403
