"""A store with a fortnight of made-up calls and messages, for the office's pages: the same whenever it is made."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from phoneetiquette.followups.message import Message, Note
from phoneetiquette.records.record import Attempt, CallRecord, Pickup, Ring, StageMark
from phoneetiquette.records.store import open_store

TOPICS = ("billing", "reservations", "spa")
STAGES = ("greeting", "clarify", "check", "close")
PEOPLE = (
    "Anna Berger",
    "Olena Kovalenko",
    "Jan de Vries",
    "\u0639\u0627\u0626\u0634\u0629 \u062d\u0633\u0646",
    "Aigerim Bek",
)


def fill(database: Path, now: datetime, calls: int = 120) -> None:
    """Make the store."""
    dice = random.Random(7)  # noqa: S311 - made-up calls
    store = open_store(f"sqlite:///{database}", UTC)
    for n in range(calls):
        store.put(_call(dice, n, now - timedelta(hours=14 * 24 * (1 - n / calls) + 0.1)))
    for n, (name, hours) in enumerate(zip(PEOPLE, (-30.0, -4.0, 5.0, 20.0, 50.0), strict=True)):
        due = now + timedelta(hours=hours)
        message = Message(
            id=f"m{n}" + "0" * 30,
            seat="reception",
            call="",
            taken=due - timedelta(days=3),
            due=due,
            service=("house", "reservations")[n % 2],
            topic=TOPICS[n % 3],
            name=name,
            phone=f"+4366455501{n:02}",
            matter="asks for the bill of last week as a PDF,\nand whether breakfast was in it",
            language=("de", "uk", "nl", "ar", "kk")[n],
            read_back=True,
        )
        store.put_message(message)
        delivered = Note(
            id=f"d{n}", at=message.taken + timedelta(minutes=1), what="delivered", text="mail to house@hotel.example"
        )
        store.add_note(message.id, delivered)
        if n % 2:
            store.add_note(
                message.id, Note(id=f"c{n}", at=message.taken + timedelta(hours=2), what="claimed", who="Eva")
            )
    store.close()


def _call(dice: random.Random, n: int, arrived: datetime) -> CallRecord:
    left = dice.random() < 0.12
    wait_s = dice.choice((3.0, 8.5, 9.0)) if left else dice.uniform(7.0, 14.0)
    talk_s = dice.lognormvariate(5, 0.8)
    answered = None if left else arrived + timedelta(seconds=wait_s)
    verdict: Literal["on_time", "late", "abandoned", "short_abandon"]
    verdict = ("abandoned" if wait_s > 7 else "short_abandon") if left else ("on_time" if wait_s <= 13 else "late")
    topic = dice.choice(TOPICS) if not left and dice.random() < 0.3 else ""
    attempt = Attempt(
        at_ms=30_000.0,
        who="weiss",
        target="sip:201@pbx.example",
        topic=topic,
        rings=4,
        announced=True,
        leg=f"leg{n}",
        result="answered",
        ended_ms=30_000.0 + dice.uniform(3000, 25_000),
    )
    return CallRecord(
        call=f"{n:032x}",
        seat=dice.choice(("reception", "reception", "back-office")),
        agent="" if left else ("Ada Moser", "Bo Lind")[n % 2],
        direction="in",
        caller=f"sip:+43664{dice.randrange(10**7):07}@pbx.example",
        caller_name=dice.choice(PEOPLE),
        called=dice.choice(("sip:reception@hotel.example", "sip:bar@hotel.example")),
        arrived=arrived,
        alerting=arrived,
        answered=answered,
        ended=arrived + timedelta(seconds=wait_s) if left else arrived + timedelta(seconds=wait_s + talk_s),
        ended_by="customer",
        ring=Ring(country="AT", cadence_ms=(1000, 5000), opens_ms=7000.0, closes_ms=13_000.0),
        pickup=Pickup(
            verdict=verdict,
            ring=2 if wait_s < 12 else 3,
            after_open_ms=round(1000 * (wait_s - 7), 1),
            before_close_ms=round(1000 * (13 - wait_s), 1),
        ),
        attempts=(attempt,) if topic else (),
        stages=tuple(StageMark(at_ms=1000.0 * k, stage=stage) for k, stage in enumerate(STAGES[: dice.randrange(5)])),
        definitions="3",
        measures=None if left else _measures(dice, talk_s),
        measures_final=True,
    )


def _measures(dice: random.Random, talk_s: float) -> dict[str, Any]:
    share = dice.uniform(0.3, 0.6)
    return {
        "reliable": True,
        "duration_s": talk_s,
        "silence_s": 0.2 * talk_s,
        "longest_silence_s": dice.uniform(1, 6),
        "parties": {
            "agent": {"talk_s": 0.8 * share * talk_s, "interruptions": dice.choice((0, 0, 1))},
            "customer": {"talk_s": 0.8 * (1 - share) * talk_s, "interruptions": dice.choice((0, 1))},
        },
        "opening": {
            "complete": talk_s > 25,
            "greeting_delay_s": dice.uniform(0.2, 1.2),
            "agent_talk_share": dice.uniform(0.3, 0.7),
            "silence_s": dice.uniform(1, 6),
        },
    }
