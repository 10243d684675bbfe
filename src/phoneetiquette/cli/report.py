"""``phoneetiquette report``: the figures of a day, a week, a month or any time, from the database of the seats."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, date, datetime, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import get_args

from phoneetiquette.cli.places import add_place, located
from phoneetiquette.config import inspect
from phoneetiquette.errors import PhoneEtiquetteError, StoreError
from phoneetiquette.figures.counting import SPREADS, spread
from phoneetiquette.figures.report import PARTS, By, Part, Report, span_of
from phoneetiquette.figures.table import BY_NAME, FIGURES, Figure, figures_of
from phoneetiquette.records.export import visible
from phoneetiquette.records.store import Store, existing_store, whereabouts
from phoneetiquette.records.store.reporting import report
from phoneetiquette.reports.canvas import write
from phoneetiquette.units import YEARS

_BAR = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument(
        "span",
        nargs="?",
        default="week",
        metavar="SPAN",
        help="day, week or month (to today), or one such as 2026-03-02, 2026-W10, 2026-03 (default: week)",
    )
    parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="first day: 2026-03-02")
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last day")
    parser.add_argument("--by", choices=[by for by in get_args(By) if by], default="", help="also the figures of each")
    for part in PARTS:
        parser.add_argument(f"--{part}", metavar="NAME", help=f"only calls of this {part}")
    parser.add_argument("--calls", metavar="FIGURE", help="list the calls that a figure was made of, newest first")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print every figure and distribution as JSON")
    form.add_argument("--csv", metavar="FILE", help="write a spreadsheet; - is standard output")
    form.add_argument("--pdf", metavar="FILE", type=Path, help="write A4 pages to be printed")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "figures, by the names they have in JSON and CSV:\n" + "\n".join(
        f"  {figure.name:32}{figure.group}: {figure.title}" for figure in FIGURES
    )


def run(args: argparse.Namespace) -> int:
    """0: printed; 2: bad input, or there are no records."""
    _, database = located(args)
    zone = _zone(args)
    first, last = _span(args, datetime.now(zone).date())
    named = [(part, getattr(args, part)) for part in PARTS if getattr(args, part)]
    if len(named) > 1:
        options = ", ".join(f"--{part}" for part in PARTS)
        raise PhoneEtiquetteError(f"only one of {options} can be asked for", "leave the others out")
    part, value = named[0] if named else (None, None)
    if args.by in PARTS and part not in (None, args.by):
        raise PhoneEtiquetteError(f"figures by {args.by} of one {part} are not kept", f"leave --by or --{part} out")
    if args.calls is not None and args.calls not in BY_NAME:
        raise PhoneEtiquetteError(f"there is no figure {args.calls!r}", "phoneetiquette report --help lists them")
    store = existing_store(database)
    if store is None:
        raise StoreError(
            f"there are no records in {whereabouts(database)}", "a seat stores them as calls end; name its --directory"
        )
    try:
        if args.calls is not None:
            _print_calls(store, BY_NAME[args.calls], first, last, part, value, zone, as_json=args.json)
        else:
            _print(report(store, first, last, by=args.by, part=part, value=value, zone=zone), args)
    finally:
        store.close()
    return 0


def _zone(args: argparse.Namespace) -> tzinfo | None:
    """The site's, as on the office's pages; ``None``, the machine's, where a directory is named."""
    if args.directory is not None:
        return None
    from phoneetiquette.runtime.dialplan import plan_site
    from phoneetiquette.runtime.messages import site_of

    config = inspect(args.config, starting=False).config
    return site_of(config, plan_site(config)).zone


def _span(args: argparse.Namespace, today: date) -> tuple[date, date]:
    try:
        first, last = span_of(args.span, today)
    except (ValueError, OverflowError):
        raise PhoneEtiquetteError(
            f"{args.span!r} is no span of time", "write day, week, month, 2026-03-02, 2026-W10 or 2026-03"
        ) from None
    first, last = args.first or first, args.last or (max(today, args.first) if args.first else last)
    if first.year not in YEARS or last.year not in YEARS:
        raise PhoneEtiquetteError(
            f"{first} to {last} cannot be reported", f"write days from the year {YEARS[0]} to {YEARS[-1]}"
        )
    if first > last:
        raise PhoneEtiquetteError(f"{first} is after {last}", "write the earlier day with --from")
    return first, last


def _print(told: Report, args: argparse.Namespace) -> None:
    if args.pdf:
        from phoneetiquette.reports.report_pdf import draw

        part = next((part for part in PARTS if getattr(args, part)), None)
        write(args.pdf, draw(told, "Report", f"{part} {getattr(args, part)}" if part else ""))
    elif args.json:
        print(json.dumps(told.as_object(), indent=1))
    elif args.csv == "-":
        told.write_csv(sys.stdout)
    elif args.csv:
        with Path(args.csv).open("w", encoding="utf-8", newline="") as out:
            told.write_csv(out)
    else:
        sys.stdout.write(in_words(told))


def in_words(told: Report) -> str:
    """The report for a terminal."""
    lines = [f"{told.first} to {told.last}"]
    values = figures_of(told.all)
    group = ""
    for figure in FIGURES:
        if figure.group != group:
            group = figure.group
            lines += ["", group]
        lines.append(f"  {figure.title:32}{_shown(figure, values[figure.name]):>14}")
    lines += ["", "Answered calls over the pickup window", *_bars(told)]
    follow = told.followups
    share = "" if follow.in_time_share is None else f" ({follow.in_time_share} % in time)"
    lines += ["", "Messages"]
    for name, count in (
        ("taken", follow.taken),
        ("settled in time", f"{follow.in_time}{share}"),
        ("settled late", follow.late),
        ("overdue", follow.overdue),
        ("open", follow.open),
        ("of late ones, customer told", follow.delay_told),
    ):
        lines.append(f"  {name:32}{count!s:>14}")
    for name, tally in told.rows.items():
        of = figures_of(tally)
        talk = ("agent_share", "agent_interruptions", "transferred", "specialist")
        some = ("incoming", "answered", "left", "service_level_rings", *talk)
        facts = ", ".join(f"{BY_NAME[one].title} {_shown(BY_NAME[one], of[one])}" for one in some)
        lines += [*([""] if name == next(iter(told.rows)) else []), f"{told.by} {visible(name)}: {facts}"]
    return "\n".join(lines) + "\n"


def _bars(told: Report) -> list[str]:
    edges, counts = SPREADS["pickup"].edges, spread(told.all, "pickup")
    most = max(counts) or 1
    names = [
        "before it",
        *(f"{100 * low:.0f} to {100 * high:.0f} %" for low, high in pairwise(edges)),
    ]
    names.append(f"from {100 * edges[-1]:.0f} %")
    return [
        f"  {name:16}{count:>8}  {'#' * round(_BAR * count / most)}".rstrip()
        for name, count in zip(names, counts, strict=True)
    ]


def _shown(figure: Figure, value: float | None) -> str:
    if value is None:
        return "not measured"
    text = f"{value:.0f}" if figure.unit == "" else f"{value:.1f}"
    return f"{text} {figure.unit}".rstrip()


def _print_calls(
    store: Store,
    figure: Figure,
    first: date,
    last: date,
    part: Part | None,
    value: str | None,
    zone: tzinfo | None,
    *,
    as_json: bool,
) -> None:
    rows = store.facts(figure.where, first, last, part, value)
    if as_json:
        print(json.dumps([{"call": row.call, "arrived": row.arrived.astimezone(UTC).isoformat()} for row in rows]))
        return
    for row in rows:
        moment = f"{row.arrived.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        facts = [row.verdict.replace("_", " "), row.topic, "" if row.talk_s is None else f"{row.talk_s:.0f} s"]
        if row.left:
            facts.append(f"called back by {row.called_back[:8]}" if row.called_back else "not called back")
        party = visible(row.party or "withheld")
        print(f"{row.call[:8]}  {moment}  {row.direction:3}  {party}  {', '.join(filter(None, facts))}")
    if not rows:
        print(f"no calls: {figure.group.lower()}, {figure.title}, {first} to {last}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day (write 2026-03-02)") from None
