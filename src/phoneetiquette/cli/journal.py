"""``phoneetiquette journal``: look into the journal, which is the truth that everything else is made of."""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from phoneetiquette.cli.moments import count
from phoneetiquette.cli.places import add_actions, located, report
from phoneetiquette.errors import StoreError
from phoneetiquette.records.entry import Entry, utc_text
from phoneetiquette.records.export import visible
from phoneetiquette.records.journal_check import JournalCheck, check_journal
from phoneetiquette.records.journal_reader import JournalReader, seats_of
from phoneetiquette.records.store import Store, existing_store
from phoneetiquette.wire import as_object

SHOWN = 10
"""Calls and gaps that are named one by one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_actions(
        parser,
        _add_seat,
        ("verify", "damaged lines, gaps, calls that are not in the store (so does `journal` alone)", _add_seat),
        ("show", "entries, oldest first", _add_showing),
        ("count", "how many events of each kind", _add_seat),
    )


def _add_seat(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seat", metavar="NAME", help="only this seat's")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_showing(parser: argparse.ArgumentParser) -> None:
    _add_seat(parser)
    parser.add_argument("--call", metavar="ID", help="only of this call; the beginning of its id is enough")
    parser.add_argument("--kind", metavar="EVENT", help="only events of this kind, such as CallArrived")
    parser.add_argument("--after", type=int, metavar="SEQ", help="only entries behind this number")
    parser.add_argument("--last", type=count("entries"), metavar="N", help="only the last N of these")


def run(args: argparse.Namespace) -> int:
    """0: fine; 1: something is damaged or missing, or there is no journal; 2: bad input."""
    action = getattr(args, "action", None) or "verify"
    as_json = getattr(args, "json", False)
    place, url = located(args)
    directory = place / "journal"
    wanted = getattr(args, "seat", None)
    seats = [seat for seat in seats_of(directory) if wanted in (None, seat)]
    if not seats:
        print(f"there is no journal{f' of seat {wanted}' if wanted else ''} in {directory}", file=sys.stderr)
        return 1
    if action == "show":
        _show(_entries(args, directory, seats), as_json=as_json)
        return 0
    store = _store(url) if action == "verify" else None
    try:
        checked = [check_journal(directory, seat, store) for seat in seats]
    finally:
        if store is not None:
            store.close()
    if as_json:
        print(json.dumps([_object(one) for one in checked], indent=1))
    else:
        for one in checked:
            print("\n".join(_counts(one) if action == "count" else _verdict(one)))
    return 0 if action == "count" or all(one.sound for one in checked) else 1


def _store(url: str) -> Store | None:
    try:
        return existing_store(url)
    except StoreError as error:
        print(f"{error}; the journal alone is looked at", file=sys.stderr)
        return None


# ------------------------------------------------------------------------------------------------ verify, count


def _verdict(one: JournalCheck) -> Iterator[str]:
    yield f"seat {one.seat}: {one.entries} entries in {one.files} files, {one.size / 1e6:.1f} MB"
    if one.first and one.last:
        yield f"  entries {one.first_seq} to {one.last_seq}, {utc_text(one.first)} to {utc_text(one.last)}"
    yield f"  machine started anew {one.starts} times; {one.calls} calls are over, {len(one.going_on)} go on"
    for problem in one.problems:
        yield f"  damaged: {problem}"
    for gap in one.gaps[:SHOWN]:
        yield f"  MISSING: {gap.missing} entries between {gap.after} and {gap.before}"
    if len(one.gaps) > SHOWN:
        yield f"  and {len(one.gaps) - SHOWN} more gaps"
    if one.torn:
        yield f"  {one.torn} bytes of an unfinished entry at the end: it is being written, or a crash has left it"
        yield "    (the seat sets it aside when it starts; so does: phoneetiquette doctor --fix)"
    if one.checkpoint is None:
        yield "  no store to compare it with"
    elif one.not_stored:
        named = ", ".join(call[:8] for call in one.not_stored[:SHOWN])
        more = f" and {len(one.not_stored) - SHOWN} more" if len(one.not_stored) > SHOWN else ""
        yield f"  not in the store yet: {named}{more} (a running seat stores them by itself)"
    else:
        yield f"  the store has every call that is over (up to entry {one.checkpoint})"
    yield "  the journal is sound" if one.sound else "  the journal is DAMAGED; what can be read of it is used"


def _counts(one: JournalCheck) -> Iterator[str]:
    yield f"seat {one.seat}: {one.entries} entries"
    for kind, times in sorted(one.events.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {times:>9}  {kind}"


def _object(one: JournalCheck) -> dict[str, Any]:
    return {
        "seat": one.seat,
        "files": one.files,
        "bytes": one.size,
        "entries": one.entries,
        "first_seq": one.first_seq,
        "last_seq": one.last_seq,
        "first": utc_text(one.first) if one.first else None,
        "last": utc_text(one.last) if one.last else None,
        "machine_starts": one.starts,
        "events": dict(one.events),
        "gaps": [{"after": gap.after, "before": gap.before, "missing": gap.missing} for gap in one.gaps],
        "problems": [problem.as_json() for problem in one.problems],
        "torn_bytes": one.torn,
        "calls": one.calls,
        "calls_going_on": one.going_on,
        "checkpoint": one.checkpoint,
        "not_stored": one.not_stored if one.checkpoint is not None else None,
        "sound": one.sound,
    }


# ------------------------------------------------------------------------------------------------ show


def _entries(args: argparse.Namespace, directory: Path, seats: list[str]) -> Iterable[Entry]:
    call, kind = getattr(args, "call", None), getattr(args, "kind", None)
    found = (
        entry
        for seat in seats
        for entry in JournalReader(directory, seat, getattr(args, "after", 0), report).entries()
        if (call is None or (getattr(entry.event, "call", None) or "").startswith(call))
        and (kind is None or type(entry.event).__name__.casefold() == kind.casefold())
    )
    last = getattr(args, "last", None)
    return found if last is None else deque(found, maxlen=last)


def _show(entries: Iterable[Entry], *, as_json: bool) -> None:
    for entry in entries:
        told = as_object(entry.event)
        if as_json:
            line = {"seat": entry.seat, "seq": entry.seq, "wall": utc_text(entry.wall), "event": told}
            print(json.dumps(line))
            continue
        kind = type(entry.event).__name__
        facts = [f"{name}={_value(value)}" for name, value in told.items() if name not in ("type", "at_ns")]
        print(f"{entry.seat} {entry.seq} {utc_text(entry.wall)} {kind} {' '.join(facts)}".rstrip())


def _value(value: Any) -> str:
    return visible(value if isinstance(value, str) and value.isalnum() else json.dumps(value, ensure_ascii=False))
