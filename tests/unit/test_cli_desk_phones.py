"""What ``doctor`` says of desk phones, and how it proves their vendors' commands."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from phoneetiquette.cli.checks import Level
from phoneetiquette.cli.desk_phones import findings
from phoneetiquette.config import Config, inspect
from phoneetiquette.phones.profile import Command, Evidence
from phoneetiquette.runtime.desk_phone import phone_access, phone_hosts, phone_settings
from phoneetiquette.runtime.phone_commands import PhoneAccess, PhoneCommander, give, prove, proved
from tests.peers.ports import LOOPBACK
from tests.peers.sip_caller import Behaviour, SipCaller


class Quiet(http.server.BaseHTTPRequestHandler):
    """Writes no log."""

    def answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serving(handler: type[Quiet]) -> Iterator[str]:
    """A web server; its address and port."""
    server = http.server.ThreadingHTTPServer((LOOPBACK, 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"{LOOPBACK}:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def web() -> Iterator[str]:
    """The web server of a Yealink whose administrator's password is ``right``."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            self.answer(200 if self.headers.get("Authorization") == "Basic YWRtaW46cmlnaHQ=" else 401)

    with serving(Handler) as address:
        yield address


def configured(folder: Path, phone: str, web: str, password: str, **more: Any) -> Config:
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
        **more,
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


def test_a_phone_that_takes_the_command_by_notify_alone(tmp_path: Path, web: str) -> None:
    with SipCaller("201", behaviour=Behaviour(takes=("NOTIFY",))) as phone:
        config = configured(tmp_path, phone.uri, web, "wrong")
        assert list(findings(config, give_commands=True))[-1].level is Level.OK
        commander = PhoneCommander(config.directory, phone_access(config))
        assert commander.press(phone.uri).result(5) == 200
        commander.close()
        notify = phone.strangers[-1]
    assert (notify.method, notify.get("Event"), notify.get("Content-Type")) == (
        "NOTIFY",
        "ACTION-URI",
        "message/sipfrag",
    )
    assert notify.body == "key=OK"


@pytest.mark.parametrize("uri", ["sip:201@192.0.2.10", f"sip:201@{LOOPBACK}:5999"], ids=["PBX", "edge"])
def test_a_phone_that_takes_orders_from_its_registrar_alone_is_not_notified(tmp_path: Path, web: str, uri: str) -> None:
    account = {"account": {"registrar": "sip:192.0.2.10", "user": "desk", "password": "x"}}
    config = configured(tmp_path, uri, web, "right", sip=account, edge={"listen": [LOOPBACK]})
    (access,) = phone_access(config)
    assert {one.by for one in access.commands} == {"http", "notify"}
    assert {one.by for one in access.usable()} == {"http"}


def test_the_phones_own_handle_of_the_call(tmp_path: Path) -> None:
    """As Poly's REST interface has it: asked for first, and there is none while it is idle."""
    calls: list[object] = []
    ended: list[bytes] = []

    class Poly(Quiet):
        def do_GET(self) -> None:
            body = json.dumps({"Status": "2000", "data": calls[0]} if calls else {"Status": "4007"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            ended.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(200)

    with serving(Poly) as address:
        command = Command(
            action="answer",
            by="http",
            evidence=Evidence.REPORT,
            method="POST",
            url="http://{address}/answerCall",
            handle_url="http://{address}/callStatus",
            content_type="application/json",
            body='{"data":{"Ref":"{call_handle}"}}',
        )
        access = PhoneAccess("sip:201@192.0.2.1", (command,), {"address": address})
        assert prove(access) is command
        assert give(access, command) == 404
        for told in ({"CallHandle": "0x1f", "CallState": "Offering"}, [{"CallHandle": "0x1f"}]):
            calls[:] = [told]
            assert give(access, command) == 200
            assert json.loads(ended.pop()) == {"data": {"Ref": "0x1f"}}


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_the_password_goes_to_nobody_else(tmp_path: Path, scheme: Literal["basic", "digest"]) -> None:
    """The phone, or who answers in its place, sends us on to another server."""
    asked: list[str] = []

    class Elsewhere(Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.answer(200)

    with serving(Elsewhere) as elsewhere:

        class SendsOn(Quiet):
            def do_GET(self) -> None:
                self.answer(302, Location=f"http://{elsewhere}/")

        with serving(SendsOn) as phone:
            command = Command(
                action="answer", by="http", evidence=Evidence.MANUAL, url="http://{address}/talk", authentication=scheme
            )
            facts = {"address": phone, "user": "admin", "password": "right"}
            assert give(PhoneAccess("sip:201@192.0.2.1", (command,), facts), command) == 302
    assert not asked


def test_which_phone_is_where(tmp_path: Path) -> None:
    """A report comes from the phone's own address; what it is called by may be that of the PBX of all of them."""
    config = configured(tmp_path, "sip:201@192.0.2.10", "192.0.2.31:8080", "right")
    assert phone_hosts(config) == {"192.0.2.31": ("sip:201@192.0.2.10",), "192.0.2.10": ("sip:201@192.0.2.10",)}


def test_without_a_desk_phone_nothing_is_said() -> None:
    assert list(findings(Config(), give_commands=True)) == []
