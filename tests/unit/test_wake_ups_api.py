"""Wake-up calls by the console's HTTP side: who does it, and that what was read back is what is set."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from phoneetiquette import events as e
from phoneetiquette.access.passwords import hashed
from phoneetiquette.access.users import Role, User
from phoneetiquette.access.users_file import UsersFile, changing
from phoneetiquette.cli.seat import RefusedError
from phoneetiquette.cli.wakeup import _add
from phoneetiquette.console.app import create_app
from phoneetiquette.console.gate import Gate
from tests.peers.scripted_desk import ScriptedDesk
from tests.peers.scripted_wake_ups import ScriptedWakeUps

HERE = "http://127.0.0.1:8470"
PASSWORD = "korb lampe wiese vier"
TOKEN = "the command line's"
MORNING = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)


class Hotel:
    """A seat's page with wake-up calls; it is six o'clock."""

    def __init__(self, folder: Path, gate: Gate | None = None) -> None:
        self.desk = ScriptedDesk()
        self.wake_ups = ScriptedWakeUps(self.desk, folder, MORNING)
        self.app = create_app(self.desk, wake_ups=self.wake_ups, gate=gate)

    def open(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 50000))
        return httpx.AsyncClient(transport=transport, base_url=HERE, headers={"Origin": HERE, **headers})

    def events(self, kind: type[e.Event]) -> list[Any]:
        return [one for one in self.desk.events if isinstance(one, kind)]


async def does_all(http: httpx.AsyncClient, who: str) -> None:
    """Sets two, cancels the first and settles the second."""
    ids = []
    for room in ("12", "214"):
        answer = await http.post("/api/wake_ups", json={"room": room, "clock": "6:30", "who": who})
        assert answer.status_code == 200, answer.text
        ids.append(answer.json()["wake_up"])
    assert (await http.post(f"/api/wake_ups/{ids[0]}/cancel", json={"who": who})).status_code == 200
    assert (await http.post(f"/api/wake_ups/{ids[1]}/settle", json={"who": who})).status_code == 200


async def test_with_a_login_it_is_the_user_of_the_session_who_does_it(tmp_path: Path) -> None:
    with changing(tmp_path / "users.json") as users:
        users["anna"] = User(name="anna", role=Role.RECEPTIONIST, password=hashed(PASSWORD))
    hotel = Hotel(tmp_path, Gate(UsersFile(tmp_path / "users.json"), name="seat-desk", seat="desk", token=TOKEN))
    http = hotel.open()
    assert (await http.post("/login", json={"name": "anna", "password": PASSWORD})).status_code == 200
    await does_all(http, "somebody else")
    done = [*hotel.events(e.WakeUpSet), *hotel.events(e.WakeUpNoted)]
    assert [one.who for one in done] == ["anna"] * 4
    hotel.desk.events.clear()
    await does_all(hotel.open(Authorization=f"Bearer {TOKEN}"), "eva")
    assert [one.who for one in hotel.events(e.WakeUpNoted)] == ["eva"] * 2


async def test_without_a_login_it_is_whom_the_body_names(tmp_path: Path) -> None:
    hotel = Hotel(tmp_path)
    await does_all(hotel.open(), "eva")
    assert [one.who for one in [*hotel.events(e.WakeUpSet), *hotel.events(e.WakeUpNoted)]] == ["eva"] * 4


class SlowToAgree:
    """A seat as the command line asks it; before the second request the time that was read back has passed."""

    def __init__(self, hotel: Hotel) -> None:
        self._hotel = hotel

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        answer = asyncio.run(self._hotel.open().post(path, json=dict(body)))
        self._hotel.wake_ups.clock = MORNING + timedelta(minutes=31)
        if answer.status_code != 200:
            raise RefusedError(answer.json()["error"])
        return dict(answer.json())


def test_what_the_command_line_has_read_back_is_what_it_sets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hotel = Hotel(tmp_path)
    asked = argparse.Namespace(
        room="12", clock="6:30", day="", name="", language="", which="", yes=True, who="eva", seat=None
    )
    with pytest.raises(RefusedError, match="06:30 on 2026-11-28 is past"):
        _add(SlowToAgree(hotel), asked)  # type: ignore[arg-type]
    assert "Saturday 28 November 2026, 06:30" in capsys.readouterr().out
    assert hotel.events(e.WakeUpSet) == []
