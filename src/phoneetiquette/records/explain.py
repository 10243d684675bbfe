"""One call told in text: what happened when, the ring window, who spoke. Pure, plain ASCII drawings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from phoneetiquette.etiquette.score_card import ScoreCard
from phoneetiquette.records.export import clock, margin_words, transferred_to, verdict_words, visible
from phoneetiquette.records.record import CallRecord, Leg, Segments
from phoneetiquette.records.score_text import card_lines
from phoneetiquette.records.talk_clock import TalkClock

WIDTH = 72
"""Columns of a drawing."""


def explain(record: CallRecord, zone: tzinfo | None = None, card: ScoreCard | None = None) -> str:
    """The call as lines for a terminal, moments in ``zone`` (``None``: the machine's), and its score card if given."""
    parts = [_head(record, zone), _pickup(record), _events(record), _talk(record), _legs(record), _rest(record)]
    if card is not None:
        talk = TalkClock.of(record)
        parts.append(card_lines(card, talk.at if talk is not None else float))
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def bursts(cadence_ms: tuple[int, ...], until_s: float) -> Iterator[tuple[int, float, float]]:
    """The sounds of a ring pattern that begin before ``until_s``: (number of the ring, begin, end) in seconds."""
    begin, number = 0.0, 0
    while cadence_ms and sum(cadence_ms) > 0 and begin < until_s:
        number += 1
        for n, span_ms in enumerate(cadence_ms):
            if n % 2 == 0:
                yield number, begin, begin + span_ms / 1000
            begin += span_ms / 1000


def _head(record: CallRecord, zone: tzinfo | None) -> list[str]:
    arrived = record.arrived.astimezone(zone)
    if record.direction == "in":
        name = f"{record.caller_name} " if record.caller_name else ""
        who = f"from {visible(name)}<{visible(record.caller)}> to <{visible(record.called)}>"
    else:
        who = f"to <{visible(record.called)}>"
    end = "still going on" if record.ended_by is None else f"ended by {record.ended_by}"
    end += f" {record.code}" if record.code >= 300 else ""
    target = transferred_to(record)
    if target is not None:
        end = f"put through to <{visible(target)}>, {end}"
    because = f" ({visible(record.reason)})" if record.reason and record.ended_by is not None else ""
    when = f"{arrived:%Y-%m-%d %H:%M:%S}.{arrived.microsecond // 1000:03d}{arrived:%z}"
    return [f"Call {record.call} {who}", f"{when}, seat {record.seat}, {end}{because}"]


def _pickup(record: CallRecord) -> list[str]:
    verdict = verdict_words(record)
    if record.pickup is None and record.ring is None:
        return [verdict[:1].upper() + verdict[1:]] if verdict else []
    lines = []
    if record.pickup is not None:
        sentence = margin_words(record.pickup)
        lines.append(
            f"{verdict[:1].upper()}{verdict[1:]}, ring {record.pickup.ring}" + (f": {sentence}" if sentence else "")
        )
    return lines + _ring_drawing(record)


def _ring_drawing(record: CallRecord) -> list[str]:
    ring, start_ms = record.ring, record.alerting_ms
    if ring is None or start_ms is None:
        return []
    stopped_ms = record.answered_ms if record.answered_ms is not None else record.ended_ms
    stopped = None if stopped_ms is None else (stopped_ms - start_ms) / 1000
    until = max(ring.closes_ms / 1000, stopped or 0.0, 0.001) * 1.02
    sound = _lane([(b, e) for _, b, e in bursts(ring.cadence_ms, until) if stopped is None or b < stopped], until, "#")
    window = _lane([(ring.opens_ms / 1000, ring.closes_ms / 1000)], until, "=").rstrip(".").replace(".", " ")
    window = f"{window[: window.index('=')]}[{window[window.index('=') + 1 : -1]}]"
    marks = [((ms - start_ms) / 1000, "L", "lifted") for ms in record.lifted_ms]
    if record.deadline is not None:
        marks.append(((record.deadline.at_ms - start_ms) / 1000, "D", f"deadline: {record.deadline.action}"))
    if stopped is not None:
        answered = record.answered_ms is not None
        marks.append((stopped, "C" if answered else "X", "connected" if answered else "over"))
    line = [" "] * WIDTH
    for at, letter, _ in reversed(marks):
        column = _column(at, until)
        while line[column] != " " and column:
            column -= 1
        line[column] = letter
    key = ", ".join(f"{letter} {what} {at:.2f} s" for at, letter, what in marks)
    edges = f"opens {ring.opens_ms / 1000:.2f} s, closes {ring.closes_ms / 1000:.2f} s after ringing began"
    return [
        f"  rings   {sound}",
        f"  window  {window}",
        f"          {''.join(line).rstrip()}",
        f"  {ring.country}: {edges}" + (f"; {key}" if key else ""),
    ]


def _events(record: CallRecord) -> list[str]:
    lines = ["Seconds since the call arrived" if record.direction == "in" else "Seconds since the call was dialled"]
    return lines + [f"{mark.at_ms / 1000:10.3f}  {visible(mark.text)}" for mark in record.timeline]


def _talk(record: CallRecord) -> list[str]:
    talk = TalkClock.of(record)
    if talk is None or not (record.measures or record.agent_segments or record.customer_segments):
        return []
    length = talk.length_s
    going_on = record.ended_by is None
    lines = [f"Talk, {clock(length)} " + ("so far" if going_on else "from connecting to the end")]
    for name, segments, party in (
        ("desk", record.agent_segments, "agent"),
        ("customer", record.customer_segments, "customer"),
    ):
        lane = _lane(_spoken(talk, segments), length, "#")
        for start, end, _ in talk.holds:
            lane = _over(lane, start, end, length, "h")
        share = _share(record, party)
        lines.append(f"  {name:8}  {lane}" + ("" if share is None else f"  {share:.0%}"))
    marks = [" "] * WIDTH
    for one in record.interruptions:
        marks[_column(talk.at(one.start_s), length)] = "D" if one.by == "agent" else "C"
    if record.interruptions:
        lines.append(f"  {'':8}  {''.join(marks).rstrip()}")
    for one in record.interruptions:
        who, whom = ("desk", "customer") if one.by == "agent" else ("customer", "desk")
        outcome = "took the floor" if one.outcome == "taken" else "in vain"
        at, span = clock(talk.at(one.start_s)), one.end_s - one.start_s
        lines.append(f"  {who[0].upper()} {at} the {who} interrupted the {whom} for {span:.1f} s, {outcome}")
    if talk.holds:
        lines.append("  h: on hold")
    return lines + [f"  {fact}" for fact in _measured(record)]


def _measured(record: CallRecord) -> list[str]:
    measures = record.measures
    if measures is None:
        return []
    opening = measures.get("opening") or {}
    named = (
        ("greeting after", opening.get("greeting_delay_s")),
        ("silence", measures.get("silence_s")),
        ("longest silence", measures.get("longest_silence_s")),
        ("both spoke", measures.get("overlap_s")),
    )
    facts = ", ".join(f"{name} {value:.1f} s" for name, value in named if isinstance(value, int | float))
    doubts = [f"interruptions not counted: {visible(str(doubt))}" for doubt in measures.get("unreliable_because") or ()]
    until = "" if record.measures_final else " so far" if record.ended_by is None else " until it broke off"
    taken = f"measured{until} by definitions {visible(record.definitions)}"
    return [*([facts] if facts else []), *_encouragements(record), *doubts, taken]


def _encouragements(record: CallRecord) -> list[str]:
    """Nothing where they could not be counted, or there were none."""
    parties = (record.measures or {}).get("parties") or {}
    counts = [(parties.get(party) or {}).get("encouragements") for party in ("agent", "customer")]
    if not all(isinstance(count, int) for count in counts) or not any(counts):
        return []
    return ["encouragements: {} by the desk, {} by the customer".format(*counts)]


def _legs(record: CallRecord) -> list[str]:
    return ["Legs", *(f"  {_leg(leg)}" for leg in record.legs[1:])] if len(record.legs) > 1 else []


def _leg(leg: Leg) -> str:
    facts = [f"{leg.kind} <{visible(leg.party)}> dialled at {leg.began_ms / 1000:.3f} s"]
    if leg.answered_ms is not None:
        facts.append(f"answered at {leg.answered_ms / 1000:.3f} s")
    if leg.ended_ms is not None:
        code = f" {leg.code}" if leg.code >= 300 else ""
        facts.append(f"ended at {leg.ended_ms / 1000:.3f} s by {leg.ended_by}{code}")
    return ", ".join(facts)


def _rest(record: CallRecord) -> list[str]:
    lines = []
    if record.message_file:
        lines.append(f"Voice message of {record.message_s or 0:.1f} s: {visible(record.message_file)}")
    if record.related:
        lines.append(f"Connected with: {', '.join(visible(call) for call in record.related)}")
    if (noted := record.wrap_up) is not None:
        what = ", ".join(filter(None, (noted.topic, noted.outcome.replace("_", " "))))
        lines.append(f"Written up{f' ({visible(what)})' if what else ''}: {visible(noted.note) or '-'}")
    return lines + [f"Note: {visible(note)}" for note in record.notes]


def _share(record: CallRecord, party: str) -> float | None:
    share = (((record.measures or {}).get("parties") or {}).get(party) or {}).get("talk_share")
    return share if isinstance(share, int | float) else None


def _spoken(talk: TalkClock, segments: Segments) -> list[tuple[float, float]]:
    return [span for start, end in segments for span in talk.spans(start, end)]


def _column(at: float, until: float) -> int:
    return max(0, min(WIDTH - 1, int(at / until * WIDTH)))


def _lane(spans: list[tuple[float, float]], until: float, filled: str) -> str:
    lane = "." * WIDTH
    for start, end in spans:
        lane = _over(lane, start, end, until, filled)
    return lane


def _over(lane: str, start: float, end: float, until: float, filled: str) -> str:
    first = _column(start, until)
    last = max(first + 1, round(end / until * WIDTH))
    return (lane[:first] + filled * (last - first) + lane[last:])[:WIDTH]
