"""What a seat says and does when the machine, its files or its peers are not as they should be."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as e
from phoneetiquette.errors import StoreError
from phoneetiquette.records.store import Query, open_store
from tests.integration.conftest import Phones, Seats
from tests.peers.certificates import self_signed
from tests.peers.hearing import tone
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.pulse import Pulse
from tests.peers.seat import Seat, SeatRefusedError, State
from tests.peers.sip_caller import SipCaller

NOW = "alarm"
MESSAGES = Path(__file__).parents[1] / "data" / "sip"


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    """One seat that lives through all that does not keep it from starting."""
    with Seat(tmp_path_factory.mktemp("seat"), {"pickup": {"country": "JP", "emergency_lines": [NOW]}}) as seat:
        yield seat


def listening(kind: socket.SocketKind, port: int) -> socket.socket:
    taken = socket.socket(socket.AF_INET, kind)
    if kind == socket.SOCK_STREAM:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection of before may still be fading
    taken.bind((LOOPBACK, port))
    if kind == socket.SOCK_STREAM:
        taken.listen()
    return taken


def has_trouble(key: str) -> Any:
    return lambda state: any(trouble["key"] == key for trouble in state["troubles"])


def trouble(state: State, key: str) -> dict[str, str]:
    found: dict[str, str] = next(one for one in state["troubles"] if one["key"] == key)
    return found


# ------------------------------------------------------------------------------------------------ it cannot start


def test_seats_that_cannot_start_say_why_in_one_line(tmp_path: Path, seat: Seat) -> None:
    """All of them side by side."""
    certificate, key, _ = self_signed(tmp_path)
    udp, tcp, tls, page = (free_port() for _ in range(4))
    not_a_directory = tmp_path / "file"
    not_a_directory.write_text("")
    in_use = seat.folder / "records"
    encrypted = {"transports": ["tls"], "tls": {"certificate": str(certificate), "key": str(key), "port": tls}}
    cases: list[tuple[dict[str, dict[str, Any]], str]] = [
        ({"sip": {"port": udp}}, f"SIP port 127.0.0.1:{udp} (udp) is taken by another program"),
        ({"sip": {"port": tcp, "transports": ["tcp"]}}, f"SIP port 127.0.0.1:{tcp} (tcp) is taken by another program"),
        ({"sip": encrypted}, f"SIP port 127.0.0.1:{tls} (tls) is taken by another program"),
        ({"sip": {"listen": "192.0.2.9"}}, "cannot listen on 192.0.2.9:"),
        ({"sip": {"listen": "::1"}}, "sip.listen is ::1, but this build of pjsua2 was made without IPv6"),
        ({"console": {"port": page}}, f"console: port {page} of 127.0.0.1 is taken"),
        (
            {"seat": {"name": seat.name}, "records": {"directory": str(in_use)}},
            f"the journal of seat {seat.name} in {in_use}/journal is in use by process {seat.process.pid}",
        ),
        (
            {"records": {"directory": str(not_a_directory / "records")}},
            f"cannot write the journal in {not_a_directory}/records/journal: Not a directory",
        ),
        (
            {"audio": {"backend": "null", "hold_music": str(tmp_path / "none.wav")}},
            f"audio.hold_music: {tmp_path}/none.wav cannot be read: no such file or directory",
        ),
    ]
    with ExitStack() as stack:
        stack.enter_context(closing(listening(socket.SOCK_DGRAM, udp)))
        for port in (tcp, tls, page):
            stack.enter_context(closing(listening(socket.SOCK_STREAM, port)))
        refused = [Seat(tmp_path, settings) for settings, _ in cases]
        for one, (_, what) in zip(refused, cases, strict=True):
            status = one.process.wait(40)
            (line,) = one.log().splitlines()
            assert what in line
            assert line.endswith(")"), "what to do about it"
            assert status == 2
    assert seat.state()["engine"]["state"] == "ready"


# ------------------------------------------------------------------------------------------------ sound


def test_unknown_sound_device_is_told_with_those_there_are(tmp_path: Path, phones: Phones) -> None:
    settings: dict[str, dict[str, Any]] = {
        "audio": {"backend": "portaudio", "headset": {"input": "jabra", "output": "headset_out"}},
        "pickup": {"country": "JP", "emergency_lines": [NOW]},
    }
    with Pulse() as pulse, Seat(tmp_path, settings, pulse.environment) as seat:
        state = seat.wait_state(has_trouble("audio.headset"))
        told = trouble(state, "audio.headset")
        assert "sound device 'jabra' for input" in told["what"]
        assert "'headset_in'" in told["what"] + told["advice"]
        other = phones("anna").call(seat.uri_of(NOW))
        seat.post("lift", call=seat.wait_call("anna", state="alerting")["id"])
        other.wait("answered")
        other.bye()


def test_sound_files_that_hold_no_sound_are_told(tmp_path: Path) -> None:
    noise = tmp_path / "noise.wav"
    noise.write_bytes(b"RIFFxxxxWAVE" + b"garbage" * 9)
    with Seat(tmp_path, {"audio": {"backend": "null", "hold_music": str(noise)}}) as seat:
        told = trouble(seat.wait_state(has_trouble("audio.files")), "audio.files")
        assert told["what"] == f"{noise}: is not a sound file that can be read here"


# ------------------------------------------------------------------------------------------------ disk and store


def talk(seat: Seat, phone: SipCaller) -> str:
    other = phone.call(seat.uri_of(NOW))
    call = str(seat.wait_call(phone.user, state="alerting")["id"])
    seat.post("lift", call=call)
    other.wait("answered")
    other.bye()
    seat.wait_record(call)
    return call


def test_disk_that_is_full_stops_no_call_and_loses_nothing(seat: Seat, phones: Phones) -> None:
    """Files of the seat's main process may grow no further: what a full disk does, without filling one."""
    pid = seat.process.pid
    usual = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, usual[1]))
    try:
        call = talk(seat, phones("anna"))
        told = trouble(seat.state(), "records.journal")
        assert "cannot write the journal" in told["what"]
        assert "calls go on meanwhile" in told["advice"]
        assert not seat.journal(e.CallArrived, call=call)
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)
    seat.wait_event(e.CallClosed, call=call)
    assert len(seat.journal(e.CallArrived, call=call)) == 1
    talk(seat, phones("bert"))
    assert not has_trouble("records.journal")(seat.state())


def test_held_party_whose_music_is_gone_stays_in_the_call(seats: Seats, phones: Phones) -> None:
    """The disk is full, or somebody has tidied up: held customers hear nothing, and no call ends."""
    (seat,) = seats({"pickup": {"country": "JP", "emergency_lines": [NOW]}})
    pid = seat.engine_pid
    (cache,) = (seat.folder / "run").rglob("sounds")
    shutil.rmtree(cache)
    anna = phones("anna").call(seat.uri_of(NOW))
    call = str(seat.wait_call("anna", state="alerting")["id"])
    seat.post("lift", call=call)
    anna.wait("answered")
    seat.post("hold", call=call)
    seat.wait_call(call, state="held")
    seat.post("resume", call=call)
    seat.wait_call(call, state="talking")
    anna.bye()
    seat.wait_idle()
    assert seat.engine_pid == pid


def test_voice_message_that_cannot_be_kept_is_told(seat: Seat, phones: Phones) -> None:
    """On a full disk, and where there is no directory for it; the next that can be kept ends the trouble."""
    seat.post("presence", presence="absent")
    messages = seat.folder / "records" / "messages"

    def leave_one(name: str) -> dict[str, Any]:
        other = phones(name).call(seat.uri)
        other.play(tone(1000.0), repeat=True)
        other.wait("answered", 12)
        time.sleep(1.5)
        other.bye()
        return seat.wait_record(name)

    pid = seat.engine_pid
    usual = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, usual[1]))
    try:
        record = leave_one("unheard")
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)
    told = trouble(seat.wait_state(has_trouble("sip.messages")), "sip.messages")
    assert "of a voice message of 2 s are lost" in told["what"]
    assert record["message_file"] in told["what"]
    assert record["message_s"] == 0.0

    messages.rename(messages.with_suffix(".away"))
    messages.touch()
    unheard = phones("turned-away").call(seat.uri)
    unheard.wait("ended", 12)
    told = trouble(seat.wait_state(has_trouble("sip.messages")), "sip.messages")
    assert told["what"] == f"no voice message can be recorded in {messages}: File exists"
    messages.unlink()

    record = leave_one("heard")
    assert record["message_s"] == pytest.approx(1.5, abs=1.0)
    seat.wait_state(lambda state: not state["troubles"])
    seat.post("presence", presence="present")


def test_damaged_database_is_set_aside_filled_anew_and_told_once(tmp_path: Path, phones: Phones) -> None:
    with Seat(tmp_path, {"pickup": {"country": "JP", "emergency_lines": [NOW]}}) as seat:
        records = seat.folder / "records"
        database = records / "records.sqlite"
        calls = {talk(seat, phones("anna"))}
        wait_stored(database, calls)
        with database.open("r+b") as file:  # all but the first page
            file.truncate(4096)
        calls.add(talk(seat, phones("bert")))
        wait_stored(database, calls)
        (aside,) = records.glob("records.sqlite.damaged-*")
        told = trouble(seat.wait_state(has_trouble("records.damaged")), "records.damaged")
        assert f"it was set aside as {aside} and filled anew from the journal" in told["what"]
        database.write_bytes(b"this is no database " * 500)
        calls.add(talk(seat, phones("carl")))
        wait_stored(database, calls)
        seat.wait_state(lambda state: "file is not a database" in trouble(state, "records.damaged")["what"])
        assert len(list(records.glob("records.sqlite.damaged-*"))) == 2
        assert len(seat.journal(e.TroubleNoticed, key="records.damaged")) == 2
        assert seat.journal(e.TroubleNoticed, key="records.store") == []


def wait_stored(database: Path, calls: set[str]) -> None:
    deadline = time.monotonic() + 30
    while True:
        stored: set[str] = set()
        with suppress(StoreError), closing(open_store(f"sqlite:///{database}")) as store:
            stored = {record.call for record in store.query(Query())}
        if stored == calls:
            return
        assert time.monotonic() < deadline, stored
        time.sleep(0.1)


# ------------------------------------------------------------------------------------------------ messages


def test_torture_messages_leave_the_seat_up(seat: Seat, phones: Phones) -> None:
    """Answered or ignored, never the end of it: RFC 4475 and RFC 5118, as they are."""
    files = sorted(MESSAGES.glob("*/*.dat"))
    assert len(files) == 61
    prober, pid = phones("prober"), seat.engine_pid
    for file in files:
        prober.send_raw(file.read_bytes(), seat.address)
        answer = prober.ask("OPTIONS", seat.uri)
        assert answer, file.name
        for call in seat.state()["calls"]:
            with suppress(SeatRefusedError):  # ended meanwhile
                seat.post("hangup", call=call["id"])
    seat.wait_idle()
    assert seat.engine_pid == pid
    said = (seat.folder / "log").read_text(errors="replace").splitlines()
    assert not [line for line in said if "192.0.2." in line], "no stranger writes our log"


# ------------------------------------------------------------------------------------------------ those we call


@pytest.mark.parametrize("code", [486, 488, 503])
def test_refusal_is_recorded_and_the_next_call_works(seat: Seat, phones: Phones, code: int) -> None:
    record = seat.wait_record(seat.dial(phones("anna", refuse=code).contact))
    assert (record["ended_by"], record["code"], record["reason"]) == ("peer", code, "Refused")
    bert = phones("bert")
    call = seat.dial(bert.contact)
    bert.wait_call().wait("got_ack")
    seat.wait_call(call, state="talking")
    seat.post("hangup", call=call)
    seat.wait_record(call)


def test_call_to_where_nobody_is_can_be_given_up(seat: Seat) -> None:
    """No answer at all comes; the library itself would go on trying for 32 s."""
    call = seat.dial(f"sip:nobody@{LOOPBACK}:{free_port()}")
    seat.wait_call(call, state="dialling")
    time.sleep(1)
    seat.post("hangup", call=call)
    record = seat.wait_record(call)
    assert (record["ended_by"], record["answered"]) == ("agent", None)
    assert record["legs"][0]["ended_ms"] < 3000


def test_stopped_with_a_dead_peer_in_talk(tmp_path: Path) -> None:
    """Its goodbye is never answered."""
    with Seat(tmp_path, {"pickup": {"country": "JP", "emergency_lines": [NOW]}}) as seat:
        with SipCaller("anna") as anna:
            other = anna.call(seat.uri_of(NOW))
            call = seat.wait_call("anna", state="alerting")["id"]
            seat.post("lift", call=call)
            other.wait("answered")
            seat.wait_call(call, state="talking")
        began = time.monotonic()
        os.kill(seat.process.pid, signal.SIGTERM)
        try:
            assert seat.process.wait(10) == 0
        except subprocess.TimeoutExpired:
            pytest.fail("it does not stop")
        assert time.monotonic() - began < 6
        assert [(ended.call, ended.by) for ended in seat.journal(e.CallEnded)] == [(call, "engine")]
