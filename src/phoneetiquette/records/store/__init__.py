"""Where records are kept for reports: the contract that every store honours, and how one is opened.

The journal is the truth; a store can always be filled from it again. SQLAlchemy is imported only when a database is
opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from phoneetiquette.errors import StoreError
from phoneetiquette.events import CallId, Direction
from phoneetiquette.followups.message import Message, Note
from phoneetiquette.records.record import CallRecord, Verdict
from phoneetiquette.wakeups.wake_up import Note as WakeUpNote
from phoneetiquette.wakeups.wake_up import WakeUp

if TYPE_CHECKING:  # a seat fills a store and never reports: it does without the megabytes
    from phoneetiquette.figures.counting import Tally, Where
    from phoneetiquette.figures.facts import CallFacts
    from phoneetiquette.figures.report import FollowUps, Part


CLAIM_HOLDS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which records, newest first. ``None`` does not restrict. ``since`` is included, ``until`` is not."""

    since: datetime | None = None
    until: datetime | None = None
    seat: str | None = None
    direction: Direction | None = None
    verdict: Verdict | None = None
    limit: int | None = None

    def matches(self, record: CallRecord) -> bool:
        """Whether the record fulfils every condition (the limit aside)."""
        verdict = record.pickup.verdict if record.pickup else None
        return (
            (self.since is None or record.arrived >= self.since)
            and (self.until is None or record.arrived < self.until)
            and self.seat in (None, record.seat)
            and self.direction in (None, record.direction)
            and self.verdict in (None, verdict)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageQuery:
    """Which messages: those still owed by when they are due, others the newest first. ``None`` does not restrict."""

    is_open: bool | None = None
    """Neither answered nor closed."""
    due_before: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    """When they were taken; ``since`` is included, ``until`` is not."""
    settled_since: datetime | None = None
    """Answered or closed at this moment or later."""
    limit: int | None = None

    def matches(self, message: Message) -> bool:
        """Whether the message fulfils every condition (the limit aside)."""
        return (
            self.is_open in (None, message.is_open)
            and (self.due_before is None or message.due < self.due_before)
            and (self.since is None or message.taken >= self.since)
            and (self.until is None or message.taken < self.until)
            and (self.settled_since is None or (message.settled is not None and message.settled >= self.settled_since))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUpQuery:
    """Which wake-up calls, by when they are due. ``None`` does not restrict; ``since`` is included, ``until`` not."""

    is_open: bool | None = None
    """The machine or the desk still has to do something about it."""
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None

    def matches(self, wake_up: WakeUp) -> bool:
        """Whether the wake-up call fulfils every condition (the limit aside)."""
        return (
            self.is_open in (None, wake_up.is_open)
            and (self.since is None or wake_up.due >= self.since)
            and (self.until is None or wake_up.due < self.until)
        )


class Store(Protocol):
    """Records by call, messages, wake-up calls, how far each seat's journal has been stored. Every method may raise
    ``StoreError``."""

    def put(self, record: CallRecord) -> None:
        """Keep the record; an earlier one of the same call is replaced."""

    def get(self, call: CallId) -> CallRecord | None: ...

    def find(self, prefix: str, limit: int = 10) -> list[CallRecord]:
        """Records whose call id begins with ``prefix``."""

    def query(self, query: Query) -> list[CallRecord]:
        """Matching records, newest first."""

    def put_message(self, message: Message) -> None:
        """Keep a message without its history; one that is known already stays as it is."""

    def add_note(self, message: str, note: Note) -> None:
        """Add to the history of a message, also of one that is not known yet; twice is as good as once."""

    def find_messages(self, prefix: str, limit: int = 10) -> list[Message]:
        """Messages whose id begins with ``prefix``, with their histories."""

    def replace_message(self, message: Message) -> None:
        """Keep this in place of what is known of the message, its history too."""

    def calls_of(self, is_party: Callable[[str], bool]) -> list[CallId]:
        """Ended calls with the customers whose number, as it was told, fits."""

    def messages(self, query: MessageQuery) -> list[Message]:
        """Matching messages with their histories."""

    def put_wake_up(self, wake_up: WakeUp) -> None:
        """Keep a wake-up call; what is known of its history stays."""

    def replace_wake_up(self, wake_up: WakeUp) -> None:
        """Keep this in place of what is known of the wake-up call, its history too."""

    def add_wake_up_note(self, wake_up: str, note: WakeUpNote) -> bool:
        """Add to the history of a wake-up call, twice is as good as once; False: it is not known."""

    def wake_ups(self, query: WakeUpQuery) -> list[WakeUp]:
        """Matching wake-up calls with their histories."""

    def claim(self, duty: str, seat: str, now: datetime) -> bool:
        """Whether ``seat`` is the one to do what any seat may do: the first that asks, until :data:`CLAIM_HOLDS` is
        over, for who claims may die before it is done."""

    def tallies(
        self, first: date, last: date, part: Part | None = None, value: str | None = None, *, by_day: bool = False
    ) -> list[tuple[date, str, Tally]]:
        """The sums of the days from ``first`` to ``last``, both included: of all calls, or of each ``part``, or of the
        part with this ``value``. Those of a whole month may come as one, under its first day, unless ``by_day``."""

    def facts(
        self,
        where: Where,
        first: date,
        last: date,
        part: Part | None = None,
        value: str | None = None,
        limit: int = 200,
    ) -> list[CallFacts]:
        """The calls that such a sum was made of and that fulfil the conditions, newest first."""

    def followups(
        self, since: datetime, until: datetime, now: datetime, part: Part | None = None, value: str | None = None
    ) -> FollowUps:
        """What became of the messages taken from ``since`` until before ``until``."""

    def forget(self, before: datetime) -> int:
        """Drop calls that arrived, messages that were settled, and wake-up calls that were due and are over, before a
        moment; the sums stay. How many calls."""

    def count_earlier(self, limit: int) -> int:
        """Count up to ``limit`` calls that were stored before there were sums; how many."""

    def checkpoint(self, seat: str) -> int:
        """Last journal entry of the seat that is contained in stored records; 0 if none."""

    def set_checkpoint(self, seat: str, seq: int) -> None: ...

    def close(self) -> None: ...


def database_url(directory: Path) -> str:
    """The embedded default: ``records.sqlite`` in the seat's directory."""
    return f"sqlite:///{directory / 'records.sqlite'}"


def sqlite_file(url: str) -> Path | None:
    """The file that an address names; ``None``: it names a database of another kind."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def whereabouts(url: str) -> str:
    """The database as it may be printed: a path, or an address without its password."""
    file = sqlite_file(url)
    if file is not None:
        return str(file)
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}@{host}" if user else host).geturl()


def existing_store(url: str) -> Store | None:
    """The store in a database, for reading; ``None`` where there is none yet, or not of this version.

    Raises:
        StoreError: it cannot be reached or read.
    """
    file = sqlite_file(url)
    if file is not None and not file.is_file():
        return None
    from phoneetiquette.records.store.schema import HEAD
    from phoneetiquette.records.store.sql import SqlStore

    store = SqlStore.connect(url)
    try:
        current = store.revision() == HEAD
    except StoreError:
        store.close()
        raise
    if not current:
        store.close()
        return None
    return store


def open_store(url: str, zone: tzinfo | None = None) -> Store:
    """Open the database, creating or upgrading its tables where needed (that runs in a process of its own).

    ``zone`` is the site's: in it a call counts to its day (``None``: the machine's).

    Raises:
        StoreError: it cannot be reached, is not ours, or was written by a newer version.
    """
    from phoneetiquette.records.store.sql import SqlStore

    return SqlStore.open(url, zone)
