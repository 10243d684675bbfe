"""The ring window of a real seat with real callers: who is connected when, and what is said of it afterwards.

Windows are seconds long and cannot be hurried, so each test lets several calls ring side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from phoneetiquette.etiquette.cadence import country
from tests.integration.conftest import Phones, Seats
from tests.integration.ringing import LATE_MS, MAIN_LATE_MS, check_pickup, rings, sleep_until, wait_until
from tests.peers import g711
from tests.peers.baresip import Baresip
from tests.peers.hearing import RATE_HZ, amplitude
from tests.peers.seat import Seat
from tests.peers.sipp import Sipp

ALARM = "alarm"
WINDOWS_S = {
    "JP": (4.0, 7.0),
    "GB": (4.0, 7.0),
    "DE": (6.0, 11.0),
    "FR": (6.5, 11.5),
    "AT": (7.0, 13.0),
    "US": (8.0, 14.0),
}
"""As the rules document publishes them: from the end of ring 2 to the end of ring 3."""
RING_2_S = {"JP": 3.0, "GB": 3.0, "DE": 5.0, "FR": 5.0, "AT": 6.0, "US": 6.0}
"""When ring 2 begins."""
AFTER_OPENING_S = 0.5


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    """A window from 4 to 7 seconds."""
    pickup = {"country": "JP", "emergency_lines": [ALARM], "auto_answer_from": ["127.0.0.1"]}
    with Seat(tmp_path_factory.mktemp("window"), {"pickup": pickup, "sip": {"transports": ["udp", "tcp"]}}) as seat:
        yield seat
        seat.wait_idle()


def test_six_countries(seats: Seats, phones: Phones) -> None:
    """Four callers at each seat: lifted in ring 1, in ring 2, inside the window, never."""
    running = dict(zip(WINDOWS_S, seats(*({"pickup": {"country": code}} for code in WINDOWS_S)), strict=True))
    calls = {
        (code, when): phones(f"{code.lower()}{when}").call(running[code].uri)
        for code in WINDOWS_S
        for when in ("first", "second", "inside", "never")
    }
    ids = {key: rings(running[key[0]], call) for key, call in calls.items()}
    for code, seat in running.items():
        seat.post("lift", call=ids[code, "first"])
        assert seat.wait_call(ids[code, "first"])["state"] == "armed"

    def lift(code: str) -> None:
        for when, moment in (("second", RING_2_S[code] + 0.1), ("inside", WINDOWS_S[code][0] + AFTER_OPENING_S)):
            sleep_until(calls[code, when], moment)
            running[code].post("lift", call=ids[code, when])

    with ThreadPoolExecutor(len(WINDOWS_S)) as receptionists:
        list(receptionists.map(lift, WINDOWS_S))
    for (code, when), call in calls.items():
        call.wait("answered", 15)
        opens_ms, closes_ms = (1000 * edge for edge in WINDOWS_S[code])
        waited_ms = call.span_ms("180", "answered")
        if when == "inside":
            assert opens_ms < waited_ms < closes_ms
        else:
            edge_ms = closes_ms if when == "never" else opens_ms
            assert edge_ms - 0.5 < waited_ms < edge_ms + LATE_MS, (code, when)
    for code in WINDOWS_S:  # the first two were connected at the same moment
        for when, state in (("first", "held"), ("second", "held"), ("inside", "talking"), ("never", "message")):
            running[code].wait_call(ids[code, when], state=state)
    for call in calls.values():
        call.bye()
    for (code, when), call in calls.items():
        record = running[code].wait_record(call.call_id)
        assert record["ring"]["country"] == code
        if when == "never":  # the receptionist was talking: the caller was asked for a message
            check_pickup(record, "diverted", 3)
            assert record["deadline"]["action"] == "message"
            continue
        check_pickup(record, "on_time", 2)
        assert record["pickup"]["after_open_ms"] >= 0
        if when == "inside":
            assert 0 < record["legs"][0]["answered_ms"] - record["lifted_ms"][0] < MAIN_LATE_MS


def test_caller_leaves(seat: Seat, phones: Phones) -> None:
    """In ring 1, while armed, in the window; noticed at once each time, and all is free again."""
    early, armed, inside = (phones(name).call(seat.uri) for name in ("early", "armed", "inside"))
    for call in (early, armed, inside):
        rings(seat, call)
    seat.post("lift", call=seat.wait_call("armed")["id"])
    for call, moment, verdict in (
        (early, 0.5, "short_abandon"),
        (armed, 3.5, "short_abandon"),
        (inside, 5.0, "abandoned"),
    ):
        sleep_until(call, moment)
        call.cancel()
        call.wait("ended")
        assert call.final_code == 487
        assert call.span_ms("cancel", "487") < LATE_MS
        seat.wait_gone(call.agent.user, 1.0)
        record = seat.wait_record(call.call_id)
        assert (record["ended_by"], record["answered"], record["pickup"]["verdict"]) == ("customer", None, verdict)
    assert seat.state()["bell"] == "off"
    sleep_until(inside, 5.5)
    assert not any(call.answered for call in (early, armed, inside))


def test_second_call_obeys_the_same_window(seat: Seat, phones: Phones) -> None:
    anna = phones("anna").call(seat.uri)
    first = rings(seat, anna)
    assert seat.state()["bell"] == "ringer"
    seat.post("lift", call=first)
    assert seat.state()["bell"] == "armed"
    sleep_until(anna, 2.0)
    bert = phones("bert").call(seat.uri)
    second = rings(seat, bert)
    anna.wait("answered")
    assert seat.wait_state(lambda state: state["bell"] == "ear")
    seat.post("lift", call=second)
    seat.post("put_down", call=second)
    assert seat.wait_call(second)["state"] == "alerting"
    sleep_until(bert, 4.5)
    assert not bert.answered
    seat.post("lift", call=second)
    bert.wait("answered")
    assert 4500 < bert.span_ms("180", "answered") < 4500 + MAIN_LATE_MS
    anna.wait("held")
    seat.wait_call(first, state="held")
    seat.wait_call(second, state="talking")
    for call in (anna, bert):
        call.bye()
    check_pickup(seat.wait_record("anna"), "on_time", 2)
    record = seat.wait_record("bert")
    check_pickup(record, "on_time", 2)
    assert len(record["lifted_ms"]) == 2


def test_our_own_ringback(seats: Seats, phones: Phones) -> None:
    """The British tone in its cadence arrives by RTP, and its first burst starts the clock."""
    (seat,) = seats({"pickup": {"country": "GB", "ringback": "early_media"}})
    leaving = phones("leaving").call(seat.uri)
    anna = phones("anna").call(seat.uri)
    anna.wait("183")
    shown = seat.wait_call("anna", state="alerting")
    seat.post("lift", call=shown["id"])
    sleep_until(leaving, 1.0, "183")
    leaving.cancel()
    leaving.wait("ended")
    assert leaving.final_code == 487
    anna.wait("answered")
    assert "180" not in anna.moments
    packets = [p for p in anna.rtp.received if p.at_ns < anna.moments["answered"]]
    sound = np.concatenate([g711.decode(p.payload, p.payload_type) for p in packets])
    assert [p.timestamp - packets[0].timestamp for p in packets] == [160 * n for n in range(len(packets))]
    loud = np.abs(sound.astype(int)) > 300
    ringing = np.convolve(loud, np.ones(40), "same") > 0  # within 2.5 ms of a swing
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ringing, [0]]))) / RATE_HZ
    first = edges[0]
    expected = [cycle + edge for cycle in (0.0, 3.0) for edge in (0.0, 0.4, 0.6, 1.0)]
    assert edges[:8] - first == pytest.approx(expected, abs=0.006)
    burst = sound[round((first + 0.05) * RATE_HZ) : round((first + 0.35) * RATE_HZ)]
    assert min(amplitude(burst, hz) for hz in country("GB").ringback.freq_hz) > 1500
    assert amplitude(burst, 425) < 500
    heard_ns = packets[0].at_ns + first * 1e9
    assert shown["ring"]["started_ms"] == pytest.approx(heard_ns / 1e6, abs=25)
    assert (anna.moments["answered"] - heard_ns) / 1e6 == pytest.approx(4000, abs=LATE_MS)
    anna.bye()
    record = seat.wait_record("anna")
    check_pickup(record, "on_time", 2)
    assert record["ring"]["ringback"] == "early_media"


def test_emergency_line_and_auto_answer_are_exempt(seat: Seat, phones: Phones) -> None:
    alarm = phones("anna").call(seat.uri_of(ALARM))
    alarm_id = rings(seat, alarm)
    seat.post("lift", call=alarm_id)
    alarm.wait("answered")
    assert alarm.span_ms("180", "answered") < 1000
    alarm.bye()
    seat.wait_idle()
    door = phones("door").call(seat.uri, headers=[("Call-Info", "<sip:127.0.0.1>;answer-after=0")])
    door.wait("answered", 2)
    seat.wait_call("door", state="talking")
    door.bye()
    for call, why in ((alarm, "emergency_line"), (door, "auto_answer")):
        record = seat.wait_record(call.call_id)
        assert (record["pickup"]["verdict"], record["pickup"]["exempt"]) == ("exempt", why)


def test_cancel_that_crosses_the_answer(seat: Seat, phones: Phones) -> None:
    """Whoever gives up at the very moment the window opens is either never connected, or was before."""
    descriptors = seat.descriptors()
    for round_ in range(2):
        calls = [phones(f"guest{round_}{n}").call(seat.uri) for n in range(4)]
        for call in calls:
            seat.post("lift", call=rings(seat, call))
        for n, call in enumerate(calls):
            sleep_until(call, 3.9985 + 0.001 * n)
            call.hang_up()
        for call in calls:
            call.wait("ended")
            assert call.final_code in (200, 487)
            if call.final_code == 487:
                assert not call.answered
        seat.wait_idle()
        for call in calls:
            record = seat.wait_record(call.call_id)
            assert record["ended_by"] == "customer"
            assert (record["answered"] is None) == (call.final_code == 487)
            assert record["pickup"]["verdict"] in ("on_time", "abandoned", "short_abandon")
    wait_until(lambda: seat.descriptors() <= descriptors + 2)


def test_sipp_and_baresip_call(seat: Seat) -> None:
    """Somebody else's SIP: SIPp gives up in ring 1, baresip is answered as its window opens; both over UDP and TCP."""
    transports = ("udp", "tcp")
    leaving = [Sipp("uac_cancel", target=seat.address, transport=transport, pause_ms=1000) for transport in transports]
    with Baresip("carl") as carl, Baresip("dora", transport="tcp") as dora:
        ids = []
        for phone in (carl, dora):
            phone.dial(seat.uri + (";transport=tcp" if phone is dora else ""))
            ids.append(seat.wait_call(phone.user, state="alerting")["id"])
            seat.post("lift", call=ids[-1])
        for run in leaving:
            run.finish().check()
        for phone in (carl, dora):
            phone.wait("CALL_ESTABLISHED")
        seat.wait_call("carl", state="held")
        for phone in (carl, dora):
            phone.hang_up()
        for call in ids:
            check_pickup(seat.wait_record(call), "on_time", 2)
    seat.wait_idle()
    for transport in transports:
        talking = Sipp("uac_talk", target=seat.address, user=ALARM, transport=transport, pause_ms=300)
        seat.wait_call("sipp", state="alerting")
        seat.post("lift")
        talking.finish().check()
        seat.wait_idle()
