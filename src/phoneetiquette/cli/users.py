"""``phoneetiquette users``: who may log in to the pages."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from dataclasses import replace
from pathlib import Path

from phoneetiquette.access.users import SHORTEST_PASSWORD, Role, User, is_user_name, unfit_password
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
    for verb in (added, role):
        verb.add_argument(
            "--seat", action="append", default=[], metavar="SEAT", help="a seat whose page it is for (default: all)"
        )
    for verb in (added, password):
        verb.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    for verb in verbs.choices.values():
        verb.add_argument("--config", type=Path, metavar="FILE", help="configuration file")


def run(args: argparse.Namespace) -> int:
    from phoneetiquette import config as configuration

    path = configuration.inspect(args.config, starting=False).config.access.users
    assert path is not None, "the loader says where it would be"
    if args.what == "list":
        return _list(path, as_json=args.json)
    from phoneetiquette.access.users_file import changing

    with changing(path) as users:
        first = not users
        _change(args, users)
    print(f"{path}: {args.name} {_DONE[args.what]}")
    if args.what == "add" and first:
        print("From now on the pages want a login.")
    return 0


_DONE = {"add": "added", "remove": "removed", "password": "has a new password", "role": "has another role"}


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
        users[name] = User(name=name, role=_role(args.role), password=hashed, seats=tuple(args.seat))
        return
    if name not in users:
        advice = did_you_mean(name, users) if users else "phoneetiquette users add"
        raise ConfigurationError(f"there is no user {name!r}", advice)
    if args.what == "remove":
        del users[name]
    elif args.what == "password":
        users[name] = replace(users[name], password=_new_password(name, from_stdin=args.password_stdin))
    else:
        users[name] = replace(users[name], role=_role(args.role), seats=tuple(args.seat))


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
            seats = f", seats {', '.join(user.seats)}" if user.seats else ""
            print(f"{user.name:<16} {str(user.role).replace('_', ' ')}{seats}")
    return 0
