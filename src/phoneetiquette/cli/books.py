"""Everything that database and journals know of messages, or of wake-up calls."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from phoneetiquette.cli.places import report
from phoneetiquette.errors import StoreError
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.journal_reader import JournalReader, seats_of
from phoneetiquette.records.store import Store, existing_store

Kept = TypeVar("Kept", contravariant=True)


class Book(Protocol[Kept]):
    def merge(self, kept: Kept, /) -> object: ...

    def feed(self, entry: Entry, /) -> object: ...


def read_into(book: Book[Kept], directory: Path, database: str, stored: Callable[[Store], Iterable[Kept]]) -> None:
    """What the ``database`` has, by ``stored``, and what the journals in ``directory`` tell since; all that they tell,
    where the database cannot be read, which is said."""
    read_after: dict[str, int] = {}
    try:
        store = existing_store(database)
        if store is not None:
            for kept in stored(store):
                book.merge(kept)
            read_after = {seat: store.checkpoint(seat) for seat in seats_of(directory / "journal")}
            store.close()
    except StoreError as error:
        print(f"{error}; reading the journal instead", file=sys.stderr)
    for seat in seats_of(directory / "journal"):
        for entry in JournalReader(directory / "journal", seat, read_after.get(seat, 0), report).entries():
            book.feed(entry)
