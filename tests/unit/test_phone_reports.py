"""The web server for the phones' action URLs: who is heard, and what of a phone that has restarted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from phoneetiquette import events as e
from phoneetiquette.runtime.phone_reports import PhoneReports
from tests.peers.ports import LOOPBACK, free_port

OURS, OTHERS = "sip:201@192.0.2.31", "sip:202@192.0.2.32"


class Desk:
    """Two phones with a leg each."""

    def __init__(self) -> None:
        self.told: list[e.Event] = []

    def snapshot(self) -> dict[str, Any]:
        return {
            "phones": [
                {"address": phone, "state": "up", "leg": {"leg": phone.partition("@")[0], "state": "up"}}
                for phone in (OURS, OTHERS)
            ]
        }

    async def submit(self, event: e.Event) -> None:
        self.told.append(event)

    def engine_event(self, event: e.Event) -> None:
        self.told.append(event)

    def now_ns(self) -> int:
        return 0


async def no_code(code: str) -> bool:
    del code
    return False


def ask(desk: Desk, phones: Mapping[str, tuple[str, ...]], target: str) -> str:
    """The status line, for a request from this machine."""

    async def asked() -> str:
        port = free_port()
        async with PhoneReports(desk, no_code, f"http://{LOOPBACK}:{port}/phones", phones):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.write(f"GET {target} HTTP/1.1\r\n\r\n".encode())
            answer = await asyncio.wait_for(reader.read(), 10)
            writer.close()
        return answer.partition(b"\r\n")[0].decode()

    return asyncio.run(asked())


@pytest.mark.parametrize(("phones", "status"), [({}, "403 Forbidden"), ({LOOPBACK: (OURS,)}, "400 Bad Request")])
def test_a_target_that_is_no_url(phones: dict[str, tuple[str, ...]], status: str) -> None:
    desk = Desk()
    assert ask(desk, phones, "//[x") == f"HTTP/1.1 {status}"
    assert not desk.told


def test_a_phone_that_has_restarted_takes_no_other_out_of_its_call() -> None:
    desk = Desk()
    phones = {LOOPBACK: (OURS,), "192.0.2.32": (OTHERS,)}
    assert ask(desk, phones, "/phones/reception?event=started") == "HTTP/1.1 200 OK"
    assert desk.told == [e.PhoneLost(at_ns=0, call="sip:201")]


def test_a_phone_without_a_leg_ends_none() -> None:
    desk = Desk()
    assert ask(desk, {LOOPBACK: ()}, "/phones/reception?event=started") == "HTTP/1.1 200 OK"
    assert not desk.told
