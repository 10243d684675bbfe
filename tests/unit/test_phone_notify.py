"""The NOTIFY that has a phone read its configuration again, and what counts as the answer to it."""

from __future__ import annotations

import pytest

from phoneetiquette.phones.notify import Notify, answer_to, event_of
from phoneetiquette.phones.profiles import profile_of, profiles

CALL_ID = "abc.1+(x)@phoneetiquette"


def test_the_message_is_a_notify_outside_any_dialog() -> None:
    notify = Notify("sip:301@192.0.2.31:5062", "sip:desk@192.0.2.20", "check-sync;reboot=false")
    assert notify.message("192.0.2.20:40000", "t1", CALL_ID, "b1").decode().split("\r\n") == [
        "NOTIFY sip:301@192.0.2.31:5062 SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.20:40000;rport;branch=z9hG4bKb1",
        "Max-Forwards: 70",
        "From: <sip:desk@192.0.2.20>;tag=t1",
        "To: <sip:301@192.0.2.31:5062>",
        f"Call-ID: {CALL_ID}",
        "Contact: <sip:desk@192.0.2.20>",
        "Event: check-sync;reboot=false",
        "Subscription-State: active",
        "CSeq: 1 NOTIFY",
        "Content-Length: 0",
        "",
        "",
    ]
    assert ";tag=" not in notify.header_lines(CALL_ID), "the edge gives it one"


def test_events_by_vendor() -> None:
    events = {name: one.check_sync.event for name, one in profiles().items() if one.check_sync}
    assert events == {
        **dict.fromkeys(
            ("yealink", "grandstream", "grandstream-grp", "poly", "fanvil", "gigaset-n510", "mitel", "avaya"),
            "check-sync",
        ),
        **dict.fromkeys(("snom", "gigaset", "gigaset-maxwell"), "check-sync;reboot=false"),
        "cisco-spa": "resync",
        "cisco-mpp": "check-sync",
    }
    snom, yealink = profile_of("snom").check_sync, profile_of("yealink").check_sync
    assert snom
    assert yealink
    assert event_of(snom, reboot=True) == "check-sync;reboot=true"
    assert event_of(yealink, reboot=True) == ""


def response(status: str, call_id: str = CALL_ID, name: str = "Call-ID") -> bytes:
    return f"SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 192.0.2.20\r\n{name}: {call_id}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("datagram", "expected"),
    [
        (response("200 OK"), (200, "OK")),
        (response("489 Bad Event"), (489, "Bad Event")),
        (response("200 OK", name="i"), (200, "OK")),
        (response("200 OK", name="CALL-ID"), (200, "OK")),
        (response("100 Trying"), None),
        (response("200 OK", call_id="somebody-else"), None),
        (response("200 OK", call_id="abc.1+(x)@phoneetiquette.example"), None),
        (b"OPTIONS sip:desk SIP/2.0\r\nCall-ID: " + CALL_ID.encode() + b"\r\n\r\n", None),
        (b"\xff\x00", None),
        (b"", None),
    ],
)
def test_what_counts_as_the_answer(datagram: bytes, expected: tuple[int, str] | None) -> None:
    assert answer_to(CALL_ID, datagram) == expected
