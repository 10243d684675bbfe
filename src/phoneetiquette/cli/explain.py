"""``phoneetiquette explain DIALPLAN``: where a call goes and why, step by step."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime

from phoneetiquette.cli.dialplans import add_plan, known, router_for
from phoneetiquette.cli.moments import moment
from phoneetiquette.dialplan.explain import as_json, as_text
from phoneetiquette.dialplan.model import DESK, NOWHERE
from phoneetiquette.dialplan.openings import shown_instead
from phoneetiquette.dialplan.router import Router
from phoneetiquette.dialplan.simulate import Expected, conduct_of, question_of
from phoneetiquette.dialplan.walk import is_hole, walk
from phoneetiquette.errors import ConfigurationError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_plan(parser, "a dialplan, or a directory with those of a site")
    parser.add_argument(
        "--called", default="", metavar="N", help="the called number; needed where there are several lines"
    )
    parser.add_argument("--caller", default="", metavar="N", help="the caller's number (without: withheld)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--topic", default="", metavar="T", help="the receptionist chooses this topic")
    what.add_argument("--menu", default="", metavar="M", help="the caller is in this menu")
    parser.add_argument("--escalate", action="store_true", help="the receptionist asks for the topic's supervisor")
    parser.add_argument("--key", action="append", default=[], metavar="K", help="keys pressed in menus, in turn")
    parser.add_argument("--no-key", action="store_true", help="after that the caller presses nothing, and stays")
    parser.add_argument("--language", default="", metavar="L", help="the caller's language")
    parser.add_argument(
        "--at", type=moment, metavar="TIME", help="when, on the site's clock: 2026-03-02T10:00 (default: now)"
    )
    parser.add_argument("--busy", action="append", default=[], metavar="NAME", help="who is talking; desk too")
    parser.add_argument("--absent", action="append", default=[], metavar="NAME", help="who is not there; desk too")
    parser.add_argument(
        "--do-not-disturb", action="append", default=[], metavar="NAME", help="who does not want to be called"
    )
    parser.add_argument("--answers", action="append", default=[], metavar="NAME", help="who takes the call; desk too")
    parser.add_argument("--switch", action="append", default=[], metavar="NAME", help="a switch that is on")
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(args: argparse.Namespace) -> int:
    """0: somebody or something takes the call; 1: nobody does, or it is refused; 2: bad input."""
    router = router_for(args.dialplan, args.called)
    _comes(args.at, router)
    row = _row(router, args)
    stops = walk(router, question_of(router, row), conduct_of(row), steps=True)
    if args.json:
        print(json.dumps(as_json(router, stops), indent=2, ensure_ascii=False))
    else:
        sys.stdout.write(as_text(router, stops))
    return int(is_hole(stops[-1].decision.outcome))


def _comes(at: datetime | None, router: Router) -> None:
    """Raises :class:`ConfigurationError` for a time that the clock of the site never shows."""
    if at is None or at.tzinfo is not None:
        return
    shown = shown_instead(at, router.hours.zone)
    if shown is not None:
        raise ConfigurationError(
            f"{at:%Y-%m-%d %H:%M} never comes in {router.plan.timezone}: summer time leaves it out",
            f"write {shown:%H:%M}",
        )


def _row(router: Router, args: argparse.Namespace) -> Expected:
    plan = router.plan
    people = [*plan.people, DESK]
    for option in ("busy", "absent"):
        known("person", getattr(args, option), people)
    known("person", args.do_not_disturb, plan.people)
    known("switch", args.switch, plan.switches)
    known("topic", [args.topic] if args.topic else [], plan.topics)
    known("menu", [args.menu] if args.menu else [], plan.menus)
    if args.escalate and not args.topic:
        raise ConfigurationError("--escalate needs a topic", "add --topic")
    called = args.called
    if not called and not args.topic and not args.menu:
        if len(plan.lines) > 1:
            lines = ", ".join(plan.lines)
            raise ConfigurationError(
                f"the plan has several lines: {lines}", "add --called with the number that is called"
            )
        called = next((name.text for line in plan.lines.values() for name in line.called), "")
    return Expected(
        NOWHERE,
        args.at or datetime.now().astimezone(),
        (),
        called=called,
        caller=args.caller,
        topic=args.topic,
        escalate=args.escalate,
        menu=args.menu,
        keys=tuple(args.key),
        no_key=args.no_key,
        language=args.language,
        busy=tuple(args.busy),
        absent=tuple(args.absent),
        do_not_disturb=tuple(args.do_not_disturb),
        answers=tuple(args.answers),
        switches=tuple(args.switch),
    )
