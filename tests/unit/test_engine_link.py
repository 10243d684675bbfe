"""Main's end of the engine: what goes wrong between the two is said, and leaves nobody deaf."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from phoneetiquette import events as e
from phoneetiquette.app import engine_settings
from phoneetiquette.config import Config
from phoneetiquette.errors import EngineError
from phoneetiquette.runtime import engine_link
from phoneetiquette.runtime.engine_link import EngineLink
from phoneetiquette.runtime.engine_server import EngineServer, left_behind


def link(runtime: Path, told: list[e.Event]) -> EngineLink:
    return EngineLink(engine_settings(Config(), runtime), told.append)


def test_a_torn_line_that_was_left_costs_itself_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    socket = tmp_path / "engine.sock"
    server = EngineServer(socket, lambda _: None, lambda: e.EngineAlive(at_ns=1))
    digits = [e.DigitReceived(at_ns=at, call="a", digit="1", method="info") for at in (1, 2)]
    for digit in digits:
        server.emit(digit)
    server.close()
    file = left_behind(socket)
    first, second = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(
        first + b"[]\n" + b'{"n":2,"event":{"type":"None"}}\n' + b'{"n":2,"event":7}\n' + second + second[:30]
    )
    told: list[e.Event] = []
    link(tmp_path, told)._take_what_was_left()
    assert told == digits
    assert caplog.text.count("is no event") == 4
    assert not list(tmp_path.iterdir())


async def test_an_engine_that_cannot_be_started_is_an_engine_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))
    with pytest.raises(EngineError, match="cannot be started"):
        await link(tmp_path, [])._spawn()


async def test_an_engine_that_hangs_in_its_goodbye_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_link, "EXIT_WITHIN_S", 0.1)
    one = link(tmp_path, [])
    one._process = process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(30)")
    one._pid = process.pid
    began = time.monotonic()
    assert await one._end_of_process() == "signal 9"
    assert time.monotonic() - began < 10


DEAF = """
import asyncio, sys
from pathlib import Path
from phoneetiquette import events as e
from phoneetiquette.app import engine_settings
from phoneetiquette.config import Config
from phoneetiquette.runtime.engine_link import EngineLink
from phoneetiquette.runtime.engine_server import EngineServer

async def main():
    runtime = Path(sys.argv[1])
    EngineServer(runtime / "engine.sock", lambda _: None, lambda: e.EngineAlive(at_ns=1)).start()
    link = EngineLink(engine_settings(Config(), runtime), print)
    async def fail():
        raise RuntimeError("unforeseen")
    link._listen = fail
    await link.start()
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_seat_that_hears_its_engine_no_more_ends(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", DEAF, str(tmp_path)], capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 1
    assert "unforeseen" in ended.stderr
