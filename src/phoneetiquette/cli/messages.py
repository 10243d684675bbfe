"""``phoneetiquette messages``: what customers want answered.

``list``, ``show``, ``export`` and ``undelivered`` read the seat's files; what changes a message goes to the running
seat, whose journal keeps it.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

from phoneetiquette.cli.books import read_into
from phoneetiquette.cli.places import add_actions, located
from phoneetiquette.cli.seat import NoSeatError, RefusedError, find
from phoneetiquette.followups.book import Book, Wanted
from phoneetiquette.followups.export import COLUMNS, calendar, write_csv
from phoneetiquette.followups.message import Message, message_object
from phoneetiquette.notify.outbox import read_outbox
from phoneetiquette.records.export import visible
from phoneetiquette.records.store import MessageQuery

EVERY = 10**9


@dataclass(frozen=True, slots=True)
class _Change:
    """Something that is done with a message, by the seat that runs."""

    help: str
    options: Callable[[argparse.ArgumentParser], object]
    body: Callable[[argparse.Namespace], dict[str, object]]


def _nobody(_parser: argparse.ArgumentParser) -> None:
    """No option of its own."""


def _text(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", default="", help="what was said")


def _answer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--how", choices=("mail", "confirmed"), default="confirmed")
    _text(parser)


CHANGES = {
    "claim": _Change("somebody takes care of it", _nobody, lambda args: {"who": args.who}),
    "answer": _Change(
        "the customer has the answer",
        _answer,
        lambda args: {"who": args.who, "how": args.how, "text": args.text},
    ),
    "close": _Change(
        "it needs no answer",
        lambda parser: parser.add_argument("--reason", required=True),
        lambda args: {"who": args.who, "reason": args.reason},
    ),
    "delay": _Change(
        "the customer was told that it takes longer", _text, lambda args: {"who": args.who, "text": args.text}
    ),
    "call": _Change("dial the customer back; once connected, the message is answered", _nobody, lambda _: {}),
    "deliver": _Change("try to deliver again what could not be delivered", _nobody, lambda _: {}),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(
        parser,
        _add_listing,
        ("list", "messages by when they are due (so does `messages` alone)", _add_listing),
        ("show", "one message with its history", _add_one),
        ("export", "write a spreadsheet or a calendar", _add_export),
        ("undelivered", "what could not be delivered yet, and why", _add_json),
    )
    for name, change in CHANGES.items():
        action = actions.add_parser(name, help=change.help, description=change.help)
        action.add_argument("id", metavar="ID", help="the message; the beginning of its id is enough")
        if name not in ("call", "deliver"):
            action.add_argument("--who", default=getpass.getuser(), help="default: you, as the machine knows you")
        change.options(action)
        action.add_argument("--seat", metavar="NAME", help="which seat, where several run on this machine")
    actions.choices["export"].formatter_class = argparse.RawDescriptionHelpFormatter
    columns = "\n".join(f"  {column.name:12}{column.what}" for column in COLUMNS)
    actions.choices["export"].epilog = f"columns of the CSV:\n{columns}"


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_listing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=get_args(Wanted), help="which ones (default: open)")
    _add_json(parser)


def _add_one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the message; the beginning of its id is enough")
    _add_json(parser)


def _add_export(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--csv", metavar="FILE", help="a spreadsheet; - is standard output")
    form.add_argument("--ics", metavar="FILE", help="tasks for a calendar; - is standard output")
    parser.add_argument("--state", choices=get_args(Wanted), help="which ones (default: all)")
    parser.add_argument("--bom", action="store_true", help="mark the CSV as UTF-8, for spreadsheets that need it")


def run(args: argparse.Namespace) -> int:
    """0: done; 1: there is no such message, or the seat refuses; 2: bad input."""
    action = getattr(args, "action", None) or "list"
    if action in CHANGES:
        return _change(args, action)
    directory, database = located(args)
    if action == "undelivered":
        return _undelivered(directory, as_json=getattr(args, "json", False))
    book = _book(directory, database)
    now = datetime.now(UTC)
    state = getattr(args, "state", None)
    if action == "show":
        return _show(book, args.id, now, as_json=getattr(args, "json", False))
    if action == "export":
        return _export(book.messages(state or "all", now), args, now)
    return _list(book.messages(state or "open", now), now, state or "open", as_json=getattr(args, "json", False))


def _change(args: argparse.Namespace, action: str) -> int:
    try:
        seat = find(args.seat)
        known = seat.get("/api/messages?state=all&limit=1000")["messages"]
        found = [one["message"] for one in known if one["message"].startswith(args.id)]
        if len(found) != 1:
            return _not_one(args.id, found)
        answer = seat.post(f"/api/messages/{found[0]}/{action}", CHANGES[action].body(args))
    except (NoSeatError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(answer) if action in ("call", "deliver") else f"{found[0][:8]} is {answer['state']}")
    return 0


def _not_one(prefix: str, found: Sequence[str]) -> int:
    if found:
        print(f"several messages begin with {prefix!r}: {', '.join(found[:5])} (give more of the id)", file=sys.stderr)
        return 2
    print(f"no message begins with {prefix!r} (phoneetiquette messages lists them)", file=sys.stderr)
    return 1


def _book(directory: Path, database: str) -> Book:
    """Every message that database and journals know."""
    book = Book(settled_kept=EVERY)
    read_into(book, directory, database, lambda store: store.messages(MessageQuery()))
    return book


def _list(messages: list[Message], now: datetime, state: str, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps([message_object(one, now) for one in messages], indent=1))
        return 0
    for one in messages:
        who = " ".join(filter(None, (one.name, one.phone or one.email))) or "a caller"
        matter = visible(" ".join(one.matter.split()))[:60]
        matter = matter or (f"a recording of {one.duration_s:.0f} s" if one.file else "made anonymous")
        due = one.due.astimezone().strftime("%a %d %b %H:%M")
        print(f"{one.id[:8]}  {due}  {_standing(one, now):24}  {visible(who)[:50]}: {matter}")
    if not messages:
        print("no messages" if state == "all" else f"no messages that are {state}")
    return 0


def _standing(message: Message, now: datetime) -> str:
    """How it stands, with what is left of the time."""
    if not message.is_open:
        return message.state + ("" if message.in_time else ", late")
    left = message.due - now
    hours = abs(left) // timedelta(hours=1)
    clock = f"{hours} h overdue" if left < timedelta() else f"{hours} h left"
    notice = ", tell the customer" if message.wants_delay_notice(now) else ""
    return f"{message.state}, {clock}{notice}"


def _show(book: Book, prefix: str, now: datetime, *, as_json: bool) -> int:
    found = [one for one in book.messages("all", now) if one.id.startswith(prefix)]
    if len(found) != 1:
        return _not_one(prefix, [one.id for one in found])
    (message,) = found
    if as_json:
        print(json.dumps(message_object(message, now), indent=1))
        return 0
    facts = [
        ("message", message.id),
        ("state", _standing(message, now)),
        ("taken", f"{message.taken.astimezone():%a %d %b %Y %H:%M} at seat {message.seat}"),
        ("answer by", f"{message.due.astimezone():%a %d %b %Y %H:%M}"),
        ("call", message.call),
        ("customer", message.name),
        ("telephone", message.phone + (" (read back)" if message.phone and message.read_back else "")),
        ("e-mail", message.email),
        ("language", message.language),
        ("service", message.service),
        ("topic", message.topic),
        ("recording", message.file),
    ]
    for name, value in facts:
        if value:
            print(f"{name + ':':12}{visible(value)}")
    for line in message.matter.splitlines():
        print(f"  {visible(line)}")
    for note in message.history:
        said = " ".join(filter(None, (note.who and f"by {note.who}", note.text and f"({note.text})")))
        print(f"{note.at.astimezone():%a %d %b %H:%M}  {note.what.replace('_', ' ')} {visible(said)}".rstrip())
    return 0


def _export(messages: list[Message], args: argparse.Namespace, now: datetime) -> int:
    name = getattr(args, "csv", None) or args.ics
    bom = getattr(args, "bom", False)
    if hasattr(args, "ics"):
        text = calendar(messages, now)
        if name == "-":
            sys.stdout.write(text)
        else:
            Path(name).write_bytes(text.encode())
    elif name == "-":
        write_csv(messages, sys.stdout, bom=bom)
    else:
        with Path(name).open("w", encoding="utf-8", newline="") as out:
            write_csv(messages, out, bom=bom)
    return 0


def _undelivered(directory: Path, *, as_json: bool) -> int:
    """0: all is delivered; 1: something waits."""
    waiting = read_outbox(directory / "outbox")
    if as_json:
        told = [
            {
                "id": one.parcel.id,
                "channel": one.parcel.channel,
                "message": one.parcel.message or None,
                "purpose": one.parcel.purpose,
                "to": one.parcel.to,
                "since": datetime.fromtimestamp(one.since, UTC).isoformat(timespec="seconds"),
                "attempts": one.attempts,
                "next": None if one.dead else datetime.fromtimestamp(one.next_at, UTC).isoformat(timespec="seconds"),
                "error": one.error,
            }
            for one in waiting
        ]
        print(json.dumps(told, indent=1))
    for one in () if as_json else waiting:
        to = one.parcel.to or one.parcel.channel
        how = "given up" if one.dead else f"next attempt {datetime.fromtimestamp(one.next_at).astimezone():%d %b %H:%M}"
        about = one.parcel.message[:8] or one.parcel.id
        print(f"{about}  {one.parcel.purpose} to {visible(to)}: {one.attempts} attempts, {how}: {visible(one.error)}")
    if not waiting and not as_json:
        print("everything is delivered")
    return 1 if waiting else 0
