"""The end of ring 3: a real seat connects, passes the call on, or asks for a message."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from phoneetiquette.audio.tones import write_wav
from tests.integration.conftest import Phones
from tests.integration.ringing import LATE_MS, MAIN_LATE_MS, check_pickup, sleep_until
from tests.peers import g711
from tests.peers.hearing import RATE_HZ, amplitude, tone, wait_heard
from tests.peers.ports import free_port
from tests.peers.seat import Seat

ANNA, BERT, PROMPT = 1000.0, 1600.0, 700.0


@dataclass(frozen=True, slots=True)
class Desks:
    """Seats whose window is from 4 to 7 seconds, by what they do at its end."""

    connecting: Seat
    """When absent: asks for a message."""
    diverting: Seat
    """To the switchboard, present or absent; asks for a message when that fails."""
    asking: Seat
    """For a message of at most 5 s; when absent it goes on ringing."""
    switchboard_port: int

    @property
    def all(self) -> tuple[Seat, Seat, Seat]:
        return self.connecting, self.diverting, self.asking


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    folder = tmp_path_factory.mktemp("deadline")
    prompt = folder / "prompt.wav"
    write_wav(prompt, tone(PROMPT, 0.6), RATE_HZ)
    port = free_port()
    overflow = {"action": "overflow", "target": f"sip:switchboard@127.0.0.1:{port}", "prompt": str(prompt)}
    desks = Desks(
        Seat(folder, {"pickup": {"deadline": {"action": "connect"}}}),
        Seat(folder, {"pickup": {"deadline": overflow, "when_absent": overflow}}),
        Seat(
            folder,
            {
                "pickup": {
                    "deadline": {"action": "message", "prompt": str(prompt)},
                    "when_absent": {"action": "none"},
                    "message_limit_s": 5,
                }
            },
        ),
        port,
    )
    for seat in desks.all:
        seat.wait_ready()
    yield desks
    for seat in desks.all:
        seat.stop()
    for seat in desks.all:
        seat.close()


@pytest.fixture(autouse=True)
def _ends_idle(desks: Desks, phones: Phones) -> Iterator[None]:
    """No test leaves a call or an empty chair to the next; the phones are still there to hear the goodbye."""
    yield
    for seat in desks.all:
        seat.post("presence", presence="present")
        seat.hang_up_all()


def test_nobody_lifts(desks: Desks, phones: Phones) -> None:
    """Connected, passed on, asked for a message because that failed or at once."""
    connecting, diverting, asking = desks.all
    switchboard = phones("switchboard", port=desks.switchboard_port, answer_after_s=None)
    anna, dora, bert = (
        phones(name).call(seat.uri) for name, seat in (("anna", connecting), ("dora", asking), ("bert", diverting))
    )
    sleep_until(bert, 0.5)
    carl = phones("carl").call(diverting.uri)
    anna.wait("answered", 12)
    taken, refused = (switchboard.wait_call(12) for _ in range(2))
    assert 6999.5 < (taken.moments["got_invite"] - bert.moments["180"]) / 1e6 < 7000 + MAIN_LATE_MS
    refused.refuse(480)
    assert not bert.answered
    assert "183" not in bert.moments
    taken.answer()
    for call in (anna, bert, carl, dora):
        call.wait("answered", 12)
        call.play(tone(ANNA), repeat=True)

    assert 6999.5 < anna.span_ms("180", "answered") < 7000 + LATE_MS
    connecting.wait_call("anna", state="talking", verdict="on_time")
    anna.bye()
    record = connecting.wait_record("anna")
    check_pickup(record, "on_time", 3)
    assert record["deadline"]["action"] == "connect"

    taken.play(tone(BERT), repeat=True)
    wait_heard(bert, BERT, among=(ANNA, BERT))
    wait_heard(taken, ANNA, among=(ANNA, BERT))
    taken.bye()
    bert.wait("got_bye")
    record = diverting.wait_record("bert")
    check_pickup(record, "diverted", 3)
    assert [leg["kind"] for leg in record["legs"]] == ["incoming", "overflow"]

    dora.wait("got_bye", 20)
    for call, seat in ((carl, diverting), (dora, asking)):
        call.bye()
        record = seat.wait_record(call.call_id)
        check_pickup(record, "diverted", 3)
        assert record["caller"] == f"sip:{call.agent.user}@127.0.0.1:{call.agent.port}"
        sound = _message(record)
        assert amplitude(sound[-16000:], ANNA, 16000) > 4000


def _message(record: dict[str, Any]) -> g711.Samples:
    """The voice message of a record: 16 kHz."""
    with wave.open(record["message_file"]) as file:
        assert (file.getframerate(), file.getnchannels()) == (16000, 1)
        assert file.getnframes() / 16000 == pytest.approx(record["message_s"], abs=0.3)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def test_absent(desks: Desks, phones: Phones) -> None:
    """Nobody is connected with an empty chair."""
    switchboard = phones("switchboard", port=desks.switchboard_port)
    calls = []
    for seat, name in zip(desks.all, ("anna", "bert", "carl"), strict=True):
        seat.post("presence", presence="absent")
        calls.append(phones(name).call(seat.uri))
    anna, bert, carl = calls
    anna.wait("answered", 12)
    desks.connecting.wait_call("anna", state="message")
    bert.wait("answered", 12)
    switchboard.wait_call().wait("got_ack")
    sleep_until(carl, 7.5)
    assert not carl.answered
    desks.asking.wait_call("carl", state="alerting")
    for call in calls:
        call.hang_up()
    for seat, call, verdict in zip(desks.all, calls, ("diverted", "diverted", "abandoned"), strict=True):
        assert seat.wait_record(call.call_id)["pickup"]["verdict"] == verdict


def test_caller_leaves_or_is_fetched_after_the_deadline(desks: Desks, phones: Phones) -> None:
    """While the overflow target rings, while the prompt is played; and the receptionist may still lift."""
    switchboard = phones("switchboard", port=desks.switchboard_port, answer_after_s=None)
    overflow, message = desks.diverting, desks.asking
    leaving, fetched = (phones(name).call(overflow.uri) for name in ("leaving", "fetched"))
    speechless = phones("speechless").call(message.uri)
    for_leaving, for_fetched = (switchboard.wait_call(12) for _ in range(2))
    left = overflow.wait_call("leaving", state="diverted")["id"]
    leaving.cancel()
    leaving.wait("ended")
    assert leaving.final_code == 487
    sleep_until(fetched, 7.3)
    overflow.post("lift", call=overflow.wait_call("fetched", state="diverted")["id"])
    fetched.wait("answered")
    overflow.wait_call("fetched", state="talking")
    for call in (for_leaving, for_fetched):
        call.wait("got_cancel")
    fetched.bye()
    overflow.wait_idle()
    assert overflow.wait_record(left)["pickup"]["verdict"] == "abandoned"
    check_pickup(overflow.wait_record(fetched.call_id), "late", 3)

    speechless.wait("answered")
    message.wait_call("speechless", state="message")
    speechless.bye()
    record = message.wait_record("speechless")
    check_pickup(record, "diverted", 3)
    assert record["ended_by"] == "customer"
