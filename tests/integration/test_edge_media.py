"""Sound through the edge: both ways, encrypted, from IPv6, and closed to others."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from phoneetiquette.audio.tones import write_wav
from tests.integration.conftest import Phones
from tests.peers import g711
from tests.peers.baresip import Baresip
from tests.peers.certificates import self_signed
from tests.peers.edge import EdgedSeat
from tests.peers.g711 import Samples
from tests.peers.hearing import LOUD, amplitude, tone, wait_heard
from tests.peers.sip_call import PeerCall
from tests.peers.sipp import Sipp

NOW = "alarm"
AGENT, CUSTOMER, STRANGER = 700.0, 1000.0, 1700.0
TONES = (AGENT, CUSTOMER, STRANGER)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture
def seat(folder: Path, certificate: tuple[Path, Path, Path], tmp_path: Path) -> Iterator[EdgedSeat]:
    said = folder / "agent.wav"
    write_wav(said, tone(AGENT, 60, 16000), 16000)
    settings: dict[str, dict[str, Any]] = {
        "pickup": {"emergency_lines": [NOW]},
        "audio": {"backend": "wav", "wav": {"play": str(said), "store": str(tmp_path / "heard.wav")}},
        "edge": {
            "listen": ["127.0.0.1", "::1"],
            "tls": {"certificate": str(certificate[0]), "key": str(certificate[1]), "ca": str(certificate[0])},
        },
        "sip": {"peers": ["127.0.0.1", "::1"]},
    }
    with EdgedSeat(tmp_path, settings) as seat:
        yield seat


def talk(seat: EdgedSeat, phones: Phones) -> PeerCall:
    call = phones("anna").call(seat.edge.uri(NOW))
    call.play(tone(CUSTOMER), repeat=True)
    seat.post("lift", call=seat.wait_call("anna")["id"])
    call.wait("answered")
    wait_heard(call, AGENT, among=TONES)
    return call


def heard_at_desk(seat: EdgedSeat, tmp_path: Path) -> Samples:
    seat.wait_idle()
    super(EdgedSeat, seat).close()
    return np.asarray(soundfile.read(tmp_path / "heard.wav", dtype="int16")[0], np.int16)


def level(sound: Samples, hz: float) -> float:
    """Greatest amplitude in any 0.1 s."""
    return max(amplitude(sound[start : start + 1600], hz, 16000) for start in range(0, len(sound) - 1600, 400))


@pytest.mark.parametrize("after_s", [0.3, 4.0])
@pytest.mark.parametrize("address", ["127.0.0.9", "127.0.0.1"])
def test_foreign_packets_neither_enter_a_call_nor_carry_it_away(
    seat: EdgedSeat, phones: Phones, tmp_path: Path, after_s: float, address: str
) -> None:
    call = talk(seat, phones)
    time.sleep(after_s)
    assert call.audio
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((address, 0))
        stranger.setblocking(False)
        payload = g711.encode(tone(STRANGER, 0.02)[:160], 8)
        for number in range(100):
            head = struct.pack("!BBHII", 0x80, 8, number, 160 * number, 0x12345678)
            stranger.sendto(head + payload, (call.audio.address, call.audio.port))
            time.sleep(0.01)
        with pytest.raises(BlockingIOError):
            stranger.recv(2000)
    wait_heard(call, AGENT, among=TONES)
    call.bye()
    call.wait("ended")
    sound = heard_at_desk(seat, tmp_path)
    assert level(sound, CUSTOMER) > LOUD / 4
    assert level(sound, STRANGER) < LOUD / 40


def test_encrypted_from_outside_in_the_clear_inside(
    seat: EdgedSeat, certificate: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    with Baresip(
        "anna", transport="tls", certificate=certificate[2], media_encryption="srtp-mand", speech=tone(CUSTOMER, 30)
    ) as anna:
        anna.dial(seat.edge.uri(NOW, "tls"))
        seat.post("lift", call=seat.wait_call("anna")["id"])
        anna.wait("CALL_ESTABLISHED")
        time.sleep(1.5)
        seat.post("hangup")
        anna.wait("CALL_CLOSED")
        assert seat.wait_record("anna")["encrypted"], "outside, where it matters"
        assert amplitude(anna.heard()[-8000:], AGENT) > LOUD / 4
    assert level(heard_at_desk(seat, tmp_path), CUSTOMER) > LOUD / 4


def test_phone_behind_a_router(seat: EdgedSeat, phones: Phones) -> None:
    """Its description names an address that is of no use here; sound goes where it came from."""
    call = phones("anna", described_host="10.0.0.5").call(seat.edge.uri(NOW))
    call.play(tone(CUSTOMER), repeat=True)
    seat.post("lift", call=seat.wait_call("anna")["id"])
    call.wait("answered")
    wait_heard(call, AGENT, among=TONES)
    call.bye()
    call.wait("ended")


def test_that_it_is_encrypted_is_said_by_the_edge_alone(seat: EdgedSeat, phones: Phones) -> None:
    call = phones("anna").call(seat.edge.uri(NOW), headers=[("X-Edge-Sound", "encrypted")])
    seat.post("lift", call=seat.wait_call("anna")["id"])
    call.wait("answered")
    call.bye()
    assert not seat.wait_record("anna")["encrypted"]


def test_called_from_ipv6(seat: EdgedSeat) -> None:
    with Sipp("uac_talk", target=("[::1]", seat.edge.port), user=NOW, host="::1", timeout_s=20) as sipp:
        call = seat.wait_call("sipp", state="alerting")["id"]
        seat.post("lift", call=call)
        sipp.finish().check()
    record = seat.wait_record("sipp")
    assert (record["ended_by"], record["peer"]) == ("customer", f"[::1]:{sipp.port}")
