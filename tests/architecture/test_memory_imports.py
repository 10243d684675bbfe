"""What the two processes of a running seat carry in memory, read from themselves while a call is up."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.peers.seat import Seat
from tests.peers.sip_caller import SipCaller

NOT_IN_MAIN = {
    *("numpy", "pjsua2", "samplerate", "soundfile", "sounddevice", "_webrtcvad"),
    *("sqlalchemy", "sqlite3", "alembic", "matplotlib", "rich"),
    *("unittest", "pydoc", "xml", "setuptools", "pkg_resources"),
}
NOT_IN_ENGINE = {
    *("asyncio", "ssl", "http", "fastapi", "starlette", "uvicorn", "pydantic", "jinja2", "yaml"),
    *("sqlalchemy", "sqlite3", "alembic", "matplotlib", "rich"),
    *("soundfile", "hashlib", "email", "importlib.metadata", "webrtcvad"),
    *("unittest", "pydoc", "xml", "setuptools", "pkg_resources"),
    *("numpy.testing", "numpy.f2py", "numpy.ma", "numpy.random", "numpy.polynomial"),
}
NOT_WITHOUT_A_CARD = {"sounddevice", "cffi", "_cffi_backend"}
LARGEST_MB = 120
"""Both together in a call without a card, the goal; a headset at a sound server adds some 7 MB to the 113 that it is
when nothing else runs."""


class Carried(NamedTuple):
    main: set[str]
    engine: set[str]
    rss_mb: float


TELL = """
import atexit, os, pathlib, sys
atexit.register(lambda: pathlib.Path({folder!r}, str(os.getpid())).write_text(" ".join(sys.modules)))
"""


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Carried:
    """Of a seat that had a call, held and resumed. Every Python process of it tells at its end what it has loaded."""
    hook = tmp_path_factory.mktemp("hook")
    (hook / "sitecustomize.py").write_text(TELL.format(folder=str(hook)))
    settings: dict[str, dict[str, Any]] = {
        "pickup": {"emergency_lines": ["alarm"]},
        "seat": {"auto_lift": "second_ring", "hardware": "headset"},
    }
    environment = {"PYTHONPATH": str(hook)}
    with Seat(tmp_path_factory.mktemp("seat"), settings, environment) as seat, SipCaller("guest") as guest:
        pids = seat.process.pid, seat.engine_pid
        call = guest.call(seat.uri_of("alarm"))
        seat.wait_call("guest", state="talking")
        seat.post("hold")
        seat.wait_call("guest", state="held")
        seat.post("resume")
        seat.wait_call("guest", state="talking")
        rss_mb = sum(map(_rss_mb, pids))
        call.bye()
        seat.wait_idle()
    main, engine = (set((hook / str(pid)).read_text().split()) for pid in pids)
    return Carried(main, engine, rss_mb)


def _rss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:")) / 1024


def test_main_holds_no_sound_and_no_database(carried: Carried) -> None:
    assert "phoneetiquette.console.app" in carried.main
    assert carried.main & NOT_IN_MAIN == set()


def test_the_engine_holds_no_console_and_no_database(carried: Carried) -> None:
    assert {"pjsua2", "numpy", "_webrtcvad"} <= carried.engine
    assert carried.engine & NOT_IN_ENGINE == set()


def test_without_a_card_its_library_is_not_loaded(carried: Carried) -> None:
    assert carried.engine & NOT_WITHOUT_A_CARD == set()


def test_both_together_are_small(carried: Carried) -> None:
    assert carried.rss_mb < LARGEST_MB
