"""What ``doctor`` says of desk phones, and how it proves their vendors' commands."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette.cli.checks import Level
from phoneetiquette.cli.desk_phones import findings
from phoneetiquette.config import Config, inspect
from phoneetiquette.runtime.desk_phone import phone_access, phone_settings
from phoneetiquette.runtime.phone_commands import PhoneCommander, proved
from tests.peers.ports import LOOPBACK
from tests.peers.sip_caller import SipCaller


@pytest.fixture
def web() -> Iterator[str]:
    """The web server of a Yealink whose administrator's password is ``right``."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers.get("Authorization") == "Basic YWRtaW46cmlnaHQ="
            self.send_response(200 if allowed else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"{LOOPBACK}:{server.server_port}"
    server.shutdown()
    server.server_close()


def configured(folder: Path, phone: str, web: str, password: str) -> Config:
    secret = folder / "admin"
    secret.write_text(password)
    secret.chmod(0o600)
    (folder / "records").mkdir(exist_ok=True)
    section = {"profile": "yealink", "user": "201", "address": web, "admin_password_file": str(secret)}
    settings: dict[str, Any] = {
        "seat": {"hardware": "desk_phone"},
        "desk_phone": {"address": phone},
        "phones": {"reception": section},
        "records": {"directory": str(folder / "records")},
    }
    file = folder / "seat.yaml"
    file.write_text(json.dumps(settings))
    return inspect(file, starting=False).config


def test_a_phone_that_takes_the_command(tmp_path: Path, web: str) -> None:
    with SipCaller("201") as phone:
        config = configured(tmp_path, phone.uri, web, "right")
        told = list(findings(config, give_commands=False))
        assert [one.level for one in told] == [Level.OK, Level.OK, Level.WARN]
        assert "answers by SIP (200" in told[0].what
        assert "a new INVITE" in told[1].what
        assert "doctor --phones" in told[2].advice
        assert not phone_settings(config)[0].vendor_command
        told = list(findings(config, give_commands=True))
        assert told[-1].level is Level.OK
        assert "takes its vendor's command" in told[-1].what
        assert phone_settings(config)[0].vendor_command
        commander = PhoneCommander(config.directory, phone_access(config))
        assert commander.press(phone.uri).result(5) == 200
        commander.close()


def test_a_phone_that_refuses_the_command(tmp_path: Path, web: str) -> None:
    config = configured(tmp_path, f"sip:201@{LOOPBACK}:9", web, "wrong")
    told = list(findings(config, give_commands=True))
    assert "does not answer a SIP OPTIONS" in told[0].what
    assert told[-1].level is Level.WARN
    assert "does not take" in told[-1].what
    assert not proved(config.directory, f"sip:201@{LOOPBACK}:9")


def test_without_a_desk_phone_nothing_is_said() -> None:
    assert list(findings(Config(), give_commands=True)) == []
