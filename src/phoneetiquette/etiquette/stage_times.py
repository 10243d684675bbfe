"""How long each stage of a call lasted and who spoke in it, from the receptionist's marks. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from phoneetiquette.etiquette.stages import Stage
from phoneetiquette.records.record import CallRecord, Segments
from phoneetiquette.records.talk_clock import TalkClock


@dataclass(frozen=True, slots=True)
class StageTime:
    """One stage, all the times it was entered together; holds within are counted in ``time_s``."""

    stage: str
    time_s: float
    agent_talk_share: float | None
    """Of both parties' talk in it; ``None`` where nobody spoke or nothing was measured."""


def stage_times(record: CallRecord) -> tuple[StageTime, ...]:
    """The stages that were marked, in the order they should come, others after them."""
    talk = TalkClock.of(record)
    if talk is None or not record.stages:
        return ()
    begins = [talk.of_ms(mark.at_ms) for mark in record.stages]
    ends = [*begins[1:], max(talk.length_s, begins[-1])]
    spans: dict[str, list[tuple[float, float]]] = {}
    for mark, begin, end in zip(record.stages, begins, ends, strict=True):
        spans.setdefault(mark.stage, []).append((begin, end))
    order = [stage.value for stage in Stage]
    names = sorted(spans, key=lambda name: order.index(name) if name in order else len(order))
    agent, customer = (_spoken(talk, party) for party in (record.agent_segments, record.customer_segments))
    times = []
    for name in names:
        ours, theirs = _within(agent, spans[name]), _within(customer, spans[name])
        share = ours / (ours + theirs) if ours + theirs > 0 else None
        times.append(StageTime(name, sum(end - begin for begin, end in spans[name]), share))
    return tuple(times)


def _spoken(talk: TalkClock, segments: Segments) -> list[tuple[float, float]]:
    return [span for start, end in segments for span in talk.spans(start, end)]


def _within(spoken: list[tuple[float, float]], spans: list[tuple[float, float]]) -> float:
    return sum(max(0.0, min(end, last) - max(begin, first)) for begin, end in spoken for first, last in spans)
