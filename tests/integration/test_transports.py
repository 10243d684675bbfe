"""Calls over TCP and TLS, with encrypted sound and without."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phoneetiquette import events as e
from phoneetiquette.audio.tones import write_wav
from tests.integration.conftest import Phones
from tests.peers.baresip import Baresip
from tests.peers.certificates import self_signed
from tests.peers.g711 import Samples
from tests.peers.hearing import tone
from tests.peers.seat import Seat
from tests.peers.sipp import Sipp

NOW = "alarm"
AGENT = 700.0


@dataclass(frozen=True)
class Site:
    """Seats of several configurations, and what they know each other and their peers by."""

    seats: dict[str, Seat]
    certificate: Path
    """With its key; also the authority that the seats trust, but ``mistrusting``."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("transports")
    (folder / "other").mkdir()
    certificate, key, both = self_signed(folder)
    other, _, _ = self_signed(folder / "other")
    said = folder / "agent.wav"
    write_wav(said, tone(AGENT, 60, 16000), 16000)
    tls: dict[str, Any] = {"certificate": str(certificate), "key": str(key), "ca": str(certificate), "port": 0}
    configurations: dict[str, dict[str, Any]] = {
        "plain": {"transports": ["udp", "tcp"]},
        "encrypted": {"transports": ["tls", "udp"], "tls": tls, "srtp": "mandatory"},
        "willing": {"transports": ["tls", "udp"], "tls": tls, "srtp": "optional"},
        "mistrusting": {"transports": ["udp", "tls"], "tls": tls | {"ca": str(other)}},
    }
    more: dict[str, dict[str, Any]] = {
        "pickup": {"country": "JP", "emergency_lines": [NOW]},
        "audio": {"backend": "wav", "wav": {"play": str(said)}},
    }
    seats = {name: Seat(folder, {"sip": sip, **more}) for name, sip in configurations.items()}
    try:
        for seat in seats.values():
            seat.wait_ready(30)
        yield Site(seats, both)
    finally:
        for seat in seats.values():
            seat.stop()
        for seat in seats.values():
            seat.close()


def loudest_hz(sound: Samples) -> float:
    """The pitch of the last second."""
    part = sound[-8000:].astype(float)
    return float(np.argmax(np.abs(np.fft.rfft(part * np.hanning(len(part)), 8000))))


def talk(seat: Seat, phone: Baresip) -> str:
    """What came of the call that just arrived: lifted, talked through for a second, hung up; its id."""
    call = str(seat.wait_call(phone.user, state="alerting")["id"])
    seat.post("lift", call=call)
    phone.wait("CALL_ESTABLISHED")
    seat.wait_call(call, state="talking")
    time.sleep(1.2)
    seat.post("hangup", call=call)
    phone.wait("CALL_CLOSED")
    return call


def by_tls(seat: Seat) -> str:
    listening = next(uri for uri in seat.state()["engine"]["listening"] if uri.endswith(";transport=tls"))
    return str(listening).replace(":desk@", f":{NOW}@")


def encrypted(seat: Seat, call: str) -> bool:
    (started,) = seat.journal(e.MediaStarted, call=call)
    assert seat.wait_record(call)["encrypted"] is started.encrypted
    return bool(started.encrypted)


def test_called_by_tcp(site: Site) -> None:
    seat = site.seats["plain"]
    with Sipp("uac_talk", target=seat.address, user=NOW, transport="tcp", timeout_s=20) as sipp:
        seat.post("lift", call=seat.wait_call("sipp", state="alerting")["id"])
        sipp.finish().check()
    assert seat.wait_record("sipp")["ended_by"] == "customer"


@pytest.mark.parametrize("name", ["encrypted", "willing"])
def test_called_by_tls_with_encrypted_sound(site: Site, name: str) -> None:
    seat = site.seats[name]
    with Baresip("anna", transport="tls", certificate=site.certificate, media_encryption="srtp-mand") as anna:
        anna.dial(by_tls(seat))
        call = talk(seat, anna)
        assert loudest_hz(anna.heard()) == pytest.approx(AGENT, abs=2)
    assert encrypted(seat, call)


def test_calling_by_tls_with_encrypted_sound(site: Site) -> None:
    seat = site.seats["encrypted"]
    with Baresip("anna", transport="tls", certificate=site.certificate, media_encryption="srtp-mand") as anna:
        call = seat.dial(anna.uri)
        seat.wait_call(call, state="talking")
        time.sleep(1.2)
        seat.post("hangup")
        anna.wait("CALL_CLOSED")
        assert loudest_hz(anna.heard()) == pytest.approx(AGENT, abs=2)
    assert encrypted(seat, call)


def test_plain_sound_where_encryption_is_optional(site: Site, phones: Phones) -> None:
    seat = site.seats["willing"]
    other = phones("bert").call(seat.uri_of(NOW))
    call = seat.wait_call("bert", state="alerting")["id"]
    seat.post("lift", call=call)
    other.wait("answered")
    seat.wait_event(e.MediaStarted, call=call)
    other.bye()
    assert not encrypted(seat, call)


def test_plain_sound_is_refused_where_encryption_is_mandatory(site: Site, phones: Phones) -> None:
    seat = site.seats["encrypted"]
    other = phones("bert").call(seat.uri_of(NOW))
    other.wait("ended")
    assert other.final_code == 488
    assert "180" not in other.moments
    record = seat.wait_record(other.call_id)
    assert (record["refused"], record["code"]) == ("not_acceptable", 488)


def test_encrypted_sound_is_refused_where_it_is_off(site: Site) -> None:
    seat = site.seats["plain"]
    with Baresip("carl", transport="tcp", media_encryption="srtp-mand") as carl:
        carl.dial(f"{seat.uri_of(NOW)};transport=tcp")
        closed = carl.wait("CALL_CLOSED")
    assert "488" in closed["param"]


def test_certificate_that_is_not_trusted(site: Site) -> None:
    seat = site.seats["mistrusting"]
    with Baresip("anna", transport="tls", certificate=site.certificate) as anna:
        record = seat.wait_record(seat.dial(anna.uri))
        assert (record["ended_by"], record["code"]) == ("peer", 503)
        (trouble,) = seat.state()["troubles"]
        assert trouble["key"] == "sip.certificate"
        assert f"the certificate of the other side is refused: 127.0.0.1:{anna.port + 1}" in trouble["what"]
        assert "sip.tls.ca" in trouble["advice"]
        assert anna.events == []
