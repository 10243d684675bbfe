"""A real seat that gets users while it runs: its page closes, its command line and its calls do not notice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from phoneetiquette.access.passwords import hashed
from phoneetiquette.access.users import Role, User
from phoneetiquette.access.users_file import changing
from tests.peers.seat import Seat

PASSWORD = "korb lampe wiese vier"


def command(seat: Seat, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(seat.folder / "run")}
    return subprocess.run(
        [sys.executable, "-m", "phoneetiquette", *words, "--seat", seat.name],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_seat_with_users_wants_a_login_and_its_command_line_does_not(tmp_path: Path) -> None:
    with Seat(tmp_path) as seat:
        users, away = seat.folder / "users.json", seat.folder / "away.json"
        assert seat.http.get("/api/state").status_code == 200
        with changing(users) as known:
            known["anna"] = User(name="anna", role=Role.RECEPTIONIST, password=hashed(PASSWORD))
        assert seat.http.get("/api/state").status_code == 401
        assert seat.http.post("/api/presence", json={"presence": "absent"}).status_code == 401
        assert command(seat, "presence", "absent").returncode == 0
        assert "absent" in command(seat, "status").stdout
        token = seat.folder / "run" / "phoneetiquette" / seat.name / "token"
        assert token.stat().st_mode & 0o777 == 0o600
        assert seat.http.post("/login", json={"name": "anna", "password": "wrong"}).status_code == 401
        assert seat.http.post("/login", json={"name": "anna", "password": PASSWORD}).status_code == 200
        assert seat.http.get("/api/state").json()["presence"] == "absent"
        cookies = dict(seat.http.cookies)
        secret = token.read_text()
        users.rename(away)
        seat.kill()
        seat.start_again()
        away.rename(users)
        assert seat.http.get("/api/state").status_code == 401
        seat.http.cookies.update(cookies)
        assert seat.http.get("/api/state").status_code == 200  # a crash of the program logs nobody out
        assert token.read_text() != secret
        hidden = token.rename(token.with_name("hidden"))
        refused = command(seat, "status")
        assert (refused.returncode, "may not read its token" in refused.stderr) == (2, True)
        hidden.rename(token)
        assert PASSWORD not in seat.log()
        assert secret not in seat.log()
