"""``phoneetiquette analyze``: measures of recorded calls, two channels each."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, TextIO

from phoneetiquette.analysis.job import Job, Outcome
from phoneetiquette.analysis.report import Report
from phoneetiquette.analysis.sources import Source, find
from phoneetiquette.analysis.workers import run as run_jobs
from phoneetiquette.errors import ConfigurationError
from phoneetiquette.etiquette.score_rules import card_of_measures
from phoneetiquette.problems import Problem
from phoneetiquette.records.export import visible
from phoneetiquette.records.score_text import card_lines
from phoneetiquette.reports.columns import COLUMNS, CsvTable
from phoneetiquette.reports.recordings import print_table

PICTURES = (".svg", ".png")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="two-channel recordings, folders of them, or patterns such as '**/*.wav'",
    )
    parser.add_argument(
        "--agent-channel",
        choices=("left", "right"),
        default="left",
        help="which channel is the agent's (default: left)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object a line, one for each recording")
    form.add_argument("--csv", metavar="FILE", help="write a spreadsheet; - is standard output")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw each call as .svg and .png into this directory")
    parser.add_argument(
        "--jobs", type=_count, metavar="N", help="recordings worked on at a time (default: the number of processors)"
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "columns of the CSV (docs/analyze.md says more):\n" + "\n".join(
        f"  {column.name}: {column.what}" for column in COLUMNS
    )


def run(args: argparse.Namespace) -> int:
    """0: everything was measured; 1: something was not; 2: bad input."""
    found = find(args.files)
    jobs = _jobs([one for one in found if isinstance(one, Source)], args)
    processes = min(args.jobs or len(os.sched_getaffinity(0)), max(1, len(jobs)))
    if args.csv and any(os.path.realpath(args.csv) == os.path.realpath(job.path) for job in jobs):
        raise ConfigurationError(f"{args.csv}: is one of the recordings", "name another file for --csv")
    with _output(args) as output:
        failures = sum(_complain(one) for one in found if isinstance(one, Problem))
        with _progress_bar(jobs, prints_meanwhile=args.json or args.csv == "-") as bar:
            waiting: dict[int, Outcome] = {}
            due = 0
            for number, outcome in run_jobs(jobs, processes, bar.tell):
                bar.tell(number, 1.0)
                waiting[number] = outcome
                while due in waiting:  # told in the order in which they were named, as soon as it is known
                    told = waiting.pop(due)
                    due += 1
                    if told.report is not None:
                        output.add(told.report)
                    if told.problem is not None:
                        failures += bar.complain(told.problem)
    return 1 if failures else 0


def _jobs(sources: Sequence[Source], args: argparse.Namespace) -> list[Job]:
    if args.plots is None:
        return [Job(source.path, args.agent_channel) for source in sources]
    from phoneetiquette.reports.call_picture import save

    try:
        for folder in {args.plots / source.name.parent for source in sources} | {args.plots}:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or args.plots}: {error.strerror}", "name a directory that can be written for --plots"
        ) from error
    return [
        Job(
            source.path,
            args.agent_channel,
            tuple(args.plots / source.name.with_name(source.name.name + suffix) for suffix in PICTURES),
            save,
        )
        for source in sources
    ]


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of recordings (write 1 or more)")
    return int(text)


def _complain(what: object) -> int:
    print(visible(str(what)), file=sys.stderr, flush=True)
    return 1


# ---------------------------------------------------------------------------------------------------- what comes out


class Output(Protocol):
    """Takes reports as they come."""

    def add(self, report: Report) -> None: ...


class _JsonLines:
    def add(self, report: Report) -> None:
        print(json.dumps(report), flush=True)


class _Table:
    """A line for each recording; of a single one its score card too, with the evidence."""

    def __init__(self) -> None:
        self._reports: list[Report] = []
        self._first: Report = {}

    def add(self, report: Report) -> None:
        self._first = self._first or report
        self._reports.append(
            {name: value for name, value in report.items() if name not in ("silences", "interruptions")}
        )

    def print(self) -> None:
        if self._reports:
            print_table(self._reports, sys.stdout)
        if len(self._reports) == 1:
            print("\n" + "\n".join(card_lines(card_of_measures(self._first))))


def _writable(file: str) -> TextIO:
    try:
        return Path(file).open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}", "name a file that can be written for --csv") from error


@contextlib.contextmanager
def _output(args: argparse.Namespace) -> Iterator[Output]:
    if args.json:
        yield _JsonLines()
    elif args.csv == "-":
        yield CsvTable(sys.stdout)
    elif args.csv:
        with _writable(args.csv) as out:
            yield CsvTable(out)
    else:
        table = _Table()
        yield table
        table.print()


# ---------------------------------------------------------------------------------------------------- how far it is


class _Quiet:
    """No progress is shown: nobody is watching."""

    def tell(self, number: int, share: float) -> None:
        pass

    def complain(self, what: object) -> int:
        return _complain(what)


class _Bar:
    """A bar on the terminal, in bytes of recordings, so that hours-long files move it too."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._sizes = [job.path.stat().st_size if job.path.is_file() else 0 for job in jobs]
        self._done = [0.0] * len(jobs)
        self._files = 0
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # what is printed is for whoever reads it, not for the terminal
            redirect_stderr=False,
        )
        self._task = self.progress.add_task(self._words(), total=max(1, sum(self._sizes)))

    def tell(self, number: int, share: float) -> None:
        self._files += share >= 1.0 > self._done[number]
        self._done[number] = share
        done = sum(size * part for size, part in zip(self._sizes, self._done, strict=True))
        self.progress.update(self._task, completed=done, description=self._words())

    def complain(self, what: object) -> int:
        from rich.text import Text

        self.progress.console.print(Text(visible(str(what))), soft_wrap=True)
        return 1

    def _words(self) -> str:
        return f"{self._files} of {len(self._sizes)} recordings"


@contextlib.contextmanager
def _progress_bar(jobs: Sequence[Job], prints_meanwhile: bool) -> Iterator[_Bar | _Quiet]:
    if not jobs or not sys.stderr.isatty() or (prints_meanwhile and sys.stdout.isatty()):
        yield _Quiet()
        return
    bar = _Bar(jobs)
    with bar.progress:
        yield bar
