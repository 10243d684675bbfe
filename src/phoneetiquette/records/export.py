"""Records as a table, JSON or CSV, safe to show in a terminal and to open in a spreadsheet.

Whatever came from the network is defused: control characters and terminal escapes are shown, never sent; a CSV cell
that a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TextIO

from phoneetiquette.addresses import display_number
from phoneetiquette.records.entry import utc_text
from phoneetiquette.records.record import CallRecord, Pickup
from phoneetiquette.records.record_json import record_object
from phoneetiquette.records.scored import CARD_COLUMNS, Scoring, scored_object

Cell = str | int | float | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the CSV export: its name, what it says (told by ``calls list --help``), how a record gives it."""

    name: str
    what: str
    of: Callable[[CallRecord], Cell]


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)


def _share(record: CallRecord, party: str) -> float | None:
    parties = (record.measures or {}).get("parties") or {}
    share: float | None = (parties.get(party) or {}).get("talk_share")
    return share


def _measure(record: CallRecord, *path: str) -> Cell:
    value: object = record.measures or {}
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str | int | float) else None


def _interruptions(record: CallRecord, party: str) -> int | None:
    """None: not measured, or the two legs could not be told apart."""
    if record.measures is None or record.measures.get("reliable") is False:
        return None
    return sum(i.by == party for i in record.interruptions)


COLUMNS: tuple[Column, ...] = (
    Column("call", "our name of the call, unique over all seats", lambda r: r.call),
    Column("seat", "seat that had the call", lambda r: r.seat),
    Column("direction", "in or out", lambda r: r.direction),
    Column("arrived", "when it came in or was dialled, UTC", lambda r: _moment(r.arrived)),
    Column("alerting", "when ringing began, UTC", lambda r: _moment(r.alerting)),
    Column("answered", "when it was connected, UTC; empty: never", lambda r: _moment(r.answered)),
    Column("ended", "when it ended, UTC", lambda r: _moment(r.ended)),
    Column("talk_s", "seconds from answer to end", lambda r: None if r.talk_s is None else round(r.talk_s, 3)),
    Column("caller", "SIP address of the caller", lambda r: r.caller),
    Column("caller_name", "name the caller's phone gave", lambda r: r.caller_name),
    Column("called", "SIP address that was called", lambda r: r.called),
    Column("verdict", "verdict of the pickup rules", lambda r: r.pickup.verdict if r.pickup else None),
    Column("ring", "number of the ring during which it was decided", lambda r: r.pickup.ring if r.pickup else None),
    Column(
        "after_open_ms",
        "decision minus opening of the window; negative: too early",
        lambda r: r.pickup.after_open_ms if r.pickup else None,
    ),
    Column(
        "before_close_ms",
        "end of the window minus decision; negative: too late",
        lambda r: r.pickup.before_close_ms if r.pickup else None,
    ),
    Column("exempt", "why the window did not apply", lambda r: r.pickup.exempt if r.pickup else None),
    Column("country", "country of the ring pattern", lambda r: r.ring.country if r.ring else None),
    Column("deadline_action", "done at the end of the third ring", lambda r: r.deadline.action if r.deadline else None),
    Column("transfers", "attempts to put the customer through", lambda r: len(r.transfers)),
    Column("transferred_to", "where the customer went", lambda r: transferred_to(r)),
    Column("ended_by", "who ended it", lambda r: r.ended_by),
    Column("code", "SIP status at the end", lambda r: r.code or None),
    Column("refused", "why it was refused before any ringing", lambda r: r.refused),
    Column("message_file", "recorded voice message", lambda r: r.message_file),
    Column("agent_talk_share", "share of the talk that the desk spoke", lambda r: _share(r, "agent")),
    Column("customer_talk_share", "share of the talk that the customer spoke", lambda r: _share(r, "customer")),
    Column("agent_interruptions", "times the desk interrupted", lambda r: _interruptions(r, "agent")),
    Column("customer_interruptions", "times the customer interrupted", lambda r: _interruptions(r, "customer")),
    Column(
        "agent_encouragements",
        "times the desk encouraged the customer to go on",
        lambda r: _measure(r, "parties", "agent", "encouragements"),
    ),
    Column(
        "greeting_delay_s", "answer to first word of the desk", lambda r: _measure(r, "opening", "greeting_delay_s")
    ),
    Column(
        "agent_pitch_movement_st",
        "how much the desk's voice moved, semitones",
        lambda r: _measure(r, "parties", "agent", "pitch", "sd_st"),
    ),
    Column(
        "agent_pace_syll_per_s",
        "syllables a second of the desk's speech",
        lambda r: _measure(r, "parties", "agent", "pace_syll_per_s"),
    ),
    Column(
        "agent_loudness_dbfs",
        "active speech level of the desk",
        lambda r: _measure(r, "parties", "agent", "loudness_dbfs"),
    ),
    Column("silence_s", "seconds when nobody spoke", lambda r: _measure(r, "silence_s")),
    Column("length_band", "under_10, 10_to_15 or over_15 minutes", lambda r: _measure(r, "length_band")),
    Column("definitions", "version of the definitions it was measured with", lambda r: r.definitions),
    Column("notes", "remarks of the desk", lambda r: "; ".join(r.notes)),
)


def transferred_to(record: CallRecord) -> str | None:
    """Where the customer was put through to in the end; ``None`` if nowhere."""
    return next((t.target for t in reversed(record.transfers) if t.result in ("succeeded", "joined")), None)


def visible(text: str) -> str:
    """``text`` with whatever would steer a terminal, or hide what is written, shown as ``\\xNN`` or ``\\uNNNN``."""
    return "".join(_shown(char) if _unseen(char) else char for char in text)


def _unseen(char: str) -> bool:
    # Names in Persian, Hindi and others are spelt with the two joiners.
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and char not in "\u200c\u200d"


def _shown(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def defused(cell: Cell) -> str:
    """A CSV cell that no spreadsheet takes for a formula. Numbers of our own stay numbers."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return str(cell)
    text = visible(cell)
    return f"'{text}" if cell.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS) else text


def write_csv(records: Iterable[CallRecord], out: TextIO, *, bom: bool = False, scoring: Scoring | None = None) -> None:
    """One line per call, columns as in :data:`COLUMNS`, and with ``scoring`` those of its card.

    ``bom`` marks it as UTF-8 for spreadsheets that need that.
    """
    if bom:
        out.write("\ufeff")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow([column.name for column in (*COLUMNS, *(CARD_COLUMNS if scoring else ()))])
    for record in records:
        cells = [column.of(record) for column in COLUMNS]
        if scoring:
            card = scoring(record)
            cells += [column.of(card) for column in CARD_COLUMNS]
        rows.writerow(map(defused, cells))


def as_json(records: Iterable[CallRecord], *, scoring: Scoring | None = None) -> str:
    """A JSON array of whole records, with ``scoring`` their cards inside.

    Control characters are escaped by JSON itself, the rest beyond ASCII as well.
    """
    objects = [scored_object(record, scoring(record)) if scoring else record_object(record) for record in records]
    return json.dumps(objects, indent=1)


# ------------------------------------------------------------------------------------------------ for people

_HEADINGS = ("call", "arrived", "", "party", "rang", "verdict", "margins ms", "talk", "interr.", "end")


def table(records: Iterable[CallRecord], *, zone: tzinfo | None = None, width: int | None = None) -> str:
    """A table for people, moments in ``zone`` (``None``: the machine's). Without ``width`` nothing is cut off."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in _HEADINGS:
        right = heading in ("rang", "margins ms", "talk", "interr.")
        shown.add_column(heading, justify="right" if right else "left", no_wrap=True, overflow="ellipsis")
    for record in records:
        shown.add_row(*(Text(cell) for cell in _row(record, zone)))
    out = io.StringIO()
    Console(file=out, width=width or 250, color_system=None, highlight=False).print(shown)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _row(record: CallRecord, zone: tzinfo | None) -> list[str]:
    pickup = record.pickup
    rang_until = record.answered_ms if record.answered_ms is not None else record.ended_ms
    rang = None if record.alerting_ms is None or rang_until is None else (rang_until - record.alerting_ms) / 1000
    party = record.caller if record.direction == "in" else record.called
    named = " ".join(filter(None, (record.caller_name, display_number(party)))) or "withheld"
    interrupted = [_interruptions(record, "agent"), _interruptions(record, "customer")]
    return [
        record.call[:8],
        record.arrived.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        record.direction,
        visible(named),
        "" if rang is None else f"{rang:.1f} s",
        verdict_words(record),
        "" if pickup is None else margins(pickup.after_open_ms, pickup.before_close_ms),
        "" if record.talk_s is None else clock(record.talk_s),
        "" if interrupted[0] is None else f"{interrupted[0]}/{interrupted[1]}",
        end_words(record),
    ]


def verdict_words(record: CallRecord) -> str:
    """The verdict as people read it; why there is none where there is none."""
    if record.pickup is not None:
        words = record.pickup.verdict.replace("_", " ")
        return f"{words} ({visible(record.pickup.exempt).replace('_', ' ')})" if record.pickup.exempt else words
    return f"refused ({visible(record.refused).replace('_', ' ')})" if record.refused else ""


def end_words(record: CallRecord) -> str:
    """Who ended it, and where the customer went."""
    if record.ended_by is None:
        return "going on"
    target = transferred_to(record)
    if target is not None:
        return f"-> {visible(display_number(target))}"
    return f"{record.ended_by} {record.code}" if record.code >= 300 else record.ended_by


def margins(after_open_ms: float | None, before_close_ms: float | None) -> str:
    """Signed distance to both edges of the window, whole milliseconds."""
    return " ".join("?" if value is None else f"{value:+.0f}" for value in (after_open_ms, before_close_ms))


def margin_words(pickup: Pickup) -> str:
    """The margins as a sentence: ``991 ms after the window opened, 5009 ms before it closed``."""
    words = []
    if pickup.after_open_ms is not None:
        side = "after" if pickup.after_open_ms >= 0 else "before"
        words.append(f"{abs(pickup.after_open_ms):.0f} ms {side} the window opened")
    if pickup.before_close_ms is not None:
        side = "before" if pickup.before_close_ms >= 0 else "after"
        words.append(f"{abs(pickup.before_close_ms):.0f} ms {side} it closed")
    return ", ".join(words)


def clock(span_s: float) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on."""
    whole = int(span_s)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
