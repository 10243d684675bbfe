"""The verbs that talk to a running seat, from ``status`` and ``dial`` to ``presence``.

No third-party package is imported, so that a ``tel:`` link dials without a wait. What can be dialled the seat decides:
it knows its PBX.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

from phoneetiquette.cli.seat import TIMEOUT_S, NoSeatError, RefusedError, Seat, find
from phoneetiquette.cli.status import in_words
from phoneetiquette.etiquette.stages import Stage

Body = dict[str, object]
SPEAKING_S = 120.0
"""How long a seat may take to follow another dialplan: it speaks every text of it first."""


@dataclass(frozen=True, slots=True)
class Action:
    """A verb that asks the seat for one thing.

    ``arguments`` adds the verb's own arguments; ``body`` makes the JSON of the POST from them.
    """

    path: str | Callable[[argparse.Namespace], str]
    arguments: Callable[[argparse.ArgumentParser], object]
    body: Callable[[argparse.Namespace], Body]
    timeout_s: float = TIMEOUT_S

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        self.arguments(parser)
        _add_seat(parser)

    def run(self, args: argparse.Namespace) -> int:
        body = self.body(args)
        try:
            seat = find(args.seat)
            path = self.path if isinstance(self.path, str) else self.path(args)
            answer = seat.post(path, body | _whole_ids(seat, body), self.timeout_s)
        except (NoSeatError, RefusedError) as error:
            print(error, file=sys.stderr)
            return 1
        if args.json:
            print(json.dumps(answer))
        return 0


class Status:
    """``status``: what the seat is doing."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        _add_seat(parser)

    def run(self, args: argparse.Namespace) -> int:
        try:
            state = find(args.seat).get("/api/state")
        except NoSeatError as error:
            print(error, file=sys.stderr)
            return 1
        sys.stdout.write(json.dumps(state, indent=2) + "\n" if args.json else in_words(state))
        return 0


def _whole_ids(seat: Seat, body: Body) -> Body:
    """The calls that ``body`` names by the beginning of their ids, which is all that ``status`` shows of them."""
    named = {key: str(body[key]) for key in ("call", "to_call") if body.get(key)}
    if not named:
        return {}
    ids = [str(call["id"]) for call in seat.get("/api/state")["calls"]]
    begun = {key: [id_ for id_ in ids if id_.startswith(start)] for key, start in named.items()}
    return {key: found[0] for key, found in begun.items() if len(found) == 1}


def _add_seat(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seat", metavar="NAME", help="which seat, where several run on this machine")
    parser.add_argument("--json", action="store_true", help="print the seat's answer as JSON")


def _call_argument(help: str) -> Callable[[argparse.ArgumentParser], object]:
    return lambda parser: parser.add_argument("call", nargs="?", metavar="CALL", help=help)


def _target_and_call(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "target",
        nargs="?",
        type=str,
        metavar="TARGET",
        help="number, or sip: or tel: address (default: the call on hold is put through to the one in talk)",
    )
    where.add_argument("--topic", metavar="NAME", help="whom the dialplan names for this topic, one after another")
    where.add_argument("--to-call", metavar="CALL", help="join the caller with this other call (attended transfer)")
    parser.add_argument(
        "--call",
        metavar="CALL",
        help="the call to put through (default: with TARGET or --topic the one in talk, else the held one)",
    )
    parser.add_argument("--escalate", action="store_true", help="with --topic: to its supervisor")


def _transfer(args: argparse.Namespace) -> Body:
    if args.topic:
        return {"call": args.call, "topic": args.topic, "escalate": args.escalate}
    return {"call": args.call, "target": args.target, "to_call": args.to_call}


def _digits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("digits", metavar="DIGITS", help="0-9, *, #, A-D")
    parser.add_argument("--call", metavar="CALL", help="default: the one in talk")


def _stage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stage", choices=[str(stage) for stage in Stage])
    parser.add_argument("--call", metavar="CALL", help="default: the one in talk")


def _machine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call", nargs="?", metavar="CALL", help="default: the one on hold, else the one in talk")
    parser.add_argument(
        "--service", default="", metavar="NAME", help="who answers (default: whom the topic names that nobody took)"
    )


def _switch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a switch of the dialplan")
    parser.add_argument("on", choices=("on", "off"))


def _person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("who", metavar="NAME", help="somebody in the dialplan")
    parser.add_argument("presence", choices=("present", "absent", "do-not-disturb"))


def _the_call(args: argparse.Namespace) -> Body:
    return {"call": args.call}


status = Status()
dial = Action(
    "/api/dial",
    lambda parser: parser.add_argument("target", metavar="TARGET", help="number, or sip: or tel: address"),
    lambda args: {"target": args.target},
)
answer = Action("/api/lift", _call_argument("default: the one that rings longest"), _the_call)
hangup = Action("/api/hangup", _call_argument("default: the one in talk; a ringing call is declined"), _the_call)
hold = Action("/api/hold", _call_argument("default: the one in talk"), _the_call)
resume = Action("/api/resume", _call_argument("default: the held one; the call in talk is put on hold"), _the_call)
conference = Action("/api/conference", _call_argument("the call to bring in (default: the held one)"), _the_call)
mute = Action(
    "/api/mute",
    lambda parser: parser.add_argument("muted", nargs="?", choices=("on", "off"), default="on"),
    lambda args: {"muted": args.muted == "on"},
)
transfer = Action(lambda args: "/api/topic" if args.topic else "/api/transfer", _target_and_call, _transfer)
machine = Action(
    "/api/machine",
    _machine,
    lambda args: {"call": args.call, "service": args.service},
)
switch = Action("/api/switch", _switch, lambda args: {"name": args.name, "on": args.on == "on"})
person = Action("/api/person", _person, lambda args: {"who": args.who, "presence": args.presence.replace("-", "_")})
reload = Action("/api/reload", lambda _: None, lambda _: {}, SPEAKING_S)
digits = Action("/api/digits", _digits, lambda args: {"call": args.call, "digits": args.digits})
stage = Action("/api/stage", _stage, lambda args: {"call": args.call, "stage": args.stage})
presence = Action(
    "/api/presence",
    lambda parser: parser.add_argument("presence", choices=("present", "absent", "break")),
    lambda args: {"presence": args.presence},
)
