"""``phoneetiquette calls``: list and export recorded calls, and explain one.

Reads the database of the seat, and the journal for what is not in the database yet. Changes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import get_args

from phoneetiquette.cli import moments
from phoneetiquette.cli.moments import count
from phoneetiquette.cli.places import add_actions, report
from phoneetiquette.config import inspect
from phoneetiquette.errors import ConfigurationError, StoreError
from phoneetiquette.etiquette.score_card import Policy
from phoneetiquette.records.build import RecordBuilder
from phoneetiquette.records.explain import explain
from phoneetiquette.records.export import COLUMNS, as_json, table, visible, write_csv
from phoneetiquette.records.journal_reader import JournalReader, seats_of
from phoneetiquette.records.record import CallRecord, Verdict
from phoneetiquette.records.scored import CARD_COLUMNS, USUAL_MOST, Scoring, scored_object, scoring
from phoneetiquette.records.store import Query, Store, database_url, existing_store

_DEFAULTS = {
    "action": "list",
    "directory": None,
    "config": None,
    "json": False,
    "csv": None,
    "bom": False,
    "since": None,
    "until": None,
    "verdict": None,
    "direction": None,
    "limit": None,
    "picture": None,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(
        parser,
        _add_listing,
        ("list", "list calls, newest first (so does `calls` alone)", _add_listing),
        ("show", "explain one call", _add_showing),
        ("export", "all that is kept about a customer, as JSON", _add_customer),
        ("erase", "make all that is kept about a customer anonymous; the seat must not run", _add_customer),
    )
    told = [(column.name, column.what) for column in COLUMNS] + [(column.name, column.what) for column in CARD_COLUMNS]
    columns = "\n".join(f"  {name:24}{what}" for name, what in told)
    actions.choices["list"].formatter_class = argparse.RawDescriptionHelpFormatter
    actions.choices["list"].epilog = f"columns of the CSV:\n{columns}"


def _add_listing(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print whole records as JSON")
    form.add_argument("--csv", metavar="FILE", help="write a spreadsheet; - is standard output")
    parser.add_argument("--bom", action="store_true", help="mark the CSV as UTF-8, for spreadsheets that need it")
    parser.add_argument(
        "--from", dest="since", type=_since, metavar="DAY", help="first day, or moment: 2026-03-02T08:00"
    )
    parser.add_argument("--to", dest="until", type=_until, metavar="DAY", help="last day, or moment before which")
    parser.add_argument("--verdict", choices=get_args(Verdict), help="only calls with this verdict")
    parser.add_argument("--direction", choices=("in", "out"), help="only incoming, or only outgoing calls")
    parser.add_argument("--limit", type=count("calls"), metavar="N", help="the newest N calls")


def _add_showing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the call; the beginning of its id is enough")
    parser.add_argument("--json", action="store_true", help="print the whole record as JSON")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="also draw the call as .svg or .png")


def _add_customer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--number", required=True, metavar="NUMBER", help="number or e-mail address, in any notation")


def run(args: argparse.Namespace) -> int:
    """0: printed; 1: there is no such call; 2: bad input."""
    if getattr(args, "action", None) in ("export", "erase"):
        from phoneetiquette.cli.customer import run as run_for_customer

        return run_for_customer(args)
    given = {name: value for name, value in vars(args).items() if value is not None}
    args = argparse.Namespace(**_DEFAULTS | given)
    place = _place(args)
    try:
        return _show(args, place) if args.action == "show" else _list(args, place)
    finally:
        place.close()


def _list(args: argparse.Namespace, place: Place) -> int:
    query = Query(since=args.since, until=args.until, direction=args.direction, verdict=args.verdict, limit=args.limit)
    records = place.query(query)
    if args.json:
        print(as_json(records, scoring=place.scoring))
    elif args.csv == "-":
        write_csv(records, sys.stdout, bom=args.bom, scoring=place.scoring)
    elif args.csv:
        with Path(args.csv).open("w", encoding="utf-8", newline="") as out:
            write_csv(records, out, bom=args.bom, scoring=place.scoring)
    elif records:
        sys.stdout.write(table(records))
    else:
        wanted = " that fit" if query != Query(limit=query.limit) else ""
        print(f"no calls{wanted} in {place.directory}")
    return 0


def _show(args: argparse.Namespace, place: Place) -> int:
    found = place.find(args.id)
    if not found:
        print(f"no call begins with {args.id!r} (phoneetiquette calls lists them)", file=sys.stderr)
        return 1
    if len(found) > 1:
        some = ", ".join(visible(record.call) for record in found[:5])
        print(f"several calls begin with {args.id!r}: {some} (give more of the id)", file=sys.stderr)
        return 2
    (record,) = found
    if args.picture is not None:
        from phoneetiquette.reports.timeline import save

        save(record, args.picture)
    card = place.scoring(record)
    if args.json:
        print(json.dumps(scored_object(record, card), indent=1))
    else:
        sys.stdout.write(explain(record, card=card))
    return 0


@dataclass(slots=True)
class Place:
    """The records of a place on disk: the database, and what only the journal has. Judged by ``policy``."""

    directory: Path
    store: Store | None
    fresh: dict[str, CallRecord]
    policy: Policy

    @property
    def scoring(self) -> Scoring:
        """How the calls of this place are judged."""
        return scoring(self.policy, self._earlier)

    def _earlier(self, record: CallRecord) -> list[CallRecord]:
        """Calls of the same seat before this one, newest first, twice as many as make a usual way of speaking."""
        before = self.query(Query(until=record.arrived, limit=2 * USUAL_MOST))
        return [one for one in before if one.seat == record.seat]

    def query(self, query: Query) -> list[CallRecord]:
        """Matching records, newest first."""
        found = {record.call: record for record in (self.store.query(query) if self.store else ())}
        found |= {record.call: record for record in self.fresh.values() if query.matches(record)}
        newest = sorted(found.values(), key=lambda record: (record.arrived, record.call), reverse=True)
        return newest[: query.limit]

    def find(self, prefix: str) -> list[CallRecord]:
        """Records whose call id begins with ``prefix``; the one alone whose id it is."""
        found = {record.call: record for record in (self.store.find(prefix) if self.store else ())}
        found |= {call: record for call, record in self.fresh.items() if call.startswith(prefix)}
        return [found[prefix]] if prefix in found else list(found.values())

    def close(self) -> None:
        if self.store is not None:
            self.store.close()


def _place(args: argparse.Namespace) -> Place:
    policy = Policy()
    if args.directory is not None:
        directory, database = args.directory, database_url(args.directory)
        if not directory.is_dir():
            raise ConfigurationError(f"{directory}: no such directory", "name the directory that holds journal/")
    else:
        inspection = inspect(args.config, starting=False)
        if inspection.failed:
            raise ConfigurationError("\n".join(map(str, inspection.problems)))
        directory, database = inspection.config.directory, inspection.config.store
        policy = inspection.config.score_card.policy
    try:
        store = existing_store(database)
        return Place(directory, store, _not_stored(directory / "journal", store), policy)
    except StoreError as error:
        print(f"{error}; reading the journal instead", file=sys.stderr)
        return Place(directory, None, _not_stored(directory / "journal", None), policy)


def _not_stored(journal: Path, store: Store | None) -> dict[str, CallRecord]:
    """Records that the journal has and the store has not, those of calls going on among them."""
    fresh: dict[str, CallRecord] = {}
    for seat in seats_of(journal):
        builder = RecordBuilder()
        reader = JournalReader(journal, seat, store.checkpoint(seat) if store else 0, report)
        for entry in reader.entries():
            builder.feed(entry)
        fresh |= _by_call(builder.completed())
        fresh |= _by_call(builder.open_calls())
    return fresh


def _by_call(records: Iterable[CallRecord]) -> dict[str, CallRecord]:
    return {record.call: record for record in records}


def _since(text: str) -> datetime:
    return _moment(text)[0]


def _until(text: str) -> datetime:
    """The end of the day, where a day is given."""
    moment, whole_day = _moment(text)
    return datetime.combine(moment.date() + timedelta(days=1), time()).astimezone() if whole_day else moment


def _moment(text: str) -> tuple[datetime, bool]:
    """A moment, in the machine's time zone unless it names one; and whether it is a whole day."""
    moment = moments.moment(text)
    return (moment if moment.tzinfo else moment.astimezone()), len(text) <= len("2026-03-02")
