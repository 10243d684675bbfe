"""What a seat tells Prometheus: counters since it was started, and how it stands now, in the text format 0.0.4."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

from phoneetiquette.records.record import CallRecord

WAIT_BUCKETS_S = (2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 20.0, 30.0, 60.0)
TALK_BUCKETS_S = (30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0)
Labels = tuple[tuple[str, str], ...]


class _Histogram:
    def __init__(self, buckets: tuple[float, ...]) -> None:
        self._buckets = buckets
        self._counts = [0] * len(buckets)
        self._count, self._sum = 0, 0.0

    def observe(self, value: float) -> None:
        self._count += 1
        self._sum += value
        for index, edge in enumerate(self._buckets):
            self._counts[index] += value <= edge

    def lines(self, name: str) -> Iterator[str]:
        for edge, count in zip(self._buckets, self._counts, strict=True):
            yield f'{name}_bucket{{le="{edge:g}"}} {count}'
        yield f'{name}_bucket{{le="+Inf"}} {self._count}'
        yield f"{name}_sum {self._sum:.3f}"
        yield f"{name}_count {self._count}"


class Meters:
    """Counts the records of a seat as they become complete. Runs on its loop."""

    def __init__(self) -> None:
        self._calls: Counter[Labels] = Counter()
        self._interruptions: Counter[str] = Counter()
        self._wait = _Histogram(WAIT_BUCKETS_S)
        self._talk = _Histogram(TALK_BUCKETS_S)
        self._counted: deque[str] = deque(maxlen=100)

    def count(self, record: CallRecord) -> None:
        """Take in a record that has become complete; told once more, it is left out."""
        if record.call in self._counted or record.wake_up:
            return
        self._counted.append(record.call)
        verdict = record.pickup.verdict if record.pickup else "refused" if record.refused else "none"
        self._calls[("direction", record.direction), ("verdict", verdict)] += 1
        if record.direction == "in" and record.alerting and record.answered:
            self._wait.observe((record.answered - record.alerting).total_seconds())
        if record.talk_s is not None:
            self._talk.observe(record.talk_s)
        for one in record.interruptions:
            self._interruptions[one.by] += 1

    def text(self, snapshot: dict[str, Any]) -> str:
        """The exposition, with the seat's snapshot as it is now."""
        lines = [
            *_head("calls_total", "counter", "Calls that have ended, by direction and verdict of the pickup."),
            *(f"phoneetiquette_calls_total{_labels(labels)} {n}" for labels, n in sorted(self._calls.items())),
            *_head("interruptions_total", "counter", "Interruptions in ended calls, by who interrupted."),
            *(
                f"phoneetiquette_interruptions_total{_labels((('by', by),))} {self._interruptions[by]}"
                for by in ("agent", "customer")
            ),
            *_head("ring_wait_seconds", "histogram", "From the first ring to the answer, of incoming calls."),
            *self._wait.lines("phoneetiquette_ring_wait_seconds"),
            *_head("talk_seconds", "histogram", "From answer to end."),
            *self._talk.lines("phoneetiquette_talk_seconds"),
        ]
        for name, what, value in _gauges(snapshot):
            lines += [*_head(name, "gauge", what), f"phoneetiquette_{name} {value:g}"]
        return "\n".join(lines) + "\n"


def _gauges(snapshot: dict[str, Any]) -> Iterator[tuple[str, str, float]]:
    yield "engine_up", "1: the telephone engine is ready.", snapshot["engine"]["state"] == "ready"
    registration = snapshot.get("registration") or {}
    if registration.get("state"):
        yield "registered", "1: the account is registered.", registration["state"] == "registered"
    yield "present", "1: the receptionist is at the desk.", snapshot["presence"] == "present"
    yield "live_calls", "Calls that are up or ring.", len(snapshot["calls"])
    yield "troubles", "Troubles shown on the page.", len(snapshot["troubles"])
    for name, count in (snapshot.get("messages") or {}).items():
        what = {"open": "not answered", "due": "due within a day or overdue", "overdue": "not answered in time"}[name]
        yield f"messages_{name}", f"Messages that are {what}.", count


def _head(name: str, kind: str, what: str) -> tuple[str, str]:
    return f"# HELP phoneetiquette_{name} {what}", f"# TYPE phoneetiquette_{name} {kind}"


def _labels(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}"
