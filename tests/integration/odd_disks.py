"""The disk is full, or cannot be written: run in a mount namespace of its own, where disks are ours to make::

unshare --map-root-user --mount python -m tests.integration.odd_disks SCENE FOLDER
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

from phoneetiquette import events as e
from phoneetiquette.errors import StoreError
from phoneetiquette.records.journal_reader import JournalReader
from phoneetiquette.records.store import Query, database_url, open_store
from tests.peers.seat import Seat, State
from tests.peers.sip_caller import SipCaller

NOW = "alarm"
SIZE = 2 << 20


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def settings(records: Path) -> dict[str, dict[str, object]]:
    return {"records": {"directory": str(records)}, "pickup": {"country": "JP", "emergency_lines": [NOW]}}


def talk(seat: Seat, user: str) -> str:
    with SipCaller(user) as phone:
        other = phone.call(seat.uri_of(NOW))
        call = str(seat.wait_call(user, state="alerting")["id"])
        seat.post("lift", call=call)
        other.wait("answered")
        other.bye()
        seat.wait_record(call)
        return call


def troubles(state: State) -> set[str]:
    return {trouble["key"] for trouble in state["troubles"]}


def fill(file: Path) -> None:
    """Until there is no room left on its disk."""
    with suppress(OSError), file.open("ab", buffering=0) as stream:
        while stream.write(bytes(4096)):
            pass


def full(folder: Path) -> None:
    """No byte is left: calls go on, and once there is room journal and store have all of them, each once."""
    records = folder / "records"
    records.mkdir()
    mount("-t", "tmpfs", "-o", f"size={SIZE}", "none", str(records))
    with Seat(folder, settings(records)) as seat:
        calls = [talk(seat, "before")]
        filling = records / "filling"

        def is_told(state: State) -> bool:
            fill(filling)  # again: the database lets go of what it could not finish
            return {"records.journal", "records.store"} <= troubles(state)

        fill(filling)
        calls += [talk(seat, f"full{n}") for n in range(3)]
        state = seat.wait_state(is_told, 20)
        told = {trouble["key"]: trouble["what"] for trouble in state["troubles"]}
        assert "No space left on device" in told["records.journal"], told
        filling.unlink()
        calls.append(talk(seat, "after"))
        seat.wait_state(lambda state: not state["troubles"], 60)
        happened = [
            (type(entry.event).__name__, getattr(entry.event, "call", ""))
            for entry in JournalReader(records / "journal", seat.name).entries()
        ]
        assert "EngineLost" not in [kind for kind, _ in happened]
        for call in calls:
            for kind in (e.CallArrived, e.CallAnswered, e.CallEnded, e.CallClosed):
                assert happened.count((kind.__name__, call)) == 1, (call, kind)
    assert stored(records) == sorted(calls)


def stored(records: Path) -> list[str]:
    with closing(open_store(database_url(records))) as store:
        return sorted(record.call for record in store.query(Query()))


def read_only(folder: Path) -> None:
    """The directory cannot be written: the seat says so in one line, and runs once it can."""
    records = folder / "records"
    (records / "journal").mkdir(parents=True)
    mount("--bind", str(records), str(records))
    mount("-o", "remount,bind,ro", str(records))
    refused = Seat(folder, settings(records))
    assert refused.process.wait(40) == 2
    (line,) = refused.log().splitlines()
    assert f"cannot write the journal in {records}/journal: Read-only file system (" in line, line
    subprocess.run(["umount", str(records)], check=True)
    with Seat(folder, settings(records)) as seat:
        call = talk(seat, "anna")
        deadline = time.monotonic() + 20
        while not is_stored(records, call):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def is_stored(records: Path, call: str) -> bool:
    try:
        return stored(records) == [call]
    except StoreError:  # another process is making the tables
        return False


if __name__ == "__main__":
    {"full": full, "read_only": read_only}[sys.argv[1]](Path(sys.argv[2]))
