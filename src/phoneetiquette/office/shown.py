"""What the office's pages show, made ready for the templates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any

from phoneetiquette.figures.counting import SPREADS, spread
from phoneetiquette.figures.report import PARTS, Report, span_of
from phoneetiquette.figures.table import BY_NAME, FIGURES, figures_of
from phoneetiquette.followups.book import SOON
from phoneetiquette.followups.message import Message
from phoneetiquette.office.asked import SPANS, Asked

IN_ROWS = (
    *("incoming", "answered", "left", "service_level_rings", "mean_talk", "agent_share", "agent_interruptions"),
    *("transferred", "specialist"),
)
"""Figures of the table by parts."""
_SPREAD_TITLES = {
    "pickup": "Answered calls over the pickup window",
    "wait": "Answered calls by how long they rang",
    "specialist": "Time to a specialist",
    "talk": "Length of talks",
}
_CHART_WIDTH = 100


def filters(zone: tzinfo | None) -> dict[str, Callable[..., str]]:
    """For templates: ``moment``, ``number``, ``clock``."""
    return {
        "moment": lambda moment: f"{moment.astimezone(zone):%a %d %b %Y %H:%M}" if moment else "",
        "second": lambda moment: f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        "clock": lambda span_s: "" if span_s is None else f"{int(span_s) // 60}:{int(span_s) % 60:02d}",
        "left": time_left,
        "words": lambda text: str(text).replace("_", " "),
    }


def report(told: Report, ask: Asked) -> dict[str, Any]:
    """The values of the page of reports."""
    values = figures_of(told.all)
    groups = [
        {"title": title, "figures": [_figure(figure.name, values) for figure in figures]}
        for title, figures in groupby(FIGURES, key=lambda figure: figure.group)
    ]
    rows = []
    for name, tally in told.rows.items():
        of = figures_of(tally)
        rows.append({"name": name, "query": _row_query(ask, name), "figures": [_figure(one, of) for one in IN_ROWS]})
    return {
        "ask": ask,
        "told": told,
        "groups": groups,
        "charts": [_chart(name, told) for name in SPREADS],
        "columns": [BY_NAME[name] for name in IN_ROWS],
        "rows": rows,
        "spans": SPANS,
        "bys": [*PARTS, "day", "week", "month"],
    }


def _row_query(ask: Asked, name: str) -> str:
    """The query for what a row was made of: its part, or its days as far as they were asked for."""
    if ask.by in PARTS:
        return ask.query(by="", part=ask.by, value=name)
    first, last = span_of(name, ask.last)
    days = {"from": max(first, ask.first).isoformat(), "to": min(last, ask.last).isoformat()}
    return ask.query(by="", span="", **days)


def _figure(name: str, values: dict[str, float | None]) -> dict[str, Any]:
    figure, value = BY_NAME[name], values[name]
    text = "not measured" if value is None else f"{value:.0f}" if figure.unit == "" else f"{value:.1f} {figure.unit}"
    return {"name": name, "title": figure.title, "meaning": figure.meaning, "text": text, "known": value is not None}


def _chart(name: str, told: Report) -> dict[str, Any]:
    counts = spread(told.all, name)
    most = max(counts) or 1
    bars = [
        {"title": _bin(name, index), "count": count, "width": round(_CHART_WIDTH * count / most, 1), "index": index}
        for index, count in enumerate(counts)
    ]
    return {"name": name, "title": _SPREAD_TITLES[name], "bars": bars, "empty": not any(counts)}


def bin_title(name: str, index: int) -> str:
    """What a part of a distribution is called where it stands alone."""
    return f"{_SPREAD_TITLES[name]}: {_bin(name, index)}"


def _bin(name: str, index: int) -> str:
    edges = SPREADS[name].edges
    shown: list[str]
    if name == "pickup":
        shown = [f"{100 * edge:.0f} %" for edge in edges]
        if index == 0:
            return "before it opens"
    elif name == "talk":
        shown = [f"{edge:.0f} s" if edge < 60 else f"{edge / 60:.0f} min" for edge in edges]
    else:
        shown = [f"{edge:.0f} s" for edge in edges]
    if index == 0:
        return f"under {shown[0]}"
    return f"from {shown[-1]}" if index == len(edges) else f"{shown[index - 1]} to {shown[index]}"


def owed(messages: list[Message], now: datetime) -> dict[str, list[Message]]:
    """Open messages: overdue, those whose customers wait for a word, due within a day, and the others."""
    overdue = [one for one in messages if one.is_overdue(now)]
    soon = [one for one in messages if not one.is_overdue(now) and one.due - now <= SOON]
    later = [one for one in messages if one.due - now > SOON]
    return {"overdue": overdue, "soon": soon, "later": later}


def before(state: str, now: datetime) -> datetime | None:
    """By when a message of this state is due."""
    return {"overdue": now, "due": now + SOON}.get(state)


def time_left(message: Message, now: datetime) -> str:
    """How much of the time is left, or how long ago it was over."""
    left = message.due - now
    hours = abs(left) // timedelta(hours=1)
    text = f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours} h"
    return f"{text} overdue" if left < timedelta() else f"{text} left"
