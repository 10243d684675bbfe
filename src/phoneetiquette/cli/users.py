"""``phoneetiquette users``: who may log in to the pages."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from phoneetiquette.access.users import SHORTEST_PASSWORD, Role, User, is_user_name, unfit_password
from phoneetiquette.cli.pages import for_others
from phoneetiquette.cli.seat import running
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.problems import did_you_mean

ROLES = [str(role).replace("_", "-") for role in Role]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    listed = verbs.add_parser("list", help="who may log in, and as what")
    listed.add_argument("--json", action="store_true", help="print them as JSON")
    added = verbs.add_parser("add", help="a new user; the password is asked for")
    removed = verbs.add_parser("remove", help="the user's sessions end at once")
    password = verbs.add_parser("password", help="a new password; the user's sessions end at once")
    role = verbs.add_parser("role", help="another role, or other seats")
    for verb in (added, removed, password, role):
        verb.add_argument("name", metavar="NAME", help="small letters, digits, '.', '_' and '-'")
    role.add_argument("role", metavar="ROLE", choices=ROLES, help=", ".join(ROLES))
    added.add_argument("--role", choices=ROLES, required=True, help="what the user may do")
    added.add_argument("--seat", action="append", metavar="SEAT", help="a seat whose page it is for (default: all)")
    seats = role.add_mutually_exclusive_group()
    seats.add_argument(
        "--seat", action="append", metavar="SEAT", help="a seat whose page it is for (default: as before)"
    )
    seats.add_argument("--all-seats", action="store_const", const=[], dest="seat", help="the pages of all seats")
    for verb in (added, password):
        verb.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    for verb in verbs.choices.values():
        verb.add_argument("--config", type=Path, metavar="FILE", help="configuration file")


def run(args: argparse.Namespace) -> int:
    from phoneetiquette import config as configuration

    config = configuration.inspect(args.config, starting=False).config
    path = config.access.users
    assert path is not None, "the loader says where it would be"
    if args.what == "list":
        return _list(path, as_json=args.json)
    from phoneetiquette.access.users_file import changing

    with changing(path) as users:
        before = bool(users)
        _change(args, users)
    print(f"{path}: {args.name} {_DONE[args.what]}")
    if args.what in ("add", "role"):
        print(_in_words(users[args.name]))
        _doubt(args.seat or (), config.seat.name)
    if users and not before:
        print("From now on the pages want a login.")
    elif before and not users:
        wide = for_others(config)
        closed = f"; those that are for other machines ({', '.join(wide)}) let nobody in" if wide else ""
        print(f"From now on the pages want no login{closed}.")
    return 0


_DONE = {"add": "added", "remove": "removed", "password": "has a new password", "role": "changed"}


def _change(args: argparse.Namespace, users: dict[str, User]) -> None:
    name = args.name
    if args.what == "add":
        if not is_user_name(name):
            raise ConfigurationError(
                f"{name!r} cannot be the name of a user", "use small letters, digits, '.', '_' and '-', at most 32"
            )
        if name in users:
            raise ConfigurationError(f"there is a user {name!r} already", "phoneetiquette users password, or role")
        hashed = _new_password(name, from_stdin=args.password_stdin)
        users[name] = User(name=name, role=_role(args.role), password=hashed, seats=tuple(args.seat or ()))
        return
    if name not in users:
        advice = did_you_mean(name, users) if users else "phoneetiquette users add"
        raise ConfigurationError(f"there is no user {name!r}", advice)
    if args.what == "remove":
        del users[name]
    elif args.what == "password":
        users[name] = replace(users[name], password=_new_password(name, from_stdin=args.password_stdin))
    else:
        seats = users[name].seats if args.seat is None else tuple(args.seat)
        users[name] = replace(users[name], role=_role(args.role), seats=seats)


def _doubt(seats: Iterable[str], configured: str) -> None:
    """Tell of seats that may be misspelt; they are taken, for they may be on another machine, or not run yet."""
    known = {configured, *(seat.name for seat in running())}
    for seat in seats:
        if seat not in known:
            advice = did_you_mean(seat, known)
            print(f"seat {seat!r} is neither running here nor in the configuration ({advice})", file=sys.stderr)


def _role(text: str) -> Role:
    return Role(text.replace("-", "_"))


def _new_password(user: str, *, from_stdin: bool) -> str:
    """The hash of a password that is read twice from the terminal, or once from standard input."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass.getpass(f"Password of {user} (at least {SHORTEST_PASSWORD} characters): ")
        if password != getpass.getpass("The same again: "):
            raise ConfigurationError("the two are not the same", "try again")
    if reason := unfit_password(password, user):
        raise ConfigurationError(
            f"the password {reason}", "several words that have nothing to do with each other are good"
        )
    from phoneetiquette.access.passwords import hashed

    return hashed(password)


def _list(path: Path, *, as_json: bool) -> int:
    from phoneetiquette.access.users_file import UsersFile

    users = sorted(UsersFile(path).users().values(), key=lambda user: user.name)
    if as_json:
        told = [{"name": user.name, "role": str(user.role), "seats": list(user.seats)} for user in users]
        print(json.dumps(told, indent=2))
    elif not users:
        print(f"{path}: no users; on this machine the pages want no login")
    else:
        for user in users:
            print(_in_words(user))
    return 0


def _in_words(user: User) -> str:
    seats = f", seats {', '.join(user.seats)}" if user.seats else ""
    return f"{user.name:<16} {str(user.role).replace('_', ' ')}{seats}"
