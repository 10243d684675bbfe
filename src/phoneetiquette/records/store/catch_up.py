"""Filling the store from the journal, again and again until it has it.

In a seat this runs in short-lived children of the main process (:class:`Filler`): what a database driver needs in
memory, and whatever goes wrong in it, stays out of the process that holds the calls.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from phoneetiquette import events as ev
from phoneetiquette.errors import StoreError
from phoneetiquette.followups.book import note_of, taken_message
from phoneetiquette.followups.message import Message, message_from, message_object
from phoneetiquette.problems import Problem
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.journal import prune
from phoneetiquette.records.journal_reader import JournalReader
from phoneetiquette.records.store import MessageQuery, Store, WakeUpQuery, open_store, sqlite_file
from phoneetiquette.wakeups import book as wakeups
from phoneetiquette.wakeups.wake_up import WakeUp, wake_up_from, wake_up_object

CHILD_TIMEOUT_S = 600.0
EARLIER_AT_A_TIME = 500
MESSAGES_TOLD = 1000
SETTLED_LATELY = timedelta(days=35)
DUE_LATELY = timedelta(days=2)
_DAMAGE_ADVICE = "calls that are older than the journal are in that file and in your backups; look after the disk"


class WrittenJournal(Protocol):
    """What :func:`catch_up` needs to know of a journal."""

    @property
    def directory(self) -> Path: ...

    @property
    def seat(self) -> str: ...


def catch_up(journal: WrittenJournal, store: Store, report: Callable[[Problem], None] | None = None) -> int:
    """Store every completed call and every message that the store does not have yet; returns how many calls it were.

    Safe to interrupt and to repeat: a record stored twice is the same record.

    Raises:
        StoreError: journal or store failed; call again later.
    """
    checkpoint = store.checkpoint(journal.seat)
    reader = JournalReader(journal.directory, journal.seat, checkpoint, report)
    if checkpoint and not _reaches(journal, checkpoint):
        reader = JournalReader(journal.directory, journal.seat, 0, report)
    builder, stored = RecordBuilder(), 0
    for entry in reader.entries():
        match entry.event:
            case ev.MessageTaken() as taken:
                store.put_message(taken_message(entry, taken))
            case ev.MessageNoted() as noted:
                store.add_note(noted.message, note_of(entry, noted))
            case ev.WakeUpSet() as asked:
                store.put_wake_up(wakeups.set_wake_up(entry, asked))
            case ev.WakeUpCalled() | ev.WakeUpNoted() | ev.WakeUpTried() if told := wakeups.note_of(entry):
                store.add_wake_up_note(*told)
        builder.feed(entry)
        for record in builder.completed():
            store.put(record)
            stored += 1
        for call, wrap_up in builder.late_wrap_ups().items():
            if (earlier := store.get(call)) is not None:
                store.put(replace(earlier, wrap_up=wrap_up))
                stored += 1
    if builder.settled_seq:
        store.set_checkpoint(journal.seat, builder.settled_seq)
    return stored


def _current(store: Store, now: datetime) -> list[Message]:
    """Open messages of all seats, and those settled lately: another seat may have answered what this one took."""
    settled = MessageQuery(is_open=False, settled_since=now - SETTLED_LATELY, limit=MESSAGES_TOLD)
    return store.messages(MessageQuery(is_open=True, limit=MESSAGES_TOLD)) + store.messages(settled)


def _wake_ups(store: Store, seat: str, now: datetime) -> list[WakeUp]:
    """This seat's wake-up calls that are open, and those that were due lately: each seat makes its own."""
    lately = store.wake_ups(WakeUpQuery(is_open=False, since=now - DUE_LATELY))
    return [one for one in store.wake_ups(WakeUpQuery(is_open=True)) + lately if one.seat == seat]


def forget(directory: Path, store: Store, before: datetime) -> None:
    """Drop what is older: calls, settled messages, and the recordings of the seat in ``directory``."""
    store.forget(before)
    open_ones = {message.file for message in store.messages(MessageQuery(is_open=True))}
    recordings = directory / "messages"
    for path in sorted(recordings.iterdir()) if recordings.is_dir() else ():
        if path.is_file() and path.name not in open_ones and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)


def _reaches(journal: WrittenJournal, seq: int) -> bool:
    """False: the journal was begun anew since the store last saw it, and its numbers mean other entries now."""
    return next(JournalReader(journal.directory, journal.seat, seq - 1).entries(), None) is not None


class Filler:
    """Runs ``catch_up`` in a child process whenever it is poked, and again after a failure, later and later.

    A call counts to its day in the time ``zone`` (empty: the machine's). A pass also drops what the journal need not
    keep any longer: files that the store has, ``keep_days`` days after they were written last (0: never); and calls,
    settled messages and recordings that are older than ``records_days`` (0: none).

    Nothing here waits in the caller's thread. These are called from the filler's: ``on_trouble`` with the error, once
    however often it is met, and with ``None`` once it is over; ``on_messages`` and ``on_wake_ups`` after a pass that
    found something changed, with the messages of all seats that are open or were settled lately, and with this seat's
    wake-up calls that are open or were due lately; ``on_damage`` when a damaged database has been set aside and filled
    anew.
    """

    def __init__(
        self,
        directory: Path,
        seat: str,
        url: str,
        on_trouble: Callable[[StoreError | None], None],
        *,
        on_messages: Callable[[list[Message]], object] = lambda _: None,
        on_wake_ups: Callable[[list[WakeUp]], object] = lambda _: None,
        on_damage: Callable[[StoreError], object] = lambda _: None,
        keep_days: int = 0,
        zone: str = "",
        records_days: int = 0,
        first_retry_s: float = 2.0,
        last_retry_s: float = 60.0,
    ) -> None:
        self._command = [
            sys.executable,
            "-m",
            "phoneetiquette.records.store.catch_up",
            str(directory),
            seat,
            str(keep_days),
            zone,
            str(records_days),
        ]
        self._url = url
        self._on_trouble = on_trouble
        self._on_messages, self._on_wake_ups, self._on_damage = on_messages, on_wake_ups, on_damage
        self._told: dict[str, list[dict[str, object]]] = {}
        self._retries = (first_retry_s, last_retry_s)
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._last_pass = False
        self._child: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._loop, name=f"filler-{seat}", daemon=True)

    def start(self) -> None:
        """Begin, with a first pass at once: something may have been left from before."""
        self._wanted.set()
        self._thread.start()

    def poke(self) -> None:
        """A record may have become complete. Returns at once; callable from any thread."""
        self._wanted.set()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Finish the pass that was asked for, then end. What is not stored by then is stored at the next start."""
        self._last_pass = self._wanted.is_set()
        self._stopping.set()
        self._wanted.set()
        self._thread.join(timeout_s)
        if self._child:
            self._child.kill()
            self._thread.join(1.0)

    def _loop(self) -> None:
        retry_s, last_retry_s = self._retries
        troubled = ""
        while True:
            self._wanted.wait()
            stopping = self._stopping.is_set()
            if stopping and not self._last_pass:
                return
            self._wanted.clear()
            error = self._pass()
            if stopping or (error and self._stopping.is_set()):
                return  # perhaps broken off, and told to nobody: it is done again at the next start
            if str(error or "") != troubled:
                self._on_trouble(error)
            troubled = str(error or "")
            if troubled:
                self._stopping.wait(retry_s)
                retry_s = min(retry_s * 2, last_retry_s)
                self._wanted.set()
            else:
                retry_s = self._retries[0]

    def _pass(self) -> StoreError | None:
        try:
            with subprocess.Popen(
                self._command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as child:
                self._child = child
                try:
                    told, said = child.communicate(self._url, CHILD_TIMEOUT_S)
                finally:
                    self._child = None
                    child.kill()
        except (OSError, subprocess.SubprocessError) as error:
            return StoreError(f"cannot fill the store: {error}", "the journal keeps everything meanwhile")
        if child.returncode == 0:
            current = json.loads(told)
            damaged = current.pop("damaged")
            if current != self._told:
                self._told = current
                self._on_messages([message_from(data) for data in current["messages"]])
                self._on_wake_ups([wake_up_from(data) for data in current["wake_ups"]])
            if damaged:
                self._on_damage(StoreError(damaged, _DAMAGE_ADVICE))
            return None
        lines = said.strip().splitlines() or [f"the database filler ended with status {child.returncode}"]
        what, _, advice = lines[-1].partition("\t")
        return StoreError(what, advice)


def _pass(
    journal: WrittenJournal, url: str, zone: ZoneInfo | None, keep_days: int, records_days: int, damaged: str = ""
) -> None:
    """Fill the store, tell on standard output, and drop what is old."""
    store = open_store(url, zone)
    try:
        catch_up(journal, store, lambda problem: print(problem, file=sys.stderr))
        while store.count_earlier(EARLIER_AT_A_TIME):
            pass
        now = datetime.now(UTC)
        current: dict[str, object] = {
            "messages": [message_object(one, now) for one in _current(store, now)],
            "wake_ups": [wake_up_object(one) for one in _wake_ups(store, journal.seat, now)],
        }
        if records_days:
            forget(journal.directory.parent, store, now - timedelta(days=records_days))
        if keep_days:
            prune(journal.directory, journal.seat, store.checkpoint(journal.seat), keep_days)
    finally:
        store.close()
    print(json.dumps(current | {"damaged": damaged}))


class _JournalAt:
    def __init__(self, directory: Path, seat: str) -> None:
        self.directory = directory
        self.seat = seat


def main(arguments: list[str]) -> int:
    """``python -m phoneetiquette.records.store.catch_up DIRECTORY SEAT JOURNAL_DAYS ZONE DAYS``, the database's
    address as input."""
    if len(arguments) != 5 or not arguments[2].isdecimal() or not arguments[4].isdecimal():
        print("usage: catch_up DIRECTORY SEAT JOURNAL_DAYS ZONE DAYS <URL", file=sys.stderr)
        return 2
    from phoneetiquette.records.store.damage import DamagedStoreError, set_aside  # with SQLite: not in who starts this

    journal, keep_days = _JournalAt(Path(arguments[0]), arguments[1]), int(arguments[2])
    with suppress(OSError):  # a sandbox may not let us
        os.nice(10)  # calls come first
    url, zone = sys.stdin.read().strip(), ZoneInfo(arguments[3]) if arguments[3] else None
    try:
        try:
            _pass(journal, url, zone, keep_days, int(arguments[4]))
        except DamagedStoreError as error:
            file = sqlite_file(url)
            aside = set_aside(file) if file else None
            told = f"{error.what}; it was set aside as {aside} and filled anew from the journal" if aside else ""
            _pass(journal, url, zone, keep_days, int(arguments[4]), damaged=told)
    except StoreError as error:
        print(f"{error.what}\t{error.advice}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
