"""What is dialled at the desk phone, made out: a code, a topic, or whom to call."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from phoneetiquette import events as e
from phoneetiquette.runtime.phone_commands import PhoneCommander
from phoneetiquette.runtime.phone_face import PhoneFace


class Seat:
    """A seat without a dialplan, to which nothing happens."""

    def snapshot(self) -> dict[str, Any]:
        return {"dialplan": None, "switches": []}

    async def submit(self, event: e.Event) -> None:
        raise AssertionError(f"not wished for: {event}")

    def engine_event(self, event: e.Event) -> None:
        raise AssertionError(f"did not happen: {event}")

    def now_ns(self) -> int:
        return 0


def put_through(dialled: str, folder: Path) -> tuple[str, str]:
    """Target and topic of a customer whom the transfer key puts through to what was ``dialled``."""
    face = PhoneFace(
        codes={"*77": "dial 205"},
        dialled_uri="sip:{}@pbx".format,
        commander=PhoneCommander(folder, ()),
        reports_at="",
        hosts={},
    )

    async def understood() -> e.PhoneCalled | e.PhoneReferred:
        async with face.serving(Seat()):
            return face.understood(e.PhoneReferred(at_ns=0, call="p", dialled=dialled), ("sales", "rooms"), {})

    event = asyncio.run(understood())
    assert isinstance(event, e.PhoneReferred)
    return event.target, event.topic


@pytest.mark.parametrize(
    ("dialled", "target", "topic"),
    [
        ("205", "sip:205@pbx", ""),
        ("*77", "sip:205@pbx", ""),
        ("*22", "", "rooms"),
        ("*29", "", ""),
        ("*31", "", ""),
        ("*40", "", ""),
    ],
)
def test_put_through_to_a_number_or_a_topic_and_to_no_other_code(
    dialled: str, target: str, topic: str, tmp_path: Path
) -> None:
    assert put_through(dialled, tmp_path) == (target, topic)
