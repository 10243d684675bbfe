"""What the engine makes of commands and messages by itself. The library is not started."""

from __future__ import annotations

import dataclasses

import pytest

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.app import engine_settings
from phoneetiquette.config import Config
from phoneetiquette.sip.engine import SipEngine
from phoneetiquette.sip.executor import Executor
from phoneetiquette.sip.phones import Phones
from phoneetiquette.sip.settings import EdgeLink, PhonePeer

EDGE = EdgeLink(
    inside="127.0.0.1:15062", host="192.0.2.20", port=5060, tls_port=5061, relays_media=False, media_listen="127.0.0.1"
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> SipEngine:
    """The only one: the library knows one endpoint in a process."""
    return SipEngine(engine_settings(Config(), tmp_path_factory.mktemp("engine")), lambda _: None)


def test_a_phone_of_another_configuration_does_not_ring(engine: SipEngine) -> None:
    """Main was started anew with another phone, and attached to the engine that lived on."""
    told: list[e.Event] = []
    engine.emit = told.append
    wish = c.RingPhone(call="leg", target="sip:new@192.0.2.7", caller="sip:a@192.0.2.8", caller_name="")
    Executor(engine).carry_out(wish)
    (ended,) = told
    assert isinstance(ended, e.CallEnded)
    assert (ended.call, ended.by, ended.code, ended.reason) == ("leg", "peer", 0, "not configured")


@pytest.mark.parametrize(
    ("edge", "host", "source", "vouched", "known"),
    [
        (None, "", "192.0.2.10:5060", "", True),
        (None, "192.0.2.31", "192.0.2.31:5060", "", True),
        (None, "192.0.2.31", "192.0.2.99:5060", "301", False),
        (EDGE, "", "192.0.2.31:5060", "301", True),
        (EDGE, "", "192.0.2.31:5060", "302", False),
        (EDGE, "", "192.0.2.99:5060", "", False),
        (EDGE, "192.0.2.31", "192.0.2.31:5060", "", True),
        (EDGE, "192.0.2.31", "192.0.2.99:5060", "", False),
    ],
)
def test_a_phone_is_known(
    engine: SipEngine, edge: EdgeLink | None, host: str, source: str, vouched: str, known: bool
) -> None:
    phone = PhonePeer(address="sip:301@192.0.2.31", target="sip:301@192.0.2.31", user="301", host=host)
    engine.settings = dataclasses.replace(engine.settings, phones=(phone,), edge=edge)
    lines = ["INVITE sip:*40@192.0.2.20 SIP/2.0", "From: <sip:301@anywhere.example>;tag=1"]
    invite = "\r\n".join([*lines, *([f"X-Edge-Phone: {vouched}"] if vouched else []), "", ""])
    assert Phones(engine).that_sent(source, invite) == (phone if known else None)
