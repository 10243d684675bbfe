"""What dialplans cost: loading and checking a big one, routing decisions on it, a year of the shipped ones.

The big plan has 200 lines with 10,000 rules between them (most about single callers, patterns and lists, the others
about hours), 1,000 people with 100 skills, and 500 opening hours. All times are CPU times; those of decisions with all
timetables computed, as they are in a running seat, and the median of five askings each. The big plan is loaded by
processes of their own, libraries included, as are the commands ``check``, of which the time on the clock is told too.
What callers and receptionists wait for is measured with real SIP (``benchmarks.menu``).
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import menu
from benchmarks.figures import Spread, spread, table
from phoneetiquette.config.dialplans import inspect
from phoneetiquette.dialplan.coverage import coverage
from phoneetiquette.dialplan.diff import diff
from phoneetiquette.dialplan.model import Plan
from phoneetiquette.dialplan.parts import hours_of
from phoneetiquette.dialplan.questions import Arrival, Deadline, Entry, Known, MenuKey, Question, TopicChosen
from phoneetiquette.dialplan.router import Router

SHIPPED = Path(__file__).parents[1] / "dialplans"
DAY = date(2026, 11, 27)
LINES, RULES, PEOPLE, SKILLS, HOURS, TOPICS = 200, 10_000, 1_000, 100, 500, 200
ASKED = 5
"""Times each question is asked; the median counts, so that what else the machine does stays out."""
AGENTS = ("phoneetiquette",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--decisions", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5, help="of loading and checking")
    menu.add_arguments(parser)


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "big.yaml"
        file.write_text(big_plan(), encoding="utf-8")
        loads = [_load_s(file) for _ in range(options.rounds)]
        inspected = inspect(file, DAY)
    assert inspected.plan is not None
    assert not inspected.failed, inspected.problems[:5]
    router = Router(inspected.plan)
    for one in (DAY, DAY + timedelta(days=366)):
        router.hours.prepare((name.text for _, name in hours_of(inspected.plan)), datetime(one.year, 6, 1, tzinfo=UTC))
    return {
        "agent": name,
        "load_and_check_s": spread(loads),
        "decisions_us": {kind: spread(_decisions(router, kind, options.decisions)) for kind in _ENTRIES},
        "shipped": [_shipped(path, options.rounds) for path in sorted(SHIPPED.glob("*/dialplan.yaml"))],
        "live": menu.measure(name, options),
    }


def _load_s(file: Path) -> float:
    """CPU seconds in a process of its own, in which nothing has been looked up before."""
    program = (
        "import sys, time; from datetime import date; from pathlib import Path\n"
        "from phoneetiquette.config.dialplans import inspect\n"
        "started = time.process_time()\n"
        f"inspect(Path(sys.argv[1]), date({DAY.year}, {DAY.month}, {DAY.day}))\n"
        "print(time.process_time() - started)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(file)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def cpu(what: Callable[[], object]) -> float:
    started = time.process_time()
    what()
    return time.process_time() - started


def _decisions(router: Router, kind: str, count: int) -> Iterator[float]:
    rng = random.Random(7)  # noqa: S311 - the same calls every time
    plan = router.plan
    for _ in range(count):
        question = _question(rng, plan, _ENTRIES[kind](rng))
        yield statistics.median(_decision_us(router, question) for _ in range(ASKED))


def _decision_us(router: Router, question: Question) -> float:
    started = time.thread_time_ns()
    router.route(question)
    return (time.thread_time_ns() - started) / 1000


def _question(rng: random.Random, plan: Plan, entry: Entry) -> Question:
    moment = datetime(2026, 11, 27, tzinfo=UTC) + timedelta(minutes=rng.randrange(365 * 24 * 60))
    people = list(plan.people)
    known = Known(
        busy=frozenset(rng.sample(people, 50)),
        absent=frozenset(rng.sample(people, 50)),
        idle_s={name: rng.random() * 3600 for name in rng.sample(people, 500)},
    )
    caller = rng.choice(
        [f"+431{rng.randrange(RULES):07}", f"+4366455{rng.randrange(100_000):05}", "", f"{rng.randrange(1000):03}"]
    )
    return Question(entry, moment, f"+4355500{rng.randrange(LINES):04}", caller, known=known)


_ENTRIES: dict[str, Callable[[random.Random], Entry]] = {
    "arrival": lambda _: Arrival(),
    "deadline": lambda _: Deadline(),
    "topic": lambda rng: TopicChosen(f"topic_{rng.randrange(TOPICS)}"),
    "menu key": lambda rng: MenuKey("night", str(rng.randrange(3))),
}


def _check(file: Path) -> tuple[float, float]:
    """CPU seconds, and seconds on the clock, of the command."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([sys.executable, "-m", "phoneetiquette", "check", str(file)], check=True, capture_output=True)
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - started
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took


def _shipped(file: Path, rounds: int) -> dict[str, Any]:
    inspected = inspect(file, DAY)
    assert inspected.plan is not None
    plan = inspected.plan
    checks = [_check(file) for _ in range(rounds)]
    return {
        "plan": file.parent.name,
        "load_and_check_s": round(cpu(lambda: inspect(file, DAY)), 3),
        "coverage_s": round(cpu(lambda: list(coverage(Router(plan), DAY))), 3),
        "diff_s": round(cpu(lambda: diff(Router(plan), Router(plan), DAY)), 3),
        "check_cpu_s": round(statistics.median(one for one, _ in checks), 2),
        "check_s": round(statistics.median(one for _, one in checks), 2),
    }


def big_plan() -> str:
    """A dialplan of the size that the figures are asked for, as YAML."""
    rng = random.Random(4)  # noqa: S311 - the same plan every time
    parts: dict[str, Any] = {
        "dialplan": 1,
        "name": "A big company",
        "country": "AT",
        "timezone": "Europe/Vienna",
        "languages": ["en"],
        "numbers": {f"list_{n}": [f"+4366455{n:02}{m:03}" for m in range(50)] for n in range(9)},
        "hours": {
            f"hours_{n}": f"Mo-Fr {7 + n % 4:02}:{n % 60:02}-{16 + n % 5:02}:00; Sa 09:{n % 60:02}-13:00; PH off"
            for n in range(HOURS)
        },
        "people": {
            f"person_{n}": {
                "call": f"{2000 + n}",
                "skills": [f"skill_{n % SKILLS}", f"skill_{rng.randrange(SKILLS)}"],
                "languages": ["en"],
                "hours": f"hours_{n % HOURS}",
            }
            for n in range(PEOPLE)
        },
        "services": {"office": {"email": "office@company.example"}},
        "topics": {
            f"topic_{n}": {
                "label": {"en": f"Topic {n}"},
                "to": [
                    {"skill": f"skill_{n % SKILLS}", "order": rng.choice(["listed", "longest_idle", "round_robin"])}
                ],
                "otherwise": {"message": "office"},
            }
            for n in range(TOPICS)
        },
        "menus": {
            "night": {
                "say": {"en": "Press 1 or 2."},
                "keys": {"1": {"topic": "topic_1"}, "2": {"message": "office"}},
                "no_key": {"then": {"message": "office"}},
            }
        },
        "lines": {f"line_{n}": _line(rng, n) for n in range(LINES)},
    }
    # JSON within YAML: a thousand times faster to write, and read by the same reader.
    lines = []
    for key, value in parts.items():
        if isinstance(value, dict):
            lines.append(f"{key}:")
            lines += [f"  {name}: {json.dumps(inner)}" for name, inner in value.items()]
        else:
            lines.append(f"{key}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def _line(rng: random.Random, number: int) -> dict[str, Any]:
    count = RULES // LINES
    rules: list[dict[str, Any]] = []
    for n in range(count - 1):
        do = rng.choice([{"ring": "desk"}, {"menu": "night"}, {"topic": f"topic_{rng.randrange(TOPICS)}"}])
        serial = number * count + n
        if n % 5 == 4:
            when: dict[str, Any] = {"hours": f"hours_{(number + 37 * n) % HOURS}", "caller": f"list_{n // 5 % 9}"}
        elif n % 5 == 3:
            when = {"caller": f"+43 1 8{serial:05}*"}
        elif n % 10 == 2:
            when = {"hours": f"hours_{serial % HOURS}", "desk": "absent"}
        else:
            when = {"caller": f"+43 1 {serial:07}"}
        rules.append({"when": when, "do": do})
    rules.append({"do": {"ring": "desk"}})
    return {
        "called": [f"+43 55500 {number:04}"],
        "rules": rules,
        "on_deadline": [{"ring": f"person_{number}"}, {"topic": f"topic_{number % TOPICS}"}],
    }


def report(results: list[dict[str, Any]]) -> str:
    result = results[0]
    load: Spread = result["load_and_check_s"]
    decisions = table(
        ("decision", "median µs", "p99 µs", "most µs"),
        [(kind, one.median, one.p99, one.high) for kind, one in result["decisions_us"].items()],
    )
    shipped = table(
        ("shipped plan", "load and check s", "year coverage s", "diff s", "command check: CPU s", "on the clock s"),
        [tuple(one.values()) for one in result["shipped"]],
    )
    live = menu.report([result["live"]])
    big = f"load and check of {RULES} rules: {load.median} s ({load.low} to {load.high})"
    return "\n\n".join([big, decisions, shipped, live])


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    return {"load and check s": result["load_and_check_s"].median}
