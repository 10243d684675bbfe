"""What the engine does with commands that name what it does not have. The library is not started."""

from __future__ import annotations

from pathlib import Path

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.app import engine_settings
from phoneetiquette.config import Config
from phoneetiquette.sip.engine import SipEngine
from phoneetiquette.sip.executor import Executor


def test_a_phone_of_another_configuration_does_not_ring(tmp_path: Path) -> None:
    """Main was started anew with another phone, and attached to the engine that lived on."""
    told: list[e.Event] = []
    engine = SipEngine(engine_settings(Config(), tmp_path), told.append)
    Executor(engine).carry_out(
        c.RingPhone(call="leg", target="sip:new@192.0.2.7", caller="sip:a@192.0.2.8", caller_name="")
    )
    (ended,) = told
    assert isinstance(ended, e.CallEnded)
    assert (ended.call, ended.by, ended.code, ended.reason) == ("leg", "peer", 0, "not configured")
