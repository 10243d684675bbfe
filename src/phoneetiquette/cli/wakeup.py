"""``phoneetiquette wakeup``: guests who want to be woken.

``list`` and ``export`` read the seat's files; ``add``, ``cancel`` and ``settle`` go to the running seat, whose journal
keeps them.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from phoneetiquette.cli.books import read_into
from phoneetiquette.cli.moments import count
from phoneetiquette.cli.places import add_actions, located
from phoneetiquette.cli.seat import NoSeatError, RefusedError, Seat, find
from phoneetiquette.records.export import visible
from phoneetiquette.records.store import WakeUpQuery
from phoneetiquette.wakeups.book import WakeUpBook
from phoneetiquette.wakeups.export import COLUMNS, write_csv
from phoneetiquette.wakeups.wake_up import WakeUp, wake_up_object

EVERY = 10**9
DAYS = 36_500
"""So far back wake-up calls are asked for at most."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(
        parser,
        _add_listing,
        ("list", "who is to be woken (so does `wakeup` alone)", _add_listing),
        ("export", "write a spreadsheet", _add_export),
    )
    add = actions.add_parser("add", help="wake a guest", description="Wake a guest. What is understood is read back.")
    add.add_argument("room", metavar="ROOM")
    add.add_argument("clock", metavar="TIME", help="what the hotel's clocks show then: 6:30")
    add.add_argument("--day", default="", metavar="DATE", help="2026-11-28 (default: the next time they show it)")
    add.add_argument("--name", default="", help="the guest (default: as the guest list has it)")
    add.add_argument(
        "--language", default="", help="what the guest is spoken to in (default: as the guest list has it)"
    )
    add.add_argument(
        "--which", choices=("first", "second"), default="", help="where the clocks are put back and show it twice"
    )
    add.add_argument("--yes", action="store_true", help="do not ask whether it is right")
    cancel = actions.add_parser("cancel", help="it is not wanted any more", description="It is not wanted any more.")
    settle = actions.add_parser(
        "settle", help="somebody has seen to it", description="Somebody has seen to it that the guest is awake."
    )
    settle.add_argument("--text", default="", help="how")
    for action in (cancel, settle):
        action.add_argument("id", metavar="ID", help="the wake-up call; the beginning of its id is enough")
    for action in (add, cancel, settle):
        action.add_argument("--who", default=getpass.getuser(), help="default: you, as the machine knows you")
        action.add_argument("--seat", metavar="NAME", help="which seat, where several run on this machine")
    actions.choices["export"].formatter_class = argparse.RawDescriptionHelpFormatter
    columns = "\n".join(f"  {column.name:12}{column.what}" for column in COLUMNS)
    actions.choices["export"].epilog = f"columns of the CSV:\n{columns}"


def _add_listing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="those that are over, too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--csv", metavar="FILE", required=True, help="- is standard output")
    parser.add_argument(
        "--days",
        type=count("days", least=0, most=DAYS),
        metavar="N",
        help="those due in the last N days, and all to come",
    )
    parser.add_argument("--bom", action="store_true", help="mark the CSV as UTF-8, for spreadsheets that need it")


def run(args: argparse.Namespace) -> int:
    """0: done; 1: there is no such one, or the seat refuses; 2: bad input."""
    action = getattr(args, "action", None) or "list"
    try:
        if action == "add":
            return _add(find(args.seat), args)
        if action in ("cancel", "settle"):
            return _change(find(args.seat), args, action)
    except (NoSeatError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    wake_ups = _book(*located(args)).wake_ups()
    if action == "export":
        return _export(wake_ups, args)
    return _list(wake_ups, every=getattr(args, "all", False), as_json=getattr(args, "json", False))


def _add(seat: Seat, args: argparse.Namespace) -> int:
    form: dict[str, object] = {
        name: getattr(args, name) for name in ("room", "clock", "day", "name", "language", "which")
    }
    told = seat.post("/api/wake_ups/read_back", form)
    moments = [datetime.fromisoformat(one) for one in told["moments"]]
    for moment in moments:
        print(_read_back(told, moment))
    if len(moments) > 1 and not args.which:
        print("The clocks are put back and show it twice: say --which first or --which second.", file=sys.stderr)
        return 2
    if not args.yes and not _agreed():
        print("nothing was set")
        return 1
    read_back = {"day": f"{moments[0]:%Y-%m-%d}", "name": told["name"], "language": told["language"]}
    answer = seat.post("/api/wake_ups", form | read_back | {"who": args.who})
    print(f"{answer['wake_up'][:8]} is set")
    return 0


def _agreed() -> bool:
    print("Is that right? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _read_back(told: dict[str, Any], moment: datetime) -> str:
    who = ", ".join(filter(None, (f"room {told['room']}", visible(told["name"]))))
    asked = f"{moment:%A %d %B %Y, %H:%M} (UTC{moment:%z})"
    spoken = f", in {told['language']}" if told["language"] else ""
    unknown = "" if told["known"] else "; the guest list knows nobody there"
    others = f"; {told['at_that_time']} more at that time" if told["at_that_time"] else ""
    return f"{who}: {asked}{spoken}{unknown}{others}"


def _change(seat: Seat, args: argparse.Namespace, action: str) -> int:
    known = seat.get("/api/wake_ups?state=all&limit=1000")["wake_ups"]
    found = [one["wake_up"] for one in known if one["wake_up"].startswith(args.id)]
    if len(found) != 1:
        return _not_one(args.id, found)
    body: dict[str, object] = {"who": args.who} | ({"text": args.text} if action == "settle" else {})
    answer = seat.post(f"/api/wake_ups/{found[0]}/{action}", body)
    print(f"{found[0][:8]} is {answer['state']}")
    return 0


def _not_one(prefix: str, found: Sequence[str]) -> int:
    if found:
        names = ", ".join(found[:5])
        print(f"several wake-up calls begin with {prefix!r}: {names} (give more of the id)", file=sys.stderr)
        return 2
    print(f"no wake-up call begins with {prefix!r} (phoneetiquette wakeup list shows them)", file=sys.stderr)
    return 1


def _book(directory: Path, database: str) -> WakeUpBook:
    """Every wake-up call that database and journals know."""
    book = WakeUpBook(over_kept=EVERY)
    read_into(book, directory, database, lambda store: store.wake_ups(WakeUpQuery()))
    return book


def _list(wake_ups: list[WakeUp], *, every: bool, as_json: bool) -> int:
    shown = [one for one in wake_ups if every or one.is_open]
    if as_json:
        print(json.dumps([wake_up_object(one) for one in shown], indent=1))
        return 0
    for one in shown:
        who = " ".join(filter(None, (f"room {one.room}", visible(one.name)[:40])))
        print(f"{one.id[:8]}  {one.due:%a %d %b %H:%M}  {_standing(one):32}  {who}")
    if not shown:
        print("no wake-up calls" if every else "no wake-up calls to come")
    return 0


def _standing(wake_up: WakeUp) -> str:
    tried = (
        f", called {wake_up.attempts} times" if wake_up.attempts > 1 else ", called once" if wake_up.attempts else ""
    )
    last = f" ({wake_up.last_result.replace('_', ' ')})" if wake_up.last_result and wake_up.is_open else ""
    return f"{wake_up.state}{tried}{last}"


def _export(wake_ups: list[WakeUp], args: argparse.Namespace) -> int:
    days = getattr(args, "days", None)
    if days is not None:
        since = datetime.now(UTC) - timedelta(days=days)
        wake_ups = [one for one in wake_ups if one.due >= since]
    bom = getattr(args, "bom", False)
    if args.csv == "-":
        write_csv(wake_ups, sys.stdout, bom=bom)
    else:
        with Path(args.csv).open("w", encoding="utf-8", newline="") as out:
            write_csv(wake_ups, out, bom=bom)
    return 0
