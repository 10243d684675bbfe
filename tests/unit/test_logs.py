"""The log: whom it is about is masked, and systemd's journal is told in its own protocol."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from phoneetiquette import events as e
from phoneetiquette.records.entry import Entry
from phoneetiquette.runtime import call_log
from phoneetiquette.runtime.logs import JournalHandler, Masking, masked
from tests.unit.test_figures import ARRIVED

LINE = "2026-11-27 16:17:37,971 ERROR phoneetiquette.x: port 5060 of 127.0.0.1 is taken"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call a1 from sip:+4366412345@pbx.example:5060", "call a1 from sip:***@pbx.example:5060"),
        ("from <sips:anna.berger@192.0.2.7;transport=tls>", "from <sips:***@192.0.2.7;transport=tls>"),
        ("registrar sip:pbx.example does not answer", "registrar sip:pbx.example does not answer"),
        ("tel:+431234 was dialled", "tel:*** was dialled"),
        ("mail to anna@hotel.example failed", "mail to ***@hotel.example failed"),
        ("+43 664 123 45 67 is not a number", "+*** is not a number"),
        ("the SIP engine (pid 123456) ended: signal 9", "the SIP engine (pid 123456) ended: signal 9"),
        (LINE, LINE),
    ],
)
def test_whom_it_is_about_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def fields_of(datagram: bytes) -> dict[str, str]:
    """The inverse of the journal's native protocol."""
    fields = {}
    while datagram:
        name, separator, rest = datagram.partition(b"\n")
        if b"=" in name:
            key, _, value = name.partition(b"=")
        else:
            length = int.from_bytes(rest[:8], "little")
            key, value, rest = name, rest[8 : 8 + length], rest[9 + length :]
        assert separator
        fields[key.decode()] = value.decode()
        datagram = rest
    return fields


@pytest.fixture
def journal(tmp_path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "journal"))
    listener.settimeout(10)
    return listener


def test_the_journal_is_told_in_fields(journal: socket.socket, tmp_path: Path) -> None:
    handler = JournalHandler("desk", str(tmp_path / "journal"))
    handler.setFormatter(Masking("%(message)s"))
    call_log.log.addHandler(handler)
    call_log.log.setLevel(logging.INFO)
    try:
        event = e.CallArrived(
            at_ns=0, call="a1", caller="sip:+431@pbx\nPRIORITY=0", caller_name="", called="sip:d@s", peer="",
            sip_call_id="",
        )  # fmt: skip
        call_log.tell(Entry(1, ARRIVED, "boot", event))
        call_log.tell(Entry(2, ARRIVED, "boot", e.CallAnswered(at_ns=1, call="a1")))
    finally:
        call_log.log.removeHandler(handler)
    arrived, answered = fields_of(journal.recv(9999)), fields_of(journal.recv(9999))
    assert arrived["MESSAGE"] == "call a1 from sip:***@pbx\nPRIORITY=0 to sip:***@s"
    assert (arrived["PRIORITY"], arrived["PHONEETIQUETTE_SEAT"], arrived["PHONEETIQUETTE_CALL"]) == ("6", "desk", "a1")
    assert answered["MESSAGE"] == "call a1 answered"
    handler.close()
    journal.close()


def test_a_full_journal_is_not_waited_for_and_what_it_misses_is_counted(
    journal: socket.socket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = JournalHandler("desk", str(tmp_path / "journal"))
    record = logging.makeLogRecord({"msg": "x" * 1000})
    kept = 0
    while not handler.dropped:
        handler.handle(record)
        kept += not handler.dropped
    handler.handle(record)
    assert capsys.readouterr().err == ""
    for _ in range(kept):
        assert "PHONEETIQUETTE_DROPPED" not in fields_of(journal.recv(9999))
    handler.handle(record)
    assert fields_of(journal.recv(9999))["PHONEETIQUETTE_DROPPED"] == "2"
    assert handler.dropped == 0
    handler.close()
    journal.close()


@pytest.mark.parametrize("is_journal", [True, False])
def test_the_journal_is_used_where_systemd_has_connected_it(
    journal: socket.socket, tmp_path: Path, is_journal: bool
) -> None:
    log = tmp_path / "stderr"
    with log.open("w") as stderr:
        status = os.fstat(stderr.fileno())
        stream = f"{status.st_dev}:{status.st_ino}" if is_journal else "1:2"
        code = (
            "import sys, logging; from phoneetiquette.runtime import logs; logs.JOURNAL = sys.argv[1]\n"
            "logs.JournalHandler.__init__.__defaults__ = (sys.argv[1],)\n"
            "logs.set_up('info', 'desk', personal_data=False)\n"
            "logging.getLogger('x').warning('from sip:anna@pbx')"
        )
        command = [sys.executable, "-c", code, str(tmp_path / "journal")]
        subprocess.run(command, stderr=stderr, env={**os.environ, "JOURNAL_STREAM": stream}, check=True)
    if is_journal:
        assert fields_of(journal.recv(9999))["MESSAGE"] == "from sip:***@pbx"
        assert log.read_text() == ""
    else:
        assert log.read_text().endswith("WARNING x: from sip:***@pbx\n")
    journal.close()
