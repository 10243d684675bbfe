"""DTMF digits may be card numbers: the engine and the far end get them, the journal only if that is asked for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from phoneetiquette import commands as c
from phoneetiquette import events as e
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.journal_reader import JournalReader
from phoneetiquette.runtime.seat import Seat
from tests.unit.asked_engine import AskedEngine
from tests.unit.desk_script import new_desk


def received(digit: str) -> e.DigitReceived:
    return e.DigitReceived(at_ns=time.monotonic_ns(), call="a", digit=digit, method="rfc4733")


def in_journal(directory: Path) -> list[str]:
    told = [entry.event for entry in JournalReader(directory, "t").entries()]
    received = [event.digit for event in told if isinstance(event, e.DigitReceived)]
    return received + [event.digits for event in told if isinstance(event, e.AgentSentDigits)]


@pytest.mark.parametrize(("keep_digits", "kept"), [(False, ["*", "*", "****"]), (True, ["4", "9", "17*#"])])
async def test_digits_and_the_journal(tmp_path: Path, keep_digits: bool, kept: list[str]) -> None:
    with Journal.open(tmp_path, "t") as journal:
        engine = AskedEngine()
        seat = Seat("t", "", new_desk().settings, journal, dial_uri=str, keep_digits=keep_digits)
        seat.attach(engine)
        seat.engine_event(e.EngineStarted(at_ns=time.monotonic_ns(), pid=1, listening=(), build=""))
        await seat.submit(e.AgentDialled(at_ns=seat.now_ns(), call="a", target="sip:a@pbx"))
        seat.engine_event(e.CallDialled(at_ns=seat.now_ns(), call="a", target="sip:a@pbx"))
        seat.engine_event(e.CallAnswered(at_ns=seat.now_ns(), call="a"))
        digits = [received("4"), received("9")]
        for digit in digits:
            seat.engine_event(digit)
        await seat.submit(e.AgentSentDigits(at_ns=seat.now_ns(), call="a", digits="17*#"))
        assert engine.sent[-1] == c.SendDigits(call="a", digits="17*#")
        assert in_journal(tmp_path) == kept

        again = Seat("t", "", new_desk().settings, journal, dial_uri=str, keep_digits=keep_digits)
        for digit in digits:  # told again by an engine to a new main
            again.engine_event(digit)
        assert in_journal(tmp_path) == kept
        again.engine_event(received("4"))
        assert len(in_journal(tmp_path)) == len(kept) + 1
