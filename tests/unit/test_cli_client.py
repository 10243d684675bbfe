"""The verbs that talk to a seat, against the real console served over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from phoneetiquette import events as e
from phoneetiquette.cli import main
from phoneetiquette.cli.status import in_words
from phoneetiquette.console.app import create_app
from phoneetiquette.console.server import ConsoleServer
from phoneetiquette.runtime.paths import seat_file
from tests.peers.scripted_desk import ScriptedDesk


def announce(seat: str, url: str, pid: int | None = None) -> None:
    seat_file(seat).write_text(json.dumps({"pid": os.getpid() if pid is None else pid, "url": url, "seat": seat}))


@pytest_asyncio.fixture
async def desk(runtime_base: Path) -> AsyncIterator[ScriptedDesk]:
    """A seat that is found by its file and answers over HTTP."""
    desk = ScriptedDesk()
    async with ConsoleServer(create_app(desk), "127.0.0.1", 0) as server:
        announce("desk", server.url)
        yield desk


async def command(*words: str) -> int:
    return await asyncio.to_thread(main, words)


async def test_the_verbs_make_the_agents_events(desk: ScriptedDesk) -> None:
    guest = desk.ring("Anna Berger", since_s=8)
    assert await command("answer") == 0
    assert await command("mute") == 0
    assert await command("mute", "off") == 0
    assert await command("stage", "clarify") == 0
    assert await command("digits", "12#") == 0
    assert await command("hold", guest) == 0
    assert await command("resume", guest[:6]) == 0
    assert await command("dial", "+43 1 555 0100") == 0
    assert await command("resume") == 0
    assert await command("transfer", "201") == 0
    assert await command("presence", "absent") == 0
    seen = [(type(event), getattr(event, "call", None)) for event in desk.events]
    dialled = seen[7][1]
    assert dialled is not None
    assert seen == [
        (e.AgentLifted, None),
        (e.AgentMuted, None),
        (e.AgentMuted, None),
        (e.AgentMarkedStage, None),
        (e.AgentSentDigits, None),
        (e.AgentHeld, guest),
        (e.AgentResumed, guest),
        (e.AgentDialled, dialled),
        (e.AgentResumed, None),
        (e.AgentTransferred, None),
        (e.PresenceChanged, None),
    ]
    assert [event.muted for event in desk.events if isinstance(event, e.AgentMuted)] == [True, False]
    assert [event.target for event in desk.events if isinstance(event, e.AgentDialled)] == ["+43 1 555 0100"]


async def test_the_verbs_of_a_dialplan(desk: ScriptedDesk) -> None:
    guest = desk.ring("Anna Berger", since_s=8)
    assert await command("answer") == 0
    assert await command("machine") == 0
    assert await command("machine", guest[:6], "--service", "office") == 0
    assert await command("switch", "night_now", "on") == 0
    assert await command("person", "maria", "do-not-disturb") == 0
    left, named, turned, marked = desk.events[1:]
    assert isinstance(left, e.AgentLeftToMachine)
    assert (left.call, left.service) == (None, "")
    assert isinstance(named, e.AgentLeftToMachine)
    assert (named.call, named.service) == (guest, "office")
    assert isinstance(turned, e.SwitchTurned)
    assert (turned.name, turned.on) == ("night_now", True)
    assert isinstance(marked, e.PersonMarked)
    assert (marked.who, marked.presence) == ("maria", "do_not_disturb")


async def test_attended_transfer_and_conference_name_calls_by_the_beginning_of_their_ids(desk: ScriptedDesk) -> None:
    guest = desk.ring("Anna Berger", since_s=8)
    desk.answer(guest)
    assert await command("transfer", "--to-call", guest[:5]) == 0
    transfer = desk.events[-1]
    assert isinstance(transfer, e.AgentTransferred)
    assert (transfer.call, transfer.target, transfer.to_call) == (None, "", guest)
    desk.call(guest)["state"] = "held"
    assert await command("transfer", "--call", guest[:5]) == 0
    transfer = desk.events[-1]
    assert isinstance(transfer, e.AgentTransferred)
    assert (transfer.call, transfer.target, transfer.to_call) == (guest, "", None)


async def test_hangup_prints_the_answer_as_json(desk: ScriptedDesk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.ring("Anna Berger")
    assert await command("hangup", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True}


async def test_a_refusal_is_one_line_and_status_1(desk: ScriptedDesk, capsys: pytest.CaptureFixture[str]) -> None:
    assert await command("hangup") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("no call can do that now")
    assert captured.err.count("\n") == 1


async def test_malformed_input_is_one_line_and_status_2(desk: ScriptedDesk, capsys: pytest.CaptureFixture[str]) -> None:
    assert await command("digits", "hello") == 2
    assert capsys.readouterr().err.startswith("digits: ")


async def test_status_in_words_and_as_json(desk: ScriptedDesk, capsys: pytest.CaptureFixture[str]) -> None:
    ringing = desk.ring("Anna Berger", since_s=2)
    talking = desk.ring("Jo", "201", since_s=20)
    desk.answer(talking, talked_s=125)
    desk.seat["troubles"] = [{"key": "edge", "what": "no edge in front", "advice": "list the peers"}]
    assert await command("status") == 0
    words = capsys.readouterr().out
    assert "Reception (seat desk): ready for calls; the receptionist is present." in words
    assert "! no edge in front (list the peers)" in words
    assert "Anna Berger (+43 664 1234567) is calling, ring 1: lift in 5 s" in words
    assert "talking with Jo (201) for 2:05" in words
    assert await command("status", "--json", "--seat", "desk") == 0
    state = json.loads(capsys.readouterr().out)
    assert {call["id"] for call in state["calls"]} == {ringing, talking}


@pytest.mark.parametrize(
    ("since_s", "exempt", "lifted", "said"),
    [
        (0.5, "", False, "ring 1: lift in 6 s (lift now and it connects then)"),
        (6.5, "", True, "ring 2: lifted, connected in 0 s"),
        (8.0, "", False, "ring 2: LIFT NOW, 5 s left"),
        (12.2, "", False, "ring 3: LIFT NOW, 1 s left"),
        (14.0, "", False, "ring 3: late, lift at once"),
        (0.5, "emergency_line", False, "ring 1: lift at once (emergency line)"),
    ],
)
def test_a_ringing_call_says_which_ring_and_what_to_do(since_s: float, exempt: str, lifted: bool, said: str) -> None:
    desk = ScriptedDesk()
    call = desk.ring("Anna Berger", since_s=since_s, exempt=exempt)
    if lifted:
        desk.call(call)["state"] = "armed"
    assert said in in_words(desk.snapshot())


@pytest.mark.parametrize(
    ("part", "state", "said"),
    [
        ("engine", {"state": "lost", "listening": []}, "THE PHONE IS DOWN"),
        (
            "registration",
            {"account": "sip:desk@pbx", "state": "failing", "code": 403, "reason": "Forbidden"},
            "NOT REACHABLE through sip:desk@pbx: 403 Forbidden",
        ),
        ("audio", {"headset": {"state": "lost", "device": "Jabra", "backend": "portaudio"}}, "Jabra LOST"),
        ("audio", {"headset": {"state": "none", "device": "", "backend": "null"}}, "without sound"),
        ("muted", True, "MUTED"),
    ],
)
def test_status_says_loudly_what_is_wrong(part: str, state: object, said: str) -> None:
    desk = ScriptedDesk()
    assert said not in in_words(desk.snapshot())
    desk.seat[part] = state
    assert said in in_words(desk.snapshot())


def test_a_caller_who_hides_the_number_is_told_from_one_who_has_none() -> None:
    desk = ScriptedDesk()
    call = desk.call(desk.ring("Anonymous"))
    call["party"] |= {"uri": "sip:anonymous@anonymous.invalid", "number": ""}
    assert "Anonymous (number withheld)" in in_words(desk.snapshot())
    call["party"] = {"uri": "", "number": "", "name": ""}
    assert "unknown caller" in in_words(desk.snapshot())


def test_without_a_seat_it_says_how_to_start_one(runtime_base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 1
    assert capsys.readouterr().err == "no seat is running (start one: phoneetiquette run)\n"


def test_the_file_of_a_dead_seat_is_passed_over(runtime_base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    announce("desk", "http://127.0.0.1:1", ended.pid)
    assert main(["hangup"]) == 1
    assert "no seat is running" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"pid": "x", "url": "", "seat": ""}', '{"pid": 1e999, "url": "", "seat": ""}']
)
def test_a_broken_seat_file_is_passed_over(
    runtime_base: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    seat_file("desk").write_text(content)
    assert main(["status"]) == 1
    assert "no seat is running" in capsys.readouterr().err


def test_several_seats_must_be_told_apart(runtime_base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    announce("desk", "http://127.0.0.1:1")
    announce("porter", "http://127.0.0.1:1")
    assert main(["status"]) == 2
    assert capsys.readouterr().err == "several seats are running: desk, porter (say which: --seat desk)\n"
    assert main(["status", "--seat", "attic"]) == 1
    assert "running here: desk, porter" in capsys.readouterr().err


def test_a_seat_that_does_not_answer(
    runtime_base: Path, capsys: pytest.CaptureFixture[str], unused_tcp_port: int
) -> None:
    announce("desk", f"http://127.0.0.1:{unused_tcp_port}")
    assert main(["dial", "201"]) == 1
    assert "seat desk does not answer" in capsys.readouterr().err
