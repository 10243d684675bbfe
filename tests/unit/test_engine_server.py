"""The engine's end of the socket to main: what a main is told, in which order, and who waits for whom."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as e
from phoneetiquette import wire
from phoneetiquette.commands import Acknowledge, Command, SetMute
from phoneetiquette.runtime.engine_server import EngineServer, left_behind


class Main:
    """A main at the other end."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(5)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rb")

    def take(self, count: int) -> list[tuple[int, Any]]:
        lines = [json.loads(self._lines.readline()) for _ in range(count)]
        return [(line["n"], wire.from_object(line["event"])) for line in lines]

    def send(self, command: Command) -> None:
        self._socket.sendall(wire.encode(command))

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "engine.sock"


@pytest.fixture
def commands() -> list[Command]:
    return []


@pytest.fixture
def server(path: Path, commands: list[Command]) -> Iterator[EngineServer]:
    greeting = e.EngineStarted(at_ns=0, pid=1, listening=(), build="")
    server = EngineServer(path, commands.append, lambda: greeting)
    server.start()
    yield server
    server.close()


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def digit(number: int) -> e.DigitReceived:
    return e.DigitReceived(at_ns=number, call="a", digit=str(number % 10), method="info")


def test_what_a_main_missed_comes_before_the_greeting(server: EngineServer, path: Path) -> None:
    for number in range(3):
        server.emit(digit(number))
    main = Main(path)
    told = main.take(4)
    assert [number for number, _ in told] == [1, 2, 3, 0]
    assert [type(event) for _, event in told[2:]] == [e.DigitReceived, e.EngineStarted]
    main.close()


def test_what_is_not_acknowledged_is_told_to_the_next(server: EngineServer, path: Path) -> None:
    first = Main(path)
    first.take(1)
    for number in range(4):
        server.emit(digit(number))
    first.take(4)
    first.send(Acknowledge(upto=2))
    first.close()
    until(lambda: server.alone_since_ns > 0)
    second = Main(path)
    assert [number for number, _ in second.take(3)] == [3, 4, 0]
    second.close()


def test_what_holds_is_told_to_every_main(server: EngineServer, path: Path) -> None:
    trouble = e.TroubleNoticed(at_ns=1, key="sip.registration", what="x")
    over = e.TroubleNoticed(at_ns=2, key="audio.headset", what="y")
    failing = e.RegistrationChanged(at_ns=3, account="sip:pbx", state="failing")
    well = e.RegistrationChanged(at_ns=4, account="sip:pbx", state="registered")
    first = Main(path)
    first.take(1)
    cleared = e.TroubleNoticed(at_ns=5, key="audio.headset", what="y", cleared=True)
    for event in (trouble, over, failing, well, cleared):
        server.emit(event)
    first.take(5)
    first.send(Acknowledge(upto=5))
    first.close()
    until(lambda: server.alone_since_ns > 0)
    second = Main(path)
    assert [event for _, event in second.take(3)[1:]] == [trouble, well]
    second.close()


def test_nobody_waits_for_a_main_that_hangs(server: EngineServer, path: Path) -> None:
    hanging = Main(path)
    began = time.monotonic()
    for number in range(10_000):
        server.emit(digit(number))
    assert time.monotonic() - began < 20
    newer = Main(path)
    assert [number for number, _ in newer.take(10_001)] == [*range(1, 10_001), 0]
    hanging.close()
    newer.close()


def test_an_answer_to_a_question_is_no_news(server: EngineServer, path: Path, commands: list[Command]) -> None:
    server.emit(e.EngineAlive(at_ns=1))
    main = Main(path)
    main.take(1)
    server.emit(e.EngineAlive(at_ns=2))
    assert main.take(1) == [(0, e.EngineAlive(at_ns=2))]
    main.send(SetMute(muted=True))
    until(lambda: commands == [SetMute(muted=True)])
    main.close()


def test_the_last_events_are_left_for_the_next_main_unless_this_one_has_them(server: EngineServer, path: Path) -> None:
    main = Main(path)
    main.take(1)
    server.emit(digit(1))
    closing = threading.Thread(target=server.close)
    closing.start()
    main.take(1)
    main.send(Acknowledge(upto=1))
    closing.join(5)
    assert not left_behind(path).exists()
    main.close()


def test_the_last_events_are_left_where_no_main_takes_them(server: EngineServer, path: Path) -> None:
    server.emit(digit(1))
    server.emit(digit(2))
    server.close()
    lines = [json.loads(line) for line in left_behind(path).read_bytes().splitlines()]
    assert [wire.from_object(line["event"]) for line in lines] == [digit(1), digit(2)]
