"""Reports over a store of a million calls: how long each takes.

``python -m benchmarks.bench_reports [--calls N] [--database FILE]``; a database that exists is used again.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from phoneetiquette.etiquette.length import length_band
from phoneetiquette.figures.counting import SPREADS, Tally, add, tally
from phoneetiquette.figures.facts import CallFacts
from phoneetiquette.figures.table import BY_NAME
from phoneetiquette.records.store import open_store
from phoneetiquette.records.store.fact_tables import parts_of
from phoneetiquette.records.store.reporting import report
from phoneetiquette.records.store.schema import call_facts, daily_tallies, monthly_tallies
from phoneetiquette.units import seconds

FIRST, DAYS = date(2024, 1, 1), 1096
SEATS = [f"desk{n}" for n in range(10)]
LINES = [f"55501{n:02}" for n in range(8)]
TOPICS = ["", "", *(f"topic{n}" for n in range(20))]
AGENTS = ("Ada Moser", "Bo Lind", "Eva Klein")
AT_A_TIME = 20_000


def some_call(dice: random.Random, day: date) -> CallFacts:
    """A made-up call of that day."""
    arrived = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=dice.randrange(86_400))
    place = dice.gauss(0.4, 0.5)
    answered = dice.random() < 0.9
    verdict = "on_time" if 0 <= place <= 1 else "late"
    talk_s = round(dice.lognormvariate(4.5, 0.9), 3) if answered else None
    measured = answered and dice.random() < 0.95
    return CallFacts(
        call=uuid.UUID(int=dice.getrandbits(128)).hex,
        seat=dice.choice(SEATS),
        direction="in",
        arrived=arrived,
        day=day,
        line=dice.choice(LINES),
        agent=dice.choice(AGENTS) if answered else "",
        topic=dice.choice(TOPICS) if answered else "",
        party=f"+43{dice.randrange(10**9):09}",
        verdict=verdict if answered else dice.choice(("abandoned", "short_abandon", "diverted")),
        wait_s=abs(7 + 6 * place),
        place=place,
        answered=answered,
        talk_s=talk_s,
        measured_s=talk_s if measured else None,
        agent_s=talk_s * 0.4 if measured and talk_s else None,
        customer_s=talk_s * 0.5 if measured and talk_s else None,
        silence_s=talk_s * 0.1 if measured and talk_s else None,
        longest_silence_s=dice.random() * 5 if measured else None,
        agent_interruptions=dice.randrange(3) if measured else None,
        customer_interruptions=dice.randrange(3) if measured else None,
        greeting_delay_s=dice.random() if measured else None,
        opening_agent_share=dice.random() if measured else None,
        opening_silence_s=dice.random() * 5 if measured else None,
        length_band=length_band(seconds(talk_s)) if talk_s else "",
        stages=dice.randrange(5) if answered else 0,
        stages_in_order=dice.random() < 0.3,
        greeting_s=dice.random() * 20 if answered else None,
        clarify_s=dice.random() * 60 if answered else None,
        check_s=dice.random() * 40 if answered else None,
        close_s=dice.random() * 30 if answered else None,
        pace=2 + 4 * dice.random() if measured else None,
        intonation_st=4 * dice.random() if measured else None,
        transfer=dice.choice(("", "", "done", "failed")) if answered else "",
        specialist_s=dice.random() * 60 if answered and dice.random() < 0.2 else None,
        left=not answered,
    )


def fill(database: Path, calls: int) -> None:
    """Make a store with so many calls, evenly over three years."""
    dice = random.Random(1)  # noqa: S311 - made-up calls
    open_store(f"sqlite:///{database}").close()
    engine = sa.create_engine(f"sqlite:///{database}")
    names = [field.name for field in fields(CallFacts)]
    sums: dict[tuple[date, str, str], Tally] = {}
    with engine.begin() as connection:
        waiting = []
        for n in range(calls):
            row = some_call(dice, FIRST + timedelta(days=n * DAYS // calls))
            added = tally(row)
            for part, value in parts_of(row):
                add(sums.setdefault((row.day, part, value), {}), added)
            waiting.append({name: getattr(row, name) for name in names})
            if len(waiting) == AT_A_TIME or n == calls - 1:
                connection.execute(sa.insert(call_facts), waiting)
                waiting = []
        connection.execute(
            sa.insert(daily_tallies),
            [{"day": day, "part": part, "value": value, "tally": told} for (day, part, value), told in sums.items()],
        )
        months: dict[tuple[date, str, str], Tally] = {}
        for (day, part, value), told in sums.items():
            add(months.setdefault((day.replace(day=1), part, value), {}), told)
        connection.execute(
            sa.insert(monthly_tallies),
            [
                {"month": day, "part": part, "value": value, "tally": told}
                for (day, part, value), told in months.items()
            ],
        )
    engine.dispose()


def measure(name: str, question: Callable[[], object]) -> None:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        question()
        times.append(time.perf_counter() - began)
    print(f"{name:44} median {statistics.median(times) * 1e3:7.0f} ms, longest {max(times) * 1e3:7.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--database", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database: Path = args.database or Path(folder) / "records.sqlite"
        if not database.exists():
            began = time.perf_counter()
            fill(database, args.calls)
            print(f"{args.calls} calls made in {time.perf_counter() - began:.0f} s")
        print(f"{database.stat().st_size / 1e6:.0f} MB")
        store = open_store(f"sqlite:///{database}")
        last = FIRST + timedelta(days=DAYS - 1)
        month = last - timedelta(days=30)
        measure("month, all", lambda: report(store, month, last, zone=UTC))
        measure("three years, all", lambda: report(store, FIRST, last, zone=UTC))
        for by in ("seat", "line", "topic", "month", "day"):
            measure(f"three years, by {by}", lambda by=by: report(store, FIRST, last, by=by, zone=UTC))  # type: ignore[misc]
        measure("three years, one topic", lambda: report(store, FIRST, last, part="topic", value="topic3", zone=UTC))
        for name in ("verdict_late", "left_not_called_back", "band_over_15", "verdict_early", "specialist"):
            where = BY_NAME[name].where
            measure(f"calls of {name}", lambda where=where: store.facts(where, FIRST, last))  # type: ignore[misc]
        rare = SPREADS["specialist"].bins()[-1]
        measure("calls of a bin nobody is in", lambda: store.facts(rare, FIRST, last))
        measure(
            "calls of one topic, late",
            lambda: store.facts(BY_NAME["verdict_late"].where, FIRST, last, "topic", "topic3"),
        )
        measure(
            "messages in time",
            lambda: store.followups(
                datetime(2024, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), datetime.now(UTC)
            ),
        )
        store.close()


if __name__ == "__main__":
    main()
