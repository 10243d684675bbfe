"""What reports count of one call: a narrow row, drawn from its record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from phoneetiquette.addresses import display_number
from phoneetiquette.etiquette.length import length_band
from phoneetiquette.etiquette.stage_times import stage_times
from phoneetiquette.events import CallId, Direction
from phoneetiquette.records.record import CallRecord
from phoneetiquette.units import seconds

CALLED_BACK_WITHIN = timedelta(days=7)
"""So long after a caller left in vain a talk with the same number counts as calling back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """``None`` is *not measured*, never zero. Times are seconds."""

    call: CallId
    seat: str
    direction: Direction
    arrived: datetime
    day: date
    """At the site."""
    line: str
    """The number that was called, of an incoming call."""
    agent: str
    """Who had it at the desk; empty: nobody, or nobody knows."""
    topic: str
    """What it was about, as noted after it, else what it was put through for; empty: neither."""
    party: str
    """The customer's number; empty: withheld."""
    verdict: str
    wait_s: float | None
    """From the first ring the caller heard to the answer, or to the end."""
    place: float | None
    """Where in the pickup window the call was decided: 0 is its opening, 1 its end."""
    answered: bool
    talk_s: float | None
    measured_s: float | None
    """Of talk that could be measured; the following are of it."""
    agent_s: float | None
    customer_s: float | None
    silence_s: float | None
    longest_silence_s: float | None
    agent_interruptions: int | None
    customer_interruptions: int | None
    greeting_delay_s: float | None
    opening_agent_share: float | None
    """Share of the desk in what was spoken in the first 25 s; of calls that lasted as long."""
    opening_silence_s: float | None
    length_band: str
    stages: int
    """How many of the four stages were marked."""
    stages_in_order: bool
    """All four, in their order."""
    greeting_s: float | None
    """How long each stage was, where it was marked."""
    clarify_s: float | None
    check_s: float | None
    close_s: float | None
    pace: float | None
    """Of the desk, in syllables a second of its speech."""
    intonation_st: float | None
    """How much the voice of the desk moves: the standard deviation of its pitch, in semitones."""
    transfer: Literal["", "done", "failed"]
    specialist_s: float | None
    """From the topic being chosen to a specialist's voice."""
    left: bool
    """An incoming call that nobody answered before the caller gave up."""
    called_back: CallId = ""
    """The talk with the same number that followed; only of calls that were left."""


_STAGES = ("greeting", "clarify", "check", "close")


def facts_of(record: CallRecord, day_of: Callable[[datetime], date]) -> CallFacts:
    """The row of a record. ``day_of`` tells the day at the site of a moment."""
    measures = record.measures if record.measures and record.measures.get("reliable", True) else None
    verdict = record.pickup.verdict if record.pickup else ""
    incoming = record.direction == "in"
    stages = tuple(dict.fromkeys(mark.stage for mark in record.stages if mark.stage in _STAGES))
    noted = record.wrap_up.topic if record.wrap_up else ""
    topic = noted or next((attempt.topic for attempt in reversed(record.attempts) if attempt.topic), "")
    opening = measures.get("opening") or {} if measures else {}
    opening = opening if opening.get("complete") else {}
    talk_s = record.talk_s
    lengths = {one.stage: round(one.time_s, 3) for one in stage_times(record)}
    return CallFacts(
        call=record.call,
        seat=record.seat,
        direction=record.direction,
        arrived=record.arrived,
        day=day_of(record.arrived),
        line=display_number(record.called)[:128] if incoming else "",
        agent=record.agent[:128],
        topic=topic[:128],
        party=_number(record.caller if incoming else record.called),
        verdict=verdict,
        wait_s=_wait(record) if incoming else None,
        place=_place(record),
        answered=record.answered is not None,
        talk_s=talk_s,
        measured_s=_of(measures, "duration_s"),
        agent_s=_of(measures, "parties", "agent", "talk_s"),
        customer_s=_of(measures, "parties", "customer", "talk_s"),
        silence_s=_of(measures, "silence_s"),
        longest_silence_s=_of(measures, "longest_silence_s"),
        agent_interruptions=_of(measures, "parties", "agent", "interruptions"),
        customer_interruptions=_of(measures, "parties", "customer", "interruptions"),
        greeting_delay_s=_of(opening, "greeting_delay_s") if incoming else None,
        opening_agent_share=_of(opening, "agent_talk_share"),
        opening_silence_s=_of(opening, "silence_s"),
        length_band="" if talk_s is None else length_band(seconds(talk_s)),
        stages=len(stages),
        stages_in_order=stages == _STAGES,
        greeting_s=lengths.get("greeting"),
        clarify_s=lengths.get("clarify"),
        check_s=lengths.get("check"),
        close_s=lengths.get("close"),
        pace=_of(measures, "parties", "agent", "pace_syll_per_s"),
        intonation_st=_of(measures, "parties", "agent", "pitch", "sd_st"),
        transfer=_transfer(record),
        specialist_s=_specialist(record),
        left=incoming and record.answered is None and verdict in ("abandoned", "short_abandon", "unanswered"),
    )


def answers(later: CallFacts, earlier: CallFacts) -> bool:
    """Whether ``later`` is a talk with the caller who gave up in ``earlier``."""
    return (
        earlier.left
        and later.answered
        and later.party != ""
        and later.party == earlier.party
        and earlier.arrived < later.arrived <= earlier.arrived + CALLED_BACK_WITHIN
    )


def _number(uri: str) -> str:
    number = display_number(uri)
    return "" if number.casefold() in ("anonymous", "unknown", "withheld", "") else number[:128]


def _wait(record: CallRecord) -> float | None:
    if record.alerting is None:
        return None
    until = record.answered or record.ended
    return None if until is None else max(0.0, (until - record.alerting).total_seconds())


def _place(record: CallRecord) -> float | None:
    pickup = record.pickup
    if pickup is None or pickup.after_open_ms is None or pickup.before_close_ms is None:
        return None
    width = pickup.after_open_ms + pickup.before_close_ms
    return pickup.after_open_ms / width if width > 0 else None


def _transfer(record: CallRecord) -> Literal["", "done", "failed"]:
    taken = any(attempt.result == "answered" for attempt in record.attempts)
    if taken or any(transfer.result in ("succeeded", "joined") for transfer in record.transfers):
        return "done"
    return "failed" if record.transfers or record.attempts else ""


def _specialist(record: CallRecord) -> float | None:
    """Of the last topic for which somebody answered: from the first attempt for it."""
    answered = [one for one in record.attempts if one.result == "answered" and one.ended_ms is not None]
    if not answered:
        return None
    last = answered[-1]
    begun = min(one.at_ms for one in record.attempts if one.topic == last.topic)
    return None if last.ended_ms is None else max(0.0, (last.ended_ms - begun) / 1000)


def _of(measures: dict[str, Any] | None, *path: str) -> Any:
    value: Any = measures
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
