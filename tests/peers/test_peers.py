"""The peers prove each other before they judge the desk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.peers import g711
from tests.peers.baresip import Baresip
from tests.peers.certificates import self_signed
from tests.peers.g711 import PCMA, PCMU, Samples
from tests.peers.ports import LOOPBACK
from tests.peers.sip_call import PeerCall
from tests.peers.sip_caller import Behaviour, SipCaller
from tests.peers.sip_message import AudioDescription, Message
from tests.peers.sipp import Sipp


def tone(hz: float, seconds: float = 1.0) -> Samples:
    return (8000 * np.sin(np.arange(round(8000 * seconds)) * 2 * np.pi * hz / 8000)).astype(np.int16)


def pitch_hz(sound: Samples) -> float:
    """Of the loud part."""
    loud = np.flatnonzero(np.abs(sound.astype(int)) > 4000)
    part = sound[loud[0] : loud[-1]].astype(float)
    return float(np.argmax(np.abs(np.fft.rfft(part * np.hanning(len(part)), 8000))))


Agents = Callable[..., SipCaller]


@pytest.fixture(params=["udp", "tcp"])
def agent(request: pytest.FixtureRequest) -> Iterator[Agents]:
    """Makes agents of one transport."""
    made: list[SipCaller] = []

    def make(user: str, **behaviour: object) -> SipCaller:
        made.append(SipCaller(user, transport=request.param, behaviour=Behaviour(**behaviour)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()


def talking(caller: SipCaller, callee: SipCaller) -> tuple[PeerCall, PeerCall]:
    call = caller.call(callee.uri)
    call.wait("answered")
    other = callee.wait_call()
    other.wait("got_ack")
    return call, other


@pytest.mark.parametrize("law", [PCMA, PCMU])
def test_g711_keeps_sound(law: int) -> None:
    sound = tone(440)
    error = g711.decode(g711.encode(sound, law), law).astype(float) - sound
    assert np.sqrt((error**2).mean()) < 8000 * 0.02
    assert np.abs(g711.decode(g711.SILENCE[law], law)).max() <= 8


def test_message_survives_the_wire() -> None:
    sent = Message("OPTIONS sip:a@b SIP/2.0", [("Via", "SIP/2.0/UDP h;branch=z9hG4bKx"), ("CSeq", "7 OPTIONS")], "grüß")
    got = Message.parse(sent.encode())
    assert (got.method, got.sequence, got.branch, got.body) == ("OPTIONS", 7, "z9hG4bKx", "grüß")
    offer = AudioDescription("127.0.0.1", 4000, (0, 8), "sendonly", 96)
    parsed = AudioDescription.parse(offer.encode())
    assert parsed == AudioDescription("127.0.0.1", 4000, (0, 8, 96), "sendonly", 96)


def test_tones_and_digits_arrive(agent: Agents) -> None:
    call, other = talking(agent("guest"), agent("desk"))
    call.play(tone(1000, 0.6))
    other.play(tone(600, 0.6))
    until(lambda: min(len(call.rtp.heard()), len(other.rtp.heard())) > 6400)
    call.send_digits("1#")
    until(lambda: len(other.rtp.digits) == 2)
    call.bye()
    call.wait("ended")
    assert other.rtp.digits == ["1", "#"]
    assert pitch_hz(other.rtp.heard()[:6400]) == pytest.approx(1000, abs=2)
    assert pitch_hz(call.rtp.heard()[:6400]) == pytest.approx(600, abs=2)


def test_ring_time_hold_info_and_bye(agent: Agents) -> None:
    call, other = talking(agent("guest"), agent("desk", answer_after_s=0.2))
    assert call.span_ms("180", "answered") == pytest.approx(200, abs=80)
    call.hold()
    other.wait("held")
    call.resume()
    other.wait("resumed")
    call.send_info_digit("5")
    other.wait("got_info")
    other.bye()
    call.wait("got_bye")
    other.wait("bye_200")


def test_cancel_and_refusal(agent: Agents) -> None:
    guest = agent("guest")
    given_up = guest.call(agent("desk", answer_after_s=None).uri)
    given_up.wait("180")
    given_up.cancel()
    given_up.wait("ended")
    assert given_up.final_code == 487
    refused = guest.call(agent("busy", refuse=486).uri)
    refused.wait("ended")
    assert refused.final_code == 486


def test_transfer_with_replaces_is_carried_out_or_refused(agent: Agents) -> None:
    desk, guest, target = agent("desk"), agent("guest"), agent("target")
    first, at_guest = talking(desk, guest)
    second, at_target = talking(desk, target)
    replaces = str(second.replaces).replace(";", "%3B").replace("=", "%3D")
    first.refer(f"{target.uri}?Replaces={replaces}")
    first.wait("refer_202")
    second.wait("got_bye")
    at_target.wait("ended")
    joined = target.wait_call()
    joined.wait("got_ack")
    until(lambda: any("200" in message.body for message in first.messages if message.method == "NOTIFY"))
    first.bye()
    at_guest.wait("ended")

    call, _ = talking(desk, agent("stubborn", accepts_refer=False))
    call.refer(target.uri)
    call.wait("refer_603")


def test_sipp_as_caller(agent: Agents) -> None:
    desk = agent("desk", answer_after_s=0.1)
    target = (LOOPBACK, desk.port)
    for scenario in ("uac_talk", "uac_hold"):
        run = Sipp(scenario, target=target, transport=desk.transport, calls=2, parallel=2, pause_ms=100, timeout_s=15)
        run.finish().check()
    desk.behaviour = Behaviour(answer_after_s=None)
    Sipp("uac_cancel", target=target, transport=desk.transport, calls=2, parallel=2, timeout_s=15).finish().check()
    with pytest.raises(AssertionError, match="Unexpected"):
        Sipp("uac_malformed", target=target, transport=desk.transport, timeout_s=15).finish().check()


@pytest.mark.parametrize(
    ("scenario", "code"), [("uas_busy", 486), ("uas_not_acceptable", 488), ("uas_unavailable", 503)]
)
def test_sipp_refuses(agent: Agents, scenario: str, code: int) -> None:
    guest = agent("guest")
    with Sipp(scenario, transport=guest.transport, timeout_s=15) as peer:
        call = guest.call(peer.uri)
        call.wait("ended")
        peer.finish().check()
    assert call.final_code == code


def test_sipp_answers_and_refuses_refer(agent: Agents) -> None:
    guest = agent("guest")
    with Sipp("uas_refuses_refer", transport=guest.transport, timeout_s=15) as peer:
        call = guest.call(peer.uri)
        call.wait("answered")
        call.hold()
        call.wait("reinvite_200")
        call.refer("sip:somebody@127.0.0.1")
        call.wait("refer_603")
        call.bye()
        call.wait("ended")
        peer.finish().check()


def test_baresip_calls_and_is_called(agent: Agents) -> None:
    desk = agent("desk")
    with Baresip(transport=desk.transport, speech=tone(1000)) as phone:
        call = desk.call(phone.uri)
        call.wait("answered")
        call.play(tone(600, 0.5))
        until(lambda: len(call.rtp.heard()) > 6400)
        call.bye()
        phone.wait("CALL_CLOSED")
        assert pitch_hz(call.rtp.heard()[:6400]) == pytest.approx(1000, abs=2)
        assert pitch_hz(phone.heard()) == pytest.approx(600, abs=2)
        phone.dial(desk.contact)
        taken = desk.wait_call()
        taken.wait("got_ack")
        phone.hold()
        taken.wait("held")
        phone.hang_up()
        taken.wait("got_bye")


def test_baresip_over_tls_with_srtp(tmp_path: Path) -> None:
    both = self_signed(tmp_path)[2]
    speech = tone(1000)
    with (
        Baresip("a", transport="tls", certificate=both, media_encryption="srtp-mand") as a,
        Baresip("b", transport="tls", certificate=both, media_encryption="srtp-mand", speech=speech) as b,
    ):
        a.dial(b.uri)
        a.wait("CALL_ESTABLISHED")
        time.sleep(0.6)
        a.hang_up()
        b.wait("CALL_CLOSED")
        assert pitch_hz(a.heard()) == pytest.approx(1000, abs=2)


@pytest.mark.parametrize(("password", "answer"), [("secret", "200 OK"), ("wrong", "403 Forbidden")])
def test_sipp_registrar_checks_the_password(password: str, answer: str) -> None:
    with Sipp("registrar", keys={"account": "alice", "password": "secret"}, timeout_s=15) as registrar:
        account = f'regint=60;auth_user=alice;auth_pass={password};outbound="sip:127.0.0.1:{registrar.port}"'
        with Baresip("alice", account_parameters=account):
            result = registrar.finish()
    result.check()
    assert f"SIP/2.0 {answer}" in result.messages


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)
