"""Everything a seat's files hold about one customer: found, handed out, or made anonymous.

Calls and messages stay as counts and times. The journal is rewritten, so that a store that is filled from it again does
not bring the customer back; for that its seat must not run.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from phoneetiquette import events as ev
from phoneetiquette.errors import StoreError
from phoneetiquette.followups.message import Message
from phoneetiquette.records.anonymous import (
    anonymous_event,
    anonymous_message,
    anonymous_record,
    anonymous_wake_up,
)
from phoneetiquette.records.entry import Entry, entry_of, line_of
from phoneetiquette.records.form_drafts import FormDrafts
from phoneetiquette.records.journal import locked
from phoneetiquette.records.journal_reader import files_of, seats_of
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.store import MessageQuery, Store, WakeUpQuery
from phoneetiquette.records.whole_files import replace_file
from phoneetiquette.wakeups.book import WakeUpBook
from phoneetiquette.wakeups.wake_up import WakeUp

IsCustomer = Callable[[str], bool]
"""Whether a number or address, as it was told or written, is the customer's."""


@dataclass(slots=True)
class Found:
    """What there is about a customer."""

    records: list[CallRecord] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    calls: set[ev.CallId] = field(default_factory=set)
    """Also those that only a journal knows."""
    message_ids: set[str] = field(default_factory=set)
    recordings: set[str] = field(default_factory=set)
    """Names beneath the seat's directory of messages."""
    wake_ups: dict[str, WakeUp] = field(default_factory=dict)
    """By id, as journals and store know them together."""


def find(
    directory: Path, store: Store | None, is_customer: IsCustomer, guest_in: Collection[tuple[str, str]] = ()
) -> Found:
    """Look through journals and store. ``guest_in``: rooms, without case, in which the guest list has the
    customer, each with the name.

    Raises:
        StoreError: a file cannot be read.
    """
    found = Found()
    if store is not None:
        found.calls.update(store.calls_of(is_customer))
    book = WakeUpBook(over_kept=sys.maxsize)
    for wake_up in store.wake_ups(WakeUpQuery()) if store is not None else ():
        book.merge(wake_up)
    for entry in _entries(directory / "journal"):
        _look_at(entry.event, found, is_customer)
        book.feed(entry)
    for wake_up in book.wake_ups():
        if is_customer(wake_up.target) or (wake_up.room.casefold(), wake_up.name) in guest_in:
            found.wake_ups[wake_up.id] = wake_up
            found.calls.update(note.call for note in wake_up.history if note.call)
    for message in store.messages(MessageQuery()) if store is not None else ():
        if message.id in found.message_ids or message.call in found.calls or _is_theirs(message, is_customer):
            found.messages.append(message)
            found.message_ids.add(message.id)
            found.recordings.add(message.file)
    for call in sorted(found.calls) if store is not None else ():
        record = store.get(call) if store is not None else None
        if record is not None:
            found.records.append(record)
            found.recordings.add(record.message_file)
    found.recordings.discard("")
    return found


def erase(directory: Path, store: Store | None, found: Found, is_customer: IsCustomer) -> None:
    """Make it anonymous everywhere. Safe to repeat, and to interrupt.

    Raises:
        StoreError: a seat runs, or a file cannot be written.
    """
    journal = directory / "journal"
    try:
        with contextlib.ExitStack() as stack:
            for seat in seats_of(journal):
                stack.enter_context(locked(journal, seat))
            for file in files_of(journal):
                _rewrite(file.path, found)
            for record in found.records if store is not None else ():
                assert store is not None
                store.put(anonymous_record(record))
            for message in found.messages if store is not None else ():
                assert store is not None
                store.replace_message(anonymous_message(message))
            for wake_up in found.wake_ups.values() if store is not None else ():
                assert store is not None
                store.replace_wake_up(anonymous_wake_up(wake_up))
            # Names under which words are kept tell no guest; what is still needed is spoken anew.
            for path in (directory / "sounds" / "wake-ups").glob("speech-*.wav") if found.wake_ups else ():
                path.unlink(missing_ok=True)
            for name in found.recordings:
                (directory / "messages" / Path(name).name).unlink(missing_ok=True)
            _clear_outbox(directory / "outbox", found)
            drafts = FormDrafts(directory / "drafts")
            for key, text in drafts.all().items():
                if any(is_customer(value) for value in text.values()):
                    drafts.delete(key)
    except OSError as error:
        raise StoreError(f"cannot erase in {directory}: {error}", "check its permissions; run it once more") from error


def _look_at(event: ev.Event, found: Found, is_customer: IsCustomer) -> None:
    match event:
        case ev.CallArrived() | ev.CallRefused() if is_customer(event.caller):
            found.calls.add(event.call)
        case ev.CallDialled() | ev.AgentDialled() if is_customer(event.target):
            found.calls.add(event.call)
        case ev.PhoneLegBegun() if is_customer(event.dials):
            found.calls.add(event.call)
        case ev.PhoneCalled() | ev.PhoneReferred() if is_customer(event.target) or is_customer(event.dialled):
            found.calls.add(event.call)
        case ev.MessageTaken() if event.call in found.calls or is_customer(event.phone) or is_customer(event.email):
            found.message_ids.add(event.message)
            found.recordings.add(event.file)
        case ev.RecordingFinished() if event.call in found.calls:
            found.recordings.add(event.file)


def _is_theirs(message: Message, is_customer: IsCustomer) -> bool:
    return any(is_customer(contact) for contact in (message.phone, message.email) if contact)


def _entries(journal: Path) -> Iterator[Entry]:
    for file in files_of(journal):
        with file.path.open("rb") as stream:
            for line in stream:
                with contextlib.suppress(StoreError):
                    yield entry_of(line, file.seat)


def _rewrite(path: Path, found: Found) -> None:
    """The file with the same entries under the same numbers; its age, by which it is dropped, stays."""
    lines, changed = [], False
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            entry = entry_of(line)
        except StoreError:
            lines.append(line)
            continue
        event = anonymous_event(entry.event, found.calls, found.message_ids, found.wake_ups)
        changed |= event is not entry.event
        lines.append(line if event is entry.event else line_of(Entry(entry.seq, entry.wall, entry.boot, event)))
    if changed:
        status = path.stat()
        replace_file(path, b"".join(lines))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _clear_outbox(outbox: Path, found: Found) -> None:
    for path in sorted(outbox.glob("*.json")) if outbox.is_dir() else ():
        text = path.read_text(encoding="ascii", errors="replace")
        if any(name in text for name in found.calls | found.message_ids | found.wake_ups.keys()):
            path.unlink(missing_ok=True)
