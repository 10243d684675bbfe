"""Messages on their way to real receivers: a mail server and an HTTP server that fail and recover."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import socket
import socketserver
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as e
from phoneetiquette.config import load
from phoneetiquette.followups.parcel import Parcel
from phoneetiquette.notify import command, mail, webhook
from phoneetiquette.notify.delivery import Delivery
from phoneetiquette.notify.errors import DeliveryError
from phoneetiquette.notify.mail import MailSettings
from phoneetiquette.notify.outbox import Outbox
from phoneetiquette.notify.webhook import WebhookSettings
from phoneetiquette.runtime.ways import hook_channels_of, ways_of
from tests.integration.conftest import Phones, Seats
from tests.integration.ringing import wait_until
from tests.peers.certificates import self_signed
from tests.peers.mail_server import MailServer
from tests.peers.ports import LOOPBACK, free_port
from tests.peers.seat import Seat
from tests.peers.web_receiver import WebReceiver

HOSTILE = "=cmd|'/c calc'!A1 <script>alert(1)</script> \x1b[2J\u202e\r\nBcc: evil@example.org\r\n\r\nbody " + "x" * 1000


def parcel(**more: Any) -> Parcel:
    plain = {
        "id": "m-mail",
        "channel": "mail",
        "message": "m",
        "to": "house@hotel.example",
        "subject": "s",
        "text": "t",
    }
    return Parcel(**plain | more)


def plain(server: MailServer, **more: Any) -> MailSettings:
    settings: dict[str, Any] = {
        "host": LOOPBACK,
        "port": server.port,
        "security": "none",
        "sender": "desk@hotel.example",
    }
    return MailSettings(**settings | more)


# -------------------------------------------------------------------------------------------------------- mail


def test_a_mail_over_starttls_with_login_and_a_recording(tmp_path: Path) -> None:
    certificate, key, _ = self_signed(tmp_path)
    (tmp_path / "voice.wav").write_bytes(b"RIFF....WAVE")
    with MailServer(certificate=certificate, key=key, login=("desk", "secret")) as server:
        settings = plain(
            server, security="starttls", user="desk", password="secret", ca=str(certificate), recordings=tmp_path
        )
        mail.send(
            settings, parcel(attachment="voice.wav", reply_to="anna@b\u00fccher.example", text="Gr\u00fc\u00df Gott\n")
        )
        (got,) = server.wait_mails(1)
        with pytest.raises(DeliveryError, match="no trusted connection"):
            mail.send(plain(server, security="starttls"), parcel())
        with pytest.raises(DeliveryError, match="refuses user or password"):
            mail.send(plain(server, security="starttls", user="desk", password="x", ca=str(certificate)), parcel())
    assert server.recipients == ["house@hotel.example"]
    assert got["Message-ID"] == "<m-mail@hotel.example>"
    assert got["Reply-To"] == "anna@xn--bcher-kva.example"
    body = got.get_body()
    assert body is not None
    assert "Gr\u00fc\u00df Gott" in body.get_content()
    (sound,) = got.iter_attachments()
    assert (sound.get_filename(), sound.get_content()) == ("voice.wav", b"RIFF....WAVE")


def test_nothing_a_customer_says_gets_into_the_headers() -> None:
    with MailServer() as server:
        mail.send(plain(server, sender_name=HOSTILE), parcel(subject=HOSTILE, text=HOSTILE))
        (got,) = server.wait_mails(1)
    assert server.recipients == ["house@hotel.example"]
    assert set(got.keys()) >= {"To", "From", "Subject", "Date", "Message-ID", "Auto-Submitted"}
    assert "Bcc" not in got
    assert got["From"].addresses[0].addr_spec == "desk@hotel.example"
    assert len(got["Subject"]) <= 200
    assert "\x1b" not in got["Subject"]
    assert "\u202e" not in got["Subject"]


@pytest.mark.parametrize("to", ["a@b.example\r\nRCPT TO:<evil@example.org>", "a@b.example, evil@example.org", "", "@"])
def test_an_address_that_is_none_is_refused_for_good(to: str) -> None:
    with MailServer() as server:
        with pytest.raises(DeliveryError) as refused:
            mail.send(plain(server), parcel(to=to))
        assert refused.value.final
    assert server.mails == []


def test_what_a_server_says_decides_whether_it_is_tried_again() -> None:
    with MailServer() as server:
        for answer, final in (("451 later", False), ("550 no such user", True)):
            server.refuses = answer
            with pytest.raises(DeliveryError) as refused:
                mail.send(plain(server), parcel())
            assert (refused.value.final, answer in refused.value.what) == (final, True)
    with pytest.raises(DeliveryError, match="cannot be reached") as gone:
        mail.send(plain(server), parcel())
    assert not gone.value.final


def test_a_customers_address_that_few_servers_take_stands_in_the_text_only() -> None:
    with MailServer() as server:
        mail.send(plain(server), parcel(reply_to="j\u00fcrgen@example.de", text="E-mail: j\u00fcrgen@example.de\n"))
        (got,) = server.wait_mails(1)
    assert got["Reply-To"] is None
    body = got.get_body()
    assert body is not None
    assert "j\u00fcrgen@example.de" in body.get_content()


def test_a_server_that_wants_a_login_is_a_matter_of_the_configuration() -> None:
    with MailServer(login=("desk", "secret")) as server:
        with pytest.raises(DeliveryError, match="530 ") as refused:
            mail.send(plain(server), parcel())
        assert (refused.value.final, refused.value.advice) == (False, "check messages.smtp")


def test_a_server_that_is_not_for_us_is_a_matter_of_the_configuration() -> None:
    class Unwilling(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"554 not for you\r\n")
            self.rfile.readline()

    with socketserver.TCPServer((LOOPBACK, 0), Unwilling) as server:
        answering = threading.Thread(target=server.handle_request)
        answering.start()
        settings = MailSettings(
            host=LOOPBACK, port=server.server_address[1], security="none", sender="desk@hotel.example"
        )
        with pytest.raises(DeliveryError, match="554 not for you") as refused:
            mail.send(settings, parcel())
        answering.join()
    assert (refused.value.final, refused.value.advice) == (False, "check messages.smtp")


def test_only_recordings_are_attached(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "messages").mkdir()
    with MailServer() as server:
        mail.send(plain(server, recordings=tmp_path / "messages"), parcel(attachment="../secret"))
        (got,) = server.wait_mails(1)
    assert list(got.iter_attachments()) == []
    body = got.get_body()
    assert body is not None
    assert "cannot be attached" in body.get_content()


# ----------------------------------------------------------------------------------------------------- webhook


def test_a_webhook_is_signed() -> None:
    with WebReceiver() as receiver:
        settings = WebhookSettings(url=receiver.url, secret="k\u00e9y", allow_private=True)
        webhook.post(settings, parcel(data={"event": "message", "name": HOSTILE}))
        (got,) = receiver.received
    moment, _, code = got.headers["X-Phoneetiquette-Signature"].removeprefix("t=").partition(",v1=")
    assert abs(int(moment) - time.time()) < 60
    wanted = hmac.new("k\u00e9y".encode(), moment.encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(code, wanted)
    assert (got.path, got.headers["X-Phoneetiquette-Delivery"], got.data["name"]) == ("/hook?x=1", "m-mail", HOSTILE)


@pytest.mark.parametrize(("status", "final"), [(500, False), (404, False), (429, False), (410, True), (422, True)])
def test_an_answer_that_is_no_success_is_a_failure(status: int, final: bool) -> None:
    with WebReceiver() as receiver:
        receiver.status = status
        with pytest.raises(DeliveryError, match=str(status)) as refused:
            webhook.post(WebhookSettings(url=receiver.url, secret="k", allow_private=True), parcel())
        assert refused.value.final == final


def test_redirects_are_not_followed() -> None:
    with WebReceiver() as other, WebReceiver() as receiver:
        receiver.status, receiver.location = 307, other.url
        with pytest.raises(DeliveryError, match="redirects are not followed"):
            webhook.post(WebhookSettings(url=receiver.url, secret="k", allow_private=True), parcel())
        assert other.received == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "10.0.0.1",
        "169.254.169.254",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",  # noqa: S104 - it must not be asked
        "[64:ff9b::7f00:1]",
    ],
)
def test_private_addresses_are_not_asked_unless_that_is_allowed(host: str) -> None:
    with WebReceiver() as receiver:
        with pytest.raises(DeliveryError, match="private network") as refused:
            webhook.post(WebhookSettings(url=f"http://{host}:{receiver.port}/", secret="k"), parcel())
        assert refused.value.final
        assert receiver.received == []


def test_a_receiver_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "WHOLE_TIMEOUT_S", 0.3)
    with socket.create_server((LOOPBACK, 0)) as silent:
        url = f"http://{LOOPBACK}:{silent.getsockname()[1]}/"
        settings = WebhookSettings(url=url, secret="k", allow_private=True)
        with pytest.raises(DeliveryError, match="cannot be reached"):
            webhook.post(settings, parcel())


# ----------------------------------------------------------------------------------------------------- command


def test_a_command_is_given_the_json_and_its_failure_is_told(tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = tmp_path / "hook"
    program.write_text(
        f'#!/bin/sh\ncat > {told}\necho "$1" >> {told}\n[ "$1" = ringing ] || {{ echo "not me" >&2; exit 3; }}\n'
    )
    program.chmod(0o700)
    command.run(program, parcel(data={"event": "ringing", "name": HOSTILE}))
    data, event = told.read_text().splitlines()
    assert (json.loads(data)["name"], event) == (HOSTILE, "ringing")
    with pytest.raises(DeliveryError, match="ended with 3: not me"):
        command.run(program, parcel(data={"event": "ended"}))
    with pytest.raises(DeliveryError, match="cannot be run"):
        command.run(tmp_path / "nothing", parcel())


def test_what_a_command_leaves_running_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "TIMEOUT_S", 10.0)
    program = tmp_path / "hook"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\nsleep 600 &\necho $! > {tmp_path / 'pid'}\n")
    program.chmod(0o700)
    try:
        command.run(program, parcel(data={"event": "ringing"}))
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


# ------------------------------------------------------------------------------------------------------ both kinds


def test_a_hooks_receiver_that_never_answers_holds_up_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT_S", 600.0)
    monkeypatch.setattr(webhook, "WHOLE_TIMEOUT_S", 600.0)
    outbox = Outbox(tmp_path / "outbox")
    with WebReceiver() as receiver, socket.create_server((LOOPBACK, 0)) as silent:
        url = f"http://{LOOPBACK}:{silent.getsockname()[1]}/"
        file = tmp_path / "p.yaml"
        file.write_text(
            f"messages: {{webhook: {{url: '{receiver.url}', secret: k, allow_private: true}}}}\n"
            f"hooks: {{on: [ringing], webhook: {{url: '{url}', secret: k, allow_private: true}}}}\n"
        )
        file.chmod(0o600)
        config = load(file)
        (channel,) = hook_channels_of(config)
        outbox.put(Parcel(id="h", channel=channel, purpose="hook", data={"event": "ringing"}))
        delivery = Delivery(outbox, ways_of(config), lambda _: None)
        outbox.put(parcel(id="m-webhook", channel="webhook", data={"event": "message"}))
        delivery.start()
        try:
            receiver.wait_received(1)
        finally:
            silent.close()
            delivery.stop()
    assert [one.parcel.id for one in outbox.all()] == ["h"]


# ------------------------------------------------------------------------------------------------- a whole seat

FORM = {"name": "Anna <b>Berger</b>", "phone": "+43 664 1234567", "matter": "a lost key\nand a coat"}


def configuration(mail_port: int, receiver: WebReceiver) -> dict[str, dict[str, Any]]:
    return {
        "messages": {
            "to": "office@hotel.example",
            "smtp": {"host": LOOPBACK, "port": mail_port, "security": "none", "sender": "desk@hotel.example"},
            "webhook": {"url": receiver.url, "secret": "secret", "allow_private": True},
        }
    }


def delivered(seat: Seat) -> list[str]:
    return sorted(note.text for note in seat.journal(e.MessageNoted, what="delivered"))


def test_a_message_is_delivered_when_the_receivers_recover_though_the_seat_was_killed(seats: Seats) -> None:
    port = free_port()
    with WebReceiver() as receiver:
        receiver.status = 503
        (seat,) = seats(configuration(port, receiver))
        name = seat.post("messages", **FORM)["message"]
        receiver.wait_received(1)
        seat.wait_state(lambda state: any(one["key"] == "messages.delivery" for one in state["troubles"]))
        seat.kill()
        assert len(os.listdir(seat.folder / "records" / "outbox")) == 2
        receiver.status = 200
        with MailServer(port) as server:
            seat.start_again()
            (got,) = server.wait_mails(1, 60)
            seat.wait_state(lambda state: not any(one["key"] == "messages.delivery" for one in state["troubles"]), 60)
            wait_until(lambda: delivered(seat) == ["mail to office@hotel.example", "webhook"], 60)
            seat.kill()
            seat.start_again()
            seat.post("messages", **FORM | {"name": "Bert"})
            server.wait_mails(2, 60)
            assert [str(one["Subject"]).split(",")[0] for one in server.mails] == [
                "Message from Anna <b>Berger</b>",
                "Message from Bert",
            ]
        sent = [one.data["message"] for one in receiver.received]
        assert {one["message"] for one in sent[:-1]} == {name}
        body = got.get_body()
        assert body is not None
        assert "a lost key" in body.get_content()
        wait_until(lambda: not list((seat.folder / "records" / "outbox").glob("*.json")), 60)


def test_hooks_are_told_and_metrics_count(seats: Seats, phones: Phones, tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = tmp_path / "hook"
    program.write_text(f'#!/bin/sh\necho "$1" >> {told}\n')
    program.chmod(0o700)
    with WebReceiver() as receiver:
        receiver.status = 500
        (seat,) = seats(
            {
                "pickup": {"emergency_lines": ["alarm"]},
                "hooks": {
                    "on": ["ringing", "answered", "ended", "message"],
                    "command": str(program),
                    "webhook": {"url": receiver.url, "secret": "secret", "allow_private": True},
                },
            }
        )
        anna = phones("anna")
        call = anna.call(seat.uri_of("alarm"))
        seat.wait_call("anna", state="alerting")
        seat.post("lift")
        seat.wait_call("anna", state="talking")
        receiver.status = 204
        call.hang_up()
        record = seat.wait_record("anna")
        seat.post("messages", **FORM)
        receiver.wait_received(4, 60)
        deadline = time.monotonic() + 60
        while len({one.data["event"] for one in receiver.received}) < 4 or len(told.read_text().split()) < 4:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert told.read_text().split() == ["ringing", "answered", "ended", "message"]
    ended = next(one.data for one in receiver.received if one.data["event"] == "ended")
    assert ended["call"] == record["call"]
    text = seat.http.get("/metrics").text
    assert 'phoneetiquette_calls_total{direction="in",verdict="exempt"} 1' in text
    assert "phoneetiquette_messages_open 1" in text
