"""Addresses, header fields and the list of peers."""

from __future__ import annotations

import pytest

from phoneetiquette.sip.messages import asks_for_auto_answer, header, name_and_uri, request_uri, text
from phoneetiquette.sip.peers import PeerList

INVITE = (
    "INVITE sip:desk@127.0.0.1:5060;transport=tcp SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5070\r\n"
    'From: "Anna \\"Nina\\" Gast" <sip:+431555@pbx.example;user=phone>;tag=1\r\n'
    "CALL-ID: abc@host\r\n"
    "{extra}"
    "\r\n"
    "v=0\r\nCall-ID: not this one\r\n"
)


@pytest.mark.parametrize(
    ("text", "name", "uri"),
    [
        ('"Anna" <sip:a@b>;tag=1', "Anna", "sip:a@b"),
        ("Anna Gast <sip:a@b;user=phone>", "Anna Gast", "sip:a@b"),
        ("<sip:a@b?Subject=x>", "", "sip:a@b"),
        ("sip:a@b;tag=3", "", "sip:a@b"),
        (r'"A \"B\" <sip:x@y>" <sip:a@b>', 'A "B" <sip:x@y>', "sip:a@b"),
        ("", "", ""),
    ],
)
def test_name_and_uri(text: str, name: str, uri: str) -> None:
    assert name_and_uri(text) == (name, uri)


def test_header_fields_are_found_by_any_case_and_not_in_the_body() -> None:
    message = INVITE.format(extra="")
    assert header(message, "Call-ID") == "abc@host"
    assert header(message, "Subject") == ""
    assert name_and_uri(header(message, "From")) == ('Anna "Nina" Gast', "sip:+431555@pbx.example")
    assert request_uri(message) == "sip:desk@127.0.0.1:5060"


@pytest.mark.parametrize(
    ("extra", "asks"),
    [
        ("Answer-Mode: Auto\r\n", True),
        ("Answer-Mode: Manual\r\n", False),
        ("Call-Info: <sip:x>;answer-after=0\r\n", True),
        ("Call-Info: <sip:x>;answer-after=20\r\n", False),
        ("Alert-Info: <http://x>;info=alert-autoanswer;delay=0\r\n", True),
        ("Alert-Info: <http://automatic.example/ring>\r\n", False),
        ("Subject: Answer-Mode: Auto\r\n", False),
        ("", False),
    ],
)
def test_requests_to_be_answered_at_once(extra: str, *, asks: bool) -> None:
    assert asks_for_auto_answer(INVITE.format(extra=extra)) is asks


def test_peers_are_addresses_and_networks() -> None:
    peers = PeerList(["127.0.0.1", "192.0.2.0/24", "2001:db8::/32"])
    assert "127.0.0.1:5060" in peers
    assert "192.0.2.77:1" in peers
    assert "[2001:db8:1::5]:5060" in peers
    assert "2001:db8:1::5" in peers
    assert "[::ffff:192.0.2.9]:5060" in peers
    assert "192.0.3.1:5060" not in peers
    assert "not an address" not in peers
    assert "" not in peers


def test_bytes_that_are_no_utf8_become_something_that_can_be_written_down() -> None:
    latin1 = "Müller".encode("latin-1").decode("utf-8", "surrogateescape")
    assert text(latin1) == "M\ufffdller"
    assert text("Müller 日本") == "Müller 日本"
